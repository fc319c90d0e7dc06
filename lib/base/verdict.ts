/** The result of one verification check, as plain data that every part can show and record. */

import type { ErrorCode } from "./errors.ts";

/**
 * What one check said. `verified`: holds. `unsigned`: nothing there to check. `untrusted`: valid, but by a
 * key nobody vouched for. `mismatch`: contradicts the bytes. `skipped`: not carried out, with the reason.
 */
export type VerdictKind = "verified" | "unsigned" | "untrusted" | "mismatch" | "skipped";

/** One check of a pack with its verdict. */
export interface Verdict {
  /**
   * The check: `container`, `sbom`, `signature`, `certificate`, `trust`, `manifest`, `manifest_hashes`,
   * `component_manifests`, `manifest_signatures`, `components`.
   */
  readonly check: string;
  /** What the check said. */
  readonly verdict: VerdictKind;
  /** The entry or document that was checked. */
  readonly place: string;
  /** Why the verdict is what it is. */
  readonly reason: string;
  /** The reason as a stable code; absent when the check was passed or skipped. */
  readonly code?: ErrorCode;
  /** True when the verdict would refuse the pack under a stricter policy and was let pass by this one. */
  readonly waived?: boolean;
}
