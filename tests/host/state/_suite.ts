/** What state is, whatever it is kept in. */

import { assertEquals, assertThrows } from "@std/assert";
import type { WitValue } from "../../../lib/base/call.ts";
import { RunnerError } from "../../../lib/base/errors.ts";
import { seedState, State } from "../../../lib/host/state/state.ts";
import { answerOf, bytes, hostCall, NEVER } from "../_helpers.ts";
import type { WithStore } from "./_stores.ts";

const STORE = "greentic:state/state-store@1.0.0";
const SCOPE = { env: "local", tenant: "acme", team: null, user: "ann" };
const MISSING = { code: "not_found", message: "state key not found" };

function read(state: State, key: string, context?: WitValue): unknown {
  const { reply } = answerOf(state, `${STORE}#read`, key, context);
  if (reply.type === "ok") return new TextDecoder().decode(reply.value as Uint8Array);
  return reply.type === "err" ? reply.error : reply;
}

function write(state: State, key: string, value: string | Uint8Array, context?: WitValue): unknown {
  const data = typeof value === "string" ? bytes(value) : value;
  const { reply } = answerOf(state, `${STORE}#write`, key, data, context);
  return reply.type === "ok" ? reply.value : reply.type === "err" ? reply.error : reply;
}

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

const DEEP = "[".repeat(128) + "]".repeat(128), DEEPER = `[${DEEP}]`;

/** Bytes that guests write, and the text that is read in their place. */
const WRITTEN: readonly (readonly [name: string, written: string | Uint8Array, read: string])[] = [
  ["JSON", ' {"b": 1,\n"a": [1.0, null]} ', '{"b":1,"a":[1,null]}'],
  ["a JSON text", '"x"', '"x"'],
  ["other text", "a=b é", '"a=b é"'],
  ["nothing", "", '""'],
  ["bytes that are no text", Uint8Array.of(0x61, 0xff), '"a\ufffd"'],
  ["a NUL", "a\0b", '"a\\u0000b"'],
  ["JSON as deep as a document may be", DEEP, DEEP],
  ["JSON deeper than that", DEEPER, `"${DEEPER}"`],
  ["an own __proto__", '{"__proto__":1}', '{"__proto__":1}'],
];

/** Registers the rules of state over one kind of store. */
export function stateSuite(name: string, withStore: WithStore): void {
  Deno.test(`State in ${name} reads back JSON, not the bytes that were written`, async (t) => {
    await withStore(async (store) => {
      const state = new State(SCOPE, store);
      for (const [what, written, expected] of WRITTEN) {
        await t.step(what, () => {
          assertEquals(write(state, what, written), "ok");
          assertEquals(read(state, what), expected);
        });
      }
    });
  });

  Deno.test(`State in ${name} parses what is written once, and nothing that nests too deeply`, async (t) => {
    const cases: [what: string, text: string, parsed: number][] = [
      ["JSON", "[1]", 1],
      ["other text", "a=b", 1],
      ["JSON that is too deep", "[".repeat(1_000_000) + "]".repeat(1_000_000), 0],
      ["what only begins like it", "[".repeat(1_000_000), 0],
    ];
    await withStore(async (store) => {
      const state = new State(SCOPE, store);
      for (const [what, text, parsed] of cases) {
        await t.step(what, () => {
          const call = hostCall(`${STORE}#write`, "k", bytes(text), undefined);
          const texts = parsedWhile(() => {
            state.describe(call);
            state.answer(call, NEVER);
          });
          assertEquals(texts.length, parsed);
        });
      }
    });
  });

  Deno.test(`State in ${name} takes every key`, async (t) => {
    await withStore(async (store) => {
      const state = new State(SCOPE, store);
      const keys = ["", " ", "a:b", "a\0b", "a", "__proto__", "é\u{1f600}", "k".repeat(100_000)];
      for (const [at, key] of keys.entries()) write(state, key, String(at));
      for (const [at, key] of keys.entries()) {
        await t.step(`key ${at}`, () => assertEquals(read(state, key), String(at)));
      }
    });
  });

  Deno.test(`State in ${name} says not_found for what is absent or deleted`, async () => {
    await withStore((store) => {
      const state = new State(SCOPE, store);
      assertEquals(read(state, "k"), MISSING);
      write(state, "k", "1");
      const first = answerOf(state, `${STORE}#delete`, "k", undefined);
      assertEquals([first.reply, first.outputs], [{ type: "ok", value: "ok" }, { existed: true }]);
      const second = answerOf(state, `${STORE}#delete`, "k", undefined);
      assertEquals([second.reply, second.outputs], [{ type: "ok", value: "ok" }, { existed: false }]);
      assertEquals(read(state, "k"), MISSING);
      assertEquals(read(state, "__proto__"), MISSING);
      assertEquals(answerOf(state, `${STORE}#read`, "k", undefined).status, "error");
    });
  });

  Deno.test(`State in ${name} keeps scopes apart, and takes the guest's context before the run's`, async () => {
    await withStore((store) => {
      const state = new State(SCOPE, store);
      write(state, "k", "1");
      write(state, "k", "2", { tenant: "other" });
      write(state, "k", "3", { team: "blue" });
      write(state, "k", "4", { env: "dev" });
      write(state, "k", "5", { user: "bob" });
      assertEquals(read(state, "k"), "1");
      assertEquals(read(state, "k", { env: "local", tenant: "acme", userId: "ann" }), "1");
      assertEquals(read(state, "k", { env: "no id" }), "1");
      assertEquals(read(state, "k", { tenant: "other", user: "ann" }), "2");
      assertEquals(read(state, "k", { teamId: "blue" }), "3");
      assertEquals(read(state, "k", { team: "blue", teamId: "red" }), "3");
      assertEquals(read(state, "k", { env: "dev" }), "4");
      assertEquals(read(state, "k", { userId: "bob" }), "5");
      assertEquals(read(new State({ ...SCOPE, user: null }, store), "k"), MISSING);
    });
  });

  Deno.test(`State in ${name} spells keys as the reference does`, async () => {
    await withStore((store) => {
      const state = new State({ env: "dev", tenant: "acme", team: "blue", user: "ann" }, store);
      write(state, "a:b", "1");
      write(new State({ env: "a b", tenant: "acme", team: null, user: null }, store), "k", "x");
      assertEquals([...store.entries()], [
        ["greentic:state:dev:acme:blue:ann:runner:a:b", "1"],
        ["greentic:state:local:acme:runner:k", '"x"'],
      ]);
    });
  });

  Deno.test(`State in ${name} refuses ids that would blur its scopes`, async (t) => {
    const cases: [WitValue, string][] = [
      [{ tenant: "a:b" }, "invalid tenant id `a:b`"],
      [{ tenant: "" }, "invalid tenant id ``"],
      [{ team: "x y" }, "invalid team id `x y`"],
      [{ teamId: "é" }, "invalid team id `é`"],
      [{ user: "a/b" }, "invalid user id `a/b`"],
      [{ userId: "a\n" }, "invalid user id `a\n`"],
    ];
    await withStore(async (store) => {
      const state = new State(SCOPE, store);
      for (const [context, message] of cases) {
        await t.step(message, () => {
          const error = { code: "invalid-ctx", message };
          assertEquals(read(state, "k", context), error);
          assertEquals(write(state, "k", "1", context), error);
          assertEquals(answerOf(state, `${STORE}#delete`, "k", context).reply, { type: "err", error });
        });
      }
      assertEquals([...store.entries()], []);
    });
  });

  Deno.test(`State in ${name} ends the call of a guest that stores too much`, async () => {
    await withStore((store) => {
      const state = new State(SCOPE, store);
      assertEquals(write(state, "a", "x".repeat(2000)), "ok");
      const { reply, status } = answerOf(state, `${STORE}#write`, "b", bytes("x".repeat(4000)), undefined);
      assertEquals([reply.type === "abort" && reply.failure.code, status], ["limit.memory", "denied"]);
      assertEquals(read(state, "b"), MISSING);
      answerOf(state, `${STORE}#delete`, "a", undefined);
      assertEquals(write(state, "b", "x".repeat(4000)), "ok");
    }, 10_000);
  });

  Deno.test(`State in ${name} tells the record what was asked and answered`, async () => {
    await withStore((store) => {
      const state = new State(SCOPE, store);
      const describe = (fn: string, ...args: WitValue[]) =>
        state.describe(hostCall(`${STORE}#${fn}`, ...args));
      assertEquals(describe("write", "k", bytes('{"a":1}'), undefined), { key: "k", value: { a: 1 } });
      assertEquals(describe("read", "k", undefined), { key: "k" });
      assertEquals(describe("delete", "k", undefined), { key: "k" });
      const written = answerOf(state, `${STORE}#write`, "k", bytes('{"a":1}'), undefined);
      assertEquals(written.outputs, { stored: true });
      assertEquals(answerOf(state, `${STORE}#read`, "k", undefined).outputs, { value: { a: 1 } });
      assertEquals(answerOf(state, `${STORE}#read`, "x", undefined).outputs, { error: MISSING });
    });
  });

  Deno.test(`seedState() in ${name} writes what guests of the run would have written`, async (t) => {
    await withStore(async (store) => {
      const state = new State(SCOPE, store);
      const values = WRITTEN.map(([what, written]) =>
        [what, typeof written === "string" ? bytes(written) : written] as const
      );
      seedState(store, SCOPE, values);
      for (const [what, , expected] of WRITTEN) {
        await t.step(what, () => assertEquals(read(state, what), expected));
      }
    });
  });

  Deno.test(`seedState() in ${name} throws for values without scope or room`, async () => {
    await withStore((store) => {
      const large = assertThrows(() => seedState(store, SCOPE, [["big", new Uint8Array(9000)]]), RunnerError);
      assertEquals([large.code, large.place], ["limit.memory", "state key big"]);
      const odd = assertThrows(
        () => seedState(store, { ...SCOPE, tenant: "a:b" }, [["k", bytes("1")]]),
        RunnerError,
        "State has no scope: invalid tenant id `a:b`",
      );
      assertEquals(odd.code, "option.invalid");
      assertEquals([...store.entries()], []);
    }, 10_000);
  });
}
