// deno-lint-ignore-file no-console -- a script talks to the test that runs it
/**
 * Prints what guests' workers are permitted, plain and sandboxed. The code of guests cannot ask, so the probe puts its
 * question in the place of a component's glue.
 */

import { WorkerPool } from "../../lib/component/worker_pool.ts";
import { guestCall } from "./_helpers.ts";

const glue = `const { state } = Deno.permissions.querySync({ name: "read" });
  return () => { throw new Error("read is " + state); };`;

async function readState(isolation: "worker" | "sandboxed"): Promise<string | undefined> {
  using pool = new WorkerPool();
  const worker = pool.acquire(isolation);
  const component = { key: "probe", glueKey: "probe", glue, cores: [], imports: [], links: [] };
  const outcome = await worker.call(component, guestCall(), {
    answer: () => ({ type: "ok", value: undefined }),
    write: () => {},
    drawn: () => {},
    signal: new AbortController().signal,
  });
  const told = outcome.status === "ok" ? "" : outcome.failure.causes?.join() ?? "";
  worker[Symbol.dispose]();
  return /read is (\w+)/.exec(told)?.[1];
}

console.log(JSON.stringify({
  worker: await readState("worker"),
  sandboxed: await readState("sandboxed"),
}));
