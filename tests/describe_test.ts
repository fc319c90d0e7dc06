/** What components say of themselves, and that nothing they do instead harms whoever asks. */

import { assert, assertEquals } from "@std/assert";
import { componentOf, readText } from "../fixtures/components/_compile.ts";
import { describeComponent, type SelfDescription } from "../lib/describe.ts";
import { resolveOptions, type RunOptions } from "../lib/options.ts";
import { exists, sharedCache, tempFolder } from "./_helpers.ts";
import { component } from "./_sources.ts";
import { wat } from "./component/_helpers.ts";

const CACHE = sharedCache();

/** What a component says. */
async function describe(bytes: Uint8Array, options: RunOptions = {}): Promise<SelfDescription> {
  const resolved = resolveOptions({ cacheDir: CACHE, ...options });
  return await describeComponent(
    { id: "asked", entry: "asked.wasm", origin: "pack", bytes: () => Promise.resolve(bytes) },
    resolved,
  );
}

/** Why a component says nothing. */
async function problem(bytes: Uint8Array, options?: RunOptions): Promise<string> {
  const said = await describe(bytes, options);
  if ("operations" in said) throw new Error(`It said ${said.operations.join(", ")}`);
  return said.problem;
}

/** A node 0.4 whose description is this text, after it did something. */
async function saying(text: string, first: string = ""): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const escaped = Array.from(bytes, (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
  const size = new DataView(new ArrayBuffer(8));
  size.setUint32(0, 32, true);
  size.setUint32(4, bytes.length, true);
  const head = Array.from(new Uint8Array(size.buffer), (byte) => `\\${byte.toString(16).padStart(2, "0")}`);
  const name = "greentic:component/node@0.4.0#";
  const core = `(module
    (memory (export "memory") 2)
    (data (i32.const 16) "${head.join("")}")
    (data (i32.const 32) "${escaped}")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "${name}get-manifest") (result i32) ${first} (i32.const 16))
    (func (export "${name}on-start") (param i32) (result i32) (i32.const 0))
    (func (export "${name}on-stop") (param i32) (result i32) (i32.const 0))
    (func (export "${name}invoke") (param i32) (result i32) (i32.const 0))
    (func (export "${name}invoke-stream") (param i32) (result i32) (i32.const 0)))`;
  const wit = await Promise.all(["spin-start/world.wit", "_wit/node_0_4.wit"].map(readText));
  return await componentOf(await wat(core), wit.join("\n"));
}

Deno.test("describeComponent() names the operations of a component, in each world's words", async (t) => {
  const table: [name: string, bytes: Uint8Array, operations: string[]][] = [
    ["a node", await component("greet"), ["greet"]],
    ["a provider", await component("provider"), ["echo", "send"]],
    ["node 0.6", await component("node6"), ["echo", "fail"]],
    ["component-runtime", await component("runtime6"), ["run"]],
    ["runtime", await component("runtime61"), ["any", "json"]],
    ["a command", await component("command"), ["run"]],
    ["texts", await saying('{"operations":["a","b"]}'), ["a", "b"]],
    ["ids", await saying('{"ops":[{"id":"a"},{"name":"b","id":"x"},5,{}]}'), ["a", "b"]],
  ];
  for (const [name, bytes, operations] of table) {
    await t.step(name, async () => assertEquals(await describe(bytes), { operations }));
  }
});

Deno.test("describeComponent() tells why a component says nothing", async (t) => {
  const table: [name: string, bytes: Uint8Array, problem: RegExp, limits?: RunOptions["limits"]][] = [
    ["names none", await component("echo"), /^the component names no operations$/],
    ["an empty list", await saying('{"operations":[]}'), /names no operations/],
    ["operations that are no list", await saying('{"operations":"run"}'), /names no operations/],
    ["null", await saying("null"), /names no operations/],
    ["nonsense", await saying("nonsense"), /names no operations/],
    ["nothing", await saying(""), /names no operations/],
    ["a trap", await saying("{}", "unreachable"), /unreachable/],
    ["a description outside of its memory", await saying("{}", "(return (i32.const 0x7ffffff0))"), /./],
    ["no end", await saying("{}", "(loop $again (br $again))"), /nodeTimeoutMs of 200/, {
      nodeTimeoutMs: 200,
    }],
    ["no beginning", await component("spin-start"), /nodeTimeoutMs of 200/, { nodeTimeoutMs: 200 }],
    ["too much", await saying(`{"operations":["${"x".repeat(2000)}"]}`), /maxValueBytes of 1000/, {
      maxValueBytes: 1000,
    }],
    ["no world", await component("no-world"), /world/],
    ["imports that nobody offers", await component("wants-more"), /acme:unknown\/api@1\.0\.0/],
    ["no component", await component("core-module"), /core module/],
    ["no WebAssembly", new TextEncoder().encode("text"), /no WebAssembly/],
  ];
  for (const [name, bytes, why, limits = {}] of table) {
    await t.step(name, async () => {
      const start = performance.now();
      const said = await problem(bytes, { limits });
      assert(why.test(said), said);
      assert(performance.now() - start < 5_000, "soon");
    });
  }
});

Deno.test("describeComponent() stops when it is asked to", async () => {
  const bytes = await saying("{}", "(loop $again (br $again))");
  const signal = AbortSignal.timeout(100);
  const start = performance.now();
  const said = await problem(bytes, { signal });
  assert(performance.now() - start < 5_000, said);
});

Deno.test("describeComponent() writes to the cache alone, or nowhere", async () => {
  await using temp = await tempFolder();
  const cacheDir = `${temp.path}/cache`;
  const bytes = await component("greet");
  assertEquals(await describe(bytes, { cacheDir: null }), { operations: ["greet"] });
  assert(!await exists(cacheDir));
  assertEquals(await describe(bytes, { cacheDir }), { operations: ["greet"] });
  assert(await exists(cacheDir));
});
