/** `diff RUN_A RUN_B`: tells in what two runs differ, from their run directories alone. */

import { requirePermissions } from "../base/permission.ts";
import { recordedNeeds } from "../command_needs.ts";
import {
  type ComparedRun,
  type DifferenceSubject,
  type DiffOptions,
  diffRuns,
  runDirectory,
  type RunsDifference,
  runsDifferenceJson,
} from "../run_diff.ts";
import { differenceLines } from "./diff_text.ts";
import { EXIT } from "./exit_codes.ts";
import { type CommandIo, count, jsonText, line } from "./print.ts";

/** `diff RUN_A RUN_B`. */
export interface DiffCommand {
  readonly name: "diff";
  /** The run directory of the first run, or a file in it. */
  readonly a: string;
  /** The same of the second run. */
  readonly b: string;
  readonly json: boolean;
  readonly options: DiffOptions;
}

/** Carries out the command and gives the exit code. */
export async function diffCommand({ a, b, json, options }: DiffCommand, io: CommandIo): Promise<number> {
  requirePermissions([a, b].flatMap((path) => recordedNeeds(runDirectory(path))));
  const difference = await diffRuns(a, b, options);
  if (io.interrupt.aborted) return EXIT.interrupted;
  if (json) io.stdout(jsonText(runsDifferenceJson(difference)));
  else {
    const lines = differenceLines(difference, io.terminal.dataColumns());
    io.stdout(lines.map((text) => `${text}\n`).join(""));
  }
  for (const text of [...remarks(difference), summary(difference)]) io.stderr(`${line(text)}\n`);
  return difference.same ? EXIT.ok : EXIT.difference;
}

/** What is to be known about a comparison, and no difference. */
function remarks({ a, b, notCompared }: RunsDifference): string[] {
  const unfinished = Object.entries({ A: a, B: b }).filter(([, run]) => !run.finished).map(([name]) =>
    `run ${name} has no run.json: it was killed, or goes on still, and is compared as far as its transcript tells`
  );
  const unknown = notCompared.length === 0
    ? []
    : [`not compared, since not both runs tell of it: ${notCompared.join(", ")}`];
  return [...unfinished, ...unknown, ...resumed(a, b), ...versions(a, b)];
}

/** That one run is the other's rest. */
function resumed(a: ComparedRun, b: ComparedRun): string[] {
  if (b.parentRun === a.dir) return ["run B goes on where run A waited, so that they are parts of one way"];
  return a.parentRun === b.dir ? ["run A goes on where run B waited, so that they are parts of one way"] : [];
}

/** The versions of the runner and of what is beneath it, where they differ. */
function versions({ environment: a }: ComparedRun, { environment: b }: ComparedRun): string[] {
  const names = Object.keys(a).filter((name) => Object.hasOwn(b, name) && a[name] !== b[name]);
  if (names.length === 0) return [];
  return [`run by ${names.map((name) => `${name} ${a[name]} (A) and ${b[name]} (B)`).join(", ")}`];
}

function summary({ same, counts, nodes, cost: { durationMs: { ratio } } }: RunsDifference): string {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const within = sum(WITHIN.map((subject) => counts[subject] ?? 0));
  const whole = sum(Object.values(counts)) - within;
  const parts = [
    ...(within === 0 ? [] : [`${count(within, "difference")} in ${count(nodes, "node")}`]),
    ...(whole === 0 ? [] : [`${count(whole, "difference")} in the run as a whole`]),
  ];
  const found = same ? "no difference" : parts.join(", ");
  return ratio === null ? found : `${found}; B took ${ratio} x the time of A`;
}

/** The subjects of what happens within nodes. */
const WITHIN: readonly DifferenceSubject[] = ["failure", "path", "node", "call", "log"];
