/// <reference lib="dom" />
/** The page's address as far as it names an event, so that a reload or a link comes back to it. */

/** What such an address ends with. */
const EVENT_REGEXP = /^#event-(\d{1,9})$/;
/** How long the selection must stay before the address has it: browsers refuse addresses that change too often. */
const PAUSE_MS = 250;

/** Keeps the address up to date; `go` hears of events that it names later. */
export class Address {
  #pause: ReturnType<typeof setTimeout> | undefined;

  /** Listens to the address. */
  constructor(go: (number: number) => void) {
    addEventListener("hashchange", () => {
      this.keep();
      const { event } = this;
      if (event >= 0) go(event);
    });
  }

  /** The number of the event that it names, or -1. */
  get event(): number {
    return Number(EVENT_REGEXP.exec(location.hash)?.[1] ?? -1);
  }

  /** Leaves it as it is, whatever it was to name. */
  keep(): void {
    clearTimeout(this.#pause);
  }

  /** Lets it name an event. */
  name(number: number): void {
    this.keep();
    this.#pause = setTimeout(() => {
      try {
        history.replaceState(null, "", `#event-${number}`);
      } catch {
        // Pages within other pages may have no address of their own: what is shown does not depend on it.
      }
    }, PAUSE_MS);
  }
}
