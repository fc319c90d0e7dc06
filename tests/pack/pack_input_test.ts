/** What names a pack, and bytes that nobody else may change. */

import { assert, assertEquals } from "@std/assert";
import { buildPack } from "../../lib/pack/build.ts";
import { openSource } from "../../lib/pack/open_source.ts";
import { heldInput, ownBytes, type PackInput } from "../../lib/pack/pack_input.ts";
import { ASK, LIMITS, newSpec } from "./_packs.ts";

const ARCHIVE = await buildPack(newSpec());

Deno.test("heldInput() copies bytes before anything is waited for", async () => {
  for (const given of [ARCHIVE.slice(), ASK.slice()]) {
    const before = given.slice(), files = new Map([["x", given]]);
    const held = [heldInput(given), heldInput({ name: "n", bytes: given }), heldInput(files)];
    given.fill(0);
    files.clear();
    const again = await openSource(before, { limits: LIMITS });
    const sources = await Promise.all(held.map((input) => openSource(input, { limits: LIMITS })));
    const name = again.entries.at(-1)?.name ?? "";
    assertEquals(sources.slice(0, 1).map(({ digest }) => digest), [again.digest]);
    assertEquals(await sources[0]?.read(name), await again.read(name));
    assertEquals([sources[1]?.digest, await sources[2]?.read("x")], [again.digest, before]);
  }
  assertEquals(heldInput("x.gtpack"), "x.gtpack");
});

Deno.test("heldInput() takes bytes as they are that nobody else has", () => {
  const bytes = ARCHIVE.slice(), held = heldInput(ownBytes("n", bytes));
  assert(typeof held === "object" && "bytes" in held && held.bytes === bytes);
});

Deno.test("heldInput() does not copy again what it has copied", () => {
  const held = heldInput(ARCHIVE), file = fileOf(heldInput(new Map([["x", ARCHIVE]])));
  assert(held !== ARCHIVE && heldInput(held) === held);
  assert(file !== ARCHIVE && fileOf(heldInput(new Map([["x", file]]))) === file);
});

/** The only file of an input that is files by name. */
function fileOf(input: PackInput): Uint8Array {
  const [file] = input instanceof Map ? (input as ReadonlyMap<string, Uint8Array>).values() : [];
  if (file === undefined) throw new Error("The input is no files by name");
  return file;
}
