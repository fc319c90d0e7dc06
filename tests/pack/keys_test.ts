/** Keys as PEM files: what OpenSSL wrote is read, what is written OpenSSL would read, and what signs is foreseeable. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { RunnerError } from "../../lib/base/errors.ts";
import { packFiles } from "../../lib/pack/build.ts";
import { generateKey, readPrivateKey, type SigningKey, signingOptions } from "../../lib/pack/keys.ts";
import { pemBlocks, pemText } from "../../lib/pack/pem.ts";
import { publicKeyOf } from "../../lib/pack/sign.ts";
import { tempFolder } from "../_helpers.ts";
import { newSpec, SEED } from "./_packs.ts";

/** Made with OpenSSL 3.0.19: `openssl genpkey -algorithm ed25519`. It signs nothing but what is made here. */
const OPENSSL_PRIVATE = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIPQlvMF36gAjeW4UpPQTLi+SVz14CMKEM1I1fzfv/t/x
-----END PRIVATE KEY-----
`;
const OPENSSL_SEED = "f425bcc177ea0023796e14a4f4132e2f92573d7808c2843352357f37effedff1";
/** The public half, made with `openssl pkey -pubout`. */
const OPENSSL_PUBLIC = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA4W2yZZKO5jtfKw8PrOJxaYypsTIl8n8XkdVFALNBc6A=
-----END PUBLIC KEY-----
`;
/** Made with `openssl genpkey -algorithm x25519`: a key of the same form that cannot sign. */
const X25519_PRIVATE = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEIIACxFjuniz3HndkQ3Hn0u3AG7IctizuA6TE+UubeR9t
-----END PRIVATE KEY-----
`;
/** Made with `openssl ecparam -name prime256v1 -genkey -noout`: another kind of key, in a form of its own. */
const EC_PRIVATE = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIPl32ZfbnvPwnxe38L++XR3LB6qp62jpTYqXgUGCLeIAoAoGCCqGSM49
AwEHoUQDQgAENIxRvQ0VB93Zc99cubTrp/rSq84K8VyPgR8f9EFkaYpk/mJKCvVq
T/iSupWQ+4OJWFga7gSSvVIp/oTGHjNuKg==
-----END EC PRIVATE KEY-----
`;
const WHEN = { signedAt: "2026-01-02T03:04:05Z", commonName: "Example" };

Deno.test("readPrivateKey() reads what OpenSSL writes, however it is wrapped", async (t) => {
  await using temp = await tempFolder();
  const path = `${temp.path}/my.key`;
  const table: [name: string, text: string][] = [
    ["as it is", OPENSSL_PRIVATE],
    ["with other line ends", OPENSSL_PRIVATE.replaceAll("\n", "\r\n")],
    ["with a comment before it", `Bag Attributes\n    friendlyName: mine\n${OPENSSL_PRIVATE}`],
    ["with its certificate behind it", `${OPENSSL_PRIVATE}\n${pemText("CERTIFICATE", new Uint8Array(3))}`],
  ];
  for (const [name, text] of table) {
    await t.step(name, async () => {
      await Deno.writeTextFile(path, text);
      assertEquals((await readPrivateKey(path)).toHex(), OPENSSL_SEED);
    });
  }
  await t.step("its public half is OpenSSL's", async () => {
    const { publicKey } = await publicKeyOf(Uint8Array.fromHex(OPENSSL_SEED));
    assertEquals(pemBlocks(OPENSSL_PUBLIC)![0]!.der.toHex().slice(-64), publicKey);
  });
});

Deno.test("readPrivateKey() refuses a file without such a key, by its name", async (t) => {
  await using temp = await tempFolder();
  const { publicPem } = await generateKey();
  const table: [name: string, text: string, what: RegExp][] = [
    ["nothing", "", /holds no PEM text and no unencrypted private key in PKCS #8$/],
    [
      "a public key",
      publicPem,
      /holds a block called "PUBLIC KEY" and no unencrypted private key in PKCS #8$/,
    ],
    ["a key of another form", EC_PRIVATE, /holds a block called "EC PRIVATE KEY" and no unencrypted/],
    [
      "a key with a password",
      pemText("ENCRYPTED PRIVATE KEY", new Uint8Array(48)),
      /holds a block called "ENCRYPTED PRIVATE KEY" and no unencrypted private key/,
    ],
    [
      "a certificate first",
      pemText("CERTIFICATE", new Uint8Array(3)) + OPENSSL_PRIVATE,
      /called "CERTIFICATE" and/,
    ],
    ["a key that cannot sign", X25519_PRIVATE, /holds a key that is not Ed25519$/],
    ["no key in its form", pemText("PRIVATE KEY", new Uint8Array(48)), /holds a key that is not Ed25519$/],
    ["half a key", OPENSSL_PRIVATE.slice(0, 60), /holds no PEM text and/],
    ["something behind the key", `${OPENSSL_PRIVATE}x`, /holds no PEM text and/],
    ["raw bytes", "\0\x01\x02", /holds no PEM text and/],
    ["a large file", "x".repeat(64 * 1024 + 1), /is larger than 65536 bytes$/],
  ];
  for (const [name, text, what] of table) {
    await t.step(name, async () => {
      const path = `${temp.path}/my.key`;
      await Deno.writeTextFile(path, text);
      const error: RunnerError = await assertRejects(() => readPrivateKey(path), RunnerError);
      assertEquals([error.code, error.place], ["key.invalid", path]);
      assert(error.message.includes(`"${path}"`) && what.test(error.message), error.message);
      assert((error.hint ?? "") !== "");
      assert(!`${error.message} ${error.hint}`.includes(OPENSSL_PRIVATE.slice(30, 60)), "no key is shown");
    });
  }
  await t.step("no file", async () => {
    const path = `${temp.path}/absent.key`;
    const { code, place, message } = await assertRejects(() => readPrivateKey(path), RunnerError);
    assertEquals([code, place, message], ["key.invalid", path, `File "${path}" does not exist`]);
  });
  await t.step("a folder", async () => {
    const { code, place, message } = await assertRejects(() => readPrivateKey(temp.path), RunnerError);
    assertEquals([code, place, message], ["key.invalid", temp.path, `File "${temp.path}" is a folder`]);
  });
});

Deno.test("generateKey() makes a pair that others read, each time another", async () => {
  const { privatePem, publicPem, publicKey, fingerprint } = await generateKey();
  const secret = createPrivateKey(privatePem);
  assertEquals([secret.asymmetricKeyType, privatePem.length], ["ed25519", OPENSSL_PRIVATE.length]);
  const spki = createPublicKey(publicPem).export({ type: "spki", format: "der" });
  assertEquals(new Uint8Array(spki).toHex().slice(-64), publicKey);
  assertEquals(createPublicKey(secret as never).export({ type: "spki", format: "pem" }), publicPem);
  assert(/^[0-9a-f]{64}$/.test(fingerprint) && fingerprint !== publicKey);
  assertNotEquals((await generateKey()).publicKey, publicKey);
  await using temp = await tempFolder();
  await Deno.writeTextFile(`${temp.path}/k`, privatePem);
  assertEquals(await publicKeyOf(await readPrivateKey(`${temp.path}/k`)), { publicKey, fingerprint });
});

Deno.test("signingOptions() gives the same for the same key, date and name, and else another serial", async () => {
  await using temp = await tempFolder();
  const path = `${temp.path}/my.key`;
  await Deno.writeTextFile(path, OPENSSL_PRIVATE);
  const first = await signingOptions(path, WHEN);
  assertEquals(await signingOptions(path, WHEN), first);
  assertEquals(await signingOptions(Uint8Array.fromHex(OPENSSL_SEED), WHEN), first);
  const { seed, signedAt, commonName } = first;
  assertEquals([seed.toHex(), signedAt, commonName], [OPENSSL_SEED, WHEN.signedAt, WHEN.commonName]);
  const others: [SigningKey, typeof WHEN][] = [
    [SEED, WHEN],
    [path, { ...WHEN, signedAt: "2026-01-02T03:04:06Z" }],
    [path, { ...WHEN, commonName: "Other" }],
  ];
  const serials = await Promise.all(
    others.map(async ([key, when]) => (await signingOptions(key, when)).serial),
  );
  assertEquals(new Set([first.serial, ...serials].map((serial) => serial?.toHex())).size, 4);
});

Deno.test("signingOptions() makes a key for this once, and names it so that nobody trusts it", async () => {
  const [one, two] = [await signingOptions("dev", WHEN), await signingOptions("dev", WHEN)];
  assertEquals([one.seed.length, one.commonName], [32, "greentic-dev-local"]);
  assertNotEquals(one.seed.toHex(), two.seed.toHex());
});

Deno.test("signingOptions() leads to certificates with a positive serial number of at most 20 bytes", async () => {
  for (let i = 0; i < 20; i++) {
    const signing = await signingOptions(new Uint8Array(32).fill(i), WHEN);
    const files = await packFiles(newSpec({ signing }));
    const certificate = new X509Certificate(new TextDecoder().decode(files.get("signatures/chain.pem")));
    const serial = certificate.serialNumber;
    assert(/^[0-9A-F]{1,40}$/.test(serial) && !/^0*$/.test(serial), serial);
    assertEquals(certificate.subject, "CN=Example");
    assert(certificate.verify(certificate.publicKey));
  }
});

Deno.test("signingOptions() refuses secret bytes of another number", async () => {
  for (const size of [0, 31, 33, 64]) {
    const { code } = await assertRejects(() => signingOptions(new Uint8Array(size), WHEN), RunnerError);
    assertEquals(code, "option.invalid");
  }
});

Deno.test("pemBlocks() reads every block and passes over what stands before one, but not behind the last", async (t) => {
  const a = pemText("A", Uint8Array.of(1)), b = pemText("B KEY", new Uint8Array(100).fill(2));
  const table: [name: string, text: string, labels: string[] | undefined][] = [
    ["none", "nothing here", []],
    ["two", a + b, ["A", "B KEY"]],
    ["a comment before", `comment\n${a}`, ["A"]],
    ["blank lines", `\n\n${a}\n\n${b}\n`, ["A", "B KEY"]],
    ["a word between", `${a}word\n${b}`, ["A", "B KEY"]],
    ["a word in one line with a block", `${a}word ${b}`, ["A", "B KEY"]],
    ["a beginning between", `${a}-----BEGIN A-----\n${b}`, undefined],
    ["an end between", `${a}-----END A-----\n${b}`, undefined],
    ["a word behind", `${a}word`, undefined],
    ["labels that differ", a.replace("END A", "END B"), undefined],
    ["no end", a.slice(0, 30), undefined],
    ["no Base64", a.replace("AQ==", "AQ="), undefined],
  ];
  for (const [name, text, labels] of table) {
    await t.step(name, () => assertEquals(pemBlocks(text)?.map(({ label }) => label), labels));
  }
  await t.step("bytes come back as they went, in lines of 64", () => {
    assertEquals(pemBlocks(b)![0]!.der, new Uint8Array(100).fill(2));
    assert(b.endsWith("-----END B KEY-----\n") && b.split("\n").every((line) => line.length <= 64));
  });
});
