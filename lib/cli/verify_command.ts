/** `verify PACK`: tells every verdict, and whether the policy lets the pack pass. */

import { requirePermissions } from "../base/permission.ts";
import { reportJson, verifyPack } from "../verify.ts";
import type { VerifyCommand } from "./command.ts";
import { EXIT, exitCodeOfError } from "./exit_codes.ts";
import { openingNeeds } from "../run_touches.ts";
import { permittedInput } from "./pack_input.ts";
import { type CommandIo, failureLines, jsonText, verdictRows, visible } from "./print.ts";
import { stepTeller } from "./steps.ts";
import type { ErrorCode } from "../base/errors.ts";

/** Carries out the command and gives the exit code. */
export async function verifyCommand(
  { pack, json, options }: VerifyCommand,
  io: CommandIo,
): Promise<number> {
  const source = await permittedInput(pack, options, {
    io,
    check: async (source) => requirePermissions(await openingNeeds(source, options)),
  });
  const report = await verifyPack(source, { ...options, progress: stepTeller(io), signal: io.interrupt });
  const rows = verdictRows(report.verdicts, io.terminal.dataColumns());
  io.stdout(json ? jsonText(reportJson(report)) : rows.map((row) => `${visible(row)}\n`).join(""));
  const { refusal, id, version, policy } = report;
  if (refusal !== null) {
    for (const line of failureLines(refusal)) io.stderr(`${line}\n`);
    return exitCodeOfError(refusal.code as ErrorCode);
  }
  const waived = report.verdicts.filter((verdict) => verdict.waived === true).length;
  const but = waived === 0 ? "" : `; ${waived} of its verdicts would not pass under strict`;
  io.stderr(`${visible(`passes policy ${policy}: ${id} ${version}${but}`)}\n`);
  return EXIT.ok;
}
