/**
 * One finding of any check. Checks return all their findings, not only the first, and never throw for them.
 */

import type { ErrorCode, RunnerError } from "./errors.ts";

/** What a check found: an error stops the run or the flow, a warning is recorded and shown. */
export interface Finding {
  /** How much it matters. */
  readonly severity: "error" | "warning";
  /** The stable code. */
  readonly code: ErrorCode;
  /** One sentence. */
  readonly message: string;
  /** Where: an entry of the pack, `flow node`, a file with its line. */
  readonly place?: string;
  /** What to type or change. */
  readonly hint?: string;
  /** The flow that it is about. */
  readonly flow?: string;
  /** The node of that flow. */
  readonly node?: string;
  /** The line of its file, from 1. */
  readonly line?: number;
}

/** An error as a finding, for checks that go on after it. */
export function findingOf({ code, message, place, hint }: RunnerError): Finding {
  return {
    severity: "error",
    code,
    message,
    ...(place === undefined ? {} : { place }),
    ...(hint === undefined ? {} : { hint }),
  };
}
