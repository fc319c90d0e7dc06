/** From a folder of sources to a pack, or to everything that is wrong with the sources. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { decodeCbor } from "../lib/base/cbor.ts";
import { type JsonObject, member } from "../lib/base/json.ts";
import { generateKey } from "../lib/pack/keys.ts";
import {
  BuildError,
  type BuildOptions,
  buildPack,
  inspectPack,
  RunnerError,
  runPack,
  verifyPack,
} from "../mod.ts";
import { sharedCache, tempFolder } from "./_helpers.ts";
import { component, FLOW, goodFiles, MINIMAL, shortFindings, sources } from "./_sources.ts";
import { checkPack } from "./pack/_checker.ts";
import { SEED, unpack } from "./pack/_packs.ts";

const CACHE = sharedCache();

/** Builds a folder of these files. */
async function build(
  files: Readonly<Record<string, string | Uint8Array>>,
  options?: BuildOptions,
): Promise<Awaited<ReturnType<typeof buildPack>>> {
  await using folder = await sources(files);
  return await buildPack(folder.path, options);
}

/** Why a folder of these files cannot be built. */
async function refusal(
  files: Readonly<Record<string, string | Uint8Array>>,
  options?: BuildOptions,
): Promise<BuildError> {
  return await assertRejects(() => build(files, options), BuildError);
}

/** A file of an archive as a JSON value. */
async function decoded(archive: Uint8Array, name: string = "manifest.cbor"): Promise<JsonObject> {
  return decodeCbor((await unpack(archive)).get(name) ?? new Uint8Array()) as JsonObject;
}

Deno.test("buildPack() needs no more than an id and a version", async () => {
  const built = await build({ "pack.yaml": MINIMAL });
  assertEquals([built.id, built.version, built.layout, built.flows, built.components], [
    "made",
    "0.1.0",
    "new",
    [],
    [],
  ]);
  assertEquals(shortFindings(built.findings), ["warning pack.yaml: The pack has no flow"]);
  assertEquals((await checkPack(built.archive)).faults, []);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(built.archive))).toHex();
  assertEquals(built.digest, `sha256:${hash}`);
});

Deno.test("buildPack() finds flows, components and assets in their folders", async () => {
  const built = await build(
    await goodFiles({
      "flows/b.yaml": "id: second\ntype: job\nnodes:\n  a:\n    emit.response: {}\n",
      "flows/c.json": '{\n\t"id": "third",\n\t"type": "job",\n\t"nodes": {"a": {"emit.log": {}}}\n}',
      "flows/README.md": "no flow",
      "flows/.main.ygtc.swp": "left by an editor",
      "components/echo/component.wasm": await component("echo"),
      "assets/deep/er.txt": "x",
      "assets/.DS_Store": "left by a system",
      "i18n/de.json": "{}",
      "other/file.txt": "not carried",
      "dist/old.gtpack": "not carried",
    }),
  );
  assertEquals([built.flows, built.components], [["main", "second", "third"], ["echo", "greet"]]);
  assertEquals(built.findings.map(({ severity, place }) => [severity, place]), [[
    "warning",
    "assets/.DS_Store",
  ]]);
  assertEquals([...(await unpack(built.archive)).keys()], [
    "manifest.cbor",
    "components/echo.wasm",
    "components/echo.manifest.cbor",
    "components/greet.wasm",
    "components/greet.manifest.cbor",
    "assets/deep/er.txt",
    "assets/note.txt",
    "i18n/de.json",
    "sbom.cbor",
  ]);
  const [record] = (await decoded(built.archive))["components"] as JsonObject[];
  assertEquals([record!["version"], record!["world"]], ["0.1.0", "greentic:component/node@0.4.0"]);
});

const FULL = `pack_id: made
version: 1.2.3
name: Made
kind: Provider
description: What it is for
publisher: Example
components:
  - id: greet
    version: 0.2.0
    world: acme:greet/world@1.0.0
    wasm: ./build/
    supports: [messaging, component-config]
    profiles: {default: p, supported: [p]}
    capabilities:
      host:
        secrets: {required: [{key: API_KEY, required: true}]}
        http: {client: true}
      wasi: {random: true}
    operations:
      - {name: greet, input_schema: {type: object}, output_schema: {}}
    resources: {memory_mb: 16}
flows:
  - {file: src/main.yaml, id: main, tags: [default]}
  - src/other.ygtc
assets:
  - docs/a.txt
  - path: assets/note.txt
dependencies:
  - {alias: mail, pack_id: acme.mail, version_req: ^1.0, required_capabilities: ["mail:send"]}
secret_requirements:
  - {key: TOKEN, required: false, description: A token}
extensions:
  acme.note.v1: {kind: acme.note.v1, version: 1.0.0, inline: {text: n}}
bootstrap:
  install_flow: main
`;

/** A folder that uses everything that `pack.yaml` can say. */
async function fullFiles(): Promise<Record<string, string | Uint8Array>> {
  return {
    "pack.yaml": FULL,
    "src/main.yaml": FLOW.replace("id: main\n", ""),
    "src/other.ygtc": "id: other\ntype: component-config\nnodes: {a: {emit.response: {}}}\n",
    "build/a.wasm": await component("echo"),
    "build/a.component.wasm": await component("greet"),
    "docs/a.txt": "a",
    "assets/note.txt": "note",
    "secret-requirements.json": '[{"key":"TOKEN","required":true},{"key":"MORE"}]',
    "flows/unlisted.ygtc": "id: unlisted",
  };
}

Deno.test("buildPack() carries everything that pack.yaml says", async () => {
  const built = await build(await fullFiles());
  assertEquals(shortFindings(built.findings), []);
  assertEquals((await checkPack(built.archive)).faults, []);
  const manifest = await decoded(built.archive);
  const { name, version, kind, publisher, bootstrap } = manifest;
  assertEquals([name, version, kind, publisher, bootstrap], ["Made", "1.2.3", "provider", "Example", {
    install_flow: "main",
  }]);
  const [record] = manifest["components"] as JsonObject[];
  assertEquals([record!["version"], record!["world"], record!["supports"], record!["resources"]], [
    "0.2.0",
    "acme:greet/world@1.0.0",
    ["messaging", "component_config"],
    { memory_mb: 16 },
  ]);
  const files = await unpack(built.archive);
  assertEquals(files.get("components/greet.wasm"), await component("greet"));
  assertEquals([...files.keys()].filter((file) => file.startsWith("assets/")), [
    "assets/docs/a.txt",
    "assets/note.txt",
  ]);
  assertEquals((manifest["flows"] as JsonObject[]).map(({ id, kind, tags }) => [id, kind, tags]), [
    ["main", "messaging", ["default"]],
    ["other", "component_config", []],
  ]);
  // What pack.yaml says of a secret counts, then the list beside it, then the components.
  assertEquals(manifest["secret_requirements"], [
    { key: "API_KEY", required: true },
    { key: "MORE" },
    { key: "TOKEN", required: false, description: "A token" },
  ]);
  assertEquals(member(member(manifest["extensions"], "acme.note.v1"), "inline"), { text: "n" });
  const [dependency] = manifest["dependencies"] as JsonObject[];
  assertEquals([dependency!["alias"], dependency!["version_req"]], ["mail", "^1.0"]);
});

Deno.test("buildPack() takes what a component's own manifest says, and lets pack.yaml win", async (t) => {
  const own = JSON.stringify({
    id: "greet",
    name: "Greets",
    supports: ["job"],
    resources: { memory_mb: 8 },
    capabilities: { host: { state: { read: true }, odd: {} } },
  });
  for (const name of ["components/greet.manifest.json", "components/component.manifest.json"]) {
    await t.step(name, async () => {
      const built = await build(await goodFiles({ [name]: own }));
      const [record] = (await decoded(built.archive))["components"] as JsonObject[];
      assertEquals([record!["supports"], record!["resources"], record!["capabilities"]], [
        ["job"],
        { memory_mb: 8 },
        { wasi: {}, host: { state: { read: true } } },
      ]);
      assertEquals(built.findings.map(({ severity, message }) => [severity, message]), [[
        "warning",
        'Field "capabilities.host.odd" of component "greet" is not known and has no effect',
      ]]);
    });
  }
  await t.step("pack.yaml wins", async () => {
    const yaml = `${MINIMAL}components:\n  - id: greet\n    resources: {memory_mb: 9}\n`;
    const built = await build(await goodFiles({ "pack.yaml": yaml, "components/greet.manifest.json": own }));
    const [record] = (await decoded(built.archive))["components"] as JsonObject[];
    assertEquals([record!["supports"], record!["resources"]], [["job"], { memory_mb: 9 }]);
  });
  await t.step("that of another component is left alone", async () => {
    const other = own.replace('"greet"', '"other"');
    const built = await build(await goodFiles({ "components/component.manifest.json": other }));
    const [record] = (await decoded(built.archive))["components"] as JsonObject[];
    assertEquals(record!["supports"], []);
  });
});

Deno.test("buildPack() finds a component's file in the folder that is named", async (t) => {
  const greet = await component("greet");
  const listed = (wasm: string) => `${MINIMAL}components:\n  - id: greet\n    wasm: ${wasm}\n`;
  const table: [name: string, files: Record<string, Uint8Array>, wasm: string, error: string | null][] = [
    ["a file", { "x/y.wasm": greet }, "./x/y.wasm", null],
    ["the only one", { "x/deep/y.wasm": greet }, "x", null],
    ["the marked one", { "x/y.wasm": greet, "x/z.component.wasm": greet }, "x/", null],
    [
      "two",
      { "x/y.wasm": greet, "x/z.wasm": greet },
      "x",
      'Folder "x" of component "greet" has more than one .wasm file: x/y.wasm, x/z.wasm',
    ],
    ["none", {}, "x", 'Folder "x" of component "greet" has no .wasm file'],
    ["no file", {}, "x/y.wasm", 'Component "greet" has no file "x/y.wasm"'],
  ];
  for (const [name, files, wasm, error] of table) {
    await t.step(name, async () => {
      const all = { "pack.yaml": listed(wasm), "flows/main.ygtc": FLOW, ...files };
      if (error === null) assertEquals((await build(all)).components, ["greet"]);
      else assertEquals((await refusal(all)).findings.map(({ message }) => message), [error]);
    });
  }
});

Deno.test("buildPack() takes the components of nodes from the packer's sidecar", async () => {
  const flow = "id: main\ntype: job\nnodes:\n  greet:\n    hello:\n      name: x\n";
  const files = await goodFiles({ "flows/main.ygtc": flow });
  const alone = await refusal(files);
  assertEquals(shortFindings(alone.findings), [
    'error flows/main.ygtc:4 flow main node greet: Node "greet" calls component "hello", which is not in the pack',
  ]);
  assertEquals(alone.findings[0]!.hint, "The pack has: greet");
  const sidecar = JSON.stringify({ nodes: { greet: { component_id: "greet", digest: "sha256:0" } } });
  const built = await build({ ...files, "flows/main.ygtc.resolve.summary.json": sidecar });
  const manifest = await decoded(built.archive);
  const nodes = member(member((manifest["flows"] as JsonObject[])[0], "flow"), "nodes") as JsonObject[];
  assertEquals(member(nodes[0]!["component"], "operation"), "hello");
});

Deno.test("buildPack() reads a flow that is compiled already", async () => {
  const document = {
    id: "main",
    kind: "job",
    nodes: [
      {
        id: "z",
        component: { id: "greet", operation: "greet" },
        input: { mapping: { name: "x" } },
        routing: { next: { node_id: "a" } },
      },
      { id: "a", component: { id: "emit.response" }, input: { mapping: 1 }, routing: "reply" },
    ],
  };
  const built = await build(await goodFiles({ "flows/main.ygtc": JSON.stringify(document, null, "\t") }));
  const [flow] = (await inspectPack(built.archive)).flows;
  assertEquals([flow!.start, flow!.nodes.map(({ id, routing }) => `${id} ${routing}`)], ["z", [
    "z -> a",
    "a end",
  ]]);
});

Deno.test("buildPack() starts where the author says, or else at the first node", async (t) => {
  const nodes = "nodes:\n  z: {emit.x: 1, routing: [{to: a}]}\n  a: {emit.x: 1, routing: [{to: z}]}\n";
  const table: [name: string, more: string, start: string][] = [
    ["first", "", "z"],
    ["start", "start: a\n", "a"],
    ["entrypoint", "entrypoints: {default: a}\n", "a"],
    ["a node named in", "  in: {emit.x: 1, routing: [{to: z}]}\n", "in"],
  ];
  for (const [name, more, start] of table) {
    await t.step(name, async () => {
      const built = await build({
        "pack.yaml": MINIMAL,
        "flows/f.ygtc": `id: f\ntype: job\n${nodes}${more}`,
      });
      assertEquals((await inspectPack(built.archive)).flows[0]!.start, start);
    });
  }
});

Deno.test("buildPack() tells everything that is wrong with pack.yaml at once, by line", async () => {
  const text = [
    "pack_id: a b",
    "version: '1'",
    "odd: 1",
    "kind: thing",
    "name: 5",
    "components:",
    "  - id: x/y",
    "    version: two",
    "    supports: [messaging, never]",
    "    extra: 1",
    "  - wasm: a.wasm",
    "flows: main.ygtc",
    "assets: [1]",
    "dependencies:",
    "  - alias: a",
    "    pack_id: b c",
    "secret_requirements:",
    "  - required: true",
    "extensions:",
    "  one: {kind: two, version: '1'}",
    "  three: {}",
  ].join("\n");
  const error = await refusal({ "pack.yaml": text, "flows/broken.ygtc": "[" });
  assertEquals(error.code, "build.failed");
  assertEquals(shortFindings(error.findings), [
    'error pack.yaml:1: Field "pack_id" is "a b"',
    'error pack.yaml:2: Field "version" is "1"',
    'warning pack.yaml:3: Field "odd" is not known and has no effect',
    'error pack.yaml:4: Field "kind" is "thing"',
    'error pack.yaml:5: Field "name" is no text',
    'error pack.yaml:7: Field "components.0.id" is "x/y"',
    'error pack.yaml:8: Field "components.0.version" is "two"',
    'error pack.yaml:9: Field "components.0.supports" lists an unknown kind of flow',
    'warning pack.yaml:10: Field "components.0.extra" is not known and has no effect',
    'error pack.yaml:11: Field "components.1.id" is missing',
    'error pack.yaml:12: Field "flows" is no list',
    'error pack.yaml:13: Field "assets.0.path" is missing',
    'error pack.yaml:15: Field "dependencies.0.version_req" is missing',
    'error pack.yaml:16: Field "dependencies.0.pack_id" is "b c"',
    'error pack.yaml:18: Field "secret_requirements.0.key" is missing',
    'error pack.yaml:20: Field "extensions.one.kind" is "two" and not the key',
    'error pack.yaml:21: Field "extensions.three.kind" is missing',
    'error pack.yaml:21: Field "extensions.three.version" is missing',
  ]);
  assert(error.findings.every(({ code }) => code === "build.pack_yaml"));
});

Deno.test("buildPack() tells everything that is wrong with the sources at once", async () => {
  const yaml = [
    "pack_id: made",
    "version: 0.1.0",
    "components:",
    "  - id: greet",
    "    wasm: greet.wasm",
    "  - id: gone",
    "  - {id: text, wasm: text.wasm}",
    "  - {id: core, wasm: core.wasm}",
    "  - {id: greet, wasm: other.wasm}",
    "  - {id: unsafe, wasm: ../x.wasm}",
    "flows:",
    "  - flows/routes.ygtc",
    "  - flows/gone.ygtc",
    "  - flows/syntax.ygtc",
    "  - {file: flows/named.ygtc, id: other}",
    "  - flows/noid.ygtc",
    "  - flows/calls.ygtc",
    "  - flows/twin.ygtc",
    "assets:",
    "  - gone.txt",
  ].join("\n");
  const error = await refusal({
    "pack.yaml": yaml,
    "greet.wasm": await component("greet"),
    "text.wasm": "no wasm",
    "core.wasm": await component("core-module"),
    "flows/routes.ygtc":
      "id: routes\ntype: job\nnodes:\n  a:\n    emit.x: 1\n    routing:\n      - to: nowhere\n  b:\n    emit.x: 1\n    when: x\n",
    "flows/syntax.ygtc": "id: syntax\nnodes: [\n",
    "flows/named.ygtc": "# comment\nid: named\n",
    "flows/noid.ygtc": "type: job\n",
    "flows/calls.ygtc":
      "id: calls\ntype: job\nnodes:\n  a:\n    stranger: {}\n    routing:\n      - to: b\n  b:\n    gone: {}\n",
    "flows/twin.ygtc": "id: calls\ntype: job\nnodes: {a: {emit.x: 1}}\n",
    "secret-requirements.json": '{"key":"A"}',
  });
  assertEquals(shortFindings(error.findings), [
    'error pack.yaml:6: Component "gone" has no file "components/gone.wasm"',
    "error text.wasm: File is no WebAssembly: it does not begin as a component does",
    "error core.wasm: File is a core module, not a WebAssembly component",
    'warning pack.yaml:9: Component "greet" is listed twice; the first is used',
    'error pack.yaml:10: File "../x.wasm" of component "unsafe" leads out of the folder',
    `error flows/routes.ygtc:8 flow routes node b: The construct "when" is not executed by any runner of these flows`,
    "error flows/routes.ygtc:7 flow routes node a: Missing node 'nowhere' referenced in routing from 'a'",
    'error pack.yaml:13: Flow file "flows/gone.ygtc" does not exist',
    "error flows/syntax.ygtc:3: Document cannot be read: Flow sequence in block collection must be sufficiently indented and end with a ]",
    'error flows/named.ygtc:2: Flow has the id "named", and pack.yaml lists it as "other"',
    "error flows/noid.ygtc:1: Flow has no id",
    'error flows/twin.ygtc:1 flow calls: Flow "calls" is in flows/calls.ygtc and in flows/twin.ygtc',
    'error flows/calls.ygtc:4 flow calls node a: Node "a" calls component "stranger", which is not in the pack',
    'error secret-requirements.json:1: File "secret-requirements.json" is wrong: it is no list of secrets',
    'error pack.yaml:20: Asset "gone.txt" does not exist',
  ]);
  assertEquals(error.message, "Pack cannot be built: its sources have 14 errors");
});

Deno.test("buildPack() needs a pack.yaml that can be read", async (t) => {
  const table: [name: string, files: Record<string, string | Uint8Array>, place: string, message: RegExp][] =
    [
      ["none", {}, "/", /^Folder ".*" has no pack\.yaml$/],
      ["no UTF-8", { "pack.yaml": Uint8Array.of(0xff) }, "pack.yaml", /is no text in UTF-8$/],
      ["no YAML", { "pack.yaml": "a: 1\na: 2" }, "pack.yaml:2", /it has the key "a" twice$/],
      ["no map", { "pack.yaml": "- a" }, "pack.yaml:1", /^The document is no map of fields$/],
    ];
  for (const [name, files, place, message] of table) {
    await t.step(name, async () => {
      await using folder = await sources(files);
      const error: BuildError = await assertRejects(() => buildPack(folder.path), BuildError);
      assertEquals([error.code, error.place], ["build.failed", folder.path]);
      assert(error.message.startsWith("Pack cannot be built: its sources have "), error.message);
      const [finding] = error.findings;
      assertEquals(finding!.place, place === "/" ? folder.path : place);
      assert(message.test(finding!.message), finding!.message);
    });
  }
  await t.step("no folder", async () => {
    await using folder = await sources({ "pack.yaml": MINIMAL });
    const table = [
      ["/absent/folder", "does not exist"],
      [`${folder.path}/pack.yaml`, "is a file"],
      ...(Deno.build.os === "windows" ? [] : [["/dev/null", "is neither a folder nor a file"] as const]),
    ] as const;
    for (const [path, what] of table) {
      const { code, findings } = await assertRejects(() => buildPack(path), BuildError) as BuildError;
      assertEquals(code, "build.failed");
      assertEquals(shortFindings(findings), [`error ${path}: Folder "${path}" ${what}`]);
      assertEquals(findings[0]!.hint, "Name the folder that holds pack.yaml");
    }
  });
});

Deno.test("buildPack() warns of what has no effect, and builds", async (t) => {
  const greet = await component("greet");
  const table: [name: string, files: Record<string, string | Uint8Array>, findings: string[]][] = [
    ["a file without an id", { "components/a/b/c.wasm": greet, "components/a b.wasm": greet }, [
      'warning components/a b.wasm: File "components/a b.wasm" is left out, because no component id can be told from its name',
      'warning components/a/b/c.wasm: File "components/a/b/c.wasm" is left out, because no component id can be told from its name',
    ]],
    ["a component that no flow can call", { "components/no-world.wasm": await component("no-world") }, [
      'warning components/no-world.wasm: Component "no-world" exports no world that flows can call',
    ]],
    ["a node that nothing leads to", {
      "flows/f.ygtc": "id: f\ntype: job\nnodes: {a: {emit.x: 1}, b: {emit.x: 1}}",
    }, [
      "warning flows/f.ygtc:1 flow f: No route leads to b",
    ]],
  ];
  for (const [name, files, findings] of table) {
    await t.step(name, async () => {
      assertEquals(shortFindings((await build(await goodFiles(files))).findings).sort(), findings);
    });
  }
  await t.step("a component that another pack may bring", async () => {
    const yaml = `${MINIMAL}dependencies:\n  - {alias: a, pack_id: b, version_req: "*"}\n`;
    const { findings } = await build({ "pack.yaml": yaml, "flows/main.ygtc": FLOW });
    assertEquals(shortFindings(findings), [
      'warning flows/main.ygtc:4 flow main node greet: Node "greet" calls component "greet", which is not in the pack',
    ]);
  });
});

Deno.test("buildPack() never reads outside of its folder by a name", async (t) => {
  const names = ["../outside.txt", "/etc/hostname", "assets/../../outside.txt", "a\\b", "C:/x", "./../x", ""];
  for (const name of names) {
    await t.step(name || "(nothing)", async () => {
      const yaml = `${MINIMAL}assets:\n  - ${JSON.stringify(name)}\n`;
      const { findings } = await refusal(await goodFiles({ "pack.yaml": yaml }));
      assertEquals(shortFindings(findings), [
        `error pack.yaml:4: Asset "${name}" leads out of the folder`,
      ]);
    });
  }
  await t.step("a name that only looks odd is taken", async () => {
    const yaml = `${MINIMAL}assets: [./a.txt, ././assets/note.txt]\n`;
    const { archive } = await build(await goodFiles({ "pack.yaml": yaml, "a.txt": "a" }));
    const names = [...(await unpack(archive)).keys()].filter((name) => name.startsWith("assets/"));
    assertEquals(names, ["assets/a.txt", "assets/note.txt"]);
  });
});

Deno.test("buildPack() gives the same bytes for the same sources, wherever they lie", async (t) => {
  const key = Uint8Array.from(SEED);
  const table: [name: string, options: BuildOptions][] = [
    ["new", {}],
    ["new, signed", { signing: key }],
    ["older", { layout: "legacy" }],
    ["older, signed", { layout: "legacy", signing: key }],
  ];
  for (const [name, options] of table) {
    await t.step(name, async () => {
      await using one = await sources(await goodFiles());
      const files = Object.fromEntries(Object.entries(await goodFiles()).reverse());
      await using two = await sources(files);
      const first = await buildPack(one.path, options);
      assertEquals(await buildPack(one.path, options), first);
      assertEquals(await buildPack(`${two.path}/`, options), first);
      const later = await buildPack(one.path, { ...options, date: "2026-01-02T03:04:05Z" });
      if (options.layout === "legacy" || options.signing !== undefined) {
        assertNotEquals(later.digest, first.digest);
      } else assertEquals(later, first, "a date is written nowhere");
    });
  }
  await t.step("a key for one signature gives other bytes each time", async () => {
    await using folder = await sources(await goodFiles());
    const [one, two] = [
      await buildPack(folder.path, { signing: "dev" }),
      await buildPack(folder.path, { signing: "dev" }),
    ];
    assertNotEquals(one.digest, two.digest);
  });
});

Deno.test("buildPack() writes packs that hold, are trusted by their key, and run", async (t) => {
  await using temp = await tempFolder();
  const { privatePem, fingerprint } = await generateKey();
  await Deno.writeTextFile(`${temp.path}/my.key`, privatePem);
  const date = "2026-01-02T03:04:05Z";
  for (const layout of ["new", "legacy"] as const) {
    await t.step(layout, async () => {
      const built = await build(await goodFiles(), { layout, signing: `${temp.path}/my.key`, date });
      const report = await checkPack(built.archive);
      assertEquals([report.faults, report.layout, report.signature?.fingerprint], [[], layout, fingerprint]);
      const verified = await verifyPack(built.archive, { signing: "strict", trust: [fingerprint] });
      assertEquals([verified.ok, verified.id, verified.digest], [true, "made", built.digest]);
      const result = await runPack(built.archive, {
        input: { name: "Ada" },
        artifactsDir: `${temp.path}/${layout}`,
        cacheDir: CACHE,
      });
      assertEquals([result.status, result.output], ["success", [{ text: "Hello, Ada!" }]]);
    });
  }
});

Deno.test("buildPack() names the publisher in the certificate, and nobody for a dev key", async () => {
  const yaml = `${MINIMAL}publisher: Example GmbH\n`;
  const names: string[] = [];
  for (const signing of [SEED, "dev"]) {
    const { archive } = await build(await goodFiles({ "pack.yaml": yaml }), { signing });
    const chain = new TextDecoder().decode((await unpack(archive)).get("signatures/chain.pem"));
    names.push(new X509Certificate(chain).subject);
  }
  assertEquals(names, ["CN=Example GmbH", "CN=greentic-dev-local"]);
  const long = `${MINIMAL}publisher: ${"x".repeat(100)}\n`;
  const { archive } = await build(await goodFiles({ "pack.yaml": long }), { signing: SEED });
  const chain = new TextDecoder().decode((await unpack(archive)).get("signatures/chain.pem"));
  // A certificate has no place for more.
  assertEquals(new X509Certificate(chain).subject, `CN=${"x".repeat(64)}`);
  assertEquals((await checkPack(archive)).faults, []);
});

Deno.test("buildPack() tells what the older layout has no place for", async (t) => {
  await t.step("what can be left out is left out", async () => {
    const { archive, findings } = await build(
      await goodFiles({
        "pack.yaml": `${MINIMAL}kind: provider
description: What it is for
secret_requirements: [{key: A}]
extensions: {a: {kind: a, version: "1"}}
bootstrap: {install_flow: main}
dependencies: [{alias: a, pack_id: b, version_req: "*"}]
`,
      }),
      { layout: "legacy" },
    );
    const fields = ["extensions", "dependencies", "secret_requirements", "bootstrap", "kind"];
    assertEquals(
      shortFindings(findings),
      fields.map((field) =>
        `warning pack.yaml: The older layout has no place for "${field}", which is left out`
      ),
    );
    assertEquals((await checkPack(archive)).faults, []);
    const meta = member(await decoded(archive), "meta");
    assertEquals(member(meta, "description"), "What it is for");
  });
  await t.step("folders that it does not carry", async () => {
    const files = { "schemas/a.json": "{}", "i18n/de.json": "{}", "qa/a.txt": "a", "fixtures/x/a.txt": "a" };
    const { archive, findings } = await build(await goodFiles(files), { layout: "legacy" });
    assertEquals(
      shortFindings(findings),
      ["schemas", "i18n", "qa", "fixtures"].map((folder) =>
        `warning ${folder}: The older layout has no place for "${folder}", which is left out`
      ),
    );
    const names = [...(await unpack(archive)).keys()];
    assertEquals(names.filter((name) => /^(?:schemas|i18n|qa|fixtures)\//.test(name)), []);
    assert(names.includes("assets/note.txt"), names.join(", "));
    assertEquals((await checkPack(archive)).faults, []);
  });
  await t.step("components that only the packer's sidecar names", async () => {
    const error = await refusal(
      await goodFiles({
        "flows/main.ygtc": "id: main\ntype: job\nnodes:\n  greet:\n    hello:\n      name: x\n",
        "flows/main.ygtc.resolve.summary.json": '{"nodes":{"greet":{"component_id":"greet"}}}',
      }),
      { layout: "legacy" },
    );
    assertEquals(shortFindings(error.findings), [
      'error flows/main.ygtc:4 flow main node greet: Node "greet" calls component "hello", which is not in the pack',
    ]);
  });
  await t.step("a pack without a flow cannot be built", async () => {
    const error = await refusal({ "pack.yaml": MINIMAL }, { layout: "legacy" });
    assertEquals(error.findings.map(({ code }) => code), ["flow.none"]);
  });
  await t.step("nor one with a compiled flow", async () => {
    const compiled = JSON.stringify({
      id: "c",
      kind: "job",
      nodes: [{ id: "a", component: { id: "emit.x" } }],
    });
    const error = await refusal(await goodFiles({ "flows/c.json": compiled }), { layout: "legacy" });
    assertEquals(shortFindings(error.findings), [
      'error flows/c.json: Flow "c" is compiled, and the older layout carries flows as authors write them',
    ]);
  });
});

Deno.test("buildPack() refuses wrong options before it reads anything", async (t) => {
  const table: [name: string, options: BuildOptions][] = [
    ["date", { date: "yesterday" }],
    ["date without a zone", { date: "2026-01-01T00:00:00" }],
    ["date of another zone", { date: "2026-01-01T00:00:00+01:00" }],
    ["a month too many", { date: "2026-13-01T00:00:00Z" }],
    ["a day that its month does not have", { date: "2026-02-30T00:00:00Z" }],
    ["a day that its year does not have", { date: "2025-02-29T00:00:00Z" }],
    ["an hour too many", { date: "2026-01-01T24:00:00Z" }],
    ["limit", { limits: { maxEntries: 0 } }],
    ["an unknown limit", { limits: { maxEntry: 1 } as BuildOptions["limits"] & object }],
    ["an unknown option", { sign: "dev" } as BuildOptions],
    ["an unknown layout", { layout: "old" } as unknown as BuildOptions],
  ];
  for (const [name, options] of table) {
    await t.step(name, async () => {
      const error: RunnerError = await assertRejects(() => buildPack("/absent", options), RunnerError);
      assertEquals(error.code, "option.invalid");
    });
  }
  await t.step("a day that only some years have", async () => {
    await build(await goodFiles(), { date: "2024-02-29T23:59:59.5Z" });
  });
  await t.step("a key that is not there", async () => {
    await using folder = await sources(await goodFiles());
    const signing = `${folder.path}/absent.key`;
    const error: RunnerError = await assertRejects(() => buildPack(folder.path, { signing }), RunnerError);
    assertEquals([error.code, error.place], ["key.invalid", signing]);
  });
});

Deno.test("buildPack() holds every file to the limit", async () => {
  const { findings } = await refusal(await goodFiles(), { limits: { maxEntryBytes: 100 } });
  const [first] = findings;
  assertEquals([first!.code, first!.place?.endsWith("/components/greet.wasm")], ["pack.limit.entry", true]);
  assert(first!.hint!.includes("--max-entry-mb"), first!.hint);
});

Deno.test("buildPack() lets nothing leave that a runner would refuse for its size", async (t) => {
  const built = "the pack that was built";
  const many = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`assets/${i}`, "x"]));
  const files = { ...await goodFiles(many), "assets/note.txt": new Uint8Array(500_000) };
  const sum = Object.values(files).reduce((total, { length }) => total + length, 0);
  const table: [name: string, limits: BuildOptions["limits"] & object, places: string[], code: string][] = [
    ["the archive", { maxArchiveBytes: sum }, [built], "pack.limit.archive"],
    ["its sources", { maxArchiveBytes: sum - 1 }, ["/assets/note.txt"], "pack.limit.archive"],
    ["its entries", { maxEntries: 11 }, [built], "pack.limit.entries"],
    ["files of a folder", { maxEntries: 9 }, ["assets"], "pack.limit.entries"],
  ];
  for (const [name, limits, places, code] of table) {
    await t.step(name, async () => {
      for (const signing of [undefined, SEED]) {
        const options = signing === undefined ? { limits } : { limits, signing };
        const { findings } = await refusal(files, options);
        assertEquals(findings.map(({ place }) => place?.replace(/^.*(?=\/assets\/)/, "")), places);
        assertEquals(findings.map((finding) => finding.code), [code]);
        const [limit] = Object.keys(limits);
        assert(findings[0]!.hint?.includes(`limits.${limit}`), findings[0]!.hint);
      }
    });
  }
  await t.step("names that some systems take for one", async () => {
    const { findings } = await refusal(await goodFiles({ "assets/A.txt": "1", "assets/a.txt": "2" }));
    assertEquals(findings.map(({ code }) => code), ["pack.duplicate_entry"]);
  });
});

Deno.test("buildPack() tells each field of pack.yaml that is of a wrong type, once", async (t) => {
  const component = (line: string) => `components:\n  - id: greet\n    ${line}\n`;
  const inComponent = (what: string) => [`error pack.yaml:4: Field ${what} in component "greet"`];
  const secret = "A key has the characters A-Z a-z 0-9 . _ / - only, and no leading / and no ..";
  const table: [lines: string, findings: string[], hint?: string][] = [
    ["name: 5\n", ['error pack.yaml:3: Field "name" is no text'], "Put it in quotes"],
    ["components: greet\n", ['error pack.yaml:3: Field "components" is no list']],
    [
      "components: [{id: 5}]\n",
      ['error pack.yaml:3: Field "components.0.id" is no text'],
      "Put it in quotes",
    ],
    ["components: [{}]\n", ['error pack.yaml:3: Field "components.0.id" is missing']],
    ["flows: [{file: 5}]\n", ['error pack.yaml:3: Field "flows.0.file" is no text']],
    ["assets: [{path: 5}]\n", ['error pack.yaml:3: Field "assets.0.path" is no text']],
    [component("world: 5"), ['error pack.yaml:5: Field "components.0.world" is no text']],
    [component("supports: [messaging, 5]"), [
      'error pack.yaml:5: Field "components.0.supports" lists an unknown kind of flow',
    ], "The kinds are messaging, event, component-config, job, http"],
    [component("profiles: []"), inComponent('"profiles" is no map')],
    [
      component("capabilities: {wasi: {random: maybe}}"),
      inComponent('"capabilities.wasi.random" is no true or false'),
    ],
    [
      component("capabilities: {wasi: {filesystem: {}}}"),
      inComponent('"capabilities.wasi.filesystem.mode" is missing'),
    ],
    [
      component("capabilities: {host: {secrets: {required: [{}]}}}"),
      inComponent(
        '"capabilities.host.secrets.required[0].key" is missing',
      ),
    ],
    [component("capabilities: {host: {secrets: {required: [{key: /a}]}}}"), [
      'error pack.yaml:4: Component "greet" asks for the secret "/a", which is no key',
    ], secret],
    [component("operations: {}"), inComponent('"operations" is no list')],
    [
      component("operations: [{name: x, input_schema: {}}]"),
      inComponent('"operations[0].output_schema" is missing'),
    ],
    [
      component("resources: {memory_mb: 1.5}"),
      inComponent('"resources.memory_mb" is no whole number from 0'),
    ],
    [
      component("resources: {cpu_millis: -1}"),
      inComponent('"resources.cpu_millis" is no whole number from 0'),
    ],
    [component("configurators: {basic: 5}"), inComponent('"configurators.basic" is no text')],
    ["secret_requirements: {}\n", ['error pack.yaml:3: Field "secret_requirements" is no list']],
    ["secret_requirements: [{key: 5}]\n", [
      'error pack.yaml:3: Field "secret_requirements.0.key" is no text',
    ]],
    ...["a b", "/a", "a/../b", "ä"].map((key): [string, string[], string] => [
      `secret_requirements: [{key: ${key}}]\n`,
      [`error pack.yaml:3: Field "secret_requirements.0.key" is "${key}"`],
      secret,
    ]),
    ["secret_requirements: [{key: A, required: yes}]\n", [
      'error pack.yaml:3: Field "secret_requirements.0" is wrong: "required" is no true or false',
    ]],
    ["secret_requirements: [{key: A, odd: 1, required: 5}]\n", [
      'warning pack.yaml:3: Field "secret_requirements.0.odd" is not known and has no effect',
      'error pack.yaml:3: Field "secret_requirements.0" is wrong: "required" is no true or false',
    ]],
    ["bootstrap: []\n", ['error pack.yaml:3: Field "bootstrap" is no map']],
    ["bootstrap: {install_flow: 5}\n", ['error pack.yaml:3: Field "bootstrap.install_flow" is no text']],
    ["bootstrap: {install_flow: gone}\n", [
      'error pack.yaml:3: Field "bootstrap.install_flow" names "gone", which is not in the pack',
    ]],
    ["bootstrap:\n  upgrade_flow: greet\n  installer_component: main\n", [
      'error pack.yaml:3: Field "bootstrap.upgrade_flow" names "greet", which is not in the pack',
      'error pack.yaml:3: Field "bootstrap.installer_component" names "main", which is not in the pack',
    ]],
    ["dependencies: [{alias: 5, pack_id: b, version_req: '*'}]\n", [
      'error pack.yaml:3: Field "dependencies.0.alias" is no text',
    ]],
    ["dependencies: [{alias: a, pack_id: b, version_req: '*', required_capabilities: [1]}]\n", [
      'error pack.yaml:3: Field "dependencies.0.required_capabilities" is no list of texts',
    ]],
    ["extensions: []\n", ['error pack.yaml:3: Field "extensions" is no map']],
    [
      "extensions:\n  greentic.pack.component_manifests@v1:\n    kind: greentic.pack.component_manifests@v1\n    version: 1.0.0\n",
      [
        'error pack.yaml:4: Field "extensions.greentic.pack.component_manifests@v1" is written by the builder itself',
      ],
    ],
  ];
  for (const [lines, findings, hint] of table) {
    await t.step(lines, async () => {
      const error = await refusal(await goodFiles({ "pack.yaml": MINIMAL + lines }));
      assertEquals(shortFindings(error.findings), findings);
      if (hint !== undefined) assertEquals(error.findings[0]!.hint, hint);
    });
  }
  await t.step("an id and a version of a wrong type", async () => {
    const { findings } = await refusal({ "pack.yaml": "pack_id: 5\nversion: 1.0\n" });
    assertEquals(shortFindings(findings), [
      'error pack.yaml:1: Field "pack_id" is no text',
      'error pack.yaml:2: Field "version" is no text',
    ]);
  });
  await t.step("what bootstrap may name", async () => {
    const yaml =
      `${MINIMAL}bootstrap: {install_flow: main, upgrade_flow: main, installer_component: greet}\n`;
    const { archive } = await build(await goodFiles({ "pack.yaml": yaml }));
    assertEquals((await decoded(archive))["bootstrap"], {
      install_flow: "main",
      upgrade_flow: "main",
      installer_component: "greet",
    });
  });
});

Deno.test("buildPack() holds a component's own manifest to the same, and names that file", async (t) => {
  const file = "components/greet.manifest.json";
  const table: [own: string, finding: string][] = [
    [
      '{"capabilities":{"wasi":{"random":1}}}',
      `${file}: Field "capabilities.wasi.random" is no true or false in component "greet"`,
    ],
    ['{"operations":{}}', `${file}: Field "operations" is no list in component "greet"`],
    [
      '{"resources":{"memory_mb":4294967296}}',
      `${file}: Field "resources.memory_mb" is no whole number from 0 in component "greet"`,
    ],
    [
      '{"capabilities":{"host":{"secrets":{"required":[{"key":"a b"}]}}}}',
      `${file}: Component "greet" asks for the secret "a b", which is no key`,
    ],
    [
      '{\n"id":"greet"',
      `${file}:2: Document cannot be read: it is no JSON: expected a comma or } and found the end of the file`,
    ],
  ];
  for (const [own, finding] of table) {
    await t.step(own, async () => {
      const error = await refusal(await goodFiles({ [file]: own }));
      assertEquals(shortFindings(error.findings), [`error ${finding}`]);
    });
  }
  await t.step("also where pack.yaml would win over it", async () => {
    const yaml = `${MINIMAL}components: [{id: greet, resources: {memory_mb: 1}}]\n`;
    const own = '{"resources":{"memory_mb":"x"}}';
    const error = await refusal(await goodFiles({ "pack.yaml": yaml, [file]: own }));
    assertEquals(error.findings.map(({ place }) => place), [file]);
  });
});

Deno.test("buildPack() checks the list of secrets beside pack.yaml", async (t) => {
  for (const name of ["secret-requirements.json", "secrets_requirements.json"]) {
    const table: [list: string, fault: string][] = [
      ["5", "it is no list of secrets"],
      ['{"key":"A"}', "it is no list of secrets"],
      ["[{}]", '"key" is missing'],
      ['[{"key":"/a"}]', '"key" is "/a", which is no key'],
      ['[{"key":"A"},{"key":"a b"}]', '"key" is "a b", which is no key'],
      ['[{"key":"A","required":5}]', '"required" is no true or false'],
      ['[{"key":"A","scope":{"env":"e"}}]', '"scope.tenant" is missing'],
      ["[5]", '"" is no map'],
    ];
    for (const [list, fault] of table) {
      await t.step(`${name}: ${list}`, async () => {
        const { findings } = await refusal(await goodFiles({ [name]: list }));
        assertEquals(shortFindings(findings), [`error ${name}:1: File "${name}" is wrong: ${fault}`]);
      });
    }
  }
});

Deno.test("buildPack() tells a file that is broken once, also when many nodes call it", async (t) => {
  const flow = "id: main\ntype: job\nnodes:\n  a: {greet: {}, routing: [{to: b}]}\n  b: {greet: {}}\n";
  const listed = `${MINIMAL}components: [{id: greet}]\n`;
  const table: [name: string, files: Record<string, string | Uint8Array>][] = [
    ["found", { "components/greet.wasm": "no wasm" }],
    ["listed", { "components/greet.wasm": "no wasm", "pack.yaml": listed }],
  ];
  for (const [name, files] of table) {
    await t.step(name, async () => {
      const { findings } = await refusal(await goodFiles({ "flows/main.ygtc": flow, ...files }));
      assertEquals(findings.map(({ code, place }) => [code, place]), [
        ["component.not_component", "components/greet.wasm"],
      ]);
    });
  }
});

Deno.test("buildPack() keeps the order of nodes whose ids look like numbers", async (t) => {
  const nodes = [
    '  "10": {emit.x: 1, routing: [{to: b}]}',
    '  b: {emit.x: 1, routing: [{to: "2"}]}',
    '  "2": {emit.x: 1}',
  ];
  for (const layout of ["new", "legacy"] as const) {
    await t.step(layout, async () => {
      const yaml = `id: f\ntype: job\nnodes:\n${nodes.join("\n")}\n`;
      const built = await build({ "pack.yaml": MINIMAL, "flows/f.ygtc": yaml }, { layout });
      assertEquals(built.findings, []);
      const [flow] = (await inspectPack(built.archive)).flows;
      assertEquals(flow!.start, "10");
      if (layout === "new") assertEquals(flow!.nodes.map(({ id }) => id), ["10", "b", "2"]);
    });
  }
});

Deno.test("buildPack() knows the lines of nodes that are listed", async () => {
  const flow = [
    "id: main",
    "kind: job",
    "nodes:",
    "  - id: a",
    "    component: {id: emit.response}",
    "    routing: {next: {node_id: b}}",
    "  - id: b",
    "    component: {id: gone}",
    "    routing: end",
  ];
  const { findings } = await refusal(await goodFiles({ "flows/main.ygtc": flow.join("\n") }));
  assertEquals(shortFindings(findings), [
    'error flows/main.ygtc:7 flow main node b: Node "b" calls component "gone", which is not in the pack',
  ]);
});

Deno.test("buildPack() carries what a compiled flow says of its nodes", async () => {
  const node = {
    id: "a",
    component: { id: "gone", operation: "o", pack_alias: "mail" },
    input: { mapping: { x: 1 } },
    output: { mapping: { y: 2 } },
    routing: "end",
    telemetry: { span_name: "s", attributes: { k: "v" }, sampling: "always" },
  };
  const yaml = `${MINIMAL}dependencies: [{alias: mail, pack_id: acme.mail, version_req: "*"}]\n`;
  const compiled = JSON.stringify({ id: "main", kind: "job", nodes: [node] });
  const authored =
    "id: second\ntype: job\nnodes:\n  a:\n    gone: {operation: o, x: 1}\n    pack_alias: mail\n    telemetry: {span_name: s}\n";
  const { archive } = await build({
    "pack.yaml": yaml,
    "flows/main.json": compiled,
    "flows/second.ygtc": authored,
  });
  assertEquals((await checkPack(archive)).faults, []);
  const [first, second] = ((await decoded(archive))["flows"] as JsonObject[]).map((flow) =>
    (member(member(flow, "flow"), "nodes") as JsonObject[])[0]!
  );
  assertEquals([first!["input"], first!["output"], first!["telemetry"]], [
    node.input,
    node.output,
    node.telemetry,
  ]);
  assertEquals(member(first!["component"], "pack_alias"), "mail");
  assertEquals(member(second!["component"], "pack_alias"), "mail");
  assertEquals([second!["input"], second!["telemetry"]], [{ mapping: { x: 1 } }, {
    span_name: "s",
    attributes: {},
  }]);
});

Deno.test("buildPack() refuses a flow of a kind that no pack can say", async (t) => {
  for (const layout of ["new", "legacy"] as const) {
    await t.step(layout, async () => {
      const flow = FLOW.replace("type: messaging", "type: stream");
      const { findings } = await refusal(await goodFiles({ "flows/main.ygtc": flow }), { layout });
      const [error, ...others] = findings.filter(({ severity }) => severity === "error");
      assertEquals([error!.code, error!.place, others], ["flow.invalid", "flows/main.ygtc:2 flow main", []]);
      assert(error!.message.includes('"stream"'), error!.message);
    });
  }
});
