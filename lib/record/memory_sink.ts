/** Keeps transcript lines in memory, with the offsets they would have in a file. Never writes anything. */

import type { JsonObject } from "../base/json.ts";
import { jsonText } from "./json_text.ts";
import type { LineSpan, Sink } from "./sink.ts";

/** A transcript in memory, for tests and runs without a directory. */
export class MemorySink implements Sink {
  readonly #lines: JsonObject[] = [];
  readonly #encoder = new TextEncoder();
  #size = 0;

  /** The lines so far. */
  get lines(): readonly JsonObject[] {
    return this.#lines;
  }

  /** The lines as a file would hold them. */
  get text(): string {
    return this.#lines.map((line) => jsonText(line) + "\n").join("");
  }

  /** Adds one line. */
  append(line: JsonObject): LineSpan {
    const start = this.#size;
    this.#size += this.#encoder.encode(jsonText(line)).length + 1;
    this.#lines.push(line);
    return [start, this.#size];
  }

  /** Does nothing: there is nothing to give back. */
  close(): void {}
}
