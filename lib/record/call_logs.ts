/**
 * Brings what nodes and guests say into the node logs, and tells what of it belongs in the transcript.
 * Never lets a secret through, also not one that a guest writes in two pieces.
 */

import type { Failure, NodePlace } from "../base/call.ts";
import type { LogEvent } from "../base/events.ts";
import { jsonText } from "./json_text.ts";
import type { LogStream, NodeLogs } from "./node_logs.ts";
import { logNode } from "./node_records.ts";
import type { Redactor } from "./redact.ts";
import { StreamScrubber } from "./stream_scrubber.ts";

/** The logs of all node calls of a run. */
export class CallLogs {
  readonly #logs: NodeLogs;
  readonly #redactor: Redactor;
  /** The streams of the calls that run, by call and stream. */
  readonly #streams = new Map<string, Map<LogStream, StreamScrubber>>();

  /** Writes to some logs what is left after redaction. */
  constructor(logs: NodeLogs, redactor: Redactor) {
    this.#logs = logs;
    this.#redactor = redactor;
  }

  /** Opens the streams of a node call. */
  open(callId: string): void {
    this.#streams.set(callId, new Map());
  }

  /** Writes what was said and gives the event for the transcript: cut off or absent when the log is full. */
  take(event: LogEvent): LogEvent | undefined {
    const file = fileOf(event);
    if (this.#logs.isFull(logNode(event.place), file)) return undefined;
    return file === "log" ? this.#message(event) : this.#piece(event, file);
  }

  /** Writes why a node failed; the failure has no secrets. */
  failed(place: NodePlace, failure: Failure): void {
    this.#logs.append(logNode(place), "log", `${failure.code}: ${failure.message}\n`);
  }

  /** Closes the streams of a node call and gives the events for what they kept back. */
  end(place: NodePlace): LogEvent[] {
    const rest: LogEvent[] = [];
    for (const [stream, scrubber] of this.#streams.get(place.callId) ?? []) {
      const text = this.#logs.append(logNode(place), stream, scrubber.flush());
      if (text !== "") rest.push({ type: "log", place, stream, text });
    }
    this.#streams.delete(place.callId);
    return rest;
  }

  /** Gives back the files of a node. */
  release(place: NodePlace): void {
    this.#logs.release(logNode(place).key);
  }

  /** A message comes whole, with fields. */
  #message(event: LogEvent): LogEvent | undefined {
    const { place, stream, fields } = event;
    const text = this.#redactor.scrub(event.text);
    const clean = fields === undefined ? "" : ` ${jsonText(this.#redactor.redact(fields, "$").value)}`;
    const line = `${text}${clean}\n`;
    const taken = this.#logs.append(logNode(place), "log", line);
    if (taken === line) return event;
    return taken === "" ? undefined : { type: "log", place, stream, text: taken };
  }

  #piece(event: LogEvent, file: LogStream): LogEvent | undefined {
    const { place, stream } = event;
    const streams = this.#streams.get(place.callId);
    const scrubber = streams?.get(file) ?? new StreamScrubber(this.#redactor);
    streams?.set(file, scrubber);
    // What arrives after the end of its call has nobody to keep it.
    const clean = scrubber.push(event.text) + (streams === undefined ? scrubber.flush() : "");
    const text = this.#logs.append(logNode(place), file, clean);
    return text === "" ? undefined : { type: "log", place, stream, text };
  }
}

function fileOf(event: LogEvent): LogStream {
  return event.stream === "telemetry" ? "log" : event.stream;
}
