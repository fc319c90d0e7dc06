import { assert, assertEquals } from "@std/assert";
import type { HostReply } from "../../lib/base/call.ts";
import type { Json } from "../../lib/base/json.ts";
import type { RunEvent } from "../../lib/base/events.ts";
import type { Answer, Capability } from "../../lib/host/capability.ts";
import { HostTable } from "../../lib/host/table.ts";
import { hostCall, NEVER } from "./_helpers.ts";

const DONE: Answer = { reply: { type: "ok", value: 1 }, status: "ok", provider: "mock", outputs: { n: 1 } };

function capability(answer: Capability["answer"], name: string = "demo"): Capability {
  return {
    name,
    interfaces: { [`acme:${name}/api@1.0.0`]: ["get", "put"], [`acme:${name}/more@1.0.0`]: ["all"] },
    describe: ({ args }) => ({ key: String(args[0]) }),
    answer,
  };
}

function table(...capabilities: Capability[]) {
  const events: RunEvent[] = [];
  return { host: new HostTable(capabilities, (event) => void events.push(event)), events };
}

/** The pair of events for one call of `acme:demo/api#get` with the argument `k`. */
function pair(hostCallId: string, ending: Record<string, Json>): unknown[] {
  const { place } = hostCall("a#b");
  const shared = { hostCallId, place, capability: "demo", call: "acme:demo/api@1.0.0#get" };
  return [
    { type: "host.called", ...shared, inputs: { key: "k" } },
    { type: "host.returned", ...shared, ...ending },
  ];
}

const CALL = hostCall("acme:demo/api@1.0.0#get", "k");

Deno.test("HostTable offers the interfaces of all capabilities, and the types", () => {
  const { host } = table(capability(() => DONE), capability(() => DONE, "other"));
  assertEquals([...host.offers], [
    ["greentic:interfaces-types/types@0.1.0", []],
    ["greentic:types-core/core@0.6.0", []],
    ["acme:demo/api@1.0.0", ["get", "put"]],
    ["acme:demo/more@1.0.0", ["all"]],
    ["acme:other/api@1.0.0", ["get", "put"]],
    ["acme:other/more@1.0.0", ["all"]],
  ]);
});

Deno.test("HostTable asks the capability that owns the interface", () => {
  const asked: string[] = [];
  const noting = (name: string) => capability(({ fn }) => (asked.push(`${name} ${fn}`), DONE), name);
  const { host } = table(noting("demo"), noting("other"));
  host.answer(hostCall("acme:other/more@1.0.0#all"), NEVER);
  host.answer(CALL, NEVER);
  assertEquals(asked, ["other all", "demo get"]);
});

Deno.test("HostTable emits a pair of events for an answer that comes at once", () => {
  const { host, events } = table(capability(() => DONE));
  assertEquals(host.answer(CALL, NEVER), DONE.reply);
  assertEquals(events, pair("h1", { status: "ok", provider: "mock", outputs: { n: 1 } }));
});

Deno.test("HostTable emits a pair of events for an answer that takes its time", async () => {
  const waiting = Promise.withResolvers<Answer>();
  const { host, events } = table(capability(() => waiting.promise));
  const reply = host.answer(CALL, NEVER);
  assertEquals(events.map(({ type }) => type), ["host.called"]);
  waiting.resolve({ ...DONE, status: "denied" });
  assertEquals(await reply, DONE.reply);
  assertEquals(events, pair("h1", { status: "denied", provider: "mock", outputs: { n: 1 } }));
});

Deno.test("HostTable numbers calls, and pairs them when answers come out of order", async () => {
  const waiting = [Promise.withResolvers<Answer>(), Promise.withResolvers<Answer>()];
  let next = 0;
  const { host, events } = table(capability(() => waiting[next++]!.promise));
  const replies = [host.answer(CALL, NEVER), host.answer(CALL, NEVER)];
  waiting[1]!.resolve(DONE);
  await replies[1];
  waiting[0]!.resolve(DONE);
  await replies[0];
  assertEquals(
    events.map((event) => "hostCallId" in event ? `${event.type} ${event.hostCallId}` : ""),
    ["host.called h1", "host.called h2", "host.returned h2", "host.returned h1"],
  );
});

Deno.test("HostTable ends the node when a capability breaks", async (t) => {
  const reply: HostReply = {
    type: "abort",
    failure: { code: "internal", message: "Host call failed: disk is full" },
  };
  const ending = { status: "error", provider: "real", outputs: { error: "Host call failed: disk is full" } };
  const cases: [string, Capability["answer"]][] = [
    ["at once", () => {
      throw new Error("disk is full");
    }],
    ["later", () => Promise.reject(new Error("disk is full"))],
    ["with no error", () => Promise.reject("disk is full")],
  ];
  for (const [name, answer] of cases) {
    await t.step(name, async () => {
      const { host, events } = table(capability(answer));
      assertEquals(await host.answer(CALL, NEVER), reply);
      assertEquals(events, pair("h1", ending));
    });
  }
});

Deno.test("HostTable marks a call as cancelled when its guest no longer waits", async () => {
  const controller = new AbortController();
  let seen: AbortSignal | undefined;
  const waiting = Promise.withResolvers<Answer>();
  const { host, events } = table(capability((_, signal) => {
    seen = signal;
    return waiting.promise;
  }));
  const reply = host.answer(CALL, controller.signal);
  assertEquals(seen, controller.signal);
  controller.abort();
  waiting.resolve(DONE);
  await reply;
  assertEquals(events, pair("h1", { status: "cancelled", provider: "refuse", outputs: null }));
});

Deno.test("HostTable records excerpts that do not keep what they were taken from", async () => {
  const probe = new URL("_record_probe.ts", import.meta.url);
  const args = ["run", "--no-check", "--v8-flags=--max-old-space-size=100", probe.href];
  const { success } = await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" })
    .output();
  assert(success);
});
