/** Where transcript lines go: the port that the recorder writes to. Never knows what a line means. */

import type { JsonObject } from "../base/json.ts";

/** Where one line stands: offset of its first byte, and offset just past its line feed. */
export type LineSpan = readonly [start: number, end: number];

/** Takes transcript lines in order. */
export interface Sink {
  /** Adds one line. When it returns, the line is where it belongs; a fault is thrown as a RunnerError. */
  append(line: JsonObject): LineSpan;
  /** Ends the transcript. Further calls do nothing. */
  close(): void;
}
