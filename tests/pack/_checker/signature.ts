/** Checks the signature: §5.3 and §7.1. */

import { blake3 } from "hash-wasm";
import { X509Certificate } from "node:crypto";
import { readJson } from "./legacy.ts";
import type { PackReport } from "../_checker.ts";
import type { Sbom } from "./sbom.ts";
import { checkShape } from "./shapes.ts";
import { attempt, comparePaths, type Files, get, hex, type Say, SIGNATURE_FILES, utf8 } from "./tools.ts";

/** One block of a PEM file: the label, the body, the closing label. */
const PEM_BLOCK = /-----BEGIN (\w+)-----\n((?:[A-Za-z0-9+/=]+\n)+)-----END (\w+)-----(?:\n|$)/g;
/** The parts of a development certificate: the one name, the validity, and the head of the Ed25519 key. */
const DEV_NAME = "\x30\x1d\x31\x1b\x30\x19\x06\x03\x55\x04\x03\x0c\x12greentic-dev-local";
const DEV_DATES = "\x30\x20\x17\x0d750101000000Z\x18\x0f40960101000000Z";
const DEV_KEY = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

export async function checkSignature(
  sbom: Sbom | null,
  files: Files,
  say: Say,
): Promise<PackReport["signature"]> {
  const present = SIGNATURE_FILES.filter((name) => files.has(name));
  if (present.length === 0) return null;
  if (present.length === 1) say(`the signature files are incomplete: there is only ${present[0]}`);
  if (present.length === 1 || !sbom) return null;
  const envelope = readJson("signatures/pack.sig", files, say);
  checkShape("envelope", envelope, "signatures/pack.sig", { say, ordered: true, nulls: "either" });

  const lines = sbom.files.map((file) => ({
    path: String(get(file, "path")),
    hash: get(file, "hash_blake3"),
  }));
  lines.sort((a, b) => comparePaths(a.path, b.path));
  const tail = lines.map(({ path, hash }) => `${path}\n${hash}`).join("");
  const parts = [files.get("manifest.cbor")!, sbom.bytes].map((part) => new Uint8Array(part));
  const digest = await blake3(new Uint8Array(await new Blob([...parts, tail]).arrayBuffer()));
  if (digest !== get(envelope, "digest")) say("the signature digest does not match");

  const key = readFirstKey(files.get("signatures/chain.pem")!, say);
  if (!key) return null;
  const fingerprint = await blake3(key);
  const claimed = get(envelope, "key_fingerprint");
  if (claimed !== null && claimed !== fingerprint) say("the key fingerprint does not match");
  const sig = String(get(envelope, "sig")).replaceAll("-", "+").replaceAll("_", "/");
  const verified = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]).then((imported) =>
    crypto.subtle.verify("Ed25519", imported, fromBinary(atob(sig)), fromHex(digest))
  ).catch(() => false);
  if (!verified) say("the signature does not verify");
  return { digest, publicKey: hex(key), fingerprint };
}

function fromBinary(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Reads the raw Ed25519 key of the first certificate of a chain. */
function readFirstKey(bytes: Uint8Array, say: Say): Uint8Array<ArrayBuffer> | null {
  return attempt(
    () => {
      const pem = utf8(bytes);
      if (pem.includes("\r")) say("signatures/chain.pem has CR characters");
      const blocks = [...pem.matchAll(PEM_BLOCK)], last = blocks.at(-1);
      if (
        !last || pem.slice(last.index + last[0].length).trim() ||
        pem.split("-----BEGIN").length !== blocks.length + 1
      ) {
        throw new Error("it is not a PEM chain");
      }
      if (blocks.some(([, begin, , end]) => begin !== "CERTIFICATE" || end !== begin)) {
        throw new Error("a block is not a certificate");
      }
      const certificate = new X509Certificate(blocks[0]![0]);
      const spki = certificate.publicKey.export({ type: "spki", format: "der" });
      const der = atob(blocks[0]![2]!.replaceAll("\n", ""));
      if (certificate.subject === "CN=greentic-dev-local" && certificate.issuer === certificate.subject) {
        if (!certificate.verify(certificate.publicKey)) say("the development certificate is not self-signed");
        if (blocks.length !== 1) say("the development chain has more than one certificate");
        const parts = DEV_NAME + DEV_DATES + DEV_NAME + DEV_KEY;
        const tail = der.slice(-(parts.length + 32 + 74));
        const signed = tail.slice(parts.length + 32).startsWith(DEV_KEY.slice(2, 9) + "\x03\x41\x00");
        if (!tail.startsWith(parts) || !signed) say("the development certificate is not as documented");
      }
      if (spki.length !== DEV_KEY.length + 32) throw new Error("its key is not an Ed25519 key");
      return new Uint8Array(spki.subarray(DEV_KEY.length));
    },
    "signatures/chain.pem is not valid",
    say,
  );
}
