/** The result of one verification check, as plain data that every part can show and record. */

/**
 * What one check said. `verified`: holds. `unsigned`: nothing there to check. `untrusted`: valid, but by a
 * key nobody vouched for. `mismatch`: contradicts the bytes. `skipped`: not carried out, with the reason.
 */
export type VerdictKind = "verified" | "unsigned" | "untrusted" | "mismatch" | "skipped";

/** One check of a pack with its verdict. */
export interface Verdict {
  /** The check: `container`, `manifest`, `sbom`, `signature`, `certificate`, `trust`. */
  readonly check: string;
  /** What the check said. */
  readonly verdict: VerdictKind;
  /** The entry or document that was checked. */
  readonly place: string;
  /** Why the verdict is what it is. */
  readonly reason: string;
  /** True when the verdict would refuse the pack under a stricter policy and was let pass by this one. */
  readonly waived?: boolean;
}
