/** Whom a user trusts: keys, fingerprints, certificates, and files and folders of these. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { openPack } from "../../lib/pack/open.ts";
import { pemBlocks, pemText } from "../../lib/pack/pem.ts";
import { publicKeyOf } from "../../lib/pack/sign.ts";
import { readTrust, type TrustStore } from "../../lib/pack/trust.ts";
import { PackRefused } from "../../lib/pack/verify.ts";
import { tempFolder } from "../_helpers.ts";
import {
  CA,
  EXPIRED_CA,
  MIDDLE_CA,
  POWERLESS_CA,
  RSA_KEY,
  SIGNER,
  SIGNER_BELOW,
  SIGNER_SEED,
  UNRELATED_CA,
} from "./_certificates.ts";
import { DEVOK, newSpec, SEED, SIGNING, STRICT, tampered, UTF8 } from "./_packs.ts";

const KEY = await publicKeyOf(SEED), SIGNER_KEY = await publicKeyOf(SIGNER_SEED);
const RAW = Uint8Array.fromHex(KEY.publicKey);
const SPKI = Uint8Array.fromHex(`302a300506032b6570032100${KEY.publicKey}`);
const PKCS8 = Uint8Array.fromHex(`302e020100300506032b657004220420${SEED.toHex()}`);
const OTHER = "0".repeat(63) + "1";

/** What `openssl x509 -text` writes before a certificate. */
const ABOUT = "Certificate:\n    Data:\n        Version: 3 (0x2)\n        Issuer: CN=Test CA\n";

function vouches(store: TrustStore): Promise<boolean> {
  return store.vouchesForKey(RAW);
}

Deno.test("readTrust() takes keys as text", async (t) => {
  const table: [string, string][] = [
    ["a key in hex", KEY.publicKey],
    ["a key in capitals", KEY.publicKey.toUpperCase()],
    ["a fingerprint", KEY.fingerprint],
    ["a fingerprint in capitals", KEY.fingerprint.toUpperCase()],
    ["a key in Base64", `ed25519:${RAW.toBase64()}`],
    ["a key in Base64 behind capitals", `ED25519:${RAW.toBase64()}`],
  ];
  for (const [name, item] of table) {
    await t.step(name, async () => {
      const store = await readTrust([OTHER, item]);
      assertEquals([await vouches(store), await store.vouchesForKey(new Uint8Array(32))], [true, false]);
    });
  }
  const keys = (await readTrust([`ed25519:${RAW.toBase64()}`])).ed25519Keys;
  assertEquals(keys, [RAW]);
  assertEquals([await vouches(await readTrust([])), await vouches(await readTrust([OTHER]))], [false, false]);
});

Deno.test("readTrust() takes files of keys, whatever their name", async (t) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/file`, pem = pemText("PUBLIC KEY", SPKI);
  const table: [string, string | Uint8Array][] = [
    ["PEM", pem],
    ["PEM with Windows' line ends", pem.replaceAll("\n", "\r\n")],
    ["PEM behind a comment", `Key of Ada\n\n${pem}`],
    ["several blocks", `${CA}${pem}${SIGNER}`],
    ["PEM blocks behind what OpenSSL tells of them", `${ABOUT}${CA}${ABOUT}${pem}`],
    ["32 bytes", RAW],
    ["lines and comments", `# Ada\n${OTHER}\n\n  ${KEY.publicKey}  \n# Ben\n`],
    ["lines with Windows' line ends", `${OTHER}\r\n${KEY.fingerprint}\r\n`],
    ["a line in Base64", `ed25519:${RAW.toBase64()}`],
  ];
  for (const [name, content] of table) {
    await t.step(name, async () => {
      await Deno.writeFile(path, typeof content === "string" ? UTF8.encode(content) : content);
      assert(await vouches(await readTrust([path])));
      assertEquals(await (await readTrust([path])).vouchesForKey(new Uint8Array(32)), false);
    });
  }
  await t.step("a certificate", async () => {
    await Deno.writeTextFile(path, SIGNER);
    assert(await (await readTrust([path])).vouchesForKey(Uint8Array.fromHex(SIGNER_KEY.publicKey)));
  });
});

Deno.test("readTrust() takes the files of keys in a folder, and nothing else there", async () => {
  await using folder = await tempFolder();
  const files = ["a.pem", "b.CRT", "c.cer", "d.pub", "e.hex", "f.txt"];
  for (const [i, name] of files.entries()) {
    await Deno.writeTextFile(`${folder.path}/${name}`, `${i}`.repeat(64));
  }
  await Deno.writeTextFile(`${folder.path}/README.md`, "no key");
  await Deno.writeTextFile(`${folder.path}/signing.key`, pemText("PRIVATE KEY", PKCS8));
  await Deno.mkdir(`${folder.path}/more.pem`);
  await Deno.writeTextFile(`${folder.path}/about.txt`, "Ada's keys, and Ben's\n");
  await Deno.writeFile(`${folder.path}/g.raw`, new Uint8Array(32).fill(0x66));
  if (Deno.build.os !== "windows") await Deno.symlink("/absent/key.pem", `${folder.path}/gone.pem`);
  const keys = (await readTrust([folder.path])).ed25519Keys.map((key) => key.toHex());
  assertEquals(keys, [...files.map((_, i) => `${i}`), "6"].map((digit) => digit.repeat(64)));
});

Deno.test("readTrust() refuses what is no key", async (t) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x.pem`, pem = pemText("PUBLIC KEY", SPKI);
  const nothing = `File "${path}" holds no key and no certificate`;
  const damaged = `File "${path}" holds PEM that is damaged, or has text after its last block`;
  const [certificate = new Uint8Array()] = (pemBlocks(SIGNER) ?? []).map(({ der }) => der);
  const table: [string, string | Uint8Array, string][] = [
    ["nothing", "", nothing],
    ["comments alone", "# nobody\n", nothing],
    ["text", "hello", nothing],
    ["a key among other lines", `${KEY.publicKey}\nhello\n`, nothing],
    ["31 bytes", new Uint8Array(31), nothing],
    ["a private key", pemText("PRIVATE KEY", PKCS8), `File "${path}" holds a private key`],
    [
      "a private key behind a public one",
      pem + pemText("PRIVATE KEY", PKCS8),
      `File "${path}" holds a private key`,
    ],
    ["a private key of another kind", pemText("EC PRIVATE KEY", PKCS8), `File "${path}" holds a private key`],
    ["an RSA key", RSA_KEY, `File "${path}" holds a public key that is no Ed25519 key`],
    ["a key of another kind", pemText("PUBLIC KEY", SPKI.subarray(0, 43)), "that is no Ed25519 key"],
    ["a request", pemText("CERTIFICATE REQUEST", SPKI), "holds a certificate request that is no Ed25519 key"],
    ["PEM without its end", pem.slice(0, -10), damaged],
    ["PEM with another end", pem.replace("END PUBLIC", "END PRIVATE"), damaged],
    ["PEM that is no Base64", pem.replace("MCow", "MC*w"), damaged],
    ["text behind a PEM block", `${pem}hello\n`, damaged],
    ["a damaged block before a good one", pem.replace("MCow", "MC*w") + pem, damaged],
    ["an end before a good block", `-----END PUBLIC KEY-----\n${pem}`, damaged],
    ["a certificate that is no PEM", certificate, `File "${path}" is DER and not PEM`],
    ["a key that is no PEM", SPKI, `File "${path}" is DER and not PEM`],
    ["a certificate of nothing", pemText("CERTIFICATE", SPKI), `File "${path}" holds a damaged certificate`],
    ["a good key before a bad one", pem + RSA_KEY, "that is no Ed25519 key"],
  ];
  for (const [name, content, message] of table) {
    await t.step(name, async () => {
      await Deno.writeFile(path, typeof content === "string" ? UTF8.encode(content) : content);
      for (const item of [path, folder.path]) {
        const error = await assertRejects(() => readTrust([KEY.publicKey, item]), RunnerError);
        assertEquals([error.code, error.place], ["trust.invalid", path]);
        assert(error.message.includes(message), error.message);
      }
    });
  }
});

Deno.test("readTrust() refuses what is neither a key nor a path that can be read", async (t) => {
  await using folder = await tempFolder();
  const short = `ed25519:${RAW.subarray(1).toBase64()}`;
  for (const item of ["", "abc", "g".repeat(64), `${"0".repeat(64)} `, short, `${folder.path}/absent`]) {
    await t.step(JSON.stringify(item), async () => {
      const error = await assertRejects(() => readTrust([item]), RunnerError);
      assertEquals([error.code, error.place], ["trust.invalid", item]);
    });
  }
  await t.step("a folder of prose", async () => {
    await using prose = await tempFolder();
    await Deno.writeTextFile(`${prose.path}/about.txt`, "no key");
    await assertRejects(() => readTrust([prose.path]), RunnerError, "holds no file of keys");
    await Deno.writeTextFile(`${prose.path}/keys.txt`, `${KEY.publicKey}\nno key\n`);
    await assertRejects(
      () => readTrust([prose.path]),
      RunnerError,
      'keys.txt" holds no key and no certificate',
    );
  });
  await t.step("an empty folder", async () => {
    const error = await assertRejects(() => readTrust([folder.path]), RunnerError);
    assertEquals([error.code, error.message], [
      "trust.invalid",
      `Folder "${folder.path}" holds no file of keys`,
    ]);
  });
});

Deno.test({
  name: "readTrust() names the permission that is missing, and needs none for keys",
  permissions: { read: false },
  async fn() {
    assert(await vouches(await readTrust([KEY.publicKey])));
    const error = await assertRejects(() => readTrust(["keys/ada.pem"]), RunnerError);
    assertEquals([error.code, error.hint], ["permission.missing", "Add --allow-read=keys/ada.pem"]);
  },
});

/** A pack that the test's signer signed, with this chain. */
function signedPack(chain: string): Promise<Uint8Array> {
  return tampered(newSpec({ signing: { ...SIGNING, seed: SIGNER_SEED } }), (files) => {
    files.set("signatures/chain.pem", UTF8.encode(chain));
  });
}

Deno.test("TrustStore vouches for keys that a trusted authority certified", async (t) => {
  await using folder = await tempFolder();
  const issuer = "verify.certificate.issuer", stranger = "verify.untrusted";
  const table: [string, chain: string, trusted: string, codes: string[]][] = [
    ["the authority in the chain", SIGNER + CA, CA, []],
    ["the authority not in the chain", SIGNER, CA, []],
    ["an authority above the chain", SIGNER_BELOW + MIDDLE_CA, CA, []],
    ["all authorities in the chain", SIGNER_BELOW + MIDDLE_CA + CA, CA, []],
    ["the authority in the middle", SIGNER_BELOW + MIDDLE_CA + CA, MIDDLE_CA, []],
    ["the authority in the middle, not in the chain", SIGNER_BELOW, MIDDLE_CA, []],
    ["something behind the chain", SIGNER + CA + UNRELATED_CA, CA, []],
    ["the signer's own certificate", SIGNER + CA, SIGNER, []],
    ["the signer's own certificate, alone", SIGNER, SIGNER, []],
    ["a gap in the chain", SIGNER_BELOW, CA, [issuer, stranger]],
    ["nobody", SIGNER + CA, "", [stranger]],
    ["nobody, and no authority in the chain", SIGNER, "", [issuer, stranger]],
    ["another authority of the same name", SIGNER, UNRELATED_CA, [issuer, stranger]],
    ["another authority, with the true one in the chain", SIGNER + CA, UNRELATED_CA, [stranger]],
    ["an authority behind a broken chain", SIGNER + CA + UNRELATED_CA, UNRELATED_CA, [stranger]],
    ["an authority that has expired", SIGNER, EXPIRED_CA, [issuer, stranger]],
    ["an authority that may issue nothing", SIGNER, POWERLESS_CA, [issuer, stranger]],
    ["an authority in the chain that may issue nothing", SIGNER + POWERLESS_CA, POWERLESS_CA, [
      issuer,
      stranger,
    ]],
    ["an authority in the chain that has expired", SIGNER + EXPIRED_CA, CA, ["verify.certificate.expired"]],
  ];
  for (const [name, chain, trusted, codes] of table) {
    await t.step(name, async () => {
      await Deno.writeTextFile(`${folder.path}/trusted.pem`, trusted);
      const trust = trusted === "" ? [] : [`${folder.path}/trusted.pem`];
      const archive = await signedPack(chain);
      const { verification } = await openPack(archive, { ...DEVOK, trust });
      assertEquals(verification.verdicts.flatMap(({ code }) => code ?? []), codes);
      const strict = openPack(archive, { ...STRICT, trust });
      if (codes.length === 0) await strict;
      else assertEquals((await assertRejects(() => strict, PackRefused)).code, "verify.policy");
    });
  }
});

Deno.test("verifySource() refuses a chain whose second certificate did not sign the first", async () => {
  for (const chain of [SIGNER + UNRELATED_CA, SIGNER_BELOW + CA, SIGNER + SIGNER_BELOW]) {
    const archive = await signedPack(chain);
    const error = await assertRejects(() => openPack(archive, DEVOK), PackRefused);
    assertEquals(error.code, "verify.signature.chain");
  }
});

Deno.test("TrustStore tells a key that is trusted itself from one that was certified", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/ca.pem`, CA);
  const reasons = await Promise.all([SIGNER_KEY.publicKey, `${folder.path}/ca.pem`].map(async (item) => {
    const pack = await openPack(await signedPack(SIGNER + CA), { ...STRICT, trust: [item] });
    return pack.verification.verdicts.find(({ check }) => check === "trust")?.reason;
  }));
  assertEquals(reasons, [
    `key with fingerprint ${SIGNER_KEY.fingerprint} is trusted`,
    `key with fingerprint ${SIGNER_KEY.fingerprint} is certified by a trusted issuer`,
  ]);
});
