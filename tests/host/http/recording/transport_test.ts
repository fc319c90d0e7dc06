import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { HttpResult } from "../../../../lib/host/http/message.ts";
import { fixedClock } from "../../../../lib/base/clock.ts";
import { fingerprintOf } from "../../../../lib/host/http/recording/cassette.ts";
import type { RecordingMode } from "../../../../lib/host/http/recording/mode.ts";
import {
  readRecording,
  type Recording,
  writeRecording,
} from "../../../../lib/host/http/recording/recording.ts";
import { HIDDEN } from "../../../../lib/host/http/recording/scrub.ts";
import type { OnExpired } from "../../../../lib/host/http/recording/expiry.ts";
import { exists, tempFolder, textsBelow } from "../../../_helpers.ts";
import { isSecretName, Redactor } from "../../../../lib/record/redact.ts";
import { secretForms } from "../../../../lib/record/secret_forms.ts";
import { bytes, NEVER } from "../../_helpers.ts";
import {
  recorded,
  recording,
  REFUSED,
  request,
  response,
  run,
  ScriptedHttp,
  secrecy,
  URL_A,
} from "./_helpers.ts";

const FILE = "one.json";
const UNREACHABLE: HttpResult = {
  type: "failed",
  provider: "real",
  error: { code: "unavailable", message: "no route" },
  code: "http.unavailable",
};

async function put(folder: string, content: Recording, file: string = FILE): Promise<void> {
  await Deno.writeTextFile(`${folder}/${file}`, writeRecording(content));
}

async function only(folder: string): Promise<Recording> {
  const [[name, text] = ["", ""], ...others] = await textsBelow(folder);
  assertEquals(others, []);
  const read = readRecording(bytes(text));
  if ("fault" in read) throw new Error(`${name} ${read.fault}`);
  return read.recording;
}

/** How a request ended, in a word: `real: text`, `mock: text`, `denied: text`, `ends: code`. */
function told(result: HttpResult): string {
  if (result.type === "abort") return `ends: ${result.failure.code}`;
  if (result.type === "failed") return `${result.error.code}: ${result.error.message} (${result.code})`;
  return `${result.provider}: ${new TextDecoder().decode(result.response.body)}`;
}

/** What a mode does with a request that is recorded or not, to a host that is allowed or not; and what is kept. */
const DECISIONS: readonly [
  mode: RecordingMode,
  recorded: boolean,
  allowed: boolean,
  told: string,
  asked: number,
  kept: string[],
][] = [
  ["off", true, true, "real: real", 1, ["recorded"]],
  ["off", false, true, "real: real", 1, []],
  ["off", true, false, "denied: host api.example not present in allowlist (http.denied)", 1, ["recorded"]],
  ["off", false, false, "denied: host api.example not present in allowlist (http.denied)", 1, []],
  ["record", true, true, "real: real", 1, ["real"]],
  ["record", false, true, "real: real", 1, ["real"]],
  ["record", true, false, "denied: host api.example not present in allowlist (http.denied)", 1, ["recorded"]],
  ["record", false, false, "denied: host api.example not present in allowlist (http.denied)", 1, []],
  ["replay", true, true, "mock: recorded", 0, ["recorded"]],
  ["replay", false, true, "denied: no recorded response (replay.miss)", 0, []],
  ["replay", true, false, "mock: recorded", 0, ["recorded"]],
  ["replay", false, false, "denied: host api.example not present in allowlist (replay.miss)", 0, []],
  ["record-replay", true, true, "mock: recorded", 0, ["recorded"]],
  ["record-replay", false, true, "real: real", 1, ["real"]],
  ["record-replay", true, false, "mock: recorded", 0, ["recorded"]],
  ["record-replay", false, false, "denied: host api.example not present in allowlist (http.denied)", 1, []],
  ["fail-on-miss", true, true, "mock: recorded", 0, ["recorded"]],
  ["fail-on-miss", false, true, "ends: replay.miss", 0, []],
  ["fail-on-miss", true, false, "mock: recorded", 0, ["recorded"]],
  ["fail-on-miss", false, false, "ends: replay.miss", 0, []],
  ["lockdown", true, true, "mock: recorded", 0, ["recorded"]],
  ["lockdown", false, true, "ends: replay.miss", 0, []],
  ["lockdown", true, false, "mock: recorded", 0, ["recorded"]],
  ["lockdown", false, false, "ends: replay.miss", 0, []],
];

Deno.test("RecordedHttp decides by mode, recording and allowlist", async (t) => {
  for (const [mode, isRecorded, allowed, expected, asked, kept] of DECISIONS) {
    const name = `${mode}, ${isRecorded ? "recorded" : "not recorded"}, ${
      allowed ? "allowed" : "not allowed"
    }`;
    await t.step(name, async () => {
      await using folder = await tempFolder();
      if (isRecorded) await put(folder.path, recording());
      const inner = new ScriptedHttp(allowed ? "real" : REFUSED);
      const refusal = () => allowed ? null : REFUSED;
      const { http } = await run(folder.path, mode, { inner, refusal });
      assertEquals(told(await http.send(request(), NEVER)), expected);
      assertEquals(inner.asked.length, asked);
      const texts = [...await textsBelow(folder.path)].map(([, text]) => text);
      assertEquals(texts.map((text) => kept.find((body) => text.includes(`"text": "${body}"`))), kept);
    });
  }
});

Deno.test("RecordedHttp says who answered, and from which file", async () => {
  await using folder = await tempFolder();
  await put(folder.path, recording());
  const replayed = await (await run(folder.path, "replay")).http.send(request(), NEVER);
  assertEquals(replayed, {
    type: "response",
    provider: "mock",
    note: { recording: FILE, answer: 1 },
    response: response("recorded"),
  });
  const inner = new ScriptedHttp({
    type: "response",
    provider: "real",
    note: { redirects: 1 },
    response: response("real", { status: 404, headers: [["a", "b"], ["a", "c"]] }),
  });
  const { http } = await run(folder.path, "record", { inner });
  assertEquals(await http.send(request(), NEVER), {
    type: "response",
    provider: "real",
    note: { redirects: 1, recorded: FILE },
    response: response("real", { status: 404, headers: [["a", "b"], ["a", "c"]] }),
  });
});

Deno.test("RecordedHttp records when, what and how long", async () => {
  await using folder = await tempFolder();
  const headers = [["Accept", "text/plain"]] as const;
  const inner = new ScriptedHttp({
    type: "response",
    provider: "real",
    response: { status: 201, headers: [["a", "b"]], body: new Uint8Array([0, 255]) },
  });
  const { http } = await run(folder.path, "record", {
    inner,
    clock: fixedClock("2026-05-05T05:05:05.25Z", 40),
  });
  await http.send(
    request({ method: "post", url: "https://API.example/x#f", headers, body: '{"a":1}' }),
    NEVER,
  );
  assertEquals(await only(folder.path), {
    request: { method: "POST", url: "https://api.example/x", headers, body: { json: { a: 1 } } },
    responses: [{
      recordedAt: "2026-05-05T05:05:05.25Z",
      status: 201,
      headers: [["a", "b"]],
      body: { base64: "AP8=" },
      durationMs: 40,
    }],
    redactions: [],
  });
});

Deno.test("RecordedHttp replays every byte that it recorded", async () => {
  await using folder = await tempFolder();
  const body = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const answer = { status: 200, headers: [], body };
  const inner = new ScriptedHttp({ type: "response", provider: "real", response: answer });
  const asked = { ...request({ method: "POST" }), body: body.toReversed() };
  await (await run(folder.path, "record", { inner })).http.send(asked, NEVER);
  const replayed = await (await run(folder.path, "lockdown")).http.send(asked, NEVER);
  assertEquals(replayed.type === "response" && replayed.response, answer);
});

Deno.test("RecordedHttp keeps no failures", async (t) => {
  for (const mode of ["record", "record-replay"] as const) {
    await t.step(mode, async () => {
      await using folder = await tempFolder();
      const { http } = await run(`${folder.path}/none`, mode, { inner: new ScriptedHttp(UNREACHABLE) });
      assertEquals(await http.send(request(), NEVER), UNREACHABLE);
      assert(!await exists(`${folder.path}/none`));
    });
  }
});

Deno.test("RecordedHttp gives the answers of one request in order, then the last again", async () => {
  await using folder = await tempFolder();
  await put(folder.path, recording(URL_A, recorded("first"), recorded("second")));
  const { http } = await run(folder.path, "replay");
  const results: HttpResult[] = [];
  for (let i = 0; i < 4; i++) results.push(await http.send(request(), NEVER));
  assertEquals(results.map(told), ["mock: first", "mock: second", "mock: second", "mock: second"]);
  assertEquals(results.map(({ note }) => note), [
    { recording: FILE, answer: 1 },
    { recording: FILE, answer: 2 },
    { recording: FILE, answer: 2, repeated: true },
    { recording: FILE, answer: 2, repeated: true },
  ]);
  const next = await run(folder.path, "replay");
  assertEquals(told(await next.http.send(request(), NEVER)), "mock: first");
});

Deno.test("RecordedHttp records the answers of one request in order, in place of older ones", async (t) => {
  for (const mode of ["record", "record-replay"] as const) {
    await t.step(mode, async () => {
      await using folder = await tempFolder();
      if (mode === "record") await put(folder.path, recording(URL_A, recorded("old"), recorded("older")));
      const inner = new ScriptedHttp("one", UNREACHABLE, "two");
      const { http } = await run(folder.path, mode, { inner });
      const results: string[] = [];
      for (let i = 0; i < 3; i++) results.push(told(await http.send(request(), NEVER)));
      assertEquals(results, ["real: one", "unavailable: no route (http.unavailable)", "real: two"]);
      assertEquals((await only(folder.path)).responses.map(({ body }) => body), [{ text: "one" }, {
        text: "two",
      }]);
    });
  }
});

Deno.test("RecordedHttp loses no answer of requests that are asked at once", async () => {
  await using folder = await tempFolder();
  const texts = Array.from({ length: 20 }, (_, i) => `answer ${i}`);
  const { http } = await run(folder.path, "record", { inner: new ScriptedHttp(...texts) });
  await Promise.all(texts.map(() => http.send(request(), NEVER)));
  const { responses } = await only(folder.path);
  assertEquals(
    responses.map(({ body }) => JSON.stringify(body)).sort(),
    texts.map((text) => `{"text":"${text}"}`).sort(),
  );
});

Deno.test("RecordedHttp tells a miss with the nearest recording", async () => {
  await using folder = await tempFolder();
  await put(folder.path, recording());
  const asked = request({ url: "https://api.example/items?page=2" });
  const details = {
    nearest: { file: FILE, differences: [{ field: "query.page", recorded: "1", asked: "2" }] },
  };
  const message = "No recording answers GET https://api.example/items?page=2: " +
    'the nearest, "one.json", differs in query.page (recorded 1, asked 2)';
  const hint = `Record it with --mocks record --recordings ${folder.path} --allow https://api.example`;
  assertEquals(await (await run(folder.path, "replay")).http.send(asked, NEVER), {
    type: "failed",
    provider: "refuse",
    error: { code: "denied", message: "no recorded response" },
    code: "replay.miss",
    hint: `${message}. ${hint}`,
    note: details,
  });
  for (const mode of ["fail-on-miss", "lockdown"] as const) {
    assertEquals(await (await run(folder.path, mode)).http.send(asked, NEVER), {
      type: "abort",
      provider: "refuse",
      failure: { code: "replay.miss", message, hint, place: folder.path, details },
    });
  }
});

Deno.test("RecordedHttp tells how to record where nothing is recorded", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/none here`;
  const result = await (await run(path, "lockdown")).http.send(
    request({ url: "http://h.example:81/x" }),
    NEVER,
  );
  assertEquals(result.type === "abort" && result.failure, {
    code: "replay.miss",
    message: `No recording answers GET http://h.example:81/x: there is none in "${path}"`,
    hint: `Record it with --mocks record --recordings '${path}' --allow http://h.example:81`,
    place: path,
    details: {},
  });
  const unknown = await (await run(path, "lockdown")).http.send(request({ url: "no address" }), NEVER);
  assertEquals(
    unknown.type === "abort" && unknown.failure.hint,
    `Record it with --mocks record --recordings '${path}'`,
  );
});

Deno.test("RecordedHttp tells no address of any length", async () => {
  await using folder = await tempFolder();
  const asked = request({ url: `https://api.example/${"x".repeat(10_000)}` });
  const result = await (await run(folder.path, "lockdown")).http.send(asked, NEVER);
  assert(result.type === "abort");
  assert(JSON.stringify(result).length < 1000);
});

Deno.test("RecordedHttp does with a recording that is too old what it is told", async (t) => {
  const cases: [mode: RecordingMode, onExpired: OnExpired, told: string][] = [
    ["replay", "warn", "mock: recorded"],
    ["record-replay", "warn", "mock: recorded"],
    ["fail-on-miss", "warn", "mock: recorded"],
    ["lockdown", "warn", "ends: recording.expired"],
    ["replay", "error", "ends: recording.expired"],
    ["record-replay", "error", "ends: recording.expired"],
    ["fail-on-miss", "error", "ends: recording.expired"],
    ["lockdown", "error", "ends: recording.expired"],
    ["replay", "record", "ends: recording.expired"],
    ["record-replay", "record", "real: real"],
    ["fail-on-miss", "record", "ends: recording.expired"],
    ["lockdown", "record", "ends: recording.expired"],
  ];
  for (const [mode, onExpired, expected] of cases) {
    await t.step(`${mode}, ${onExpired}`, async () => {
      await using folder = await tempFolder();
      await put(folder.path, recording());
      const before = await textsBelow(folder.path);
      const inner = new ScriptedHttp(...expected === "real: real" ? ["real"] : []);
      const parts = { inner, onExpired, expireAfterDays: 30, clock: fixedClock("2026-03-31T00:00:01Z", 0) };
      const { http, warnings } = await run(folder.path, mode, parts);
      assertEquals(told(await http.send(request(), NEVER)), expected);
      assertEquals(warnings.length, expected === "mock: recorded" ? 1 : 0);
      if (expected === "real: real") assertEquals((await only(folder.path)).responses.length, 1);
      else assertEquals(await textsBelow(folder.path), before);
    });
  }
});

Deno.test("RecordedHttp warns once of a recording that is too old, and notes it each time", async () => {
  await using folder = await tempFolder();
  await put(folder.path, recording());
  const parts = { expireAfterDays: 30, clock: fixedClock("2026-04-10T12:00:00Z", 0) };
  const { http, warnings } = await run(folder.path, "replay", parts);
  await http.send(request(), NEVER);
  const again = await http.send(request(), NEVER);
  assertEquals(again.note, { recording: FILE, answer: 1, repeated: true, expired: "2026-03-01T00:00:00Z" });
  assertEquals(warnings, [[
    "recording.expired",
    'Recording "one.json" is 40 days old and expires after 30',
    `${folder.path}/${FILE}`,
  ]]);
});

Deno.test("RecordedHttp says how to renew a recording that ends the node", async () => {
  await using folder = await tempFolder();
  await put(folder.path, recording());
  const parts = { expireAfterDays: 30, clock: fixedClock("2026-04-10T00:00:00Z", 0) };
  const result = await (await run(folder.path, "lockdown", parts)).http.send(request(), NEVER);
  assertEquals(result.type === "abort" && result.failure, {
    code: "recording.expired",
    message: 'Recording "one.json" is 40 days old and expires after 30',
    hint: `Record it with --mocks record --recordings ${folder.path} --allow https://api.example`,
    place: `${folder.path}/${FILE}`,
    details: { recording: FILE, recorded_at: "2026-03-01T00:00:00Z" },
  });
});

Deno.test("RecordedHttp takes recordings to the last moment of their time, and those from the future", async (t) => {
  for (const now of ["2026-03-31T00:00:00Z", "2020-01-01T00:00:00Z"]) {
    await t.step(now, async () => {
      await using folder = await tempFolder();
      await put(folder.path, recording());
      const { http, warnings } = await run(folder.path, "lockdown", {
        expireAfterDays: 30,
        clock: fixedClock(now, 0),
      });
      assertEquals(told(await http.send(request(), NEVER)), "mock: recorded");
      assertEquals(warnings, []);
    });
  }
});

Deno.test("RecordedHttp keeps a recording that is too old while there is no new answer", async () => {
  await using folder = await tempFolder();
  await put(folder.path, recording());
  const parts = {
    onExpired: "record",
    expireAfterDays: 1,
    inner: new ScriptedHttp(UNREACHABLE),
    clock: fixedClock("2026-04-01T00:00:00Z", 0),
  } as const;
  const { http } = await run(folder.path, "record-replay", parts);
  assertEquals(await http.send(request(), NEVER), UNREACHABLE);
  assertEquals(await only(folder.path), recording());
});

Deno.test("RecordedHttp rewrites addresses before anything else, by the first rule that fits", async (t) => {
  const rewrites = [
    ["https://api.example/v1", "http://127.0.0.1:8080/one"],
    ["https://api.example", "http://127.0.0.1:8080"],
  ] as const;
  const url = "https://api.example/v1/x?y=z", local = "http://127.0.0.1:8080/one/x?y=z";
  for (const mode of ["off", "record", "record-replay"] as const) {
    await t.step(`${mode}: what is asked`, async () => {
      await using folder = await tempFolder();
      const inner = new ScriptedHttp("real");
      const result = await (await run(folder.path, mode, { inner, rewrites })).http.send(
        request({ url }),
        NEVER,
      );
      assertEquals(inner.asked.map(({ url }) => url), [local]);
      assertEquals(result.note?.["rewritten"], local);
      if (mode !== "off") assertEquals((await only(folder.path)).request.url, local);
    });
  }
  await t.step("what is looked up", async () => {
    await using folder = await tempFolder();
    await put(folder.path, recording(local));
    const { http } = await run(folder.path, "lockdown", { rewrites });
    assertEquals(told(await http.send(request({ url }), NEVER)), "mock: recorded");
  });
  await t.step("what is allowed", async () => {
    await using folder = await tempFolder();
    const seen: string[] = [];
    const refusal = ({ url }: { url: string }) => (seen.push(url), null);
    const { http } = await run(folder.path, "replay", { rewrites, refusal });
    await http.send(request({ url: "https://api.example/v2" }), NEVER);
    assertEquals(seen, ["http://127.0.0.1:8080/v2"]);
  });
  await t.step("nothing that begins otherwise", async () => {
    await using folder = await tempFolder();
    const inner = new ScriptedHttp("real");
    const { http } = await run(folder.path, "off", { rewrites, inner });
    const url = "https://other.example/?next=https://api.example";
    const result = await http.send(request({ url }), NEVER);
    assertEquals([inner.asked[0]?.url, result.note], [url, undefined]);
  });
});

Deno.test("RecordedHttp answers from the reference's cassettes, and never changes them", async (t) => {
  const secret = "cassette-secret";
  const asked = request({ method: "post", url: `https://api.example/?key=${secret}`, body: "x" });
  const name = `${await fingerprintOf(asked)}.json`;
  const text = '{"status":202,"headers":{"a":"b"},"body":"old"}';
  for (const mode of ["replay", "record-replay", "fail-on-miss", "lockdown"] as const) {
    await t.step(mode, async () => {
      await using folder = await tempFolder();
      await Deno.writeTextFile(`${folder.path}/${name}`, text);
      const { http } = await run(folder.path, mode, { ...secrecy(secret), expireAfterDays: 1 });
      assertEquals(await http.send(asked, NEVER), {
        type: "response",
        provider: "mock",
        note: { recording: name, answer: 1 },
        response: response("old", { status: 202, headers: [["a", "b"]] }),
      });
      assertEquals([...await textsBelow(folder.path)], [[name, text]]);
    });
  }
  await t.step("record leaves them, and what it records comes first from then on", async () => {
    await using folder = await tempFolder();
    await Deno.writeTextFile(`${folder.path}/${name}`, text);
    const { http } = await run(folder.path, "record", { inner: new ScriptedHttp("new") });
    assertEquals(told(await http.send(asked, NEVER)), "real: new");
    assertEquals(await Deno.readTextFile(`${folder.path}/${name}`), text);
    assertEquals(told(await (await run(folder.path, "replay")).http.send(asked, NEVER)), "mock: new");
  });
});

Deno.test("RecordedHttp gives the guest its answer when it cannot be kept, and warns with the cause", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/recordings`;
  const { http, warnings } = await run(path, "record", { inner: new ScriptedHttp("real") });
  await Deno.writeTextFile(path, "a file where the folder should be");
  assertEquals(told(await http.send(request(), NEVER)), "real: real");
  const [[code, message] = []] = warnings;
  assertEquals(warnings.length, 1);
  assertEquals(code, "artifacts.write");
  const [said, cause] = (message ?? "").replace(/get-.*json"/, 'FILE"').split(" cannot be written: ");
  assertEquals(said, `Recording "${path}/FILE"`);
  assertStringIncludes(cause ?? "", "mkdir");
});

Deno.test("RecordedHttp asks for real with the secrets, and writes no form of them", async (t) => {
  const secret = 'planted/"Sécret"+&é';
  const encoded = encodeURIComponent(secret);
  const plain = bytes(secret);
  const body = new Uint8Array([0xff, ...plain, 0xfe, ...bytes(plain.toBase64()), 0xff]);
  const inner = new ScriptedHttp(
    {
      type: "response",
      provider: "real",
      response: { status: 200, headers: [["Set-Cookie", "id=unknown-cookie"], ["X-Echo", secret]], body },
    },
    JSON.stringify({ echo: secret, nested: JSON.stringify({ [secret]: encoded }) }),
  );
  await using folder = await tempFolder();
  const { http } = await run(folder.path, "record", { ...secrecy(secret), inner });
  const headers = [["Authorization", "Bearer unknown-bearer"], ["X-Forwarded", plain.toBase64()]] as const;
  const first = {
    ...request({ method: "POST", url: `https://api.example/${encoded}?k=${encoded}`, headers }),
    body,
  };
  const second = request({
    method: "PUT",
    url: `https://ada:unknown-password@api.example/`,
    body: JSON.stringify([secret]),
  });
  await http.send(first, NEVER);
  await http.send(second, NEVER);
  assertEquals(inner.asked, [first, second]);

  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder.path)) names.push(name);
  assertEquals(names.length, 2);
  const forms = [...secretForms(secret), "unknown-bearer", "unknown-cookie", "unknown-password"];
  assert(forms.length > 10);
  for (const name of names) {
    const text = await Deno.readTextFile(`${folder.path}/${name}`);
    // What is kept as base64 is looked into as well.
    const binary = [...text.matchAll(/"base64": "(.*)"/g)].map(([, base64 = ""]) =>
      new TextDecoder("latin1").decode(Uint8Array.fromBase64(base64))
    );
    for (const form of forms) {
      const raw = new TextDecoder("latin1").decode(bytes(form));
      const found = [name, text, ...binary].some((each) => each.includes(form) || each.includes(raw));
      await t.step(`${name} without ${form}`, () => assert(!found));
    }
    assert(text.includes(HIDDEN));
  }
});

Deno.test("RecordedHttp matches a request whose secret has another value than when it was recorded", async (t) => {
  const before = "old secret/é", after = "another ône&=";
  const requests: Record<string, (secret: string) => ReturnType<typeof request>> = {
    "in a query": (secret) => request({ url: `https://api.example/?k=${encodeURIComponent(secret)}` }),
    "in a path": (secret) => request({ url: `https://api.example/bot${encodeURIComponent(secret)}/send` }),
    "in a header": (secret) => request({ headers: [["X-Auth", secret]] }),
    "in JSON": (secret) => request({ method: "POST", body: JSON.stringify({ auth: { key: secret } }) }),
    "in text": (secret) => request({ method: "POST", body: `key: ${secret}\n` }),
    "in a form": (secret) =>
      request({
        method: "POST",
        headers: [["content-type", "application/x-www-form-urlencoded"]],
        body: new URLSearchParams({ key: secret, a: "b" }).toString(),
      }),
    "in bytes": (secret) => ({
      ...request({ method: "POST" }),
      body: new Uint8Array([255, ...bytes(secret), 0]),
    }),
  };
  for (const [name, ask] of Object.entries(requests)) {
    await t.step(name, async () => {
      await using folder = await tempFolder();
      const recorder = await run(folder.path, "record", {
        ...secrecy(before),
        inner: new ScriptedHttp("real"),
      });
      await recorder.http.send(ask(before), NEVER);
      const { http } = await run(folder.path, "lockdown", secrecy(after));
      assertEquals(told(await http.send(ask(after), NEVER)), "mock: real");
    });
  }
});

Deno.test("RecordedHttp tells no secret in a miss", async () => {
  await using folder = await tempFolder();
  await put(folder.path, recording());
  const asked = request({
    url: "https://api.example/planted-secret?page=planted-secret",
    body: '{"a":"planted-secret"}',
  });
  for (const mode of ["replay", "lockdown"] as const) {
    const { http } = await run(folder.path, mode, secrecy("planted-secret"));
    assert(!JSON.stringify(await http.send(asked, NEVER)).includes("planted"));
  }
});

Deno.test("two runs that record in one folder leave whole recordings", async () => {
  await using folder = await tempFolder();
  const texts = Array.from({ length: 10 }, (_, i) => `answer ${i}`);
  const runs = await Promise.all(
    [1, 2].map(() => run(folder.path, "record", { inner: new ScriptedHttp(...texts) })),
  );
  for (const _ of texts) {
    await Promise.all(runs.map(({ http }) => http.send(request(), NEVER)));
  }
  assertEquals((await only(folder.path)).responses.map(({ body }) => body), texts.map((text) => ({ text })));
});

Deno.test("RecordedHttp hides what servers give out as secrets, and asks with it for the same recording again", async () => {
  await using temp = await tempFolder();
  const redactor = new Redactor();
  const parts = {
    scrub: {
      text: (value: string) => redactor.scrub(value),
      bytes: (value: Uint8Array) => redactor.scrubBytes(value),
    },
    hides: isSecretName,
    learn: (secret: string) => redactor.addSecret(secret),
  };
  const issued = '{"access_token":"tok-12345678","next_page_token":"page-two-x","token_type":"Bearer"}';
  const recorder = await run(temp.path, "record", { ...parts, inner: new ScriptedHttp(issued, "done") });
  await recorder.http.send(request(), NEVER);
  await recorder.http.send(request({ url: `${URL_A}?t=tok-12345678` }), NEVER);
  const texts = [...(await textsBelow(temp.path)).values()].join("\n");
  assert(!texts.includes("tok-12345678"), texts);
  assertStringIncludes(texts, "page-two-x");
  const replay = await run(temp.path, "lockdown", parts);
  const first = await replay.http.send(request(), NEVER);
  assertStringIncludes(told(first), `"access_token":"${HIDDEN}"`);
  const again = await replay.http.send(request({ url: `${URL_A}?t=${HIDDEN}` }), NEVER);
  assertEquals(told(again), "mock: done");
});

Deno.test("RecordedHttp records no more than the run may keep, and says so once", async () => {
  await using temp = await tempFolder();
  const inner = new ScriptedHttp("12345", "67890", "abc");
  const { http, warnings } = await run(temp.path, "record", { inner, maxBytes: 7 });
  for (const text of ["12345", "67890", "abc"]) {
    assertEquals(told(await http.send(request(), NEVER)), `real: ${text}`);
  }
  assertEquals((await only(temp.path)).responses.length, 1);
  const message =
    "Answers that are recorded exceed the limit maxMemoryBytes of 7 bytes: no more of them are kept";
  assertEquals(warnings, [["limit.memory", message, temp.path]]);
});

Deno.test("RecordedHttp writes a large file again when it has grown by a part, and whole in the end", async () => {
  await using temp = await tempFolder();
  const large = "x".repeat(300_000);
  const answers = Array.from({ length: 20 }, (_, i) => `${large}${i}`);
  const { http } = await run(temp.path, "record", { inner: new ScriptedHttp(...answers) });
  let versions = 0, before = 0;
  for (const _ of answers) {
    await http.send(request(), NEVER);
    const { responses } = await only(temp.path);
    if (responses.length !== before) versions++;
    before = responses.length;
  }
  assert(versions < answers.length, `${versions}`);
  http.close();
  assertEquals((await only(temp.path)).responses.length, answers.length);
});

Deno.test("RecordedHttp tells requests apart by whether their redirects are followed", async () => {
  await using temp = await tempFolder();
  const moved: HttpResult = {
    type: "response",
    provider: "real",
    response: response("moved", { status: 302 }),
  };
  const recorder = await run(temp.path, "record", { inner: new ScriptedHttp(moved) });
  await recorder.http.send(request({ followRedirects: false }), NEVER);
  const { http } = await run(temp.path, "lockdown");
  const missed = await http.send(request(), NEVER);
  assertEquals(missed.type === "abort" && missed.failure.code, "replay.miss");
  assertStringIncludes(missed.type === "abort" ? missed.failure.message : "", "follow_redirects");
  assertEquals(told(await http.send(request({ followRedirects: false }), NEVER)), "mock: moved");
});
