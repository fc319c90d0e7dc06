import { assert, assertEquals } from "@std/assert";
import { canonicalKey, SecretsMock } from "../../../lib/host/secrets/mock.ts";
import { answerOf, bytes, hostCall } from "../_helpers.ts";

const GET = "greentic:secrets-store/secrets-store@1.0.0#get";
const PUT = "greentic:secrets-store/secrets-store@1.1.0#put";

function secrets(values: Record<string, string>) {
  const heard: string[] = [];
  return { mock: new SecretsMock(values, (value) => void heard.push(value)), heard };
}

Deno.test("canonicalKey() spells keys as stores do", async (t) => {
  const cases = [["API_KEY", "api_key"], [" Api-Key.1 ", "api_key_1"], ["é", "_"], ["", ""], [
    "a/b:c",
    "a_b_c",
  ]];
  for (const [key, canonical] of cases) await t.step(key!, () => assertEquals(canonicalKey(key!), canonical));
});

Deno.test("SecretsMock finds a key as spelled, then as stores spell it", async (t) => {
  const { mock } = secrets({
    TOKEN: "upper",
    token: "lower",
    api_key: "é",
    __proto__x: "p",
    constructor: "c",
  });
  const cases: [string, string][] = [
    ["TOKEN", "upper"],
    ["token", "lower"],
    ["Token", "lower"],
    ["API-KEY", "é"],
    ["constructor", "c"],
  ];
  for (const [key, value] of cases) {
    await t.step(key, () => {
      assertEquals(answerOf(mock, GET, key), {
        reply: { type: "ok", value: bytes(value) },
        status: "ok",
        provider: "mock",
        outputs: { found: true, source: "map" },
      });
    });
  }
});

Deno.test("SecretsMock says not-found for all else", async (t) => {
  const { mock } = secrets({ TOKEN: "x" });
  for (const key of ["token", "HOME", "PATH", "toString", "__proto__", ""]) {
    await t.step(key, () => {
      assertEquals(answerOf(mock, GET, key), {
        reply: { type: "err", error: "not-found" },
        status: "error",
        provider: "mock",
        outputs: { found: false },
      });
    });
  }
});

Deno.test("SecretsMock keeps what a guest puts, and tells of it so that records hide it", () => {
  const { mock, heard } = secrets({ a: "old" });
  assertEquals(answerOf(mock, PUT, "a", bytes("new")), {
    reply: { type: "ok", value: undefined },
    status: "ok",
    provider: "mock",
    outputs: { stored: true },
  });
  assertEquals(answerOf(mock, GET, "a").reply, { type: "ok", value: bytes("new") });
  assertEquals(heard, ["new"]);
  const other = secrets({ a: "old" });
  assertEquals(answerOf(other.mock, GET, "a").reply, { type: "ok", value: bytes("old") });
});

Deno.test("SecretsMock ends the node for a put without a key", () => {
  const { mock, heard } = secrets({});
  for (const key of ["", "  "]) {
    const { reply, status } = answerOf(mock, PUT, key, bytes("v"));
    const message = `secret write denied for key ${key}: invalid key`;
    assertEquals(reply, { type: "abort", failure: { code: "node.failed", message } });
    assertEquals(status, "denied");
  }
  assertEquals(heard, []);
});

Deno.test("SecretsMock never tells a value in what is recorded", () => {
  const { mock } = secrets({ TOKEN: "s3cret" });
  const put = hostCall(PUT, "TOKEN", bytes("s3cret"));
  assertEquals(mock.describe(put), { key: "TOKEN" });
  for (const { outputs } of [answerOf(mock, GET, "TOKEN"), answerOf(mock, PUT, "TOKEN", bytes("s3cret"))]) {
    assert(!JSON.stringify(outputs).includes("s3cret"));
  }
});
