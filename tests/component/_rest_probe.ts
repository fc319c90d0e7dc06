// deno-lint-ignore-file no-console -- a script talks to the test that runs it
/**
 * Breaks each limit of a guest once, and measures what is left of it: which share of a processor the process uses while the
 * guest runs and right after it was stopped, when another guest waits; and the memory that stays after many guests that
 * took much. A process of its own, because other tests of one run share theirs.
 */

import process from "node:process";
import type { Json } from "../../lib/base/json.ts";
import { DEFAULT_LIMITS, type Limits } from "../../lib/base/limits.ts";
import { WorkerHost } from "../../lib/component/worker_host.ts";
import { WorkerPool } from "../../lib/component/worker_pool.ts";
import { files, hostOptions, invocation, ok } from "./_helpers.ts";

/** Guests that never end by themselves, or take more than they may. */
const BREAKERS: readonly (readonly [component: string, operation: string, input?: Json])[] = [
  ["spin", "loop"],
  ["spin", "fill"],
  ["spin", "recurse"],
  ["spin", "grow"],
  ["spin", "big", 200_000],
  ["spin-start", "any"],
  ["greedy", "copy"],
  ["greedy", "calls"],
  ["greedy", "handles"],
  ["greedy", "args", 200_000],
  ["greedy", "random", 200_000],
  ["greedy", "sleep", 60_000],
  ["greedy-table", "table"],
  ["greedy-table", "table-fill"],
  ["polite", "stubborn"],
  ["many-cores", "any"],
];
const MB = 1024 * 1024;
const LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  ...{ nodeTimeoutMs: 300, maxMemoryBytes: 96 * MB, maxValueBytes: 100_000, maxHostCalls: 1000 },
};

const names = [...new Set(BREAKERS.map(([component]) => component)), "host-user"];
const { options } = hostOptions({
  components: files(names),
  // Whoever asks for a secret waits for ever; everything else is answered.
  answer: ({ fn }) => fn === "get" && secretAsked ? new Promise(() => {}) : ok(undefined),
  limits: LIMITS,
});
let secretAsked = false;
using pool = new WorkerPool();
await using host = new WorkerHost(options, { pool, compiled: new Map() });
await host.prepare(names.map((id) => ({ id, via: "component" as const })));

/** Calls a guest that must not succeed: how it ended, and the share of a processor that was used meanwhile. */
async function share(component: string, operation: string, input: Json = "K"): Promise<[string, number]> {
  const begin = performance.now(), before = process.cpuUsage();
  const call = invocation(component, operation, { input });
  const outcome = await host.invoke(call, new AbortController().signal);
  const { user, system } = process.cpuUsage(before);
  const ending = outcome.status === "ok" ? "ok" : outcome.failure.code;
  return [ending, (user + system) / 1000 / (performance.now() - begin)];
}

const looping = (await share("spin", "loop"))[1];
const rows: Record<string, { ending: string; waiting: number }> = {};
for (const [component, operation, input] of BREAKERS) {
  secretAsked = false;
  const [ending] = await share(component, operation, input);
  secretAsked = true;
  rows[`${component} ${operation}`] = { ending, waiting: (await share("host-user", "secret"))[1] };
}

// Guests that have touched 64 MB each: what they took must not add up.
secretAsked = false;
const before = Deno.memoryUsage().rss;
for (let count = 0; count < 20; count++) await share("greedy", "copy");
const kept = (Deno.memoryUsage().rss - before) / MB;
console.log(JSON.stringify({ looping, rows, kept }));
