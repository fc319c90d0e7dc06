/**
 * Writes `lib/component/worker_code.ts`: the guest's side of the thread as one string, so that starting a worker
 * needs neither permission to read files nor a second download. With `--check`, only compares.
 */

import { bringUpToDate, bundleModule } from "./_written.ts";

const WORKER = {
  entry: new URL("../../lib/component/worker_entry.ts", import.meta.url),
  flags: [],
  name: "WORKER_CODE",
  about: "The guest's side of the thread, `worker_entry.ts`",
  task: "worker",
};

await bringUpToDate("lib/component/worker_code.ts", await bundleModule(WORKER), WORKER.task);
