/** Makes the report of a run: one HTML file, from what the run left in its directory. */

import { RunnerError } from "./base/errors.ts";
import { absolutePath } from "./record/run_dir.ts";
import { readRunFiles } from "./record/run_files.ts";
import { reportModel } from "./report/model.ts";
import { REPORT_MARK, reportPage } from "./report/page.ts";

/**
 * The report of a run as the text of an HTML file, which opens from disk and reaches for nothing outside of itself: what
 * failed and what helps, the flow with the way that was taken, a timeline of nodes, attempts and host calls with what went
 * in and came out, verification, components, logs, limits. It is made from the run directory alone, also from that of a
 * run which was killed, and has no secrets where the record has none.
 *
 * @param runDir The run directory: `artifactsDir` of a result.
 * @throws {RunnerError} `artifacts.read` when there is no record that can be read, `permission.missing`, and
 * `option.invalid`.
 *
 * @example
 * ```ts
 * import { reportRun, runPack } from "@greentic/runner";
 *
 * const { artifactsDir } = await runPack("fixtures/packs/demo.gtpack", { input: { name: "Ada" } });
 * await Deno.writeTextFile(`${artifactsDir}/report.html`, await reportRun(artifactsDir));
 * ```
 */
export async function reportRun(runDir: string): Promise<string> {
  if (typeof runDir !== "string" || runDir === "") {
    throw new RunnerError("option.invalid", "The run to report is no path", {
      hint: "Give the run directory of a run",
    });
  }
  return await reportPage(reportModel(await readRunFiles(absolutePath(runDir))));
}

/** Whether a text begins as reports do. */
export function isReport(text: string): boolean {
  return text.startsWith(REPORT_MARK);
}
