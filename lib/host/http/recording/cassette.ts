/**
 * Recordings as the reference wrote them: `<fingerprint>.json` with `{"status","headers":{name: value},"body"}`, the
 * body a text or null. They are read; nothing writes them, and they never expire, as they do not tell their age.
 */

import { concatBytes } from "../../../base/bytes.ts";
import { sha256Hex } from "../../../base/digest.ts";
import { isObject, type Json, member } from "../../../base/json.ts";
import { readJsonDocument } from "../../../base/json_document.ts";
import type { HttpRequest, HttpResponse } from "../message.ts";
import { isStatus } from "./recording.ts";

const NAME_REGEXP = /^([0-9a-f]{64})\.json$/;

/** The fingerprint in the name of a cassette's file, or undefined for the name of another file. */
export function cassetteFingerprint(name: string): string | undefined {
  return NAME_REGEXP.exec(name)?.[1];
}

/** The fingerprint of a request: the digest of method, address and body as they are spelled, secrets included. */
export async function fingerprintOf({ method, url, body }: HttpRequest): Promise<string> {
  return await sha256Hex(concatBytes([new TextEncoder().encode(method + url), body ?? new Uint8Array()]));
}

/** The answer in a cassette's file, or why there is none, as the end of a sentence. */
export function readCassette(
  bytes: Uint8Array,
): { readonly response: HttpResponse } | { readonly fault: string } {
  const document = readJsonDocument(bytes, Infinity);
  if ("fault" in document) return document;
  const status = member(document.json, "status");
  const headers = headersOf(member(document.json, "headers"));
  const body = member(document.json, "body") ?? null;
  if (!isStatus(status)) return { fault: "has no status of HTTP in status" };
  if (headers === undefined) return { fault: "has no names with texts in headers" };
  if (body !== null && typeof body !== "string") return { fault: "has no text in body" };
  return { response: { status, headers, body: new TextEncoder().encode(body ?? "") } };
}

function headersOf(value: Json | undefined): [string, string][] | undefined {
  if (!isObject(value)) return undefined;
  const headers = Object.entries(value).flatMap(([name, item]): [string, string][] =>
    typeof item === "string" ? [[name, item]] : []
  );
  return headers.length === Object.keys(value).length ? headers : undefined;
}
