/** Counts the resources that one guest holds: what it never drops would be kept until its call ends. */

/** The resources of one guest. */
export class Handles {
  readonly #max: number;
  readonly #onTooMany: () => never;
  #held = 0;

  /** Allows `max` resources at a time; `onTooMany` throws what ends the call. */
  constructor(max: number, onTooMany: () => never) {
    this.#max = max;
    this.#onTooMany = onTooMany;
  }

  take(): void {
    if (++this.#held > this.#max) this.#onTooMany();
  }

  release(): void {
    this.#held--;
  }
}

/** A resource that the guest holds until it drops it. The glue calls its disposer then. */
export abstract class Handle implements Disposable {
  readonly handles: Handles;
  #dropped = false;

  constructor(handles: Handles) {
    handles.take();
    this.handles = handles;
  }

  [Symbol.dispose](): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.handles.release();
  }
}
