/**
 * Decodes the strings that a guest hands over, up to a budget. A guest can name one string a million times in one
 * list, so bytes are counted where they are copied, not where they lie. Never sees what the strings are for.
 */

import { GuestFault, tooLarge } from "./guest_failure.ts";

/** What even an empty string takes on this side, in bytes. */
const STRING_OVERHEAD = 32;
/** Room for the short strings of a call, whatever the limit on its values. */
const DECODER_SLACK = 1024 * 1024;

/** The decoder of all guests of a thread, one of which runs at a time. */
export class BudgetDecoder extends TextDecoder {
  static #limit = Infinity;
  static #left = Infinity;

  /** Starts counting anew: before a call, and behind every host call. The exact limits are checked on the values. */
  static grant(limit: number): void {
    BudgetDecoder.#limit = limit;
    BudgetDecoder.#left = 2 * limit + DECODER_SLACK;
  }

  override decode(input?: AllowSharedBufferSource, options?: TextDecodeOptions): string {
    BudgetDecoder.#left -= STRING_OVERHEAD + (input?.byteLength ?? 0);
    if (BudgetDecoder.#left < 0) {
      throw new GuestFault(tooLarge("Text from the component", BudgetDecoder.#limit));
    }
    return super.decode(input, options);
  }
}
