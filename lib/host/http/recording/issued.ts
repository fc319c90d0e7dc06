/**
 * The secrets that a server gives out: values in a JSON body under names that say so, such as `access_token`. Never knows
 * what they are for.
 */

import { readJsonDocument } from "../../../base/json_document.ts";
import { isArray, isObject, type Json } from "../../../base/json.ts";
import type { HttpResponse } from "../message.ts";

/** Shorter values are words, not secrets. */
const MIN_CHARS = 8;
/** Names of what leads to the next page, which is no secret. */
const PAGING_REGEXP = /page|next|continu|cursor/i;

/** The secrets in the body of a response; `hides` tells which names say that a value is one. */
export function issuedSecrets({ body }: HttpResponse, hides: (name: string) => boolean): string[] {
  const first = body.find((byte) => byte > 0x20);
  if (first !== 0x7b && first !== 0x5b) return [];
  const read = readJsonDocument(body);
  return "json" in read ? secretsIn(read.json, hides) : [];
}

function secretsIn(value: Json, hides: (name: string) => boolean): string[] {
  if (isArray(value)) return value.flatMap((item) => secretsIn(item, hides));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    if (typeof item !== "string") return secretsIn(item, hides);
    return item.length >= MIN_CHARS && hides(name) && !PAGING_REGEXP.test(name) ? [item] : [];
  });
}
