/**
 * What a run event says in a transcript, and the same event without its secrets for whoever follows the run.
 * Pure apart from the redactor's knowledge: never stamps, numbers or writes.
 */

import type { Failure } from "../base/call.ts";
import type {
  FlowJumpedEvent,
  FlowResumedEvent,
  FlowWaitedEvent,
  HostCalledEvent,
  HostReturnedEvent,
  LogEvent,
  NodeEndedEvent,
  NodeFailedEvent,
  NodeStartedEvent,
  RunEvent,
  VerifyEvent,
  WarningEvent,
} from "../base/events.ts";
import type { JsonObject } from "../base/json.ts";
import type { Verdict } from "../base/verdict.ts";
import { failureToJson } from "./failure_json.ts";
import type { LineFacts } from "./line.ts";
import { REDACTED, type Redactor } from "./redact.ts";

/** On whose behalf a run takes place. */
export interface RunContext {
  /** The tenant. */
  readonly tenantId: string;
  /** The team, or null. */
  readonly teamId: string | null;
  /** The user, or null. */
  readonly userId: string | null;
}

/** An event as it is written down, and as it is shown. */
export interface EventLine<E extends RunEvent = RunEvent> {
  /** For the transcript line. */
  readonly facts: LineFacts;
  /** The event without its secrets. */
  readonly event: E;
}

/** What an event is described with. */
export interface EventLineOptions {
  /** Knows the secrets. */
  readonly redactor: Redactor;
  /** Stands in start lines. */
  readonly context: RunContext;
  /** The node's label for lines about what happens inside it, when it is known. */
  readonly component: string | null;
}

/** Describes any event. */
export function eventLine(event: RunEvent, options: EventLineOptions): EventLine {
  switch (event.type) {
    case "verify":
      return verifyLine(event, options);
    case "node.started":
      return startedLine(event, options);
    case "node.ended":
      return endedLine(event, options);
    case "node.failed":
      return failedLine(event, options);
    case "host.called":
      return calledLine(event, options);
    case "host.returned":
      return returnedLine(event, options);
    case "log":
      return logLine(event, options);
    case "flow.jumped":
      return jumpedLine(event);
    case "flow.waited":
      return waitedLine(event, options);
    case "flow.resumed":
      return resumedLine(event, options);
    case "warning":
      return warningLine(event, options);
  }
}

/** The context in the reference's spelling. */
export function contextJson(context: RunContext): JsonObject {
  return { team_id: context.teamId, tenant_id: context.tenantId, user_id: context.userId };
}

/** A failure in the transcript: `details.node` as in the reference, what the component told under `reported`. */
export function errorJson(failure: Failure, nodeId: string): JsonObject {
  const { details, ...rest } = failure;
  return {
    ...failureToJson(rest),
    details: { node: nodeId },
    ...(details === undefined ? {} : { reported: details }),
  };
}

function verifyLine(event: VerifyEvent, { redactor }: EventLineOptions): EventLine<VerifyEvent> {
  const reason = redactor.scrub(event.verdict.reason);
  const verdict = { ...event.verdict, reason };
  const status = verdictStatus(verdict);
  return {
    event: { ...event, verdict },
    facts: {
      phase: "verify",
      status,
      component: "verify.pack",
      inputs: { check: verdict.check, place: verdict.place },
      outputs: {
        reason,
        verdict: verdict.verdict,
        waived: verdict.waived === true,
        ...(verdict.code === undefined ? {} : { code: verdict.code }),
      },
      ...(status === "error" ? { error: { message: reason } } : {}),
    },
  };
}

function verdictStatus(verdict: Verdict): "ok" | "warning" | "error" {
  if (verdict.verdict === "mismatch") return "error";
  if (verdict.verdict === "verified" || verdict.verdict === "skipped") return "ok";
  return verdict.waived === true ? "warning" : "error";
}

function startedLine(event: NodeStartedEvent, options: EventLineOptions): EventLine<NodeStartedEvent> {
  const { redactor, context } = options;
  const payload = redactor.redact(event.payload, "$.inputs.payload");
  // Templates may have made them, of anything.
  const names = {
    ...(event.target === undefined ? {} : { target: redactor.scrub(event.target) }),
    ...(event.operation === undefined ? {} : { operation: redactor.scrub(event.operation) }),
  };
  return {
    event: { ...event, ...names, payload: payload.value },
    facts: {
      phase: "start",
      status: "ok",
      place: event,
      component: event.component,
      ...names,
      inputs: { context: contextJson(context), payload: payload.value },
      redactions: payload.paths,
    },
  };
}

function endedLine(event: NodeEndedEvent, { redactor }: EventLineOptions): EventLine<NodeEndedEvent> {
  const output = redactor.redact(event.output, "$.outputs");
  return {
    event: { ...event, output: output.value },
    facts: {
      phase: "end",
      status: "ok",
      place: event,
      component: event.component,
      outputs: output.value,
      metrics: event.metrics,
      redactions: output.paths,
    },
  };
}

function failedLine(event: NodeFailedEvent, { redactor }: EventLineOptions): EventLine<NodeFailedEvent> {
  const { failure, paths } = redactor.redactFailure(event.failure, "$.error");
  return {
    event: { ...event, failure },
    facts: {
      phase: "error",
      status: event.status,
      place: event,
      component: event.component,
      error: errorJson(failure, event.nodeId),
      metrics: event.metrics,
      // In the transcript the component's own details stand under another name.
      redactions: paths.map((path) => path.replace(/^\$\.error\.details/, "$.error.reported")),
    },
  };
}

function calledLine(event: HostCalledEvent, { redactor }: EventLineOptions): EventLine<HostCalledEvent> {
  const inputs = redactor.redact(event.inputs, "$.inputs");
  const call = redactor.scrub(event.call);
  return {
    event: { ...event, call, inputs: inputs.value },
    facts: {
      phase: "host",
      status: "call",
      place: event.place,
      component: `host::${event.capability}`,
      operation: call,
      hostCallId: event.hostCallId,
      inputs: inputs.value,
      redactions: inputs.paths,
    },
  };
}

function returnedLine(
  event: HostReturnedEvent,
  { redactor }: EventLineOptions,
): EventLine<HostReturnedEvent> {
  const outputs = redactor.redact(event.outputs, "$.outputs");
  const phase = event.provider === "mock" ? "mock" : "host";
  const call = redactor.scrub(event.call);
  return {
    event: { ...event, call, outputs: outputs.value },
    facts: {
      phase,
      status: event.status,
      place: event.place,
      component: `${phase}::${event.capability}`,
      operation: call,
      hostCallId: event.hostCallId,
      inputs: { capability: event.capability, provider: event.provider },
      outputs: outputs.value,
      redactions: outputs.paths,
    },
  };
}

function logLine(event: LogEvent, { redactor, component }: EventLineOptions): EventLine<LogEvent> {
  const text = redactor.scrub(event.text);
  const fields = redactor.redact(event.fields ?? null, "$.outputs.fields");
  return {
    event: { ...event, text, ...(event.fields === undefined ? {} : { fields: fields.value }) },
    facts: {
      phase: "log",
      status: "ok",
      place: event.place,
      component,
      outputs: { fields: fields.value, stream: event.stream, text },
      // Guest streams arrive here without their secrets already.
      redactions: [...fields.paths, ...(text.includes(REDACTED) ? ["$.outputs.text"] : [])],
    },
  };
}

function jumpedLine(event: FlowJumpedEvent): EventLine<FlowJumpedEvent> {
  const outputs = { flow: event.toFlow, node: event.toNode };
  return { event, facts: { phase: "jump", status: "ok", place: event, outputs } };
}

function waitedLine(event: FlowWaitedEvent, { redactor }: EventLineOptions): EventLine<FlowWaitedEvent> {
  const output = redactor.redact(event.output, "$.outputs");
  const reason = event.reason === null ? null : redactor.scrub(event.reason);
  return {
    event: { ...event, output: output.value, reason },
    facts: {
      phase: "wait",
      status: "waiting",
      place: { ...event, flowPath: [] },
      inputs: { reason },
      outputs: output.value,
      redactions: output.paths,
    },
  };
}

function resumedLine(event: FlowResumedEvent, { redactor }: EventLineOptions): EventLine<FlowResumedEvent> {
  const input = redactor.redact(event.input, "$.inputs.input");
  return {
    event: { ...event, input: input.value },
    facts: {
      phase: "resume",
      status: "ok",
      place: { ...event, flowPath: [] },
      inputs: { input: input.value },
      redactions: input.paths,
    },
  };
}

function warningLine(event: WarningEvent, { redactor }: EventLineOptions): EventLine<WarningEvent> {
  const message = redactor.scrub(event.message);
  const place = event.place === undefined ? null : redactor.scrub(event.place);
  return {
    event: { ...event, message, ...(place === null ? {} : { place }) },
    facts: {
      phase: "warning",
      status: "warning",
      error: { code: event.code, details: { place }, message },
      redactions: message === event.message ? [] : ["$.error.message"],
    },
  };
}
