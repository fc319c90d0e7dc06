import { assertEquals, assertNotEquals } from "@std/assert";
import type { Draws } from "../../lib/base/tape.ts";
import {
  DrawKeeper,
  type GuestSources,
  guestSources,
  MAX_RANDOM_BYTES,
  MAX_READINGS,
} from "../../lib/component/guest_draws.ts";
import { NO_WASI, PLACE } from "./_helpers.ts";

const CLOCK = { nowMs: 1_700_000_000_000, advanceMs: 5 };

function replay(draws: Partial<Draws>, more: Partial<Parameters<typeof guestSources>[0]> = {}): GuestSources {
  const none: Draws = {
    wallMs: [],
    monotonicMs: [],
    random: new Uint8Array(),
    truncated: false,
    stoppedInSleep: 0,
  };
  return guestSources({ draws: { ...none, ...draws }, place: PLACE, wasi: NO_WASI, ...more }, () => {
    throw new Error("A replay waits for nothing");
  });
}

/** So many answers of a function. */
function times<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read);
}

function random({ fill }: GuestSources, length: number): number[] {
  const bytes = new Uint8Array(length);
  fill(bytes);
  return [...bytes];
}

Deno.test("guestSources() gives what is granted when there is nothing to replay", () => {
  const slept: number[] = [];
  const wasi = { ...NO_WASI, clock: CLOCK, seed: "seven" };
  const call = { draws: null, place: PLACE, wasi };
  const sources = guestSources(call, (ms) => void slept.push(ms));
  assertEquals(times(2, sources.clock.wallMs), [CLOCK.nowMs, CLOCK.nowMs + 5]);
  assertEquals(random(sources, 8), random(guestSources(call, () => {}), 8));
  const elsewhere = guestSources({ ...call, place: { ...PLACE, callId: "c2" } }, () => {});
  assertNotEquals(random(sources, 8), random(elsewhere, 8));
  assertEquals(slept, []);
  guestSources({ ...call, wasi: NO_WASI }, (ms) => void slept.push(ms)).clock.sleep(7);
  assertEquals(slept, [7]);
});

Deno.test("guestSources() gives recorded readings, then goes on from the last by a millisecond each", () => {
  const { clock } = replay({ wallMs: [1000, 900], monotonicMs: [1.5, 1.5] });
  assertEquals(times(4, clock.wallMs), [1000, 900, 901, 902]);
  assertEquals(times(4, clock.monotonicMs), [1.5, 1.5, 2.5, 3.5]);
});

Deno.test("guestSources() lets a replay's sleep move on only what is beyond the recording", () => {
  const { clock } = replay({ wallMs: [1000], monotonicMs: [1, 2] });
  assertEquals([clock.wallMs(), clock.monotonicMs()], [1000, 1]);
  clock.sleep(100);
  assertEquals([clock.wallMs(), clock.monotonicMs()], [1101, 2]);
  clock.sleep(100);
  clock.sleep(-5);
  assertEquals([clock.wallMs(), clock.monotonicMs()], [1202, 103]);
});

Deno.test("guestSources() starts clocks that were never read at zero and at the granted time", () => {
  const { clock } = replay({}, { wasi: { ...NO_WASI, clock: CLOCK } });
  assertEquals(times(2, clock.wallMs), [CLOCK.nowMs, CLOCK.nowMs + 1]);
  assertEquals(times(2, clock.monotonicMs), [0, 1]);
  const before = Date.now(), now = replay({}).clock.wallMs();
  assertEquals(now >= before && now <= Date.now(), true);
});

Deno.test("guestSources() gives recorded bytes in pieces of any size, then the same ones for a place", () => {
  const recorded = { random: new Uint8Array([1, 2, 3, 4, 5]) };
  const sources = replay(recorded);
  assertEquals([random(sources, 2), random(sources, 0), random(sources, 2)], [[1, 2], [], [3, 4]]);
  const [fifth, ...beyond] = random(sources, 9);
  assertEquals(fifth, 5);
  assertEquals(random(replay(recorded), 13).slice(5), beyond);
  assertNotEquals(random(replay(recorded, { place: { ...PLACE, nodeId: "b" } }), 13).slice(5), beyond);
});

Deno.test("DrawKeeper keeps readings of both clocks up to a count, and says so", () => {
  let time = 0, slept = 0;
  const clock = {
    wallMs: () => time++,
    monotonicMs: () => time++,
    sleep: (ms: number) => void (slept += ms),
  };
  const keeper = new DrawKeeper({ clock, fill: () => {} });
  keeper.clock.wallMs();
  for (let count = 1; count < MAX_READINGS; count++) keeper.clock.monotonicMs();
  assertEquals(keeper.draws().truncated, false);
  assertEquals([keeper.clock.monotonicMs(), keeper.clock.wallMs()], [MAX_READINGS, MAX_READINGS + 1]);
  keeper.clock.sleep(3);
  const { wallMs, monotonicMs, truncated } = keeper.draws();
  assertEquals([wallMs, monotonicMs.length, monotonicMs.at(-1), truncated, slept], [
    [0],
    MAX_READINGS - 1,
    MAX_READINGS - 1,
    true,
    3,
  ]);
});

Deno.test("DrawKeeper keeps random bytes up to a size, and says so", () => {
  const clock = { wallMs: () => 0, monotonicMs: () => 0, sleep() {} };
  let value = 0;
  const keeper = new DrawKeeper({ clock, fill: (bytes) => void bytes.fill(++value) });
  assertEquals(random(keeper, 3), [1, 1, 1]);
  assertEquals([...keeper.draws().random], [1, 1, 1]);
  const size = 1024 * 1024;
  for (let count = 0; count < 15; count++) keeper.fill(new Uint8Array(size));
  keeper.fill(new Uint8Array(size - 3));
  assertEquals([keeper.draws().random.length, keeper.draws().truncated], [MAX_RANDOM_BYTES, false]);
  assertEquals(random(keeper, 2), [18, 18]);
  const { random: kept, truncated } = keeper.draws();
  assertEquals([kept.length, kept.at(-1), kept[3], truncated], [MAX_RANDOM_BYTES, 17, 2, true]);
});
