/**
 * The lines that only a verbose command prints of a run: checks that were passed, routes that were taken, what guests
 * asked of the host and got, what guests said.
 */

import type { HostReturnedEvent, LogEvent, NodeStartedEvent } from "../base/events.ts";
import type { RecordedEvent } from "../record/line_writer.ts";
import { jsonText } from "../record/json_text.ts";
import { type CommandIo, line, nodeName } from "./print.ts";

/** A call of the host that nobody has answered yet. */
interface Asked {
  /** When, in milliseconds since 1970. */
  readonly ts: number;
  /** What was asked, as text. */
  readonly inputs: string;
}

/** Prints the details of a run's events. */
export class DetailPrinter {
  readonly #io: CommandIo;
  readonly #asked = new Map<string, Asked>();
  /** The node that a flow left last, by the calls that led to the flow, until it comes to the next. */
  readonly #left = new Map<string, string>();

  /** Prints to the talk of a command. */
  constructor(io: CommandIo) {
    this.#io = io;
  }

  /** Prints the details of an event, if it has any. */
  print({ ts, event }: RecordedEvent): void {
    switch (event.type) {
      case "verify": {
        const { verdict, place, reason, waived = false } = event.verdict;
        // The others are told to everybody.
        if (!waived && verdict !== "mismatch") this.#line(`${verdict.padEnd(9)} ${place}: ${reason}`);
        break;
      }
      case "node.started":
        this.#route(event);
        break;
      case "node.ended":
      case "node.failed":
        this.#left.set(event.flowPath.join("/"), event.nodeId);
        break;
      case "flow.jumped":
        this.#left.delete(event.flowPath.join("/"));
        break;
      case "host.called":
        this.#asked.set(event.hostCallId, { ts: Date.parse(ts), inputs: jsonText(event.inputs) });
        break;
      case "host.returned":
        this.#call(event, Date.parse(ts));
        break;
      case "log":
        this.#log(event);
    }
  }

  #route({ attempt, flowPath, nodeId }: NodeStartedEvent): void {
    const path = flowPath.join("/"), left = this.#left.get(path);
    this.#left.delete(path);
    // Another attempt is no step of the flow.
    if (left === undefined || attempt > 1) return;
    this.#line(`route     ${nodeName({ flowPath, nodeId: left })} -> ${nodeId}`);
  }

  #call({ hostCallId, place, call, status, provider, outputs }: HostReturnedEvent, ts: number): void {
    const { ts: since, inputs } = this.#asked.get(hostCallId) ?? { ts, inputs: "" };
    this.#asked.delete(hostCallId);
    const answer = `${status} (${provider})  ${jsonText(outputs)}`;
    this.#line(`call      ${nodeName(place)}  ${call}  ${inputs} -> ${answer}  ${ts - since} ms`);
  }

  #log({ place, stream, text, fields }: LogEvent): void {
    const data = fields === undefined ? "" : `  ${jsonText(fields)}`;
    const lines = text.replace(/\n$/, "").split("\n");
    for (const [i, each] of lines.entries()) {
      this.#line(`log       ${nodeName(place)}  ${stream}: ${each}${i === lines.length - 1 ? data : ""}`);
    }
  }

  #line(text: string): void {
    this.#io.stderr(`${line(text)}\n`);
  }
}
