/** Checks the legacy layout: §2 and §7.1. */

import { blake3 } from "hash-wasm";
import { type Decoded, sayQuirks } from "./cbor.ts";
import { checkShape, type Look } from "./shapes.ts";
import { attempt, comparePaths, type Files, get, isSorted, items, same, type Say, utf8 } from "./tools.ts";

export async function checkLegacy(decoded: Decoded, files: Files, say: Say): Promise<void> {
  const { value: manifest, tagged, quirks } = decoded;
  const grave = ["trailing bytes", "repeated key", "tag", "byte string"];
  sayQuirks("manifest.cbor", tagged ? quirks.filter(({ kind }) => grave.includes(kind)) : quirks, say);
  const look: Look = { say, ordered: false, nulls: tagged ? "as marked" : "either" };
  checkShape("legacy", manifest, "manifest", look);
  const twin = readJson("manifest.json", files, say);
  if (!same(twin, manifest)) say("manifest.json does not equal manifest.cbor");
  checkShape("provenance", readJson("provenance.json", files, say), "provenance.json", look);
  if (files.has("sbom.cbor")) say("a legacy pack has no sbom.cbor");

  const kind = get(manifest, "meta", "kind");
  const bundle = get(manifest, "meta", "distribution") ?? get(manifest, "distribution");
  if ((kind === "distribution-bundle") !== (bundle !== null)) {
    say("kind and distribution do not belong together");
  }
  const flows = items(get(manifest, "flows")), components = items(get(manifest, "components"));
  const ids = flows.map((flow) => String(get(flow, "id")));
  if (!isSorted(ids)) say("the flows are not sorted by id, or one occurs twice");
  for (const id of items(get(manifest, "meta", "entry_flows"))) {
    if (!ids.includes(String(id))) say(`the entry flow ${id} is not among the flows`);
  }
  for (let i = 1; i < components.length; i++) {
    const [a, b] = [components[i - 1], components[i]];
    const byName = comparePaths(String(get(a, "name")), String(get(b, "name")));
    if ((byName || compareVersions(get(a, "version"), get(b, "version"))) >= 0) {
      say("the components are not sorted by name and version, or one occurs twice");
    }
  }
  for (const [i, flow] of flows.entries()) {
    const folder = `flows/${ids[i]}`;
    mustBe(get(flow, "file_yaml"), `${folder}/flow.ygtc`, files, say);
    const json = mustBe(get(flow, "file_json"), `${folder}/flow.json`, files, say);
    if (json && await blake3(json) !== get(flow, "hash_blake3")) {
      say(`flow ${ids[i]}: hash_blake3 does not match`);
    }
    const yaml = files.get(`${folder}/flow.ygtc`);
    const lines = yaml ? attempt(() => utf8(yaml), `${folder}/flow.ygtc is not UTF-8`, say) : null;
    if (lines?.includes("\r\n")) say(`${folder}/flow.ygtc has CRLF line ends`);
    const source = readJson(`${folder}/flow.json`, files, say, "");
    if (source !== null && !(source instanceof Map)) say(`${folder}/flow.json is not an object`);
  }
  for (const component of components) {
    const id = `${get(component, "name")}@${get(component, "version")}`;
    const wasm = mustBe(get(component, "file_wasm"), `components/${id}/component.wasm`, files, say);
    if (wasm && await blake3(wasm) !== get(component, "hash_blake3")) {
      say(`component ${id}: hash_blake3 does not match`);
    }
    const [schema, own] = [get(component, "schema_file"), get(component, "manifest_file")];
    if (schema !== null) mustBe(schema, `schemas/${id}/node.schema.json`, files, say);
    if (own !== null) mustBe(own, `components/${id}/manifest.json`, files, say);
  }
}

export function mustBe(given: unknown, path: string, files: Files, say: Say): Uint8Array | undefined {
  if (given !== path) say(`the manifest names ${given}, not ${path}`);
  const bytes = typeof given === "string" ? files.get(given) : undefined;
  if (!bytes) say(`the manifest names the missing file ${given}`);
  return bytes;
}

function compareVersions(a: unknown, b: unknown): number {
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/** Reads a JSON file into maps and lists, and says so if it is not laid out with this indent. */
export function readJson(name: string, files: Files, say: Say, indent = "  "): unknown {
  const bytes = files.get(name);
  if (!bytes) {
    say(`${name} is missing from the archive`);
    return null;
  }
  return attempt(
    () => {
      const source = utf8(bytes);
      const value = JSON.parse(source, (_, value) => {
        const plain = typeof value === "object" && value !== null && !Array.isArray(value) &&
          !(value instanceof Map);
        return plain ? new Map(Object.entries(value)) : value;
      });
      if (countKeys(value) !== tokens(source).filter((token) => token === ":").length) {
        say(`${name} has a key twice`);
      }
      if (layOut(source, indent) !== source) say(`${name} is not ${indent ? "pretty" : "compact"} JSON`);
      return value;
    },
    `${name} is not valid JSON`,
    say,
  );
}

function countKeys(value: unknown): number {
  const inner: unknown[] = value instanceof Map ? [...value.values()] : items(value);
  return inner.reduce((sum: number, item) => sum + countKeys(item), value instanceof Map ? value.size : 0);
}

function tokens(source: string): string[] {
  return source.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g) ?? [];
}

/** Lays JSON out anew from its tokens, so that numbers and key order stay as written. */
function layOut(source: string, indent: string): string {
  const line = (depth: number) => indent && "\n" + indent.repeat(depth);
  let depth = 0, result = "", last = "";
  for (const token of tokens(source)) {
    if ("}]".includes(token)) result += "{[".includes(last) ? (depth--, "") : line(--depth);
    else if (last === "," || "{[".includes(last || ",")) result += line(depth);
    result += token === ":" && indent ? ": " : token;
    if ("{[".includes(token)) depth++;
    last = token;
  }
  return result;
}
