/** `resume RUN_DIR`: goes on with a run that waits for input. */

import { RunnerError } from "../base/errors.ts";
import { isGranted } from "../base/permission.ts";
import { recordedNeeds } from "../command_needs.ts";
import { neededToRun, requireRunPermissions } from "../preflight.ts";
import { hearResume } from "../runner.ts";
import { isAddress, mergedOptions, type ResumeOptions } from "../resumption.ts";
import { readWaiting } from "../waiting.ts";
import { completeOptions } from "./host_files.ts";
import type { ResumeCommand } from "./command.ts";
import type { CommandIo } from "./print.ts";
import { ProgressPrinter } from "./progress.ts";
import { levelOf } from "./steps.ts";
import { answerNeeds, readAnswers, show } from "./run_command.ts";

/** Carries out the command and gives the exit code. */
export async function resumeCommand(command: ResumeCommand, io: CommandIo): Promise<number> {
  const { run, pack: named } = command;
  const also = [...recordedNeeds(run), ...answerNeeds(command)];
  const known = async ({ allowPackChange: _, ...options }: ResumeOptions) =>
    (await neededToRun({ source: named, options, also })).needs;
  const options = await completeOptions(command.options, command, known);
  // What the run that waited says comes to this; the rest is known now.
  const { allowPackChange: _, ...runOptions } = options;
  if (!recordedNeeds(run).every(isGranted)) {
    await requireRunPermissions({ source: named, options: runOptions, also });
  }
  const waiting = await readWaiting(run);
  const pack = named ?? pathOf(waiting.source);
  if (pack === null) {
    throw new RunnerError("usage", "The run that waited does not say in which file its pack is", {
      place: waiting.path,
      hint: "Add --pack PACK",
    });
  }
  const { snapshot } = waiting;
  const flow = { entryFlow: snapshot.next_flow ?? snapshot.flow_id };
  await requireRunPermissions({
    source: pack,
    options: mergedOptions({ ...waiting.options, ...flow }, runOptions),
    also,
  });
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
