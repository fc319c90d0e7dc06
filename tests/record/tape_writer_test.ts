import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Seal } from "../../lib/record/seal.ts";
import { secretForms } from "../../lib/record/secret_forms.ts";
import { readTape } from "../../lib/record/tape_reader.ts";
import { TapeWriter } from "../../lib/record/tape_writer.ts";
import { at, call, inFolder, ok, recorded, WHOLE } from "./_tape.ts";

Deno.test("TapeWriter writes lines that can be read", async () => {
  const seal = new Seal();
  seal.add("TOKEN", "hunter22");
  const { text } = await recorded((writer) => {
    const place = at("ask", "c1", { flowId: "sub", flowPath: ["main/call"] });
    writer.answered(call(place, "send", { url: "https://a.test/?k=hunter22", body: undefined }, 1n), {
      reply: { type: "err", error: new TextEncoder().encode("é") },
      status: "error",
      provider: "mock",
      outputs: { $odd: ["hunter22"] },
    });
    writer.answered(call(place, "wait"), null);
    writer.learned("put/b", new TextEncoder().encode("pass phrase"));
    writer.learned("put/b", "pass phrase");
    writer.drawn(place, {
      wallMs: [1.5],
      monotonicMs: [2],
      random: new Uint8Array([1, 255]),
      truncated: false,
      stoppedInSleep: 0,
    });
    writer.told(new Date("2025-12-16T12:10:15.123Z"));
  }, { seal, header: { version: 7, secrets: "none", pack: "demo", input: { key: "hunter22" } } });
  const place = '{"call_id":"c1","flow_id":"sub","flow_path":["main/call"],"node_id":"ask","attempt":1}';
  assertEquals(text.split("\n"), [
    '{"version":1,"pack":"demo","input":{"key":"__SECRET(TOKEN,0)__"},"secrets":[{"name":"TOKEN","length":8}]}',
    `{"answer":{"place":${place},"interface":"a:b/c","fn":"send",` +
    '"args":[{"url":"https://a.test/?k=__SECRET(TOKEN,0)__","body":{"$none":true}},{"$int":"1"}],' +
    '"reply":{"type":"err","error":{"$text":"é"}},"status":"error","provider":"mock",' +
    '"outputs":{"$$odd":["__SECRET(TOKEN,0)__"]}}}',
    `{"answer":{"place":${place},"interface":"a:b/c","fn":"wait","args":[],"stopped":true}}`,
    '{"secret":{"name":"put/b","length":11}}',
    `{"draws":{"place":${place},"wall_ms":[1.5],"monotonic_ms":[2],"random":"Af8=","truncated":false,"stopped_in_sleep":0}}`,
    '{"now":"2025-12-16T12:10:15.123Z"}',
    "",
  ]);
});

Deno.test("TapeWriter lets nobody but its owner read the file, also where another was", () =>
  inFolder(async (dir) => {
    const path = `${dir}/tape.jsonl`;
    await Deno.writeTextFile(path, "older and longer\n".repeat(99), { mode: 0o644 });
    new TapeWriter(path, { header: {}, parts: WHOLE, seal: new Seal() }).close();
    assertEquals(await Deno.readTextFile(path), '{"version":1,"secrets":[]}\n');
    if (Deno.build.os !== "windows") assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  }));

Deno.test("TapeWriter writes each line before it returns", () =>
  inFolder(async (dir) => {
    const writer = new TapeWriter(`${dir}/tape.jsonl`, { header: {}, parts: WHOLE, seal: new Seal() });
    writer.told(new Date(0));
    const { length } = (await Deno.readTextFile(`${dir}/tape.jsonl`)).split("\n");
    writer.close();
    writer.close();
    assertEquals(length, 3);
  }));

Deno.test("TapeWriter remembers a fault and goes on without a tape", () =>
  inFolder((dir) => {
    const writer = new TapeWriter(`${dir}/absent/tape.jsonl`, { header: {}, parts: WHOLE, seal: new Seal() });
    writer.learned("A", "abcd");
    writer.answered(call(at("a", "c1"), "f"), ok(1));
    writer.close();
    assertEquals([writer.fault?.code, writer.fault?.place], ["artifacts.write", `${dir}/absent/tape.jsonl`]);
    return Promise.resolve();
  }));

Deno.test("TapeWriter writes no line behind one that it could not write", () =>
  inFolder(async (dir) => {
    const writer = new TapeWriter(`${dir}/tape.jsonl`, { header: {}, parts: WHOLE, seal: new Seal() });
    writer.told(new Date(NaN));
    const fault = writer.fault;
    writer.told(new Date(0));
    writer.close();
    assertEquals(fault?.code, "artifacts.write");
    assertEquals(writer.fault, fault);
    assertEquals((await readTape(dir)).now(), undefined);
  }));

/** Secrets of signs that stand in no line of their own accord. */
const SIGNS = [...'qxzQXZ/+é"!ß %'];

Deno.test("TapeWriter leaves no spelling of a secret in its file", async () => {
  const secret = fc.string({ unit: fc.constantFrom(...SIGNS), minLength: 6, maxLength: 20 })
    .filter((text) => text.trim().length >= 6);
  await fc.assert(
    fc.asyncProperty(fc.array(secret, { minLength: 1, maxLength: 3 }), async (secrets) => {
      const seal = new Seal();
      for (const [i, text] of secrets.entries()) seal.add(`S${i}`, text);
      const forms = secrets.flatMap((text) => secretForms(text));
      const mixed = forms.map((form) => `<${form}>`).join("");
      const bytes = new TextEncoder().encode(mixed);
      const binary = new Uint8Array([0xff, ...bytes, 0x80]);
      const { tape, text } = await recorded((writer) => {
        const place = at("a", "c1");
        const question = call(place, "send", mixed, bytes, binary, { [mixed]: [btoa(`u:${"x"}`)] });
        writer.answered(question, { ...ok([bytes, binary, mixed]), outputs: { [mixed]: mixed } });
        writer.answered(call(place, "fail", mixed), {
          reply: { type: "abort", failure: { code: "x", message: mixed, details: { [mixed]: mixed } } },
          status: "denied",
          provider: "refuse",
          outputs: mixed,
        });
      }, { seal, header: { input: { [mixed]: mixed } } });
      const planted = [...forms, ...forms.map((form) => JSON.stringify(form).slice(1, -1))];
      for (const form of planted) assert(!text.includes(form), form);
      // Bytes that are no text stand in Base64, in which nothing could be found.
      for (const [, base64 = ""] of text.matchAll(/"\$bytes":"([^"]*)"/g)) {
        const found = new TextDecoder("latin1").decode(Uint8Array.fromBase64(base64));
        for (const form of forms) {
          assert(!found.includes(new TextDecoder("latin1").decode(new TextEncoder().encode(form))), form);
        }
      }
      for (const [i, value] of secrets.entries()) tape.seal.add(`S${i}`, value);
      assertEquals(tape.header(WHOLE), { input: { [mixed]: mixed } });
      const again = tape.answer(call(at("a", "x"), "send", mixed, bytes, binary, { [mixed]: ["dTp4"] }));
      assertEquals(again, { ...ok([bytes, binary, mixed]), outputs: { [mixed]: mixed } });
    }),
    { numRuns: 40 },
  );
});
