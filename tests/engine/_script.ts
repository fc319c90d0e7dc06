/** Runs flows against scripted components. Never touches anything outside the process. */

import type { Failure, Invocation, Outcome } from "../../lib/base/call.ts";
import type { RunEvent } from "../../lib/base/events.ts";
import type { ProviderSource } from "../../lib/base/flow_source.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import { DEFAULT_LIMITS, type Limits } from "../../lib/base/limits.ts";
import { runFlow } from "../../lib/engine/engine.ts";
import type { Services } from "../../lib/engine/ports.ts";
import type { EngineResult, Turn, WaitingResult } from "../../lib/engine/program.ts";
import type { Snapshot } from "../../lib/engine/snapshot.ts";
import type { Flow } from "../../lib/flow/flow.ts";
import { parseFlow } from "../../lib/flow/parse.ts";

/** What a scripted component answers. */
export type Stub = (call: Invocation, signal: AbortSignal) => Outcome | Promise<Outcome>;

/** Answers with its input. */
export function echo(call: Invocation): Outcome {
  return ok(call.input);
}

/** Answers always the same. */
export function always(output: Json): Stub {
  return () => ok(output);
}

/** Answers with an error of the component. */
export function err(code: string, message: string, more: { [key: string]: Json } = {}): Stub {
  return always({ ok: false, error: { code, message, ...more } });
}

/** Answers differently each time, the last one for ever. */
export function seq(...stubs: Stub[]): Stub {
  let at = 0;
  return (call, signal) => (stubs[Math.min(at++, stubs.length - 1)] ?? echo)(call, signal);
}

/** Fails as a host does. */
export function hostError(failure: Failure, status: "error" | "timed_out" = "error"): Stub {
  return () => ({ status, failure, metrics: {} });
}

/** A good outcome. */
export function ok(output: Json): Outcome {
  return { status: "ok", output, metrics: {} };
}

/** One node of the compiled model. */
export function node(
  id: string,
  component: string,
  mapping: Json,
  routing: Json = "end",
  operation = "run",
): Json {
  const built = /^(emit\.|flow\.|session\.wait|provider\.invoke|component\.exec|state\.|var\.)/.test(
    component,
  );
  return {
    id,
    component: { id: component, ...(built ? {} : { operation }) },
    input: { mapping },
    routing: typeof routing === "string" && routing !== "end" ? { next: { node_id: routing } } : routing,
  };
}

/** Parses a compiled flow that has no faults. */
export function flowOf(id: string, nodes: Json, more: { [key: string]: Json } = {}): Flow {
  const document = { id, kind: "messaging", nodes, ...more };
  const { flow, findings } = parseFlow({ id, form: "compiled", document, place: "manifest.cbor" });
  if (flow === undefined) throw new Error(`The test's flow is faulty: ${JSON.stringify(findings)}`);
  return flow;
}

/** What a scripted run depends on. */
export interface Script {
  flows: Flow[];
  input?: Json;
  stubs?: Record<string, Stub>;
  providers?: ProviderSource[];
  services?: Services;
  limits?: Partial<Limits>;
  templates?: "strict" | "lenient";
  resume?: Snapshot;
  turns?: Json[];
  startAt?: string;
  parameters?: JsonObject;
  flowId?: string;
  signal?: AbortSignal;
}

/** What a scripted run left. */
export interface Played {
  result: EngineResult;
  turns: readonly Turn[];
  events: RunEvent[];
  calls: Invocation[];
  sleeps: number[];
  /** `s(a) e(a)`: starts, ends and errors by node, with the attempt from the second on. */
  trace: string;
}

/** Runs the first flow of a script. */
export async function play(script: Script): Promise<Played> {
  const events: RunEvent[] = [], calls: Invocation[] = [], sleeps: number[] = [];
  const stubs = new Map(Object.entries(script.stubs ?? {}));
  const { turns, ...result } = await runFlow(
    {
      flows: new Map(script.flows.map((flow) => [flow.id, flow])),
      components: new Set(stubs.keys()),
      providers: script.providers ?? [],
    },
    {
      flowId: script.flowId ?? script.flows[0]?.id ?? "f",
      packId: "p",
      input: script.input === undefined ? {} : script.input,
      limits: { ...DEFAULT_LIMITS, ...script.limits },
      templates: script.templates ?? "strict",
      ...(script.resume && { resume: script.resume }),
      ...(script.turns && { turns: script.turns }),
      ...(script.startAt === undefined ? {} : { startAt: script.startAt }),
      ...(script.parameters && { parameters: script.parameters }),
    },
    {
      invoker: {
        invoke: async (call, signal) => {
          calls.push({ ...call });
          return await (stubs.get(call.component) ?? echo)(call, signal);
        },
      },
      ...(script.services && { services: script.services }),
      emit: (event) => {
        events.push(event);
      },
      now: () => new Date("2026-01-02T03:04:05.678Z"),
      sleep: (ms) => {
        sleeps.push(ms);
        return Promise.resolve();
      },
      breathe: () => undefined,
      signal: script.signal ?? new AbortController().signal,
    },
  );
  return { result, turns, events, calls, sleeps, trace: traceOf(events) };
}

function traceOf(events: RunEvent[]): string {
  const letters: Record<string, string> = { "node.started": "s", "node.ended": "e", "node.failed": "x" };
  return events.flatMap((event) => {
    const letter = letters[event.type];
    return letter === undefined || !("nodeId" in event) ? [] : [`${letter}(${event.nodeId})`];
  }).join(" ");
}

/** The failure of a result that has one. */
export function failureIn(result: EngineResult): Failure {
  if (!("failure" in result)) throw new Error(`The run did not fail: ${JSON.stringify(result)}`);
  return result.failure;
}

/** The result of a flow that waits. */
export function waitingIn(result: EngineResult): WaitingResult {
  if (result.status !== "waiting") throw new Error(`The run does not wait: ${JSON.stringify(result)}`);
  return result;
}
