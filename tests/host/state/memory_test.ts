import { assertEquals } from "@std/assert";
import type { WitValue } from "../../../lib/base/call.ts";
import { StateMemory } from "../../../lib/host/state/memory.ts";
import { answerOf, bytes, hostCall, kept } from "../_helpers.ts";

const STORE = "greentic:state/state-store@1.0.0";
const SCOPE = { env: "local", tenant: "acme", team: null, user: "ann" };

function read(store: StateMemory, key: string, context?: WitValue): unknown {
  const { reply } = answerOf(store, `${STORE}#read`, key, context);
  if (reply.type === "ok") return new TextDecoder().decode(reply.value as Uint8Array);
  return reply.type === "err" ? reply.error : reply;
}

function write(store: StateMemory, key: string, value: string | Uint8Array, context?: WitValue): unknown {
  const data = typeof value === "string" ? bytes(value) : value;
  const { reply } = answerOf(store, `${STORE}#write`, key, data, context);
  return reply.type === "ok" ? reply.value : reply.type === "err" ? reply.error : reply;
}

const MISSING = { code: "not_found", message: "state key not found" };

Deno.test("StateMemory reads back JSON, not the bytes that were written", async (t) => {
  const cases: [string, string | Uint8Array, string][] = [
    ["JSON", ' {"b": 1,\n"a": [1.0, null]} ', '{"b":1,"a":[1,null]}'],
    ["a JSON text", '"x"', '"x"'],
    ["other text", "a=b é", '"a=b é"'],
    ["nothing", "", '""'],
    ["bytes that are no text", Uint8Array.of(0x61, 0xff), '"a\ufffd"'],
    [
      "JSON as deep as a document may be",
      "[".repeat(128) + "]".repeat(128),
      "[".repeat(128) + "]".repeat(128),
    ],
    [
      "JSON deeper than that",
      `${"[".repeat(129)}${"]".repeat(129)}`,
      `"${"[".repeat(129)}${"]".repeat(129)}"`,
    ],
    ["an own __proto__", '{"__proto__":1}', '{"__proto__":1}'],
  ];
  for (const [name, written, expected] of cases) {
    await t.step(name, () => {
      const store = new StateMemory(SCOPE, kept());
      assertEquals(write(store, "k", written), "ok");
      assertEquals(read(store, "k"), expected);
    });
  }
});

Deno.test("StateMemory parses what is written once, and nothing that nests too deeply", async (t) => {
  const cases: [name: string, text: string, parsed: number][] = [
    ["JSON", "[1]", 1],
    ["other text", "a=b", 1],
    ["JSON that is too deep", "[".repeat(1_000_000) + "]".repeat(1_000_000), 0],
    ["what only begins like it", "[".repeat(1_000_000), 0],
  ];
  for (const [name, text, parsed] of cases) {
    await t.step(name, () => {
      const store = new StateMemory(SCOPE, kept());
      const call = hostCall(`${STORE}#write`, "k", bytes(text), undefined);
      const texts = parsedWhile(() => {
        store.describe(call);
        store.answer(call);
      });
      assertEquals(texts.length, parsed);
    });
  }
});

/** The texts that are parsed as JSON during some work. */
function parsedWhile(work: () => void): string[] {
  const { parse } = JSON;
  const texts: string[] = [];
  JSON.parse = (text, reviver) => {
    texts.push(text);
    return parse(text, reviver);
  };
  try {
    work();
  } finally {
    JSON.parse = parse;
  }
  return texts;
}

Deno.test("StateMemory says not_found for what is absent or deleted", () => {
  const store = new StateMemory(SCOPE, kept());
  assertEquals(read(store, "k"), MISSING);
  write(store, "k", "1");
  const first = answerOf(store, `${STORE}#delete`, "k", undefined);
  assertEquals([first.reply, first.outputs], [{ type: "ok", value: "ok" }, { existed: true }]);
  const second = answerOf(store, `${STORE}#delete`, "k", undefined);
  assertEquals([second.reply, second.outputs], [{ type: "ok", value: "ok" }, { existed: false }]);
  assertEquals(read(store, "k"), MISSING);
  assertEquals(read(store, "__proto__"), MISSING);
  assertEquals(answerOf(store, `${STORE}#read`, "k", undefined).status, "error");
});

Deno.test("StateMemory keeps scopes apart, and takes the guest's context before the run's", () => {
  const store = new StateMemory(SCOPE, kept());
  write(store, "k", "1");
  write(store, "k", "2", { tenant: "other" });
  write(store, "k", "3", { team: "blue" });
  write(store, "k", "4", { env: "dev" });
  write(store, "k", "5", { user: "bob" });
  assertEquals(read(store, "k"), "1");
  assertEquals(read(store, "k", { env: "local", tenant: "acme", userId: "ann" }), "1");
  assertEquals(read(store, "k", { tenant: "other", user: "ann" }), "2");
  assertEquals(read(store, "k", { teamId: "blue" }), "3");
  assertEquals(read(store, "k", { team: "blue", teamId: "red" }), "3");
  assertEquals(read(store, "k", { env: "dev" }), "4");
  assertEquals(read(store, "k", { userId: "bob" }), "5");
  assertEquals(read(new StateMemory({ ...SCOPE, user: null }, kept()), "k"), MISSING);
});

Deno.test("StateMemory refuses ids that would blur its scopes", async (t) => {
  const store = new StateMemory(SCOPE, kept());
  const cases: [WitValue, string][] = [
    [{ tenant: "a:b" }, "invalid tenant id `a:b`"],
    [{ tenant: "" }, "invalid tenant id ``"],
    [{ team: "x y" }, "invalid team id `x y`"],
    [{ teamId: "é" }, "invalid team id `é`"],
    [{ user: "a/b" }, "invalid user id `a/b`"],
    [{ userId: "a\n" }, "invalid user id `a\n`"],
  ];
  for (const [context, message] of cases) {
    await t.step(message, () => {
      const error = { code: "invalid-ctx", message };
      assertEquals(read(store, "k", context), error);
      assertEquals(write(store, "k", "1", context), error);
      assertEquals(answerOf(store, `${STORE}#delete`, "k", context).reply, { type: "err", error });
    });
  }
});

Deno.test("StateMemory tells the record what was asked and answered", () => {
  const store = new StateMemory(SCOPE, kept());
  const describe = (fn: string, ...args: WitValue[]) => store.describe(hostCall(`${STORE}#${fn}`, ...args));
  assertEquals(describe("write", "k", bytes('{"a":1}'), undefined), { key: "k", value: { a: 1 } });
  assertEquals(describe("read", "k", undefined), { key: "k" });
  assertEquals(describe("delete", "k", undefined), { key: "k" });
  assertEquals(answerOf(store, `${STORE}#write`, "k", bytes('{"a":1}'), undefined).outputs, { stored: true });
  assertEquals(answerOf(store, `${STORE}#read`, "k", undefined).outputs, { value: { a: 1 } });
  assertEquals(answerOf(store, `${STORE}#read`, "x", undefined).outputs, { error: MISSING });
});
