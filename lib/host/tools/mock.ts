/**
 * Answers what a service would, from a folder of scripts. Every call is a pair of events, like the host calls of guests.
 * Never asks a service, and takes what a script holds as it is: it has no templates.
 *
 * The script of a call is `<tool>__<action>.json`, with `_` for every character of both names but letters and digits of
 * ASCII, as in the reference runner. So no name leads out of the folder.
 */

import { abortedBy, failureOfError, type NodePlace, type Outcome } from "../../base/call.ts";
import type { Emit } from "../../base/events.ts";
import type { Json } from "../../base/json.ts";
import type { Limits } from "../../base/limits.ts";
import { hasScript, readScript } from "./script_files.ts";

/** What a service is asked. */
export interface ToolCall {
  /** The tool, server or kind of service. */
  readonly tool: string;
  /** What is asked of it. */
  readonly action: string;
  /** What it is given. */
  readonly arguments: Json;
}

/** What a tools mock works with. */
export interface ToolsMockPorts {
  /** Takes the events of every call. */
  readonly emit: Emit;
  /** How large an answer may be. */
  readonly limits: Pick<Limits, "maxValueBytes">;
  /** Stands between calls and scripts: keeps what `read` reads, or gives something else. @default {reads} */
  readonly around?: AroundScript;
}

/** Answers a call, with its script or without. */
export type AroundScript = (
  call: ToolCall,
  place: NodePlace,
  read: () => Promise<Outcome>,
) => Promise<Outcome>;

/** The tools mock of one run. */
export class ToolsMock {
  readonly #dir: string;
  readonly #ports: ToolsMockPorts;
  #calls = 0;

  /** Answers from the scripts in a folder. */
  constructor(dir: string, ports: ToolsMockPorts) {
    this.#dir = dir;
    this.#ports = ports;
  }

  /** The path of the script that answers a call. */
  scriptOf({ tool, action }: Pick<ToolCall, "tool" | "action">): string {
    return `${this.#dir}/${fileWord(tool)}__${fileWord(action)}.json`;
  }

  /** Whether the script that answers a call is there. */
  async has(call: Pick<ToolCall, "tool" | "action">): Promise<boolean> {
    return await hasScript(this.scriptOf(call));
  }

  /** Answers a call; emits one `host.called` and one `host.returned`. What is wrong with its script is an outcome. */
  async call(request: ToolCall, place: NodePlace, signal: AbortSignal): Promise<Outcome> {
    const { tool, action, arguments: given } = request;
    const shared = {
      hostCallId: `t${++this.#calls}`,
      place,
      capability: "tools",
      call: `${tool}#${action}`,
    };
    this.#ports.emit({ type: "host.called", ...shared, inputs: { tool, action, arguments: given } });
    const { around = (_call, _place, read) => read() } = this.#ports;
    const answer = await around(request, place, () => this.#answer(request));
    const aborted = abortedBy(signal);
    this.#ports.emit({
      type: "host.returned",
      ...shared,
      status: aborted !== undefined ? "cancelled" : answer.status === "ok" ? "ok" : "error",
      provider: "mock",
      outputs: answer.status === "ok" ? answer.output : { error: answer.failure.message },
    });
    return aborted === undefined ? answer : { ...aborted, metrics: {} };
  }

  async #answer(request: ToolCall): Promise<Outcome> {
    try {
      const output = await readScript(this.scriptOf(request), this.#ports.limits);
      return { status: "ok", output, metrics: {} };
    } catch (error) {
      // Where it happened is the node; the message names the script.
      const { place: _, ...failure } = failureOfError(error);
      return { status: "error", failure, metrics: {} };
    }
  }
}

/** A name as a part of a file's name. */
function fileWord(name: string): string {
  return name.replace(/[^A-Za-z0-9]/gu, "_");
}
