/**
 * What holds for every flow: random graphs over all kinds of nodes, with components that answer, fail and come late as
 * a random script says. The seed is fixed, so that a failure can be looked at again.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { RunEvent } from "../../lib/base/events.ts";
import { isArray, type Json, type JsonObject } from "../../lib/base/json.ts";
import type { Flow } from "../../lib/flow/flow.ts";
import { parseFlow } from "../../lib/flow/parse.ts";
import { err, hostError, ok, play, type Played, type Stub } from "./_script.ts";

const RUNS = { seed: 11, numRuns: 1500 };
const COUNT = 6;
const LIMITS = { maxSteps: 60, maxCallDepth: 3 };
const FLOWS = ["f", "g", "h"];
const STATUSES = ["ok", "error", "odd"];

const id = fc.nat({ max: COUNT - 1 }).map((n) => `n${n}`);
const flowId = fc.constantFrom(...FLOWS);

/** A route with a guard. */
const guarded: fc.Arbitrary<Json> = fc.oneof(
  fc.record({ status: fc.constantFrom(...STATUSES), to: id }),
  fc.record({ event: fc.constantFrom("on_error", "on_timeout", "on_success"), to: id }),
  fc.record({ condition: fc.constantFrom("k > 1", "vars.v == 2", 'event == "on_error"'), to: id }),
  fc.record({ condition: fc.constant("prev.k != 1"), out: fc.constant(true) }),
);

const routing: fc.Arbitrary<Json> = fc.oneof(
  fc.constant("end"),
  id.map((to): Json => ({ next: { node_id: to } })),
  fc.tuple(fc.constantFrom("ok", "error"), id, fc.option(id, { nil: null })).map((
    [status, to, other],
  ): Json => ({
    branch: { on_status: { [status]: to }, default: other },
  })),
  fc.tuple(fc.array(guarded, { maxLength: 3 }), id).map(([list, to]): Json => ({
    custom: [...list, { to }],
  })),
);

/** A payload that looks back, so that what is kept of earlier nodes shows. */
const payload: fc.Arbitrary<JsonObject> = fc.record({
  k: fc.constantFrom<Json>(0, 1, 2, "{{prev.k}}", "{{#if node.n0}}1{{/if}}", "{{vars.v}}"),
  status: fc.constantFrom<Json>("ok", "odd", null),
});

const kind: fc.Arbitrary<{ id: string; operation?: string; mapping: Json }> = fc.oneof(
  {
    weight: 4,
    arbitrary: payload.map((mapping) => ({ id: "c", operation: "run", mapping: mapping as Json })),
  },
  { weight: 3, arbitrary: payload.map((mapping) => ({ id: "emit.x", mapping: mapping as Json })) },
  fc.constant({ id: "emit.log", mapping: "{{prev}}" }),
  { weight: 2, arbitrary: fc.constantFrom("why", null).map((mapping) => ({ id: "session.wait", mapping })) },
  flowId.map((flow) => ({ id: "flow.call", mapping: { flow, input: "{{state.input}}" } })),
  fc.record({ flow: flowId, node: id }).map((mapping) => ({ id: "flow.goto", mapping: mapping as Json })),
  payload.map(({ k }) => ({ id: "var.set", mapping: { name: "v", value: k ?? null } })),
  fc.constant({ id: "state.set", mapping: { key: "k", value: "{{prev}}" } }),
  fc.constant({ id: "state.get", mapping: { key: "k" } }),
);

const nodes = fc.array(fc.tuple(kind, routing), { minLength: COUNT, maxLength: COUNT });
const flows = fc.tuple(nodes, nodes, nodes);

/** The flows of a sketch, those without a fault: the checks at load are not what is tested here. */
function flowsOf(
  sketch: readonly (readonly [{ id: string; operation?: string; mapping: Json }, Json])[][],
): Flow[] {
  return sketch.flatMap((list, i) => {
    const name = FLOWS[i] ?? "";
    const document = {
      id: name,
      kind: "job",
      metadata: { extra: { vars_init: { v: { default: 1 } } } },
      nodes: list.map(([{ id: component, operation, mapping }, written], n): Json => ({
        id: `n${n}`,
        component: { id: component, ...(operation === undefined ? {} : { operation }) },
        input: { mapping },
        // What waits needs somewhere to go.
        routing: component === "session.wait" ? { next: { node_id: `n${(n + 1) % COUNT}` } } : written,
      })),
    };
    return parseFlow({ id: name, form: "compiled", document, place: "here" }).flow ?? [];
  });
}

/** How a component behaves, call by call; once for all runs of a flow. */
function scripted(script: readonly number[]): Stub {
  const answers: Stub[] = [
    (call) => ok(call.input),
    (call) => ok(call.input),
    err("E", "no"),
    err("T", "transient"),
    hostError({ code: "node.timeout", message: "late" }, "timed_out"),
    () => ok({ greentic_control: { v: 1, action: "respond", text: "enough" } }),
    () => ok({ greentic_control: { v: 1, action: "jump", flow: "g", payload: 7 } }),
    () => Promise.reject(new Error("gone")),
  ];
  let at = 0;
  return (call, signal) => answers[(script[at++ % script.length] ?? 0) % answers.length]!(call, signal);
}

const script = fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 8 });
const answers = fc.array(fc.constantFrom<Json>(1, { k: 2 }, "yes", null), { maxLength: 4 });

/** Checks that every start has one end, the youngest first. */
function assertPaired(events: readonly RunEvent[]): void {
  const open: string[] = [], seen = new Set<string>();
  for (const event of events) {
    if (event.type === "node.started") {
      assert(!seen.has(event.callId), `${event.callId} starts once`);
      seen.add(event.callId);
      open.push(event.callId);
    } else if (event.type === "node.ended" || event.type === "node.failed") {
      assertEquals(open.pop(), event.callId);
    }
  }
  assertEquals(open, []);
}

/** What emit nodes and respond said in the flow that the run started with, in the order of events. */
function said(events: readonly RunEvent[]): Json[] {
  return events.flatMap((event) => {
    if (event.type !== "node.ended" || event.flowPath.length > 0) return [];
    const responds = event.component === "c" && typeof event.output === "object" && event.output !== null &&
      "needs_user" in event.output;
    return event.component === "emit.x" || responds ? [event.output] : [];
  });
}

function list(value: Json): readonly Json[] {
  return value === null ? [] : isArray(value) ? value : [value];
}

Deno.test("Every run of a random flow ends, in pairs of events, with what it said in order", async () => {
  const ends: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(flows, script, answers, async (sketch, steps, turns) => {
      const all = flowsOf(sketch);
      fc.pre(all.length > 0);
      const played = await play({
        flows: all,
        input: { k: 1 },
        stubs: { c: scripted(steps) },
        limits: LIMITS,
        turns,
      });
      const { result, events } = played;
      ends[result.status] = (ends[result.status] ?? 0) + 1;
      assertPaired(events);
      const emitted = said(events);
      const delivered = played.turns.flatMap(({ output }) => list(output));
      if (result.status === "waiting") {
        assertEquals([...delivered, ...list(result.output)], emitted);
      } else if (result.status === "completed") {
        // What was said since the last turn comes first; the last output may follow.
        const rest = emitted.slice(delivered.length);
        assertEquals(emitted.slice(0, delivered.length), delivered);
        if (rest.length > 0) assertEquals(list(result.output).slice(0, rest.length), rest);
      }
    }),
    RUNS,
  );
  for (const status of ["completed", "failed", "waiting"]) {
    assert((ends[status] ?? 0) > RUNS.numRuns / 20, `enough runs are ${status}: ${JSON.stringify(ends)}`);
  }
});

/** The events of a run without what tells two runs apart: call ids, and the lines between them. */
function story(events: readonly RunEvent[]): unknown[] {
  return events.flatMap((event): unknown[] => {
    if (event.type === "node.started" || event.type === "node.ended" || event.type === "node.failed") {
      const { callId: _, ...rest } = event;
      return [rest];
    }
    return event.type === "flow.jumped" ? [event] : [];
  });
}

Deno.test("A run that is resumed after every wait is the run that was answered at once", async () => {
  let waits = 0;
  await fc.assert(
    fc.asyncProperty(flows, script, answers, async (sketch, steps, turns) => {
      const all = flowsOf(sketch);
      fc.pre(all.length > 0);
      const common = { flows: all, limits: LIMITS };
      const whole = await play({ ...common, input: { k: 1 }, stubs: { c: scripted(steps) }, turns });
      // Each run counts its own steps.
      fc.pre(!JSON.stringify(whole.result).includes("flow.max_steps"));
      const stubs = { c: scripted(steps) };
      let part: Played = await play({ ...common, input: { k: 1 }, stubs });
      const events = [...part.events];
      for (const input of turns) {
        if (part.result.status !== "waiting") break;
        waits++;
        const resume = JSON.parse(JSON.stringify(part.result.snapshot));
        part = await play({ ...common, input, resume, stubs });
        events.push(...part.events);
      }
      assertEquals(story(events), story(whole.events));
      assertEquals(part.result, whole.result);
    }),
    RUNS,
  );
  assert(waits > RUNS.numRuns / 10, `enough runs waited: ${waits}`);
});

Deno.test("A wait changes nothing but the input", async () => {
  let waits = 0;
  await fc.assert(
    fc.asyncProperty(flows, script, async (sketch, steps) => {
      // The same flows, with nodes in the place of those that wait which hand on what those would say.
      const going = sketch.map((nodes) =>
        nodes.map(([{ id: component, mapping }, route], n): typeof nodes[number] => {
          if (component !== "session.wait") return [{ ...nodes[n]![0] }, route];
          return [{ id: "pass", operation: "run", mapping }, { next: { node_id: `n${(n + 1) % COUNT}` } }];
        })
      );
      const all = flowsOf(sketch), free = flowsOf(going);
      fc.pre(all.length > 0 && all.length === free.length);
      const input = { k: 1 };
      const pass: Stub = (call) => ok(call.input);
      const whole = await play({ flows: free, input, stubs: { c: scripted(steps), pass }, limits: LIMITS });
      // The input is the same in every turn; a called flow must not wait.
      const turns = Array.from({ length: 30 }, (): Json => input);
      const parts = await play({
        flows: all,
        input,
        stubs: { c: scripted(steps), pass },
        limits: LIMITS,
        turns,
      });
      fc.pre(!JSON.stringify([whole.result, parts.result]).match(/flow\.max_steps|flow\.call_waits/));
      // Whoever answers ends a circle of jumps, which are then counted anew.
      const odd = ["flow.call_waits", "flow.redirect_limit"];
      fc.pre(
        ![...parts.events, ...whole.events].some((event) =>
          event.type === "node.failed" && odd.includes(event.failure.code)
        ),
      );
      waits += parts.turns.length;
      const plain = (played: Played) =>
        played.events.flatMap((event) =>
          event.type === "node.started" && event.component !== "session.wait" && event.component !== "pass"
            ? [[event.flowId, event.nodeId, event.attempt, event.payload]]
            : []
        );
      assertEquals(plain(parts), plain(whole));
      assertEquals(parts.result.status, whole.result.status);
      assertEquals(said(parts.events), said(whole.events));
    }),
    RUNS,
  );
  assert(waits > RUNS.numRuns / 10, `enough runs waited: ${waits}`);
});
