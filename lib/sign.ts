/** Signs an archive: opens it, checks that it holds together, and puts a signature into a copy of it. */

import { sha256Hex } from "./base/digest.ts";
import { RunnerError } from "./base/errors.ts";
import type { Limits } from "./base/limits.ts";
import { checkDate } from "./build.ts";
import { resolveOptions } from "./options.ts";
import { type SigningKey, signingOptions } from "./pack/keys.ts";
import { openSource } from "./pack/open_source.ts";
import type { PackInput } from "./pack/pack_input.ts";
import { publicKeyOf, signPack as signSource } from "./pack/sign.ts";

/** How a pack is signed. */
export interface SignOptions {
  /** The private key: the path of a PEM file, its 32 secret bytes, or `"dev"` for one that is thrown away. */
  readonly key: SigningKey;
  /** When it is signed, RFC 3339 in UTC. */
  readonly date: string;
  /** Common name in the certificate. @default {"greentic-runner"} */
  readonly commonName?: string;
  /** Limits; those left out keep their defaults. */
  readonly limits?: Partial<Limits>;
}

/** A signed pack. */
export interface SignedPack {
  /** The archive. */
  readonly archive: Uint8Array;
  /** `sha256:` and the hex digest of the archive. */
  readonly digest: string;
  /** The public key, 64 hex digits. */
  readonly publicKey: string;
  /** Its BLAKE3 fingerprint, by which it can be trusted. */
  readonly fingerprint: string;
}

/** What `signPack` of the module does; `lib/on_demand.ts` says what that is. */
export async function signPack(source: PackInput, options: SignOptions): Promise<SignedPack> {
  const { key, date, commonName = "greentic-runner" } = options;
  checkDate(date);
  const { limits } = resolveOptions({ limits: options.limits ?? {} });
  const opened = await openSource(source, { limits });
  if (opened.kind === "folder" || opened.kind === "component") {
    throw new RunnerError("pack.not_zip", `"${opened.label}" is a ${opened.kind} and no archive`, {
      place: opened.label,
      hint: "Build an archive first: greentic-runner build DIR -o my.gtpack",
    });
  }
  const signing = await signingOptions(key, { signedAt: date, commonName });
  const archive = await signSource(opened, { ...signing, limits });
  return { archive, digest: `sha256:${await sha256Hex(archive)}`, ...await publicKeyOf(signing.seed) };
}
