/** Signatures within a manifest: over which bytes they are, and whose they are. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { concatBytes } from "../../lib/base/bytes.ts";
import { decodeCbor, encodeCbor } from "../../lib/base/cbor.ts";
import { unshared } from "../../lib/base/digest.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import { packFiles } from "../../lib/pack/build.ts";
import {
  checkManifestSignatures,
  listedSignatures,
  type ManifestSignatureCheck,
  unsignedBytes,
} from "../../lib/pack/manifest_signature.ts";
import { openPack } from "../../lib/pack/open.ts";
import { publicKeyOf } from "../../lib/pack/sign.ts";
import { readTrust } from "../../lib/pack/trust.ts";
import { PackRefused } from "../../lib/pack/verify.ts";
import { DEVOK, must, newSpec, SEED } from "./_packs.ts";

const KEY = await publicKeyOf(SEED), STRANGER = await publicKeyOf(new Uint8Array(32));

/** An Ed25519 signature in Base64. */
async function sign(message: Uint8Array, seed: Uint8Array = SEED): Promise<string> {
  const der = concatBytes([Uint8Array.fromHex("302e020100300506032b657004220420"), seed]);
  const key = await crypto.subtle.importKey("pkcs8", der, "Ed25519", false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("Ed25519", key, unshared(message))).toBase64();
}

const FILES = await packFiles(newSpec({ sbom: false }));
/** A manifest whose list of signatures is empty: these are the bytes that are signed. */
const UNSIGNED = must(FILES.get("manifest.cbor"));
const HOLDS = await sign(UNSIGNED);

/** That manifest with these signatures. */
function signed(...signatures: readonly Json[]): Uint8Array {
  const manifest = decodeCbor(UNSIGNED) as JsonObject;
  return encodeCbor({ ...manifest, signatures: { signatures } }, { order: "given" });
}

async function check(signature: Json, trust: readonly string[] = []): Promise<ManifestSignatureCheck> {
  const bytes = signed(signature);
  const manifest = { bytes, signatures: listedSignatures(decodeCbor(bytes)) };
  return must((await checkManifestSignatures(manifest, await readTrust(trust)))[0]);
}

function row(more: JsonObject = {}): JsonObject {
  return {
    key_id: "ada",
    algorithm: "ed25519",
    signature: HOLDS,
    created_at: "2026-01-01T00:00:00Z",
    ...more,
  };
}

Deno.test("unsignedBytes() empties the list and leaves every other byte alone", async (t) => {
  await t.step("an array", () => {
    assertEquals(unsignedBytes(signed(row(), row())), UNSIGNED);
    assertEquals(unsignedBytes(UNSIGNED), UNSIGNED);
  });
  const table: [string, given: string, expected: string][] = [
    ["an indefinite array", "a16173 a16173 9f 01 9fff 02 ff", "a16173 a16173 80"],
    ["an array with a wide length", "a16173 a16173 9a00000001 01", "a16173 a16173 80"],
    ["indefinite maps around", "bf6173 bf6173 8101 ff ff", "bf6173 bf6173 80 ff ff"],
    [
      "other keys before and behind",
      "a3 6161 01 6173 a2 6173 8101 6162 02 6163 03",
      "a3 6161 01 6173 a2 6173 80 6162 02 6163 03",
    ],
    [
      "numbers wider than needed",
      "a2 6161 1b0000000000000001 6173 a1 6173 8101",
      "a2 6161 1b0000000000000001 6173 a1 6173 80",
    ],
    ["a tag on the document", "d9d9f7 a16173 a16173 8101", "d9d9f7 a16173 a16173 80"],
    ["no list", "a16173 a0", "a16173 a0"],
    ["no signatures", "a16161 01", "a16161 01"],
  ];
  // The key is longer than the letter that stands for it in the table.
  const bytes = (hex: string) =>
    Uint8Array.fromHex(hex.replaceAll(" ", "").replaceAll("6173", "6a7369676e617475726573"));
  for (const [name, given, expected] of table) {
    await t.step(name, () => assertEquals(unsignedBytes(bytes(given)).toHex(), bytes(expected).toHex()));
  }
});

Deno.test("checkManifestSignatures() says whose signature it is, and whether it holds", async (t) => {
  const strangers = await sign(UNSIGNED, new Uint8Array(32)), broken = await sign(new Uint8Array(5));
  const trusting = [KEY.publicKey], none: string[] = [];
  const algorithm = (name: string) => `it names the algorithm "${name}"; only ed25519 is read`;
  const noBase64 = "its signature is not 64 bytes in Base64";
  const table: [string, JsonObject, readonly string[], ManifestSignatureCheck["result"], string][] = [
    ["a trusted key's", row(), trusting, "trusted", "holds for a trusted key"],
    [
      "a trusted key's, in capitals",
      row({ algorithm: "Ed25519" }),
      trusting,
      "trusted",
      "holds for a trusted key",
    ],
    [
      "a trusted key's, by another name of it",
      row({ algorithm: { other: "ed25519" } }),
      trusting,
      "trusted",
      "holds for a trusted key",
    ],
    [
      "one of several trusted keys'",
      row(),
      [STRANGER.publicKey, KEY.publicKey],
      "trusted",
      "holds for a trusted key",
    ],
    [
      "a trusted fingerprint's",
      row({ key_id: KEY.publicKey }),
      [KEY.fingerprint],
      "trusted",
      "holds for a trusted key",
    ],
    [
      "a stranger's, named by key",
      row({ key_id: KEY.publicKey }),
      none,
      "stranger",
      "holds for a key that nobody vouched for",
    ],
    [
      "a stranger's, in capitals",
      row({ key_id: KEY.publicKey.toUpperCase() }),
      none,
      "stranger",
      "nobody vouched for",
    ],
    ["an unknown key's", row(), none, "unknown", "no trusted key made it"],
    [
      "an unknown key's beside a trusted one",
      row({ signature: strangers }),
      trusting,
      "unknown",
      "no trusted key made it",
    ],
    ["an unnamed key's", row({ key_id: null }), none, "unknown", "no trusted key made it"],
    [
      "another document's, named by key",
      row({ key_id: KEY.publicKey, signature: broken }),
      none,
      "unknown",
      "no trusted key made it",
    ],
    ["under another's fingerprint", row({ key_id: STRANGER.fingerprint }), none, "unknown", "no trusted key"],
    [
      "another document's, named by a trusted fingerprint",
      row({ key_id: KEY.fingerprint, signature: broken }),
      [KEY.fingerprint],
      "broken",
      "it does not hold for the trusted key that it names",
    ],
    [
      "another document's, of a trusted key",
      row({ key_id: KEY.publicKey, signature: broken }),
      trusting,
      "broken",
      "it does not hold",
    ],
    [
      "another key's under a trusted name",
      row({ key_id: KEY.publicKey, signature: strangers }),
      trusting,
      "broken",
      "it does not hold",
    ],
    ["of another algorithm", row({ algorithm: "rsa" }), trusting, "broken", algorithm("rsa")],
    [
      "of another algorithm, named apart",
      row({ algorithm: { other: "p256" } }),
      trusting,
      "broken",
      algorithm("p256"),
    ],
    ["of no algorithm", row({ algorithm: null }), trusting, "broken", algorithm("")],
    ["not Base64", row({ signature: "*" }), trusting, "broken", noBase64],
    [
      "Base64 for addresses",
      row({ signature: HOLDS.replace(/.{8}$/, "-_-_-_==") }),
      trusting,
      "broken",
      noBase64,
    ],
    ["Base64 without padding", row({ signature: HOLDS.replace(/=+$/, "") }), trusting, "broken", noBase64],
    ["too short", row({ signature: "AAAA" }), trusting, "broken", noBase64],
    ["absent", row({ signature: null }), trusting, "broken", noBase64],
  ];
  for (const [name, signature, trust, result, reason] of table) {
    await t.step(name, async () => {
      const found = await check(signature, trust);
      assertEquals([found.result, found.keyId], [result, String(signature["key_id"] ?? "")]);
      assert(found.reason.includes(reason), found.reason);
    });
  }
  await t.step("no signature at all", async () => {
    assertEquals([(await check("ada")).result, (await check(null)).result], ["broken", "broken"]);
  });
});

Deno.test("checkManifestSignatures() covers every other byte of the manifest", async () => {
  const bytes = signed(row({ key_id: KEY.publicKey }));
  const trust = await readTrust([KEY.publicKey]);
  const range = unsignedBytes(bytes).length - 1;
  assertEquals(unsignedBytes(bytes)[range], 0x80);
  const signatures = listedSignatures(decodeCbor(bytes));
  for (const at of [1, 20, 100, range - 12]) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    const [found] = await checkManifestSignatures({ bytes: changed, signatures }, trust);
    assertEquals(found?.result, "broken", `at ${at}`);
  }
});

Deno.test("listedSignatures() is empty where there is no list", () => {
  const documents: Json[] = [{}, { signatures: null }, { signatures: [1] }, {
    signatures: { signatures: {} },
  }, 5];
  for (const document of documents) assertEquals(listedSignatures(document), []);
});

Deno.test("openPack() tells signatures of the manifest, and refuses broken ones alone", async (t) => {
  const table: [string, JsonObject, readonly string[], string, boolean][] = [
    ["trusted", row(), [KEY.publicKey], "verified", true],
    ["a stranger's", row({ key_id: KEY.publicKey }), [], "skipped", true],
    ["unknown", row(), [], "skipped", true],
    ["broken", row({ algorithm: "none" }), [KEY.publicKey], "mismatch", false],
  ];
  for (const [name, signature, trust, expected, opens] of table) {
    await t.step(name, async () => {
      const files = new Map([...FILES, ["manifest.cbor", signed(signature)]]);
      const seen: string[] = [];
      const opened = openPack(files, {
        ...DEVOK,
        trust,
        onVerdict: ({ check, verdict }) => check === "manifest_signatures" && seen.push(verdict),
      });
      if (opens) await opened;
      else {
        const error = await assertRejects(() => opened, PackRefused);
        assertEquals([error.code, error.place], ["verify.manifest_signature", "manifest.cbor"]);
      }
      assertEquals(seen, [expected]);
    });
  }
});

Deno.test("checkManifestSignatures() checks 16 signatures and refuses a manifest that has more", async () => {
  const trust = await readTrust([KEY.publicKey]);
  const results = async (count: number): Promise<string[]> => {
    const bytes = signed(...Array.from({ length: count }, () => row()));
    const signatures = listedSignatures(decodeCbor(bytes));
    return (await checkManifestSignatures({ bytes, signatures }, trust)).map(({ result }) => result);
  };
  assertEquals(await results(16), Array.from({ length: 16 }, () => "trusted"));
  assertEquals(await results(17), ["broken"]);
});
