/**
 * A second, independent implementation of the `.gtpack` container and verification rules.
 *
 * It is written from the format document alone and shares no code with `lib/`, so that a mistake of the
 * builder and the same mistake of the reader cannot cover each other up. It is stricter than a reader: it asks
 * whether an archive is exactly what a builder should write, and it gathers every fault. The paragraph signs
 * (§) name the paragraphs of that document.
 */

import { blake3 } from "hash-wasm";
import { decodeCbor } from "./_checker/cbor.ts";
import { checkLegacy } from "./_checker/legacy.ts";
import { checkNew, checkNewOrder } from "./_checker/modern.ts";
import { checkSbom } from "./_checker/sbom.ts";
import { checkSignature } from "./_checker/signature.ts";
import { attempt, get, isSorted, type Say, sha256 } from "./_checker/tools.ts";
import { isFolder, readZip } from "./_checker/zip.ts";

/** What the checker found out about one archive. */
export interface PackReport {
  layout: "legacy" | "new" | null;
  faults: string[];
  manifest: unknown;
  manifestBlake3: string;
  fileSha256: string;
  files: ReadonlyMap<string, Uint8Array>;
  signature: null | { digest: string; publicKey: string; fingerprint: string };
}

/** Checks an archive against the document and returns all faults together with what was read. */
export async function checkPack(archive: Uint8Array): Promise<PackReport> {
  const faults: string[] = [];
  const say: Say = (fault) => void faults.push(fault);
  const entries = attempt(() => readZip(archive, say), "the archive cannot be read", say) ?? [];
  const files = new Map(entries.filter(([name]) => !isFolder(name)));
  const report: PackReport = {
    layout: null,
    faults,
    manifest: null,
    manifestBlake3: "",
    fileSha256: await sha256(archive),
    files,
    signature: null,
  };
  const bytes = files.get("manifest.cbor");
  if (!bytes) {
    say("manifest.cbor is missing from the archive");
    return report;
  }
  report.manifestBlake3 = await blake3(bytes);
  const decoded = attempt(() => decodeCbor(bytes), "manifest.cbor cannot be decoded", say);
  const manifest = report.manifest = decoded?.value ?? null;
  const names = entries.map(([name]) => name);
  if (decoded && get(manifest, "meta") instanceof Map) {
    report.layout = "legacy";
    await checkLegacy(decoded, files, say);
    if (!isSorted(names)) say("the entries are not sorted by path");
  } else if (
    decoded && ["symbols", "schema_version", "pack_id"].every((key) => get(manifest, key) !== null)
  ) {
    report.layout = "new";
    await checkNew(decoded, files, say);
    checkNewOrder(names, manifest, say);
  } else if (decoded) {
    say("manifest.cbor has neither the legacy nor the new layout");
  }
  if (report.layout) {
    const sbom = await checkSbom(report.layout, files, say);
    report.signature = await checkSignature(sbom, files, say);
  }
  return report;
}
