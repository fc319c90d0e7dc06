/** Verdicts under both policies: honest packs, absent proofs, and every kind of tampering. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeCbor, encodeCbor } from "../../lib/base/cbor.ts";
import { blake3Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import type { Verdict } from "../../lib/base/verdict.ts";
import { buildPack } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import { pemBlocks, pemText } from "../../lib/pack/pem.ts";
import type { PackSpec } from "../../lib/pack/pack_spec.ts";
import { publicKeyOf } from "../../lib/pack/sign.ts";
import { PackRefused } from "../../lib/pack/verify.ts";
import { DEVOK, legacySpec, must, newSpec, SEED, SIGNING, STRICT, tampered, unpack, UTF8 } from "./_packs.ts";

const KEY = await publicKeyOf(SEED);
const TEXT = new TextDecoder();
const SPECS: readonly [string, (more: Partial<PackSpec>) => PackSpec][] = [["new", newSpec], [
  "legacy",
  legacySpec,
]];

function words(verdicts: readonly Verdict[]): string {
  return verdicts.map(({ check, verdict, waived }) => `${check} ${verdict}${waived ? "*" : ""}`).join(", ");
}

/** What opening comes to: the verdicts of a pack, or the code and verdicts of its refusal. */
async function outcome(archive: Uint8Array, options = DEVOK): Promise<[string, string]> {
  const seen: Verdict[] = [];
  try {
    const pack = await openPack(archive, { ...options, onVerdict: (verdict) => seen.push(verdict) });
    assertEquals(pack.verification, { policy: options.policy, verdicts: seen });
    return ["open", words(seen)];
  } catch (error) {
    if (!(error instanceof PackRefused)) throw error;
    assertEquals(error.verdicts, seen);
    return [error.code, words(seen)];
  }
}

const SIGNED = "sbom verified, signature verified, certificate verified";
const UNSIGNED = "signature unsigned*, certificate skipped, trust skipped";

Deno.test("verifySource() decides by policy, signature and trust", async (t) => {
  for (const [layout, spec] of SPECS) {
    const signed = await buildPack(spec({ signing: SIGNING })), unsigned = await buildPack(spec({}));
    const bare = await buildPack(spec({ sbom: false }));
    const expired = await buildPack(
      spec({ signing: { ...SIGNING, validTo: new Date("2001-01-01T00:00:00Z") } }),
    );
    const future = await buildPack(
      spec({ signing: { ...SIGNING, validFrom: new Date("4000-01-01T00:00:00Z") } }),
    );
    const trusting = { ...STRICT, trust: ["0".repeat(64), KEY.publicKey.toUpperCase()] };
    const ok = "container verified, ";
    const read = layout === "legacy"
      ? ", manifest verified, manifest_hashes verified"
      : ", manifest verified";
    const table: [string, Uint8Array, typeof DEVOK, string, string][] = [
      ["devok, signed by a stranger", signed, DEVOK, "open", `${ok}${SIGNED}, trust untrusted*${read}`],
      [
        "devok, signed by a friend",
        signed,
        { ...DEVOK, trust: [KEY.fingerprint] },
        "open",
        `${ok}${SIGNED}, trust verified${read}`,
      ],
      ["devok, unsigned", unsigned, DEVOK, "open", `${ok}sbom verified, ${UNSIGNED}${read}`],
      ["devok, no inventory", bare, DEVOK, "open", `${ok}sbom unsigned*, ${UNSIGNED}${read}`],
      [
        "devok, expired",
        expired,
        DEVOK,
        "open",
        `${ok}sbom verified, signature verified, certificate untrusted*, trust untrusted*${read}`,
      ],
      ["strict, trusted key", signed, trusting, "open", `${ok}${SIGNED}, trust verified${read}`],
      [
        "strict, trusted fingerprint",
        signed,
        { ...STRICT, trust: [KEY.fingerprint] },
        "open",
        `${ok}${SIGNED}, trust verified${read}`,
      ],
      ["strict, stranger", signed, STRICT, "verify.policy", `${ok}${SIGNED}, trust untrusted`],
      [
        "strict, unsigned",
        unsigned,
        trusting,
        "verify.policy",
        `${ok}sbom verified, ${UNSIGNED.replace("*", "")}`,
      ],
      [
        "strict, no inventory",
        bare,
        trusting,
        "verify.policy",
        `${ok}sbom unsigned, ${UNSIGNED.replace("*", "")}`,
      ],
      [
        "strict, expired",
        expired,
        trusting,
        "verify.policy",
        `${ok}sbom verified, signature verified, certificate untrusted, trust verified`,
      ],
      [
        "strict, not yet valid",
        future,
        trusting,
        "verify.policy",
        `${ok}sbom verified, signature verified, certificate untrusted, trust verified`,
      ],
    ];
    for (const [name, archive, options, code, verdicts] of table) {
      await t.step(
        `${layout}: ${name}`,
        async () => assertEquals(await outcome(archive, options), [code, verdicts]),
      );
    }
  }
});

Deno.test("verifySource() refuses one flipped bit in any entry under both policies", async (t) => {
  for (const [layout, spec] of SPECS) {
    const full = spec({ signing: SIGNING });
    const files = await unpack(await buildPack(full));
    for (const name of files.keys()) {
      await t.step(`${layout}: ${name}`, async () => {
        const archive = await tampered(full, (files) => flip(files, name));
        for (const options of [DEVOK, { ...STRICT, trust: [KEY.fingerprint] }]) {
          const error = await assertRejects(() => openPack(archive, options), PackRefused);
          const inventory = name.startsWith("sbom.") || name.startsWith("signatures/");
          if (!inventory) assertEquals([error.code, error.place], ["verify.digest", name]);
          else assert(error.code.startsWith("verify."), error.code);
        }
      });
    }
  }
});

/** Flips a bit where it matters: in a line of an inventory, the signature of an envelope or a certificate. */
function flip(files: Map<string, Uint8Array>, name: string): void {
  const bytes = files.get(name) ?? new Uint8Array();
  const at = Math.floor(bytes.length * (name.endsWith(".pem") ? 0.75 : 0.25));
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  files.set(name, bytes);
}

Deno.test("verifySource() names every file that was changed, removed or added", async () => {
  const archive = await tampered(newSpec(), (files) => {
    flip(files, "components/demo.ask.wasm");
    files.delete("assets/greeting.txt");
    files.set("assets/extra.txt", UTF8.encode("x"));
  });
  const error: PackRefused = await assertRejects(() => openPack(archive, DEVOK), PackRefused);
  const mismatches = error.verdicts.filter(({ verdict }) => verdict === "mismatch").map(({ place }) => place);
  assertEquals(mismatches, ["assets/greeting.txt", "components/demo.ask.wasm", "assets/extra.txt"]);
  assertEquals([error.code, error.place], ["verify.missing_file", "assets/greeting.txt"]);
  const alone = await tampered(newSpec(), (files) => files.set("signatures/other", UTF8.encode("x")));
  assertEquals((await outcome(alone))[0], "verify.extra_file");
});

Deno.test("verifySource() names the file and the inventory that disagree, first the one that was not signed", async (t) => {
  const change = (field: string, value: Json) => (files: Map<string, Uint8Array>) => {
    const sbom = decodeCbor(must(files.get("sbom.cbor"))) as { files: JsonObject[]; format: string };
    const lines = sbom.files.map((line) => line["path"] === ASSET ? { ...line, [field]: value } : line);
    files.set("sbom.cbor", encodeCbor({ ...sbom, files: lines }, { order: "canonical" }));
  };
  const ASSET = "assets/greeting.txt",
    [hello, hallo] = await Promise.all(["hello", "hallo"].map((text) => {
      return blake3Hex(UTF8.encode(text));
    }));
  const other = (files: Map<string, Uint8Array>) => files.set(ASSET, UTF8.encode("hallo"));
  const inventory = '"sbom.cbor", which is not what was signed, lists';
  const table: [string, boolean, (files: Map<string, Uint8Array>) => void, string][] = [
    ["another file", true, other, `"${ASSET}" has digest ${hallo}, "sbom.cbor" lists ${hello}`],
    ["another file, unsigned", false, other, `"${ASSET}" has digest ${hallo}, "sbom.cbor" lists ${hello}`],
    [
      "another digest",
      true,
      change("hash_blake3", must(hallo)),
      `${inventory} digest ${hallo} of "${ASSET}", which has ${hello}`,
    ],
    [
      "another digest, unsigned",
      false,
      change("hash_blake3", must(hallo)),
      `"${ASSET}" has digest ${hello}, "sbom.cbor" lists ${hallo}`,
    ],
    ["another size", true, change("size", 6), `${inventory} size 6 of "${ASSET}", which has 5`],
    ["another size, unsigned", false, change("size", 6), `"${ASSET}" has size 5, "sbom.cbor" lists 6`],
  ];
  for (const [name, signed, change, reason] of table) {
    await t.step(name, async () => {
      const archive = await tampered(newSpec(signed ? { signing: SIGNING } : {}), change);
      const error: PackRefused = await assertRejects(() => openPack(archive, DEVOK), PackRefused);
      const message = `Pack contradicts itself: ${reason}`;
      assertEquals([error.code, error.place, error.message], ["verify.digest", ASSET, message]);
      assertEquals(error.verdicts.find(({ check }) => check === "sbom")?.reason, reason);
    });
  }
  await t.step("another manifest", async () => {
    const archive = await tampered(newSpec({ signing: SIGNING }), (files) => flip(files, "manifest.cbor"));
    const error: PackRefused = await assertRejects(() => openPack(archive, DEVOK), PackRefused);
    assert(error.message.startsWith('Pack contradicts itself: "manifest.cbor" has digest'), error.message);
  });
});

Deno.test("openPack() says how much the container holds", async () => {
  const archive = await buildPack(newSpec()), { verification } = await openPack(archive, DEVOK);
  const reason = `5 files in ${archive.length} bytes`;
  assertEquals(verification.verdicts[0], {
    check: "container",
    verdict: "verified",
    place: "memory",
    reason,
  });
});

Deno.test("verifySource() refuses broken envelopes and chains, each with its own reason", async (t) => {
  const full = legacySpec({ signing: SIGNING });
  const edit = (change: (envelope: Record<string, string>) => void) => (files: Map<string, Uint8Array>) => {
    const envelope = JSON.parse(TEXT.decode(files.get("signatures/pack.sig")));
    change(envelope);
    files.set("signatures/pack.sig", UTF8.encode(JSON.stringify(envelope)));
  };
  const chain = (text: string) => (files: Map<string, Uint8Array>) => {
    files.set("signatures/chain.pem", UTF8.encode(text));
  };
  const ofCertificate = (change: (der: Uint8Array) => void) => (files: Map<string, Uint8Array>) => {
    const [block] = pemBlocks(TEXT.decode(files.get("signatures/chain.pem"))) ?? [];
    const { der } = must(block);
    change(der);
    chain(pemText("CERTIFICATE", der))(files);
  };
  const stranger = await unpack(
    await buildPack(legacySpec({ signing: { ...SIGNING, seed: new Uint8Array(32) } })),
  );
  const other = await unpack(await buildPack(legacySpec({ version: "9.9.9", signing: SIGNING })));
  const pem = TEXT.decode(stranger.get("signatures/chain.pem"));
  const table: [string, string, (files: Map<string, Uint8Array>) => void, string][] = [
    [
      "no chain",
      "incomplete",
      (files) => files.delete("signatures/chain.pem"),
      "no certificate chain beside it",
    ],
    ["no envelope", "incomplete", (files) => files.delete("signatures/pack.sig"), "no signature beside it"],
    [
      "an empty envelope",
      "envelope",
      (files) => files.set("signatures/pack.sig", new Uint8Array()),
      "no envelope",
    ],
    ["a missing field", "envelope", edit((envelope) => delete envelope["signed_at_utc"]), "no envelope"],
    [
      "no date",
      "envelope",
      edit((envelope) => envelope["signed_at_utc"] = "yesterday"),
      "the date signed_at",
    ],
    [
      "a day that is none",
      "envelope",
      edit((envelope) => envelope["signed_at_utc"] = "2026-13-01T00:00:00Z"),
      "no envelope",
    ],
    ["another algorithm", "algorithm", edit((envelope) => envelope["alg"] = "none"), 'the algorithm "none"'],
    ["a short signature", "envelope", edit((envelope) => envelope["sig"] = "AAAA"), "not 64 bytes"],
    ["a padded signature", "envelope", edit((envelope) => envelope["sig"] += "=="), "not 64 bytes"],
    ["an empty signature", "envelope", edit((envelope) => envelope["sig"] = ""), "not 64 bytes"],
    [
      "a signature of zeros",
      "invalid",
      edit((envelope) => envelope["sig"] = "A".repeat(86)),
      "does not hold",
    ],
    [
      "another fingerprint",
      "key",
      edit((envelope) => envelope["key_fingerprint"] = "0".repeat(64)),
      "another key",
    ],
    [
      "another manifest's",
      "digest",
      (files) => files.set("signatures/pack.sig", must(other.get("signatures/pack.sig"))),
      "another manifest",
    ],
    ["another key's", "key", chain(pem), "another key"],
    [
      "another key's, without fingerprint",
      "invalid",
      (files) => {
        edit((envelope) => delete envelope["key_fingerprint"])(files);
        chain(pem)(files);
      },
      "does not hold",
    ],
    ["an empty chain", "chain", chain(""), "chain is empty"],
    [
      "another block",
      "chain",
      chain("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
      "something else",
    ],
    ["text after the chain", "chain", chain(`${pem}hello`), "something else"],
    [
      "a certificate of nothing",
      "chain",
      chain("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      "no valid X.509",
    ],
    [
      "a certificate of two algorithms",
      "chain",
      ofCertificate((der) => der[der.length - 68] = 0x71),
      "no valid X.509",
    ],
    [
      "a signature with spare bits",
      "chain",
      ofCertificate((der) => der[der.length - 65] = 1),
      "no valid X.509",
    ],
    ["a certificate of another type", "chain", ofCertificate((der) => der[0] = 0x31), "no valid X.509"],
    ["a long chain", "chain", chain(pem.repeat(17)), "too long"],
  ];
  for (const [name, code, change, reason] of table) {
    await t.step(name, async () => {
      const archive = await tampered(full, change);
      for (const options of [DEVOK, { ...STRICT, trust: [KEY.fingerprint] }]) {
        const error = await assertRejects(() => openPack(archive, options), PackRefused);
        assertEquals(error.code, `verify.signature.${code}`);
        assert(error.message.includes(reason), error.message);
      }
    });
  }
});

Deno.test("verifySource() takes a certificate whose issuer is not there from trusted keys alone", async () => {
  const full = newSpec({ signing: SIGNING });
  const orphan = (more: string) => (files: Map<string, Uint8Array>) => {
    const body = TEXT.decode(files.get("signatures/chain.pem")).split("\n").slice(1, -2).join("");
    const der = Uint8Array.fromBase64(body);
    // The issuer's name stands before the subject's, and ends in a letter that is changed here.
    const name = new TextDecoder("latin1").decode(der).indexOf("greentic-dev-local");
    der[name] = "x".charCodeAt(0);
    const pem = `-----BEGIN CERTIFICATE-----\n${der.toBase64()}\n-----END CERTIFICATE-----\n`;
    files.set("signatures/chain.pem", UTF8.encode(pem + more));
  };
  const trusting = { ...STRICT, trust: [KEY.fingerprint] };
  const archive = await tampered(full, orphan(""));
  assertEquals((await outcome(archive, trusting))[0], "open");
  assertEquals((await outcome(archive, STRICT))[0], "verify.policy");
  const [code, verdicts] = await outcome(archive);
  assertEquals(code, "open");
  assert(verdicts.includes("signature verified, certificate untrusted*"), verdicts);
  const stranger = await unpack(
    await buildPack(newSpec({ signing: { ...SIGNING, seed: new Uint8Array(32) } })),
  );
  const wrong = await tampered(full, orphan(TEXT.decode(stranger.get("signatures/chain.pem"))));
  const error = await assertRejects(() => openPack(wrong, DEVOK), PackRefused, "not signed by its issuer");
  assertEquals(error.code, "verify.signature.chain");
});

Deno.test("verifySource() takes text before certificates and fields it does not know", async () => {
  const archive = await tampered(legacySpec({ signing: SIGNING }), (files) => {
    const pem = TEXT.decode(files.get("signatures/chain.pem"));
    const about = "Certificate:\n    Data:\n        Version: 3 (0x2)\n";
    files.set("signatures/chain.pem", UTF8.encode(`Issued by nobody\n${pem}\n${about}${pem}`));
    const envelope = JSON.parse(TEXT.decode(files.get("signatures/pack.sig")));
    const text = JSON.stringify({
      ...envelope,
      alg: "Ed25519",
      digest: envelope.digest.toUpperCase(),
      more: 1,
    });
    files.set("signatures/pack.sig", UTF8.encode(text));
  });
  assertEquals((await outcome(archive, { ...STRICT, trust: [KEY.fingerprint] }))[0], "open");
});

Deno.test("verifySource() takes the date of a signature as any writer of RFC 3339 has it", async () => {
  for (const date of ["2025-11-30T10:05:31.544655Z", "2025-11-30T10:05:31+00:00", "2025-11-30t10:05:31z"]) {
    const archive = await buildPack(newSpec({ signing: { ...SIGNING, signedAt: date } }));
    assertEquals((await outcome(archive, { ...STRICT, trust: [KEY.fingerprint] }))[0], "open", date);
  }
});

Deno.test("verifySource() refuses an inventory that cannot be read, whichever form it has", async (t) => {
  const lines = (change: (sbom: JsonObject) => JsonObject) => (files: Map<string, Uint8Array>) => {
    const sbom = decodeCbor(files.get("sbom.cbor") ?? new Uint8Array()) as JsonObject;
    files.set("sbom.cbor", encodeCbor(change(sbom), { order: "given" }));
  };
  const table: [string, (files: Map<string, Uint8Array>) => void, string][] = [
    ["no CBOR", (files) => files.set("sbom.cbor", Uint8Array.of(0xff)), "verify.sbom"],
    [
      "no JSON",
      (files) => files.delete("sbom.cbor") && files.set("sbom.json", UTF8.encode("{")),
      "verify.sbom",
    ],
    [
      "deep JSON",
      (files) =>
        files.delete("sbom.cbor") && files.set("sbom.json", UTF8.encode("[".repeat(200) + "]".repeat(200))),
      "verify.sbom",
    ],
    ["another format", lines((sbom) => ({ ...sbom, format: "v2" })), "verify.sbom"],
    ["no files", lines(({ format }) => ({ format: format ?? null })), "verify.sbom"],
    [
      "a line twice",
      lines((sbom) => ({
        ...sbom,
        files: [...sbom["files"] as JsonObject[], ...sbom["files"] as JsonObject[]],
      })),
      "verify.sbom",
    ],
    ["an empty list", lines((sbom) => ({ ...sbom, files: [] })), "verify.extra_file"],
    ["a broken one beside a good one", (files) => {
      files.set("sbom.json", UTF8.encode("{}"));
      files.set("sbom.cbor", new Uint8Array());
    }, "verify.sbom"],
  ];
  for (const [name, change, code] of table) {
    await t.step(name, async () => assertEquals((await outcome(await tampered(newSpec(), change)))[0], code));
  }
});

Deno.test("verifySource() takes an inventory that is not in use for a file like any other", async () => {
  const archive = await tampered(newSpec({ signing: SIGNING }), (files) => {
    files.set("sbom.json", UTF8.encode("{}"));
  });
  for (const options of [DEVOK, { ...STRICT, trust: [KEY.fingerprint] }]) {
    const error = await assertRejects(() => openPack(archive, options), PackRefused);
    assertEquals([error.code, error.place], ["verify.extra_file", "sbom.json"]);
  }
});

Deno.test("verifySource() treats a signature whose inventory was taken away as broken", async () => {
  const archive = await tampered(newSpec({ signing: SIGNING }), (files) => files.delete("sbom.cbor"));
  const [code, verdicts] = await outcome(archive);
  assertEquals(code, "verify.signature.incomplete");
  assert(verdicts.includes("sbom unsigned*, signature mismatch"), verdicts);
});

Deno.test("openPack() tells bad trust before anything about the pack", async () => {
  for (const key of ["", "abc", "g".repeat(64), `${"0".repeat(64)} `]) {
    const error = await assertRejects(() => openPack("/absent", { ...STRICT, trust: [key] }), RunnerError);
    assertEquals([error.code, error instanceof PackRefused], ["trust.invalid", false]);
  }
});
