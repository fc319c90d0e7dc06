import { assertEquals } from "@std/assert";
import { KvMemory } from "../../../lib/host/kv/memory.ts";
import { answerOf, hostCall, kept } from "../_helpers.ts";

const KV = "greentic:host/kv-v1@1.0.0";

Deno.test("KvMemory keeps texts under name space and key", () => {
  const kv = new KvMemory(kept());
  const get = (ns: string, key: string) => answerOf(kv, `${KV}#get`, ns, key).reply;
  assertEquals(get("n", "k"), { type: "ok", value: undefined });
  assertEquals(answerOf(kv, `${KV}#put`, "n", "k", "v").reply, { type: "ok", value: undefined });
  assertEquals(get("n", "k"), { type: "ok", value: "v" });
  answerOf(kv, `${KV}#put`, "n", "k", "");
  assertEquals(get("n", "k"), { type: "ok", value: "" });
  assertEquals(get("__proto__", "constructor"), { type: "ok", value: undefined });
});

Deno.test("KvMemory never mixes up name space and key", () => {
  const kv = new KvMemory(kept());
  answerOf(kv, `${KV}#put`, "a", 'b","c', "1");
  answerOf(kv, `${KV}#put`, "a,b", "c", "2");
  for (const [ns, key] of [['a","b', "c"], ["a", "b,c"], ["", "a"], ["ab", "c"]] as const) {
    assertEquals(answerOf(kv, `${KV}#get`, ns, key).reply, { type: "ok", value: undefined });
  }
});

Deno.test("KvMemory tells the record what was asked and answered", () => {
  const kv = new KvMemory(kept());
  assertEquals(kv.describe(hostCall(`${KV}#put`, "n", "k", "v")), { ns: "n", key: "k", value: "v" });
  assertEquals(kv.describe(hostCall(`${KV}#get`, "n", "k")), { ns: "n", key: "k" });
  assertEquals(answerOf(kv, `${KV}#get`, "n", "k").outputs, { found: false });
  assertEquals(answerOf(kv, `${KV}#put`, "n", "k", "v").outputs, { stored: true });
  const { outputs, status, provider } = answerOf(kv, `${KV}#get`, "n", "k");
  assertEquals({ outputs, status, provider }, {
    outputs: { found: true, value: "v" },
    status: "ok",
    provider: "real",
  });
});
