// deno-lint-ignore-file no-console -- a script talks to whoever runs it
/**
 * Measures whole runs of the command beside an empty `deno run`, for components of several sizes, and runs within one
 * process. All figures come from one session, their samples taken in turn, so that their ratios mean something on a noisy
 * machine.
 *
 * Not measured: reading from a cold disk, memory, and what components of real packs do when they are called.
 */

import { buildLarge } from "../../fixtures/components/build.ts";
import { Runner, type RunOptions } from "../../mod.ts";

const ROOT = new URL("../../", import.meta.url);
const DEMO = new URL("fixtures/packs/demo.gtpack", ROOT).pathname;
const INPUT = { name: "Ada" };
const SAMPLES = Number(Deno.args[0] ?? 15);

/** Components of these sizes, in kilobytes. */
const SIZES = [15, 150, 700, 2400];

interface Figure {
  readonly name: string;
  readonly sample: () => Promise<number>;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function process(args: readonly string[]): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
  });
  return await timed(async () => {
    const { success, stderr } = await command.output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  });
}

interface GraphModule {
  readonly specifier: string;
  readonly size?: number;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
  }[];
}

/** What is loaded before the first line of a program runs, and what it may load in all, as a line. */
async function loadedAtFirst(root: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", root], cwd: ROOT })
    .output();
  const { modules }: { modules: readonly GraphModule[] } = JSON.parse(new TextDecoder().decode(stdout));
  const graph = new Map(modules.map((module) => [module.specifier, module]));
  function reached(later: boolean): string {
    const files = new Set([new URL(root, ROOT).href]);
    for (const file of files) {
      for (const { code, isDynamic = false } of graph.get(file)?.dependencies ?? []) {
        if (code?.specifier !== undefined && (later || !isDynamic)) files.add(code.specifier);
      }
    }
    const own = [...files].filter((file) => file.startsWith(ROOT.href));
    const bytes = own.reduce((sum, file) => sum + (graph.get(file)?.size ?? 0), 0);
    const packages = [...files].filter((file) => file.startsWith("npm:")).length;
    return `${own.length} modules (${Math.round(bytes / 1024)} KiB) and ${packages} packages of npm`;
  }
  return `${root} loads ${reached(false)} at first, and ${reached(true)} in all.`;
}

const temp = await Deno.makeTempDir();
try {
  await Deno.writeTextFile(`${temp}/empty.ts`, "");
  await Deno.writeTextFile(`${temp}/import.ts`, `import ${JSON.stringify(`${ROOT}mod.ts`)};`);
  const command = (cache: string) => [
    ...["run", "-A", "cli.ts", "run", DEMO, "--input", JSON.stringify(INPUT), "--quiet"],
    ...["--artifacts-dir", `${temp}/run`, "--cache-dir", cache],
  ];
  const single = (size: number, cache: string) => [
    ...["run", "-A", "cli.ts", "run", `${temp}/${size}.wasm`, "--op", "x", "--quiet"],
    ...["--artifacts-dir", `${temp}/run`, "--cache-dir", cache],
  ];
  const options: RunOptions = { input: INPUT, artifactsDir: `${temp}/inner`, cacheDir: `${temp}/warm` };
  await using runner = new Runner(options);
  await process(command(`${temp}/warm`));
  for (const size of SIZES) {
    await Deno.writeFile(`${temp}/${size}.wasm`, await buildLarge(size * 1000));
    await process(single(size, `${temp}/warm`));
  }
  await runner.runPack(DEMO);

  let cold = 0;
  const figures: Figure[] = [
    { name: "an empty `deno run`", sample: () => process(["run", `${temp}/empty.ts`]) },
    { name: "`--version`", sample: () => process(["run", "-A", "cli.ts", "--version"]) },
    { name: "`--help`", sample: () => process(["run", "-A", "cli.ts", "--help"]) },
    {
      name: "a script that only imports `mod.ts`",
      sample: () => process(["run", "--config", "deno.json", `${temp}/import.ts`]),
    },
    {
      name: "cold run of the demo: two components transpiled",
      sample: () => process(command(`${temp}/cold${cold++}`)),
    },
    ...SIZES.flatMap((size): Figure[] => [
      {
        name: `cold run of a component of ${size} kB`,
        sample: () => process(single(size, `${temp}/cold${cold++}`)),
      },
      { name: `warm run of a component of ${size} kB`, sample: () => process(single(size, `${temp}/warm`)) },
    ]),
    { name: "warm run of the demo: both components cached", sample: () => process(command(`${temp}/warm`)) },
    {
      name: "warm run of the demo in one process (`Runner`)",
      sample: () => timed(() => runner.runPack(DEMO)),
    },
  ];
  const samples = figures.map((): number[] => []);
  for (let round = 0; round < SAMPLES; round++) {
    for (const [index, figure] of figures.entries()) samples[index]!.push(await figure.sample());
  }

  const medians = samples.map((values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!);
  console.log(`| what (median of ${SAMPLES}) | ms | × empty |\n|---|---:|---:|`);
  for (const [index, { name }] of figures.entries()) {
    const ms = medians[index]!;
    console.log(`| ${name} | ${ms.toFixed(ms < 20 ? 1 : 0)} | ${(ms / medians[0]!).toFixed(1)} |`);
  }
  console.log();
  for (const root of ["mod.ts", "cli.ts"]) console.log(await loadedAtFirst(root));
} finally {
  await Deno.remove(temp, { recursive: true });
}
