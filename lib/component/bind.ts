/**
 * Binds a component to a call: its imports to the host's functions, and the call to the shape of its world.
 * Never runs the guest. Contexts are supersets of every shape in circulation, since surplus fields are ignored
 * when a record is lowered and missing ones are not.
 */

import { exceedsBytes } from "../base/bytes.ts";
import type { NodePlace, WitValue } from "../base/call.ts";
import { isObject, type Json, withinDepth } from "../base/json.ts";
import { GuestFault, tooLarge } from "./guest_failure.ts";
import type { GuestCall, GuestComponent, Identity } from "./messages.ts";
import { withoutVersion, type WorldFamily } from "./world.ts";
import type { WasiImports } from "./wasi.ts";

/** Calls a host function by interface and name. Throws the error of a WIT `result` as a plain value. */
export type CallHost = (name: string, fn: string, args: readonly WitValue[]) => WitValue;

/** The import object of an instance. */
export function bindImports(
  component: GuestComponent,
  wasi: WasiImports,
  callHost: CallHost,
): Record<string, object> {
  const imports: Record<string, object> = {};
  for (const [name, functions] of component.imports) {
    imports[name] = wasi[withoutVersion(name)] ??
      Object.fromEntries(
        functions.map((fn) => [camelCase(fn), (...args: WitValue[]) => callHost(name, fn, args)]),
      );
  }
  return imports;
}

/** A kebab-case WIT name as jco spells it. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** An exported interface: functions by their camelCase names. */
export type ExportedInterface = Readonly<Record<string, (...args: WitValue[]) => WitValue>>;

/** Calls a component through its world and maps the answer to JSON. */
export function callWorld(exported: ExportedInterface, call: GuestCall): Json {
  if (!call.describe) return CALLS[call.world.family](exported, call);
  return call.world.family === "schema-core"
    ? parseBytes(exported.describe!(), call)
    : parseOutput(exported.getManifest!() as string, call);
}

const CALLS: Readonly<Record<WorldFamily, (exported: ExportedInterface, call: GuestCall) => Json>> = {
  "node-0.4": (exported, call) => callNode(exported, call, withState(call.input, call.state)),
  "node-0.5": (exported, call) => callNode(exported, call, call.input),
  "schema-core": callProvider,
};

/** Node 0.4 components find the flow's state, if they are to have it, in their input unless that has one of its own. */
function withState(input: Json, state: Json): Json {
  return state !== null && isObject(input) && !Object.hasOwn(input, "state") ? { ...input, state } : input;
}

function callNode(exported: ExportedInterface, call: GuestCall, input: Json): Json {
  const result = exported.invoke!(execContext(call), call.operation, inputText(input, call));
  const { tag, val } = result as { tag: "ok" | "err"; val: WitValue };
  return tag === "ok" ? parseOutput(val as string, call) : errorValue(val as unknown as NodeError);
}

function callProvider(exported: ExportedInterface, call: GuestCall): Json {
  const input = new TextEncoder().encode(inputText(call.input, call));
  return parseBytes(exported.invoke!(call.operation, input), call);
}

function parseBytes(bytes: WitValue, call: GuestCall): Json {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes as Uint8Array);
  } catch {
    throw new GuestFault({
      code: "node.output",
      message: "Component answered with bytes that are no UTF-8 text",
    });
  }
  return parseOutput(text, call);
}

function inputText(input: Json, call: GuestCall): string {
  const text = JSON.stringify(input);
  checkSize(text, "Input of the component", call);
  return text;
}

/** Empty text is null, JSON is its value, any other text is itself. */
function parseOutput(text: string, call: GuestCall): Json {
  checkSize(text, "Output of the component", call);
  if (text === "") return null;
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (withinDepth(value)) return value;
  throw new GuestFault({
    code: "node.output",
    message: "Component answered with JSON that nests too deeply",
  });
}

function checkSize(text: string, what: string, call: GuestCall): void {
  if (!exceedsBytes(text, call.maxValueBytes)) return;
  throw new GuestFault(tooLarge(what, call.maxValueBytes));
}

interface NodeError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly backoffMs?: bigint | number;
  readonly details?: string;
}

/** A component's own error as the value that flows know. */
function errorValue(error: NodeError): Json {
  const value: Record<string, Json> = {
    code: error.code,
    message: error.message,
    retryable: error.retryable,
  };
  if (error.backoffMs !== undefined) value.backoff_ms = Number(error.backoffMs);
  if (error.details !== undefined) value.details = parsedOrText(error.details);
  return { ok: false, error: value };
}

function parsedOrText(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return withinDepth(value) ? value : text;
  } catch {
    return text;
  }
}

function execContext({ place, identity }: GuestCall): WitValue {
  return {
    tenant: tenantContext(identity, place),
    i18nId: undefined,
    flowId: place.flowId,
    nodeId: place.nodeId,
  };
}

function tenantContext(identity: Identity, place: NodePlace): WitValue {
  const team = identity.team ?? undefined;
  const user = identity.user ?? undefined;
  return {
    env: identity.env,
    tenant: identity.tenant,
    tenantId: identity.tenant,
    team,
    teamId: team,
    user,
    userId: user,
    traceId: undefined,
    i18nId: undefined,
    correlationId: identity.session,
    attributes: [],
    sessionId: identity.session,
    flowId: place.flowId,
    nodeId: place.nodeId,
    providerId: undefined,
    deadlineUnixMs: undefined,
    deadlineMs: undefined,
    attempt: place.attempt,
    // The same for every attempt, so that a receiver can tell a retry from a new request.
    idempotencyKey: [identity.session, ...place.flowPath, place.flowId, place.nodeId].join(":"),
    impersonation: undefined,
  };
}
