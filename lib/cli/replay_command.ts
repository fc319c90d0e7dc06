/** `replay RUN_DIR`: runs a recorded run again from its tape, and tells the first thing that it does otherwise. */

import { isGranted } from "../base/permission.ts";
import { recordedNeeds } from "../command_needs.ts";
import { differenceJson, differenceText } from "../record/run_difference.ts";
import { toRunJson } from "../record/run_json.ts";
import { requireRunPermissions } from "../preflight.ts";
import { readTaped, replayTaped, sourceOf, untouched } from "../replay.ts";
import type { ReplayCommand } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { type CommandIo, jsonText, line, resultLines, visible } from "./print.ts";
import { ProgressPrinter } from "./progress.ts";
import { levelOf, stepTeller } from "./steps.ts";

/** Carries out the command and gives the exit code. */
export async function replayCommand(command: ReplayCommand, io: CommandIo): Promise<number> {
  const { run, pack: named, options } = command;
  const also = recordedNeeds(run);
  // Secrets by name are the tape's affair, and no options of a run.
  const { secrets: _, ...given } = options;
  if (!also.every(isGranted)) await requireRunPermissions({ source: named, options: given, also });
  const taped = await readTaped(run, options.secrets);
  await requireRunPermissions({
    source: named ?? sourceOf(taped),
    options: untouched(taped, given),
    also,
  });
  const level = levelOf(command);
  // The lines of its nodes are those of the recorded run; what is other is told in the end.
  const printer = level === "verbose" ? new ProgressPrinter(io, level) : null;
  const { result, difference, recorded } = await replayTaped(taped, {
    ...options,
    ...(named === null ? {} : { pack: named }),
    progress: printer?.progress ?? stepTeller(io, level),
    signal: io.interrupt,
  }, printer?.print);
  if (command.json) {
    const told = difference === null ? null : differenceJson(difference);
    io.stdout(jsonText({ same: difference === null, difference: told, recorded, run: toRunJson(result) }));
  } else if (!io.interrupt.aborted) {
    io.stdout(`${difference === null ? "same" : line(differenceText(difference))}\n`);
  }
  if (!command.quiet) { for (const text of resultLines(result)) io.stderr(`${text}\n`); }
  io.stderr(`record: ${visible(result.artifactsDir)}\n`);
  if (io.interrupt.aborted) return EXIT.interrupted;
  return difference === null ? EXIT.ok : EXIT.difference;
}
