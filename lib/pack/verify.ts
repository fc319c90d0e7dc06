/**
 * Verification: one function for every source and layout. Gives a verdict per check and says which of them
 * refuse the pack under the policy. Tampering refuses under every policy; `devok` waives only what is absent or
 * signed by a stranger. Never decides by the text of a message.
 */

import { type ErrorCode, RunnerError } from "../base/errors.ts";
import type { Verdict, VerdictKind } from "../base/verdict.ts";
import { CHAIN, SBOM_CBOR, SIGNATURE } from "./entries.ts";
import { compareSbom, readSbom, type Sbom } from "./sbom.ts";
import { checkSignature, type SignatureCheck, type ValidSignature } from "./signature.ts";
import type { PackSource } from "./source.ts";

/** How much a pack must prove: `strict` a signature by a trusted key, `devok` that nothing contradicts itself. */
export type VerifyPolicy = "strict" | "devok";

/** What a pack is verified against. */
export interface VerifyOptions {
  /** The policy. */
  readonly policy: VerifyPolicy;
  /** Trusted keys: Ed25519 public keys or their BLAKE3 fingerprints, 64 hex digits each. */
  readonly trust: readonly string[];
  /** Takes each verdict as it is reached. */
  readonly onVerdict?: ((verdict: Verdict) => void) | undefined;
}

/** A pack that verification refuses, with every verdict. */
export class PackRefused extends RunnerError {
  /** All verdicts, in the order of the checks. */
  readonly verdicts: readonly Verdict[];

  /** Creates the error from the first refusal and all verdicts. */
  constructor(refusal: RunnerError, verdicts: readonly Verdict[]) {
    super(refusal.code, refusal.message, {
      ...(refusal.hint === undefined ? {} : { hint: refusal.hint }),
      ...(refusal.place === undefined ? {} : { place: refusal.place }),
      ...(refusal.cause === undefined ? {} : { cause: refusal.cause }),
    });
    this.name = "PackRefused";
    this.verdicts = verdicts;
  }
}

/** Collects verdicts and remembers the first that refuses. */
export class Verdicts {
  readonly #all: Verdict[] = [];
  readonly #onVerdict: ((verdict: Verdict) => void) | undefined;
  #refusal: RunnerError | undefined;

  /** Takes the observer of each verdict. */
  constructor(onVerdict?: (verdict: Verdict) => void) {
    this.#onVerdict = onVerdict;
  }

  /** The verdicts so far. */
  get all(): readonly Verdict[] {
    return this.#all;
  }

  /** Notes a verdict that lets the pack pass. */
  pass(verdict: Verdict): void {
    const noted = Object.freeze({ ...verdict });
    this.#all.push(noted);
    this.#onVerdict?.(noted);
  }

  /** Notes a verdict that refuses the pack, and the error that says so. */
  refuse(verdict: Verdict, refusal: RunnerError): void {
    this.pass(verdict);
    this.#refusal ??= refusal;
  }

  /** Throws the first refusal, with all verdicts. */
  throwIfRefused(): void {
    if (this.#refusal !== undefined) throw new PackRefused(this.#refusal, this.#all);
  }
}

/** Checks inventory, signature, certificate and trust of a source, and notes a verdict for each. */
export async function verifySource(
  source: PackSource,
  options: VerifyOptions & { verdicts: Verdicts },
): Promise<void> {
  checkTrust(options.trust);
  const checks = new Checks(options);
  const sbom = await checks.sbom(source);
  const signature = await checkSignature(source, sbom);
  checks.signature(signature);
  checks.certificate(signature);
  checks.trust(signature);
}

/** Throws unless every trusted key is 64 hex digits. */
function checkTrust(trust: readonly string[]): void {
  const bad = trust.find((key) => !/^[0-9a-fA-F]{64}$/.test(key));
  if (bad === undefined) return;
  throw new RunnerError("option.invalid", `Trusted key ${JSON.stringify(bad)} is not 64 hex digits`, {
    hint: "Give an Ed25519 public key or its BLAKE3 fingerprint in hex",
  });
}

class Checks {
  readonly #verdicts: Verdicts;
  readonly #strict: boolean;
  readonly #trust: ReadonlySet<string>;

  constructor(options: VerifyOptions & { verdicts: Verdicts }) {
    this.#verdicts = options.verdicts;
    this.#strict = options.policy === "strict";
    this.#trust = new Set(options.trust.map((key) => key.toLowerCase()));
  }

  async sbom(source: PackSource): Promise<Sbom | undefined> {
    let sbom: Sbom | undefined;
    try {
      sbom = await readSbom(source);
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      this.#mismatch({ check: "sbom", place: error.place ?? "", reason: error.message }, error);
      return undefined;
    }
    if (sbom === undefined) {
      const reason = "the pack has no SBOM, so changed files cannot be told";
      this.#waivable({ check: "sbom", verdict: "unsigned", place: SBOM_CBOR, reason });
      return undefined;
    }
    const faults = await compareSbom(sbom, source);
    for (const { code, place, reason } of faults) {
      this.#mismatch({ check: "sbom", place, reason }, sbomError(code, place, reason));
    }
    if (faults.length === 0) this.#pass("sbom", "verified", sbom.entry, `${sbom.files.length} files match`);
    return sbom;
  }

  signature(result: SignatureCheck): void {
    if (result.type === "valid") {
      this.#pass("signature", "verified", SIGNATURE, `holds for key ${result.signature.publicKey}`);
    } else if (result.type === "absent") {
      const reason = "the pack is not signed";
      this.#waivable({ check: "signature", verdict: "unsigned", place: SIGNATURE, reason });
    } else {
      const { place, reason } = result;
      const error = new RunnerError("verify.signature", `Signature is broken: ${reason}`, {
        place,
        hint: "Fetch the pack again, or have its author sign it again",
      });
      this.#mismatch({ check: "signature", place, reason }, error);
    }
  }

  certificate(result: SignatureCheck): void {
    if (result.type !== "valid") return this.#skipped("certificate");
    const { subject, validFrom, validTo, issuer } = result.signature.certificate;
    const now = Date.now();
    const fault = now < validFrom
      ? `not valid before ${day(validFrom)}`
      : now > validTo
      ? `expired on ${day(validTo)}`
      : issuer === "unknown"
      ? "signed by an issuer whose certificate is not in the chain"
      : undefined;
    if (fault !== undefined) {
      const reason = `${subject}: ${fault}`;
      return this.#waivable({ check: "certificate", verdict: "untrusted", place: CHAIN, reason });
    }
    const by = issuer === "itself" ? "self-signed" : "signed by its issuer";
    this.#pass("certificate", "verified", CHAIN, `${subject}: ${by}, valid until ${day(validTo)}`);
  }

  trust(result: SignatureCheck): void {
    if (result.type !== "valid") return this.#skipped("trust");
    const { publicKey, fingerprint }: ValidSignature = result.signature;
    if (this.#trust.has(publicKey) || this.#trust.has(fingerprint)) {
      return this.#pass("trust", "verified", SIGNATURE, `key with fingerprint ${fingerprint} is trusted`);
    }
    const reason = `nobody vouched for the key with fingerprint ${fingerprint}`;
    this.#waivable(
      { check: "trust", verdict: "untrusted", place: SIGNATURE, reason },
      `Add --trust ${fingerprint}`,
    );
  }

  /** What `strict` refuses and `devok` lets pass, visibly. */
  #waivable(verdict: Verdict, hint = "Sign the pack, or use the policy devok"): void {
    if (!this.#strict) return this.#verdicts.pass({ ...verdict, waived: true });
    const message = `Policy strict refuses the pack: ${verdict.reason}`;
    this.#verdicts.refuse(verdict, new RunnerError("verify.policy", message, { place: verdict.place, hint }));
  }

  /** What every policy refuses. */
  #mismatch(found: Omit<Verdict, "verdict">, error: RunnerError): void {
    this.#verdicts.refuse({ ...found, verdict: "mismatch" }, error);
  }

  #skipped(check: string): void {
    this.#pass(check, "skipped", SIGNATURE, "there is no signature that holds");
  }

  #pass(check: string, verdict: VerdictKind, place: string, reason: string): void {
    this.#verdicts.pass({ check, verdict, place, reason });
  }
}

function sbomError(code: ErrorCode, place: string, reason: string): RunnerError {
  const message = code === "verify.digest"
    ? `File "${place}" was changed: ${reason}`
    : code === "verify.missing_file"
    ? `File "${place}" is absent: ${reason}`
    : `File "${place}" was added: ${reason}`;
  return new RunnerError(code, message, { place, hint: "Fetch or build the pack again" });
}

function day(time: number): string {
  return new Date(time).toISOString().replace(/T.*/, "");
}
