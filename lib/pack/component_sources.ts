/**
 * The table of component sources that a manifest may carry: for each component the reference it came from, its
 * digest, and the entry that holds it when it is in the pack. Never fetches.
 */

import type { Finding } from "../base/finding.ts";
import { isArray, type Json, member, stringMember } from "../base/json.ts";
import { MANIFEST } from "./entries.ts";

/** What a table or a lock file says of one component. */
export interface ListedSource {
  /** The component's id. */
  readonly id: string;
  /** A second name by which it is listed. */
  readonly name: string;
  /** Where it came from, such as `oci://registry/name:tag`; a packer's lock need not say. */
  readonly reference?: string;
  /** The digest that its bytes must have: `sha256:` or `blake3:` and hex. */
  readonly digest?: string;
  /** The entry that holds the bytes, when they are in the pack. */
  readonly entry?: string;
}

/** The key of the extension. */
export const SOURCES = "greentic.pack.component_sources@v1";

/** Rows by component id, and by the second name that a row may have. */
export class SourceTable {
  readonly #byId = new Map<string, ListedSource>();
  readonly #byName = new Map<string, ListedSource>();

  /** All rows, in order. */
  get rows(): Iterable<ListedSource> {
    return this.#byId.values();
  }

  /** Whether a row has this id or name. */
  has({ id, name }: Pick<ListedSource, "id" | "name">): { readonly id: boolean; readonly name: boolean } {
    return { id: this.#byId.has(id), name: this.#byName.has(name) };
  }

  /** Adds a row; of two with one id or name the first is found. */
  add(row: ListedSource): void {
    if (!this.#byId.has(row.id)) this.#byId.set(row.id, row);
    if (!this.#byName.has(row.name)) this.#byName.set(row.name, row);
  }

  /** The row for a component, by its id or else by its name. */
  find(id: string): ListedSource | undefined {
    return this.#byId.get(id) ?? this.#byName.get(id);
  }
}

/** The table in the payload of the extension. */
export function readSources(payload: Json | undefined, findings: Finding[]): SourceTable {
  const table = new SourceTable();
  if (payload === undefined) return table;
  const rows = member(payload, "components");
  if (member(payload, "schema_version") !== 1 || !isArray(rows)) {
    const message = `Extension "${SOURCES}" is not of schema_version 1 with a list of components`;
    findings.push({ severity: "error", code: "manifest.invalid", message, place: MANIFEST });
    return table;
  }
  for (const row of rows) {
    const listed = listedSource(row);
    if (listed === undefined) {
      const message = `Extension "${SOURCES}" has a row without name, source or artifact`;
      findings.push({ severity: "error", code: "manifest.invalid", message, place: MANIFEST });
    } else {
      table.add(listed);
    }
  }
  return table;
}

function listedSource(row: Json): ListedSource | undefined {
  const name = stringMember(row, "name"), reference = stringMember(row, "source");
  const artifact = member(row, "artifact");
  const entry = stringMember(member(artifact, "inline"), "wasm_path");
  if (name === undefined || reference === undefined || (artifact !== "remote" && entry === undefined)) {
    return undefined;
  }
  const digest = stringMember(member(row, "resolved"), "digest");
  return {
    id: stringMember(row, "component_id") ?? name,
    name,
    reference,
    ...(digest === undefined ? {} : { digest }),
    ...(entry === undefined ? {} : { entry }),
  };
}
