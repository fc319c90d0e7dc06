/**
 * Takes secrets out of text that arrives in pieces, also when a piece ends in the middle of a secret.
 * Never keeps back more than what could be the beginning of a secret.
 */

import type { Redactor } from "./redact.ts";

/** One stream of text on its way to a log. */
export class StreamScrubber {
  readonly #redactor: Redactor;
  #kept = "";

  /** Creates a scrubber for one stream. */
  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** Takes the next piece and gives what can be written now; empty when all of it could be part of a secret. */
  push(text: string): string {
    // What is kept has not been replaced yet, so that a secret across two pieces is seen whole.
    const whole = this.#kept + text;
    const safe = this.#redactor.safeLength(whole);
    this.#kept = whole.slice(safe);
    return this.#redactor.scrub(whole.slice(0, safe));
  }

  /** Gives what was kept back, at the end of the stream. */
  flush(): string {
    const rest = this.#redactor.scrub(this.#kept);
    this.#kept = "";
    return rest;
  }
}
