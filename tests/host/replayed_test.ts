import { assertEquals, assertStrictEquals } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { TapedAnswer } from "../../lib/base/tape.ts";
import type { Answer, Capability } from "../../lib/host/capability.ts";
import type { PutSecret } from "../../lib/host/put_secret.ts";
import { type NearestCall, replayed } from "../../lib/host/replayed.ts";
import { TelemetryCapture } from "../../lib/host/telemetry/capture.ts";
import { bytes, hostCall, NEVER } from "./_helpers.ts";
import { ANSWER, capabilityOf, OneAnswer } from "./_tape.ts";

const CALL = hostCall("a:b/c#get", "k");

interface Played {
  readonly capability: Capability;
  readonly player: OneAnswer;
  readonly heard: PutSecret[];
}

function play(answer: () => TapedAnswer | undefined, nearest?: NearestCall): Played {
  const player = new OneAnswer(answer), heard: PutSecret[] = [];
  const behind = capabilityOf(() => {
    throw new Error("a replay asks nobody");
  });
  const ports = { player, nearest: () => nearest, hear: (secret: PutSecret) => void heard.push(secret) };
  return { player, heard, capability: replayed(behind, ports) };
}

function messageOf(answer: Answer | Promise<Answer>): string {
  if (answer instanceof Promise || answer.reply.type !== "abort") throw new Error("the node goes on");
  assertEquals(answer.reply.failure.code, "replay.miss");
  assertEquals(answer.outputs, { error: answer.reply.failure.message });
  return answer.reply.failure.message;
}

Deno.test("replayed() gives what the recording has, at once, and asks nobody", () => {
  const { capability, player } = play(() => ANSWER);
  assertEquals(
    [capability.name, capability.interfaces, capability.describe(CALL)],
    ["fake", { "a:b/c": ["get"] }, { asked: "k" }],
  );
  assertStrictEquals(capability.answer(CALL, NEVER), ANSWER);
  assertEquals(player.asked, [CALL]);
});

Deno.test("replayed() waits where the recorded guest was stopped, until this one is", async () => {
  const { capability } = play(() => null);
  const stop = new AbortController();
  const answer = Promise.resolve(capability.answer(CALL, stop.signal));
  const first = await Promise.race([answer, Promise.resolve("waits")]);
  assertEquals(first, "waits");
  stop.abort();
  assertEquals((await answer).reply.type, "abort");
  assertEquals((await capability.answer(CALL, stop.signal)).reply.type, "abort");
});

Deno.test("replayed() ends a node that asks what the recording does not have, and names what comes nearest", async (t) => {
  const head = "Recorded run has no answer to a:b/c#get: ";
  const same = { interface: "a:b/c", fn: "get" };
  const vectors: [string, NearestCall | undefined, string][] = [
    ["nothing", undefined, "this node asked nothing more there"],
    [
      "another function",
      { interface: "d:e/f", fn: "put", path: null, recorded: undefined, asked: undefined },
      "the node called d:e/f#put next there",
    ],
    [
      "other arguments",
      { ...same, path: "args[0].url", recorded: "a", asked: { $text: "x".repeat(100) } },
      `the next call there has args[0].url "a", and this one has {"$text":"${"x".repeat(70)}…`,
    ],
    [
      "an argument more",
      { ...same, path: "args[1]", recorded: undefined, asked: null },
      "the next call there has args[1] absent, and this one has null",
    ],
  ];
  for (const [name, nearest, message] of vectors) {
    await t.step(name, () => {
      assertEquals(messageOf(play(() => undefined, nearest).capability.answer(CALL, NEVER)), head + message);
    });
  }
});

Deno.test("replayed() ends a node whose answer needs a secret that nobody knows", async () => {
  const { capability } = play(() => {
    throw new RunnerError("secret.missing", 'Secret "A" is not known here');
  });
  const { reply } = await capability.answer(CALL, NEVER);
  assertEquals(reply.type === "abort" && reply.failure.code, "secret.missing");
});

Deno.test("replayed() tells what a guest has put, and asks for the call without it", async () => {
  const { capability, player, heard } = play(() => ANSWER);
  const name = "greentic:secrets-store/secrets-store@1.1.0#put";
  await capability.answer(hostCall(name, "k", bytes("pass phrase")), NEVER);
  assertEquals(heard, [{ name: "put/k", value: bytes("pass phrase") }]);
  assertEquals(player.asked.map(({ args }) => args), [["k"]]);
  const refused = play(() => ({ ...ANSWER, reply: { type: "err", error: "denied" } }));
  await refused.capability.answer(hostCall(name, "k", bytes("pass phrase")), NEVER);
  assertEquals(refused.heard, []);
});

Deno.test("replayed() carries out what only takes what guests tell", () => {
  const telemetry = new TelemetryCapture(() => {});
  const ports = { player: new OneAnswer(() => undefined), nearest: () => undefined, hear: () => {} };
  assertStrictEquals(replayed(telemetry, ports), telemetry);
});
