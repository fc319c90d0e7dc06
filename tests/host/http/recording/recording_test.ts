import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { JsonObject } from "../../../../lib/base/json.ts";
import {
  bodyOf,
  bodyText,
  bytesOf,
  readRecording,
  type RecordedBody,
  type Recording,
  writeRecording,
} from "../../../../lib/host/http/recording/recording.ts";
import { bytes } from "../../_helpers.ts";

const RECORDING: Recording = {
  request: {
    method: "POST",
    url: "https://api.example/items",
    headers: [["accept", "a"], ["accept", "b"]],
    body: { json: { name: "Ada" } },
  },
  responses: [
    {
      recordedAt: "2026-01-01T00:00:00Z",
      status: 201,
      headers: [["Content-Type", "text/plain"]],
      body: { text: "one\ntwo" },
      durationMs: 12,
    },
    { recordedAt: "2026-01-01T00:00:01.5Z", status: 204, headers: [], body: null, durationMs: 0 },
    { recordedAt: "2026-01-01T00:00:02Z", status: 200, headers: [], body: { base64: "/w==" }, durationMs: 3 },
  ],
  redactions: ["$.request.url"],
};

const FILE = `{
  "version": 1,
  "request": {
    "method": "POST",
    "url": "https://api.example/items",
    "headers": [
      [
        "accept",
        "a"
      ],
      [
        "accept",
        "b"
      ]
    ],
    "body": {
      "json": {
        "name": "Ada"
      }
    }
  },
  "responses": [
    {
      "recorded_at": "2026-01-01T00:00:00Z",
      "status": 201,
      "headers": [
        [
          "Content-Type",
          "text/plain"
        ]
      ],
      "body": {
        "text": "one\\ntwo"
      },
      "duration_ms": 12
    },
    {
      "recorded_at": "2026-01-01T00:00:01.5Z",
      "status": 204,
      "headers": [],
      "body": null,
      "duration_ms": 0
    },
    {
      "recorded_at": "2026-01-01T00:00:02Z",
      "status": 200,
      "headers": [],
      "body": {
        "base64": "/w=="
      },
      "duration_ms": 3
    }
  ],
  "redactions": [
    "$.request.url"
  ]
}
`;

function viaFile(body: RecordedBody): RecordedBody {
  const file = writeRecording({ ...RECORDING, request: { ...RECORDING.request, body } });
  const read = readRecording(bytes(file));
  if ("fault" in read) throw new Error(read.fault);
  return read.recording.request.body;
}

Deno.test("writeRecording() writes a document that people can read", () => {
  assertEquals(writeRecording(RECORDING), FILE);
});

Deno.test("readRecording() reads what was written", () => {
  assertEquals(readRecording(bytes(FILE)), { recording: RECORDING });
});

Deno.test("bodyOf() takes the form that reads best and keeps the bytes", async (t) => {
  const deep = `${"[".repeat(200)}${"]".repeat(200)}`;
  const cases: [name: string, bytes: Uint8Array, body: RecordedBody][] = [
    ["JSON", bytes('{"a":[1,"é"]}'), { json: { a: [1, "é"] } }],
    ["JSON null", bytes("null"), { json: null }],
    ["a JSON string", bytes('"a"'), { json: "a" }],
    ["a lone surrogate in JSON", bytes('"\\ud800"'), { json: "\ud800" }],
    ["a key such as __proto__", bytes('{"__proto__":1}'), { json: JSON.parse('{"__proto__":1}') }],
    ["JSON with spaces", bytes('{"a": 1}'), { text: '{"a": 1}' }],
    ["JSON with keys that move", bytes('{"b":1,"2":2}'), { text: '{"b":1,"2":2}' }],
    ["JSON with a key twice", bytes('{"a":1,"a":1}'), { text: '{"a":1,"a":1}' }],
    ["a number that JSON spells otherwise", bytes("1.0"), { text: "1.0" }],
    ["a number with too many digits", bytes("12345678901234567890"), { text: "12345678901234567890" }],
    ["JSON that nests too deeply", bytes(deep), { text: deep }],
    ["text", bytes("hello"), { text: "hello" }],
    ["nothing", bytes(""), { text: "" }],
    ["text with NUL", bytes("a\0b"), { text: "a\0b" }],
    ["text with a byte order mark", bytes("\ufeff{}"), { text: "\ufeff{}" }],
    ["bytes that are no UTF-8", new Uint8Array([0xff, 0]), { base64: "/wA=" }],
  ];
  for (const [name, raw, body] of cases) {
    await t.step(name, () => {
      assertEquals(bodyOf(raw), body);
      assertEquals(bytesOf(viaFile(bodyOf(raw))), raw);
    });
  }
  await t.step("no body", () => {
    assertEquals(bodyOf(null), null);
    assertEquals(bytesOf(viaFile(null)), null);
  });
});

Deno.test("bodyOf() keeps every byte, alone and among all others", () => {
  for (let byte = 0; byte < 256; byte++) {
    const raw = new Uint8Array([byte]);
    assertEquals(bytesOf(viaFile(bodyOf(raw))), raw);
  }
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assertEquals(bytesOf(viaFile(bodyOf(all))), all);
});

Deno.test("bodyOf() keeps whatever bytes, texts and JSON", () => {
  const json = fc.json().map(bytes), text = fc.string({ unit: "binary" }).map(bytes);
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), json, text), (raw) => {
      assertEquals(bytesOf(viaFile(bodyOf(raw))), new Uint8Array(raw));
    }),
    { numRuns: 1000, seed: 1 },
  );
});

Deno.test("bodyText() is the text of a body, and none of bytes", () => {
  assertEquals([null, { json: { a: 1 } }, { text: "t" }, { base64: "/w==" }].map(bodyText), [
    "",
    '{"a":1}',
    "t",
    undefined,
  ]);
});

Deno.test("readRecording() names what is wrong with a file", async (t) => {
  const document: JsonObject = JSON.parse(FILE);
  const request = document["request"] as JsonObject;
  const answer = (document["responses"] as JsonObject[])[0]!;
  const withAnswer = (change: JsonObject) => ({ ...document, responses: [{ ...answer, ...change }] });
  const cases: [name: string, file: unknown, fault: string][] = [
    ["an empty file", "", "is no JSON in UTF-8"],
    ["half a file", FILE.slice(0, 200), "is no JSON in UTF-8"],
    ["another list", [], "has no version"],
    ["no version", { ...document, version: undefined }, "has no version"],
    ["a newer version", { ...document, version: 2 }, "is of version 2; this runner reads version 1"],
    ["no request", { ...document, request: undefined }, "has no text in request.method"],
    ["no address", { ...document, request: { ...request, url: 5 } }, "has no text in request.url"],
    ["no headers", { ...document, request: { ...request, headers: {} } }, "has no list in request.headers"],
    [
      "a header of three",
      { ...document, request: { ...request, headers: [["a", "b", "c"]] } },
      "has no name with a value in request.headers[0]",
    ],
    [
      "a header of numbers",
      { ...document, request: { ...request, headers: [["a", 1]] } },
      "has no text in request.headers[0][1]",
    ],
    ["no answers", { ...document, responses: [] }, "has no responses"],
    ["no status", withAnswer({ status: "200" }), "has no status of HTTP in responses[0].status"],
    ["a status that is none", withAnswer({ status: 99 }), "has no status of HTTP in responses[0].status"],
    ["no time", withAnswer({ recorded_at: "yesterday" }), "has no time in responses[0].recorded_at"],
    ["no duration", withAnswer({ duration_ms: -1 }), "has no duration in responses[0].duration_ms"],
    [
      "a body of another form",
      withAnswer({ body: { html: "" } }),
      'has no body in responses[0].body: it is null, {"json":…}, {"text":…} or {"base64":…}',
    ],
    [
      "a body of two forms",
      withAnswer({ body: { text: "", json: 1 } }),
      'has no body in responses[0].body: it is null, {"json":…}, {"text":…} or {"base64":…}',
    ],
    [
      "a body that is no base64",
      withAnswer({ body: { base64: "*" } }),
      'has no body in responses[0].body: it is null, {"json":…}, {"text":…} or {"base64":…}',
    ],
    ["no redactions", { ...document, redactions: null }, "has no list in redactions"],
    ["a value that nests too deeply", `${"[".repeat(500)}`, "is nested deeper than 128"],
  ];
  for (const [name, file, fault] of cases) {
    await t.step(name, () => {
      const text = typeof file === "string" ? file : JSON.stringify(file);
      assertEquals(readRecording(bytes(text)), { fault });
    });
  }
});

Deno.test("readRecording() takes any document apart without an exception", () => {
  const places = [
    "version",
    "request",
    "responses",
    "redactions",
    "method",
    "url",
    "headers",
    "body",
    "status",
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...places, "recorded_at", "duration_ms", ""),
      fc.jsonValue(),
      (place, other) => {
        const text = JSON.stringify(JSON.parse(FILE, (key, value) => key === place ? other : value));
        const read = readRecording(bytes(text));
        if ("recording" in read) assertEquals(readRecording(bytes(writeRecording(read.recording))), read);
        else assert(/^(has|is) /.test(read.fault), read.fault);
      },
    ),
    { numRuns: 500, seed: 1 },
  );
});

Deno.test("readRecording() reads bodies however deep they are written", () => {
  const depths = Array.from({ length: 20 }, (_, i) => 110 + i);
  const forms = depths.map((depth) => {
    const text = `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const body = bodyOf(bytes(text));
    const responses = RECORDING.responses.map((response) => ({ ...response, body }));
    const read = readRecording(bytes(writeRecording({ ...RECORDING, responses })));
    if ("fault" in read) throw new Error(`${depth}: ${read.fault}`);
    assertEquals(bodyText(read.recording.responses[0]?.body ?? null), text);
    return Object.keys(body ?? {})[0];
  });
  assertEquals(new Set(forms), new Set(["json", "text"]));
});

Deno.test("readRecording() reads bodies of any number of values", () => {
  const raw = bytes(JSON.stringify(new Array(600_000).fill(1)));
  assertEquals(bytesOf(viaFile(bodyOf(raw)))?.length, raw.length);
});
