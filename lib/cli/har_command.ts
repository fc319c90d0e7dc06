/** `har DIR`: writes the recordings of HTTP requests as an HTTP Archive. */

import { RunnerError } from "../base/errors.ts";
import { requirePermissions } from "../base/permission.ts";
import { harNeeds } from "../command_needs.ts";
import { recordingsToHar } from "../recordings.ts";
import type { HarCommand } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { type CommandIo, jsonText, visible } from "./print.ts";
import { writeWhole } from "./write_file.ts";

/** Carries out the command and gives the exit code. */
export async function harCommand({ folder, out }: HarCommand, io: CommandIo): Promise<number> {
  requirePermissions(await harNeeds(folder, out));
  const har = jsonText(await recordingsToHar(folder));
  if (io.interrupt.aborted) {
    throw new RunnerError("run.cancelled", "Interrupted before the archive was written");
  }
  if (out === null) io.stdout(har);
  else {
    await writeWhole(out, new TextEncoder().encode(har));
    io.stderr(`${visible(`wrote ${out}`)}\n`);
  }
  return EXIT.ok;
}
