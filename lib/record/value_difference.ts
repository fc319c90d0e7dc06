/** One difference between two runs, and what it can be about. Never finds one itself. */

import type { Json, JsonObject } from "../base/json.ts";

/** What a difference is about. */
export type DifferenceSubject =
  /** How the run ended, and why. */
  | "status"
  /** How a node ended, and why. */
  | "failure"
  /** What the flow gave. */
  | "output"
  /** The answers to its waits. */
  | "turn"
  /** The pack: id, version, digest. */
  | "pack"
  /** Components by id: digest, world, where they came from. */
  | "component"
  /** The flow that ran. */
  | "flow"
  /** How much the pack had to prove. */
  | "policy"
  /** What each check of the pack said. */
  | "verification"
  /** The limits. */
  | "limit"
  /** For whom the run was: tenant, team, user, and a session that was given. */
  | "identity"
  /** Which nodes were visited, and in which order. */
  | "path"
  /** What went into a node and came out of it, what it called, and where the flow went from there. */
  | "node"
  /** What guests asked their host, and what they were answered. */
  | "call"
  /** What nodes and guests said. */
  | "log"
  /** What was odd. */
  | "warning";

const SUBJECTS: Readonly<Record<DifferenceSubject, true>> = {
  status: true,
  failure: true,
  output: true,
  turn: true,
  pack: true,
  component: true,
  flow: true,
  policy: true,
  verification: true,
  limit: true,
  identity: true,
  path: true,
  node: true,
  call: true,
  log: true,
  warning: true,
};

/**
 * All subjects, in the order in which they are told: how the runs ended, what they were given, what they did.
 */
export const DIFFERENCE_SUBJECTS: readonly DifferenceSubject[] = Object.keys(SUBJECTS) as DifferenceSubject[];

/** Whether a word is a subject. */
export function isDifferenceSubject(word: string): word is DifferenceSubject {
  return Object.hasOwn(SUBJECTS, word);
}

/** One difference between two runs. */
export interface ValueDifference {
  /** What it is about. */
  readonly subject: DifferenceSubject;
  /**
   * The node, as `flow/node` behind those through which its flow was called: `main/call > sub/ask`; null for the run as a
   * whole.
   */
  readonly place: string | null;
  /** Which visit of the node it is, from 1, in A; in B for what only B did; null for the run as a whole. */
  readonly visit: number | null;
  /** The attempt, from 1, where there is more than one. */
  readonly attempt: number | null;
  /** The host function: `http.send`. */
  readonly call: string | null;
  /** Which call of the attempt it is, from 1, counted like visits. */
  readonly callNumber: number | null;
  /** What differs: `outputs.text[2]`, `route`, `digest`. */
  readonly path: string;
  /** What A has there; undefined for nothing. */
  readonly a: Json | undefined;
  /** What B has there; undefined for nothing. */
  readonly b: Json | undefined;
}

/** Where in a run something differs. */
export type DifferencePlace = Omit<ValueDifference, "subject" | "path" | "a" | "b">;

/** The place of what concerns the run as a whole. */
export const WHOLE_RUN: DifferencePlace = {
  place: null,
  visit: null,
  attempt: null,
  call: null,
  callNumber: null,
};

/** A difference as JSON. What one run lacks is null there, and `only` names the run that has it. */
export function valueDifferenceJson({ callNumber, a, b, ...rest }: ValueDifference): JsonObject {
  const { path, ...where } = rest;
  const only = a === undefined ? "b" : b === undefined ? "a" : null;
  return { ...where, call_number: callNumber, path, only, a: a ?? null, b: b ?? null };
}
