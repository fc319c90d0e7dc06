// deno-lint-ignore-file no-console -- a script talks to whoever runs it
/**
 * Runs every flow of every pack in the folder `PUBLIC_PACKS` and prints a table: what came of each, and how long it
 * took. A check by hand on packs that are published; no test needs it.
 */

import { inspectPack, RunnerError, runPack } from "../mod.ts";

const folder = Deno.env.get("PUBLIC_PACKS");
if (folder === undefined) {
  console.error("Name a folder of packs: PUBLIC_PACKS=some/folder deno task test:public");
  Deno.exit(2);
}

const temp = await Deno.makeTempDir();
const rows: string[][] = [["pack", "flow", "outcome", "ms"]];
try {
  for (const { name } of Array.from(Deno.readDirSync(folder)).sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (!name.endsWith(".gtpack")) continue;
    const path = `${folder}/${name}`;
    for (const flow of await flowsOf(path)) rows.push([name, ...flow]);
  }
} finally {
  await Deno.remove(temp, { recursive: true });
}
for (const row of rows) console.log(`| ${row.join(" | ")} |`);

async function flowsOf(path: string): Promise<string[][]> {
  try {
    const { flows } = await inspectPack(path);
    const outcomes: string[][] = [];
    for (const { id } of flows) outcomes.push([id, ...await outcomeOf(path, id)]);
    return outcomes;
  } catch (error) {
    return [["-", refusal(error), "-"]];
  }
}

async function outcomeOf(path: string, entryFlow: string): Promise<[outcome: string, ms: string]> {
  const start = performance.now();
  let outcome: string;
  try {
    const result = await runPack(path, { entryFlow, artifactsDir: `${temp}/run`, cacheDir: `${temp}/cache` });
    outcome = result.error === null ? result.status : `${result.status}: ${result.error.code}`;
  } catch (error) {
    outcome = refusal(error);
  }
  return [outcome, (performance.now() - start).toFixed(0)];
}

function refusal(error: unknown): string {
  if (error instanceof RunnerError) {
    return `${error.code} at ${error.place ?? "?"}: ${error.hint ?? "no hint"}`;
  }
  throw error;
}
