import { assertEquals } from "@std/assert";
import type { Json } from "../../../lib/base/json.ts";
import { readSeeds } from "../../../lib/host/secrets/seeds.ts";
import { SecretTable } from "../../../lib/host/secrets/source.ts";

const SCOPE = { env: "dev", tenant: "acme", team: "blue", pack: "my.pack" };

function texts(document: Json, scope = SCOPE): unknown {
  const read = readSeeds(document, scope);
  if ("fault" in read) return read;
  const table = new SecretTable("file", read.entries);
  return Object.fromEntries(
    [...table.entries()].map(({ name, value }) => [name, new TextDecoder().decode(value)]),
  );
}

const URI = "secrets://dev/acme/_/_/token";

Deno.test("readSeeds() reads every form of a value", async (t) => {
  const cases: [name: string, entry: Json, text: string][] = [
    ["text", { text: "é" }, "é"],
    ["json", { json: { a: [1, "x"] } }, '{"a":[1,"x"]}'],
    ["json null", { json: null }, "null"],
    ["bytes", { bytes_b64: btoa("raw") }, "raw"],
    ["value", { value: "v" }, "v"],
    ["value with text", { format: "text", value: { type: "text", text: "v" } }, "v"],
    ["value with json", { value: { json: [1] } }, "[1]"],
    ["value with bytes", { value: { bytes_b64: btoa("raw") } }, "raw"],
  ];
  for (const [name, entry, text] of cases) {
    await t.step(name, () => {
      assertEquals(texts({ entries: [{ uri: URI, description: "d", ...entry as object }] }), { token: text });
    });
  }
});

Deno.test("readSeeds() tells all texts by which a secret may turn up", () => {
  const read = readSeeds({
    entries: [
      { uri: URI, json: { id: "first", list: ["second", 3], deep: { key: "third" } } },
      { uri: "secrets://_/_/_/_/raw", bytes_b64: "/wA=" },
      { uri: "secrets://_/_/_/_/utf8", bytes_b64: btoa("plain") },
    ],
  }, SCOPE);
  const found = new Map("entries" in read ? read.entries.map(({ name, texts }) => [name, texts]) : []);
  assertEquals(found.get("token"), [
    '{"id":"first","list":["second",3],"deep":{"key":"third"}}',
    "first",
    "second",
    "third",
  ]);
  assertEquals(found.get("raw"), ["/wA="]);
  assertEquals(found.get("utf8"), ["plain", btoa("plain")]);
});

Deno.test("readSeeds() takes what fits the run, and the more exact of two", async (t) => {
  const cases: [name: string, uris: string[], text: unknown][] = [
    ["all parts", ["dev/acme/blue/my.pack"], "0"],
    ["any of everything", ["_/_/_/_"], "0"],
    ["another environment", ["prod/acme/blue/my.pack"], undefined],
    ["another tenant", ["dev/other/_/_"], undefined],
    ["another team", ["dev/acme/red/_"], undefined],
    ["another pack", ["dev/acme/_/other"], undefined],
    ["the more exact one first", ["dev/acme/blue/my.pack", "dev/acme/_/_"], "0"],
    ["the more exact one last", ["dev/acme/_/_", "dev/acme/_/my.pack"], "1"],
    ["the last of two that are", ["dev/acme/_/my.pack", "dev/acme/blue/_"], "1"],
  ];
  for (const [name, uris, text] of cases) {
    await t.step(name, () => {
      const entries = uris.map((uri, at) => ({ uri: `secrets://${uri}/API-Token`, text: String(at) }));
      assertEquals(texts({ entries }), text === undefined ? {} : { api_token: text });
    });
  }
  await t.step("a run without a team", () => {
    const entries = [{ uri: "secrets://dev/acme/null/_/a", text: "1" }, {
      uri: "secrets://dev/acme/_/_/b",
      text: "2",
    }];
    const read = readSeeds({ entries }, { ...SCOPE, team: null });
    assertEquals("entries" in read && [read.entries.map(({ name }) => name), read.total], [["b"], 2]);
  });
});

Deno.test("readSeeds() reads maps of names or addresses", () => {
  assertEquals(
    texts({ TOKEN: "t", "secrets://dev/_/_/_/A": "a", "secrets://prod/_/_/_/B": "b", entries: "e" }),
    { TOKEN: "t", entries: "e", a: "a" },
  );
  assertEquals(texts(JSON.parse('{"__proto__":"p"}')), JSON.parse('{"__proto__":"p"}'));
  assertEquals(texts({}), {});
});

Deno.test("readSeeds() says where a document is wrong, and never a value", async (t) => {
  const both = "an entry has none of text, json, bytes_b64 and value, or more than one";
  const text = "a value is no text: put it into quotes",
    uri = "a uri is not secrets://ENV/TENANT/TEAM/PACK/NAME";
  const cases: [name: string, document: Json, fault: string, path: (string | number)[]][] = [
    ["a list", ["s3cret"], "it is neither a map of names and texts nor has it entries", []],
    ["a text", "s3cret", "it is neither a map of names and texts nor has it entries", []],
    ["a number in a map", { a: "x", b: 123456 }, text, ["b"]],
    ["an entry that is none", { entries: ["s3cret"] }, "an entry has no uri", ["entries", 0]],
    ["an entry without uri", { entries: [{ text: "s3cret" }] }, "an entry has no uri", ["entries", 0]],
    ["too short an address", { entries: [{ uri: "secrets://a/b/c/d" }] }, uri, ["entries", 0, "uri"]],
    ["an empty part", { entries: [{ uri: "secrets://a//c/d/e" }] }, uri, ["entries", 0, "uri"]],
    ["another scheme", { entries: [{ uri: "s3cret://a/b/c/d/e" }] }, uri, ["entries", 0, "uri"]],
    ["an address in a map", { "secrets://a": "s3cret" }, uri, ["secrets://a"]],
    ["no value", { entries: [{ uri: URI }] }, both, ["entries", 0]],
    ["two values", { entries: [{ uri: URI, text: "s3cret", json: 1 }] }, both, ["entries", 0]],
    ["a number", { entries: [{ uri: URI, text: 123456 }] }, text, ["entries", 0, "text"]],
    ["no Base64", { entries: [{ uri: URI, bytes_b64: "s3cret!" }] }, "bytes_b64 is no Base64", [
      "entries",
      0,
      "bytes_b64",
    ]],
    ["a value of a value", { entries: [{ uri: URI, value: { value: { text: "s3cret" } } }] }, text, [
      "entries",
      0,
      "value",
      "value",
    ]],
    ["one for another run", { entries: [{ uri: "secrets://prod/_/_/_/a", text: 1 }] }, text, [
      "entries",
      0,
      "text",
    ]],
  ];
  for (const [name, document, fault, path] of cases) {
    await t.step(name, () => assertEquals(readSeeds(document, SCOPE), { fault, path }));
  }
});
