/**
 * Stamps, numbers and writes transcript lines, then tells the transcript hook and the listeners.
 * Never lets a fault in writing or in code of others reach the run.
 */

import { type Clock, formatUtc } from "../base/clock.ts";
import { messageChain, messageOf, RunnerError } from "../base/errors.ts";
import type { RunEvent } from "../base/events.ts";
import { eventLine, type RunContext } from "./event_line.ts";
import { type LineFacts, makeLine, type TranscriptLine } from "./line.ts";
import type { Redactor } from "./redact.ts";
import type { LineSpan, Sink } from "./sink.ts";

/** What lines are written with. */
export interface LineWriterOptions {
  /** Where lines go. */
  readonly sink: Sink;
  /** Knows the secrets of the run, also those added later. */
  readonly redactor: Redactor;
  /** The time. */
  readonly clock: Clock;
  /** The session. */
  readonly sessionId: string;
  /** On whose behalf the run takes place. */
  readonly context: RunContext;
  /** Called with each line after it is written. A hook that throws causes one warning. */
  readonly transcript?: ((line: TranscriptLine) => void) | undefined;
}

/** An event as listeners get it: stamped, numbered like its line, and without secrets. */
export interface RecordedEvent {
  /** The number of the event's line. */
  readonly seq: number;
  /** When it was recorded, RFC 3339 in UTC. */
  readonly ts: string;
  /** The event without secrets. */
  readonly event: RunEvent;
}

/** One moment on both clocks. */
export interface Stamp {
  /** RFC 3339 in UTC. */
  readonly ts: string;
  /** Milliseconds for durations. */
  readonly atMs: number;
}

/** What is known about a line beside its event. */
export interface LineContext {
  /** When it happened. @default {now} */
  readonly stamp?: Stamp;
  /** How long that took of which this is the end. */
  readonly durationMs?: number;
  /** The label of the node in which it happened. */
  readonly component?: string;
}

/** An event that was written. */
export interface Written {
  /** Where its line stands. */
  readonly span: LineSpan;
  /** When it happened. */
  readonly stamp: Stamp;
  /** The event without secrets. */
  readonly event: RunEvent;
}

/** Writes the lines of one run. */
export class LineWriter {
  /** The entry flow, for lines that belong to no node. */
  entryFlowId = "unknown";

  readonly #options: LineWriterOptions;
  readonly #listeners = new Set<(event: RecordedEvent) => void>();
  #seq = 0;
  #size = 0;
  #sinkFailed = false;
  #hookFailed = false;
  #fault: RunnerError | undefined;

  /** Creates the writer of one run; nothing is written yet. */
  constructor(options: LineWriterOptions) {
    this.#options = options;
  }

  /** The first fault so far. No line is written to the sink after a fault of the sink. */
  get fault(): RunnerError | undefined {
    return this.#fault;
  }

  /** The current moment. */
  stamp(): Stamp {
    const { clock } = this.#options;
    return { ts: formatUtc(clock.now()), atMs: clock.monotonicMs() };
  }

  /** Calls a function with every event that follows. Returns the function that ends this. */
  subscribe(listener: (event: RecordedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Writes an event's line and tells whoever listens. */
  record(event: RunEvent, context: LineContext = {}): Written {
    const { redactor, context: runContext } = this.#options;
    const stamp = context.stamp ?? this.stamp();
    const component = context.component ?? null;
    const described = eventLine(event, { redactor, context: runContext, component });
    const seq = this.#seq;
    const span = this.write(described.facts, { ...context, stamp });
    for (const listener of this.#listeners) {
      this.#callOut(() => listener({ seq, ts: stamp.ts, event: described.event }));
    }
    return { span, stamp, event: described.event };
  }

  /** Writes a line that stands for no event. Its facts hold no secrets. */
  write(facts: LineFacts, { stamp = this.stamp(), durationMs }: LineContext = {}): LineSpan {
    const { sessionId, transcript } = this.#options;
    const line = makeLine(facts, {
      ts: stamp.ts,
      seq: this.#seq++,
      sessionId,
      entryFlowId: this.entryFlowId,
      durationMs: durationMs ?? null,
    });
    const span = this.#append(line);
    if (transcript !== undefined) this.#callOut(() => transcript(line));
    return span;
  }

  /** Does some recording work; what it throws becomes the fault. */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#remember(error);
    }
  }

  /** Closes the sink and forgets the listeners. */
  close(): void {
    this.#listeners.clear();
    this.guard(() => this.#options.sink.close());
  }

  #append(line: TranscriptLine): LineSpan {
    if (!this.#sinkFailed) {
      try {
        const span = this.#options.sink.append(line);
        this.#size = span[1];
        return span;
      } catch (error) {
        this.#sinkFailed = true;
        this.#remember(error);
      }
    }
    return [this.#size, this.#size];
  }

  /** Calls code of others, which may throw and may emit. */
  #callOut(call: () => void): void {
    try {
      call();
    } catch (error) {
      if (this.#hookFailed) return;
      this.#hookFailed = true;
      const message = `Transcript hook or listener failed: ${messageOf(error)}`;
      this.record({ type: "warning", code: "record.hook", message });
    }
  }

  #remember(error: unknown): void {
    this.#fault ??= error instanceof RunnerError
      ? error
      : new RunnerError("internal", `Recording failed: ${messageChain(error).join(": ")}`, { cause: error });
  }
}
