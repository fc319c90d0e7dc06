/** How the end of a called flow becomes the ending of the node that called it. Never calls a flow. */

import type { Failure } from "../base/call.ts";
import type { Ending } from "./answer.ts";
import type { EngineResult, StoppedResult } from "./program.ts";

/** The ending of a `flow.call` node; `aborted` says whether the whole run is stopped from outside. */
export function endingOfCall(
  flowId: string,
  result: EngineResult,
  { aborted }: { aborted: boolean },
): Ending {
  switch (result.status) {
    case "completed":
      return { status: "ok", output: result.output, metrics: {} };
    case "waiting": {
      const reason = result.reason === null ? "None" : `Some(${JSON.stringify(result.reason)})`;
      const message = `flow.call cannot pause (flow ${flowId} waiting ${reason})`;
      return failed({ code: "flow.call_waits", message, hint: "Wait in the flow that runs start with" });
    }
    default:
      return aborted ? ended(result, result.failure) : ended(result, wrapped(flowId, result.failure));
  }
}

/** The ending of a node that fails before it does anything. */
export function failed(failure: Failure): Ending {
  return { status: "error", failure, metrics: {} };
}

function ended({ status }: StoppedResult, failure: Failure): Ending {
  return { status: status === "failed" ? "error" : status, failure, metrics: {} };
}

/** The failure of a call: what went wrong in the flow is its cause, with its code. */
function wrapped(flowId: string, failure: Failure): Failure {
  const { code, hint, details, reported, message, causes = [] } = failure;
  return {
    code,
    message: `flow.call failed for ${flowId}`,
    ...(hint === undefined ? {} : { hint }),
    causes: [message, ...causes],
    ...(details === undefined ? {} : { details }),
    ...(reported === undefined ? {} : { reported }),
  };
}
