/**
 * Verification: one function for every source and layout. Gives a verdict per check and says which of them
 * refuse the pack under the policy. Tampering refuses under every policy; `devok` waives only what is absent or
 * signed by a stranger. Never decides by the text of a message.
 */

import { type ErrorCode, RunnerError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import type { Verdict } from "../base/verdict.ts";
import type { Certificate } from "./certificate.ts";
import { CHAIN, SBOM_CBOR, SIGNATURE } from "./entries.ts";
import { compareSbom, readSbom, type Sbom, type SbomFault } from "./sbom.ts";
import { checkSignature, type SignatureCheck, type ValidSignature } from "./signature.ts";
import type { PackSource } from "./source.ts";
import type { TrustStore } from "./trust.ts";

/** How much a pack must prove: `strict` a signature by a trusted key, `devok` that nothing contradicts itself. */
export type VerifyPolicy = "strict" | "devok";

/** What a pack is verified against. */
export interface VerifyOptions {
  /** The policy. */
  readonly policy: VerifyPolicy;
  /** What is trusted: keys, fingerprints, and files or folders of these and of certificates. */
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

/** Contradictions of one check that are told. */
const MAX_MISMATCHES = 100;

/** How the policy treats what was found. */
export class Judge {
  readonly #verdicts: Verdicts;
  readonly #strict: boolean;
  readonly #mismatches = new Map<string, number>();

  /** Takes the policy and where verdicts go. */
  constructor({ policy, verdicts }: { policy: VerifyPolicy; verdicts: Verdicts }) {
    this.#verdicts = verdicts;
    this.#strict = policy === "strict";
  }

  /** Notes what holds, or was not checked. */
  pass(verdict: Verdict & { readonly verdict: "verified" | "skipped" }): void {
    this.#verdicts.pass(verdict);
  }

  /** Notes what `strict` refuses and `devok` lets pass, visibly. */
  waivable(
    verdict: Verdict & { readonly code: ErrorCode },
    hint: string = "Sign the pack, or use the policy devok",
  ): void {
    if (!this.#strict) return this.#verdicts.pass({ ...verdict, waived: true });
    const message = `Policy strict refuses the pack: ${verdict.reason}`;
    this.#verdicts.refuse(verdict, new RunnerError("verify.policy", message, { place: verdict.place, hint }));
  }

  /** Notes what every policy refuses; `message` is the error's where the reason alone would not do. */
  mismatch(found: Omit<Verdict, "verdict"> & { readonly code: ErrorCode }, message: string): void {
    const { check, code, place } = found;
    const count = (this.#mismatches.get(check) ?? 0) + 1;
    this.#mismatches.set(check, count);
    // Whoever needs more than these has another pack to fetch, not faults to mend.
    if (count > MAX_MISMATCHES) return;
    const reason = count < MAX_MISMATCHES ? found.reason : `${found.reason}; further faults are left out`;
    this.#verdicts.refuse(
      { ...found, reason, verdict: "mismatch" },
      new RunnerError(code, message, { place }),
    );
  }
}

/** Checks inventory, signature, certificate and trust of a source, and notes a verdict for each. */
export async function verifySource(
  source: PackSource,
  { trust, judge, limits }: { trust: TrustStore; judge: Judge; limits: Limits },
): Promise<void> {
  const sbom = await sbomOf(source, judge, limits);
  const signature = await checkSignature(source, sbom);
  const suspect = signature.type === "broken" && signature.code === "verify.signature.digest";
  if (sbom !== undefined) noteSbom(sbom, { source, judge, suspect });
  noteSignature(signature, judge);
  if (signature.type === "valid") {
    await checkCertificate(signature.signature.certificate, { trust, judge });
    await checkTrust(signature.signature, { trust, judge });
  } else {
    const reason = "there is no signature that holds";
    judge.pass({ check: "certificate", verdict: "skipped", place: CHAIN, reason });
    judge.pass({ check: "trust", verdict: "skipped", place: SIGNATURE, reason });
  }
}

/** The inventory; a verdict is noted where there is none that can be read. */
async function sbomOf(source: PackSource, judge: Judge, limits: Limits): Promise<Sbom | undefined> {
  const check = "sbom";
  try {
    const sbom = await readSbom(source, limits);
    if (sbom !== undefined) return sbom;
    const reason = "the pack has no SBOM, so changed files cannot be told";
    judge.waivable({ check, verdict: "unsigned", place: SBOM_CBOR, reason, code: "verify.no_sbom" });
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    const { code, message, place = "" } = error;
    judge.mismatch({ check, place, reason: message, code }, message);
  }
  return undefined;
}

function noteSbom(
  sbom: Sbom,
  { source, judge, suspect }: { source: PackSource; judge: Judge; suspect: boolean },
): void {
  const check = "sbom";
  const faults = compareSbom(sbom, source, suspect);
  for (const fault of faults) judge.mismatch({ check, ...fault }, sbomMessage(fault));
  if (faults.length > 0) return;
  const { entry: place, files: { length } } = sbom;
  const reason = length === 1 ? "1 file matches" : `${length} files match`;
  judge.pass({ check, verdict: "verified", place, reason });
}

function noteSignature(result: SignatureCheck, judge: Judge): void {
  const check = "signature", place = SIGNATURE;
  if (result.type === "valid") {
    const reason = `holds for key ${result.signature.publicKey}`;
    judge.pass({ check, verdict: "verified", place, reason });
  } else if (result.type === "absent") {
    const reason = "the pack is not signed";
    judge.waivable({ check, verdict: "unsigned", place, reason, code: "verify.unsigned" });
  } else {
    const { code, reason } = result;
    judge.mismatch({ check, place: result.place, reason, code }, `Signature is broken: ${reason}`);
  }
}

async function checkCertificate(
  certificate: Certificate,
  { trust, judge }: { trust: TrustStore; judge: Judge },
): Promise<void> {
  const { subject, validFrom, validTo, issuer } = certificate;
  const now = Date.now();
  // Who is trusted for the key alone needs nobody above.
  const known = issuer !== "unknown" || await trust.vouchesForKey(certificate.publicKey) ||
    await trust.vouchesForIssuer(certificate, now);
  const fault: [ErrorCode, string] | undefined = now < validFrom
    ? ["verify.certificate.not_yet_valid", `not valid before ${day(validFrom)}`]
    : now > validTo
    ? ["verify.certificate.expired", `expired on ${day(validTo)}`]
    : known
    ? undefined
    : [
      "verify.certificate.issuer",
      "signed by an issuer whose certificate is neither in the chain nor trusted",
    ];
  const found = { check: "certificate", place: CHAIN };
  if (fault !== undefined) {
    const [code, what] = fault;
    judge.waivable({ ...found, verdict: "untrusted", reason: `${subject}: ${what}`, code });
    return;
  }
  const by = issuer === "itself" ? "self-signed" : issuer === "next" ? "signed by its issuer" : "vouched for";
  judge.pass({ ...found, verdict: "verified", reason: `${subject}: ${by}, valid until ${day(validTo)}` });
}

async function checkTrust(
  { certificate, fingerprint }: ValidSignature,
  { trust, judge }: { trust: TrustStore; judge: Judge },
): Promise<void> {
  const found = { check: "trust", place: SIGNATURE };
  const own = await trust.vouchesForKey(certificate.publicKey);
  if (own || await trust.vouchesForIssuer(certificate, Date.now())) {
    const reason = own
      ? `key with fingerprint ${fingerprint} is trusted`
      : `key with fingerprint ${fingerprint} is certified by a trusted issuer`;
    judge.pass({ ...found, verdict: "verified", reason });
    return;
  }
  const reason = `nobody vouched for the key with fingerprint ${fingerprint}`;
  judge.waivable(
    { ...found, verdict: "untrusted", reason, code: "verify.untrusted" },
    `Add --trust ${fingerprint}`,
  );
}

function sbomMessage({ code, place, reason }: SbomFault): string {
  if (code === "verify.digest") return `Pack contradicts itself: ${reason}`;
  return code === "verify.missing_file"
    ? `File "${place}" is absent: ${reason}`
    : `File "${place}" was added: ${reason}`;
}

function day(time: number): string {
  return new Date(time).toISOString().replace(/T.*/, "");
}
