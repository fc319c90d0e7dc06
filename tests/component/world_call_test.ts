import { assert, assertEquals, assertThrows } from "@std/assert";
import type { WitValue } from "../../lib/base/call.ts";
import type { Json } from "../../lib/base/json.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import { outcomeOf } from "../../lib/component/answer.ts";
import { GuestFault } from "../../lib/component/guest_failure.ts";
import type { GuestCall } from "../../lib/component/messages.ts";
import { callWorld, type ExportedInterface } from "../../lib/component/world_call.ts";
import { guestCall, PLACE } from "./_helpers.ts";

const TINY = { ...DEFAULT_LIMITS, maxValueBytes: 10 };

const WORLDS = {
  "node-0.4": { family: "node-0.4", interface: "greentic:component/node@0.4.0" },
  "node-0.5": { family: "node-0.5", interface: "greentic:component/node@0.5.0" },
  "schema-core": {
    family: "schema-core",
    interface: "greentic:provider-schema-core/schema-core-api@1.0.0",
  },
} as const;

/** Calls a world whose `invoke` gives `answer`; returns what came of it and the arguments. */
function call(
  answer: WitValue,
  changes: Partial<GuestCall> = {},
): { output: Json; args: readonly WitValue[] } {
  let seen: readonly WitValue[] = [];
  const exported: ExportedInterface = {
    invoke(...args) {
      seen = args;
      return answer;
    },
  };
  const call = guestCall(changes);
  const scene = { exports: { [call.world.interface]: exported }, call, stdout: () => "" };
  const outcome = outcomeOf({ status: "answered", answer: callWorld(scene), metrics: {} }, "demo");
  if (outcome.status !== "ok") throw new GuestFault(outcome.failure);
  return { output: outcome.output, args: seen };
}

function ok(text: string): WitValue {
  return { tag: "ok", val: text };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("callWorld() gives each world its input", async (t) => {
  const state = { count: 1 };
  const cases: [keyof typeof WORLDS, Json, Json][] = [
    ["node-0.4", { a: 1 }, { a: 1, state }],
    ["node-0.4", { a: 1, state: null }, { a: 1, state: null }],
    ["node-0.4", [1], [1]],
    ["node-0.4", null, null],
    ["node-0.4", "text", "text"],
    ["node-0.5", { a: 1 }, { a: 1 }],
    ["node-0.5", null, null],
  ];
  for (const [family, input, expected] of cases) {
    await t.step(`${family} ${JSON.stringify(input)}`, () => {
      const { args } = call(ok("1"), { world: WORLDS[family], input, state, operation: "op" });
      assertEquals(args[1], "op");
      assertEquals(JSON.parse(args[2] as string), expected);
    });
  }
  await t.step("schema-core", () => {
    const { args, output } = call(bytes('{"é":1}'), {
      world: WORLDS["schema-core"],
      input: { b: "é" },
      state,
      operation: "op",
    });
    assertEquals(args, ["op", bytes('{"b":"é"}')]);
    assertEquals(output, { "é": 1 });
  });
});

Deno.test("callWorld() gives nodes a context that fits every shape", () => {
  const place = { ...PLACE, flowPath: ["outer/call"], attempt: 2 };
  const { args: [context] } = call(ok("1"), { place });
  const { tenant, ...rest } = context as { readonly [key: string]: WitValue };
  assertEquals(rest, { i18nId: undefined, flowId: "main", nodeId: "ask" });
  assertEquals(tenant, {
    env: "local",
    tenant: "acme",
    tenantId: "acme",
    team: "blue",
    teamId: "blue",
    user: "ann",
    userId: "ann",
    traceId: undefined,
    i18nId: undefined,
    correlationId: "s-1",
    attributes: [],
    sessionId: "s-1",
    flowId: "main",
    nodeId: "ask",
    providerId: undefined,
    deadlineUnixMs: undefined,
    deadlineMs: undefined,
    attempt: 2,
    idempotencyKey: "s-1:outer/call:main:ask",
    impersonation: undefined,
  });
});

Deno.test("callWorld() leaves out team and user when there are none, and keeps the key over attempts", () => {
  const identity = { env: "local", tenant: "acme", team: null, user: null, session: "s-1" };
  const keys = [1, 2].map((attempt) => {
    const { args: [context] } = call(ok("1"), { identity, place: { ...PLACE, attempt } });
    const { tenant } = context as { readonly tenant: { readonly [key: string]: WitValue } };
    assertEquals([tenant.team, tenant.teamId, tenant.user, tenant.userId], Array(4).fill(undefined));
    return tenant.idempotencyKey;
  });
  assertEquals(keys[0], keys[1]);
});

Deno.test("callWorld() maps answers to JSON", async (t) => {
  const error = { code: "E", message: "m", retryable: false };
  const cases: [string, WitValue, Json][] = [
    ["empty text", ok(""), null],
    ["JSON", ok(' {"a":[1,null]} '), { a: [1, null] }],
    ["a JSON text", ok('"x"'), "x"],
    ["other text", ok("not json"), "not json"],
    ["an own __proto__", ok('{"__proto__":1}'), JSON.parse('{"__proto__":1}')],
    ["a bare error", { tag: "err", val: error }, { ok: false, error }],
    [
      "an error with all",
      { tag: "err", val: { ...error, retryable: true, backoffMs: 10n, details: '{"why":1}' } },
      { ok: false, error: { ...error, retryable: true, backoff_ms: 10, details: { why: 1 } } },
    ],
    [
      "an error with text for details",
      { tag: "err", val: { ...error, backoffMs: 0n, details: "why" } },
      { ok: false, error: { ...error, backoff_ms: 0, details: "why" } },
    ],
    [
      "an error with details too deep",
      { tag: "err", val: { ...error, details: deep(129) } },
      { ok: false, error: { ...error, details: deep(129) } },
    ],
  ];
  for (const [name, answer, output] of cases) {
    await t.step(name, () => assertEquals(call(answer).output, output));
  }
});

Deno.test("callWorld() refuses answers that cannot be taken", async (t) => {
  const world = WORLDS["schema-core"];
  const cases: [string, string, string, () => unknown][] = [
    ["too deep", "node.output", "nests too deeply", () => call(ok(deep(129)))],
    ["no UTF-8", "node.output", "no UTF-8", () => call(Uint8Array.of(0xff), { world })],
    ["a number for text", "node.output", "has a text", () => call({ tag: "ok", val: 7n })],
    ["texts for text", "node.output", "has a text", () => call({ tag: "ok", val: ["x"] })],
    ["nothing for text", "node.output", "has a text", () => call({ tag: "ok", val: undefined })],
    ["a number for a result", "node.output", "has a record", () => call(7)],
    ["a text for an error", "node.output", "has a record", () => call({ tag: "err", val: "no" })],
    [
      "a number for the code of an error",
      "node.output",
      "has a code, a message",
      () => call({ tag: "err", val: { code: 1n, message: "m", retryable: false } }),
    ],
    [
      "a number for the details of an error",
      "node.output",
      "has a text",
      () => call({ tag: "err", val: { code: "E", message: "m", retryable: false, details: 1n } }),
    ],
    [
      "large output",
      "limit.value",
      "Output of the component exceeds",
      () => call(ok("x".repeat(11)), { limits: TINY }),
    ],
    [
      "large output of a provider",
      "limit.value",
      "Output",
      () => call(bytes("x".repeat(11)), { world, limits: TINY }),
    ],
    [
      "large input",
      "limit.value",
      "Input of the component exceeds",
      () => call(ok(""), { input: "x".repeat(9), limits: TINY }),
    ],
  ];
  for (const [name, code, message, work] of cases) {
    await t.step(name, () => {
      const { failure } = assertThrows(work, GuestFault, message);
      assertEquals(failure.code, code);
      if (code === "limit.value") {
        assert(failure.message.endsWith("the limit maxValueBytes of 10 bytes"), failure.message);
        assert(failure.hint!.includes("--max-value-mb"));
      }
    });
  }
  await t.step("but takes those at the limit", () => {
    assertEquals(
      call(ok("x".repeat(10)), { input: "x".repeat(8), limits: TINY }).output,
      "x".repeat(10),
    );
    assertEquals(call(ok(deep(128))).output, JSON.parse(deep(128)));
  });
});

function deep(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}
