/** Remembers the last nodes that a flow went through, to name the circle that a run is caught in. Bounded. */

const KEPT = 512;
const SHOWN = 12;

/** The way through one flow. */
export class Trail {
  #ids: string[] = [];

  /** Adds the node that the flow enters. */
  enter(id: string): void {
    this.#ids.push(id);
    if (this.#ids.length >= KEPT * 2) this.#ids = this.#ids.slice(-KEPT);
  }

  /** The circle that the last node closes, as `a → b → a`, or undefined when it was not there before. */
  cycle(): string | undefined {
    const last = this.#ids.length - 1;
    const id = this.#ids[last];
    const before = id === undefined ? -1 : this.#ids.lastIndexOf(id, last - 1);
    if (before < 0 || last === 0) return undefined;
    const circle = this.#ids.slice(before);
    if (circle.length <= SHOWN) return circle.join(" → ");
    return `${circle.slice(0, SHOWN - 1).join(" → ")} → … → ${id}`;
  }
}
