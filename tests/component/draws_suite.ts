/** What every component host must do with what guests draw from clocks and randomness: keep it, and give it back. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { NodePlace, Outcome } from "../../lib/base/call.ts";
import type { Json } from "../../lib/base/json.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import type { Draws } from "../../lib/base/tape.ts";
import type { ComponentHostOptions } from "../../lib/component/component.ts";
import { drawer, files, hostOptions, invocation, NO_WASI, PLACE, SCHEMA_CORE, wat } from "./_helpers.ts";
import { endingOf, outputOf, type StartHost } from "./host_suite.ts";

const NEVER = new AbortController().signal;

/** Two readings of each clock and of randomness. */
const READS = "(call $wall) (call $monotonic) (call $random) (call $random) (call $monotonic) (call $wall)";

/** A clock and a seed that are none of the machine's. */
const PRETENDED = { ...NO_WASI, clock: { nowMs: 1_700_000_000_000, advanceMs: 5 }, seed: "seven" };

/** Runs the suite. */
export function drawsSuite(name: string, start: StartHost): void {
  /** One call of a guest with these instructions, and what the recorder was told of it before the call settled. */
  async function call(
    instructions: string,
    { draws, signal = NEVER, ...changes }: Partial<ComponentHostOptions> & {
      draws?: Draws;
      signal?: AbortSignal;
    } = {},
  ): Promise<{ outcome: Outcome; kept: Draws[] }> {
    const kept: Draws[] = [];
    const { options } = hostOptions({
      components: files([], { drawer: await drawer(instructions) }),
      recorder: {
        drawn(place: NodePlace, draws: Draws) {
          assertEquals(place, PLACE);
          kept.push(draws);
        },
      },
      player: draws === undefined ? null : {
        draws(place: NodePlace) {
          assertEquals(place, PLACE);
          return draws;
        },
      },
      ...changes,
    });
    await using started = start(options);
    const outcome = await started.host.invoke(invocation("drawer", "x"), signal);
    return { outcome, kept: [...kept] };
  }

  /** What a call kept, which must have been told once. */
  function only(kept: readonly Draws[]): Draws {
    assertEquals(kept.length, 1);
    return kept[0]!;
  }

  Deno.test(`${name} keeps what a guest draws, and gives it back in the place of clocks and seeds`, async (t) => {
    for (const [what, wasi] of [["the machine's", NO_WASI], ["pretended", PRETENDED]] as const) {
      await t.step(what, async () => {
        const { outcome, kept } = await call(READS, { wasi });
        const draws = only(kept);
        const output = outputOf(outcome) as number[];
        const word = (at: number) => new DataView(draws.random.buffer).getUint32(at);
        assertEquals(output, [
          draws.wallMs[0]!,
          Math.floor(draws.monotonicMs[0]!),
          word(0),
          word(8),
          Math.floor(draws.monotonicMs[1]!),
          draws.wallMs[1]!,
        ]);
        assertEquals([draws.wallMs.length, draws.monotonicMs.length, draws.random.length], [2, 2, 16]);
        assertEquals([draws.truncated, Object.keys(outcome).sort()], [
          false,
          ["metrics", "output", "status"],
        ]);
        for (const other of [NO_WASI, { ...PRETENDED, seed: "other" }]) {
          const replay = await call(READS, { draws, wasi: other });
          assertEquals(outputOf(replay.outcome), output);
          // A replay is kept like any other run.
          assertEquals(only(replay.kept), draws);
        }
      });
    }
  });

  Deno.test(`${name} takes clocks and seeds as granted where nothing was recorded`, async () => {
    const first = await call(READS, { wasi: PRETENDED });
    const player = { draws: () => null };
    const second = await call(READS, { wasi: PRETENDED, player, recorder: null });
    assertEquals(outputOf(second.outcome), outputOf(first.outcome));
    assertEquals(second.kept, []);
  });

  Deno.test(`${name} replays a guest that asks for more, or in another order, alike each time`, async (t) => {
    const { kept } = await call(READS);
    const draws = only(kept);
    const recorded = (await call(READS, { draws })).outcome;
    const [wall, monotonic, random, more, later, laterWall] = outputOf(recorded) as number[];
    await t.step("another order", async () => {
      const { outcome } = await call("(call $random) (call $monotonic) (call $wall)", { draws });
      assertEquals(outputOf(outcome), [random!, monotonic!, wall!]);
    });
    await t.step("more", async () => {
      const changed = `${READS} (call $wall) (call $wall) (call $wait (i64.const 1000)) (call $random)`;
      const outputs: Json[] = [];
      for (const wasi of [NO_WASI, PRETENDED]) {
        outputs.push(outputOf((await call(changed, { draws, wasi })).outcome));
      }
      const beyond = (outputs[0] as number[])[8]!;
      assertEquals(outputs[0], [
        ...[wall!, monotonic!, random!, more!, later!, laterWall!],
        ...[laterWall! + 1, laterWall! + 2, beyond],
      ]);
      assertEquals(outputs[1], outputs[0]!);
      assertNotEquals(beyond, random!);
    });
  });

  Deno.test(`${name} does not wait in a replay`, async () => {
    const hour = "(call $monotonic) (call $wait (i64.const 3600000)) (call $monotonic)";
    const { outcome, kept } = await call(hour, { wasi: PRETENDED });
    const limits = { ...DEFAULT_LIMITS, nodeTimeoutMs: 5_000 };
    const replay = await call(hour, { draws: only(kept), limits });
    assertEquals(outputOf(replay.outcome), outputOf(outcome));
    const [before, after] = outputOf(replay.outcome) as number[];
    assert(after! - before! >= 3_600_000);
    // Nor where the recording ends before the guest does.
    const short = { ...only(kept), monotonicMs: only(kept).monotonicMs.slice(0, 1) };
    const beyond = await call(hour, { draws: short, limits });
    const [, end] = outputOf(beyond.outcome) as number[];
    assert(end! - before! >= 3_600_000);
  });

  Deno.test(`${name} replays the readings of a wait that lasted`, async () => {
    const wait = "(call $monotonic) (call $wait (i64.const 20)) (call $monotonic)";
    const { outcome, kept } = await call(wait);
    const replay = await call(wait, { draws: only(kept) });
    assertEquals(outputOf(replay.outcome), outputOf(outcome));
    // As many as were recorded: the guest woke when it did before.
    assertEquals(only(replay.kept), only(kept));
  });

  Deno.test(`${name} keeps what linked components draw in one row`, async () => {
    const components = files([], { caller: await ticking("caller"), ticker: await ticking("ticker") });
    const kept: Draws[] = [];
    const { options } = hostOptions({
      components,
      wasi: PRETENDED,
      recorder: { drawn: (_, draws) => void kept.push(draws) },
    });
    await using started = start(options);
    assertEquals(outputOf(await started.host.invoke(invocation("caller", "x"), NEVER)), null);
    assertEquals(only(kept).monotonicMs, [0, 5, 10]);
    const again: Draws[] = [];
    const { options: replayed } = hostOptions({
      components,
      recorder: { drawn: (_, draws) => void again.push(draws) },
      player: { draws: () => only(kept) },
    });
    await using other = start(replayed);
    assertEquals(outputOf(await other.host.invoke(invocation("caller", "x"), NEVER)), null);
    assertEquals(again, kept);
  });

  Deno.test(`${name} keeps what a guest drew before it was ended`, async (t) => {
    const cases: [string, string, number, AbortSignal, number][] = [
      ["error trap.unreachable", "(call $wall) (unreachable)", 5_000, NEVER, 1],
      ["timed_out node.timeout", "(call $wall) (loop $l (br $l))", 100, NEVER, 1],
      ["timed_out node.timeout", "(call $wall) (call $wait (i64.const 3600000))", 100, NEVER, 1],
      ["cancelled node.cancelled", "(call $wall)", 5_000, AbortSignal.abort(), 0],
    ];
    for (const [ending, instructions, nodeTimeoutMs, signal, readings] of cases) {
      await t.step(`${instructions} is ${ending}`, async () => {
        const limits = { ...DEFAULT_LIMITS, nodeTimeoutMs };
        const { outcome, kept } = await call(instructions, { limits, signal });
        assertEquals([endingOf(outcome), only(kept).wallMs.length], [ending, readings]);
        assertEquals(Object.keys(outcome).sort(), ["failure", "metrics", "status"]);
      });
    }
  });

  Deno.test(`${name} lets a guest go on that draws more than is kept`, async () => {
    const kept: Draws[] = [];
    const { options } = hostOptions({
      components: files(["greedy"]),
      limits: { ...DEFAULT_LIMITS, maxValueBytes: 20_000_000 },
      recorder: { drawn: (_, draws) => void kept.push(draws) },
    });
    await using started = start(options);
    const outcome = await started.host.invoke(invocation("greedy", "random", { input: 17_000_000 }), NEVER);
    assertEquals(outputOf(outcome), 17_000_000);
    assertEquals([only(kept).truncated, only(kept).random.length], [true, 16 * 1024 * 1024]);
  });
}

/** A caller that reads the clock, lets the ticker that it is linked to read it, and reads it again; or that ticker. */
function ticking(role: "caller" | "ticker"): Promise<Uint8Array<ArrayBuffer>> {
  const tick = "acme:test/tick@1.0.0";
  const calls = role === "caller";
  return wat(`(component
    (import "wasi:clocks/monotonic-clock@0.2.6" (instance $clock (export "now" (func (result u64)))))
    ${calls ? `(import "${tick}" (instance $ticker (export "go" (func))))` : ""}
    (core func $now (canon lower (func $clock "now")))
    ${calls ? '(core func $tick (canon lower (func $ticker "go")))' : ""}
    (core instance $host (export "now" (func $now)) ${calls ? '(export "tick" (func $tick))' : ""})
    (core module $m
      (import "host" "now" (func $now (result i64)))
      ${calls ? '(import "host" "tick" (func $tick))' : "(func $tick)"}
      (memory (export "m") 1)
      (func (export "go") (drop (call $now)))
      (func (export "f") (result i32)
        (drop (call $now)) (call $tick) (drop (call $now)) (i32.const 0)))
    (core instance $i (instantiate $m (with "host" (instance $host))))
    (alias core export $i "m" (core memory $memory))
    (func $go (canon lift (core func $i "go")))
    (instance $ticking (export "go" (func $go)))
    ${calls ? "" : `(export "${tick}" (instance $ticking))`}
    (func $f (result (list u8)) (canon lift (core func $i "f") (memory $memory)))
    (instance $provider (export "invoke" (func $f)))
    (export "${SCHEMA_CORE}" (instance $provider)))`);
}
