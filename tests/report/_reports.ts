/** Tests that open a report in a real browser, and the reports that they open. */

import { reportRun } from "../../lib/report.ts";
import { type RunOptions, runPack } from "../../mod.ts";
import { packPath, sharedCache, type TempFolder, tempFolder } from "../_helpers.ts";
import { chromiumPath, TestBrowser } from "./_browser.ts";

const cacheDir = sharedCache();
const program = chromiumPath();

/** A test that needs a browser. */
export function browserTest(
  name: string,
  fn: (browser: TestBrowser, temp: TempFolder) => Promise<void>,
): void {
  const why = program === undefined ? " (no chromium here: CHROMIUM names one)" : "";
  Deno.test({
    name: `in a browser: ${name}${why}`,
    ignore: program === undefined,
    // What drives the browser keeps timers of its own until the process ends.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using temp = await tempFolder();
      await using browser = await TestBrowser.start(program!);
      await fn(browser, temp);
    },
  });
}

/** Writes the report of a run directory; gives its path. */
export async function writeReport(dir: string): Promise<string> {
  const path = `${dir}/report.html`;
  await Deno.writeTextFile(path, await reportRun(dir));
  return path;
}

/** The report of a run of a fixture pack. */
export async function runReport({ path }: TempFolder, pack: string, options: RunOptions): Promise<string> {
  const artifactsDir = `${path}/run`;
  await runPack(packPath(`${pack}.gtpack`), { artifactsDir, cacheDir, ...options }).catch(() => {});
  return await writeReport(artifactsDir);
}
