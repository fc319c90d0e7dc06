/** A node's failure on its way out of the functions that prepare and finish a call. Never leaves the engine. */

import { type Failure, failureOfError } from "../base/call.ts";
import { type ErrorCode, messageChain, RunnerError } from "../base/errors.ts";

/** What else is known about a failure. */
export type FaultDetails = Omit<Failure, "code" | "message">;

/** Thrown where a node fails; its failure becomes the node's. */
export class Fault extends Error {
  /** The failure. */
  readonly failure: Failure;

  /** Creates the failure of a node from its code, its message and what is known beside. */
  constructor(code: ErrorCode, message: string, details: FaultDetails = {}) {
    super(message);
    this.failure = { code, message, ...details };
  }
}

/** The failure behind whatever was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Fault) return error.failure;
  return failureOfError(error);
}

/** The fault of a template: what was rendered, the field, and what was wrong with it. */
export function renderFault(what: string, error: unknown): Fault {
  if (!(error instanceof RunnerError)) return new Fault("internal", what, { causes: messageChain(error) });
  const where = error.place === undefined ? "" : ` at ${error.place}`;
  return new Fault(error.code, `${what}${where}: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    causes: [what, error.message],
  });
}
