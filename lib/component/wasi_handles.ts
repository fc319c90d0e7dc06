/**
 * Counts the resources that one guest holds, and what is kept in memory for them: what it never drops would be kept
 * until its call ends.
 */

/** How much a guest may hold at a time. */
export interface HandleLimits {
  /** Number of resources. */
  readonly count: number;
  /** What is kept for them all, in bytes. */
  readonly bytes: number;
}

/** The resources of one guest. */
export class Handles {
  readonly #max: HandleLimits;
  readonly #onTooMany: (what: keyof HandleLimits) => never;
  #held = 0;
  #bytes = 0;

  /** Allows `max` at a time; `onTooMany` throws what ends the call. */
  constructor(max: HandleLimits, onTooMany: (what: keyof HandleLimits) => never) {
    this.#max = max;
    this.#onTooMany = onTooMany;
  }

  take(): void {
    if (++this.#held > this.#max.count) this.#onTooMany("count");
  }

  release(): void {
    this.#held--;
  }

  /** Counts bytes more, or less when there are less than none. */
  keep(bytes: number): void {
    this.#bytes += bytes;
    if (bytes > 0 && this.#bytes > this.#max.bytes) this.#onTooMany("bytes");
  }
}

/** A resource that the guest holds until it drops it. The glue calls its disposer then. */
export abstract class Handle implements Disposable {
  readonly handles: Handles;
  #kept = 0;
  #dropped = false;

  constructor(handles: Handles) {
    handles.take();
    this.handles = handles;
  }

  /** Notes how many bytes are kept in memory for it from now on. */
  keep(bytes: number): void {
    const more = bytes - this.#kept;
    this.#kept = bytes;
    this.handles.keep(more);
  }

  [Symbol.dispose](): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.keep(0);
    this.handles.release();
  }
}
