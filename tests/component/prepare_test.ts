import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { meterModule } from "../../lib/component/meter.ts";
import { METER_EXPORTS } from "../../lib/component/meter_exports.ts";
import { METER_VERSION, prepare as prepareShape, type PrepareOptions } from "../../lib/component/prepare.ts";
import { readShape } from "../../lib/component/world.ts";
import { tempFolder } from "../_helpers.ts";
import { answering, fixture, nodeOf, wat } from "./_helpers.ts";

const WAITING =
  "(memory 1 1 shared) (func (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))";

const LIMITS = { maxMemoryBytes: 64 * 65536, maxTableElements: 100_000 };

interface TestOptions extends Omit<PrepareOptions, "shape"> {
  /** What `onCacheFault` was told. */
  readonly faults: unknown[];
}

/** Prepares a component after its border was read. */
async function prepare(bytes: Uint8Array<ArrayBuffer>, options: TestOptions) {
  return await prepareShape(bytes, { ...options, shape: readShape(bytes, options.place) });
}

function options(changes: Partial<TestOptions> = {}): TestOptions {
  const faults: unknown[] = [];
  return {
    place: "components/x.wasm",
    limits: LIMITS,
    cacheDir: null,
    onCacheFault: (error) => void faults.push(error),
    faults,
    ...changes,
  };
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  await using folder = await tempFolder();
  await work(folder.path);
}

Deno.test("prepare() gives glue and metered cores", async () => {
  const bytes = await fixture("host-user");
  const { prepared, cacheHit } = await prepare(bytes, options());
  assertEquals(cacheHit, false);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  assertEquals(prepared.digest, `sha256:${digest}`);
  assertEquals(prepared.shape.exports, ["greentic:component/node@0.5.0"]);
  assert(prepared.cores.length > 0);
  for (const { name, bytes } of prepared.cores) {
    const names = WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);
    assert(names.includes(METER_EXPORTS.counter), name);
    assertStringIncludes(prepared.glue, name);
  }
  assertStringIncludes(prepared.glue, "greentic:http/http-client@1.1.0");
  assert(!prepared.glue.includes("JCO_DEBUG"));
});

Deno.test("prepare() takes the second time from the cache, and the same", async () => {
  await withFolder(async (folder) => {
    const bytes = await fixture("greet");
    const given = options({ cacheDir: `${folder}/cache` });
    const first = await prepare(bytes, given);
    const second = await prepare(bytes, given);
    assertEquals([first.cacheHit, second.cacheHit], [false, true]);
    assertEquals(second.prepared, first.prepared);
    assertEquals(given.faults, []);
    assertEquals((await prepare(bytes, options())).prepared, first.prepared);
  });
});

Deno.test("prepare() takes what the process has kept before it looks into the cache", async () => {
  await withFolder(async (folder) => {
    const bytes = await fixture("greet");
    const { prepared } = await prepare(bytes, options());
    const asked: string[] = [];
    const given = options({ cacheDir: `${folder}/cache`, kept: (key) => (asked.push(key), prepared) });
    const second = await prepare(bytes, given);
    assert(second.prepared === prepared && second.cacheHit);
    assertEquals(asked, [prepared.key]);
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("prepare() has another key for other bytes and other caps", async () => {
  const keys = await Promise.all([
    prepare(await fixture("echo"), options()),
    prepare(await fixture("greet"), options()),
    prepare(await fixture("echo"), options({ limits: { ...LIMITS, maxMemoryBytes: 65 * 65536 } })),
    prepare(await fixture("echo"), options({ limits: { ...LIMITS, maxTableElements: 7 } })),
    prepare(await fixture("echo"), options({ place: "elsewhere" })),
  ]).then((all) => all.map(({ prepared }) => prepared.key));
  assertEquals(new Set(keys).size, 4);
  assertEquals(keys[0], keys.at(-1));
});

Deno.test("prepare() makes anew what is damaged in the cache", async () => {
  await withFolder(async (folder) => {
    const bytes = await fixture("echo");
    const given = options({ cacheDir: folder });
    const { prepared } = await prepare(bytes, given);
    await Deno.writeTextFile(`${folder}/${prepared.key}.component`, "damaged");
    const again = await prepare(bytes, given);
    assertEquals(again.cacheHit, false);
    assertEquals(again.prepared, prepared);
    assertEquals((await prepare(bytes, given)).cacheHit, true);
    assertEquals(given.faults, []);
  });
});

Deno.test("prepare() goes on without a cache that cannot be used, and says so", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const given = options({ cacheDir: `${folder}/file/cache` });
    const { prepared, cacheHit } = await prepare(await fixture("echo"), given);
    assertEquals(cacheHit, false);
    assert(prepared.cores.length > 0);
    assert(given.faults.length > 0);
    assert(given.faults.every((fault) => fault instanceof Error));
  });
});

Deno.test("prepare() refuses what cannot run", async (t) => {
  const echo = await fixture("echo");
  const cases: [string, Uint8Array<ArrayBuffer>, string, string][] = [
    ["a core module", await fixture("core-module"), "component.not_component", "is a core module"],
    ["text", new TextEncoder().encode("(component)"), "component.not_component", "no WebAssembly"],
    ["an empty file", new Uint8Array(), "component.not_component", "File is empty"],
    ["half a component", echo.slice(0, 3000), "component.invalid", "Component is damaged"],
    ["a component that does not validate", broken(echo), "component.invalid", "does not validate"],
    ["exceptions", await nodeOf("(tag $t) (func (throw $t))"), "component.invalid", "cannot be transpiled"],
    ["waiting on memory", await nodeOf(WAITING), "component.unmetered", '"memory.atomic.wait"'],
    ["a 64-bit memory", await nodeOf("(memory i64 1)"), "component.unmetered", "64-bit"],
    ["types that multiply", await providerWith(5), "component.invalid", "types or functions too large"],
    ["too much memory", await nodeOf("(memory 65)"), "limit.memory", "65 pages"],
  ];
  for (const [name, bytes, code, message] of cases) {
    await t.step(name, async () => {
      const error = await assertRejects(() => prepare(bytes, options()), RunnerError);
      assertEquals([error.code, error.place], [code, "components/x.wasm"]);
      assertStringIncludes(error.message, message);
    });
  }
});

Deno.test("prepare() throws nothing but a RunnerError for a component that is cut or changed", async () => {
  const bytes = await fixture("greet");
  const changed = Array.from({ length: 60 }, (_, index) => {
    const copy = bytes.slice(0, index % 3 === 0 ? bytes.length - index * 97 : bytes.length);
    copy[8 + index * 7919 % (copy.length - 8)]! ^= 1 << (index % 8);
    return copy;
  });
  let refused = 0;
  for (const bytes of changed) {
    try {
      await prepare(bytes, options());
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      assert(/^(component\.|limit\.memory$)/.test(error.code), `${error.code}: ${error.message}`);
      refused++;
    }
  }
  assert(refused > 20, `${refused} of ${changed.length} were refused`);
});

/** A component whose core module is damaged: `end` of a body becomes `drop`. */
function broken(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  for (let at = 8; at + 3 < copy.length; at++) {
    // `call`, an index below 128, `end` of a body.
    if (copy[at] === 0x10 && copy[at + 1]! < 128 && copy[at + 2] === 0x0b) copy[at + 2] = 0x1a;
  }
  return copy;
}

/** A provider that answers tuples of ten tuples, so many deep. */
async function providerWith(levels: number): Promise<Uint8Array<ArrayBuffer>> {
  const types = Array.from(
    { length: levels },
    (_, level) => `(type $t${level + 1} (tuple ${`$t${level} `.repeat(10)}))`,
  );
  return await answering(`$t${levels}`, { types: `(type $t0 (option u8)) ${types.join(" ")}` });
}

Deno.test("METER_VERSION stands for what metering writes", async () => {
  const core = await wat(`(module
    (memory 1) (table 2 funcref) (elem (i32.const 0) $a)
    (func $a (param i32) (loop $l (call $b) (memory.fill (i32.const 0) (i32.const 0) (local.get 0)) (br_if $l (local.get 0))))
    (func $b (call_indirect (param i32) (i32.const 0) (i32.const 0)) (drop (memory.grow (i32.const 1))))
    (start $b))`);
  const written = meterModule(core, { maxPages: 4, maxTableElements: 100_000, place: "x" });
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(written))).toHex();
  // When this fails, metering writes something else: raise METER_VERSION, or caches keep what the old code wrote.
  assertEquals([METER_VERSION, digest], [
    "5",
    "a65724c13cb29dc06725fc03aead020cbca76d05069b61a2b22957777676b1d5",
  ]);
});
