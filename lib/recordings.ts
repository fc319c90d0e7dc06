/** Recordings of HTTP requests for other tools. Never changes one. */

import { RunnerError } from "./base/errors.ts";
import type { JsonObject } from "./base/json.ts";
import { toHar } from "./host/http/recording/har.ts";
import { RecordingStore } from "./host/http/recording/store.ts";
import { isGone } from "./pack/archive_file.ts";

/**
 * The recordings of a folder as an HTTP Archive (HAR 1.2), which browsers' tools and many others show. Answers stand in
 * the order in which they were recorded, without secrets, as they were recorded.
 *
 * @param dir The folder: `mocks.http.dir`, or `--recordings`.
 * @throws {RunnerError} `recording.invalid` for a folder or a recording that cannot be read, `permission.missing`.
 *
 * @example
 * ```ts
 * import { recordingsToHar } from "@greentic/runner";
 *
 * const har = await recordingsToHar("fixtures/recordings");
 * console.log(JSON.stringify(har, null, 2));
 * ```
 */
export async function recordingsToHar(dir: string): Promise<JsonObject> {
  if (await isGone(dir)) {
    throw new RunnerError("recording.invalid", `Folder of recordings "${dir}" does not exist`, {
      place: dir,
      hint: "Record requests with --mocks record --recordings DIR, or check the path",
    });
  }
  const store = await RecordingStore.open(dir);
  return toHar(store.list().map(({ content }) => content));
}
