// deno-lint-ignore-file no-console -- a script talks to whoever runs it
/**
 * Measures calls of components within one process: the round trip through a worker and without one, fresh instances, what
 * metering costs, a flow of three nodes, and runs side by side. Samples are taken in turn.
 *
 * Not measured: what the components of real packs do, waiting for the network, and more processors than this machine has.
 */

import { fixtureUrl } from "../../fixtures/components/build.ts";
import { buildPack } from "../../lib/pack/build.ts";
import type { Invocation } from "../../lib/base/call.ts";
import type { Json } from "../../lib/base/json.ts";
import type { ComponentHost, ComponentHostOptions } from "../../lib/component/component.ts";
import { InlineHost } from "../../lib/component/inline_host.ts";
import { loadGlue } from "../../lib/component/guest.ts";
import { transpile } from "../../lib/component/transpile.ts";
import { WorkerHost } from "../../lib/component/worker_host.ts";
import { WorkerPool } from "../../lib/component/worker_pool.ts";
import { readShape } from "../../lib/component/world.ts";
import { execContext } from "../../lib/component/context.ts";
import { Runner } from "../../mod.ts";
import { files, guestCall, hostOptions, invocation } from "../component/_helpers.ts";

const SAMPLES = Number(Deno.args[0] ?? 60);
const NEVER = new AbortController().signal;
const NODE = "greentic:component/node@0.4.0";

interface Figure {
  readonly name: string;
  readonly unit: "ms" | "µs";
  readonly work: () => Promise<unknown>;
}

async function call(host: ComponentHost, request: Invocation): Promise<void> {
  const outcome = await host.invoke(request, NEVER);
  if (outcome.status !== "ok") throw new Error(outcome.failure.message);
}

/** A pack whose flow calls a component three times, one node after another. */
async function threeNodes(): Promise<Uint8Array> {
  const nodes = ["a", "b", "c"].map((id, index, all) => ({
    ...{ id, component: { id: "echo", operation: "x" }, input: { mapping: { n: index } } },
    routing: index + 1 < all.length ? { next: { node_id: all[index + 1] } } : "end",
  })) as unknown as Json[];
  return await buildPack({
    ...{ layout: "new", id: "bench", version: "1.0.0", createdAt: "2026-01-01T00:00:00Z" },
    flows: [{ id: "main", document: { id: "main", kind: "job", entrypoints: { default: "a" }, nodes } }],
    components: [{
      id: "echo",
      version: "1.0.0",
      world: NODE,
      bytes: await Deno.readFile(fixtureUrl("echo")),
    }],
  });
}

/** Calls of `spin` on one instance whose cores are as its author built them. */
async function unmetered(): Promise<() => unknown> {
  const bytes = await Deno.readFile(fixtureUrl("spin"));
  const { glue, cores } = await transpile(bytes, readShape(bytes, "spin"), "spin");
  const modules = new Map(cores.map(({ name, bytes }) => [name, new WebAssembly.Module(bytes)]));
  return () => {
    const exports = loadGlue(glue)(
      (name) => modules.get(name)!,
      {},
      (module, imports) => new WebAssembly.Instance(module, imports),
    );
    return exports[NODE]!.invoke!(execContext(guestCall()), "busy", "20");
  };
}

const temp = await Deno.makeTempDir();
const pack = `${temp}/three.gtpack`;
await Deno.writeFile(pack, await threeNodes());
using pool = new WorkerPool();
const { options } = hostOptions({ components: files(["echo", "spin", "host-user"]) });
const answered: ComponentHostOptions = { ...options, answer: () => ({ type: "ok", value: undefined }) };
await using inline = new InlineHost(answered);
await using worker = new WorkerHost(answered, { pool, compiled: new Map() });
await using runner = new Runner({ cacheDir: `${temp}/cache` });
let runs = 0;
const run = () => runner.runPackWith(pack, { artifactsDir: `${temp}/run${runs++ % 8}` });
const sideBySide = (count: number) => async () => void await Promise.all(Array.from({ length: count }, run));
const plain = await unmetered();
const echo = invocation("echo", "x", { input: { a: 1 } });
const busy = invocation("spin", "busy", { input: 20 });
const asking = invocation("host-user", "kv-get", { input: "k" });

const figures: Figure[] = [
  { name: "call of echo without a thread: a fresh instance", unit: "µs", work: () => call(inline, echo) },
  { name: "call of echo in the worker: a fresh instance", unit: "µs", work: () => call(worker, echo) },
  { name: "the same with one host call, inline", unit: "µs", work: () => call(inline, asking) },
  { name: "the same with one host call, worker", unit: "µs", work: () => call(worker, asking) },
  { name: "20 million rounds of a loop, metered", unit: "ms", work: () => call(inline, busy) },
  { name: "20 million rounds of a loop, not metered", unit: "ms", work: () => Promise.resolve(plain()) },
  { name: "a warm run of a flow of three nodes (`Runner`)", unit: "ms", work: run },
  { name: "2 such runs side by side", unit: "ms", work: sideBySide(2) },
  { name: "4 such runs side by side", unit: "ms", work: sideBySide(4) },
];
try {
  const samples = figures.map((): number[] => []);
  for (let round = -3; round < SAMPLES; round++) {
    for (const [index, { work }] of figures.entries()) {
      const start = performance.now();
      await work();
      if (round >= 0) samples[index]!.push(performance.now() - start);
    }
  }
  console.log(`| what (median of ${SAMPLES}) | time |\n|---|---:|`);
  for (const [index, { name, unit }] of figures.entries()) {
    const median = samples[index]!.toSorted((a, b) => a - b)[Math.floor(SAMPLES / 2)]!;
    console.log(`| ${name} | ${unit === "ms" ? median.toFixed(1) : (median * 1000).toFixed(0)} ${unit} |`);
  }
} finally {
  await Deno.remove(temp, { recursive: true });
}
