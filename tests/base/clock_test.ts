import { assert, assertEquals, assertThrows } from "@std/assert";
import { breather, fixedClock, formatUtc, systemClock } from "../../lib/base/clock.ts";

Deno.test("formatUtc() trims the zeros at the end of the fraction", async (t) => {
  const cases: readonly [iso: string, text: string][] = [
    ["2025-12-16T12:10:15.123Z", "2025-12-16T12:10:15.123Z"],
    ["2025-12-16T12:10:15.120Z", "2025-12-16T12:10:15.12Z"],
    ["2025-12-16T12:10:15.500Z", "2025-12-16T12:10:15.5Z"],
    ["2025-12-16T12:10:10.000Z", "2025-12-16T12:10:10Z"],
    ["2025-12-16T00:00:00.000Z", "2025-12-16T00:00:00Z"],
    ["2025-12-16T12:10:15.007Z", "2025-12-16T12:10:15.007Z"],
    ["2025-12-16T14:10:15.000+02:00", "2025-12-16T12:10:15Z"],
  ];
  for (const [iso, text] of cases) {
    await t.step(iso, () => assertEquals(formatUtc(new Date(iso)), text));
  }
});

Deno.test("fixedClock() steps with each reading, the clocks apart", () => {
  const clock = fixedClock("2025-01-01T00:00:00Z", 250);
  assertEquals([clock.monotonicMs(), clock.monotonicMs(), clock.monotonicMs()], [0, 250, 500]);
  assertEquals([clock.now(), clock.now()].map(formatUtc), [
    "2025-01-01T00:00:00Z",
    "2025-01-01T00:00:00.25Z",
  ]);
});

Deno.test("fixedClock() refuses a start that is no time", () => {
  assertThrows(() => fixedClock("tomorrow"), RangeError, 'Start "tomorrow" is not a time');
});

Deno.test("systemClock does not run backwards and knows the date", () => {
  const first = systemClock.monotonicMs();
  assert(systemClock.monotonicMs() >= first);
  assert(Math.abs(systemClock.now().getTime() - Date.now()) < 5_000);
});

Deno.test("breather() gives timers their turn when the last one is long ago", async () => {
  let now = 0;
  const breathe = breather({ now: () => new Date(0), monotonicMs: () => now });
  assertEquals(breathe(), undefined);
  now = 24;
  assertEquals(breathe(), undefined);
  now = 25;
  let fired = false;
  setTimeout(() => fired = true);
  const breath = breathe();
  assertEquals(fired, false);
  await breath;
  assertEquals(fired, true);
  assertEquals(breathe(), undefined);
});
