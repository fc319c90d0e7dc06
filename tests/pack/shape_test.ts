/** Fields by name and type. */

import { assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { Fields, isIdentifier, isVersion } from "../../lib/pack/shape.ts";

Deno.test("Fields reads what is there and names what is not", async (t) => {
  const fields = new Fields({ text: "x", list: ["a", 1], rows: [{ id: 1 }], none: null, map: {} }, {
    place: "m",
  });
  assertEquals([fields.text("text"), fields.optionalText("none"), fields.optional("toString")], [
    "x",
    undefined,
    undefined,
  ]);
  assertEquals([fields.has("none"), fields.has("map"), fields.optionalObject("none")], [
    false,
    true,
    undefined,
  ]);
  assertEquals(fields.objects("rows").map((row) => row.path), ["rows[0]"]);
  const table: [() => unknown, string][] = [
    [() => fields.text("none"), 'Field "none" is missing'],
    [() => fields.text("map"), 'Field "map" is no text'],
    [() => fields.text("constructor"), 'Field "constructor" is missing'],
    [() => fields.texts("list"), 'Field "list[1]" is no text'],
    [() => fields.list("map"), 'Field "map" is no list'],
    [() => fields.list("gone"), 'Field "gone" is missing'],
    [() => fields.object("gone"), 'Field "gone" is no map'],
    [() => fields.objects("list"), 'Field "list[0]" is no map'],
    [() => fields.objects("rows")[0]?.text("id"), 'Field "rows[0].id" is no text'],
    [() => fields.object("map").object("a"), 'Field "map.a" is no map'],
    [() => new Fields([], { place: "m" }), "Manifest is no map"],
  ];
  for (const [read, message] of table) {
    await t.step(message, () => {
      const error = assertThrows(read, RunnerError);
      assertEquals([error.code, error.message, error.place], ["manifest.invalid", message, "m"]);
    });
  }
});

Deno.test("isIdentifier() and isVersion() know the alphabets", () => {
  for (const id of ["a", "A.b-c_9", "...", "__proto__"]) assertEquals(isIdentifier(id), true, id);
  for (const id of ["", "a b", "a/b", "ü", "a\n"]) assertEquals(isIdentifier(id), false, id);
  for (const version of ["0.0.0", "1.2.3-rc.1+b.05", "1.0.0-0a", "1.0.0--"]) {
    assertEquals(isVersion(version), true, version);
  }
  for (
    const version of [
      "1",
      "1.2",
      "01.2.3",
      "1.2.3-",
      "1.2.3-01",
      "1.2.3-a..b",
      "1.2.3+",
      "v1.2.3",
      "1.2.3\n",
      "",
    ]
  ) {
    assertEquals(isVersion(version), false, version);
  }
});
