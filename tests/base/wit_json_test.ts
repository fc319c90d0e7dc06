import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { WitValue } from "../../lib/base/call.ts";
import type { Json } from "../../lib/base/json.ts";
import { witFromJson, witToJson } from "../../lib/base/wit_json.ts";

const VECTORS: [string, WitValue, Json][] = [
  ["nothing", undefined, { $none: true }],
  ["null", null, null],
  ["a 64-bit integer", -9007199254740993n, { $int: "-9007199254740993" }],
  ["bytes that are text", new TextEncoder().encode("é\n"), { $text: "é\n" }],
  ["no bytes", new Uint8Array(), { $text: "" }],
  ["bytes with a mark of byte order", new Uint8Array([0xef, 0xbb, 0xbf, 0x61]), { $text: "\ufeffa" }],
  ["other bytes", new Uint8Array([0xff, 0x00]), { $bytes: "/wA=" }],
  ["no number", NaN, { $float: "NaN" }],
  ["the other zero", -0, { $float: "-0" }],
  ["the greatest", -Infinity, { $float: "-Infinity" }],
  ["a record", { tag: "some", val: [1n, undefined] }, { tag: "some", val: [{ $int: "1" }, { $none: true }] }],
  ["keys that look like ours", { $none: true, $$int: "1" }, { $$none: true, $$$int: "1" }],
];

Deno.test("witToJson() writes what JSON lacks as marked objects, which witFromJson() reads", async (t) => {
  for (const [name, value, json] of VECTORS) {
    await t.step(name, () => {
      assertEquals(witToJson(value), json);
      const back = witFromJson(json);
      assertEquals(back, value);
      if (typeof value === "number") assert(Object.is(back, value));
    });
  }
});

Deno.test("witFromJson() refuses what witToJson() cannot have written", async (t) => {
  const documents: Json[] = [
    { $none: false },
    { $int: "1.5" },
    { $int: 1 },
    { $float: "1" },
    { $float: "toString" },
    { $bytes: "?" },
    { $text: null },
    { $other: "" },
    { $text: "a", b: 1 },
  ];
  for (const document of documents) {
    await t.step(JSON.stringify(document), () => void assertThrows(() => witFromJson(document), SyntaxError));
  }
});

/** Any value that can cross the border, with keys and texts that look like markers. */
function anyValue(): fc.Arbitrary<WitValue> {
  const key = fc.oneof(fc.constantFrom("$none", "$int", "$$text", "$bytes", "__proto__"), fc.string());
  const { value } = fc.letrec<{ value: WitValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(undefined, null, true, -0),
      fc.double(),
      fc.bigInt(),
      fc.string({ unit: "binary" }),
      fc.uint8Array(),
      fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
      fc.array(tie("value")),
      fc.array(fc.tuple(key, tie("value"))).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  return value;
}

Deno.test("witFromJson() gives back every value after a way through JSON text", () => {
  fc.assert(fc.property(anyValue(), (value) => {
    assertEquals(witFromJson(JSON.parse(JSON.stringify(witToJson(value)))), value);
  }));
});
