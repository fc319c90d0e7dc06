/**
 * Renders a node's mapping: every string in it may be a pointer, one path, or a Handlebars template.
 * Never touches keys, numbers or booleans, and never renders what it has rendered.
 */

import { RunnerError } from "../base/errors.ts";
import { isArray, isObject, type Json, type JsonObject, textsIn } from "../base/json.ts";
import { isOpen } from "./callee.ts";
import type { Handlebars } from "./handlebars.ts";
import { fieldPath, type Lookup, lookupPath, nearestHint, parsePath, parsePointer } from "./path.ts";

/** What happens to a value that does not exist: a failure, or an empty string and a warning. */
export type MissingMode = "strict" | "lenient";

/** What rendering needs. */
export interface TemplateOptions {
  /** The values that templates can name. */
  readonly context: JsonObject;
  /** What happens to a value that does not exist. */
  readonly missing: MissingMode;
  /** Longest output of one template, in characters. */
  readonly maxChars: number;
  /** Takes a missing value in lenient mode: what is missing, and the field. */
  readonly warn: (message: string, field: string) => void;
  /** Whether a string that starts with `/` is a JSON pointer, as in the maps of `provider.invoke`. @default {false} */
  readonly pointers?: boolean;
  /** The template engine; needed only when {@linkcode needsHandlebars} says so. */
  readonly handlebars?: Handlebars;
  /** Where the mapping stands, for the fields of messages. @default {[]} */
  readonly field?: readonly string[];
  /** Copies a value that would change later. @default {the value itself} */
  readonly detach?: (value: Json) => Json;
}

/** Whether any string of a mapping is more than one path, so that rendering needs the template engine. */
export function needsHandlebars(mapping: Json): boolean {
  return textsIn(mapping).some((text) => isOpen(text) && wholePath(text) === undefined);
}

/**
 * Renders a mapping. Throws a {@linkcode RunnerError} with a `template.…` code whose `place` is the field,
 * such as `$.text`.
 */
export function renderMapping(mapping: Json, options: TemplateOptions): Json {
  return renderValue(mapping, options, options.field ?? []);
}

function renderValue(value: Json, options: TemplateOptions, field: readonly (string | number)[]): Json {
  if (typeof value === "string") return renderText(value, options, field);
  if (isArray(value)) return value.map((item, index) => renderValue(item, options, [...field, index]));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, renderValue(item, options, [...field, key])]),
  );
}

function renderText(text: string, options: TemplateOptions, field: readonly (string | number)[]): Json {
  if (!isOpen(text)) {
    if (options.pointers !== true || !text.startsWith("/")) return text;
    return insert(parsePointer(text), `mapping path \`${text}\` not found`, { options, field });
  }
  const path = wholePath(text);
  if (path !== undefined) {
    return insert(path.segments, `template expression \`${path.text}\` not found`, { options, field });
  }
  if (options.handlebars === undefined) {
    throw new RunnerError("internal", "The template engine was not loaded", { place: fieldPath(field) });
  }
  try {
    return options.handlebars.render(text, {
      context: options.context,
      missing: options.missing,
      maxChars: options.maxChars,
      warn: (message) => options.warn(message, fieldPath(field)),
    });
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new RunnerError(error.code, error.message, { ...hint, place: fieldPath(field) });
  }
}

/** The path of a string that is one expression and nothing else: its value keeps its type. */
export function wholePath(text: string): { text: string; segments: string[] } | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith("{{") || !trimmed.endsWith("}}")) return undefined;
  let [from, to] = [2, trimmed.length - 2];
  while (trimmed[from] === "{") from++;
  while (to > from && trimmed[to - 1] === "}") to--;
  const inside = trimmed.slice(from, to).trim();
  const segments = parsePath(inside);
  return segments === undefined ? undefined : { text: inside, segments };
}

function insert(
  segments: readonly string[],
  message: string,
  { options, field }: { options: TemplateOptions; field: readonly (string | number)[] },
): Json {
  const found: Lookup = lookupPath(options.context, segments);
  if (found.found) return options.detach === undefined ? found.value : options.detach(found.value);
  if (options.missing === "strict") {
    throw new RunnerError("template.missing", message, {
      hint: nearestHint(segments, found),
      place: fieldPath(field),
    });
  }
  options.warn(message, fieldPath(field));
  return "";
}
