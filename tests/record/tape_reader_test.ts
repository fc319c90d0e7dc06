import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { Seal } from "../../lib/record/seal.ts";
import { standIn } from "../../lib/record/stand_in.ts";
import { readTape } from "../../lib/record/tape_reader.ts";
import { at, call, inFolder, ok, recorded, valueOf, WHOLE } from "./_tape.ts";

const HEAD = '{"version":1,"secrets":[]}\n', NOW = '{"now":"2025-12-16T12:10:15.000Z"}\n';
const PLACE = '{"call_id":"c1","flow_id":"main","flow_path":[],"node_id":"a","attempt":1}';

Deno.test("readTape() says what is wrong with a tape", async (t) => {
  const files: [string, string | null, string][] = [
    ["absent", null, "left no tape.jsonl"],
    ["empty", "", "it has no first line"],
    ["of something else", "[]\n", "its first line has no version"],
    ["newer", '{"version":2,"secrets":[]}\n', "Version 2 of the tape is newer than 1"],
    ["no JSON", `${HEAD}{"now"\n`, "tape.jsonl:2"],
    ["no line that is known", `${HEAD}{"then":1}\n`, "it is none of the known lines"],
    [
      "a secret that is too long",
      `{"version":1,"secrets":[{"name":"A","length":1e300}]}\n`,
      "a secret has more than 16777216 characters",
    ],
    ["no time", `${HEAD}{"now":"soon"}\n`, "it has no time"],
    ["no place", `${HEAD}{"draws":{}}\n`, "it has no place"],
    ["no arguments", `${HEAD}{"answer":{"place":${PLACE}}}\n`, 'its "args" is no list'],
    [
      "no value",
      `${HEAD}{"answer":{"place":${PLACE},"interface":"a","fn":"b","args":[{"$int":"x"}],"stopped":true}}\n`,
      '"$int" marks no value that is known',
    ],
    [
      "no bytes",
      `${HEAD}{"draws":{"place":${PLACE},"wall_ms":[],"monotonic_ms":[],"random":"?"}}\n`,
      "tape.jsonl:2",
    ],
  ];
  for (const [name, text, message] of files) {
    await t.step(name, () =>
      inFolder(async (dir) => {
        if (text !== null) await Deno.writeTextFile(`${dir}/tape.jsonl`, text);
        const error = await assertRejects(() => readTape(dir), RunnerError, message) as RunnerError;
        assertEquals(error.code, "artifacts.read");
        if (text === null) assertEquals(error.hint, "Run it with --record");
      }));
  }
});

Deno.test("readTape() says that a file is no run directory", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/my.gtpack`, "");
    const error: RunnerError = await assertRejects(() => readTape(`${dir}/my.gtpack`), RunnerError);
    assertEquals([error.code, error.message], ["artifacts.read", `"${dir}/my.gtpack" is no run directory`]);
  }));

Deno.test("readTape() leaves out the line that a killed run did not end", () =>
  inFolder(async (dir) => {
    const whole = `${HEAD}${NOW}`;
    for (let length = whole.length; length >= HEAD.length; length--) {
      await Deno.writeTextFile(`${dir}/tape.jsonl`, whole.slice(0, length));
      const tape = await readTape(dir);
      assertEquals(
        tape.now()?.toISOString(),
        length === whole.length ? "2025-12-16T12:10:15.000Z" : undefined,
      );
    }
  }));

Deno.test("Tape gives times and draws", async () => {
  const draws = {
    wallMs: [1],
    monotonicMs: [2, 3],
    random: new Uint8Array([255]),
    truncated: true,
    stoppedInSleep: 0,
  };
  const { tape } = await recorded((writer) => {
    writer.told(new Date(1));
    writer.drawn(at("a", "c1"), draws);
    writer.drawn(at("a", "c2"), { ...draws, wallMs: [9] });
    writer.told(new Date(2));
  });
  assertEquals([tape.now(), tape.now(), tape.now()], [new Date(1), new Date(2), undefined]);
  assertEquals(tape.draws(at("a", "x")), draws);
  assertEquals(tape.draws(at("a", "y"))?.wallMs, [9]);
  assertEquals(tape.draws(at("a", "x"))?.wallMs, [1]);
  const nothing = {
    wallMs: [],
    monotonicMs: [],
    random: new Uint8Array(0),
    truncated: false,
    stoppedInSleep: 0,
  };
  assertEquals(tape.draws(at("a", "z")), nothing);
  assertEquals(tape.draws(at("a", "x", { flowPath: ["main/call"] })), nothing);
});

Deno.test("Tape.answer() finds calls by their place, not by their id", async () => {
  const { tape } = await recorded((writer) => {
    const sub = { flowPath: ["main/call"] };
    writer.answered(call(at("a", "c1"), "get", "k"), ok("first"));
    writer.answered(call(at("a", "c5", sub), "get", "k"), ok("inner"));
    writer.answered(call(at("a", "c7"), "get", "k"), ok("second"));
  });
  assertEquals(valueOf(tape.answer(call(at("a", "x2", { flowPath: ["main/call"] }), "get", "k"))), "inner");
  assertEquals(valueOf(tape.answer(call(at("a", "x1"), "get", "k"))), "first");
  assertEquals(valueOf(tape.answer(call(at("a", "x9"), "get", "k"))), "second");
});

Deno.test("Tape.answer() takes questions in order, then out of order, then from elsewhere", async () => {
  const { tape } = await recorded((writer) => {
    writer.answered(call(at("a", "c1"), "get", "k"), ok(1));
    writer.answered(call(at("a", "c1"), "get", "l"), ok(2));
    writer.answered(call(at("a", "c1"), "get", "k"), ok(3));
    writer.answered(call(at("b", "c2"), "get", "m"), ok(4));
    writer.answered(call(at("b", "c2"), "stop"), null);
  });
  const ask = (node: string, fn: string, ...args: string[]) =>
    valueOf(tape.answer(call(at(node, `x-${node}`), fn, ...args)));
  assertEquals(ask("a", "get", "l"), 2);
  // What lies behind comes before what was left out.
  assertEquals(ask("a", "get", "k"), 3);
  assertEquals(ask("a", "get", "k"), 1);
  assertEquals(ask("a", "get", "k"), 1, "used up, so any that is the same");
  assertEquals(ask("new", "get", "m"), 4, "from another call");
  assertEquals(ask("a", "put", "k"), undefined);
  assertEquals(ask("a", "get", "n"), undefined);
  assertEquals(tape.answer(call(at("b", "x-b"), "stop")), null);
  assertEquals(tape.answer({ ...call(at("a", "x-a"), "get", "k"), interface: "other" }), undefined);
});

Deno.test("Tape.answer() takes what nobody has had before what somebody had, also from elsewhere", async () => {
  const { tape } = await recorded((writer) => {
    writer.answered(call(at("a", "c1"), "read"), ok(1));
    writer.answered(call(at("b", "c2"), "read"), ok(2));
  });
  const values = [1, 2, 3].map((n) => valueOf(tape.answer(call(at("new", `x${n}`), "read"))));
  assertEquals(values, [1, 2, 1]);
});

Deno.test("Tape plays with a secret's value of now, and with one that was made up", async (t) => {
  const seal = new Seal();
  seal.add("KEY", "pa+ss/word");
  const { tape: probe, text } = await recorded((writer) => {
    writer.answered(call(at("a", "c1"), "key"), ok(new TextEncoder().encode("pa+ss/word")));
    for (
      const header of [
        `Bearer pa+ss/word`,
        `?key=${encodeURIComponent("pa+ss/word")}`,
        `Basic ${btoa("user:pa+ss/word!")}`,
      ]
    ) {
      writer.answered(call(at("a", "c1"), "send", header), ok(header.length));
    }
  }, { seal, header: { token: "pa+ss/word" } });
  assertEquals(probe.secrets, [{ name: "KEY", length: 10 }]);
  assertEquals(text.includes("pa+ss"), false);
  for (const value of ["pa+ss/word", "an+oth/er!", standIn("KEY", 10)]) {
    await t.step(value, () =>
      inFolder(async (dir) => {
        await Deno.writeTextFile(`${dir}/tape.jsonl`, text);
        const tape = await readTape(dir);
        assertEquals(assertThrows(() => tape.header(WHOLE), RunnerError).code, "secret.missing");
        tape.seal.add("KEY", value);
        assertEquals(tape.header(WHOLE), { token: value });
        const place = at("a", "x");
        assertEquals(valueOf(tape.answer(call(place, "key"))), new TextEncoder().encode(value));
        assertEquals(valueOf(tape.answer(call(place, "send", `Bearer ${value}`))), 17);
        assertEquals(
          typeof valueOf(tape.answer(call(place, "send", `?key=${encodeURIComponent(value)}`))),
          "number",
        );
        assertEquals(valueOf(tape.answer(call(place, "send", `Basic ${btoa(`user:${value}!`)}`))), 30);
        assertEquals(tape.answer(call(place, "send", "Bearer other")), undefined);
      }));
  }
});

Deno.test("Tape does not need a secret that its guest has not put yet", async () => {
  const { tape } = await recorded((writer) => {
    writer.learned("put/k", "pass phrase");
    writer.answered(call(at("a", "c1"), "send", "pass phrase"), ok(1));
    writer.answered(call(at("a", "c1"), "send", "nothing"), ok("pass phrase"));
  });
  assertEquals(tape.secrets, [{ name: "put/k", length: 11 }]);
  assertEquals(tape.answer(call(at("a", "x"), "send", "other")), undefined);
  assertThrows(() => tape.answer(call(at("a", "x"), "send", "nothing")), RunnerError, 'Secret "put/k"');
  tape.seal.add("put/k", "PASS PHRASE");
  assertEquals(valueOf(tape.answer(call(at("a", "x"), "send", "PASS PHRASE"))), 1);
});

Deno.test("Tape.nearest() tells where the next question of a call differs, without secrets", async () => {
  const seal = new Seal();
  seal.add("KEY", "hunter22");
  const { tape } = await recorded((writer) => {
    const place = at("a", "c1");
    writer.answered(call(place, "get", "k"), ok(1));
    writer.answered(call(place, "send", { url: "https://a.test", list: [1, "hunter22", 3] }), ok(2));
    writer.answered(call(place, "send", { url: "https://b.test" }), ok(3));
  }, { seal });
  tape.seal.add("KEY", "hunter22");
  const place = at("a", "x");
  assertEquals(valueOf(tape.answer(call(place, "get", "k"))), 1);
  const about = { interface: "a:b/c", fn: "send" };
  assertEquals(tape.nearest(call(place, "send", { url: "https://a.test", list: [1, "hunter23", 3] })), {
    ...about,
    path: "args[0].list[1]",
    recorded: "__SECRET(KEY,0)__",
    asked: "hunter23",
  });
  assertEquals(tape.nearest(call(place, "send", {})), {
    ...about,
    path: "args[0].list",
    recorded: [1, "__SECRET(KEY,0)__", 3],
    asked: undefined,
  });
  assertEquals(tape.nearest(call(place, "get", "l")), {
    ...about,
    path: null,
    recorded: undefined,
    asked: undefined,
  });
  assertEquals(tape.nearest(call(at("b", "y"), "get", "k")), undefined);
});
