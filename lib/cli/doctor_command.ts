/**
 * `doctor PACK`: tells what a run with the same options would be, and everything that would stop or hinder it, without
 * running anything.
 */

import { isArray, type Json } from "../base/json.ts";
import { isGranted, requirePermissions } from "../base/permission.ts";
import { doctorJson, doctorPack, type DoctorReport, type PlannedValue } from "../doctor.ts";
import type { DoctorFinding } from "../doctor_finding.ts";
import type { DoctorCommand } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { completeOptions } from "./host_files.ts";
import { openingNeeds } from "../run_touches.ts";
import { permittedInput } from "./pack_input.ts";
import { type CommandIo, findingCounts, jsonText, visible } from "./print.ts";
import { planSources } from "./plan_sources.ts";
import { answerFiles, answerNeeds, readAnswers } from "./run_command.ts";
import { stepTeller } from "./steps.ts";
import { table, tableRows } from "./table.ts";
import { columnsOf } from "./width.ts";

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
  const answers = await knownAnswers(command, io);
  const examined = await doctorPack(source, {
    ...options,
    ...answers ?? { input: {} },
    alsoRead: answerFiles(command),
    sources: planSources(command, options),
    progress: stepTeller(io),
    signal: io.interrupt,
  });
  const known = answers !== null && command.input?.kind !== "stdin";
  const report = known ? examined : { ...examined, plan: examined.plan.map(withoutInput) };
  if (json) io.stdout(jsonText(doctorJson(report)));
  else io.stdout(rowsOf(report, io.terminal.dataColumns()).map((row) => `${visible(row)}\n`).join(""));
  io.stderr(`${visible(summary(report))}\n`);
  return report.ok ? EXIT.ok : report.refused ? EXIT.refused : EXIT.preflight;
}

/**
 * The input of the run and its answers, as far as they can be had; null where they may not be read. Standard input is left
 * to the run.
 */
async function knownAnswers(
  command: DoctorCommand,
  io: CommandIo,
): Promise<Awaited<ReturnType<typeof readAnswers>> | null> {
  const { input, turns } = command;
  const readable = answerNeeds(command).every(isGranted);
  if (!readable) return null;
  return await readAnswers({
    ...command,
    input: input?.kind === "stdin" ? null : input,
    turns: turns === "-" ? null : turns,
  }, io);
}

/** An input that was not read is not known. */
function withoutInput(planned: PlannedValue): PlannedValue {
  return planned.name === "input" ? { ...planned, value: null } : planned;
}

/** A table for the plan and one for each subject, with a blank line between two. */
function rowsOf({ plan, findings }: DoctorReport, columns: number): string[] {
  const subjects = [...new Set(findings.map(({ subject }) => subject))];
  const tables = subjects.map((subject) =>
    subjectRows(findings.filter((finding) => finding.subject === subject), columns)
  );
  const planned = table(plan.map(({ name, value, source }) => ["plan", name, shown(value), source]), columns);
  return [planned, ...tables].flatMap((lines, i) => i === 0 ? lines : ["", ...lines]);
}

function shown(value: Json): string {
  if (isArray(value)) return value.length === 0 ? "none" : value.map(shown).join(", ");
  return value === null ? "-" : typeof value === "string" ? value : JSON.stringify(value);
}

/** The findings on a subject. Where a terminal has no room for hints in the table, they stand below, whole to be pasted. */
function subjectRows(findings: readonly DoctorFinding[], columns: number): string[] {
  const rows = findings.map((
    { severity, subject, message, place = "" },
  ) => [severity, subject, message, place]);
  const lines = table(rows.map((row, i) => [...row, findings[i]!.hint ?? ""]));
  if (lines.every((line) => columnsOf(line) <= columns)) return lines;
  return tableRows(rows, columns).flatMap((lines, i) => {
    const { hint } = findings[i]!;
    return hint === undefined ? lines : [...lines, `  hint: ${hint}`];
  });
}

function summary({ ok, refused, id, version, flowId, findings }: DoctorReport): string {
  const found = findingCounts(findings);
  if (refused) return `the pack would be refused: ${found}`;
  const run = flowId === null ? `a run of ${id} ${version}` : `flow ${flowId} of ${id} ${version}`;
  return `${run} ${ok ? "can begin" : "would be stopped"}: ${found}`;
}
