/**
 * Recordings as a HAR file, for the viewers that read it. Never touches a file.
 *
 * The format: HTTP Archive 1.2, as http://www.softwareishard.com/blog/har-12-spec/ describes it. A field that it does not
 * have begins with an underscore.
 */

import type { Json, JsonObject } from "../../../base/json.ts";
import { VERSION } from "../../../base/version.ts";
import type { Headers } from "../message.ts";
import {
  bodyText,
  bytesOf,
  type RecordedBody,
  type RecordedRequest,
  type RecordedResponse,
  type Recording,
} from "./recording.ts";

/** Every answer of recordings as an entry of a HAR document, in the order in which they were recorded. */
export function toHar(recordings: readonly Recording[]): JsonObject {
  const answers = recordings.flatMap(({ request, responses }) =>
    responses.map((response) => ({ request, response, ms: Date.parse(response.recordedAt) }))
  );
  answers.sort((a, b) => a.ms - b.ms);
  return {
    log: {
      version: "1.2",
      creator: { name: "@greentic/runner", version: VERSION },
      entries: answers.map(({ request, response }) => entryOf(request, response)),
    },
  };
}

function entryOf(request: RecordedRequest, response: RecordedResponse): JsonObject {
  const { recordedAt, durationMs } = response;
  return {
    startedDateTime: recordedAt,
    time: durationMs,
    request: requestOf(request),
    response: responseOf(response),
    cache: {},
    timings: { send: 0, wait: durationMs, receive: 0 },
  };
}

function requestOf({ method, url, headers, body }: RecordedRequest): JsonObject {
  return {
    method,
    url,
    ...shared(headers, body),
    queryString: [...URL.parse(url)?.searchParams ?? []].map(([name, value]) => ({ name, value })),
    ...(body === null ? {} : {
      postData: {
        mimeType: headerOf(headers, "content-type"),
        params: [],
        text: textOf(body),
        ...("base64" in body ? { _encoding: "base64" } : {}),
      },
    }),
  };
}

function responseOf({ status, headers, body }: RecordedResponse): JsonObject {
  return {
    status,
    statusText: "",
    ...shared(headers, body),
    content: {
      size: sizeOf(body),
      mimeType: headerOf(headers, "content-type"),
      ...(body === null ? {} : { text: textOf(body) }),
      ...(body !== null && "base64" in body ? { encoding: "base64" } : {}),
    },
    redirectURL: headerOf(headers, "location"),
  };
}

/** What requests and responses have in common. Nothing is known of their bytes on the wire. */
function shared(headers: Headers, body: RecordedBody): Record<string, Json> {
  return {
    httpVersion: "unknown",
    cookies: [],
    headers: headers.map(([name, value]) => ({ name, value })),
    headersSize: -1,
    bodySize: sizeOf(body),
  };
}

function textOf(body: NonNullable<RecordedBody>): string {
  return "base64" in body ? body.base64 : bodyText(body) ?? "";
}

function sizeOf(body: RecordedBody): number {
  return bytesOf(body)?.length ?? 0;
}

function headerOf(headers: Headers, wanted: string): string {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? "";
}
