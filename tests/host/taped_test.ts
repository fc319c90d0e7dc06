import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import type { Capability } from "../../lib/host/capability.ts";
import type { PutSecret } from "../../lib/host/put_secret.ts";
import { mockSecrets } from "../../lib/host/secrets/open.ts";
import { Secrets } from "../../lib/host/secrets/secrets.ts";
import { taped } from "../../lib/host/taped.ts";
import { TelemetryCapture } from "../../lib/host/telemetry/capture.ts";
import { bytes, hostCall, NEVER } from "./_helpers.ts";
import { ANSWER, capabilityOf, MemoryTape } from "./_tape.ts";

const CALL = hostCall("a:b/c#get", "k");
const BROKEN = {
  reply: { type: "abort", failure: { code: "internal", message: "Host call failed: broken" } },
  status: "error",
  provider: "real",
  outputs: { error: "Host call failed: broken" },
} as const;

function record(capability: Capability): { tape: MemoryTape; capability: Capability; heard: PutSecret[] } {
  const tape = new MemoryTape(), heard: PutSecret[] = [];
  return { tape, heard, capability: taped(capability, tape, (secret) => heard.push(secret)) };
}

Deno.test("taped() is the capability in all but its answers", () => {
  let closed = 0;
  const { capability } = record(capabilityOf(() => ANSWER, { close: () => void closed++ }));
  assertEquals([capability.name, capability.interfaces], ["fake", { "a:b/c": ["get"] }]);
  assertEquals(capability.describe(CALL), { asked: "k" });
  capability.close?.();
  assertEquals(closed, 1);
  record(capabilityOf(() => ANSWER)).capability.close?.();
});

Deno.test("taped() keeps an answer that comes at once before it gives it", () => {
  const { tape, capability } = record(capabilityOf(() => ANSWER));
  assertStrictEquals(capability.answer(CALL, NEVER), ANSWER);
  assertEquals(tape.kept, [[CALL, ANSWER]]);
});

Deno.test("taped() keeps an answer that comes later when it comes", async () => {
  const { promise, resolve } = Promise.withResolvers<typeof ANSWER>();
  const { tape, capability } = record(capabilityOf(() => promise));
  const answer = capability.answer(CALL, NEVER);
  assert(answer instanceof Promise);
  assertEquals(tape.kept, []);
  resolve(ANSWER);
  assertStrictEquals(await answer, ANSWER);
  assertEquals(tape.kept, [[CALL, ANSWER]]);
});

Deno.test("taped() keeps that a guest was stopped at once, and not the answer that comes after", async () => {
  const { promise, resolve } = Promise.withResolvers<typeof ANSWER>();
  const { tape, capability } = record(capabilityOf(() => promise));
  const stop = new AbortController();
  const answer = capability.answer(CALL, stop.signal);
  stop.abort();
  assertEquals(tape.kept, [[CALL, null]]);
  resolve(ANSWER);
  assertStrictEquals(await answer, ANSWER);
  assertEquals(tape.kept, [[CALL, null]]);
  await capability.answer(CALL, stop.signal);
  assertEquals(tape.kept, [[CALL, null], [CALL, null]], "a signal that was aborted before");
});

Deno.test("taped() keeps nothing more once an answer has come", async () => {
  const { tape, capability } = record(capabilityOf(() => Promise.resolve(ANSWER)));
  const stop = new AbortController();
  await capability.answer(CALL, stop.signal);
  stop.abort();
  assertEquals(tape.kept, [[CALL, ANSWER]]);
});

Deno.test("taped() keeps what a guest hears of a capability that breaks, and breaks too", async () => {
  const now = record(capabilityOf(() => {
    throw new Error("broken");
  }));
  assertThrows(() => now.capability.answer(CALL, NEVER), Error, "broken");
  assertEquals(now.tape.kept, [[CALL, BROKEN]]);
  const later = record(capabilityOf(() => Promise.reject(new Error("broken"))));
  await assertRejects(async () => await later.capability.answer(CALL, NEVER), Error, "broken");
  assertEquals(later.tape.kept, [[CALL, BROKEN]]);
});

Deno.test("taped() leaves out what a guest puts, and tells those that are taken", () => {
  const { tape, heard, capability } = record(new Secrets(mockSecrets({ TOKEN: "hunter22" }), () => {}));
  const name = "greentic:secrets-store/secrets-store@1.1.0";
  const put = hostCall(`${name}#put`, "k", bytes("pass phrase"));
  capability.answer(put, NEVER);
  capability.answer(hostCall(`${name}#put`, "large", new Uint8Array(5000)), NEVER);
  capability.answer(hostCall(`${name}#get`, "TOKEN"), NEVER);
  assertEquals(tape.kept.map(([{ fn, args }, answer]) => [fn, args, answer?.status]), [
    ["put", ["k"], "ok"],
    ["put", ["large"], "denied"],
    ["get", ["TOKEN"], "ok"],
  ]);
  assertEquals(heard, [{ name: "put/k", value: bytes("pass phrase") }]);
  assertEquals(put.args.length, 2, "the guest's own call is as it was");
});

Deno.test("taped() gives back what only takes what guests tell", () => {
  const telemetry = new TelemetryCapture(() => {});
  assertStrictEquals(taped(telemetry, new MemoryTape(), () => {}), telemetry);
});
