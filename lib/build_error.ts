/** What a folder of sources is refused with. */

import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";

/**
 * Sources that no pack can be built from, with everything that is wrong with them.
 *
 * @example
 * ```ts
 * import { BuildError, buildPack } from "@greentic/runner";
 *
 * try {
 *   await buildPack("fixtures/components");
 * } catch (error) {
 *   if (!(error instanceof BuildError)) throw error;
 *   for (const { severity, place, message } of error.findings) console.log(`${severity} ${place}: ${message}`);
 * }
 * ```
 */
export class BuildError extends RunnerError {
  /** All findings, warnings included, in the order of the sources. */
  readonly findings: readonly Finding[];

  /** Creates the error from all findings. */
  constructor(folder: string, findings: readonly Finding[]) {
    const { length } = findings.filter(({ severity }) => severity === "error");
    const errors = length === 1 ? "an error" : `${length} errors`;
    super("build.failed", `Pack cannot be built: its sources have ${errors}`, {
      place: folder,
      hint: "Mend what the findings name and build again",
    });
    this.name = "BuildError";
    this.findings = findings;
  }
}
