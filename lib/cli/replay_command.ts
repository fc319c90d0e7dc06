/** `replay RUN_DIR`: runs a recorded run again from its tape, and tells the first thing that it does otherwise. */

import { OWN_FOLDER } from "../base/own_folder.ts";
import { requirePermissions } from "../base/permission.ts";
import { resolveOptions } from "../options.ts";
import { differenceJson, differenceText } from "../record/run_difference.ts";
import { toRunJson } from "../record/run_json.ts";
import { lacksTranspiler, requireRunPermissions } from "../preflight.ts";
import { readTaped, replayTaped } from "../replay.ts";
import { isAddress, mergedOptions } from "../resumption.ts";
import type { ReplayCommand } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { mayHaveComponents, openingNeeds } from "./pack_input.ts";
import { type CommandIo, jsonText, line, resultLines, visible } from "./print.ts";
import { ProgressPrinter } from "./progress.ts";
import { levelOf, stepTeller } from "./steps.ts";

/** Carries out the command and gives the exit code. */
export async function replayCommand(command: ReplayCommand, io: CommandIo): Promise<number> {
  const { run, pack: named, options } = command;
  requirePermissions([{ name: "read", path: run }]);
  const taped = await readTaped(run, options.secrets);
  // Secrets by name are the tape's affair, and no options of a run.
  const { secrets: _, ...given } = options;
  const merged = mergedOptions(taped.options, given);
  const pack = named ?? taped.source;
  const file = pack === null || isAddress(pack) ? null : pack;
  const { read, env } = file === null ? { read: [], env: false } : await openingNeeds(file, merged);
  const { cacheDir } = resolveOptions(merged);
  requireRunPermissions({
    read: [...read, run],
    env,
    artifactsDir: options.artifactsDir ?? `${OWN_FOLDER}/runs`,
    cacheDir,
    prepares: !lacksTranspiler(cacheDir) || file === null ||
      await mayHaveComponents(file, merged, { read, env }),
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
