import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Json } from "../../lib/base/json.ts";
import { isSecretName, REDACTED, Redactor } from "../../lib/record/redact.ts";
import { StreamScrubber } from "../../lib/record/stream_scrubber.ts";

const SECRET = 'pa/ss+"w=rd é';

Deno.test("redact() takes out members whose key sounds secret", () => {
  const payload = { auth: { apiToken: "x" }, list: [{ password: "p" }], note: "token=abc" };
  assertEquals(new Redactor().redact(payload, "$.inputs.payload"), {
    value: {
      auth: { apiToken: "__REDACTED__" },
      list: [{ password: "__REDACTED__" }],
      note: "token=abc",
    },
    paths: ["$.inputs.payload.auth.apiToken", "$.inputs.payload.list[0].password"],
  });
});

Deno.test("redact() keeps numbers under names that count tokens", () => {
  const { value, paths } = new Redactor().redact(
    {
      max_tokens: 5,
      maxTokens: 6,
      api_key: "k",
      apiToken: "x",
      token: 7,
      prompt_tokens: "text",
      secret_tokens: 8,
    },
    "$",
  );
  assertEquals(value, {
    apiToken: "__REDACTED__",
    api_key: "__REDACTED__",
    maxTokens: 6,
    max_tokens: 5,
    prompt_tokens: "__REDACTED__",
    secret_tokens: "__REDACTED__",
    token: "__REDACTED__",
  });
  assertEquals(paths, ["$.apiToken", "$.api_key", "$.prompt_tokens", "$.secret_tokens", "$.token"]);
});

Deno.test("redact() takes out values whose name stands beside them", () => {
  const { value, paths } = new Redactor().redact([
    { name: "password", value: "p" },
    { key: "api_key", value: { v: 1 }, found: true },
    { name: "Authorization", value: "Bearer x", other: 1 },
    { name: "greeting", value: "hello" },
    { name: "max_tokens", value: 5 },
    { name: "token" },
    { name: 5, key: "token", value: 1 },
  ], "$");
  assertEquals(value, [
    { name: "password", value: "__REDACTED__" },
    { key: "api_key", value: "__REDACTED__", found: true },
    { name: "Authorization", value: "__REDACTED__", other: 1 },
    { name: "greeting", value: "hello" },
    { name: "max_tokens", value: 5 },
    { name: "token" },
    { name: 5, key: "token", value: 1 },
  ]);
  assertEquals(paths, ["$[0].value", "$[1].value", "$[2].value"]);
});

Deno.test("redact() knows the names of secrets in any case", async (t) => {
  const names = [
    ..."clientSecret Authorization Set-Cookie accessToken PASSWORD api_key apikey X-Api-Key credentials"
      .split(" "),
    ..."private_key privateKey bearer passwd".split(" "),
  ];
  for (const name of names) {
    await t.step(
      name,
      () => assertEquals(new Redactor().redact({ [name]: ["v"] }, "$").paths, [`$.${name}`]),
    );
  }
  for (const name of ["key", "keyboard", "pass", "private", "api", "author"]) {
    await t.step(`${name} is no secret`, () => {
      assertEquals(new Redactor().redact({ [name]: ["v"] }, "$").paths, []);
    });
  }
});

Deno.test("redact() treats keys such as __proto__ as data", () => {
  const value: Json = JSON.parse('{"__proto__":{"token":"x"},"constructor":1}');
  const redacted = new Redactor().redact(value, "$");
  assertEquals(JSON.stringify(redacted.value), '{"__proto__":{"token":"__REDACTED__"},"constructor":1}');
  assertEquals(redacted.paths, ["$.__proto__.token"]);
});

Deno.test("redact() finds known values in strings, keys and long numbers", () => {
  const redactor = new Redactor(["hunter2!", "12345678"]);
  const { value, paths } = redactor.redact({
    a: ["say hunter2! twice: hunter2!"],
    "k-hunter2!": 1,
    "k-12345678": 2,
    n: 12345678,
    m: 1234567,
  }, "$.outputs");
  assertEquals(value, {
    a: ["say __REDACTED__ twice: __REDACTED__"],
    "k-__REDACTED__": 2,
    "k-__REDACTED__#2": 1,
    m: 1234567,
    n: "__REDACTED__",
  });
  assertEquals(paths, [
    "$.outputs.a[0]",
    "$.outputs.k-__REDACTED__",
    "$.outputs.k-__REDACTED__#2",
    "$.outputs.n",
  ]);
});

Deno.test("redact() survives any depth", () => {
  let deep: Json = "end";
  for (let i = 0; i < 50_000; i++) deep = [deep];
  assert(JSON.stringify(new Redactor().redact(deep, "$").value).includes("__TOO_DEEP__"));
});

Deno.test("scrub() finds a secret however it is encoded", async (t) => {
  const bytes = new TextEncoder().encode(SECRET);
  const base64 = btoa(String.fromCharCode(...bytes));
  const forms: Record<string, string> = {
    plain: SECRET,
    base64,
    "base64 without padding": base64.replace(/=+$/, ""),
    base64url: base64.replaceAll("+", "-").replaceAll("/", "_"),
    "URL component": encodeURIComponent(SECRET),
    "URL component in lower case": encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase()),
    "form field": new URLSearchParams({ a: SECRET }).toString().slice(2),
    "URL path": encodeURI(SECRET),
    JSON: JSON.stringify(SECRET).slice(1, -1),
    "JSON in JSON": JSON.stringify(JSON.stringify(SECRET).slice(1, -1)).slice(1, -1),
    "ASCII JSON": JSON.stringify(SECRET).slice(1, -1).replace("é", "\\u00e9"),
    "JSON with escaped slashes": JSON.stringify(SECRET).slice(1, -1).replace("/", "\\/"),
  };
  for (const [name, form] of Object.entries(forms)) {
    await t.step(name, () => assertEquals(new Redactor([SECRET]).scrub(`<${form}>`), "<__REDACTED__>"));
  }
});

Deno.test("scrubBytes() finds every form of a secret between bytes that are no text", async (t) => {
  const encoder = new TextEncoder();
  const before = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const bytes = encoder.encode(SECRET);
  const forms = {
    plain: SECRET,
    base64: btoa(String.fromCharCode(...bytes)),
    "URL component": encodeURIComponent(SECRET),
    JSON: JSON.stringify(SECRET).slice(1, -1),
  };
  for (const [name, form] of Object.entries(forms)) {
    await t.step(name, () => {
      const dirty = new Uint8Array([...before, ...encoder.encode(form), ...before, ...encoder.encode(form)]);
      const clean = encoder.encode(REDACTED);
      assertEquals(
        new Redactor([SECRET]).scrubBytes(dirty),
        new Uint8Array([...before, ...clean, ...before, ...clean]),
      );
    });
  }
  await t.step("without a secret in them they stay as they are", () => {
    assert(new Redactor([SECRET]).scrubBytes(before) === before);
  });
  await t.step("a part of a character of a secret is not the secret", () => {
    const half = bytes.slice(0, -1);
    assert(new Redactor([SECRET]).scrubBytes(half) === half);
  });
});

Deno.test("scrubBytes() gives for text what scrub() gives", () => {
  const texts = ["abcdé and YWJjZMOp", "abcdéabcdé", "nothing", "", "\ud83d\ude00abcdé\u20ac"];
  const redactor = new Redactor(["abcdé"]);
  for (const text of texts) {
    const clean = new TextDecoder().decode(redactor.scrubBytes(new TextEncoder().encode(text)));
    assertEquals(clean, redactor.scrub(text));
  }
});

Deno.test("isSecretName() knows the names of headers that hold secrets", async (t) => {
  const cases: [name: string, secret: boolean][] = [
    ["Authorization", true],
    ["proxy-authorization", true],
    ["Cookie", true],
    ["Set-Cookie", true],
    ["X-Api-Key", true],
    ["x-amz-security-token", true],
    ["content-type", false],
    ["accept", false],
    ["", false],
  ];
  for (const [name, secret] of cases) await t.step(name, () => assertEquals(isSecretName(name), secret));
});

Deno.test("scrub() finds a secret inside longer base64 text, at every position", () => {
  for (const user of ["", "u", "us", "use", "user:"]) {
    const clean = new Redactor(["correct-horse"]).scrub(btoa(`${user}correct-horse!`));
    assert(clean.includes("__REDACTED__"), clean);
    // What is left belongs to the text around it, up to one character that both share on each side.
    assert(clean.replace("__REDACTED__", "").length <= btoa(user).length + 4, clean);
  }
});

Deno.test("scrub() covers secrets that overlap or contain each other", async (t) => {
  const cases: readonly [secrets: string[], text: string, clean: string][] = [
    [["abcd", "cdef"], "xabcdefx", "x__REDACTED__x"],
    [["abcd", "abcdef"], "abcdef", "__REDACTED__"],
    [["aaaa"], "aaaaaaab", "__REDACTED__b"],
    [["abc"], "abcabc", "abcabc"],
    [["abcd\n"], "abcd", "__REDACTED__"],
    [[""], "text", "text"],
  ];
  for (const [secrets, text, clean] of cases) {
    await t.step(`${secrets} in ${text}`, () => assertEquals(new Redactor(secrets).scrub(text), clean));
  }
});

Deno.test("addSecret() takes effect at once and ignores short values", () => {
  const redactor = new Redactor();
  assertEquals(redactor.scrub("abcdef"), "abcdef");
  redactor.addSecret("abc");
  assertEquals(redactor.scrub("abcdef"), "abcdef");
  redactor.addSecret("bcde");
  assertEquals(redactor.scrub("abcdef"), "a__REDACTED__f");
});

Deno.test("addSecret() accepts text that is not well-formed", () => {
  assertEquals(new Redactor(["abcd\ud800"]).scrub("plain"), "plain");
});

Deno.test("redactFailure() scrubs every part and names the places", () => {
  const { failure, paths } = new Redactor(["hunter2"]).redactFailure({
    code: "E1",
    message: "bad hunter2",
    hint: "drop hunter2",
    causes: ["fine", "hunter2"],
    details: { token: 1, seen: "hunter2" },
    retryable: true,
    backoffMs: 5,
  }, "$.error");
  assertEquals(failure, {
    code: "E1",
    message: "bad __REDACTED__",
    hint: "drop __REDACTED__",
    causes: ["fine", "__REDACTED__"],
    details: { token: "__REDACTED__", seen: "__REDACTED__" },
    retryable: true,
    backoffMs: 5,
  });
  assertEquals([...paths].sort(), [
    "$.error.causes[1]",
    "$.error.details.seen",
    "$.error.details.token",
    "$.error.hint",
    "$.error.message",
  ]);
});

Deno.test("StreamScrubber finds a secret however a stream is cut", () => {
  const text = "one hunter2-long two cdabcd three";
  const secrets = ["hunter2-long", "abcd", "cdzz", "hunter2-long two!"];
  for (let size = 1; size <= text.length; size++) {
    const scrubber = new StreamScrubber(new Redactor(secrets));
    let written = "";
    for (let from = 0; from < text.length; from += size) {
      written += scrubber.push(text.slice(from, from + size));
    }
    assertEquals(
      written + scrubber.flush(),
      "one __REDACTED__ two cd__REDACTED__ three",
      `pieces of ${size}`,
    );
  }
});

Deno.test("StreamScrubber keeps back no more than it must", () => {
  const scrubber = new StreamScrubber(new Redactor(["secret-value"]));
  assertEquals(scrubber.push("all of this\n"), "all of this\n");
  assertEquals(scrubber.push("ends with sec"), "ends with ");
  assertEquals(scrubber.push("ond"), "second");
  assertEquals(scrubber.flush(), "");
  const repeated = new StreamScrubber(new Redactor(["aaaa"]));
  const written = repeated.push("a".repeat(10_000));
  assertEquals(written, "__REDACTED__");
});

Deno.test("Redactor.scrubValue() takes out secret values, not what stands under telling names", () => {
  const redactor = new Redactor(["planted-value"]);
  const value = {
    token: "a public token",
    note: "it is planted-value",
    list: [{ password: "planted-value" }],
  };
  assertEquals(redactor.scrubValue(value), {
    list: [{ password: REDACTED }],
    note: `it is ${REDACTED}`,
    token: "a public token",
  });
});

Deno.test("Redactor.scrub() finds secrets that overlap themselves, without searching at every character", () => {
  const cases: [secret: string, text: string, expected: string][] = [
    ["abab", "xabababax", `x${REDACTED}ax`],
    ["abab", "ababab", REDACTED],
    ["aaaa", `b${"a".repeat(7)}b`, `b${REDACTED}b`],
    ["abaab", "abaabaab", REDACTED],
    ["abaab", "abaababaab", REDACTED],
    ["xyxy", "xyxyzxyxyxy", `${REDACTED}z${REDACTED}`],
  ];
  for (const [secret, text, expected] of cases) {
    assertEquals(new Redactor([secret]).scrub(text), expected, text);
  }

  // One long secret of one letter in a long text of that letter: a search at every character would compare
  // four billion letters, and take seconds.
  const redactor = new Redactor(["a".repeat(4000)]);
  assertEquals(redactor.scrub("a".repeat(1_000_000)), REDACTED);
});

Deno.test("Redactor.scrub() leaves no character of an occurrence, however occurrences overlap", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "b"), minLength: 4, maxLength: 7 }),
      fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 40 }),
      (secret, text) => {
        const hidden = new Array<boolean>(text.length).fill(false);
        for (let at = 0; at + secret.length <= text.length; at++) {
          if (text.startsWith(secret, at)) hidden.fill(true, at, at + secret.length);
        }
        const expected = [...text].map((letter, i) => hidden[i] ? (hidden[i - 1] ? "" : REDACTED) : letter)
          .join("");
        assertEquals(new Redactor([secret]).scrub(text), expected);
      },
    ),
    { numRuns: 2000, seed: 1 },
  );
});

Deno.test("scrub() takes out what a cut has left of a secret", async (t) => {
  const redactor = new Redactor(["hunter2-hunter3", 'p@ss/w"rd']);
  const table: [before: string, after: string][] = [
    ["it is hunter2-hunter…", "it is __REDACTED__…"],
    ["it is hunt…", "it is __REDACTED__…"],
    ["it is hun…", "it is hun…"],
    ["hunter2-hunter3…", "__REDACTED__…"],
    ["…nter2-hunter3 it was", "…__REDACTED__ it was"],
    ["…er3 it was", "…er3 it was"],
    ['method "hunter2-h…" is none', 'method "__REDACTED__…" is none'],
    ["q=p%40ss%2Fw…", "q=__REDACTED__…"],
    [`${btoa("hunter2-hunter3").slice(0, 9)}…`, "__REDACTED__…"],
    ["hunter…, and so on…", "hunter…, and so on…"],
    ["…", "…"],
  ];
  for (const [before, after] of table) {
    await t.step(before, () => assertEquals(redactor.scrub(before), after));
  }
});
