/**
 * Spans as this folder hands them on: plain data, with texts of bounded length. Never knows what a span stands for.
 *
 * What a span is: https://opentelemetry.io/docs/specs/otel/trace/api/.
 */

/** A moment: seconds since 1970, and nanoseconds beside. */
export type Time = readonly [seconds: number, nanoseconds: number];

/** What is known of a span, an event or a resource. Whole numbers and others are different types: each name has one. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Something that happened during a span. */
export interface SpanEvent {
  readonly name: string;
  readonly time: Time;
  readonly attributes: Attributes;
}

/** A span that has ended. */
export interface Span {
  /** 16 hex digits. */
  readonly spanId: string;
  /** The span that it is a part of, or null for the root of a trace. */
  readonly parentId: string | null;
  readonly name: string;
  readonly kind: "internal" | "client";
  readonly start: Time;
  readonly end: Time;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** Events beyond the most that a span has. */
  readonly droppedEvents: number;
  /** Why it failed, or null. Empty when the attributes say it. */
  readonly error: string | null;
  /** What its texts take, in characters. */
  readonly size: number;
}

/** Why a span failed. */
export interface SpanError {
  /** A stable code. */
  readonly code: string;
  readonly message: string;
}

/** Most events of a span. */
const MAX_EVENTS = 128;
/** Longest text in a span, and what the texts of its events may take together, in characters. */
const MAX_TEXT = 4096, MAX_EVENT_TEXTS = 64 * 1024;

/** A span that has not ended. */
export class OpenSpan {
  readonly id: string;
  readonly #parentId: string | null;
  readonly #name: string;
  readonly #kind: Span["kind"];
  readonly #start: Time;
  readonly #attributes: Record<string, string | number | boolean> = {};
  readonly #events: SpanEvent[] = [];
  #droppedEvents = 0;
  #eventTexts = 0;
  #size = 0;
  #error: string | null = null;

  /** Starts a span. */
  constructor(facts: Pick<Span, "spanId" | "parentId" | "name" | "kind" | "start">) {
    this.id = facts.spanId;
    this.#parentId = facts.parentId;
    this.#name = bounded(facts.name);
    this.#kind = facts.kind;
    this.#start = facts.start;
  }

  /** Adds what is known; what is undefined is left out. */
  set(attributes: Readonly<Record<string, string | number | boolean | undefined>>): void {
    for (const [name, given] of Object.entries(attributes)) {
      if (given === undefined) continue;
      const value = typeof given === "string" ? bounded(given) : given;
      this.#attributes[name] = value;
      this.#size += sizeOf(value);
    }
  }

  /** Adds an event, if there is room. */
  add(name: string, time: Time, attributes: Attributes): void {
    const kept: Record<string, string | number | boolean> = {};
    let size = 0;
    for (const [key, given] of Object.entries(attributes)) {
      const value = typeof given === "string" ? bounded(given) : given;
      kept[key] = value;
      size += sizeOf(value);
    }
    if (this.#events.length >= MAX_EVENTS || this.#eventTexts + size > MAX_EVENT_TEXTS) {
      this.#droppedEvents++;
      return;
    }
    this.#eventTexts += size;
    this.#events.push({ name, time, attributes: kept });
  }

  /** Marks the span as failed. */
  fail({ code, message }: SpanError): void {
    this.#error = bounded(message);
    this.set({ "error.type": code });
  }

  /** Ends the span. */
  end(end: Time, name: string = this.#name): Span {
    return {
      spanId: this.id,
      parentId: this.#parentId,
      name: bounded(name),
      kind: this.#kind,
      start: this.#start,
      end,
      attributes: this.#attributes,
      events: this.#events,
      droppedEvents: this.#droppedEvents,
      error: this.#error,
      size: this.#size + this.#eventTexts,
    };
  }
}

function sizeOf(value: string | number | boolean): number {
  return typeof value === "string" ? value.length : 0;
}

/** A text that is not too long, and that every decoder of UTF-8 takes. */
function bounded(text: string): string {
  if (text.length <= MAX_TEXT) return text.toWellFormed();
  // A slice of a text keeps the whole of it in memory; a copy does not.
  return JSON.parse(JSON.stringify(`${text.slice(0, MAX_TEXT - 1).toWellFormed()}…`));
}
