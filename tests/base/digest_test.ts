/** Digests against the published vectors of their algorithms. */

import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { blake3Hex, createBlake3, sha256Hex, unshared } from "../../lib/base/digest.ts";

const TEXT = new TextEncoder();

/** The input of the BLAKE3 vectors: bytes that count up to 250 and begin anew. */
function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i % 251);
}

Deno.test("blake3Hex() agrees with the published vectors", async (t) => {
  const vectors: [number, string][] = [
    [0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
    [1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
    [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
  ];
  for (const [length, expected] of vectors) {
    await t.step(`${length} bytes`, async () => assertEquals(await blake3Hex(counting(length)), expected));
  }
});

Deno.test("createBlake3() gives the digest of all pieces in order", async () => {
  const bytes = counting(3000);
  const pieces = (await createBlake3()).update(bytes.subarray(0, 1)).update(bytes.subarray(1, 2000));
  assertEquals(pieces.update(bytes.subarray(2000)).digest().toHex(), await blake3Hex(bytes));
});

Deno.test("createBlake3() digests do not share their state", async () => {
  const one = await createBlake3();
  const two = await createBlake3();
  one.update(TEXT.encode("one"));
  two.update(TEXT.encode("two"));
  assertEquals(one.digest().toHex(), await blake3Hex(TEXT.encode("one")));
  assertEquals(two.digest().toHex(), await blake3Hex(TEXT.encode("two")));
});

Deno.test("sha256Hex() agrees with the published vector", async () => {
  const expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assertEquals(await sha256Hex(TEXT.encode("abc")), expected);
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set(TEXT.encode("abc"));
  assertEquals(await sha256Hex(shared), expected);
});

Deno.test("unshared() copies only what other threads may see", () => {
  const own = counting(4);
  const shared = new Uint8Array(new SharedArrayBuffer(4));
  assertStrictEquals(unshared(own), own);
  assertNotStrictEquals(unshared(shared), shared);
  assertEquals(unshared(shared), new Uint8Array(4));
});
