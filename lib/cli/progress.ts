/** The lines that tell of a run while it goes on. Never prints data. */

import type { HostReturnedEvent } from "../base/events.ts";
import { member, stringMember } from "../base/json.ts";
import type { RecordedEvent } from "../record/line_writer.ts";
import { jsonText } from "../record/json_text.ts";
import { type CommandIo, line, nodeName, visible } from "./print.ts";

/** Prints a line for every node that ends, every warning, and every verdict that a stricter policy would not let pass. */
export class ProgressPrinter {
  readonly #io: CommandIo;
  /** Whether nodes are left out. */
  readonly #quiet: boolean;
  readonly #started = new Map<string, number>();
  /** What the flow said when it waited last. */
  #asked: string | undefined;

  /** Prints to the talk of a command. */
  constructor(io: CommandIo, quiet: boolean) {
    this.#io = io;
    this.#quiet = quiet;
  }

  /** Prints what an event has to tell, if anything. */
  print({ ts, event }: RecordedEvent): void {
    switch (event.type) {
      case "node.started":
        this.#started.set(event.callId, Date.parse(ts));
        break;
      case "node.ended":
      case "node.failed": {
        const ms = Date.parse(ts) - (this.#started.get(event.callId) ?? Date.parse(ts));
        this.#started.delete(event.callId);
        const status = event.type === "node.ended" ? "ok" : event.status;
        const again = event.attempt > 1 ? ` (attempt ${event.attempt})` : "";
        const why = event.type === "node.failed" ? `: ${event.failure.message}` : "";
        this.#node(`${status.padEnd(9)} ${nodeName(event)}  ${event.component}${again}  ${ms} ms${why}`);
        break;
      }
      case "flow.jumped":
        this.#node(`jump      ${nodeName(event)}  to ${event.toFlow}/${event.toNode}`);
        break;
      case "flow.waited":
        this.#asked = `asks      ${event.reason ?? event.nodeId}  ${jsonText(event.output)}`;
        break;
      case "flow.resumed":
        if (this.#asked !== undefined) this.#node(this.#asked);
        this.#node(`answer    ${jsonText(event.input)}`);
        break;
      case "verify": {
        const { verdict, place, reason, waived = false } = event.verdict;
        if (waived || verdict === "mismatch") this.#line(`${verdict.padEnd(9)} ${place}: ${reason}`);
        break;
      }
      case "host.returned": {
        const refused = refusalOf(event);
        if (refused !== undefined) {
          this.#node(`refused   ${nodeName(event.place)}  ${event.capability}: ${refused}`);
        }
        break;
      }
      case "warning":
        this.#line(`warning   ${event.message}${event.place === undefined ? "" : ` (${event.place})`}`);
    }
  }

  #node(text: string): void {
    if (!this.#quiet) this.#io.stderr(`${line(text)}\n`);
  }

  #line(text: string): void {
    this.#io.stderr(`${visible(text)}\n`);
  }
}

/** What a component was not given that an option gives, with that option; undefined where there is none. */
function refusalOf({ outputs }: HostReturnedEvent): string | undefined {
  const code = stringMember(outputs, "code"), hint = stringMember(outputs, "hint");
  if (hint === undefined || code !== "http.denied" && code !== "replay.miss") return undefined;
  const message = stringMember(member(outputs, "error"), "message");
  return code === "replay.miss" || message === undefined ? hint : `${message}. ${hint}`;
}
