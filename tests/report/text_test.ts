/** How reports write numbers and texts. */

import { assertEquals } from "@std/assert";
import { bytes, count, duration, grouped, visible, words } from "../../lib/report/text.ts";

Deno.test("visible() shows what would steer or hide text, and leaves the rest", () => {
  assertEquals(
    visible("a\u202eb\u200bc\u0000d\u001be\u2066\rf"),
    "a\\u202eb\\u200bc\\u0000d\\u001be\\u2066\\u000df",
  );
  assertEquals(visible("Grün\n\t<b> 👩‍🍳 שלום"), "Grün\n\t<b> 👩‍🍳 שלום");
});

Deno.test("numbers are written in units that make them short", () => {
  assertEquals([0, 999, 1500, 59_960, 61_000].map(duration), [
    "0 ms",
    "999 ms",
    "1.50 s",
    "60.0 s",
    "1 min 01 s",
  ]);
  assertEquals([5, 2048, 3 * 1024 ** 2].map(bytes), ["5 B", "2 KiB", "3 MiB"]);
  assertEquals([1, 1234, 1_234_567].map(grouped), ["1", "1\u202f234", "1\u202f234\u202f567"]);
  assertEquals([count(1, "node"), count(2, "node"), words("timed_out")], ["1 node", "2 nodes", "timed out"]);
});
