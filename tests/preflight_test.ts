/** What a run asks of Deno before it starts; each test runs with the permissions that it names. */

import { assertEquals } from "@std/assert";
import { RunnerError } from "../lib/base/errors.ts";
import { permissionFlags } from "../lib/base/permission.ts";
import { transpilerNeeds } from "../lib/component/transpiler.ts";
import { requireRunPermissions, type RunTouches } from "../lib/preflight.ts";

const EMPTY = Deno.makeTempDirSync(), WARM = Deno.makeTempDirSync();
await Deno.writeTextFile(`${WARM}/0a.component`, "");
await Deno.writeTextFile(`${EMPTY}/0a.ahead`, "[]");
globalThis.addEventListener("unload", () => {
  for (const path of [EMPTY, WARM]) Deno.removeSync(path, { recursive: true });
});

const TOUCHES: RunTouches = { read: ["a.gtpack"], artifactsDir: "runs", cacheDir: WARM };

/** The hint about what is missing, or null when nothing is. */
function hintFor(touches: RunTouches): string | null {
  try {
    requireRunPermissions(touches);
    return null;
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code !== "permission.missing") throw error;
    return error.hint ?? "";
  }
}

Deno.test({
  name: "requireRunPermissions() asks for nothing when all is granted",
  permissions: { read: true, write: true, env: true },
  fn() {
    assertEquals(hintFor(TOUCHES), null);
    assertEquals(hintFor({ ...TOUCHES, cacheDir: null }), null);
  },
});

Deno.test({
  name: "requireRunPermissions() names pack, input, run directory and cache",
  permissions: { read: false, write: false, env: false },
  fn() {
    const hint = hintFor({ ...TOUCHES, read: ["a.gtpack", "in.json"], cacheDir: "cache" });
    assertEquals(hint, "Add --allow-read=a.gtpack,in.json,runs,cache --allow-write=runs,cache");
  },
});

Deno.test({
  name: "requireRunPermissions() asks for what the transpiler needs only when no component can be prepared",
  permissions: { read: ["a.gtpack", "runs", EMPTY, WARM], write: ["runs", EMPTY, WARM], env: false },
  async fn(t) {
    const transpiler = `Add ${permissionFlags(transpilerNeeds())}`;
    const table: [name: string, cacheDir: string | null, hint: string | null][] = [
      ["nothing, when something is cached", WARM, null],
      ["a cache without components", EMPTY, transpiler],
      ["a cache that is not there yet", `${EMPTY}/absent`, transpiler],
      ["no cache", null, transpiler],
    ];
    for (const [name, cacheDir, hint] of table) {
      await t.step(name, () => assertEquals(hintFor({ ...TOUCHES, cacheDir }), hint));
    }
  },
});

Deno.test({
  name: "requireRunPermissions() wants to read what it writes, for files are renamed into place",
  permissions: { read: ["a.gtpack", WARM], write: ["runs", WARM], env: true },
  fn: () => assertEquals(hintFor(TOUCHES), "Add --allow-read=runs"),
});

Deno.test({
  name: "requireRunPermissions() can do without a cache folder when there is none",
  permissions: { read: true, write: ["runs"], env: true },
  fn: () => assertEquals(hintFor({ ...TOUCHES, cacheDir: null }), null),
});
