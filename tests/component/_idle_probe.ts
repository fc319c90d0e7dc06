// deno-lint-ignore-file no-console -- a script talks to whoever runs it
/**
 * Measures which share of a processor this process uses while a guest loops, and while another guest waits right
 * after the loop was stopped. A process of its own, because other tests of one run share theirs.
 */

import process from "node:process";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import { WorkerHost } from "../../lib/component/worker_host.ts";
import { WorkerPool } from "../../lib/component/worker_pool.ts";
import { files, hostOptions, invocation } from "./_helpers.ts";

const components = files(["spin", "host-user"]);
const { options } = hostOptions({
  components,
  answer: () => new Promise(() => {}),
  limits: { ...DEFAULT_LIMITS, nodeTimeoutMs: 1000 },
});
using pool = new WorkerPool();
await using host = new WorkerHost(options, { pool, compiled: new Map() });

async function share(component: string, operation: string): Promise<number> {
  const begin = performance.now(), before = process.cpuUsage();
  const outcome = await host.invoke(
    invocation(component, operation, { input: "K" }),
    new AbortController().signal,
  );
  if (outcome.status !== "timed_out") throw new Error(`The guest ended with ${outcome.status}`);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - begin);
}

await host.prepare(components.map(({ id }) => ({ id, via: "component" as const })));
const looping = await share("spin", "loop");
const waiting = await share("host-user", "secret");
console.log(JSON.stringify({ looping, waiting }));
