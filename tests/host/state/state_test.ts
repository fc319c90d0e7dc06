import { assertEquals } from "@std/assert";
import { RunnerError } from "../../../lib/base/errors.ts";
import { State } from "../../../lib/host/state/state.ts";
import { answerOf, bytes, kept } from "../_helpers.ts";
import { Kv } from "../../../lib/host/kv/kv.ts";
import { MemoryStore } from "../../../lib/host/state/memory_store.ts";
import { brokenStore, STORES } from "./_stores.ts";
import { stateSuite } from "./_suite.ts";

const STORE = "greentic:state/state-store@1.0.0";
const SCOPE = { env: "local", tenant: "acme", team: null, user: null };

for (const [name, withStore] of STORES) stateSuite(name, withStore);

Deno.test("State tells readers of a broken store that it is, and ends the call of writers", () => {
  const state = new State(SCOPE, brokenStore(new RunnerError("state.file", "State file is damaged")));
  const error = { code: "internal", message: "State file is damaged" };
  for (const fn of ["read", "delete"]) {
    assertEquals(answerOf(state, `${STORE}#${fn}`, "k", undefined).reply, { type: "err", error });
  }
  assertEquals(answerOf(state, `${STORE}#write`, "k", bytes("1"), undefined).reply, {
    type: "abort",
    failure: { code: "state.file", message: "State file is damaged" },
  });
});

Deno.test("State hands over what others wrote into its store as it is", () => {
  const store = new MemoryStore(kept());
  store.set("greentic:state:local:acme:runner:k", "a=b");
  const { reply, outputs } = answerOf(new State(SCOPE, store), `${STORE}#read`, "k", undefined);
  assertEquals([reply, outputs], [{ type: "ok", value: bytes("a=b") }, { value: "a=b" }]);
});

Deno.test("State and Kv share the room of their run", () => {
  const store = new MemoryStore(kept(10_000));
  const kv = new Kv(SCOPE, store), state = new State(SCOPE, store);
  const put = (key: string) =>
    answerOf(kv, "greentic:host/kv-v1@1.0.0#put", "n", key, "x".repeat(2000)).status;
  const write = (key: string) =>
    answerOf(state, `${STORE}#write`, key, bytes("x".repeat(2000)), undefined).status;
  assertEquals([put("a"), write("a"), put("b"), write("b")], ["ok", "ok", "denied", "denied"]);
  answerOf(state, `${STORE}#delete`, "a", undefined);
  assertEquals(put("b"), "ok");
});
