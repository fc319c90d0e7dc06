/**
 * What a running flow knows: its input, what its nodes gave, and what it has emitted.
 * Never copies all nodes for a step, so that a long flow takes linear time.
 *
 * 1. The objects behind `node` and `state` are the live ones; whatever leaves a template goes through `detach`.
 * 2. An output is never changed once it is recorded.
 */

import type { Json, JsonObject } from "../base/json.ts";

/** What a node left, as components and templates see it. */
export type NodeRecord = {
  readonly ok: boolean;
  readonly payload: Json;
  readonly meta: Json;
};

/** What a flow takes up again when it is resumed. */
export interface SavedState {
  readonly entry: Json;
  readonly nodes: Readonly<Record<string, NodeRecord>>;
  readonly lastOutput?: Json;
}

/** The state of one flow that runs. */
export class FlowState {
  /** The input of the run that started the flow. */
  readonly entry: Json;
  /** The input of this run. */
  readonly input: Json;
  readonly #records: Record<string, NodeRecord> = Object.create(null);
  readonly #outputs: Record<string, Json> = Object.create(null);
  readonly #live = new WeakSet<object>();
  readonly #state: JsonObject;
  readonly #egress: Json[] = [];
  #last: Json | undefined;
  #final: Json = null;
  #emittedLast = false;

  /** Starts a flow, or takes it up again. */
  constructor(input: Json, saved?: SavedState) {
    this.input = input;
    this.entry = saved === undefined || saved.entry === null ? input : saved.entry;
    for (const [id, record] of Object.entries(saved?.nodes ?? {})) {
      this.#records[id] = record;
      this.#outputs[id] = record.payload;
    }
    this.#last = saved?.lastOutput;
    this.#state = { entry: this.entry, input, nodes: this.#records };
    for (const live of [this.#records, this.#outputs, this.#state]) this.#live.add(live);
  }

  /** The output of the last node, or undefined before the first. */
  get lastOutput(): Json | undefined {
    return this.#last;
  }

  /** The outputs of the nodes by id; live. */
  get outputs(): JsonObject {
    return this.#outputs;
  }

  /** What templates can name, with more names on top. The result is live. */
  context(more: JsonObject = {}): JsonObject {
    const context = {
      entry: this.entry ?? {},
      prev: this.#last ?? {},
      node: this.#outputs,
      state: this.#state,
      ...more,
    };
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
    return { input: this.input, nodes: this.detach(this.#records) };
  }

  /** Remembers a node's output; `emitted` says what an emit node did with it. */
  record(id: string, output: Json, emitted: "reply" | "log" | "no" = "no"): void {
    this.#records[id] = { ok: true, payload: output, meta: null };
    this.#outputs[id] = output;
    this.#last = output;
    if (emitted === "log") return;
    this.#emittedLast = emitted === "reply";
    this.#final = output;
    if (emitted === "reply") this.#egress.push(output);
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
    };
  }
}
