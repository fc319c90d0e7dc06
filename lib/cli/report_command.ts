/**
 * `report RUN_DIR`: makes the report of a run, a file for browsers. Takes the place of an older report, and of nothing
 * else.
 */

import { RunnerError } from "../base/errors.ts";
import { requirePermissions } from "../base/permission.ts";
import { reportNeeds, reportPath } from "../command_needs.ts";
import { isReport, reportRun } from "../report.ts";
import { EXIT } from "./exit_codes.ts";
import { type CommandIo, jsonText, visible } from "./print.ts";
import { writeWhole } from "./write_file.ts";

/** `report`. */
export interface ReportCommand {
  readonly name: "report";
  /** The run directory. */
  readonly run: string;
  /** The file to write; null for `report.html` in the run directory. */
  readonly out: string | null;
  /** Whether standard output tells what was written. */
  readonly json: boolean;
}

/** Carries out the command and gives the exit code. */
export async function reportCommand({ run, out, json }: ReportCommand, io: CommandIo): Promise<number> {
  const path = out ?? reportPath(run);
  requirePermissions(await reportNeeds(run, out));
  const bytes = new TextEncoder().encode(await reportRun(run));
  await requireReport(path);
  if (io.interrupt.aborted) {
    throw new RunnerError("run.cancelled", "Interrupted before the report was written");
  }
  await writeWhole(path, bytes);
  if (json) io.stdout(jsonText({ path, bytes: bytes.length }));
  io.stderr(`${visible(`report: ${path}`)}\n`);
  return EXIT.ok;
}

/** Most bytes that are read of a file to know it. */
const HEAD_BYTES = 256;

/** Throws when there is a file that is no report: whoever misspells a name is not to lose what has it. */
async function requireReport(path: string): Promise<void> {
  const info = await Deno.stat(path).catch(() => null);
  if (info === null || !info.isFile || info.size === 0) return;
  using file = await Deno.open(path);
  const head = new Uint8Array(HEAD_BYTES);
  const size = await file.read(head) ?? 0;
  if (isReport(new TextDecoder().decode(head.subarray(0, size)))) return;
  throw new RunnerError("usage", `File "${path}" is there already, and is no report`, {
    place: path,
    hint: "Name another file with -o FILE, or move this one away",
  });
}
