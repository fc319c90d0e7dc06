/**
 * Decodes the strings and copies the lists that a guest hands over, up to a budget. A guest can name one string a
 * million times in one list, so bytes are counted where they are copied, not where they lie. Never sees what the
 * values are for.
 */

import { DEFAULT_LIMITS, type Limits } from "../base/limits.ts";
import { GuestFault, tooLarge, tooManyResources } from "./guest_failure.ts";

/** What even an empty string takes on this side, in bytes. */
const STRING_OVERHEAD = 32;
/** What a byte of an item takes on this side, such as a number of a record, in bytes. */
const BYTE_OVERHEAD = 8;
/** How many resources of different names a guest may make one after the other for each that it may hold. */
const NAMES_PER_HANDLE = 100;
/** Room for the short strings of a call, whatever the limit on its values. */
const DECODER_SLACK = 1024 * 1024;

/** The decoder of all guests of a thread, one of which runs at a time. */
export class BudgetDecoder extends TextDecoder {
  static #limits = DEFAULT_LIMITS;
  static #left = Infinity;

  /** Starts counting anew: before a call, and behind every host call. The exact limits are checked on the values. */
  static grant(limits: Limits): void {
    BudgetDecoder.#limits = limits;
    BudgetDecoder.#left = 2 * limits.maxValueBytes + DECODER_SLACK;
  }

  /** Copies a list of bytes out of a guest's memory, where it must lie. */
  static copy(memory: ArrayBuffer, start: number, length: number): ArrayBuffer {
    if (start < 0 || length < 0 || start + length > memory.byteLength) {
      const message = "Component handed over a list that lies outside of its memory";
      throw new GuestFault({ code: "node.output", message });
    }
    BudgetDecoder.#spend(length);
    return memory.slice(start, start + length);
  }

  /** Pays for the items of a list, each of so many bytes there, before they are taken one by one; gives the first index. */
  static items(count: number, bytes: number): 0 {
    BudgetDecoder.#spend(count * Math.max(STRING_OVERHEAD, bytes * BYTE_OVERHEAD));
    return 0;
  }

  /** Counts the resources that an instance makes. */
  static resources(): ResourceCount {
    return new ResourceCount(BudgetDecoder.#limits);
  }

  override decode(input?: AllowSharedBufferSource, options?: TextDecodeOptions): string {
    BudgetDecoder.#spend(STRING_OVERHEAD + (input?.byteLength ?? 0));
    return super.decode(input, options);
  }

  static #spend(bytes: number): void {
    BudgetDecoder.#left -= bytes;
    if (BudgetDecoder.#left >= 0) return;
    throw new GuestFault(tooLarge("Data from the component", BudgetDecoder.#limits));
  }
}

/** Counts the resources of an instance. Rows of dropped ones are used again, so that rows are what it held at a time. */
class ResourceCount {
  readonly #limits: Limits;
  #rows = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Takes a row more. */
  hold(): void {
    if (++this.#rows > this.#limits.maxHandles) this.#refuse();
  }

  /** Hears how many resources of different names there were, of which dropped ones are remembered too. */
  note(names: number): void {
    if (names > this.#limits.maxHandles * NAMES_PER_HANDLE) this.#refuse();
  }

  #refuse(): never {
    throw new GuestFault(tooManyResources(this.#limits));
  }
}
