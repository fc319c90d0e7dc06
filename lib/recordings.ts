/** Recordings of HTTP requests for other tools. Never changes one. */

import { RunnerError } from "./base/errors.ts";
import type { JsonObject } from "./base/json.ts";
import { toHar } from "./host/http/recording/har.ts";
import { RecordingStore } from "./host/http/recording/store.ts";
import { isGone } from "./pack/archive_file.ts";

/** What `recordingsToHar` of the module does; `lib/on_demand.ts` says what that is. */
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
