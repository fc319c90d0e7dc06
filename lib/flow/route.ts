/**
 * Chooses where a flow goes after a node, from the node's routing and what came of it.
 * Never touches the run's state, and never guesses: when nothing matches it says so.
 *
 * 1. A failure is taken only by a route that asks for failures: status `error`, or an event such as `on_error`.
 * 2. Where all routes of a node ask for failures, the flow ends after a success.
 */

import { type Json, type JsonObject, stringMember } from "../base/json.ts";
import { type Condition, holds } from "./condition.ts";
import type { RouteEntry, Routing } from "./flow.ts";

/** The choice: a node, the end of the flow, or nothing that matches. */
export type Route =
  | { readonly type: "to"; readonly node: string }
  | { readonly type: "end" }
  | { readonly type: "none"; readonly status: string };

/** How a node ended, for the choice of a route. */
export type NodeEnding = "ok" | "error" | "timed_out";

/** What a choice depends on. */
export interface RouteInput {
  /** How the node ended. */
  readonly ending: NodeEnding;
  /** The node's output, or `{ok: false, error}` when it failed. */
  readonly output: Json;
  /** Gives what conditions can name, the event among them; asked only when there are conditions. */
  readonly context: (event: string) => JsonObject;
}

/** The status of every failure. */
export const FAILED = "error";
/** The events that a node's ending can be called, the usual one first. */
const EVENTS: Readonly<Record<NodeEnding, readonly string[]>> = {
  ok: ["on_success", "on_complete", "on_submit"],
  error: ["on_error", "on_cancel"],
  timed_out: ["on_timeout", "on_error"],
};
/** All of them. */
export const ENDING_EVENTS: readonly string[] = [...new Set(Object.values(EVENTS).flat())];
const FAILURE_EVENTS: ReadonlySet<string> = new Set([...EVENTS.error, ...EVENTS.timed_out]);

/** Chooses the route after a node. */
export function chooseRoute(routing: Routing, input: RouteInput): Route {
  switch (routing.type) {
    case "next":
      return input.ending === "ok" ? { type: "to", node: routing.to } : { type: "none", status: FAILED };
    case "end":
      return input.ending === "ok" ? { type: "end" } : { type: "none", status: FAILED };
    case "branch":
      return chooseBranch(routing, input);
    case "custom":
      return chooseEntry(routing.entries, input);
  }
}

/** Whether any route of a node asks for its failures. */
export function takesFailures(routing: Routing): boolean {
  if (routing.type === "branch") return routing.onStatus.has(FAILED);
  return routing.type === "custom" && routing.entries.some(asksForFailures);
}

/** Whether a node that succeeds can lead to another. */
export function leadsOn(routing: Routing): boolean {
  switch (routing.type) {
    case "next":
      return true;
    case "end":
      return false;
    case "branch":
      return routing.default !== undefined ||
        [...routing.onStatus.keys()].some((status) => status !== FAILED);
    case "custom":
      return routing.entries.some((entry) => entry.to !== undefined && !asksForFailures(entry));
  }
}

function chooseBranch(routing: Routing & { type: "branch" }, input: RouteInput): Route {
  const status = statusOf(input);
  const node = routing.onStatus.get(status) ?? (input.ending === "ok" ? routing.default : undefined);
  if (node !== undefined) return { type: "to", node };
  const onlyFailures = routing.onStatus.size === 1 && routing.onStatus.has(FAILED);
  return input.ending === "ok" && onlyFailures ? { type: "end" } : { type: "none", status };
}

/** The status that routes compare: the output's own when it is a string, else `ok`; `error` for every failure. */
function statusOf({ ending, output }: RouteInput): string {
  return ending === "ok" ? stringMember(output, "status") ?? "ok" : FAILED;
}

function chooseEntry(entries: readonly RouteEntry[], input: RouteInput): Route {
  const failed = input.ending !== "ok";
  const found = { status: statusOf(input), event: eventOf(entries, input) };
  const guarded = entries.find((entry) =>
    isGuarded(entry) && (!failed || asksForFailures(entry)) && matches(entry, found, input)
  );
  const entry = guarded ?? (failed ? undefined : entries.find((one) => !isGuarded(one)));
  if (entry !== undefined) return entry.to === undefined ? { type: "end" } : { type: "to", node: entry.to };
  return !failed && entries.every(asksForFailures) ? { type: "end" } : { type: "none", status: found.status };
}

function isGuarded(entry: RouteEntry): boolean {
  return entry.status !== undefined || entry.condition !== undefined || entry.event !== undefined;
}

/** Whether a route asks for the failures of its node. */
export function asksForFailures({ status, event, condition }: RouteEntry): boolean {
  return status === FAILED || FAILURE_EVENTS.has(event ?? "") ||
    condition !== undefined && isAboutFailures(condition);
}

/** Whether a condition on the event alone holds for a failure and not for a success. */
function isAboutFailures(condition: Condition): boolean {
  if (condition.path.join(".") !== "event") return false;
  const holdsFor = (event: string) => holds(condition, { event });
  return !holdsFor(EVENTS.ok[0] ?? "") && [...FAILURE_EVENTS].some(holdsFor);
}

/** What the routes call that which came of the node: its own word, else the first of the usual ones that they use. */
function eventOf(entries: readonly RouteEntry[], { ending, output }: RouteInput): string {
  const used = new Set(entries.flatMap(({ event, condition }) => [event, condition?.value]));
  const usual = EVENTS[ending];
  return stringMember(output, "outcome") ?? usual.find((event) => used.has(event)) ?? usual[0] ?? "";
}

function matches(entry: RouteEntry, found: { status: string; event: string }, input: RouteInput): boolean {
  if (entry.status !== undefined && entry.status !== found.status) return false;
  if (entry.event !== undefined && entry.event !== found.event) return false;
  return entry.condition === undefined || holds(entry.condition, input.context(found.event));
}
