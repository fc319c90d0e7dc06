/**
 * Calls a component through its world: puts the call into the shape of its exports, and takes the answer out of theirs.
 * One function for each family of worlds. Never instantiates, never knows what the host offers, and leaves CBOR to it.
 *
 * A component's own error is an answer like any other: `{ok: false, error: {code, message, …}}`. What a component
 * exports under a world's name may give values of any type, so each is looked at before it is taken.
 */

import { exceedsBytes, utf8Text } from "../base/bytes.ts";
import type { WitValue } from "../base/call.ts";
import { isArray, isObject, type Json, jsonOrText, member, withinDepth } from "../base/json.ts";
import { execContext, invocationEnvelope } from "./context.ts";
import { GuestFault, tooLarge } from "./guest_failure.ts";
import type { ComponentError, GuestAnswer, GuestCall } from "./messages.ts";
import { GuestExit } from "./wasi.ts";
import type { WorldFamily } from "./world.ts";

/** An exported interface: functions by their camelCase names. */
export type ExportedInterface = Readonly<Record<string, (...args: WitValue[]) => WitValue>>;

/** What an instance exports, by the full names of interfaces. */
export type Exports = Readonly<Record<string, ExportedInterface>>;

/** What a call needs of its instance beside the exports. */
export interface WorldScene {
  readonly exports: Exports;
  readonly call: GuestCall;
  /** What a command has written to its standard output. */
  readonly stdout: () => string;
}

/** A way of calling. */
type Call = (exported: ExportedInterface, scene: WorldScene) => GuestAnswer;

interface Calls {
  readonly invoke: Call;
  /** Absent where components cannot tell about themselves. */
  readonly describe?: Call;
}

const describeNode: Call = (exported, { call }) => json(parseOutput(exported.getManifest?.() ?? "", call));

const FAMILIES: Readonly<Record<WorldFamily, Calls>> = {
  "node-0.4": {
    invoke: (exported, { call }) => callNode(exported, call, withState(call.input, call.state)),
    describe: describeNode,
  },
  "node-0.5": {
    invoke: (exported, { call }) => callNode(exported, call, call.input),
    describe: describeNode,
  },
  "node-0.6": {
    invoke: callNode6,
    describe: (exported) => json(plainRecord(exported.describe?.())),
  },
  "component-runtime": {
    invoke: callComponentRuntime,
    describe: (_, scene) => describeBeside(scene, "component-descriptor"),
  },
  "runtime": {
    invoke: (exported, { call }) => cbor(exported.invoke!(call.operation, cborInput(call)), call),
    describe: (_, scene) => describeBeside(scene, "descriptor"),
  },
  "schema-core": {
    invoke(exported, { call }) {
      const input = new TextEncoder().encode(inputText(call.input, call));
      return json(parseBytes(exported.invoke!(call.operation, input), call));
    },
    describe: (exported, { call }) => json(parseBytes(exported.describe!(), call)),
  },
  "command": { invoke: runCommand },
};

/** Calls a component through its world. */
export function callWorld(scene: WorldScene): GuestAnswer {
  const { exports, call } = scene;
  const { invoke, describe } = FAMILIES[call.world.family];
  const exported = exports[call.world.interface]!;
  return call.describe ? describe?.(exported, scene) ?? json(null) : invoke(exported, scene);
}

/** How a command is started. */
export interface CommandLine {
  /** Its arguments, the program's own name before them. */
  readonly arguments: readonly string[];
  readonly stdin: Uint8Array;
}

/**
 * The command line of a call, or null for components that are no commands. The arguments are those of the run, the
 * operation unless that is `run`, and `args` of the input. An input of nothing but `args` and `stdin` is taken apart, any
 * other is the standard input as a whole: text as it is, everything else as JSON.
 */
export function commandLine({ world, component, operation, input, wasi }: GuestCall): CommandLine | null {
  if (world.family !== "command") return null;
  const apart = isObject(input) && Object.keys(input).every((key) => key === "args" || key === "stdin");
  const texts = apart ? argumentsOf(member(input, "args") ?? []) : [];
  const stdin = apart ? member(input, "stdin") ?? null : input;
  const subcommand = operation === "run" ? [] : [operation];
  return {
    arguments: [component, ...wasi.arguments, ...subcommand, ...texts],
    stdin: new TextEncoder().encode(
      stdin === null ? "" : typeof stdin === "string" ? stdin : JSON.stringify(stdin),
    ),
  };
}

/** The arguments that an input names: texts, and numbers and truth values as they are written. */
function argumentsOf(listed: Json): string[] {
  if (isArray(listed) && listed.every((item) => item !== null && typeof item !== "object")) {
    return listed.map(String);
  }
  const message = 'Input of the command has "args" that are no list of texts';
  throw new GuestFault({ code: "node.payload", message, hint: 'Write them as {"args": ["-v", "file"]}' });
}

/** What a command writes to its standard output is its answer, unless it says that it failed. */
function runCommand(exported: ExportedInterface, { call, stdout }: WorldScene): GuestAnswer {
  try {
    exported.run!();
  } catch (error) {
    if (isComponentError(error)) throw new GuestExit(1);
    if (!(error instanceof GuestExit && error.code === 0)) throw error;
  }
  return json(parseOutput(stdout(), call));
}

/** Node 0.4 components find the flow's state, if they are to have it, in their input unless that has one of its own. */
function withState(input: Json, state: Json): Json {
  return state !== null && isObject(input) && !Object.hasOwn(input, "state") ? { ...input, state } : input;
}

function callNode(exported: ExportedInterface, call: GuestCall, input: Json): GuestAnswer {
  const result = exported.invoke!(execContext(call), call.operation, inputText(input, call));
  const { tag, val } = fieldsOf(result);
  if (tag === "ok") return json(parseOutput(val, call));
  const { details } = fieldsOf(val);
  return {
    type: "error",
    error: errorOf(val),
    ...(details === undefined ? {} : { details: jsonOrText(textAnswer(details)) }),
  };
}

function callNode6(exported: ExportedInterface, { call }: WorldScene): GuestAnswer {
  let result: WitValue;
  try {
    result = exported.invoke!(call.operation, invocationEnvelope(call, cborInput(call)));
  } catch (error) {
    if (!isComponentError(error)) throw error;
    const { details } = fieldsOf(error.payload);
    return {
      type: "error",
      error: errorOf(error.payload),
      ...(details === undefined ? {} : { detailsCbor: bytesAnswer(details, call) }),
    };
  }
  const { ok, outputCbor } = fieldsOf(result);
  return { type: ok === true ? "cbor" : "refused", bytes: bytesAnswer(outputCbor, call) };
}

/** Whether a component gave the error of a WIT `result`, as its glue throws it. Anything else is a trap or a stop. */
function isComponentError(error: unknown): error is Error & { readonly payload: WitValue } {
  return error instanceof Error && error.constructor.name === "ComponentError" && "payload" in error;
}

/** An empty map of CBOR: flows have no state for components of this world. */
const NO_STATE = new Uint8Array([0xa0]);

function callComponentRuntime(exported: ExportedInterface, { call }: WorldScene): GuestAnswer {
  return cbor(fieldsOf(exported.run!(cborInput(call), NO_STATE)).output, call);
}

/** What the descriptor interface beside a runtime says. */
function describeBeside({ exports, call }: WorldScene, name: string): GuestAnswer {
  const found = Object.entries(exports).find(([key]) => key.startsWith(`greentic:component/${name}@`));
  const described = found?.[1].describe?.();
  return described instanceof Uint8Array ? cbor(described, call) : json(null);
}

function json(value: Json): GuestAnswer {
  return { type: "json", value };
}

function cbor(value: WitValue, call: GuestCall): GuestAnswer {
  return { type: "cbor", bytes: bytesAnswer(value, call) };
}

/** The fields of a record, or of a variant's case. */
function fieldsOf(value: WitValue): Readonly<Record<string, WitValue>> {
  if (typeof value === "object" && value !== null) return value as Readonly<Record<string, WitValue>>;
  throw foreign("a record");
}

function textAnswer(value: WitValue): string {
  if (typeof value === "string") return value;
  throw foreign("a text");
}

/** A copy of bytes, which lie in the guest's memory. */
function bytesAnswer(value: WitValue, { limits }: GuestCall): Uint8Array {
  if (!(value instanceof Uint8Array)) throw foreign("bytes");
  if (value.length <= limits.maxValueBytes) return value.slice();
  throw new GuestFault(tooLarge("Output of the component", limits));
}

function errorOf(value: WitValue): ComponentError {
  const { code, message, retryable, backoffMs } = fieldsOf(value);
  const known = typeof code === "string" && typeof message === "string" && typeof retryable === "boolean";
  const delays = backoffMs === undefined || typeof backoffMs === "bigint" || typeof backoffMs === "number";
  if (known && delays) return { code, message, retryable, ...(backoffMs === undefined ? {} : { backoffMs }) };
  throw foreign("a code, a message and whether to try again");
}

/** The fault of a component whose export has another type than its world says. */
function foreign(expected: string): GuestFault {
  return new GuestFault({
    code: "node.output",
    message: `Component answered with a value of a foreign type, where its world has ${expected}`,
    hint: "Build it against the WIT of the world that it exports",
  });
}

function cborInput({ inputCbor, limits }: GuestCall): Uint8Array {
  const bytes = inputCbor ?? new Uint8Array();
  if (bytes.length <= limits.maxValueBytes) return bytes;
  throw new GuestFault(tooLarge("Input of the component", limits));
}

function parseBytes(value: WitValue, call: GuestCall): Json {
  const text = utf8Text(bytesAnswer(value, call));
  if (text !== undefined) return parseOutput(text, call);
  throw new GuestFault({
    code: "node.output",
    message: "Component answered with bytes that are no UTF-8 text",
  });
}

function inputText(input: Json, call: GuestCall): string {
  const text = JSON.stringify(input);
  checkSize(text, "Input of the component", call);
  return text;
}

/** Empty text is null, JSON is its value, any other text is itself. */
function parseOutput(answer: WitValue, call: GuestCall): Json {
  const text = textAnswer(answer);
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
  if (!exceedsBytes(text, call.limits.maxValueBytes)) return;
  throw new GuestFault(tooLarge(what, call.limits));
}

/** A record as JSON: names in snake case, nothing for what is absent or is bytes. */
function plainRecord(value: WitValue): Json {
  if (value === undefined || value instanceof Uint8Array) return null;
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plainRecord);
  if (typeof value !== "object" || value === null) return value as Json;
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(fields.map(([key, item]): [string, Json] => [snakeCase(key), plainRecord(item)]));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
