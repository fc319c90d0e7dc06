/** JSON documents from outside, counted before they are read. */

import { assertEquals } from "@std/assert";
import { MAX_JSON_DEPTH } from "../../lib/base/json.ts";
import { MAX_VALUES, readJsonDocument } from "../../lib/base/json_document.ts";

const UTF8 = new TextEncoder();

Deno.test("readJsonDocument() gives the value of a document", () => {
  const value = { a: [1, null, '[,{\\"', "\u00e9"], "__proto__": {} };
  assertEquals(readJsonDocument(UTF8.encode(JSON.stringify(value))), {
    json: JSON.parse(JSON.stringify(value)),
  });
});

Deno.test("readJsonDocument() says why a document cannot be read", async (t) => {
  const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  const table: [name: string, bytes: Uint8Array, fault: string | undefined][] = [
    ["nothing", new Uint8Array(), "is no JSON in UTF-8"],
    ["half a document", UTF8.encode("{"), "is no JSON in UTF-8"],
    ["no UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "is no JSON in UTF-8"],
    ["as deep as may be", UTF8.encode(deep(MAX_JSON_DEPTH)), undefined],
    ["deeper", UTF8.encode(deep(MAX_JSON_DEPTH + 1)), `is nested deeper than ${MAX_JSON_DEPTH}`],
    ["deeper, without an end", UTF8.encode("[".repeat(1_000_000)), `is nested deeper than ${MAX_JSON_DEPTH}`],
    ["brackets within a text", UTF8.encode(JSON.stringify("[{,".repeat(200_000))), undefined],
    ["many values", UTF8.encode(`[${"0,".repeat(MAX_VALUES)}0]`), `has more than ${MAX_VALUES} values`],
    ["many maps", UTF8.encode(`[${"{},".repeat(MAX_VALUES / 2)}{}]`), `has more than ${MAX_VALUES} values`],
  ];
  for (const [name, bytes, fault] of table) {
    await t.step(name, () => {
      const read = readJsonDocument(bytes);
      assertEquals("fault" in read ? read.fault : undefined, fault);
    });
  }
  await t.step("more than the reader wants", () => {
    assertEquals(readJsonDocument(UTF8.encode("[0,0]"), 2), { fault: "has more than 2 values" });
  });
});
