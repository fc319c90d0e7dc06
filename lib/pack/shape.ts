/**
 * Reads fields of a manifest by name and type; a missing or wrong field is one typed error that names it.
 * Never guesses: null and absent are the same, everything else is what it is.
 */

import { RunnerError } from "../base/errors.ts";
import { isArray, isObject, type Json, type JsonObject, member } from "../base/json.ts";

/** The fields of one object of a manifest. */
export class Fields {
  /** The object itself. */
  readonly value: JsonObject;
  /** Where the object stands, such as `flows[0]`; empty at the top. */
  readonly path: string;
  readonly #place: string;

  /** Takes the object at a path of a document; refuses what is no object. */
  constructor(value: Json | undefined, { path = "", place }: { path?: string; place: string }) {
    if (!isObject(value)) throw invalid(`${path === "" ? "Manifest" : `Field "${path}"`} is no map`, place);
    this.value = value;
    this.path = path;
    this.#place = place;
  }

  /** A text that must be there. */
  text(key: string): string {
    const found = this.optionalText(key);
    if (found === undefined) throw this.fault(key, "is missing");
    return found;
  }

  /** A text, or undefined. */
  optionalText(key: string): string | undefined {
    const found = this.optional(key);
    if (found !== undefined && typeof found !== "string") throw this.fault(key, "is no text");
    return found;
  }

  /** A whole number from 0 that must be there. */
  count(key: string): number {
    const found = this.optional(key);
    if (found === undefined) throw this.fault(key, "is missing");
    if (typeof found === "number" && Number.isSafeInteger(found) && found >= 0) return found;
    throw this.fault(key, "is no whole number from 0");
  }

  /** An object that must be there. */
  object(key: string): Fields {
    return this.#fields(key, this.optional(key));
  }

  /** An object, or undefined. */
  optionalObject(key: string): Fields | undefined {
    const found = this.optional(key);
    return found === undefined ? undefined : this.#fields(key, found);
  }

  /** A list of texts that must be there. */
  texts(key: string): string[] {
    return this.list(key).map((item, i) => {
      if (typeof item !== "string") throw this.fault(`${key}[${i}]`, "is no text");
      return item;
    });
  }

  /** A list of objects that must be there. */
  objects(key: string): Fields[] {
    return this.list(key).map((item, i) => this.#fields(`${key}[${i}]`, item));
  }

  /** A list that must be there. */
  list(key: string): readonly Json[] {
    const found = this.optional(key);
    if (found === undefined) throw this.fault(key, "is missing");
    if (!isArray(found)) throw this.fault(key, "is no list");
    return found;
  }

  /** The value of a field, or undefined when it is absent or null. */
  optional(key: string): Json | undefined {
    return member(this.value, key) ?? undefined;
  }

  /** Whether a list is there. */
  has(key: string): boolean {
    return this.optional(key) !== undefined;
  }

  /** The error for a field of this object. */
  fault(key: string, what: string): RunnerError {
    return invalid(`Field "${this.#at(key)}" ${what}`, this.#place);
  }

  #fields(key: string, value: Json | undefined): Fields {
    return new Fields(value, { path: this.#at(key), place: this.#place });
  }

  #at(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }
}

function invalid(message: string, place: string): RunnerError {
  return new RunnerError("manifest.invalid", message, { place });
}

/** Whether a text can be the id of a pack, component, flow or node. */
export function isIdentifier(text: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(text);
}

/** Whether a text can be the key of a secret. */
export function isSecretKey(text: string): boolean {
  return /^[A-Za-z0-9._/-]+$/.test(text) && !text.startsWith("/") && !text.split("/").includes("..");
}

/** Whether a text is a version of Semantic Versioning 2.0. */
export function isVersion(text: string): boolean {
  const core = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/.exec(
    text,
  );
  if (core === null) return false;
  const pre = core[4]?.split(".") ?? [], build = core[5]?.split(".") ?? [];
  return pre.every((part) => part !== "" && !/^0\d+$/.test(part)) && build.every((part) => part !== "");
}

/** A file's name as an id: what an id cannot have becomes a hyphen. */
export function fileIdentifier(name: string, fallback: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, "-") || fallback;
}
