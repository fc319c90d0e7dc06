import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Json } from "../../../../lib/base/json.ts";
import { HIDDEN, scrubRequest, scrubResponse } from "../../../../lib/host/http/recording/scrub.ts";
import { bodyText } from "../../../../lib/host/http/recording/recording.ts";
import { secretForms } from "../../../../lib/record/secret_forms.ts";
import { REDACTED } from "../../../../lib/record/redact.ts";
import { bytes } from "../../_helpers.ts";
import { request, response, secrecy } from "./_helpers.ts";

const SECRET = "s3cr't/é&x";
const FORM = { headers: [["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"]] } as const;

Deno.test("HIDDEN is what redactors write", () => assertEquals(HIDDEN, REDACTED));

Deno.test("scrubRequest() takes secrets out of addresses, however they are escaped", async (t) => {
  const api = "https://api.example";
  const cases: [name: string, url: string, clean: string][] = [
    ["as a query value", `${api}/?key=${encodeURIComponent(SECRET)}&a=b`, `${api}/?key=${HIDDEN}&a=b`],
    ["with every sign escaped", `${api}/?key=%73%33%63%72%27%74%2F%C3%A9%26%78`, `${api}/?key=${HIDDEN}`],
    ["as it is", `${api}/?key=s3cr't/é&x`, `${api}/?key=${HIDDEN}`],
    ["in a path", `${api}/v1/${encodeURIComponent(SECRET)}/x`, `${api}/v1/${HIDDEN}/x`],
    ["inside a segment", `${api}/bot${encodeURIComponent(SECRET)}`, `${api}/bot${HIDDEN}`],
    [
      "in a path, with every sign escaped",
      `${api}/%73%33%63%72%27%74%2F%C3%A9%26%78/x`,
      `${api}/${HIDDEN}/x`,
    ],
    ["with some of its signs escaped", `${api}/?key=s3cr't%2fé%26x`, `${api}/?key=${HIDDEN}`],
    ["with the signs escaped that parsing leaves", `${api}/?key=one%20two/é`, `${api}/?key=${HIDDEN}`],
    ["as a user", "https://ada:pass@api.example/", `https://${HIDDEN}:${HIDDEN}@api.example/`],
    ["as a user alone", "https://ada@api.example/", `https://${HIDDEN}@api.example/`],
    ["in what is no address", `no address ${SECRET}`, `no address ${HIDDEN}`],
    ["in a fragment", `${api}/#${SECRET}`, `${api}/`],
  ];
  for (const [name, url, clean] of cases) {
    await t.step(name, () => {
      const scrubbed = scrubRequest(request({ url }), secrecy(SECRET, "one two/é"));
      assertEquals(scrubbed.request.url, clean);
      assertEquals(scrubbed.redactions, url.includes("#") ? [] : ["$.request.url"]);
    });
  }
});

Deno.test("scrubRequest() keeps addresses that have no secrets", () => {
  for (
    const url of [
      "https://api.example/?",
      "https://api.example/a%20b?c=d+e%2F&f",
      "https://api.example/?token=x",
    ]
  ) {
    assertEquals(scrubRequest(request({ url }), secrecy(SECRET)), {
      request: { method: "GET", url, headers: [], body: null },
      redactions: [],
    });
  }
});

Deno.test("scrubRequest() hides headers by name and value", () => {
  const headers = [
    ["Authorization", "Bearer unknown"],
    ["X-Api-Key", "unknown"],
    ["Cookie", "a=b"],
    ["Accept", "text/plain"],
    ["X-Trace", `id ${SECRET}`],
    [`X-${SECRET}`, "1"],
  ] as const;
  const scrubbed = scrubRequest(request({ headers }), secrecy(SECRET));
  assertEquals(scrubbed.request.headers, [
    ["Authorization", HIDDEN],
    ["X-Api-Key", HIDDEN],
    ["Cookie", HIDDEN],
    ["Accept", "text/plain"],
    ["X-Trace", `id ${HIDDEN}`],
    [`X-${HIDDEN}`, "1"],
  ]);
  assertEquals(
    scrubbed.redactions,
    [[0, 1], [1, 1], [2, 1], [4, 1], [5, 0]].map(([i, j]) => `$.request.headers[${i}][${j}]`),
  );
});

Deno.test("scrubRequest() takes secrets out of bodies", async (t) => {
  const plain = { headers: [] };
  const cases: [
    name: string,
    body: string,
    headers: typeof FORM | typeof plain,
    clean: Json,
    paths: string[],
  ][] = [
    ["JSON", JSON.stringify({ a: { b: SECRET }, c: 1 }), plain, { json: { a: { b: HIDDEN }, c: 1 } }, [
      ".json.a.b",
    ]],
    [
      "JSON with other escapes",
      '{"a":"s3cr\\u0027t/\\u00e9\\u0026x"}',
      plain,
      { json: { a: HIDDEN } },
      [".json.a"],
    ],
    ["JSON with spaces", `{"a": ["${SECRET}"]}`, plain, { json: { a: [HIDDEN] } }, [".json.a[0]"]],
    ["a key", JSON.stringify({ [SECRET]: 1 }), plain, { json: { [HIDDEN]: 1 } }, [`.json.${HIDDEN}`]],
    [
      "keys that become equal",
      `{"${SECRET}":1,"${encodeURIComponent(SECRET)}":2}`,
      plain,
      { json: { [HIDDEN]: 1, [`${HIDDEN}#2`]: 2 } },
      [`.json.${HIDDEN}`, `.json["${HIDDEN}#2"]`],
    ],
    ["text", `say ${SECRET}!`, plain, { text: `say ${HIDDEN}!` }, [".text"]],
    ["base64 in text", `say ${btoa("unrelated")}${toBase64(SECRET)}`, plain, {
      text: `say ${btoa("unrelated")}${HIDDEN}`,
    }, [".text"]],
    ["a form", "a=%73%33cr%27t%2F%C3%A9%26x&b=1", FORM, { text: `a=${HIDDEN}&b=1` }, [".text"]],
    ["a form with spaces", "a=one+two'three", FORM, { text: `a=${HIDDEN}` }, [".text"]],
    ["text that only looks like a form", "a=%73%33", plain, { text: "a=%73%33" }, []],
    ["JSON without secrets", '{"a": "b"}', plain, { text: '{"a": "b"}' }, []],
  ];
  for (const [name, body, { headers }, clean, paths] of cases) {
    await t.step(name, () => {
      const scrubbed = scrubRequest(
        request({ method: "post", headers, body }),
        secrecy(SECRET, "one two'three"),
      );
      assertEquals(scrubbed.request, { method: "POST", url: request().url, headers, body: clean });
      assertEquals(scrubbed.redactions, paths.map((path) => `$.request.body${path}`));
    });
  }
});

Deno.test("scrubRequest() takes numbers that are secret out of JSON, which stays JSON", () => {
  const { request: clean, redactions } = scrubRequest(
    request({ body: '{"pin":987654,"n":1}' }),
    secrecy("987654"),
  );
  assertEquals(clean.body, { json: { pin: HIDDEN, n: 1 } });
  assertEquals(redactions, ["$.request.body.json.pin"]);
});

Deno.test("scrubResponse() takes secrets out of headers and of bytes that are no text", () => {
  const body = new Uint8Array([0xff, ...bytes(SECRET), 0xfe]);
  const headers = [["Set-Cookie", "id=1"], ["Location", `/${SECRET}`]] as const;
  const scrubbed = scrubResponse({ status: 201, headers, body }, secrecy(SECRET), "$.responses[2]");
  assertEquals(scrubbed, {
    status: 201,
    headers: [["Set-Cookie", HIDDEN], ["Location", `/${HIDDEN}`]],
    body: { base64: new Uint8Array([0xff, ...bytes(HIDDEN), 0xfe]).toBase64() },
    redactions: [
      "$.responses[2].headers[0][1]",
      "$.responses[2].headers[1][1]",
      "$.responses[2].body.base64",
    ],
  });
});

Deno.test("scrubResponse() writes no body for an empty one", () => {
  assertEquals(scrubResponse(response(), secrecy(), "$").body, null);
});

Deno.test("scrubRequest() leaves no form of whatever secret, wherever it stands", () => {
  const skeleton = JSON.stringify(
    scrubRequest(request({ url: "https://api.example/x/?k=v", body: '{"a":["b"]}' }), secrecy()),
  );
  const secrets = fc.string({ unit: "grapheme", minLength: 4, maxLength: 12 }).filter((secret) =>
    // A secret that is part of what is always there, or of what takes its place, would be found in every case.
    secretForms(secret).every((form) => !skeleton.includes(form) && !HIDDEN.includes(form)) &&
    secret.trim().length >= 4 && !/^[\d.eE+-]+$/.test(secret)
  );
  fc.assert(
    fc.property(secrets, (secret) => {
      const escaped = encodeURIComponent(secret);
      const every = [...bytes(secret)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
      const unicode = Array.from(
        secret.split(""),
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
      const bodies = [
        JSON.stringify({ a: [secret], [secret]: JSON.stringify([secret]) }),
        `{"a":"${unicode.join("")}"}`,
        `text ${secret} ${escaped} ${toBase64(secret)} ${JSON.stringify(secret)}`,
      ];
      for (const body of bodies) {
        const asked = request({
          url: `https://api.example/x/${escaped}?k=${every}&k=${escaped}`,
          headers: [["x", secret], ["y", `v=${escaped}`]],
          body,
        });
        const { request: clean } = scrubRequest(asked, secrecy(secret));
        const kept = [clean.url, ...clean.headers.flat(), bodyText(clean.body) ?? ""];
        for (const form of secretForms(secret)) {
          for (const text of kept) assert(!text.includes(form), `${JSON.stringify(form)} in ${text}`);
        }
        assert(!kept.some((text) => text.includes(unicode.join(""))));
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});

function toBase64(text: string): string {
  return bytes(text).toBase64();
}
