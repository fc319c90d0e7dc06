/**
 * What an examination finds of a pack as a whole: whether it may be opened under the policy, and what verification let pass.
 * Never looks at what is in it.
 */

import { type ErrorCode, RunnerError, usualHint } from "./base/errors.ts";
import { quoted } from "./base/paths.ts";
import type { Verdict } from "./base/verdict.ts";
import { type DoctorFinding, stopping } from "./doctor_finding.ts";
import { openedPack } from "./opened.ts";
import type { ResolvedOptions } from "./options.ts";
import { inputPath } from "./pack/open_source.ts";
import type { PackInput } from "./pack/pack_input.ts";
import type { Pack } from "./pack/pack.ts";
import { PackRefused } from "./pack/verify.ts";
import type { PackedInput } from "./sources.ts";

/** A pack that may be opened, or why it may not. */
export type Opened =
  | { readonly pack: Pack; readonly packed: PackedInput; readonly findings: readonly DoctorFinding[] }
  | { readonly pack: null; readonly findings: readonly DoctorFinding[] };

/** Codes of what is wrong with a pack that is there. With any other there is nothing to examine. */
const REFUSING_REGEXP = /^(?:pack|manifest|verify|build|yaml|flow)\./;

/**
 * Opens a pack as a run does.
 *
 * @throws {RunnerError} when there is no pack, it may not be read, or an option is wrong.
 */
export async function openExamined(source: PackInput, options: ResolvedOptions): Promise<Opened> {
  const { signal } = options;
  try {
    const { pack, packed } = await openedPack(source, options);
    const { kind, label } = pack.source;
    // Nothing but an archive that is a file can be signed.
    const signable = kind === "zip" && inputPath(source) !== undefined;
    const findings = verdictFindings(pack.verification.verdicts, signable ? label : null);
    return { pack, packed, findings };
  } catch (error) {
    if (signal?.aborted) {
      throw new RunnerError("run.cancelled", "Examination was cancelled", { cause: error });
    }
    if (!(error instanceof RunnerError) || error.code === "pack.not_found") throw error;
    if (!REFUSING_REGEXP.test(error.code)) throw error;
    const verdicts = error instanceof PackRefused ? error.verdicts : [];
    return { pack: null, findings: refusalFindings(error, verdicts) };
  }
}

function refusalFindings(error: RunnerError, verdicts: readonly Verdict[]): DoctorFinding[] {
  const subject = error.code.startsWith("flow.") ? "flow" : "verification";
  const found = verdictFindings(verdicts, null);
  const { cause } = error;
  // That no pack can be built says less than why.
  const reason = error.code === "build.failed" && cause instanceof RunnerError ? cause : error;
  const refusal: DoctorFinding = {
    ...stopping(subject, error),
    code: reason.code,
    message: reason.message,
  };
  // A policy that refuses says what to do about the first verdict that refused.
  const first = found.findIndex(({ severity }) => severity === "error");
  const hinted = found.map((finding, i) => i === first ? { ...refusal, code: finding.code } : finding);
  return first < 0 ? [...found, refusal] : hinted;
}

/** What verdicts refuse, and what they let pass under this policy only. */
function verdictFindings(verdicts: readonly Verdict[], signable: string | null): DoctorFinding[] {
  return verdicts.flatMap(({ code, place, reason, waived }): DoctorFinding[] => {
    if (code === undefined) return [];
    const hint = hintAbout(code, { reason, signable });
    return [{
      severity: waived === true ? "warning" : "error",
      subject: "verification",
      code,
      message: `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`,
      place,
      ...(hint === undefined ? {} : { hint }),
    }];
  });
}

function hintAbout(
  code: ErrorCode,
  { reason, signable }: { reason: string; signable: string | null },
): string | undefined {
  if (code === "verify.untrusted") return `Add --trust ${/\b[0-9a-f]{64}\b/.exec(reason)?.[0] ?? "KEY"}`;
  if (code === "verify.unsigned" && signable !== null) {
    return `greentic-runner sign ${quoted(signable)} --key FILE`;
  }
  return usualHint(code);
}
