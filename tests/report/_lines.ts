/** Transcripts made on the spot, for what reports show of them. */

import type { Json } from "../../lib/base/json.ts";
import { type LineFacts, type LinePlace, makeLine, type TranscriptLine } from "../../lib/record/line.ts";
import type { RunFiles } from "../../lib/record/run_files.ts";

/** A transcript whose lines stand ten milliseconds apart. */
export class Script {
  readonly lines: TranscriptLine[] = [];
  #calls = 0;

  /** Adds a line; gives its number from 1. */
  line(facts: LineFacts, durationMs: number | null = null): number {
    const seq = this.lines.length;
    const ts = new Date(Date.UTC(2026, 0, 1) + seq * 10).toISOString();
    this.lines.push(makeLine(facts, { ts, seq, sessionId: "s", entryFlowId: "main", durationMs }));
    return seq + 1;
  }

  /** Opens the run. */
  run(): this {
    this.line({ phase: "run", status: "start" });
    return this;
  }

  /** A start of a node; gives the place of its attempt. */
  start(nodeId: string, { flowId = "main", flowPath = [], attempt = 1, payload = {} }: {
    flowId?: string;
    flowPath?: readonly string[];
    attempt?: number;
    payload?: Json;
  } = {}): Required<LinePlace> {
    const place = { callId: `n${++this.#calls}`, flowId, flowPath, nodeId, attempt };
    this.line({ phase: "start", status: "ok", place, component: "echo", inputs: { payload } });
    return place;
  }

  /** Its end. */
  end(place: LinePlace, output: Json = {}): this {
    const metrics = { fuel: 5, memoryPeakBytes: 65_536 };
    this.line({ phase: "end", status: "ok", place, component: "echo", outputs: output, metrics }, 4);
    return this;
  }

  /** Its failure. */
  fail(place: LinePlace, message: string = "it broke", status: string = "error"): this {
    this.line({ phase: "error", status, place, component: "echo", error: { code: "E", message } }, 4);
    return this;
  }

  /** A visit from its start to its end. */
  visit(nodeId: string, options: Parameters<Script["start"]>[1] & { output?: Json } = {}): this {
    return this.end(this.start(nodeId, options), options.output);
  }
}

/** What a run directory would hold with these lines. */
export function filesOf(script: Script, more: Partial<RunFiles> = {}): RunFiles {
  return {
    dir: "/runs/1",
    result: null,
    run: null,
    lines: script.lines,
    flows: null,
    state: null,
    logs: [],
    faults: [],
    ...more,
  };
}
