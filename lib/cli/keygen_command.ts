/** `keygen`: makes a key that packs can be signed with. */

import { requirePermissions } from "../base/permission.ts";
import { keygenNeeds } from "../command_needs.ts";
import { generateKey } from "../pack/keys.ts";
import type { KeygenCommand } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { type CommandIo, jsonText, visible } from "./print.ts";
import { removeQuietly, writeNew } from "./write_file.ts";

/** Carries out the command and gives the exit code. */
export async function keygenCommand({ out, json }: KeygenCommand, io: CommandIo): Promise<number> {
  requirePermissions(keygenNeeds(out));
  const { privatePem, publicPem, publicKey, fingerprint } = await generateKey();
  const publicFile = `${out}.pub`;
  // The private key comes last: where it cannot be written, nobody has half a pair that looks whole.
  await writeNew(publicFile, publicPem, 0o644);
  try {
    await writeNew(out, privatePem, 0o600);
  } catch (error) {
    await removeQuietly(publicFile);
    throw error;
  }
  if (json) {
    io.stdout(
      jsonText({ private_key: out, public_key_file: publicFile, public_key: publicKey, fingerprint }),
    );
  } else io.stdout(`${fingerprint}\n`);
  io.stderr(`${visible(`private key: ${out} (keep it), public key: ${publicFile}`)}\n`);
  io.stderr("trust it with --trust and the fingerprint, or the public key's file\n");
  return EXIT.ok;
}
