/**
 * The parts of what is kept of a run that hold its values, and so may hold its secrets. Ids, paths and the files' own words
 * are none: a secret that happens to be one of them must not change them.
 */

import { isObject, type Json, type JsonObject } from "./base/json.ts";

/** Members whose values come from outside: of a tape's first line, and of a snapshot. */
const VALUES: readonly string[] = ["input", "turns", "refused", "state", "store"];
/** Options whose values do. */
const OPTIONS: readonly string[] = ["config", "parameters"];
/** What of the options for WASI does. */
const WASI: readonly string[] = ["env", "args"];

/** The document with its values changed, in the first line of a tape or in the file of a run that waits. */
export function changeParts(document: JsonObject, change: (value: Json) => Json): JsonObject {
  return mapped(document, (name, value) => {
    if (VALUES.includes(name)) return change(value);
    if (name === "options") return within(value, (part, item) => changedOption(part, item, change));
    if (name !== "resume") return value;
    return within(
      value,
      (part, item) => part === "snapshot" && isObject(item) ? changeParts(item, change) : item,
    );
  });
}

function changedOption(name: string, value: Json, change: (value: Json) => Json): Json {
  if (OPTIONS.includes(name)) return change(value);
  return name === "wasi" ? within(value, (part, item) => WASI.includes(part) ? change(item) : item) : value;
}

function within(value: Json, change: (name: string, value: Json) => Json): Json {
  return isObject(value) ? mapped(value, change) : value;
}

function mapped(value: JsonObject, change: (name: string, value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, change(name, item)]));
}
