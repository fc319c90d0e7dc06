/**
 * The figures by which packs are known, for packs of our own data: digest of the file, of the manifest, of what is
 * signed, the key and its fingerprint. They must never change, and a second implementation must find the same.
 */

import { assertEquals } from "@std/assert";
import { sha256Hex } from "../../lib/base/digest.ts";
import { buildPack } from "../../lib/pack/build.ts";
import { openSource } from "../../lib/pack/open_source.ts";
import { readSbom } from "../../lib/pack/sbom.ts";
import { checkSignature, signedDigest } from "../../lib/pack/signature.ts";
import { checkPack } from "./_checker.ts";
import { legacySpec, LIMITS, must, newSpec, SIGNING } from "./_packs.ts";

interface Vector {
  readonly file: string;
  readonly manifest: string;
  readonly digest: string;
}

const KEY = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";
const FINGERPRINT = "0871f3aabc26e4582c508af5c03884e6a96f0989d1dd8cfb49cd17ed25792433";
const VECTORS: Readonly<Record<string, Vector>> = {
  new: {
    file: "02fc8895deb2ec7a52f3fee39d4710acec7d44a895dc0415821ce0ce19ccf787",
    manifest: "abf340a6cce16c1b3c4240eece6c28918ef457b426f0d7c93899cdff0286467a",
    digest: "c519245b0d4474d3ee40ea119f1e1b49bb6544be0d879376a71d6a7363768c34",
  },
  legacy: {
    file: "4c9b152bcecae7daecc61abedbf98e5e6dbe0e69faf4d485825f4e9814e61ce1",
    manifest: "64cf82e0db9f125fb501bf0953d3ded7866cee2466818e04639cca174dda6efc",
    digest: "ef8a326db409652de86964456aec61f75a381bd89f6245a6de96885bbfc3b2f9",
  },
};

for (const [layout, spec] of [["new", newSpec], ["legacy", legacySpec]] as const) {
  Deno.test(`buildPack() gives a pack of the ${layout} layout by its vector`, async () => {
    const archive = await buildPack(spec({ signing: SIGNING }));
    const source = await openSource(archive, { limits: LIMITS });
    const sbom = must(await readSbom(source, LIMITS)), manifest = must(await source.read("manifest.cbor"));
    const digest = await signedDigest({ manifest, sbom: sbom.bytes, files: sbom.files });
    const signed = await checkSignature(source, sbom);
    const found = {
      file: await sha256Hex(archive),
      manifest: must(source.entry("manifest.cbor")).blake3,
      digest: digest.toHex(),
    };
    assertEquals(found, VECTORS[layout]);
    assertEquals(signed.type === "valid" && [signed.signature.publicKey, signed.signature.fingerprint], [
      KEY,
      FINGERPRINT,
    ]);
    const { fileSha256, manifestBlake3, signature, faults } = await checkPack(archive);
    assertEquals({ file: fileSha256, manifest: manifestBlake3, digest: signature?.digest }, found);
    assertEquals([signature?.publicKey, signature?.fingerprint, faults], [KEY, FINGERPRINT, []]);
  });
}
