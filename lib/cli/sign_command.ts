/** `sign PACK`: puts a signature into an archive, in the place of any that it has. */

import { RunnerError } from "../base/errors.ts";
import { requirePermissions } from "../base/permission.ts";
import { signNeeds } from "../command_needs.ts";
import { signPack } from "../sign.ts";
import type { SignCommand } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { packInput } from "./pack_input.ts";
import { type CommandIo, jsonText, visible } from "./print.ts";
import { requireOther, writeWhole } from "./write_file.ts";

/** Carries out the command and gives the exit code. */
export async function signCommand(command: SignCommand, io: CommandIo): Promise<number> {
  const { pack, key, json, limits } = command;
  const out = command.out ?? pack;
  const needed = { pack: pack === "-" ? null : pack, out, key: key === "dev" ? null : key };
  requirePermissions(await signNeeds(needed));
  if (key !== "dev") await requireOther(out, [key]);
  const date = command.date ?? new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const signed = await signPack(await packInput(pack, { limits }, io), { key, date, limits });
  if (io.interrupt.aborted) throw new RunnerError("run.cancelled", "Interrupted before the pack was written");
  await writeWhole(out, signed.archive);
  const { publicKey, fingerprint } = signed;
  if (json) io.stdout(jsonText({ path: out, public_key: publicKey, fingerprint, digest: signed.digest }));
  io.stderr(`${visible(`signed ${out} with the key of fingerprint ${fingerprint}`)}\n`);
  return EXIT.ok;
}
