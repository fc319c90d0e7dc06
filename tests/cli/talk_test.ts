/** The streams as commands get them: no line runs into the live one, and data stay what they are. */

import { assertEquals } from "@std/assert";
import type { Step } from "../../lib/cli/live_line.ts";
import type { CommandIo } from "../../lib/cli/print.ts";
import { NO_TERMINAL, type Terminal } from "../../lib/cli/terminal.ts";
import { type Talk, talkOver } from "../../lib/cli/talk.ts";
import { terminal } from "./_terminals.ts";

/** A talk whose streams are one list, as they are one terminal. */
function setUp(on: Terminal): { talk: Talk; written: string[]; interrupt: AbortController } {
  const written: string[] = [], interrupt = new AbortController();
  const talk = talkOver({
    stdout: (text) => void written.push(text),
    stderr: (text) => void written.push(text),
    stdin: (limit) => Promise.resolve(new Uint8Array(limit ?? 0)),
    interrupt: interrupt.signal,
  }, on);
  return { talk, written, interrupt };
}

/** A step that begins now: no second of it has gone, however late a test comes. */
function step(): Step {
  return { text: "preparing greet (1 of 1)", sinceMs: performance.now(), afterMs: 0 };
}

const SHOWN = "\r\x1b[K\x1b[2mpreparing greet (1 of 1)\x1b[0m";
const CLEARED = "\r\x1b[K";

Deno.test("talkOver() takes the live line away before anything else is written, and when it ends", () => {
  const { talk, written } = setUp(terminal(80));
  {
    using _ = talk;
    talk.step(step());
    talk.stderr("ok        greet\n");
    talk.step(step());
    talk.stdout('"data"\n');
    talk.step(step());
  }
  assertEquals(written, [
    ...[SHOWN, CLEARED, "\x1b[32mok\x1b[0m        greet\n"],
    ...[SHOWN, CLEARED, '"data"\n'],
    ...[SHOWN, CLEARED],
  ]);
});

Deno.test("talkOver() leaves no live line once it was interrupted", () => {
  const { talk, written, interrupt } = setUp(terminal(80));
  using _ = talk;
  talk.step(step());
  interrupt.abort();
  talk.step(step());
  assertEquals(written, [SHOWN, CLEARED]);
});

Deno.test("talkOver() begins no live line once it was interrupted", () => {
  const { talk, written, interrupt } = setUp(terminal(80));
  using _ = talk;
  interrupt.abort();
  talk.step(step());
  assertEquals(written, []);
});

Deno.test("talkOver() tells no step where no line can be written over", () => {
  for (const on of [NO_TERMINAL, terminal(80, { live: false })]) {
    const { talk, written } = setUp(on);
    using _ = talk;
    talk.step(step());
    talk.step(null);
    assertEquals(written, []);
  }
});

Deno.test("talkOver() gives what can be spread, as commands do that replace some of it", () => {
  const { talk, written, interrupt } = setUp(terminal(80));
  using _ = talk;
  const heard: string[] = [];
  const io: CommandIo = { ...talk, stdout: (text) => void heard.push(text) };
  io.step(step());
  io.stderr("ok        greet\n");
  io.stdout("data\n");
  assertEquals(heard, ["data\n"]);
  assertEquals(written, [SHOWN, CLEARED, "\x1b[32mok\x1b[0m        greet\n"]);
  assertEquals(io.interrupt, interrupt.signal);
});

Deno.test("talkOver() passes data as they are, and knows that there were any", async () => {
  const { talk, written } = setUp(terminal(20));
  using _ = talk;
  assertEquals(talk.printed, false);
  const data = "error[usage]: a line that is longer than the terminal is wide\n";
  talk.stdout(data);
  assertEquals([talk.printed, written], [true, [data]]);
  assertEquals((await talk.stdin(7)).length, 7);
});
