/**
 * Addresses, headers and bodies as the record tells them: headers by name, so that whoever writes the record hides those
 * whose name says that they are secret, and bodies as readable as they are. Hides nothing itself but the user that an
 * address names, which nothing but its place tells from the rest.
 *
 * The record keeps only an excerpt of what is long, as text, in which no names are looked for. So what is long is cut
 * here, where it stands; the sign of a cut tells that half of a secret may stand before it.
 */

import { utf8Text } from "../../base/bytes.ts";
import { type Json, type JsonObject, jsonOrText } from "../../base/json.ts";
import type { Headers } from "./message.ts";

/** Largest body that is told as a whole, in bytes. */
const MAX_BODY_BYTES = 32 * 1024;
/** What is told of a larger one, in bytes, and of the value of a header, in characters. */
const EXCERPT = 1024;

/** The user and password of an address, however many slashes and signs @ stand around them. */
const USER_REGEXP = /^(\s*[a-z]+:[\\/]*)[^\\/?#]*@/i;

/** An address as it is spelled, but for the user and password in it. */
export function toldUrl(url: string): string {
  return url.replace(USER_REGEXP, "$1__REDACTED__@");
}

/** Headers as an object by lower-case name; what stands under a name more than once is joined by commas. */
export function toldHeaders(headers: Headers): JsonObject {
  const values = Map.groupBy(headers, ([name]) => name.toLowerCase());
  return Object.fromEntries(
    [...values].map(([name, pairs]) => [name, cut(pairs.map(([, value]) => value).join(", "))]),
  );
}

/** A body as the JSON value that it is, else as text, else in Base64; a large one as its beginning and size. */
export function toldBody(body: Uint8Array): Json {
  if (body.length > MAX_BODY_BYTES) {
    return { excerpt: `${new TextDecoder().decode(body.subarray(0, EXCERPT))}…`, bytes: body.length };
  }
  const text = utf8Text(body);
  return text === undefined ? { base64: body.toBase64() } : jsonOrText(text);
}

function cut(value: string): string {
  return value.length > EXCERPT ? `${value.slice(0, EXCERPT)}…` : value;
}
