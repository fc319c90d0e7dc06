import { assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { JsonlSink } from "../../lib/record/jsonl_sink.ts";
import { MemorySink } from "../../lib/record/memory_sink.ts";
import type { Sink } from "../../lib/record/sink.ts";

const LINES: Record<string, Json>[] = [{ b: 1, a: "é" }, { text: "two\nlines" }, {}];

/** Every sink keeps lines in order and tells where they stand. */
async function checkSink(t: Deno.TestContext, make: () => { sink: Sink; text: () => string }): Promise<void> {
  await t.step("keeps lines and offsets", () => {
    const { sink, text } = make();
    const spans = LINES.map((line) => sink.append(line));
    const bytes = new TextEncoder().encode(text());
    assertEquals(
      spans.map(([start, end]) => new TextDecoder().decode(bytes.slice(start, end))),
      ['{"a":"é","b":1}\n', '{"text":"two\\nlines"}\n', "{}\n"],
    );
    assertEquals(spans.at(-1)?.[1], bytes.length);
    sink.close();
    sink.close();
  });
}

Deno.test("MemorySink keeps lines", async (t) => {
  await checkSink(t, () => {
    const sink = new MemorySink();
    return { sink, text: () => sink.text };
  });
});

Deno.test("JsonlSink writes lines before append returns and empties an old file", async (t) => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/transcript.jsonl`;
  await Deno.writeTextFile(path, "an older transcript that is longer than the new one".repeat(9));
  await checkSink(t, () => ({ sink: new JsonlSink(path), text: () => Deno.readTextFileSync(path) }));
  await Deno.remove(dir, { recursive: true });
});

Deno.test("JsonlSink names the file that cannot be written", async () => {
  const dir = await Deno.makeTempDir();
  const error = assertThrows(
    () => new JsonlSink(`${dir}/absent/transcript.jsonl`),
    RunnerError,
  ) as RunnerError;
  assertEquals(error.code, "artifacts.write");
  assertEquals(error.message, `Run artifact "${dir}/absent/transcript.jsonl" cannot be written`);
  assertEquals(error.place, `${dir}/absent/transcript.jsonl`);
  await Deno.remove(dir, { recursive: true });
});

Deno.test({
  name: "JsonlSink reports a full disk",
  ignore: Deno.build.os !== "linux",
  fn() {
    const sink = new JsonlSink("/dev/full");
    const error = assertThrows(() => sink.append({ a: 1 }), RunnerError) as RunnerError;
    assertEquals(error.code, "artifacts.write");
    sink.close();
  },
});

Deno.test("JsonlSink does not share its file with another run", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/transcript.jsonl`;
    const first = new JsonlSink(path);
    first.append({ a: 1 });
    const error = assertThrows(() => new JsonlSink(path), RunnerError) as RunnerError;
    assertEquals([error.code, error.message], ["artifacts.write", "Run directory is in use by another run"]);
    assertEquals(Deno.readTextFileSync(path), '{"a":1}\n');
    first.close();
    new JsonlSink(path).close();
    assertEquals(Deno.readTextFileSync(path), "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
