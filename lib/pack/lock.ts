/**
 * Lock files, which pin components to digests: the JSON lock of the reference runner and the CBOR lock of its
 * packer. Read only when a user names one; a lock that lies beside a pack is never looked for.
 */

import { decodeCbor } from "../base/cbor.ts";
import { RunnerError } from "../base/errors.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  member,
  stringMember,
  withinDepth,
} from "../base/json.ts";
import { readUserFile } from "./archive_file.ts";
import { type ListedSource, SourceTable } from "./component_sources.ts";

/** Largest lock file that is read, in bytes. */
const MAX_LOCK_BYTES = 4 * 1024 * 1024;
const REFERENCE_REGEXP = /^(?:oci|repo|store|file):\/\/\S+$/;
const SHA256_REGEXP = /^(?:sha256:)?([0-9a-f]{64})$/i;

/**
 * The rows of a lock file.
 *
 * @throws {RunnerError} `lock.invalid`, naming the component and what is wrong with its row.
 */
export async function readLock(
  path: string,
  { allowMissingHash }: { allowMissingHash: boolean },
): Promise<SourceTable> {
  const bytes = await readUserFile(path, MAX_LOCK_BYTES, "lock.invalid");
  const lock = parse(bytes, path);
  const rows = new Rows(path, allowMissingHash);
  const components = member(lock, "components");
  if (member(lock, "schema_version") === 1 && isArray(components)) {
    for (const row of components) rows.add(rows.ofRunner(row));
  } else if (member(lock, "version") === 1 && isObject(components)) {
    for (const [id, row] of Object.entries(components)) rows.add(rows.ofPacker(id, row));
  } else {
    throw rows.fault(
      "has neither schema_version 1 with a list of components, nor version 1 with a map of them",
    );
  }
  return rows.table;
}

function parse(bytes: Uint8Array, path: string): Json {
  try {
    const json: Json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (withinDepth(json)) return json;
  } catch {
    try {
      return decodeCbor(bytes, { place: path });
    } catch (cause) {
      throw new RunnerError("lock.invalid", `Lock file "${path}" is neither JSON nor CBOR`, {
        place: path,
        cause,
      });
    }
  }
  throw new RunnerError("lock.invalid", `Lock file "${path}" is nested too deeply`, { place: path });
}

/** Whether a reference names a tag, which may mean something else tomorrow. */
function isTag(reference: string): boolean {
  return reference.startsWith("oci://") && !reference.includes("@") && /:[^/:]+$/.test(reference.slice(6));
}

/** A digest without what it may be written with or without; any other text as it is. */
function plainDigest(text: string): string {
  return SHA256_REGEXP.exec(text)?.[1]?.toLowerCase() ?? text;
}

class Rows {
  readonly table = new SourceTable();
  readonly #path: string;
  readonly #allowMissingHash: boolean;

  constructor(path: string, allowMissingHash: boolean) {
    this.#path = path;
    this.#allowMissingHash = allowMissingHash;
  }

  fault(what: string): RunnerError {
    return new RunnerError("lock.invalid", `Lock file "${this.#path}" ${what}`, { place: this.#path });
  }

  add(row: ListedSource): void {
    const twin = this.table.has(row);
    if (twin.id) throw this.fault(`has the component "${row.id}" twice`);
    if (twin.name) throw this.fault(`has the name "${row.name}" twice`);
    this.table.add(row);
  }

  /** A row of the runner's lock, whose fields have an older spelling too. */
  ofRunner(row: Json): ListedSource {
    const name = stringMember(row, "name");
    if (name === undefined || !isObject(row)) throw this.fault("has a component without a name");
    const reference = this.#either(row, { name, keys: ["source_ref", "ref"] });
    const path = this.#either(row, { name, keys: ["bundled_path", "path"] });
    const bundledHash = this.#either(row, { name, keys: ["wasm_sha256", "sha256"] });
    const remoteDigest = this.#either(row, { name, keys: ["resolved_digest", "digest"] });
    if (reference === undefined) {
      throw this.fault(`says not where component "${name}" comes from (source_ref)`);
    }
    if (!REFERENCE_REGEXP.test(reference)) {
      throw this.fault(`has the invalid reference "${reference}" for component "${name}"`);
    }
    const bundled = path !== undefined || member(row, "bundled") === true;
    if (bundled && path === undefined) {
      throw this.fault(`has no bundled_path for component "${name}", which is bundled`);
    }
    if (!bundled && isTag(reference)) {
      throw this.fault(`has a tag and no digest as reference of component "${name}": "${reference}"`);
    }
    const digest = bundled ? bundledHash : remoteDigest;
    if (digest === undefined && !(bundled && this.#allowMissingHash)) {
      const field = bundled ? "wasm_sha256" : "resolved_digest";
      throw this.fault(`has no ${field} for component "${name}"`);
    }
    return {
      id: stringMember(row, "component_id") ?? name,
      name,
      reference,
      ...(digest === undefined ? {} : { digest: this.#sha256(digest, name) }),
      ...(path === undefined ? {} : { entry: path }),
    };
  }

  /** A row of the packer's lock. */
  ofPacker(id: string, row: Json): ListedSource {
    const digest = stringMember(row, "resolved_digest"), reference = stringMember(row, "ref");
    if (digest === undefined) throw this.fault(`has no resolved_digest for component "${id}"`);
    return {
      id,
      name: id,
      ...(reference === undefined ? {} : { reference }),
      digest: this.#sha256(digest, id),
    };
  }

  /** A field that may be spelt in two ways, which must agree when both are there. */
  #either(
    row: JsonObject,
    { name, keys }: { name: string; keys: readonly [string, string] },
  ): string | undefined {
    const [a, b] = keys.map((key) => {
      const value = member(row, key) ?? undefined;
      if (value === undefined || typeof value === "string") return value;
      throw this.fault(`has a "${key}" for component "${name}" that is no text`);
    });
    if (a !== undefined && b !== undefined && plainDigest(a) !== plainDigest(b)) {
      throw this.fault(`has two values for "${keys[0]}" of component "${name}": "${a}" and "${b}"`);
    }
    return a ?? b;
  }

  #sha256(digest: string, name: string): string {
    const [, hex] = SHA256_REGEXP.exec(digest) ?? [];
    if (hex === undefined) {
      throw this.fault(`has "${digest}" for component "${name}", which is no SHA-256 digest`);
    }
    return `sha256:${hex.toLowerCase()}`;
  }
}
