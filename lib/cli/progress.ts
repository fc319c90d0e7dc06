/** The lines that tell of a run while it goes on. Never prints data. */

import type { HostReturnedEvent } from "../base/events.ts";
import { member, stringMember } from "../base/json.ts";
import type { OnProgress } from "../base/progress.ts";
import type { RecordedEvent } from "../record/line_writer.ts";
import { jsonText } from "../record/json_text.ts";
import { DetailPrinter } from "./details.ts";
import { type CommandIo, line, nodeName, visible } from "./print.ts";
import { type Level, stepTeller } from "./steps.ts";

/** How long a node runs before anybody is told, in milliseconds. */
const PATIENCE_MS = 1000;

/** A node that runs. */
interface Running {
  readonly name: string;
  /** When it began, in milliseconds since 1970. */
  readonly ts: number;
  /** The same, as the live line counts. */
  readonly sinceMs: number;
}

/**
 * Prints a line for every node that ends, every warning, and every verdict that a stricter policy would not let pass.
 * Tells of the node that runs by the live line. A quiet one leaves nodes out, but not what they were refused; a verbose
 * one prints all that is heard.
 */
export class ProgressPrinter {
  /** Tells of long work before the flow begins. */
  readonly progress: OnProgress;
  readonly #io: CommandIo;
  readonly #level: Level;
  /** The nodes that run, by call, outer ones first. */
  readonly #running = new Map<string, Running>();
  readonly #details: DetailPrinter | null;
  /** What the flow said when it waited last. */
  #asked: string | undefined;

  /** Prints to the talk of a command. */
  constructor(io: CommandIo, level: Level) {
    const tell = stepTeller(io, level);
    this.#io = io;
    this.#level = level;
    this.#details = level === "verbose" ? new DetailPrinter(io) : null;
    this.progress = (progress) => {
      tell(progress);
      if (progress.type === "prepared") this.#showRunning();
    };
  }

  /** Prints what an event has to tell, if anything. */
  readonly print = (recorded: RecordedEvent): void => {
    this.#details?.print(recorded);
    const { event } = recorded, now = Date.parse(recorded.ts);
    switch (event.type) {
      case "node.started":
        this.#running.set(event.callId, { name: nodeName(event), ts: now, sinceMs: performance.now() });
        this.#showRunning();
        break;
      case "node.ended":
      case "node.failed": {
        const ms = now - (this.#running.get(event.callId)?.ts ?? now);
        this.#running.delete(event.callId);
        const status = event.type === "node.ended" ? "ok" : event.status;
        const again = event.attempt > 1 ? ` (attempt ${event.attempt})` : "";
        const why = event.type === "node.failed" ? `: ${event.failure.message}` : "";
        this.#node(`${status.padEnd(9)} ${nodeName(event)}  ${event.component}${again}  ${ms} ms${why}`);
        this.#showRunning();
        break;
      }
      case "flow.jumped":
        this.#node(`jump      ${nodeName(event)}  to ${event.toFlow}/${event.toNode}`);
        break;
      case "flow.waited":
        this.#asked = `asks      ${event.reason ?? event.nodeId}${
          event.output === null ? "" : `  ${jsonText(event.output)}`
        }`;
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
          this.#line(line(`refused   ${nodeName(event.place)}  ${event.capability}: ${refused}`));
        }
        break;
      }
      case "warning":
        this.#line(`warning   ${event.message}${event.place === undefined ? "" : ` (${event.place})`}`);
    }
  };

  /** Tells of the innermost node that runs. */
  #showRunning(): void {
    if (this.#level === "quiet" || !this.#io.terminal.live) return;
    const node = [...this.#running.values()].at(-1);
    this.#io.step(
      node === undefined
        ? null
        : { text: line(`running ${node.name}`), sinceMs: node.sinceMs, afterMs: PATIENCE_MS },
    );
  }

  #node(text: string): void {
    if (this.#level !== "quiet") this.#io.stderr(`${line(text)}\n`);
  }

  #line(text: string): void {
    this.#io.stderr(`${visible(text)}\n`);
  }
}

/** What a component was not given that an option gives, with that option; undefined where there is none. */
function refusalOf({ outputs }: HostReturnedEvent): string | undefined {
  const code = stringMember(outputs, "code"), hint = stringMember(outputs, "hint");
  const message = stringMember(member(outputs, "error"), "message");
  // Without a message the node fails, and its failure says all of it.
  if (hint === undefined || message === undefined) return undefined;
  return code === "replay.miss" ? hint : code === "http.denied" ? `${message}. ${hint}` : undefined;
}
