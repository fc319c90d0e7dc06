/** `resume RUN_DIR`: goes on with a run that waits for input. */

import { RunnerError } from "../base/errors.ts";
import { requirePermissions } from "../base/permission.ts";
import { hearResume } from "../runner.ts";
import { isAddress, mergedOptions } from "../resumption.ts";
import { readWaiting } from "../waiting.ts";
import { completeOptions } from "./host_files.ts";
import type { ResumeCommand } from "./command.ts";
import type { CommandIo } from "./print.ts";
import { ProgressPrinter } from "./progress.ts";
import { levelOf } from "./steps.ts";
import { readAnswers, requireToRun, show } from "./run_command.ts";

/** Carries out the command and gives the exit code. */
export async function resumeCommand(command: ResumeCommand, io: CommandIo): Promise<number> {
  const { run, pack: named } = command;
  const options = await completeOptions(command.options, command);
  const { allowPackChange: _, ...runOptions } = options;
  requirePermissions([{ name: "read", path: run }]);
  const waiting = await readWaiting(run);
  const pack = named ?? pathOf(waiting.source);
  if (pack === null) {
    throw new RunnerError("usage", "The run that waited does not say in which file its pack is", {
      place: waiting.path,
      hint: "Add --pack PACK",
    });
  }
  await requireToRun(command, { pack, options: mergedOptions(waiting.options, runOptions), also: [run] });
  const answers = await readAnswers(command, io);
  const given = { ...options, ...(named === null ? {} : { pack: named }), ...answers, signal: io.interrupt };
  const read = () => Promise.resolve(waiting);
  const { progress, print } = new ProgressPrinter(io, levelOf(command));
  return await show(hearResume(read, { ...given, progress }, print), command, io);
}

/** The file that the address of a pack names, or null: the command fetches no pack from elsewhere. */
function pathOf(source: string | null): string | null {
  if (source === null || !isAddress(source)) return source;
  return URL.parse(source)?.protocol === "file:" ? source : null;
}
