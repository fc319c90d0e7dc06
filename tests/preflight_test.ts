/** What a run asks of Deno before it starts; each test runs with the permissions that it names. */

import { assertEquals } from "@std/assert";
import { RunnerError } from "../lib/base/errors.ts";
import { permissionFlags } from "../lib/base/permission.ts";
import { transpilerNeeds } from "../lib/component/transpiler.ts";
import { read } from "../lib/host_touches.ts";
import { warmUpCache } from "../lib/cache.ts";
import type { RunOptions } from "../lib/options.ts";
import type { PackInput } from "../lib/pack/pack_input.ts";
import { requireRunPermissions } from "../lib/preflight.ts";
import { packPath, sharedCache } from "./_helpers.ts";

const DEMO = packPath("demo.gtpack"), ORDER = packPath("order.gtpack"), FAILS = packPath("fails.gtpack");
const EMPTY = sharedCache(), WARM = sharedCache();
await warmUpCache(DEMO, { cacheDir: WARM });
const STDIN = await Deno.readFile(DEMO);

/** The hint about what is missing, or null when nothing is. */
async function hintFor(source: PackInput | null, options: RunOptions): Promise<string | null> {
  return (await errorFor(source, options))?.hint ?? null;
}

async function errorFor(source: PackInput | null, options: RunOptions): Promise<RunnerError | null> {
  try {
    const also = [read("in.json", "The input is read", "--input")];
    await requireRunPermissions({ source, options: { artifactsDir: "runs", ...options }, also });
    return null;
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code !== "permission.missing") throw error;
    return error;
  }
}

Deno.test({
  name: "requireRunPermissions() asks for nothing when all is granted",
  permissions: { read: true, write: true, env: true },
  async fn() {
    assertEquals(await hintFor(DEMO, { cacheDir: WARM }), null);
    assertEquals(await hintFor(DEMO, { cacheDir: null }), null);
  },
});

Deno.test({
  name: "requireRunPermissions() names all at once, and what will do where components are prepared",
  permissions: { read: false, write: false, env: false },
  async fn() {
    const error = await errorFor("a.gtpack", { cacheDir: "cache" });
    const [packages] = transpilerNeeds().flatMap((need) => need.name === "read" ? [need.path] : []);
    assertEquals(
      error?.hint,
      `Add --allow-read=a.gtpack,in.json,runs,cache,${packages} --allow-write=runs,cache --ignore-env`,
    );
    assertEquals(error?.rows, [
      "once its components are in the cache, less will do: " +
      "--allow-read=a.gtpack,in.json,runs,cache --allow-write=runs",
    ]);
  },
});

const ECHO = decodeURIComponent(new URL("../fixtures/components/echo/echo.wasm", import.meta.url).pathname);
const READABLE = ["in.json", "runs", EMPTY, WARM, DEMO, ORDER, FAILS, ECHO];

Deno.test({
  name:
    "requireRunPermissions() asks for what the transpiler needs only when a component is yet to be prepared",
  permissions: { read: READABLE, write: ["runs", EMPTY, WARM], env: false },
  async fn(t) {
    const transpiler = `Add ${permissionFlags(transpilerNeeds())}`;
    const table: [name: string, source: PackInput | null, options: RunOptions, hint: string | null][] = [
      ["nothing, when all are prepared", DEMO, { cacheDir: WARM }, null],
      ["another pack", FAILS, { cacheDir: WARM, entryFlow: "error" }, transpiler],
      ["other limits", DEMO, { cacheDir: WARM, limits: { maxMemoryBytes: 2 ** 20 } }, transpiler],
      ["a cache without components", DEMO, { cacheDir: EMPTY }, transpiler],
      ["a cache that is not there yet", DEMO, { cacheDir: `${EMPTY}/absent` }, transpiler],
      ["no cache", DEMO, { cacheDir: null }, transpiler],
      ["a pack without components, and no cache", ORDER, { cacheDir: null }, null],
      ["a flow that is not there", DEMO, { cacheDir: EMPTY, entryFlow: "nope" }, null],
      [
        "a component from elsewhere, though all of the pack's own are noted",
        DEMO,
        { cacheDir: WARM, components: { map: { greet: ECHO } } },
        transpiler,
      ],
      ["a pack that is yet to come", null, { cacheDir: EMPTY }, null],
      ["the same when it is there", { name: "-", bytes: STDIN }, { cacheDir: EMPTY }, transpiler],
      ["the same, prepared", { name: "-", bytes: STDIN }, { cacheDir: WARM }, null],
    ];
    for (const [name, source, options, hint] of table) {
      await t.step(name, async () => assertEquals(await hintFor(source, options), hint));
    }
  },
});

Deno.test({
  name: "requireRunPermissions() wants to read what it writes, for files are renamed into place",
  permissions: { read: ["in.json", DEMO, WARM], write: ["runs", WARM], env: true },
  fn: async () => assertEquals(await hintFor(DEMO, { cacheDir: WARM }), "Add --allow-read=runs"),
});

Deno.test({
  name: "requireRunPermissions() is content with a cache that may only be read, once all is in it",
  permissions: { read: READABLE, write: ["runs"], env: true },
  async fn() {
    assertEquals(await hintFor(DEMO, { cacheDir: WARM }), null);
    assertEquals(
      await hintFor(DEMO, { cacheDir: EMPTY }),
      `Add ${permissionFlags([...transpilerNeeds().slice(0, -1), { name: "write", path: EMPTY }])}`,
    );
  },
});

Deno.test({
  name: "requireRunPermissions() can do without a cache folder when there is none",
  permissions: { read: true, write: ["runs"], env: true },
  fn: async () => assertEquals(await hintFor(DEMO, { cacheDir: null }), null),
});
