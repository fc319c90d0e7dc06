import { assertEquals } from "@std/assert";
import type { HostCall, WitValue } from "../../../lib/base/call.ts";
import { HttpClient } from "../../../lib/host/http/client.ts";
import type { HttpRequest, HttpResult } from "../../../lib/host/http/message.ts";
import { bytes, hostCall, NEVER } from "../_helpers.ts";

const V1_0 = ["greentic:http/http-client@1.0.0#send", "greentic:http/client@1.0.0#send"];
const V1_1 = ["greentic:http/http-client@1.1.0#send", "greentic:http/client@1.1.0#send"];
const HTTP_V1 = "greentic:host/http-v1@1.0.0#request";
const CONTEXT = { timeoutMs: 1, followRedirects: false, tenant: "t" };

const RESPONSE: HttpResult = {
  type: "response",
  provider: "real",
  response: { status: 404, headers: [["set-cookie", "a"], ["set-cookie", "b"]], body: bytes('{"a":1}') },
};
const DENIED: HttpResult = {
  type: "failed",
  provider: "mock",
  error: { code: "denied", message: "host a.example not present in allowlist" },
  code: "http.denied",
  hint: "Allow it with --allow https://a.example",
};

/** A client before a transport that gives one result, with the requests that the transport gets. */
function client(result: HttpResult) {
  const requests: HttpRequest[] = [];
  const http = new HttpClient({
    send(request) {
      requests.push(request);
      return Promise.resolve(result);
    },
  });
  return { http, requests };
}

async function requestOf(call: HostCall): Promise<HttpRequest | undefined> {
  const { http, requests } = client(RESPONSE);
  await http.answer(call, NEVER);
  return requests[0];
}

Deno.test("HttpClient offers the five interfaces", () => {
  const names = Object.entries(client(DENIED).http.interfaces).map(([name, [fn]]) => `${name}#${fn}`);
  assertEquals(names.sort(), [...V1_0, ...V1_1, HTTP_V1].sort());
});

Deno.test("HttpClient asks what a guest asks, in each interface's own way", async (t) => {
  const body = new Uint8Array([0, 255]);
  const request: HttpRequest = {
    method: "PoSt",
    url: "https://a.example/x",
    headers: [["X-A", "1"], ["x-a", "2"]],
    body,
    timeoutMs: null,
    followRedirects: true,
    allowInsecure: false,
  };
  const { method, url, headers } = request;
  const asked: WitValue = { method, url, headers, body };
  const options = { timeoutMs: 500, allowInsecure: true, followRedirects: false };
  for (const name of V1_0) {
    await t.step(name, async () => assertEquals(await requestOf(hostCall(name, asked, CONTEXT)), request));
  }
  for (const name of V1_1) {
    await t.step(name, async () => {
      assertEquals(await requestOf(hostCall(name, asked, undefined, CONTEXT)), request);
      assertEquals(await requestOf(hostCall(name, asked, {}, CONTEXT)), request);
      assertEquals(await requestOf(hostCall(name, asked, options, CONTEXT)), { ...request, ...options });
    });
  }
  await t.step(HTTP_V1, async () => {
    const flat = ["X-A", "1", "x-a", "2", "odd"];
    assertEquals(await requestOf(hostCall(HTTP_V1, method, url, flat, body)), request);
    assertEquals(await requestOf(hostCall(HTTP_V1, method, url, [], undefined)), {
      ...request,
      headers: [],
      body: null,
    });
  });
});

Deno.test("HttpClient takes what is of another type than it should be for absent", async (t) => {
  const nothing = {
    method: "",
    url: "",
    headers: [],
    body: null,
    timeoutMs: null,
    followRedirects: true,
    allowInsecure: false,
  };
  const calls: [string, HostCall][] = [
    ["no arguments", hostCall(V1_1[0]!)],
    ["texts", hostCall(V1_1[0]!, "x", "y")],
    ["lists", hostCall(V1_1[0]!, [1, 2], [3])],
    [
      "fields",
      hostCall(V1_1[0]!, { method: 1, url: 2n, headers: "x", body: "y" }, {
        timeoutMs: "1",
        allowInsecure: 1,
      }),
    ],
    ["no flat arguments", hostCall(HTTP_V1)],
    ["flat numbers", hostCall(HTTP_V1, 1, 2, 3, 4)],
  ];
  for (const [name, call] of calls) {
    await t.step(name, async () => assertEquals(await requestOf(call), nothing));
  }
});

Deno.test("HttpClient answers with the response, and http-v1 with its body alone", async () => {
  const { http } = client(RESPONSE);
  const outputs = { status: 404, headers: { "set-cookie": "a, b" }, body: { a: 1 } };
  const value = { status: 404, headers: [["set-cookie", "a"], ["set-cookie", "b"]], body: bytes('{"a":1}') };
  const rest = { status: "ok" as const, provider: "real" as const, outputs };
  assertEquals(await http.answer(hostCall(V1_0[0]!), NEVER), { reply: { type: "ok", value }, ...rest });
  assertEquals(await http.answer(hostCall(HTTP_V1), NEVER), {
    reply: { type: "ok", value: value.body },
    ...rest,
  });
});

Deno.test("HttpClient tells no headers and no body where there are none, and what the transport notes", async () => {
  const response = { status: 204, headers: [], body: new Uint8Array() };
  const { http } = client({
    type: "response",
    provider: "mock",
    note: { recording: "get-a.json" },
    response,
  });
  const { outputs } = await http.answer(hostCall(V1_0[0]!), NEVER);
  assertEquals(outputs, { status: 204, recording: "get-a.json" });
});

Deno.test("HttpClient answers a failure with its error, and http-v1 with the message alone", async () => {
  const { http } = client(DENIED);
  const message = "host a.example not present in allowlist";
  const outputs = {
    error: { code: "denied", message },
    code: "http.denied",
    hint: "Allow it with --allow https://a.example",
  };
  const rest = { status: "denied" as const, provider: "mock" as const, outputs };
  assertEquals(await http.answer(hostCall(V1_1[1]!), NEVER), {
    reply: { type: "err", error: { code: "denied", message } },
    ...rest,
  });
  assertEquals(await http.answer(hostCall(HTTP_V1), NEVER), {
    reply: { type: "err", error: message },
    ...rest,
  });
});

Deno.test("HttpClient calls other failures errors, and ends the node where the transport says so", async () => {
  const error = { code: "unavailable", message: "connection to a.example:80 was refused" };
  const failed = client({ type: "failed", provider: "real", error, code: "http.unavailable" });
  const answer = await failed.http.answer(hostCall(V1_1[1]!), NEVER);
  assertEquals([answer.status, answer.outputs], ["error", { error, code: "http.unavailable" }]);

  const failure = { code: "replay.miss", message: "No recording", hint: "Record it" };
  const aborted = client({ type: "abort", provider: "mock", failure, note: { key: "k" } });
  for (const name of [V1_1[0]!, HTTP_V1]) {
    assertEquals(await aborted.http.answer(hostCall(name), NEVER), {
      reply: { type: "abort", failure },
      status: "error",
      provider: "mock",
      outputs: {
        error: { code: "replay.miss", message: "No recording" },
        code: "replay.miss",
        hint: "Record it",
        key: "k",
      },
    });
  }
});

Deno.test("HttpClient.describe() tells what is asked, and leaves out what is as usual", () => {
  const { http } = client(DENIED);
  const request = {
    method: "POST",
    url: "https://a.example/x",
    headers: [["Authorization", "s"], ["X-A", "1"], ["x-a", "2"]],
    body: bytes('{"a":1}'),
  };
  const options = { timeoutMs: 500, allowInsecure: true, followRedirects: false };
  const described = {
    method: "POST",
    url: "https://a.example/x",
    headers: { authorization: "s", "x-a": "1, 2" },
    body: { a: 1 },
  };
  assertEquals(http.describe(hostCall(V1_0[0]!, request, options)), described);
  assertEquals(http.describe(hostCall(V1_1[0]!, request, options, undefined)), {
    ...described,
    timeout_ms: 500,
    allow_insecure: true,
    follow_redirects: false,
  });
  assertEquals(http.describe(hostCall(HTTP_V1, "GET", "https://user:password@a.example/x", [], undefined)), {
    method: "GET",
    url: "https://__REDACTED__@a.example/x",
  });
});
