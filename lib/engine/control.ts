/**
 * What a component says about the flow itself, in the member `greentic_control` of its output: go on elsewhere, or
 * answer at once. Never carries it out. The format is that of the reference's version 1.
 */

import { isObject, type Json, type JsonObject, member, stringMember } from "../base/json.ts";
import { Fault } from "./fault.ts";

/** Jumps that a run of a flow may make unless the jump itself says otherwise. */
export const MAX_REDIRECTS = 3;

/** A way out of the order of the flow. */
export interface Jump {
  /** The flow to go to; the flow itself when only a node is named. */
  readonly flow?: string;
  /** The node to go to. @default the flow's start */
  readonly node?: string;
  /** The input that the flow goes on with. */
  readonly input: Json;
  /** How many jumps are allowed, this one included. */
  readonly maxRedirects: number;
}

/** What a component asks for. */
export type Control =
  | {
    readonly type: "jump";
    readonly jump: Jump;
    /** What is kept beside the node's output. */
    readonly hints: Json;
  }
  | { readonly type: "respond"; readonly reply: JsonObject };

const KEY = "greentic_control";

/** Reads what an output asks for; undefined when it is an ordinary output. Throws a `Fault` when it is malformed. */
export function readControl(output: Json): Control | undefined {
  const control = member(output, KEY);
  if (control === undefined) return undefined;
  if (!isObject(control)) throw malformed(`${KEY} must be an object`);
  const action = stringMember(control, "action");
  if (action === undefined) throw malformed(`${KEY}.action is required`);
  const version = member(control, "v");
  if (version === undefined) throw malformed(`${KEY}.v is required`);
  if (version !== 1) throw malformed(`unsupported ${KEY}.v=${JSON.stringify(version)}`);
  if (action === "respond") return { type: "respond", reply: replyOf(control) };
  return action === "jump" ? jumpOf(control) : undefined;
}

function jumpOf(control: JsonObject): Control {
  // Some components write where to go as an object of its own, and call the payload parameters.
  const target = member(control, "target") ?? control;
  const flow = stringMember(target, "flow")?.trim(), node = stringMember(target, "node")?.trim();
  if (!flow) throw malformed("jump flow is required");
  return {
    type: "jump",
    hints: member(control, "hints") ?? null,
    jump: {
      flow,
      ...(node ? { node } : {}),
      input: member(control, "payload") ?? member(control, "params") ?? null,
      maxRedirects: maxRedirects(control),
    },
  };
}

/** The number of jumps that a payload allows. */
export function maxRedirects(payload: Json): number {
  const given = member(payload, "max_redirects");
  return typeof given === "number" && Number.isSafeInteger(given) && given >= 0 ? given : MAX_REDIRECTS;
}

function replyOf(control: JsonObject): JsonObject {
  const field = (name: string): Json => member(control, name) ?? null;
  return { text: field("text"), card_cbor: field("card_cbor"), needs_user: field("needs_user") };
}

function malformed(what: string): Fault {
  return new Fault("flow.jump", `jump_failed: ${what}`, {
    hint: `The component writes it: {"${KEY}": {"v": 1, "action": "jump", "flow": "main"}}`,
  });
}
