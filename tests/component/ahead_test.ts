/** Notes of what runs used, which are believed only while all that they name is there. */

import { assertEquals } from "@std/assert";
import { warmUpCache } from "../../lib/cache.ts";
import { Ahead, hasNoted } from "../../lib/component/ahead.ts";
import { packPath, sharedCache } from "../_helpers.ts";

const CACHE = sharedCache();
await warmUpCache(packPath("demo.gtpack"), { cacheDir: CACHE });
const KEYS = await keysIn(CACHE);

async function keysIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.flatMap((name) => /^([0-9a-f]+)\.component$/.exec(name)?.[1] ?? []).sort();
}

function ahead(folder: string, identity: string | null): Ahead {
  return new Ahead(folder, new Map(), Promise.resolve(identity));
}

async function noted(identity: string | null): Promise<boolean> {
  return await hasNoted(CACHE, Promise.resolve(identity));
}

Deno.test("hasNoted() believes a note only while all that it names is there", async (t) => {
  await ahead(CACHE, "whole").note(KEYS);
  await ahead(CACHE, "gone").note([...KEYS, "f".repeat(64)]);
  await ahead(CACHE, "damaged").note(["e".repeat(64)]);
  await Deno.writeTextFile(`${CACHE}/${"e".repeat(64)}.component`, "damaged");
  const table: [identity: string | null, is: boolean][] = [
    ["whole", true],
    ["gone", false],
    ["damaged", false],
    ["never noted", false],
    [null, false],
  ];
  for (const [identity, is] of table) {
    await t.step(identity ?? "nothing", async () => assertEquals(await noted(identity), is));
  }
});
