/** Gathers the secrets that a pack asks for: its author's list, the file beside it, and those of its components. */

import type { Finding } from "./base/finding.ts";
import {
  compareCodePoints,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  member,
  stringMember,
} from "./base/json.ts";
import { parseYaml } from "./base/yaml.ts";
import { tolerant } from "./build_findings.ts";
import { secretFaults } from "./pack/component_record.ts";
import type { ComponentInput } from "./pack/pack_spec.ts";
import { isSecretKey } from "./pack/shape.ts";
import type { SourceFolder } from "./pack/source_folder.ts";

/** Files in which authors list the secrets of a pack, as other packers have them. */
const SECRET_FILES = ["secret-requirements.json", "secrets_requirements.json"];

/** The list in the file beside `pack.yaml`, if there is one. */
export async function secretsFile(sources: SourceFolder, findings: Finding[]): Promise<JsonObject[]> {
  for (const name of SECRET_FILES) {
    const text = await tolerant(() => sources.text(name), findings);
    if (text === undefined) continue;
    const document = await tolerant(() => Promise.resolve(parseYaml(text, name)), findings);
    if (document === undefined) return [];
    const listed = document.value;
    const faults: [at: number, fault: string][] = isArray(listed)
      ? listed.flatMap((secret, i) => secretFault(secret).map((fault): [number, string] => [i, fault]))
      : [[0, "it is no list of secrets"]];
    for (const [at, fault] of faults) {
      const message = `File "${name}" is wrong: ${fault}`;
      const place = `${name}:${document.lineOf([at])}`;
      findings.push({ severity: "error", code: "build.pack_yaml", message, place });
    }
    return isArray(listed) ? listed.filter((secret) => isObject(secret)) : [];
  }
  return [];
}

function secretFault(secret: Json): string[] {
  const key = stringMember(secret, "key");
  const odd = key === undefined || isSecretKey(key) ? [] : [`"key" is "${key}", which is no key`];
  return [...secretFaults(secret).wrong, ...odd];
}

/** All secrets by key; what is said first of a key counts. */
export function secretsOf(
  listed: readonly JsonObject[],
  components: readonly ComponentInput[],
): JsonObject[] {
  const all = [...listed, ...requiredSecrets(components)];
  return [...new Map(all.toReversed().map((secret) => [String(secret["key"]), secret])).values()]
    .toSorted((a, b) => compareCodePoints(String(a["key"]), String(b["key"])));
}

/** The secrets that components ask for, each key once. */
function requiredSecrets(components: readonly ComponentInput[]): JsonObject[] {
  const secrets = new Map<string, JsonObject>();
  for (const { record } of components) {
    const host = member(record?.["capabilities"], "host");
    const required: Json | undefined = member(member(host, "secrets"), "required");
    for (const secret of isArray(required) ? required : []) {
      const key = stringMember(secret, "key");
      if (key !== undefined && isObject(secret) && !secrets.has(key)) secrets.set(key, secret);
    }
  }
  return [...secrets.values()];
}
