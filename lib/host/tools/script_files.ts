/**
 * Reads the files in which a tools mock has its answers: JSON, of a size that outputs of nodes may have. Links are
 * followed, since the folder is the user's own. Never decides which file is read, and never writes one.
 */

import { RunnerError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { readJsonDocument } from "../../base/json_document.ts";
import { jsonFault } from "../../base/json_fault.ts";
import { limitFailure, type Limits } from "../../base/limits.ts";
import { quoted } from "../../base/paths.ts";
import { readDenied } from "../../base/permission.ts";

/**
 * The value in a script.
 *
 * @throws {RunnerError} `node.kind` when there is no such file, `mocks.invalid` when it is no JSON or cannot be read,
 * `limit.value`, `permission.missing`.
 */
export async function readScript(path: string, limits: Pick<Limits, "maxValueBytes">): Promise<Json> {
  const bytes = await readBytes(path, limits.maxValueBytes + 1);
  if (bytes.length > limits.maxValueBytes) {
    const { message, hint } = limitFailure("limit.value", "maxValueBytes", limits, `Mock script "${path}"`);
    throw new RunnerError("limit.value", message, { place: path, ...(hint === undefined ? {} : { hint }) });
  }
  const read = readJsonDocument(bytes);
  if ("json" in read) return read.json;
  const broken = jsonFault(new TextDecoder().decode(bytes));
  throw new RunnerError("mocks.invalid", `Mock script "${path}" ${read.fault}`, {
    place: broken === undefined ? path : `${path}:${broken.line}`,
    hint: "Write the answer as JSON",
    ...(broken === undefined ? {} : { rows: [`line ${broken.line}: ${broken.what}`] }),
  });
}

/** Whether there is a script at a path; false where nobody may look. */
export async function hasScript(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** What to type to have an answer at a path. */
export function scriptHint(path: string): string {
  return `Write the answer as JSON: echo '{"ok":true}' > ${quoted(path)}`;
}

/** The first bytes of a file, at most `limit` of them. */
async function readBytes(path: string, limit: number): Promise<Uint8Array> {
  try {
    // A pipe would let its reader wait for ever.
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw new Deno.errors.NotSupported("It is no regular file");
    using file = await Deno.open(path);
    const bytes = new Uint8Array(Math.min(size, limit));
    let at = 0;
    while (at < bytes.length) {
      const read = await file.read(bytes.subarray(at));
      if (read === null) break;
      at += read;
    }
    return bytes.subarray(0, at);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw readDenied(path, cause);
    if (cause instanceof Deno.errors.NotFound) {
      throw new RunnerError("node.kind", `Mock script "${path}" does not exist`, {
        place: path,
        hint: scriptHint(path),
      });
    }
    throw new RunnerError("mocks.invalid", `Mock script "${path}" cannot be read`, { place: path, cause });
  }
}
