/** Files in memory as packs. */

import { assertEquals, assertThrows } from "@std/assert";
import { sha256Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { memorySource } from "../../lib/pack/memory_source.ts";
import { LIMITS, UTF8 } from "./_packs.ts";

Deno.test("memorySource() holds files by any name", async () => {
  const files = new Map([["constructor", UTF8.encode("c")], ["__proto__", UTF8.encode("p")]]);
  const source = memorySource(files, LIMITS);
  files.set("late", new Uint8Array());
  assertEquals(source.entries, [{ name: "constructor", size: 1 }, { name: "__proto__", size: 1 }]);
  assertEquals([await source.read("__proto__"), await source.read("toString")], [
    UTF8.encode("p"),
    undefined,
  ]);
});

Deno.test("memorySource() has the digest of its listing, whatever the order", async () => {
  const one = memorySource(new Map([["a", UTF8.encode("1")], ["b", UTF8.encode("2")]]), LIMITS);
  const two = memorySource(new Map([["b", UTF8.encode("2")], ["a", UTF8.encode("1")]]), LIMITS);
  const listing = `${await sha256Hex(UTF8.encode("1"))}  a\n${await sha256Hex(UTF8.encode("2"))}  b\n`;
  assertEquals(await one.digest(), `sha256:${await sha256Hex(UTF8.encode(listing))}`);
  assertEquals(await two.digest(), await one.digest());
});

Deno.test("memorySource() passes the checks of every source", () => {
  const bad = new Map([["../x", new Uint8Array()]]);
  assertEquals(assertThrows(() => memorySource(bad, LIMITS), RunnerError).code, "pack.unsafe_path");
  const large = new Map([["x", new Uint8Array(5)]]);
  const limits = { ...LIMITS, maxEntryBytes: 4 };
  assertEquals(assertThrows(() => memorySource(large, limits), RunnerError).code, "pack.limit.entry");
});
