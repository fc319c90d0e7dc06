import { assertEquals } from "@std/assert";
import { parseTraceParent } from "../../../lib/record/otlp/trace_parent.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736", SPAN = "00f067aa0ba902b7";

Deno.test("parseTraceParent() reads what W3C Trace Context writes, and nothing else", async (t) => {
  const table: [text: string, flags: number | null][] = [
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    [`00-${TRACE}-${SPAN}-ff`, 255],
    // Versions to come may have more behind a hyphen.
    [`01-${TRACE}-${SPAN}-03`, 3],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be`, 1],
    [`cc-${TRACE}-${SPAN}-01-`, 1],
    [`cc-${TRACE}-${SPAN}-01.more`, null],
    [`cc-${TRACE}-${SPAN}-011`, null],
    [`00-${TRACE}-${SPAN}-01-more`, null],
    [`00-${TRACE}-${SPAN}-01-`, null],
    [`ff-${TRACE}-${SPAN}-01`, null],
    [`0-${TRACE}-${SPAN}-01`, null],
    [`00-${"0".repeat(32)}-${SPAN}-01`, null],
    [`00-${TRACE}-${"0".repeat(16)}-01`, null],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, null],
    [`00-${TRACE}-${SPAN.toUpperCase()}-01`, null],
    [`00-${TRACE}0-${SPAN}-01`, null],
    [`00-${TRACE}-${SPAN}-1`, null],
    [`00-${TRACE}-${SPAN}`, null],
    [`00_${TRACE}_${SPAN}_01`, null],
    [` 00-${TRACE}-${SPAN}-01`, null],
    [`00-${TRACE}-${SPAN}-01\n`, null],
    ["", null],
  ];
  for (const [text, flags] of table) {
    await t.step(JSON.stringify(text), () => {
      const expected = flags === null ? null : { traceId: TRACE, spanId: SPAN, flags, state: "a=1" };
      assertEquals(parseTraceParent(text, "a=1"), expected);
    });
  }
});
