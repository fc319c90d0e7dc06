/**
 * What a running flow knows: its input, what its nodes gave, its variables, and what it has emitted.
 * Never copies all nodes for a step, so that a long flow takes linear time.
 *
 * 1. The objects behind `node`, `state` and `vars` are the live ones; whatever leaves a template goes through `detach`.
 * 2. An output is never changed once it is recorded.
 */

import { formatUtc } from "../base/clock.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";

/** What a node left, as components and templates see it. */
export type NodeRecord = {
  /** False when the node failed and a route took its failure. */
  readonly ok: boolean;
  readonly payload: Json;
  readonly meta: Json;
};

/** What a flow takes up again when it is resumed. */
export interface SavedState {
  readonly entry: Json;
  readonly nodes: Readonly<Record<string, NodeRecord>>;
  readonly lastOutput?: Json;
  readonly vars: JsonObject;
}

/** What a flow starts with. */
export interface StateStart {
  /** The input of this run. */
  readonly input: Json;
  /** The variables at the start; those that were saved go before. */
  readonly vars: JsonObject;
}

/** What templates can name beside the state. */
export interface ContextNames {
  /** Under `parameters`. */
  readonly parameters: JsonObject;
  /** Under `now`. */
  readonly now: () => Date;
  /** Under names of their own. */
  readonly more: JsonObject;
}

/** How an output counts for the reply: as one of its parts, not at all, or only when it is the last. */
export type Emitted = "reply" | "log" | "no";

/** The state of one flow that runs. */
export class FlowState {
  /** The input of the run that started the flow. */
  readonly entry: Json;
  readonly #records: Record<string, NodeRecord> = Object.create(null);
  readonly #outputs: Record<string, Json> = Object.create(null);
  readonly #vars: Record<string, Json> = Object.create(null);
  readonly #live = new WeakSet<object>();
  readonly #egress: Json[] = [];
  /** The entry as templates find it under `in`: messages always have an `input` there. */
  readonly #in: Json;
  #input: Json;
  #state: JsonObject;
  #last: Json | undefined;
  #final: Json = null;
  #emittedLast = false;
  #redirects = 0;

  /** Starts a flow, or takes it up again. */
  constructor({ input, vars }: StateStart, saved?: SavedState) {
    this.#input = input;
    this.entry = saved === undefined || saved.entry === null ? input : saved.entry;
    this.#in = withInput(this.entry ?? {});
    for (const [id, record] of Object.entries(saved?.nodes ?? {})) {
      this.#records[id] = record;
      this.#outputs[id] = record.payload;
    }
    for (const [name, value] of Object.entries({ ...vars, ...saved?.vars })) this.#vars[name] = value;
    this.#last = saved?.lastOutput;
    this.#state = this.#stateObject();
    for (const live of [this.#records, this.#outputs, this.#vars]) this.#live.add(live);
  }

  /** The input of this run, or what the last jump brought. */
  get input(): Json {
    return this.#input;
  }

  /** The outputs of the nodes by id; live. */
  get outputs(): JsonObject {
    return this.#outputs;
  }

  /** The variables by name; live. */
  get vars(): JsonObject {
    return this.#vars;
  }

  /** What templates find under `state`; live. */
  get shown(): JsonObject {
    return this.#state;
  }

  /** Jumps since the flow began or was answered: whoever answers ends a circle. */
  get redirects(): number {
    return this.#redirects;
  }

  /** What templates can name. The result is live, and asks for the time only when it is named. */
  context({ parameters, now, more }: ContextNames): JsonObject {
    const context = {
      entry: this.entry ?? {},
      in: this.#in,
      prev: this.#last === undefined ? {} : this.#last,
      node: this.#outputs,
      state: this.#state,
      vars: this.#vars,
      parameters,
      ...more,
    };
    // Whoever inserts the whole context asks for no time.
    Object.defineProperty(context, "now", { get: () => timeObject(now()), enumerable: false });
    this.#live.add(context);
    return context;
  }

  /** A value as it is now: copies the live objects and leaves all others as they are. */
  detach(value: Json): Json {
    if (typeof value !== "object" || value === null || !this.#live.has(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.detach(item)]));
  }

  /** The state that components see. */
  forComponents(): JsonObject {
    return { input: this.#input, nodes: this.detach(this.#records) };
  }

  /** Remembers a node's output. */
  record(
    id: string,
    output: Json,
    { emitted = "no", meta = null }: { emitted?: Emitted; meta?: Json } = {},
  ): void {
    this.#remember(id, { ok: true, payload: output, meta });
    if (emitted === "log") return;
    this.#emittedLast = emitted === "reply";
    this.#final = output;
    if (emitted === "reply") this.#egress.push(output);
  }

  /** Remembers the failure of a node that a route takes. */
  recordFailure(id: string, payload: Json): void {
    this.#remember(id, { ok: false, payload, meta: null });
    this.#emittedLast = false;
    this.#final = payload;
  }

  /** Sets a variable. */
  setVar(name: string, value: Json): void {
    this.#vars[name] = value;
  }

  /** Goes on with another input, as a jump brings one. */
  redirect(input: Json): void {
    this.#redirects++;
    this.#input = input;
    this.#last = input;
    this.#state = this.#stateObject();
  }

  /** The reply of a flow that ends: what was emitted and, unless the last node emitted it, the last output. */
  reply(): Json {
    if (this.#egress.length === 0) return this.#final;
    const last = this.#emittedLast || this.#final === null ? [] : this.#final;
    return [...this.#egress, ...(Array.isArray(last) ? last : [last])];
  }

  /** What was emitted so far, or null. */
  emitted(): Json {
    return this.#egress.length === 0 ? null : [...this.#egress];
  }

  /** What a snapshot keeps. */
  save(): SavedState {
    return {
      entry: this.entry,
      nodes: Object.fromEntries(Object.entries(this.#records)),
      ...(this.#last === undefined ? {} : { lastOutput: this.#last }),
      vars: Object.fromEntries(Object.entries(this.#vars)),
    };
  }

  #remember(id: string, record: NodeRecord): void {
    this.#records[id] = record;
    this.#outputs[id] = record.payload;
    this.#last = record.payload;
  }

  #stateObject(): JsonObject {
    const state = { entry: this.entry, input: this.#input, nodes: this.#records };
    this.#live.add(state);
    return state;
  }
}

function withInput(entry: Json): Json {
  return isObject(entry) && !Object.hasOwn(entry, "input") ? { ...entry, input: entry } : entry;
}

function timeObject(time: Date): JsonObject {
  const iso = formatUtc(time);
  return { iso, epoch_ms: time.getTime(), date: iso.slice(0, 10) };
}
