import { assertEquals } from "@std/assert";
import { KeptTexts } from "../../lib/host/kept_texts.ts";
import { KvMemory } from "../../lib/host/kv/memory.ts";
import { StateMemory } from "../../lib/host/state/memory.ts";
import { answerOf, bytes, kept } from "./_helpers.ts";

const KV = "greentic:host/kv-v1@1.0.0";
const STORE = "greentic:state/state-store@1.0.0";
const SCOPE = { env: "local", tenant: "acme", team: null, user: null };
const LIMIT = 10_000;
const FAILURE = {
  code: "limit.memory",
  message: "The size of what components store in the run exceeds the limit maxMemoryBytes of 10000 bytes",
  hint: "Raise it with --max-memory-mb or the option limits.maxMemoryBytes",
};

Deno.test("KeptTexts counts keys and values, and gives back what is replaced or deleted", () => {
  const texts = new KeptTexts(kept(LIMIT));
  assertEquals(texts.set("a", "x".repeat(4000)), null);
  assertEquals(texts.set("b", "x".repeat(1000)), FAILURE);
  assertEquals(texts.get("b"), undefined);
  assertEquals(texts.set("b".repeat(1000), ""), FAILURE);
  for (let round = 0; round < 3; round++) {
    assertEquals(texts.set("a", "y".repeat(4500)), null);
    assertEquals(texts.set("a", "x".repeat(10)), null);
    assertEquals(texts.set("b", "x".repeat(4500)), null);
    assertEquals(texts.set("a", "x".repeat(400)), FAILURE);
    assertEquals(texts.get("a"), "x".repeat(10));
    assertEquals([texts.delete("b"), texts.delete("b")], [true, false]);
  }
});

Deno.test("KeptTexts counts entries without characters too", () => {
  const texts = new KeptTexts(kept(LIMIT));
  const failures = Array.from({ length: 1000 }, (_, index) => texts.set(String(index), ""));
  assertEquals(failures[0], null);
  assertEquals(failures[999], FAILURE);
});

Deno.test("KvMemory and StateMemory share the room of their run, and end the call that goes beyond it", () => {
  const room = kept(LIMIT);
  const kv = new KvMemory(room), state = new StateMemory(SCOPE, room);
  const put = (key: string) => answerOf(kv, `${KV}#put`, "n", key, "x".repeat(2000));
  const write = (key: string) => answerOf(state, `${STORE}#write`, key, bytes("x".repeat(2000)), undefined);
  const refused = {
    reply: { type: "abort", failure: FAILURE },
    status: "denied",
    provider: "real",
    outputs: { error: FAILURE.message },
  } as const;
  assertEquals([put("a").status, write("a").status], ["ok", "ok"]);
  assertEquals([put("b"), write("b")], [refused, refused]);
  assertEquals(answerOf(kv, `${KV}#get`, "n", "b").outputs, { found: false });
  answerOf(state, `${STORE}#delete`, "a", undefined);
  assertEquals(put("b").status, "ok");
});
