/**
 * Reads and checks the components of a folder that a pack is built from. Throws for no fault of theirs: all are
 * findings. Never runs them.
 */

import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import { isArray, isObject, type JsonObject, member, stringMember } from "./base/json.ts";
import { parseYaml } from "./base/yaml.ts";
import { tolerant } from "./build_findings.ts";
import { callableWorlds, readShape } from "./component/world.ts";
import { RECORD_FIELDS, recordFaults } from "./pack/component_record.ts";
import { isSafeName } from "./pack/limits.ts";
import type { ComponentInput } from "./pack/pack_spec.ts";
import { PACK_YAML } from "./pack/entries.ts";
import {
  type DescribedComponent,
  type PackDescription,
  SECRET_KEY_HINT,
  supportedKind,
} from "./pack/pack_yaml.ts";
import { isIdentifier, isSecretKey } from "./pack/shape.ts";
import type { SourceFolder } from "./pack/source_folder.ts";

/** The components of a folder. */
export interface ReadComponents {
  /** Those that can be built in. */
  readonly inputs: readonly ComponentInput[];
  /** The ids of all, also of those whose files are wrong: that is told once, and not by each node that calls them. */
  readonly ids: ReadonlySet<string>;
}

/** The components that `pack.yaml` lists, or else those of the folder `components`. */
export async function readComponents(
  folder: SourceFolder,
  { components, version }: PackDescription,
  findings: Finding[],
): Promise<ReadComponents> {
  const listed = components ?? await foundComponents(folder, findings);
  const inputs = new Map<string, ComponentInput>();
  for (const described of listed) {
    if (inputs.has(described.id)) {
      const place = placeOf(described);
      const message = `Component "${described.id}" is listed twice; the first is used`;
      findings.push({ severity: "warning", code: "build.pack_yaml", message, place });
      continue;
    }
    const input = await tolerant(() => readComponent(folder, described, { version, findings }), findings);
    if (input !== undefined) inputs.set(described.id, input);
  }
  return { inputs: [...inputs.values()], ids: new Set(listed.map(({ id }) => id)) };
}

/** Where a component is described: a line of `pack.yaml`, or else its file. */
function placeOf({ line, wasm }: { line: number; wasm?: string }): string {
  return line === 0 ? wasm ?? PACK_YAML : `${PACK_YAML}:${line}`;
}

/** `components/<id>.wasm` and `components/<id>/component.wasm`, each named after its file or folder. */
async function foundComponents(folder: SourceFolder, findings: Finding[]): Promise<DescribedComponent[]> {
  const all = await tolerant(() => folder.list("components"), findings) ?? [];
  const names = all.filter((name) => name.endsWith(".wasm"));
  return names.flatMap((wasm): DescribedComponent[] => {
    const id = /^components\/([^/]+)(?:\/component)?\.wasm$/.exec(wasm)?.[1];
    if (id !== undefined && isIdentifier(id)) return [{ id, wasm, record: {}, line: 0 }];
    findings.push({
      severity: "warning",
      code: "build.missing_file",
      message: `File "${wasm}" is left out, because no component id can be told from its name`,
      place: wasm,
      hint: `List it in ${PACK_YAML}, or call it components/<id>.wasm`,
    });
    return [];
  });
}

async function readComponent(
  folder: SourceFolder,
  described: DescribedComponent,
  { version, findings }: { version: string; findings: Finding[] },
): Promise<ComponentInput> {
  const { id } = described;
  const file = await componentFile(folder, described);
  const bytes = await folder.read(file);
  if (bytes === undefined) {
    const message = described.line === 0
      ? `File "${file}" cannot be read: ${await folder.absence(file)}`
      : `Component "${id}" has no file "${file}"`;
    throw new RunnerError("build.missing_file", message, {
      place: placeOf(described),
      hint: `Build it, or name its file as "wasm" in ${PACK_YAML}`,
    });
  }
  if (bytes.length === 0) {
    throw new RunnerError("component.not_component", `File of component "${id}" is empty`, {
      place: file,
      hint: "Build the component again",
    });
  }
  const shape = readShape(bytes, file);
  const [world] = callableWorlds(shape);
  if (world === undefined) {
    findings.push({
      severity: "warning",
      code: "component.world",
      message: `Component "${id}" exports no world that flows can call`,
      place: file,
    });
  }
  const own = await ownManifest(folder, described, file);
  noteFaults(own.fields, { id, place: own.place, findings });
  noteFaults(described.record, { id, place: placeOf(described), findings });
  const record = { ...own.fields, ...described.record };
  return {
    id,
    version: described.version ?? version,
    world: described.world ?? world?.interface ?? shape.exports[0] ?? "",
    bytes,
    record: { ...record, ...capabilities(record) },
  };
}

/** Notes what is unknown or wrong in a record, as findings. */
function noteFaults(
  record: JsonObject,
  { id, place, findings }: { id: string; place: string; findings: Finding[] },
): void {
  const { unknown, wrong } = recordFaults(record);
  for (const path of unknown) {
    const message = `Field "${path}" of component "${id}" is not known and has no effect`;
    findings.push({ severity: "warning", code: "build.pack_yaml", message, place });
  }
  for (const what of wrong) {
    const message = `Field ${what} in component "${id}"`;
    findings.push({ severity: "error", code: "build.pack_yaml", message, place });
  }
  const supports = member(record, "supports");
  for (const kind of isArray(supports) ? supports : []) {
    if (typeof kind !== "string" || supportedKind(kind) !== undefined) continue;
    const message = `Component "${id}" supports "${kind}", which is no kind of flow`;
    findings.push({ severity: "error", code: "build.pack_yaml", message, place });
  }
  const host = member(record["capabilities"], "host");
  const required = member(member(host, "secrets"), "required");
  for (const secret of isArray(required) ? required : []) {
    const key = stringMember(secret, "key");
    if (key === undefined || isSecretKey(key)) continue;
    const message = `Component "${id}" asks for the secret "${key}", which is no key`;
    findings.push({ severity: "error", code: "build.pack_yaml", message, place, hint: SECRET_KEY_HINT });
  }
}

async function componentFile(folder: SourceFolder, { id, wasm, line }: DescribedComponent): Promise<string> {
  if (wasm !== undefined && !isSafeName(plain(wasm))) {
    throw new RunnerError(
      "build.missing_file",
      `File "${wasm}" of component "${id}" leads out of the folder`,
      {
        place: placeOf({ wasm, line }),
        hint: "Put the file into the folder of pack.yaml, or a link to it",
      },
    );
  }
  if (wasm?.endsWith(".wasm")) return plain(wasm);
  if (wasm === undefined) {
    const nested = `components/${id}/component.wasm`;
    return await folder.read(nested) === undefined ? `components/${id}.wasm` : nested;
  }
  const found = (await folder.list(plain(wasm))).filter((name) => name.endsWith(".wasm"));
  const marked = found.filter((name) => name.endsWith(".component.wasm"));
  const [file, ...others] = marked.length > 0 ? marked : found;
  if (file !== undefined && others.length === 0) return file;
  const what = file === undefined ? "no .wasm file" : `more than one .wasm file: ${found.join(", ")}`;
  throw new RunnerError("build.missing_file", `Folder "${wasm}" of component "${id}" has ${what}`, {
    place: wasm,
    hint: `Name the file itself as "wasm" in ${PACK_YAML}`,
  });
}

/** A name as an author writes it, without what says nothing. */
function plain(name: string): string {
  return name.replace(/^(?:\.\/)+/, "").replace(/\/+$/, "");
}

/** What the component's own manifest beside its file says; `pack.yaml` wins over it. */
async function ownManifest(
  folder: SourceFolder,
  { id }: DescribedComponent,
  file: string,
): Promise<{ fields: JsonObject; place: string }> {
  const beside = file.slice(0, file.lastIndexOf("/") + 1);
  for (const name of [`${beside}${id}.manifest.json`, `${beside}component.manifest.json`]) {
    const text = await folder.text(name);
    if (text === undefined) continue;
    const manifest = parseYaml(text, name);
    const named = stringMember(manifest.value, "id");
    // In a folder of several components it is that of one of them.
    if (named !== undefined && named !== id) continue;
    const fields = isObject(manifest.value) ? manifest.value : {};
    const known = Object.entries(fields).filter(([key]) => RECORD_FIELDS.includes(key));
    return { fields: withSupports(Object.fromEntries(known)), place: name };
  }
  return { fields: {}, place: file };
}

/** A record whose kinds of flows have the spelling of manifests; unknown kinds stay as they are, and are told. */
function withSupports(record: JsonObject): JsonObject {
  const listed = member(record, "supports");
  if (!isArray(listed)) return record;
  return { ...record, supports: listed.map((kind) => supportedKind(kind) ?? kind) };
}

/** Capabilities with both of their parts, which readers of the manifest insist on. */
function capabilities(record: JsonObject): JsonObject {
  const given = member(record, "capabilities");
  if (!isObject(given)) return {};
  return { capabilities: { ...given, wasi: member(given, "wasi") ?? {}, host: member(given, "host") ?? {} } };
}
