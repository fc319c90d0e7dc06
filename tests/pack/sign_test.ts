/** Signatures: what is written, and that it holds. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { RunnerError } from "../../lib/base/errors.ts";
import { buildPack, packFiles } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import { memorySource } from "../../lib/pack/memory_source.ts";
import { generateSeed, publicKeyOf, signPack } from "../../lib/pack/sign.ts";
import { signedDigest } from "../../lib/pack/signature.ts";
import { checkPack } from "./_checker.ts";
import {
  archiveSource,
  legacySpec,
  LIMITS,
  newSpec,
  SEED,
  SIGNING,
  STRICT,
  tampered,
  unpack,
  UTF8,
} from "./_packs.ts";

const TEXT = new TextDecoder();

Deno.test("publicKeyOf() derives the key of RFC 8032's first test and its fingerprint", async () => {
  const seed = Uint8Array.fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const { publicKey, fingerprint } = await publicKeyOf(seed);
  assertEquals(publicKey, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  assertEquals(fingerprint.length, 64);
  assertNotEquals(generateSeed().toHex(), generateSeed().toHex());
});

Deno.test("signatureFiles() writes the envelope and a certificate that others read", async () => {
  const files = await packFiles(legacySpec({ signing: SIGNING }));
  const envelope = TEXT.decode(files.get("signatures/pack.sig"));
  const fields = JSON.parse(envelope);
  const { publicKey, fingerprint } = await publicKeyOf(SEED);
  assertEquals(Object.keys(fields), ["alg", "sig", "digest", "signed_at_utc", "key_fingerprint"]);
  assertEquals([fields.alg, fields.signed_at_utc, fields.key_fingerprint], [
    "ed25519",
    SIGNING.signedAt,
    fingerprint,
  ]);
  assertEquals(envelope, JSON.stringify(fields, null, 2));
  assert(/^[A-Za-z0-9_-]{86}$/.test(fields.sig));
  const pem = TEXT.decode(files.get("signatures/chain.pem"));
  const certificate = new X509Certificate(pem);
  assertEquals([certificate.subject, certificate.issuer], ["CN=greentic-dev-local", "CN=greentic-dev-local"]);
  assertEquals(certificate.serialNumber, "19".repeat(20));
  assertEquals([certificate.validFrom, certificate.validTo], [
    "Jan  1 00:00:00 1975 GMT",
    "Jan  1 00:00:00 4096 GMT",
  ]);
  assert(certificate.verify(certificate.publicKey));
  assertEquals(
    new Uint8Array(certificate.publicKey.export({ type: "spki", format: "der" })).subarray(12).toHex(),
    publicKey,
  );
  // The size of the reference's own, so nothing optional was added or left out.
  assertEquals(certificate.raw.length, 254);
  assert(pem.split("\n").every((line) => line.length <= 64) && pem.endsWith("-----END CERTIFICATE-----\n"));
});

Deno.test("signatureFiles() writes the serial, name and dates it is given", async (t) => {
  const table: [string, Uint8Array, string][] = [
    ["a first bit that would be a sign", Uint8Array.of(0x80, 1), "8001"],
    ["leading zeros", Uint8Array.of(0, 0, 0x15), "15"],
    ["nothing but zeros", Uint8Array.of(0, 0), "1"],
  ];
  for (const [name, serial, expected] of table) {
    await t.step(name, async () => {
      const dates = {
        validFrom: new Date("2049-12-31T23:59:59Z"),
        validTo: new Date("2050-01-01T00:00:00Z"),
      };
      const commonName = "x".repeat(64);
      const signing = { ...SIGNING, serial, commonName, ...dates };
      const files = await packFiles(newSpec({ signing }));
      const certificate = new X509Certificate(TEXT.decode(files.get("signatures/chain.pem")));
      assertEquals([certificate.serialNumber, certificate.subject], [expected, `CN=${commonName}`]);
      assertEquals(certificate.validFrom, "Dec 31 23:59:59 2049 GMT");
      assertEquals(certificate.validTo, "Jan  1 00:00:00 2050 GMT");
      assert(certificate.verify(certificate.publicKey));
    });
  }
});

Deno.test("signedDigest() covers manifest, inventory and lines sorted by path", async () => {
  const part = { manifest: UTF8.encode("m"), sbom: UTF8.encode("s") };
  const a = { path: "a", hash: "1" }, b = { path: "b", hash: "2" };
  const digest = async (files: typeof a[], more = {}) =>
    (await signedDigest({ ...part, files, ...more })).toHex();
  const { blake3Hex } = await import("../../lib/base/digest.ts");
  assertEquals(await digest([b, a]), await blake3Hex(UTF8.encode("msa\n1b\n2")));
  assertNotEquals(await digest([a]), await digest([a, b]));
  assertNotEquals(await digest([a]), await digest([a], { manifest: UTF8.encode("M") }));
});

Deno.test("signPack() signs anew what was built, in each layout", async () => {
  const other = new Uint8Array(32).fill(8);
  const { fingerprint } = await publicKeyOf(other);
  for (
    const spec of [newSpec(), legacySpec(), newSpec({ signing: SIGNING }), legacySpec({ signing: SIGNING })]
  ) {
    const built = await buildPack(spec);
    const signed = await signPack(await archiveSource(built), { ...SIGNING, limits: LIMITS, seed: other });
    const pack = await openPack(signed, { ...STRICT, trust: [fingerprint] });
    assertEquals(pack.id, "demo.pack");
    const direct = await buildPack({ ...spec, signing: { ...SIGNING, seed: other } });
    assertEquals([...(await unpack(signed)).keys()], [...(await unpack(direct)).keys()]);
    assertEquals(signed, direct);
    const files = await memorySource(await unpack(built), LIMITS);
    assertEquals(await signPack(files, { ...SIGNING, limits: LIMITS, seed: other }), direct);
  }
});

Deno.test("signPack() refuses what it would vouch for in vain", async () => {
  const bare = await archiveSource(await buildPack(newSpec({ sbom: false })));
  const absent = await assertRejects(() => signPack(bare, { ...SIGNING, limits: LIMITS }), RunnerError);
  assertEquals([absent.code, absent.place], ["verify.sbom", "memory"]);
  const changed = await tampered(newSpec(), (files) => files.set("assets/greeting.txt", UTF8.encode("bye")));
  const source = await archiveSource(changed);
  const error = await assertRejects(() => signPack(source, { ...SIGNING, limits: LIMITS }), RunnerError);
  assertEquals([error.code, error.place], ["verify.digest", "assets/greeting.txt"]);
});

Deno.test("signPack() puts a signature in the place of another, and changes nothing else", async (t) => {
  const other = { ...SIGNING, seed: new Uint8Array(32).fill(9), signedAt: "2027-01-01T00:00:00Z" };
  for (const spec of [newSpec({ signing: SIGNING }), legacySpec({ signing: SIGNING })]) {
    await t.step(spec.layout, async () => {
      const before = await buildPack(spec);
      const after = await signPack(await archiveSource(before), { ...other, limits: LIMITS });
      const [old, now] = [await unpack(before), await unpack(after)];
      for (const [name, bytes] of old) {
        const same = !name.startsWith("signatures/");
        if (same) assertEquals(now.get(name), bytes, name);
        else assertNotEquals(now.get(name), bytes, name);
      }
      const { faults, signature } = await checkPack(after);
      assertEquals([faults, signature?.fingerprint], [[], (await publicKeyOf(other.seed)).fingerprint]);
      assertEquals(
        await signPack(await archiveSource(after), { ...SIGNING, limits: LIMITS }),
        before,
        "and back again",
      );
    });
  }
});

Deno.test("signPack() refuses an inventory that lacks a file, and one that names a file too many", async (t) => {
  const table: [name: string, change: (files: Map<string, Uint8Array>) => void, place: string][] = [
    ["a file too many", (files) => files.set("extra.txt", UTF8.encode("x")), "extra.txt"],
    ["a file too few", (files) => files.delete("assets/greeting.txt"), "assets/greeting.txt"],
    ["another manifest", (files) => files.set("manifest.cbor", UTF8.encode("x")), "manifest.cbor"],
  ];
  for (const spec of [newSpec(), legacySpec()]) {
    for (const [name, change, place] of table) {
      await t.step(`${spec.layout}: ${name}`, async () => {
        const source = await archiveSource(await tampered(spec, change));
        const error = await assertRejects(
          () => signPack(source, { ...SIGNING, limits: LIMITS }),
          RunnerError,
        );
        assertEquals([error.code.startsWith("verify."), error.place], [true, place]);
      });
    }
  }
});
