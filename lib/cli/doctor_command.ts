/** `doctor PACK`: tells everything that would stop or hinder a run with the same options, without running anything. */

import { isGranted, requirePermissions } from "../base/permission.ts";
import { doctorJson, doctorPack, type DoctorReport } from "../doctor.ts";
import type { DoctorCommand } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { completeOptions } from "./host_files.ts";
import { openingNeeds } from "../run_touches.ts";
import { permittedInput } from "./pack_input.ts";
import { type CommandIo, count, jsonText, table, visible } from "./print.ts";
import { answerFiles, answerNeeds, readAnswers } from "./run_command.ts";

/** Carries out the command and gives the exit code. */
export async function doctorCommand(command: DoctorCommand, io: CommandIo): Promise<number> {
  const { pack, json } = command;
  const options = await completeOptions(
    command.options,
    command,
    (options) => openingNeeds(pack === "-" ? null : pack, options),
  );
  const source = await permittedInput(pack, options, {
    io,
    check: async (source) => requirePermissions(await openingNeeds(source, options)),
  });
  const report = await doctorPack(source, {
    ...options,
    ...await knownAnswers(command, io),
    alsoRead: answerFiles(command),
    signal: io.interrupt,
  });
  if (json) io.stdout(jsonText(doctorJson(report)));
  else io.stdout(rowsOf(report).map((row) => `${visible(row)}\n`).join(""));
  io.stderr(`${visible(summary(report))}\n`);
  return report.ok ? EXIT.ok : report.refused ? EXIT.refused : EXIT.preflight;
}

/** The input of the run and its answers, where they can be had: standard input is left to the run. */
async function knownAnswers(command: DoctorCommand, io: CommandIo): ReturnType<typeof readAnswers> {
  const { input, turns } = command;
  const readable = answerNeeds(command).every(isGranted);
  if (!readable) return { input: {} };
  return await readAnswers({
    ...command,
    input: input?.kind === "stdin" ? null : input,
    turns: turns === "-" ? null : turns,
  }, io);
}

/** A table for each subject, with a blank line between two. */
function rowsOf({ findings }: DoctorReport): string[] {
  const subjects = [...new Set(findings.map(({ subject }) => subject))];
  const tables = subjects.map((subject) =>
    table(
      findings.filter((finding) => finding.subject === subject)
        .map(({ severity, message, place = "", hint = "" }) => [severity, subject, message, place, hint]),
    )
  );
  return tables.flatMap((lines, i) => i === 0 ? lines : ["", ...lines]);
}

function summary({ ok, refused, id, version, flowId, findings }: DoctorReport): string {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  const found = `${count(errors, "error")}, ${count(warnings, "warning")}`;
  if (refused) return `the pack would be refused: ${found}`;
  const run = flowId === null ? `a run of ${id} ${version}` : `flow ${flowId} of ${id} ${version}`;
  return `${run} ${ok ? "can begin" : "would be stopped"}: ${found}`;
}
