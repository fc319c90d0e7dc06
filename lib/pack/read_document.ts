/** Reads documents from a pack, none larger than the limits allow. Never looks into them. */

import { limitError, type Limits } from "../base/limits.ts";
import type { PackSource } from "./source.ts";

/** The bytes of a document, or undefined when there is none of that name; throws `pack.limit.document`. */
export async function readDocument(
  source: PackSource,
  entry: string,
  limits: Limits,
): Promise<Uint8Array | undefined> {
  const { size = 0 } = source.entry(entry) ?? {};
  if (size <= limits.maxDocumentBytes) return await source.read(entry);
  throw limitError(
    "pack.limit.document",
    "maxDocumentBytes",
    limits,
    `The size of document "${entry}"`,
    entry,
  );
}
