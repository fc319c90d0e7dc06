/** The line that is written over: when it is there, what it says, and that it leaves no trace. */

import { assertEquals } from "@std/assert";
import { LiveLine } from "../../lib/cli/live_line.ts";
import type { Terminal } from "../../lib/cli/terminal.ts";
import { terminal } from "./_terminals.ts";

/** A line whose clock is set by hand. */
function setUp(on: Terminal): { live: LiveLine; written: string[]; at: (ms: number) => string[] } {
  const written: string[] = [];
  let now = 0;
  const live = new LiveLine((text) => void written.push(text), on, () => now);
  return {
    live,
    written,
    at(ms) {
      now = ms;
      live.tick();
      return written.splice(0);
    },
  };
}

const PLAIN = terminal(60, { colour: false });

Deno.test("LiveLine tells a step once it takes long, with its seconds, and no more often than it changes", () => {
  const { live, at } = setUp(PLAIN);
  using _ = live;
  live.step({ text: "running greet", sinceMs: 0, afterMs: 1000 });
  assertEquals(at(999), []);
  assertEquals(at(1000), ["\r\x1b[Krunning greet  1 s"]);
  assertEquals(at(1500), []);
  assertEquals(at(2100), ["\r\x1b[Krunning greet  2 s"]);
});

Deno.test("LiveLine tells a step at once that keeps the thread busy", () => {
  const { live, written } = setUp(PLAIN);
  using _ = live;
  live.step({ text: "preparing greet (1 of 2)", sinceMs: 0, afterMs: 0 });
  assertEquals(written, ["\r\x1b[Kpreparing greet (1 of 2)"]);
});

Deno.test("LiveLine is calm however often its step changes", () => {
  const { live, at, written } = setUp(PLAIN);
  using _ = live;
  const all: string[] = [];
  for (let part = 1; part <= 50; part++) {
    all.push(...at(part));
    live.step({ text: `reading ${part}`, sinceMs: 0, afterMs: 0 });
  }
  all.push(...written.splice(0), ...at(150));
  assertEquals(all, ["\r\x1b[Kreading 1", "\r\x1b[Kreading 50"]);
});

Deno.test("LiveLine makes room for other lines, and comes back", () => {
  const { live, at, written } = setUp(PLAIN);
  using _ = live;
  live.clear();
  assertEquals(written, [], "there is nothing to take away");
  live.step({ text: "running greet", sinceMs: 0, afterMs: 0 });
  written.splice(0);
  live.clear();
  live.clear();
  assertEquals(written.splice(0), ["\r\x1b[K"]);
  assertEquals(at(10), ["\r\x1b[Krunning greet"]);
  live.step(null);
  assertEquals(written.splice(0), ["\r\x1b[K"]);
  assertEquals(at(5000), [], "the step is over");
});

Deno.test("LiveLine is never wider than its terminal, and keeps its seconds", () => {
  const { live, at } = setUp(terminal(20, { colour: false }));
  using _ = live;
  live.step({ text: "running 日本 > a-long-name", sinceMs: 0, afterMs: 0 });
  assertEquals(at(0), ["\r\x1b[Krunning 日本 > a-l…"]);
  assertEquals(at(12_000), ["\r\x1b[Krunning 日本…  12 s"]);
});

Deno.test("LiveLine writes what its terminal can show", async (t) => {
  const table: [name: string, on: Terminal, line: string][] = [
    ["colours", terminal(20), "\x1b[2mrunning a-long-nam…\x1b[0m"],
    ["ASCII alone", terminal(20, { colour: false, unicode: false }), "running a-long-n..."],
  ];
  for (const [name, on, line] of table) {
    await t.step(name, () => {
      const { live, written } = setUp(on);
      using _ = live;
      live.step({ text: "running a-long-name-of-a-node", sinceMs: 0, afterMs: 0 });
      assertEquals(written, [`\r\x1b[K${line}`]);
    });
  }
});

Deno.test("LiveLine is gone for good once it was disposed of", () => {
  const { live, at, written } = setUp(PLAIN);
  live.step({ text: "running greet", sinceMs: 0, afterMs: 0 });
  live[Symbol.dispose]();
  assertEquals(written.splice(0).at(-1), "\r\x1b[K");
  live.step({ text: "running greet", sinceMs: 0, afterMs: 0 });
  assertEquals(at(5000), []);
});
