/**
 * Secrets in a document: a map of names and texts, or the seeds of other Greentic tools. Never repeats a value in a
 * message, nor what a parser says, which may do so.
 *
 * Seeds are `{entries: [{uri, text | json | bytes_b64 | value}]}`, with `value` a text or an object with one of the
 * others; `uri` is `secrets://<env>/<tenant>/<team>/<pack>/<name>`, in which `_` fits any. A map may have such
 * addresses for names. Those that do not fit the run are left out; of those that do, the more exact one counts.
 */

import { utf8Text } from "../../base/bytes.ts";
import { isArray, isObject, type Json, type JsonObject, member, textsIn } from "../../base/json.ts";
import { canonicalKey, type SecretEntry, textEntry } from "./source.ts";

/** For whom secrets are looked up. */
export interface SecretScope {
  /** Environment. */
  readonly env: string;
  /** Tenant. */
  readonly tenant: string;
  /** Team, or null for none. */
  readonly team: string | null;
  /** The pack's id. */
  readonly pack: string;
}

/** The secrets of a document, or what is wrong with it. */
export interface Seeds {
  /** Those that fit the run, the more exact ones last. */
  readonly entries: readonly SecretEntry[];
  /** How many there are in all. */
  readonly total: number;
}

/** What is wrong with a document, and where in it. */
export interface SeedsFault {
  /** The end of a sentence. */
  readonly fault: string;
  /** The keys that lead there. */
  readonly path: readonly (string | number)[];
}

/** Reads the secrets of a document that fit a run. */
export function readSeeds(document: Json, scope: SecretScope): Seeds | SeedsFault {
  const listed = member(document, "entries");
  const seeds = isArray(listed)
    ? listed.map((item, at) => seedOf(item, ["entries", at]))
    : isObject(document)
    ? Object.entries(document).map(([name, value]) => namedSeed(name, value))
    : [{ fault: "it is neither a map of names and texts nor has it entries", path: [] }];
  const fitting: { exact: number; entry: SecretEntry }[] = [];
  for (const seed of seeds) {
    if ("fault" in seed) return seed;
    const exact = exactness(seed.target, scope);
    if (exact !== undefined) fitting.push({ exact, entry: seed.entry });
  }
  const entries = fitting.toSorted((a, b) => a.exact - b.exact).map(({ entry }) => entry);
  return { entries, total: seeds.length };
}

/** For whom a secret is: environment, tenant, team and pack; none of them for a plain name. */
type Target = readonly string[];

interface Seed {
  readonly target: Target;
  readonly entry: SecretEntry;
}

const SCHEME = "secrets://";

function seedOf(item: Json, path: SeedsFault["path"]): Seed | SeedsFault {
  const uri = member(item, "uri");
  if (!isObject(item) || typeof uri !== "string") return { fault: "an entry has no uri", path };
  const address = addressOf(uri);
  if (address === undefined) return oddAddress([...path, "uri"]);
  const entry = entryOf(item, { name: address.name, path, nested: false });
  return "fault" in entry ? entry : { target: address.target, entry };
}

function namedSeed(name: string, value: Json): Seed | SeedsFault {
  const path = [name];
  const address = name.startsWith(SCHEME) ? addressOf(name) : { target: [], name };
  if (address === undefined) return oddAddress(path);
  if (typeof value === "string") return { target: address.target, entry: textEntry(address.name, value) };
  return { fault: "a value is no text: put it into quotes", path };
}

function oddAddress(path: SeedsFault["path"]): SeedsFault {
  return { fault: `a uri is not ${SCHEME}ENV/TENANT/TEAM/PACK/NAME`, path };
}

function addressOf(uri: string): { target: Target; name: string } | undefined {
  const parts = uri.startsWith(SCHEME) ? uri.slice(SCHEME.length).split("/") : [];
  if (parts.length !== 5 || parts.includes("")) return undefined;
  // Names in addresses are canonical; one that is not must still be the same secret as one that is.
  return { target: parts.slice(0, 4), name: canonicalKey(parts[4]!) };
}

/** How many parts of a target name the run, or undefined when one names another. */
function exactness(target: Target, { env, tenant, team, pack }: SecretScope): number | undefined {
  const run = [env, tenant, team, pack];
  const named = target.flatMap((part, at) => part === "_" ? [] : [part === run[at]]);
  return named.every((fits) => fits) ? named.length : undefined;
}

const FORMS = ["text", "json", "bytes_b64", "value"];

function entryOf(
  item: JsonObject,
  { name, path, nested }: { name: string; path: SeedsFault["path"]; nested: boolean },
): SecretEntry | SeedsFault {
  const forms = FORMS.filter((form) => Object.hasOwn(item, form));
  const [form] = forms;
  if (form === undefined || forms.length > 1) {
    return { fault: "an entry has none of text, json, bytes_b64 and value, or more than one", path };
  }
  const given = item[form] ?? null, at = [...path, form];
  if (form === "json") return jsonEntry(name, given);
  if (form === "value" && isObject(given) && !nested) return entryOf(given, { name, path: at, nested: true });
  if (typeof given !== "string") return { fault: "a value is no text: put it into quotes", path: at };
  return form === "bytes_b64" ? bytesEntry(name, given, at) : textEntry(name, given);
}

function jsonEntry(name: string, json: Json): SecretEntry {
  const text = JSON.stringify(json);
  return { name, value: new TextEncoder().encode(text), texts: [text, ...textsIn(json)] };
}

function bytesEntry(name: string, base64: string, path: SeedsFault["path"]): SecretEntry | SeedsFault {
  try {
    const value = Uint8Array.fromBase64(base64);
    const text = utf8Text(value);
    return { name, value, texts: [...(text === undefined ? [] : [text]), base64] };
  } catch {
    return { fault: "bytes_b64 is no Base64", path };
  }
}
