import { assert, assertEquals } from "@std/assert";
import { isArray, isObject, type Json, member } from "../../../../lib/base/json.ts";
import { VERSION } from "../../../../lib/base/version.ts";
import { toHar } from "../../../../lib/host/http/recording/har.ts";
import type { Recording } from "../../../../lib/host/http/recording/recording.ts";
import { recorded, recording } from "./_helpers.ts";

const LATE: Recording = {
  request: {
    method: "POST",
    url: "https://api.example/a?x=1&x=2&y=%20",
    headers: [["content-type", "application/json"], ["a", "b"]],
    body: { json: { a: 1 } },
  },
  responses: [
    recorded("one", {
      recordedAt: "2026-01-02T00:00:00Z",
      headers: [["Content-Type", "text/plain"], ["Location", "/b"]],
      status: 302,
      durationMs: 7,
    }),
    recorded("", { recordedAt: "2026-01-02T00:00:00.5Z", body: { base64: "/wA=" } }),
  ],
  redactions: [],
};

function entriesOf(...recordings: Recording[]): readonly Json[] {
  const entries = member(member(toHar(recordings), "log"), "entries");
  return isArray(entries) ? entries : [];
}

Deno.test("toHar() writes an entry for each answer", () => {
  assertEquals(entriesOf(LATE)[0], {
    startedDateTime: "2026-01-02T00:00:00Z",
    time: 7,
    request: {
      method: "POST",
      url: "https://api.example/a?x=1&x=2&y=%20",
      httpVersion: "unknown",
      cookies: [],
      headers: [{ name: "content-type", value: "application/json" }, { name: "a", value: "b" }],
      headersSize: -1,
      bodySize: 7,
      queryString: [{ name: "x", value: "1" }, { name: "x", value: "2" }, { name: "y", value: " " }],
      postData: { mimeType: "application/json", params: [], text: '{"a":1}' },
    },
    response: {
      status: 302,
      statusText: "",
      httpVersion: "unknown",
      cookies: [],
      headers: [{ name: "Content-Type", value: "text/plain" }, { name: "Location", value: "/b" }],
      headersSize: -1,
      bodySize: 3,
      content: { size: 3, mimeType: "text/plain", text: "one" },
      redirectURL: "/b",
    },
    cache: {},
    timings: { send: 0, wait: 7, receive: 0 },
  });
});

Deno.test("toHar() encodes bytes that are no text", () => {
  const response = member(entriesOf(LATE)[1], "response");
  assertEquals(member(response, "content"), { size: 2, mimeType: "", text: "/wA=", encoding: "base64" });
  const sent = { ...LATE, request: { ...LATE.request, body: { base64: "/wA=" } } };
  const request = member(entriesOf(sent)[0], "request");
  assertEquals(member(request, "postData"), {
    mimeType: "application/json",
    params: [],
    text: "/wA=",
    _encoding: "base64",
  });
});

Deno.test("toHar() orders answers by time", () => {
  const early = recording("https://api.example/early", recorded("", { recordedAt: "2026-01-01T23:59:59Z" }));
  const between = recording(
    "https://api.example/mid",
    recorded("", { recordedAt: "2026-01-02T00:00:00.2Z" }),
  );
  assertEquals(entriesOf(LATE, between, early).map((entry) => member(entry, "startedDateTime")), [
    "2026-01-01T23:59:59Z",
    "2026-01-02T00:00:00Z",
    "2026-01-02T00:00:00.2Z",
    "2026-01-02T00:00:00.5Z",
  ]);
});

Deno.test("toHar() has every field that HAR 1.2 requires", () => {
  const har = toHar([LATE, recording("no address")]);
  const log = member(har, "log");
  assertEquals(Object.keys(har), ["log"]);
  assertEquals(member(log, "version"), "1.2");
  assertEquals(member(log, "creator"), { name: "@greentic/runner", version: VERSION });
  assertEquals(Object.keys(isObject(log) ? log : {}), ["version", "creator", "entries"]);
  const entries = entriesOf(LATE, recording("no address"));
  assertEquals(entries.length, 3);
  for (const entry of entries) {
    check(entry, {
      startedDateTime: "string",
      time: "number",
      request: {
        method: "string",
        url: "string",
        httpVersion: "string",
        cookies: [],
        headers: [],
        queryString: [],
        headersSize: "number",
        bodySize: "number",
      },
      response: {
        status: "number",
        statusText: "string",
        httpVersion: "string",
        cookies: [],
        headers: [],
        content: { size: "number", mimeType: "string" },
        redirectURL: "string",
        headersSize: "number",
        bodySize: "number",
      },
      cache: {},
      timings: { send: "number", wait: "number", receive: "number" },
    });
  }
});

/** Checks that a value has the fields of a pattern: names of types, lists, or patterns again. */
function check(value: Json | undefined, pattern: Json): void {
  if (typeof pattern === "string") assertEquals(typeof value, pattern);
  else if (isArray(pattern)) assert(isArray(value));
  else if (isObject(pattern)) {
    for (const [name, inner] of Object.entries(pattern)) {
      assert(isObject(value) && Object.hasOwn(value, name), name);
      check(member(value, name), inner);
    }
  }
}

Deno.test("toHar() of nothing is a document without entries", () => {
  assertEquals(member(member(toHar([]), "log"), "entries"), []);
});
