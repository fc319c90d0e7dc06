/** Tells what a request without a recording is missing: the nearest recording, and how to record it. Only texts. */

import type { JsonObject } from "../../../base/json.ts";
import { quoted } from "../../../base/paths.ts";
import { differencesText, nearestJson, nearestTo, short } from "./nearest.ts";
import type { RecordedRequest } from "./recording.ts";
import type { RecordingStore } from "./store.ts";

/** Most characters of an address in a message. */
const MAX_URL_CHARS = 200;

/** A request without a recording. */
export interface Miss {
  /** One sentence. */
  readonly message: string;
  /** `{nearest: {file, differences}}`, or nothing when there is no recording at all. */
  readonly details: JsonObject;
}

/** What is known of a request that no recording answers. */
export function missOf(request: RecordedRequest, store: RecordingStore): Miss {
  const asked = `${request.method} ${short(request.url, MAX_URL_CHARS)}`;
  const nearest = nearestTo(request, store.list());
  if (nearest === undefined) {
    return { message: `No recording answers ${asked}: there is none in "${store.folder}"`, details: {} };
  }
  return {
    message: `No recording answers ${asked}: the nearest, "${nearest.file}", differs in ${
      differencesText(nearest)
    }`,
    details: { nearest: nearestJson(nearest) },
  };
}

/** How to record a request, as the options to add. */
export function recordHint({ url }: RecordedRequest, folder: string): string {
  const parsed = URL.parse(url);
  const allow = parsed === null || parsed.host === "" ? "" : ` --allow ${parsed.protocol}//${parsed.host}`;
  return `Record it with --mocks record --recordings ${quoted(folder)}${allow}`;
}
