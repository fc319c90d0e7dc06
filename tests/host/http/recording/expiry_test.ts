import { assertEquals } from "@std/assert";
import { ageFault } from "../../../../lib/host/http/recording/expiry.ts";
import { recorded } from "./_helpers.ts";

Deno.test("ageFault() tells the age of what is too old", async (t) => {
  const content = recorded("", { recordedAt: "2026-01-01T00:00:00Z" });
  const cases: [now: string, afterDays: number | null, fault: string | undefined][] = [
    ["2036-01-01T00:00:00Z", null, undefined],
    ["2026-01-31T00:00:00Z", 30, undefined],
    ["2026-01-31T00:00:00.001Z", 30, 'Recording "f" is 30 days old and expires after 30'],
    ["2026-03-01T12:00:00Z", 30, 'Recording "f" is 59 days old and expires after 30'],
    ["2026-01-01T12:00:00Z", 0.25, 'Recording "f" is 0 days old and expires after 0.25'],
    ["2025-01-01T00:00:00Z", 0, undefined],
  ];
  for (const [now, afterDays, fault] of cases) {
    await t.step(`${now}, ${afterDays}`, () => {
      assertEquals(ageFault({ file: "f", content }, afterDays, new Date(now)), fault);
    });
  }
});
