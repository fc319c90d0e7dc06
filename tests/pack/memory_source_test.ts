/** Files in memory as packs. */

import { assertEquals, assertRejects } from "@std/assert";
import { blake3Hex, sha256Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { memorySource } from "../../lib/pack/memory_source.ts";
import { LIMITS, UTF8 } from "./_packs.ts";

Deno.test("memorySource() holds files by any name", async () => {
  const files = new Map([["constructor", UTF8.encode("c")], ["__proto__", UTF8.encode("p")]]);
  const source = await memorySource(files, LIMITS);
  files.set("late", new Uint8Array());
  assertEquals(source.entries.map(({ name, size }) => [name, size]), [["constructor", 1], ["__proto__", 1]]);
  assertEquals([await source.read("__proto__"), await source.read("toString")], [
    UTF8.encode("p"),
    undefined,
  ]);
});

Deno.test("memorySource() has the digest of its listing, whatever the order", async () => {
  const one = await memorySource(new Map([["a", UTF8.encode("1")], ["b", UTF8.encode("2")]]), LIMITS);
  const two = await memorySource(new Map([["b", UTF8.encode("2")], ["a", UTF8.encode("1")]]), LIMITS);
  const listing = `${await blake3Hex(UTF8.encode("1"))}  a\n${await blake3Hex(UTF8.encode("2"))}  b\n`;
  assertEquals(one.digest, `sha256:${await sha256Hex(UTF8.encode(listing))}`);
  assertEquals(two.digest, one.digest);
});

Deno.test("memorySource() passes the checks of every source", async () => {
  const bad = new Map([["../x", new Uint8Array()]]);
  assertEquals((await assertRejects(() => memorySource(bad, LIMITS), RunnerError)).code, "pack.unsafe_path");
  const large = new Map([["x", new Uint8Array(5)]]);
  const limits = { ...LIMITS, maxEntryBytes: 4 };
  assertEquals(
    (await assertRejects(() => memorySource(large, limits), RunnerError)).code,
    "pack.limit.entry",
  );
});
