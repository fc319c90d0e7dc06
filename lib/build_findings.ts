/** Turns faults of a pack's sources into findings, so that one of them does not hide the others. */

import { RunnerError } from "./base/errors.ts";
import { type Finding, findingOf } from "./base/finding.ts";
import { TooManySources } from "./pack/source_folder.ts";

/** The outcome of some work, or undefined when it failed with an error that becomes a finding: others may follow. */
export async function tolerant<T>(
  work: () => Promise<T | undefined>,
  findings: Finding[],
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RunnerError) || error instanceof TooManySources) throw error;
    findings.push(findingOf(error));
    return undefined;
  }
}
