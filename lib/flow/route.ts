/**
 * Chooses where a flow goes after a node, from the node's routing and its output.
 * Never touches the run's state, and never guesses: when nothing matches it says so.
 */

import { type Json, type JsonObject, stringMember } from "../base/json.ts";
import { holds } from "./condition.ts";
import type { RouteEntry, Routing } from "./flow.ts";

/** The choice: a node, the end of the flow, or nothing that matches. */
export type Route =
  | { readonly type: "to"; readonly node: string }
  | { readonly type: "end" }
  | { readonly type: "none"; readonly status: string };

/** What a choice depends on. */
export interface RouteInput {
  /** The node's output. */
  readonly output: Json;
  /** Gives what conditions can name; asked only when there are conditions. */
  readonly context: () => JsonObject;
}

/** Chooses the route after a node that gave an output. */
export function chooseRoute(routing: Routing, input: RouteInput): Route {
  switch (routing.type) {
    case "next":
      return { type: "to", node: routing.to };
    case "end":
      return { type: "end" };
    case "branch": {
      const status = statusOf(input.output);
      const node = routing.onStatus.get(status) ?? routing.default;
      return node === undefined ? { type: "none", status } : { type: "to", node };
    }
    case "custom":
      return chooseEntry(routing.entries, input);
  }
}

/** The status that routes compare: the output's own when it is a string, else `ok`. */
function statusOf(output: Json): string {
  return stringMember(output, "status") ?? "ok";
}

function chooseEntry(entries: readonly RouteEntry[], input: RouteInput): Route {
  const status = statusOf(input.output);
  const guarded = entries.find((entry) => isGuarded(entry) && matches(entry, status, input));
  const entry = guarded ?? entries.find((one) => !isGuarded(one));
  if (entry === undefined) return { type: "none", status };
  return entry.to === undefined ? { type: "end" } : { type: "to", node: entry.to };
}

function isGuarded(entry: RouteEntry): boolean {
  return entry.status !== undefined || entry.condition !== undefined;
}

function matches(entry: RouteEntry, status: string, input: RouteInput): boolean {
  if (entry.status !== undefined && entry.status !== status) return false;
  return entry.condition === undefined || holds(entry.condition, input.context());
}
