// deno-lint-ignore-file no-console -- a script talks to whoever runs it
/**
 * Measures what the engine itself costs per step, with the recorder on: planning, events, routes, transcript and logs
 * on disk. Components answer at once. A loop of two nodes goes round, and a line of nodes is walked once; memory is
 * what the heap has grown by, after a collection, while the result is still held.
 *
 * Not measured: components, their transpilation, and the time to write `run.json`.
 */

import { breather, systemClock } from "../../lib/base/clock.ts";
import type { Json } from "../../lib/base/json.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import { runFlow } from "../../lib/engine/engine.ts";
import type { Flow } from "../../lib/flow/flow.ts";
import { parseFlow } from "../../lib/flow/parse.ts";
import { RunRecord } from "../../lib/run_record.ts";
import { resolveOptions } from "../../lib/options.ts";

const STEPS = [10, 100, 1_000, 10_000];
const SAMPLES = Number(Deno.args[0] ?? 7);

/** A node that calls a component with a mapping of the usual size: a text, a path, a template. */
function node(id: string, next: string | undefined): Json {
  return {
    id,
    component: { id: "answer", operation: "run" },
    input: { mapping: { text: "hello", last: "{{prev.n}}", mixed: "{{entry.name}} again" } },
    routing: next === undefined ? "end" : { next: { node_id: next } },
  };
}

function flowOf(nodes: Json[]): Flow {
  const document = { id: "f", kind: "job", nodes };
  const { flow } = parseFlow({ id: "f", form: "compiled", document, place: "bench" });
  if (flow === undefined) throw new Error("The bench's flow is faulty");
  return flow;
}

const LOOP = flowOf([node("a", "b"), node("b", "a")]);

function line(steps: number): Flow {
  return flowOf(
    Array.from({ length: steps }, (_, i) => node(`n${i}`, i + 1 < steps ? `n${i + 1}` : undefined)),
  );
}

interface Sample {
  readonly ms: number;
  readonly heap: number;
}

async function sample(flow: Flow, steps: number, dir: string): Promise<Sample> {
  const options = resolveOptions({ artifactsDir: dir, limits: { maxSteps: steps } });
  const limits = { ...DEFAULT_LIMITS, maxSteps: steps };
  const record = new RunRecord(options, { label: "bench", parentRun: null });
  record.recorder.setEntryFlow(flow.id);
  collect();
  const before = Deno.memoryUsage().heapUsed;
  const start = performance.now();
  let n = 0;
  const result = await runFlow(
    { flows: new Map([["f", flow]]), components: new Set(["answer"]), providers: [] },
    { flowId: "f", packId: "bench", input: { name: "Ada" }, limits, templates: "lenient" },
    {
      invoker: {
        invoke: () => Promise.resolve({ status: "ok", output: { n: n++, text: "hi" }, metrics: {} }),
      },
      emit: record.emit,
      now: () => systemClock.now(),
      sleep: () => Promise.resolve(),
      breathe: breather(),
      signal: new AbortController().signal,
    },
  );
  const ms = performance.now() - start;
  collect();
  const heap = Deno.memoryUsage().heapUsed - before;
  record.recorder.close();
  if (n !== steps) throw new Error(`The run took ${n} steps and ended as ${result.status}`);
  return { ms, heap };
}

/** Collects garbage, where the engine lets us: with `--v8-flags=--expose-gc`. */
function collect(): void {
  (globalThis as { gc?: () => void }).gc?.();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const temp = await Deno.makeTempDir();
try {
  const rows = [["loop", LOOP, undefined], ["line", undefined, line]] as const;
  console.log(
    `| flow (median of ${SAMPLES}) | steps | ms | µs a step | heap, kB |\n|---|---:|---:|---:|---:|`,
  );
  for (const [name, loop, make] of rows) {
    for (const steps of STEPS) {
      const flow = loop ?? make!(steps);
      await sample(flow, steps, `${temp}/warm`);
      const samples: Sample[] = [];
      for (let i = 0; i < SAMPLES; i++) samples.push(await sample(flow, steps, `${temp}/${name}${steps}`));
      const ms = median(samples.map((one) => one.ms)), heap = median(samples.map((one) => one.heap)) / 1024;
      console.log(
        `| ${name} | ${steps} | ${ms.toFixed(1)} | ${(ms / steps * 1000).toFixed(0)} | ${heap.toFixed(0)} |`,
      );
    }
  }
} finally {
  await Deno.remove(temp, { recursive: true });
}
