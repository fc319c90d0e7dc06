/**
 * What makes two requests the same for recordings, and what a recording's file is called. The method in any case, the
 * address without its fragment, the body, and whether redirects are followed count; headers do not: they differ from run to run. No body and an empty
 * one are the same. Takes requests without their secrets.
 */

import { concatBytes } from "../../../base/bytes.ts";
import { sha256Hex } from "../../../base/digest.ts";
import { bytesOf, type RecordedRequest } from "./recording.ts";

/** An address as all spellings of it are compared, without its fragment; a text that is none keeps its spelling. */
export function canonicalUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url.replace(/#.*$/s, "");
  parsed.hash = "";
  return parsed.href;
}

/** The same for two requests exactly if one's recording answers the other. */
export async function recordingKey(request: RecordedRequest): Promise<string> {
  const { method, url, body, followRedirects } = request;
  const told = followRedirects === false ? ["no redirects"] : [];
  const head = JSON.stringify([method.toUpperCase(), canonicalUrl(url), ...told]);
  return await sha256Hex(concatBytes([new TextEncoder().encode(`${head}\n`), bytesOf(body) ?? EMPTY]));
}

const EMPTY = new Uint8Array();

/** Longest parts of a file's name: with the key's digits they make 100 characters. */
const MAX_METHOD_CHARS = 10, MAX_HOST_CHARS = 40, MAX_PATH_CHARS = 35;

/** What a recording's file is called, `digits` of its key included: `get-api.example-v1-users-1f2e3d4c.json`. */
export function fileNameOf({ method, url }: RecordedRequest, key: string, digits: number): string {
  const parsed = URL.parse(url);
  const parts = [
    slug(method, MAX_METHOD_CHARS),
    slug(parsed?.host ?? "", MAX_HOST_CHARS),
    slug(parsed?.pathname ?? url, MAX_PATH_CHARS),
  ];
  return `${[...parts.filter((part) => part !== ""), key.slice(0, digits)].join("-")}.json`;
}

/** The letters and digits of a text in lower case, dots between them kept: what every file system takes. */
function slug(text: string, limit: number): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9.]+/g, "-").replace(/[-.]*[-.][-.]+/g, "-");
  return plain.slice(0, limit).replace(/^[-.]+|[-.]+$/g, "");
}
