/** Understands the command lines of what only reads the records of runs: `diff` and `report`. */

import {
  DIFFERENCE_SUBJECTS,
  type DifferenceSubject,
  isDifferenceSubject,
} from "../record/value_difference.ts";
import { nearest, type Parsed, usage } from "./args.ts";
import type { DiffCommand } from "./diff_command.ts";
import { runArgument } from "./opening.ts";
import type { ReportCommand } from "./report_command.ts";
import { defined, fileOf } from "./values.ts";

/** `diff RUN_A RUN_B`. Throws `usage`. */
export function diffCommand({ positional, text, lists, flags }: Parsed): DiffCommand {
  const [a, b, more] = positional;
  if (a === undefined || a === "" || b === undefined || b === "") {
    throw usage(
      a === undefined || a === "" ? "No runs are named" : "A second run is not named",
      "Name two run directories: greentic-runner diff .greentic/runs/… .greentic/runs/…",
    );
  }
  if (more !== undefined) throw usage(`Argument "${more}" is one too many`, "Name two runs");
  const { most } = text;
  if (most !== undefined && !/^[1-9][0-9]{0,8}$/.test(most)) {
    throw usage(`Option "--most" is "${most}"`, "Give a whole number from 1: --most 100");
  }
  return {
    name: "diff",
    a,
    b,
    json: flags.json!,
    options: defined({
      ignore: lists.ignore!.length === 0 ? undefined : lists.ignore!.map(subjectOf),
      most: most === undefined ? undefined : Number(most),
    }),
  };
}

function subjectOf(word: string): DifferenceSubject {
  if (isDifferenceSubject(word)) return word;
  const subjects = `Use one of ${DIFFERENCE_SUBJECTS.join(", ")}`;
  throw usage(`Option "--ignore" is "${word}"`, nearest(word, DIFFERENCE_SUBJECTS, subjects));
}

/** `report RUN_DIR`. Throws `usage`. */
export function reportCommand(parsed: Parsed): ReportCommand {
  const { text, flags } = parsed;
  const run = runArgument(parsed, "report", "Name one run; write -o FILE for a file");
  return { name: "report", run, out: fileOf(text.out, "run.html"), json: flags.json! };
}
