/**
 * A component's record as manifests carry it: which fields it has, in which order and of which types. Gives what is
 * known of a record, and tells what is not, or is of a wrong type.
 */

import { isArray, isObject, type Json, type JsonObject, omit } from "../base/json.ts";
import type { ComponentInput } from "./pack_spec.ts";

/** A value: of one type, any value, a list of one shape, or an object whose required fields end in `!`. */
type Shape = "text" | "flag" | "count" | "any" | readonly [Shape] | { readonly [key: string]: Shape };

const READ_WRITE = { read: "flag", write: "flag" } as const;
const IN_OUT = { inbound: "flag", outbound: "flag" } as const;
const FLOW_KIND = "text";
const SECRET: Shape = {
  "key!": "text",
  required: "flag",
  description: "text",
  scope: { "env!": "text", "tenant!": "text", team: "text" },
  format: "text",
  schema: "any",
  examples: ["text"],
};
const GIVEN: { readonly [key: string]: Shape } = {
  supports: [FLOW_KIND],
  world: "text",
  profiles: { default: "text", supported: ["text"] },
  capabilities: {
    wasi: {
      filesystem: {
        "mode!": "text",
        mounts: [{ "name!": "text", "host_class!": "text", "guest_path!": "text" }],
      },
      env: { allow: ["text"] },
      random: "flag",
      clocks: "flag",
    },
    host: {
      secrets: { required: [SECRET] },
      state: READ_WRITE,
      messaging: IN_OUT,
      events: IN_OUT,
      http: { client: "flag", server: "flag" },
      telemetry: { "scope!": "text" },
      iac: { "write_templates!": "flag", execute_plans: "flag" },
    },
  },
  configurators: { basic: "text", full: "text" },
  operations: [{ "name!": "text", "input_schema!": "any", "output_schema!": "any" }],
  config_schema: "any",
  resources: { cpu_millis: "count", memory_mb: "count", average_latency_ms: "count" },
  dev_flows: "any",
};
const RECORD: Shape = { id: "text", version: "text", ...GIVEN };

/** The fields of a record that an author may give. */
export const RECORD_FIELDS: readonly string[] = Object.keys(GIVEN).filter((key) => key !== "world");

/** A component's record with its id as text: the defaults, overlaid with what was given. */
export function componentRecord({ id, version, world, record = {} }: ComponentInput): JsonObject {
  const given = withoutNulls(omit(record, ["id", "version", "world", "profiles"]));
  const profiles = record["profiles"];
  const whole: JsonObject = {
    id,
    version,
    supports: [],
    world,
    profiles: { supported: [], ...(isObject(profiles) ? withoutNulls(profiles) : {}) },
    capabilities: { wasi: { random: false, clocks: false }, host: {} },
    configurators: null,
    operations: [],
    config_schema: null,
    resources: {},
    dev_flows: {},
    ...given,
  };
  return picked(whole, RECORD) as JsonObject;
}

/** What is null is left to the default. */
function withoutNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
}

/** A secret requirement with the known fields in their order. */
export function secretRecord(secret: JsonObject): JsonObject {
  return picked(secret, SECRET) as JsonObject;
}

/** What is wrong with a record, or with a secret requirement. */
export interface RecordFaults {
  /** Paths of what no manifest has a place for. */
  readonly unknown: readonly string[];
  /** What is missing or of a wrong type, each as a path and words. */
  readonly wrong: readonly string[];
}

/** What is wrong with the record that an author gave. */
export function recordFaults(record: JsonObject): RecordFaults {
  return faults(record, GIVEN);
}

/** What is wrong with a secret requirement. */
export function secretFaults(secret: Json): RecordFaults {
  return faults(secret, SECRET);
}

function faults(value: Json, shape: Shape): RecordFaults {
  const found = { unknown: [] as string[], wrong: [] as string[] };
  walk(value, shape, "", found);
  return found;
}

function picked(value: Json, shape: Shape): Json {
  if (typeof shape === "string" || value === null) return value;
  if (isList(shape)) return isArray(value) ? value.map((item) => picked(item, shape[0])) : value;
  if (!isObject(value)) return value;
  const known = Object.entries(shape).map(([key, inner]): [string, Shape] => [key.replace("!", ""), inner]);
  return Object.fromEntries(
    known.filter(([key]) => Object.hasOwn(value, key)).map((
      [key, inner],
    ) => [key, picked(value[key]!, inner)]),
  );
}

function walk(value: Json, shape: Shape, path: string, found: { unknown: string[]; wrong: string[] }): void {
  if (value === null || shape === "any") return;
  const wanted = typeof shape === "string" ? TYPES[shape] : isList(shape) ? TYPES.list : TYPES.map;
  if (!wanted.holds(value)) {
    found.wrong.push(`"${path}" is no ${wanted.name}`);
  } else if (isArray(value) && isList(shape)) {
    value.forEach((item, i) => walk(item, shape[0], `${path}[${i}]`, found));
  } else if (isObject(value) && typeof shape === "object" && !isList(shape)) {
    walkFields(value, shape, path, found);
  }
}

function walkFields(
  value: JsonObject,
  shape: { readonly [key: string]: Shape },
  path: string,
  found: { unknown: string[]; wrong: string[] },
): void {
  const at = (key: string) => path === "" ? key : `${path}.${key}`;
  const known = new Map(Object.entries(shape).map(([key, inner]) => [key.replace("!", ""), inner]));
  for (const [key, item] of Object.entries(value)) {
    const inner = known.get(key);
    if (inner === undefined) found.unknown.push(at(key));
    else walk(item, inner, at(key), found);
  }
  for (const key of Object.keys(shape)) {
    const name = key.slice(0, -1);
    if (key.endsWith("!") && (value[name] ?? null) === null) found.wrong.push(`"${at(name)}" is missing`);
  }
}

const TYPES = {
  text: { name: "text", holds: (value: Json) => typeof value === "string" },
  flag: { name: "true or false", holds: (value: Json) => typeof value === "boolean" },
  count: { name: "whole number from 0", holds: isCount },
  list: { name: "list", holds: (value: Json) => isArray(value) },
  map: { name: "map", holds: (value: Json) => isObject(value) },
};

function isCount(value: Json): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}
