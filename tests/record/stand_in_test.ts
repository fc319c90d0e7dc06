import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { standIn } from "../../lib/record/stand_in.ts";

Deno.test("standIn() makes up the same value for a name and a length, and never a short one", () => {
  assertEquals(standIn("TOKEN", 20), standIn("TOKEN", 20));
  assertNotEquals(standIn("TOKEN", 20), standIn("TOKEN#2", 20));
  assertEquals(standIn("TOKEN", 2).length, 4);
  for (const length of [4, 7, 40, 5000]) {
    assert(/^[A-Za-z0-9]+$/.test(standIn("A", length)));
    assertEquals(standIn("A", length).length, length);
  }
});
