/**
 * Answers requests from recordings, and records the answers of another transport: the modes decide which. Never asks
 * the other one in `replay`, `fail-on-miss` and `lockdown`.
 *
 * 1. Rewrites come first: what is looked up, allowed and asked is the address that they give.
 * 2. Whatever is compared or kept has no secrets; the other transport is asked with all of them.
 * 3. What a run has recorded it does not replay: a request that it repeats is asked for again, so that a later run gets
 *    the same answers in the same order.
 * 4. Only responses are kept, never failures.
 */

import { type Clock, formatUtc } from "../../../base/clock.ts";
import { type ErrorCode, messageChain, RunnerError } from "../../../base/errors.ts";
import type { Json } from "../../../base/json.ts";
import type { HttpRequest, HttpResponse, HttpResult, HttpTransport } from "../message.ts";
import { fingerprintOf } from "./cassette.ts";
import { ageFault, type OnExpired } from "./expiry.ts";
import { recordingKey } from "./key.ts";
import { missOf, recordHint } from "./miss.ts";
import type { RecordingMode } from "./mode.ts";
import { issuedSecrets } from "./issued.ts";
import { bytesOf, type RecordedRequest, type RecordedResponse, type Recording } from "./recording.ts";
import { type Rewrites, rewritten } from "./rewrite.ts";
import { scrubRequest, scrubResponse, type Secrecy } from "./scrub.ts";
import type { RecordingStore, Stored } from "./store.ts";

/** What {@linkcode RecordedHttp} is made of. */
export type RecordedHttpOptions = RecordedHttpParts & Recordings;

/** How recordings are used, and where they are: mode `off` has no use for any. */
export type Recordings = { readonly mode: "off"; readonly store: null } | {
  readonly mode: Exclude<RecordingMode, "off">;
  readonly store: RecordingStore;
};

/** What {@linkcode RecordedHttp} needs in every mode. */
export interface RecordedHttpParts extends Secrecy {
  /** Who answers for real, or refuses to. */
  readonly inner: HttpTransport;
  /** What is said of a request that is not allowed, without asking for it; null for one that is. */
  readonly refusal?: (request: HttpRequest) => HttpResult | null;
  /** Beginnings of addresses with what takes their place; the first that fits counts. */
  readonly rewrites: Rewrites;
  /** Days after which a recording is too old, or null for never. */
  readonly expireAfterDays: number | null;
  /** `record` fails the node where nothing is recorded: nothing is recorded anew without being asked for. */
  readonly onExpired: OnExpired;
  /** Hears of recordings that are too old, once each, and of answers that could not be kept; the place is a file. */
  readonly warn: (code: ErrorCode, message: string, place: string) => void;
  readonly clock: Clock;
  /** Hears of secrets that servers give out, under names that say so, before they are kept or recorded anywhere. */
  readonly learn: (secret: string) => void;
  /** Bytes of bodies that a run may record. */
  readonly maxBytes: number;
}

/** Answers of one run from recordings, or recorded. */
export class RecordedHttp implements HttpTransport {
  readonly #options: RecordedHttpOptions;
  /** How often a recording has answered in this run, by key. */
  readonly #given = new Map<string, number>();
  /** What this run has recorded, by key. */
  readonly #own = new Map<string, Recording>();
  /** Bytes of the bodies that were recorded. */
  #bytes = 0;
  /** Files whose age was told. */
  readonly #warned = new Set<string>();

  /** Creates the transport of one run. */
  constructor(options: RecordedHttpOptions) {
    this.#options = options;
  }

  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpResult> {
    const { mode, store, inner, rewrites, scrub } = this.#options;
    const url = rewritten(request.url, rewrites);
    const asked = { ...request, url };
    const result = mode === "off"
      ? await inner.send(asked, signal)
      : await this.#answer(asked, store, signal);
    return url === request.url ? result : withNote(result, { rewritten: scrub.text(url) });
  }

  async #answer(asked: HttpRequest, store: RecordingStore, signal: AbortSignal): Promise<HttpResult> {
    const { mode } = this.#options;
    const { request, redactions } = scrubRequest(asked, this.#options);
    const key = await recordingKey(request);
    if (mode !== "record" && !this.#own.has(key)) {
      const found = store.find(key);
      const replayed = found === undefined
        ? fromCassette(store.findCassette(await fingerprintOf(asked)))
        : this.#replay(key, found, store, request);
      if (replayed !== undefined) return replayed;
    }
    if (mode !== "record" && mode !== "record-replay") return this.#miss(asked, request, store);
    return await this.#record(key, asked, { request, responses: [], redactions }, store, signal);
  }

  /** The next answer of a recording; undefined when it is too old and to be recorded anew. */
  #replay(
    key: string,
    { file, content }: Stored<Recording>,
    store: RecordingStore,
    request: RecordedRequest,
  ): HttpResult | undefined {
    const count = this.#given.get(key) ?? 0;
    const at = Math.min(count, content.responses.length - 1);
    const response = content.responses[at]!;
    const { mode, expireAfterDays, onExpired, warn, clock } = this.#options;
    const tooOld = ageFault({ file, content: response }, expireAfterDays, clock.now());
    if (tooOld !== undefined) {
      if (onExpired === "record" && mode === "record-replay") return undefined;
      const place = store.pathOf(file);
      if (onExpired !== "warn" || mode === "lockdown") {
        const failure = {
          code: "recording.expired",
          message: tooOld,
          hint: recordHint(request, store.folder),
          place,
          details: { recording: file, recorded_at: response.recordedAt },
        };
        return { type: "abort", provider: "mock", failure };
      }
      if (!this.#warned.has(file)) warn("recording.expired", tooOld, place);
      this.#warned.add(file);
    }
    this.#given.set(key, count + 1);
    const note = {
      recording: file,
      answer: at + 1,
      ...(count > at ? { repeated: true } : {}),
      ...(tooOld === undefined ? {} : { expired: response.recordedAt }),
    };
    return { type: "response", provider: "mock", note, response: responseOf(response) };
  }

  async #record(
    key: string,
    asked: HttpRequest,
    fresh: Recording,
    store: RecordingStore,
    signal: AbortSignal,
  ): Promise<HttpResult> {
    const { inner, clock, warn, learn } = this.#options;
    const recordedAt = formatUtc(clock.now());
    const startMs = clock.monotonicMs();
    const result = await inner.send(asked, signal);
    if (result.type !== "response") return result;
    const durationMs = Math.round(clock.monotonicMs() - startMs);
    if (!this.#hasRoom(result.response, store)) return result;
    for (const secret of issuedSecrets(result.response, this.#options.hides)) learn(secret);
    // No waiting from here on: requests of one run must not lose each other's answers.
    const { request, responses, redactions } = this.#own.get(key) ?? fresh;
    const kept = scrubResponse(result.response, this.#options, `$.responses[${responses.length}]`);
    const { status, headers, body } = kept;
    const recording = {
      request,
      responses: [...responses, { recordedAt, status, headers, body, durationMs }],
      redactions: [...redactions, ...kept.redactions],
    };
    this.#own.set(key, recording);
    try {
      return withNote(result, { recorded: store.save(key, recording) });
    } catch (error) {
      // The guest has its answer nevertheless: the server may have done what it was asked for.
      if (!(error instanceof RunnerError)) throw error;
      warn(error.code, messageChain(error).join(": "), error.place ?? store.folder);
      return result;
    }
  }

  /** Whether an answer can be kept, too; the first that cannot be is told. */
  #hasRoom({ body }: HttpResponse, { folder }: RecordingStore): boolean {
    const { maxBytes, warn } = this.#options;
    const hadRoom = this.#bytes <= maxBytes;
    this.#bytes += body.length;
    if (this.#bytes <= maxBytes) return true;
    if (hadRoom) {
      const message =
        `Answers that are recorded exceed the limit maxMemoryBytes of ${maxBytes} bytes: no more of them are kept`;
      warn("limit.memory", message, folder);
    }
    return false;
  }

  /** Writes what has not been written yet. */
  close(): void {
    const { store, warn } = this.#options;
    try {
      store?.flush();
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      warn(error.code, messageChain(error).join(": "), error.place ?? store?.folder ?? "");
    }
  }

  #miss(asked: HttpRequest, request: RecordedRequest, store: RecordingStore): HttpResult {
    const { mode, refusal } = this.#options;
    const { message, details } = missOf(request, store);
    const hint = recordHint(request, store.folder);
    if (mode !== "replay") {
      const failure = { code: "replay.miss", message, hint, place: store.folder, details };
      return { type: "abort", provider: "refuse", failure };
    }
    const refused = refusal?.(asked) ?? null;
    const text = refused?.type === "failed" ? refused.error.message : "no recorded response";
    return {
      type: "failed",
      provider: "refuse",
      error: { code: "denied", message: text },
      code: "replay.miss",
      hint: `${message}. ${hint}`,
      note: details,
    };
  }
}

function withNote(result: HttpResult, note: Readonly<Record<string, Json>>): HttpResult {
  return { ...result, note: { ...result.note, ...note } };
}

function fromCassette(found: Stored<HttpResponse> | undefined): HttpResult | undefined {
  if (found === undefined) return undefined;
  const note = { recording: found.file, answer: 1 };
  return { type: "response", provider: "mock", note, response: found.content };
}

function responseOf({ status, headers, body }: RecordedResponse): HttpResponse {
  return { status, headers, body: bytesOf(body) ?? new Uint8Array() };
}
