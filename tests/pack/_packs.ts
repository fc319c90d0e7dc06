/** Packs that the tests of this folder build and tamper with. */

import type { Json, JsonObject } from "../../lib/base/json.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import { heldArchive } from "../../lib/pack/archive_file.ts";
import { buildPack } from "../../lib/pack/build.ts";
import { PACK_ONLY, type ResolutionOptions } from "../../lib/pack/component_files.ts";
import type { OpenOptions } from "../../lib/pack/open.ts";
import type { PackSpec } from "../../lib/pack/pack_spec.ts";
import type { SigningOptions } from "../../lib/pack/sign.ts";
import type { PackSource } from "../../lib/pack/source.ts";
import { zipSource } from "../../lib/pack/zip_source.ts";
import { writeZip } from "../../lib/pack/zip.ts";

export const UTF8 = new TextEncoder();
export const LIMITS = DEFAULT_LIMITS;
export const DEVOK: OpenOptions = {
  limits: LIMITS,
  policy: "devok",
  trust: [],
  resolution: PACK_ONLY,
  operation: null,
};
export const STRICT: OpenOptions = { ...DEVOK, policy: "strict" };
export const SEED: Uint8Array = new Uint8Array(32).fill(7);
export const SIGNING: SigningOptions = {
  seed: SEED,
  signedAt: "2026-01-02T03:04:05Z",
  serial: new Uint8Array(20).fill(0x19),
};

/** The bytes of the component in every pack made here. */
export const ASK: Uint8Array<ArrayBuffer> = UTF8.encode("\0asm-ask");

/** The entry that holds it in the new layout. */
export const BUNDLED = "components/demo.ask.wasm";
/** The bytes of a component that takes its place. */
export const MINE: Uint8Array<ArrayBuffer> = UTF8.encode("\0asm-mine");

const FLOW: JsonObject = {
  id: "main",
  kind: "messaging",
  entrypoints: { default: "ask" },
  nodes: [
    {
      id: "ask",
      component: { id: "demo.ask", operation: "run" },
      input: { mapping: { text: "{{in.input}}" } },
      routing: { next: { node_id: "choose" } },
    },
    {
      id: "choose",
      component: { id: "demo.ask" },
      routing: { branch: { on_status: { ok: "say", err: "ask" }, default: "say" } },
    },
    { id: "say", component: { id: "emit.response" }, routing: { custom: [{ to: "ask" }] } },
    { id: "bye", component: { id: "emit.response" }, routing: "reply" },
  ],
};

/** A pack of the new layout with one flow, one component and one asset. */
export function newSpec(more: Partial<PackSpec> = {}): PackSpec {
  return {
    layout: "new",
    id: "demo.pack",
    version: "1.2.3",
    name: "Demo",
    publisher: "Nobody",
    createdAt: "2026-01-01T00:00:00Z",
    flows: [{ id: "main", document: FLOW }],
    components: [{
      id: "demo.ask",
      version: "0.1.0",
      world: "demo:ask/node@0.4.0",
      bytes: ASK.slice(),
    }],
    assets: new Map([["greeting.txt", UTF8.encode("hello")]]),
    ...more,
  };
}

/** The same in the older layout. */
export function legacySpec(more: Partial<PackSpec> = {}): PackSpec {
  const document: JsonObject = {
    id: "main",
    type: "messaging",
    start: "say",
    nodes: { say: { "emit.response": { text: "hi" }, routing: [{ out: true }] } },
  };
  return newSpec({ layout: "legacy", flows: [{ id: "main", document }], ...more });
}

/** The extension that lists where components come from. */
export function sourcesExtension(rows: readonly Json[], version: number = 1): JsonObject {
  const inline = { schema_version: version, components: rows };
  return { "greentic.pack.component_sources@v1": { kind: "k", version: "1", inline } };
}

/** A row of that list for the component of every pack made here; without an artifact it is bundled. */
export function sourceRow(digest: Json, artifact: Json = { inline: { wasm_path: BUNDLED } }): JsonObject {
  return { name: "demo.ask", source: "oci://r/ask@sha256:1", resolved: { digest }, artifact };
}

/** Options under which components may come from somewhere else. */
export function resolving(resolution: Partial<ResolutionOptions>, options: OpenOptions = DEVOK): OpenOptions {
  return { ...options, resolution: { ...PACK_ONLY, ...resolution } };
}

/** An archive as a source. */
export function archiveSource(archive: Uint8Array): Promise<PackSource> {
  return zipSource(heldArchive(archive), { kind: "memory", label: "memory", limits: LIMITS });
}

/** The files of an archive, to change and put back. */
export async function unpack(archive: Uint8Array): Promise<Map<string, Uint8Array>> {
  const source = await archiveSource(archive);
  const files = new Map<string, Uint8Array>();
  for (const { name } of source.entries) {
    files.set(name, (await source.read(name))?.slice() ?? new Uint8Array());
  }
  return files;
}

/** A pack whose files were changed after it was built. */
export async function tampered(
  spec: PackSpec,
  change: (files: Map<string, Uint8Array>) => void,
): Promise<Uint8Array> {
  const files = await unpack(await buildPack(spec));
  change(files);
  return await writeZip(files);
}

/** A value that has to be there. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("A value is missing");
  return value;
}

/** Bytes that do not compress. */
export function noise(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  // The most that is given at a time.
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, size)));
  }
  return bytes;
}

/** Writes a file together with the folders it lies in, and gives its path back. */
export async function write(path: string, content: Uint8Array | string): Promise<string> {
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeFile(path, typeof content === "string" ? UTF8.encode(content) : content);
  return path;
}

/** Writes a lock of the runner's format with one row into a folder, and gives its path. */
export async function writeLock(folder: string, row: JsonObject): Promise<string> {
  const components = [{ name: "demo.ask", source_ref: "oci://r/ask@sha256:2", ...row }];
  return await write(`${folder}/pack.lock`, JSON.stringify({ schema_version: 1, components }));
}
