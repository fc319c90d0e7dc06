/** Signing as the library offers it: from whatever names an archive to a signed copy. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { buildPack } from "../lib/pack/build.ts";
import { generateKey } from "../lib/pack/keys.ts";
import { publicKeyOf } from "../lib/pack/sign.ts";
import { RunnerError, type SignOptions, signPack, verifyPack } from "../mod.ts";
import { filesOf, packPath, tempFolder } from "./_helpers.ts";
import { component } from "./_sources.ts";
import { checkPack } from "./pack/_checker.ts";
import { legacySpec, newSpec, SEED, SIGNING, tampered, unpack, UTF8 } from "./pack/_packs.ts";

const WHEN = { key: SEED, date: "2026-01-02T03:04:05Z" };

Deno.test("signPack() gives a copy that holds and is trusted by its key", async (t) => {
  for (const spec of [newSpec(), legacySpec(), newSpec({ signing: SIGNING })]) {
    await t.step(`${spec.layout}${spec.signing === undefined ? "" : ", signed before"}`, async () => {
      const bytes = await buildPack(spec), before = bytes.slice();
      const signed = await signPack(bytes, WHEN);
      assertEquals(bytes, before, "the original is left alone");
      const { publicKey, fingerprint } = await publicKeyOf(SEED);
      assertEquals([signed.publicKey, signed.fingerprint], [publicKey, fingerprint]);
      for (const trust of [publicKey, fingerprint]) {
        const report = await verifyPack(signed.archive, { signing: "strict", trust: [trust] });
        assertEquals([report.ok, report.digest], [true, signed.digest]);
      }
      assertEquals((await checkPack(signed.archive)).faults, []);
    });
  }
});

Deno.test("signPack() gives the same bytes for the same archive, key, date and name", async () => {
  const bytes = await buildPack(newSpec());
  const first = await signPack(bytes, WHEN);
  assertEquals(await signPack(bytes, WHEN), first);
  // What was signed before leaves no trace.
  assertEquals(await signPack((await signPack(bytes, { ...WHEN, key: "dev" })).archive, WHEN), first);
  const others: Partial<SignOptions>[] = [
    { date: "2026-01-02T03:04:06Z" },
    { commonName: "Other" },
    { key: new Uint8Array(32) },
    { key: "dev" },
    { key: "dev" },
  ];
  const digests = await Promise.all(
    others.map(async (more) => (await signPack(bytes, { ...WHEN, ...more })).digest),
  );
  assertEquals(new Set([first.digest, ...digests]).size, 6);
});

Deno.test("signPack() takes a key file, and every form of an archive", async () => {
  await using temp = await tempFolder();
  const { privatePem, fingerprint } = await generateKey();
  const key = `${temp.path}/my.key`;
  await Deno.writeTextFile(key, privatePem);
  const path = packPath("demo.gtpack"), bytes = await Deno.readFile(path);
  const sources = [
    path,
    new URL(`file://${path}`),
    bytes,
    { name: "standard input", bytes },
    await filesOf(path),
  ];
  const signed = await Promise.all(sources.map((source) => signPack(source, { ...WHEN, key })));
  for (const { digest, fingerprint: by } of signed) {
    assertEquals([digest, by], [signed[0]!.digest, fingerprint]);
  }
});

Deno.test("signPack() writes the date and the name that it is given", async () => {
  const { archive } = await signPack(await buildPack(newSpec()), { ...WHEN, commonName: "Example" });
  const files = await unpack(archive);
  const [envelope, chain] = ["pack.sig", "chain.pem"].map((name) =>
    new TextDecoder().decode(files.get(`signatures/${name}`))
  );
  assertEquals(JSON.parse(envelope!).signed_at_utc, WHEN.date);
  assertEquals(new X509Certificate(chain!).subject, "CN=Example");
  const plain = await unpack((await signPack(await buildPack(newSpec()), WHEN)).archive);
  const other = new X509Certificate(new TextDecoder().decode(plain.get("signatures/chain.pem")));
  assertEquals(other.subject, "CN=greentic-runner");
  assertNotEquals(other.serialNumber, new X509Certificate(chain!).serialNumber);
});

Deno.test("signPack() refuses what nobody should sign", async (t) => {
  await using temp = await tempFolder();
  const good = await buildPack(newSpec());
  const changed = await tampered(newSpec(), (files) => files.set("assets/greeting.txt", UTF8.encode("bye")));
  const table: [name: string, work: () => Promise<unknown>, code: string][] = [
    ["no archive", () => signPack(UTF8.encode("text"), WHEN), "pack.not_zip"],
    ["no file", () => signPack(`${temp.path}/absent.gtpack`, WHEN), "pack.not_found"],
    ["a folder", () => signPack(temp.path, WHEN), "pack.not_zip"],
    ["a component", async () => signPack(await component("greet"), WHEN), "pack.not_zip"],
    ["a changed file", () => signPack(changed, WHEN), "verify.digest"],
    ["no inventory", async () => signPack(await buildPack(newSpec({ sbom: false })), WHEN), "verify.sbom"],
    ["a limit", () => signPack(good, { ...WHEN, limits: { maxEntries: 1 } }), "pack.limit.entries"],
    ["no date", () => signPack(good, { ...WHEN, date: "today" }), "option.invalid"],
    ["an impossible date", () => signPack(good, { ...WHEN, date: "2026-02-30T00:00:00Z" }), "option.invalid"],
    [
      "a name that is too long",
      () => signPack(good, { ...WHEN, commonName: "x".repeat(65) }),
      "option.invalid",
    ],
    ["no name", () => signPack(good, { ...WHEN, commonName: "" }), "option.invalid"],
    ["no key", () => signPack(good, { ...WHEN, key: `${temp.path}/absent.key` }), "key.invalid"],
    ["a folder as key", () => signPack(good, { ...WHEN, key: temp.path }), "key.invalid"],
    ["half a key", () => signPack(good, { ...WHEN, key: new Uint8Array(31) }), "option.invalid"],
  ];
  for (const [name, work, code] of table) {
    await t.step(name, async () => {
      const error: RunnerError = await assertRejects(work, RunnerError);
      assertEquals(error.code, code);
      assert(error.message !== "");
    });
  }
});
