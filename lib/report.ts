/** Makes the report of a run: one HTML file, from what the run left in its directory. */

import { RunnerError } from "./base/errors.ts";
import { absolutePath } from "./record/run_dir.ts";
import { readRunFiles } from "./record/run_files.ts";
import { reportModel } from "./report/model.ts";
import { REPORT_MARK, reportPage } from "./report/page.ts";

/** What `reportRun` of the module does; `lib/on_demand.ts` says what that is. */
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
