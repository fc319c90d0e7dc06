/**
 * Writes `lib/report/viewer_code.ts`: what shows a report in a browser as one string, which every report carries. With
 * `--check`, only compares.
 */

import { bringUpToDate, bundleModule } from "./_written.ts";

const VIEWER = {
  entry: new URL("../../lib/report/viewer/main.ts", import.meta.url),
  flags: ["--format=iife"],
  name: "VIEWER_CODE",
  about: "What shows a report in a browser, `viewer/main.ts`",
  task: "viewer",
};

/** Throws for what would end the element that the code stands in. */
function requireEmbeddable(code: string): void {
  if (/<\/script|<!--/i.test(code)) throw new Error("The viewer's code cannot stand in a page");
}

await bringUpToDate("lib/report/viewer_code.ts", await bundleModule(VIEWER, requireEmbeddable), VIEWER.task);
