/** Checks the new layout: §3 and §7.2. */

import { decodeCbor, type Decoded, type Quirk, sayQuirks } from "./cbor.ts";
import { mustBe } from "./legacy.ts";
import { checkShape } from "./shapes.ts";
import {
  attempt,
  comparePaths,
  type Files,
  get,
  isSorted,
  items,
  same,
  type Say,
  sha256,
  SIGNATURE_FILES,
} from "./tools.ts";

export async function checkNew(decoded: Decoded, files: Files, say: Say): Promise<void> {
  const { value: manifest, tagged, quirks } = decoded;
  const tables = ["component_ids", "node_ids", "capability_names", "pack_ids"].map((table) => {
    return [table, { names: items(get(manifest, "symbols", table)), used: new Set<unknown>() }] as const;
  });
  checkShape("pack", manifest, "manifest", {
    say,
    ordered: true,
    nulls: "as marked",
    symbols: new Map(tables),
  });
  for (const [table, { names, used }] of tables) {
    if (!isSorted(names.map(String))) say(`the symbols in ${table} are not a sorted set`);
    names.forEach((name, i) => used.has(i) || say(`the symbol ${name} in ${table} is not used`));
  }
  if (tagged) say("manifest.cbor begins with a self-describe tag");
  const extensions = get(manifest, "extensions");
  const loose = [...(extensions instanceof Map ? extensions : [])]
    .filter(([, extension]) => isProviderPayload(get(extension, "inline")))
    .map(([key]) => `/extensions/${key}/inline`);
  const indefinite = quirks.filter(({ kind }) => kind === "indefinite length").map(({ path }) => path);
  for (const path of loose) {
    if (!indefinite.includes(path)) say(`manifest.cbor: ${path} has a definite length`);
  }
  const isExpected = ({ kind, path }: Quirk) => kind === "indefinite length" && loose.includes(path);
  sayQuirks(
    "manifest.cbor",
    quirks.filter((quirk) => quirk.kind !== "unsorted keys" && !isExpected(quirk)),
    say,
  );
  for (const name of ["provenance.json", "sbom.json"]) if (files.has(name)) say(`a new pack has no ${name}`);

  for (const [i, entry] of items(get(manifest, "flows")).entries()) {
    const ids = items(get(entry, "flow", "nodes")).map((node) => get(node, "id"));
    if (new Set(ids).size !== ids.length) say(`a node of manifest.flows[${i}] occurs twice`);
  }
  const components = newComponents(manifest);
  if (components.size !== items(get(manifest, "components")).length) say("a component occurs twice");
  for (const [id, inline] of components) {
    if (!files.has(`components/${id}.wasm`)) say(`components/${id}.wasm is missing from the archive`);
    const name = `components/${id}.manifest.cbor`, bytes = files.get(name);
    if (!bytes) say(`${name} is missing from the archive`);
    const own = bytes ? attempt(() => decodeCbor(bytes), `${name} cannot be decoded`, say) : null;
    if (!own) continue;
    if (own.tagged) say(`${name} begins with a tag`);
    sayQuirks(name, own.quirks, say);
    checkShape("ownManifest", own.value, name, { say, ordered: false, nulls: "left out" });
    if (!same(own.value, inline, true)) say(`${name} differs from the manifest's component`);
  }
  const list = get(manifest, "extensions", "greentic.pack.component_manifests@v1", "inline");
  if (list === null) return;
  checkShape("componentManifests", list, "component_manifests", { say, ordered: false, nulls: "either" });
  const entries = items(get(list, "entries"));
  for (const id of components.keys()) {
    if (!entries.some((entry) => get(entry, "component_id") === id)) {
      say(`component_manifests does not list ${id}`);
    }
  }
  for (const entry of entries) {
    const id = get(entry, "component_id"), hash = get(entry, "content_hash");
    if (!components.has(String(id))) say(`component_manifests lists the unknown component ${id}`);
    const bytes = mustBe(get(entry, "manifest_file"), `components/${id}.manifest.cbor`, files, say);
    if (bytes && hash !== null && `sha256:${await sha256(bytes)}` !== hash) {
      say(`component_manifests: the hash of ${id} does not match`);
    }
  }
}

/** The components of a new manifest by their text id, each with that id in place of its index. */
function newComponents(manifest: unknown): Map<string, Map<string, unknown>> {
  const names = items(get(manifest, "symbols", "component_ids"));
  return new Map(
    items(get(manifest, "components")).filter((component) => component instanceof Map).map((component) => {
      const id = names[Number(get(component, "id"))];
      return [String(id), new Map<string, unknown>([...component as Map<string, unknown>, ["id", id]])];
    }),
  );
}

function isProviderPayload(inline: unknown): boolean {
  const providers = get(inline, "providers");
  const has = (value: unknown, ...keys: string[]) => keys.every((key) => get(value, key) !== null);
  return Array.isArray(providers) &&
    providers.every((provider) =>
      has(provider, "provider_type", "config_schema_ref", "runtime") &&
      has(get(provider, "runtime"), "component_ref", "export", "world")
    );
}

export function checkNewOrder(names: string[], manifest: unknown, say: Say): void {
  const signed = names.filter((name) => SIGNATURE_FILES.includes(name)).length;
  const body = names.filter((name) => !SIGNATURE_FILES.includes(name));
  const fixed = ["manifest.cbor"];
  for (const id of newComponents(manifest).keys()) {
    fixed.push(`components/${id}.wasm`, `components/${id}.manifest.cbor`);
  }
  const others = body.filter((name) => name !== "sbom.cbor" && !fixed.includes(name)).sort(comparePaths);
  const wanted = [...fixed, ...others, "sbom.cbor"].filter((name) => body.includes(name));
  const wrong = wanted.findIndex((name, i) => name !== body[i]);
  if (wrong >= 0) say(`entry ${wrong} should be ${wanted[wrong]}, not ${body[wrong]}`);
  const tail = names.slice(names.length - signed);
  if (!tail.every((name) => SIGNATURE_FILES.includes(name))) {
    say("the signature files are not the last entries");
  }
}
