/** Runs every case of `fixtures/cases`, compares its transcript, and replays it. With `-- --update`, writes the transcripts. */

import { assertEquals } from "@std/assert";
import { type Json, type JsonObject, replayRun, type RunOptions, runPack, type RunResult } from "../mod.ts";
import { renderTranscript } from "../lib/record/render.ts";
import { readRun } from "./_helpers.ts";

const CASES = new URL("../fixtures/cases/", import.meta.url);
const PACKS = new URL("../fixtures/packs/", import.meta.url);

interface Case {
  readonly pack: string;
  readonly flow?: string;
  readonly entrypoint?: string;
  readonly entryNode?: string;
  readonly input?: Json;
  readonly parameters?: JsonObject;
  readonly turns?: readonly Json[];
  readonly templates?: "strict" | "lenient";
  readonly secrets?: Readonly<Record<string, string>>;
  readonly allowMissingSecrets?: boolean;
  readonly policy?: "strict" | "devok";
  readonly limits?: RunOptions["limits"];
}

async function runCase(test: Case, folder: string): Promise<string> {
  const { pack, flow, secrets, allowMissingSecrets, policy, ...options } = test;
  const artifactsDir = `${folder}/run`;
  await runPack(new URL(pack, PACKS), {
    artifactsDir,
    cacheDir: `${folder}/../cache`,
    record: true,
    ...options,
    ...(flow === undefined ? {} : { entryFlow: flow }),
    ...(secrets === undefined ? {} : { mocks: { secrets: { map: secrets } } }),
    ...(allowMissingSecrets === undefined ? {} : { secrets: { allowMissing: allowMissingSecrets } }),
    ...(policy === undefined ? {} : { signing: policy }),
  }).catch(() => {}); // what stops a run before its flow is in its record
  const { result, lines } = await readRun(artifactsDir);
  const text = `${renderTranscript(lines).trimEnd()}\n\n${endOf(result)}`;
  // Where the fixtures lie is no part of what a run means.
  return text.replaceAll(PACKS.pathname, "").replaceAll(PACKS.href, "");
}

function endOf({ status, stage, output, error, turns, waiting, nodeSummaries }: RunResult): string {
  const nodes = nodeSummaries.map((node) => `${[...node.flowPath, node.nodeId].join(" > ")} ${node.status}`);
  return [
    `status: ${status} (${stage})`,
    `nodes: ${nodes.join(", ") || "none"}`,
    `output: ${JSON.stringify(output)}`,
    ...turns.map((turn) => `turn: ${JSON.stringify(turn)}`),
    ...(waiting === null ? [] : [`waiting: ${JSON.stringify(waiting)}`]),
    ...(error === null ? [] : [
      `error: ${error.code}: ${error.message}${error.place === undefined ? "" : ` (${error.place})`}`,
      `hint: ${error.hint ?? "none"}`,
    ]),
    "",
  ].join("\n");
}

const names = Array.from(Deno.readDirSync(CASES)).filter(({ isDirectory }) => isDirectory).map(({ name }) =>
  name
);
const temp = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(temp, { recursive: true }));

for (const name of names.sort()) {
  Deno.test(`case ${name}`, async () => {
    const folder = `${temp}/${name}`;
    await Deno.mkdir(folder);
    const actual = await runCase(
      JSON.parse(await Deno.readTextFile(new URL(`${name}/case.json`, CASES))),
      folder,
    );
    const file = new URL(`${name}/transcript.txt`, CASES);
    if (Deno.args.includes("--update")) await Deno.writeTextFile(file, actual);
    assertEquals(actual, await Deno.readTextFile(file));
    const { difference } = await replayRun(`${folder}/run`, { artifactsDir: `${folder}/replay` });
    assertEquals(difference, null, "a replay does the same");
  });
}
