/**
 * Brings spans to a collector in batches, one request at a time, while the run goes on and, for a bounded time, at its
 * end. Never sends a span twice unless the collector refused it, never throws, and leaves nothing behind that would
 * keep the process alive.
 *
 * 1. Every span is confirmed, or counted in the failure that `finish` gives.
 * 2. A request of which nobody knows whether it was taken is not sent again.
 * 3. After `finish`, no request is under way and no timer is set.
 */

import type { Failure } from "../../base/call.ts";
import type { Clock } from "../../base/clock.ts";
import { messageChain } from "../../base/errors.ts";
import { MAX_TIMER_MS } from "../../base/limits.ts";
import { type Delivery, type Endpoint, post, type Problem, shownUrl, TOO_SLOW } from "./collector.ts";
import type { Encode } from "./encode.ts";
import type { Span } from "./span.ts";

/** What an exporter works with. */
export interface ExporterOptions {
  /** Where spans go. */
  readonly endpoint: Endpoint;
  /** Loads what writes requests. Called once, when there is something to write or soon will be. */
  readonly loadEncoder: () => Promise<Encode>;
  /** The time, for waits that the collector asks for. */
  readonly clock: Clock;
  /** How long `finish` may take, in milliseconds. */
  readonly finishMs: number;
}

/** Most spans of a request, and what their texts may take before another begins, in characters. */
const MAX_BATCH = 512, MAX_BATCH_SIZE = 1024 * 1024;
/** Most spans that wait for their turn, which take about 500 bytes each beside their texts; and those, in characters. */
const MAX_QUEUE = 20_000, MAX_QUEUE_SIZE = 16 * 1024 * 1024;
/** What a collector did when spans were dropped and nothing else went wrong. */
const TOO_MANY = "took them more slowly than they came";
/** How long a request may take while the run goes on, in milliseconds. */
const PATIENCE_MS = 10_000;
/** How often a batch is sent that the collector refuses for now. */
const MAX_TRIES = 3;

/** Exports the spans of one run. */
export class Exporter {
  readonly #options: ExporterOptions;
  readonly #queue: Span[] = [];
  /** What the texts of those that wait take, in characters. */
  #size = 0;
  readonly #closing = new AbortController();
  #encode: Promise<Encode> | undefined;
  #sending: Promise<void> | undefined;
  /** When the collector may be asked again, and when all has to be over, on the clock that never runs backwards. */
  #waitsUntilMs = 0;
  #deadlineMs = Infinity;
  #total = 0;
  #confirmed = 0;
  #dropped = 0;
  /** The first thing that went wrong. */
  #problem: Problem | undefined;

  /** Creates an exporter; nothing is loaded or sent yet. */
  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  /** Loads what writes requests, so that it is there when it is needed. */
  warmUp(): void {
    if (this.#encode !== undefined) return;
    this.#encode = this.#options.loadEncoder();
    // Whoever needs it hears of the fault.
    this.#encode.catch(() => {});
  }

  /** Takes a span, and begins to send when there are enough for a request. */
  add(span: Span): void {
    this.#total++;
    if (this.#queue.length >= MAX_QUEUE || this.#size + span.size > MAX_QUEUE_SIZE) {
      this.#dropped++;
      return;
    }
    this.#push(span);
    if (this.#sending !== undefined || !this.#isEnough()) return;
    this.#sending = this.#send(() => this.#isEnough()).finally(() => this.#sending = undefined);
  }

  /** Takes the last span and sends all that are left. Returns why some were not confirmed, or null when all were. */
  async finish(last: Span): Promise<Failure | null> {
    const { clock, finishMs } = this.#options;
    this.#total++;
    this.#push(last);
    this.#deadlineMs = clock.monotonicMs() + finishMs;
    const timer = setTimeout(() => this.#closing.abort(), finishMs);
    this.#checkWait();
    try {
      await this.#sending;
      await this.#send(() => this.#queue.length > 0);
    } finally {
      clearTimeout(timer);
    }
    return this.#confirmed === this.#total ? null : this.#failure();
  }

  #push(span: Span): void {
    this.#queue.push(span);
    this.#size += span.size;
  }

  /** Whether as many spans wait as a request takes. */
  #isEnough(): boolean {
    return this.#queue.length >= MAX_BATCH || this.#size >= MAX_BATCH_SIZE;
  }

  /** Sends batches for as long as there is something to send. */
  async #send(goesOn: () => boolean): Promise<void> {
    const { signal } = this.#closing;
    while (goesOn()) {
      if (signal.aborted) return this.#note({ what: TOO_SLOW, causes: [] });
      await this.#deliver(this.#batch());
    }
  }

  /** Takes the next batch from those that wait. */
  #batch(): Span[] {
    let count = 0, size = 0;
    for (const span of this.#queue) {
      if (count === MAX_BATCH || (count > 0 && size + span.size > MAX_BATCH_SIZE)) break;
      count++;
      size += span.size;
    }
    this.#size -= size;
    return this.#queue.splice(0, count);
  }

  async #deliver(batch: readonly Span[]): Promise<void> {
    const body = await this.#body(batch);
    if (body === undefined) return;
    for (let tries = 1;; tries++) {
      const delivery = await this.#request(body);
      if (delivery.type === "taken") {
        this.#confirmed += Math.max(0, batch.length - delivery.rejected);
        if (delivery.problem !== null) this.#note(delivery.problem);
        return;
      }
      const again = delivery.type === "refused" && tries < MAX_TRIES &&
        await this.#waited(delivery.retryAfter);
      if (!again) return this.#note(delivery.problem);
    }
  }

  /** The body of a request; undefined when there is none, which is noted. */
  async #body(batch: readonly Span[]): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.warmUp();
    try {
      const encode = await orAborted(this.#encode, this.#closing.signal);
      if (encode === undefined) this.#note({ what: TOO_SLOW, causes: [] });
      return encode?.(batch);
    } catch (error) {
      this.#note({ what: "was not asked, since requests cannot be written", causes: messageChain(error) });
      return undefined;
    }
  }

  async #request(body: Uint8Array<ArrayBuffer>): Promise<Delivery> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    const signal = AbortSignal.any([this.#closing.signal, patience.signal]);
    try {
      return await post(this.#options.endpoint, body, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for as long as the collector asks; false when it does not, or when that is too long. */
  async #waited(retryAfter: string | null): Promise<boolean> {
    const delayMs = retryAfter === null ? NaN : this.#delayOf(retryAfter);
    if (Number.isNaN(delayMs)) return false;
    this.#waitsUntilMs = this.#options.clock.monotonicMs() + delayMs;
    this.#checkWait();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(delayMs, MAX_TIMER_MS));
    await orAborted(promise, this.#closing.signal);
    clearTimeout(timer);
    return !this.#closing.signal.aborted;
  }

  /** Gives up at once when the collector wants to be left alone for longer than there is time. */
  #checkWait(): void {
    if (this.#waitsUntilMs > this.#deadlineMs) this.#closing.abort();
  }

  /** A `Retry-After` in milliseconds, seconds or a date; NaN for others. */
  #delayOf(retryAfter: string): number {
    if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
    return Math.max(0, Date.parse(retryAfter) - this.#options.clock.now().getTime());
  }

  #note(problem: Problem): void {
    this.#problem ??= problem;
  }

  #failure(): Failure {
    const { url } = this.#options.endpoint;
    const { what, causes, hint } = this.#problem ?? { what: TOO_MANY, causes: [] };
    const missing = this.#total - this.#confirmed;
    const dropped = this.#dropped === 0 ? [] : [`${this.#dropped} spans found no room while others waited`];
    const all = [...causes, ...dropped];
    return {
      code: "otlp.export",
      message:
        `The OTLP collector did not confirm ${missing} of ${this.#total} spans of this run: it ${what}`,
      hint: hint ??
        `Check that OTLP over HTTP, not gRPC, is served at ${shownUrl(url)}, or run without --otlp, ` +
          "OTEL_EXPORTER_OTLP_ENDPOINT and OTLP_ENDPOINT",
      place: shownUrl(url),
      ...(all.length === 0 ? {} : { causes: all }),
    };
  }
}

/** What a promise gives, or undefined once the signal is aborted. */
async function orAborted<T>(promise: Promise<T> | undefined, signal: AbortSignal): Promise<T | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const onAbort = () => resolve(undefined);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  return await Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
}
