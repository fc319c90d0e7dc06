/** Verifies a pack and tells every verdict, also when the pack is refused. Never runs anything of it. */

import { type Failure, failureOfError } from "./base/call.ts";
import { RunnerError } from "./base/errors.ts";
import type { JsonObject } from "./base/json.ts";
import type { Verdict } from "./base/verdict.ts";
import { resolveOptions, type RunOptions, type SigningPolicy } from "./options.ts";
import { openPack } from "./pack/open.ts";
import type { PackInput } from "./pack/pack_input.ts";
import { PackRefused } from "./pack/verify.ts";

/** What verification came to. */
export interface VerifyReport {
  /** Whether the policy lets the pack pass. */
  readonly ok: boolean;
  /** The policy in force. */
  readonly policy: SigningPolicy;
  /** The pack's id, or null when it was refused. */
  readonly id: string | null;
  /** Its version, or null when it was refused. */
  readonly version: string | null;
  /** `sha256:` and the hex digest of the archive, or null when it was refused. */
  readonly digest: string | null;
  /** Every check with its verdict, in the order in which they were made. */
  readonly verdicts: readonly Verdict[];
  /** Why the pack was refused, or null. */
  readonly refusal: Failure | null;
}

/** What `verifyPack` of the module does; `lib/on_demand.ts` says what that is. */
export async function verifyPack(source: PackInput, options: RunOptions = {}): Promise<VerifyReport> {
  const { signal, ...resolved } = resolveOptions(options);
  const { policy } = resolved;
  try {
    const pack = await openPack(source, { ...resolved, signal: signal ?? undefined });
    const { id, version, digest, verification } = pack;
    return { ok: true, policy, id, version, digest, verdicts: verification.verdicts, refusal: null };
  } catch (error) {
    if (signal?.aborted) {
      throw new RunnerError("run.cancelled", "Verification was cancelled", { cause: error });
    }
    if (!(error instanceof PackRefused)) throw error;
    const refusal = failureOfError(error);
    return { ok: false, policy, id: null, version: null, digest: null, verdicts: error.verdicts, refusal };
  }
}

/** A report as JSON. */
export function reportJson(report: VerifyReport): JsonObject {
  return JSON.parse(JSON.stringify(report));
}
