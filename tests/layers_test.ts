/** The import rules of `lib/`: which folder may import which, who imports each package, and where I/O may stand. */

import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
const ROOTS = ["mod.ts", "cli.ts", "lib/component/worker_entry.ts", "lib/report/viewer/main.ts"];

/** For each folder, the folders it may import besides itself. `lib` stands for the files right in `lib/`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  pack: ["base"],
  flow: ["base"],
  component: ["base"],
  host: ["base"],
  record: ["base"],
  report: ["base", "record"],
  engine: ["base", "flow"],
  lib: ["base", "pack", "flow", "component", "host", "record", "report", "engine"],
  cli: ["base", "pack", "flow", "record", "lib"],
  "mod.ts": ["base", "pack", "record", "lib", "cli.ts"],
  "cli.ts": ["cli"],
};

/** The one file of the library that imports each package, and the files that import what Deno itself brings. */
const IMPORTERS: Readonly<Record<string, string>> = {
  "@bytecodealliance/jco-transpile/component": "lib/component/transpiler.ts",
  "@handlebars/parser": "lib/flow/handlebars.ts",
  "@opentelemetry/api": "lib/record/otlp/encode.ts",
  "@opentelemetry/otlp-transformer": "lib/record/otlp/encode.ts",
  "@std/cli/parse-args": "lib/cli/args.ts",
  "@std/path/resolve": "lib/record/run_dir.ts",
  "@zip-js/zip-js": "lib/pack/zip.ts",
  "cborg": "lib/base/cbor.ts",
  "hash-wasm": "lib/base/digest.ts",
  "node:crypto": "lib/base/digest.ts lib/pack/certificate.ts",
  "node:dns/promises": "lib/host/http/resolve.ts",
  "node:sqlite": "lib/host/state/sqlite_store.ts",
  "node:util": "lib/host/secrets/dotenv.ts",
  "node:zlib": "lib/pack/inflate.ts",
  "yaml": "lib/base/yaml.ts",
};

/** Files that may name what reaches outside of the program. */
const IO_FILES: readonly string[] = [
  "lib/base/paths.ts",
  "lib/base/permission.ts",
  "lib/cli/disk_files.ts",
  "lib/cli/environment.ts",
  "lib/cli/file_signs.ts",
  "lib/cli/folder_walk.ts",
  "lib/cli/process_io.ts",
  "lib/cli/report_command.ts",
  "lib/cli/run_command.ts",
  "lib/cli/terminal.ts",
  "lib/cli/write_file.ts",
  "lib/command_needs.ts",
  "lib/component/cache.ts",
  "lib/component/cache_upkeep.ts",
  "lib/component/worker_pool.ts",
  "lib/environment.ts",
  "lib/host/files/host_tree.ts",
  "lib/host/http/real.ts",
  "lib/host/http/recording/store.ts",
  "lib/host/http/resolve.ts",
  "lib/host/secrets/environment_source.ts",
  "lib/host/secrets/file_source.ts",
  "lib/host/state/sqlite_file.ts",
  "lib/host/tools/script_files.ts",
  "lib/pack/archive_file.ts",
  "lib/pack/fetch_archive.ts",
  "lib/pack/folder_source.ts",
  "lib/pack/input_identity.ts",
  "lib/pack/open_source.ts",
  "lib/pack/source_folder.ts",
  "lib/pack/source_links.ts",
  "lib/pack/trust.ts",
  "lib/preparation.ts",
  "lib/record/io_error.ts",
  "lib/record/jsonl_sink.ts",
  "lib/record/node_logs.ts",
  "lib/record/otlp/collector.ts",
  "lib/record/read.ts",
  "lib/record/regular_file.ts",
  "lib/record/run_dir.ts",
  "lib/record/run_files.ts",
  "lib/record/tape_reader.ts",
  "lib/record/tape_writer.ts",
  "lib/run_record.ts",
];
/** Files that are made of others. */
const BUNDLES: readonly string[] = ["lib/component/worker_code.ts", "lib/report/viewer_code.ts"];
const IO_REGEXP = /\bDeno\.|\bfetch\(|\bnew Worker\(|\bnew WebSocket\(/;

/** What makes two runs of one program differ. */
const IMPURE_REGEXP =
  /\bDate\.now|\bnew Date\b|\bperformance\b|\bMath\.random|\bcrypto\b|\bset(?:Timeout|Interval)\b|\bsystemClock\b|\bprocess\.|\bglobalThis\b|\bDeno\b|\bfetch\(/g;

/** What flows and the engine import of `base`. */
const PURE_BASES: readonly string[] = [
  "lib/base/call.ts",
  "lib/base/clock.ts",
  "lib/base/errors.ts",
  "lib/base/events.ts",
  "lib/base/finding.ts",
  "lib/base/flow_source.ts",
  "lib/base/json.ts",
  "lib/base/limits.ts",
  "lib/base/names.ts",
];

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly specifier: string;
}

interface GraphModule {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    /** Whether it is imported when that is asked for, not when the module is loaded. */
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

async function edgesOf(root: string): Promise<Edge[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", root], cwd: ROOT })
    .output();
  const { modules }: { modules: readonly GraphModule[] } = JSON.parse(new TextDecoder().decode(stdout));
  return modules.filter(({ specifier }) => specifier.startsWith(ROOT.href)).flatMap((
    { specifier, dependencies = [] },
  ) =>
    dependencies.map((dependency) => ({
      from: specifier.slice(ROOT.href.length),
      to: (dependency.code?.specifier ?? dependency.type?.specifier ?? dependency.specifier).replace(
        ROOT.href,
        "",
      ),
      specifier: dependency.specifier,
    }))
  );
}

/** What is loaded before the first line of a program runs: its own files by name, and packages. */
async function loadedWith(root: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", root], cwd: ROOT })
    .output();
  const { modules }: { modules: readonly GraphModule[] } = JSON.parse(new TextDecoder().decode(stdout));
  const graph = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set([new URL(root, ROOT).href]);
  for (const file of loaded) {
    for (const { code, isDynamic } of graph.get(file)?.dependencies ?? []) {
      if (code?.specifier !== undefined && !isDynamic) loaded.add(code.specifier);
    }
  }
  return [...loaded].map((file) => file.replace(ROOT.href, "")).sort();
}

async function allEdges(): Promise<Edge[]> {
  const edges = (await Promise.all(ROOTS.map(edgesOf))).flat();
  return [...new Map(edges.map((edge) => [`${edge.from} ${edge.specifier}`, edge])).values()];
}

function folderOf(file: string): string {
  const [first = "", second = "", third] = file.split("/");
  if (first !== "lib") return file;
  return third === undefined ? "lib" : second;
}

async function libraryFiles(folder: string = "lib"): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    if (isDirectory) files.push(...await libraryFiles(`${folder}/${name}`));
    else files.push(`${folder}/${name}`);
  }
  return files.sort();
}

Deno.test("lib/ imports only downwards", async () => {
  const edges = await allEdges();
  assert(edges.length > 200, "the graph was read");
  const own = edges.filter(({ to }) => to.endsWith(".ts") && !to.includes(":"));
  const wrong = own.filter(({ from, to }) => {
    const [a, b] = [folderOf(from), folderOf(to)];
    return a !== b && !MAY_IMPORT[a]?.includes(b);
  });
  assertEquals(wrong.map(({ from, to }) => `${from} imports ${to}`), []);
});

Deno.test("lib/ has no circle of imports", async () => {
  const targets = new Map<string, string[]>();
  // Types alone may point at each other: they are gone when the program runs.
  for (const root of ROOTS) {
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", root], cwd: ROOT })
      .output();
    const { modules }: { modules: readonly GraphModule[] } = JSON.parse(new TextDecoder().decode(stdout));
    for (const { specifier, dependencies = [] } of modules) {
      targets.set(specifier, dependencies.flatMap(({ code }) => code?.specifier ?? []));
    }
  }
  const done = new Set<string>();
  const circles: string[] = [];
  function visit(file: string, path: readonly string[]): void {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (path.includes(file) || done.has(file)) return;
    for (const target of targets.get(file) ?? []) {
      if (target.startsWith(ROOT.href)) visit(target, [...path, file]);
    }
    done.add(file);
  }
  for (const file of targets.keys()) visit(file, []);
  assertEquals(circles, []);
});

Deno.test("each package has one importing file", async () => {
  const importers: Record<string, string> = {};
  for (const { from, specifier } of await allEdges()) {
    const others = importers[specifier]?.split(" ") ?? [];
    if (/^(?:\.|data:)/.test(specifier) || others.includes(from)) continue;
    assert(others.length === 0 || specifier.startsWith("node:"), `${specifier} in ${from} too`);
    importers[specifier] = [...others, from].sort().join(" ");
  }
  assertEquals(importers, IMPORTERS);
});

Deno.test("I/O stands only in files that are made for it", async () => {
  const found: string[] = [];
  for (const file of await libraryFiles()) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
    if (!BUNDLES.includes(file) && IO_REGEXP.test(code)) found.push(file);
  }
  assertEquals(found, IO_FILES);
});

Deno.test("flows and the engine are pure: no clock, no timer, no randomness, nothing outside of the program", async () => {
  const found: string[] = [];
  for (const file of [...await libraryFiles("lib/flow"), ...await libraryFiles("lib/engine")]) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
    for (const [name] of code.matchAll(IMPURE_REGEXP)) found.push(`${file}: ${name}`);
  }
  assertEquals(found, []);
  // What they import must be pure as well: the clock's interface, not its reading.
  const edges = (await allEdges()).filter(({ from, to }) =>
    /^lib\/(?:flow|engine)\//.test(from) && /^lib\/base\//.test(to)
  );
  const bases = [...new Set(edges.map(({ to }) => to))].sort();
  assertEquals(bases, PURE_BASES);
});

Deno.test("the guest's side of the thread reaches nothing but base and its own folder", async () => {
  const edges = await edgesOf("lib/component/worker_entry.ts");
  const outside = edges.filter(({ to }) => !/^lib\/(?:base|component)\//.test(to));
  assertEquals(outside, []);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "lib/component/worker_entry.ts"],
    cwd: ROOT,
  }).output();
  const { modules }: { modules: readonly GraphModule[] } = JSON.parse(new TextDecoder().decode(stdout));
  for (const { specifier } of modules) {
    const text = await Deno.readTextFile(new URL(specifier));
    assert(!IO_REGEXP.test(text), `${specifier} names I/O`);
  }
});

Deno.test("importing the module loads no package, no worker, no command: what these do is loaded when it is asked for", async () => {
  const loaded = await loadedWith("mod.ts");
  assert(loaded.includes("lib/runner.ts"), "the graph was read");
  assertEquals(loaded.filter((file) => !file.endsWith(".ts") || file.includes(":")), []);
  assertEquals(loaded.filter((file) => /^lib\/(?:cli|engine|flow|component\/worker)/.test(file)), []);
  assert(loaded.length <= 30, loaded.join(" "));
});

Deno.test("the command loads next to nothing before it has seen its first argument", async () => {
  const loaded = await loadedWith("cli.ts");
  assert(loaded.includes("lib/cli/main.ts"), "the graph was read");
  assertEquals(loaded.filter((file) => !file.endsWith(".ts") || file.includes(":")), []);
  assert(loaded.length <= 8, loaded.join(" "));
});

Deno.test("what shows reports in a browser reaches nothing but base and its own folder", async () => {
  const edges = await edgesOf("lib/report/viewer/main.ts");
  assertEquals(edges.filter(({ to }) => !/^lib\/(?:base|report)\//.test(to)), []);
  for (const file of await libraryFiles("lib/report/viewer")) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    const found =
      /innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|\bFunction\(|localStorage|XMLHttp/.exec(
        text,
      );
    assertEquals(found, null, `${file} writes markup, runs text, stores or sends`);
  }
});

Deno.test("VERSION is the version of the package", async () => {
  const { VERSION } = await import("../lib/base/version.ts");
  assertEquals(VERSION, JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT))).version);
});
