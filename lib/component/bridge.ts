/**
 * How a guest's synchronous import waits for an asynchronous host: a few shared words and a shared buffer.
 * Never knows what is asked: it carries requests out by message and replies back by memory.
 *
 * 1. The worker posts a request and sleeps on word `REPLY` until it is no longer 0.
 * 2. The host writes the encoded reply behind the words, its length into `LENGTH`, and wakes the worker. The
 *    buffer grows as needed.
 * 3. Word `STOP` ends the guest: the host sets it and wakes the worker; every metering check reads it too.
 * 4. The host clears both words before a call, when the worker is idle.
 */

import type { HostReply, WitValue } from "../base/call.ts";
import type { Json, JsonObject } from "../base/json.ts";

/** Why a guest is stopped. */
export type StopReason = "timed_out" | "cancelled";

const REPLY = 0;
const STOP = 1;
const LENGTH = 2;
const HEADER_BYTES = 16;
const STOP_REASONS: readonly (StopReason | null)[] = [null, "timed_out", "cancelled"];

/** The host's side of the bridge: one per worker. */
export class HostBridge {
  /** What the worker shares. */
  readonly control: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** Creates a bridge whose replies may take up to `maxReplyBytes`. */
  constructor(maxReplyBytes: number) {
    this.control = new SharedArrayBuffer(4096, { maxByteLength: HEADER_BYTES + maxReplyBytes });
    this.#words = new Int32Array(this.control, 0, HEADER_BYTES / 4);
  }

  /** Makes the bridge ready for a call. */
  reset(): void {
    Atomics.store(this.#words, REPLY, 0);
    Atomics.store(this.#words, STOP, 0);
  }

  /** Ends the guest's call, wherever it is. */
  stop(reason: StopReason): void {
    Atomics.store(this.#words, STOP, STOP_REASONS.indexOf(reason));
    this.#wake();
  }

  /** Answers the worker that waits. Returns false when the reply is larger than `maxBytes` or the bridge. */
  answer(reply: HostReply, maxBytes: number = Infinity): boolean {
    const bytes = encodeReply(reply);
    if (bytes.length > maxBytes || HEADER_BYTES + bytes.length > this.control.maxByteLength) return false;
    if (HEADER_BYTES + bytes.length > this.control.byteLength) this.control.grow(HEADER_BYTES + bytes.length);
    new Uint8Array(this.control).set(bytes, HEADER_BYTES);
    Atomics.store(this.#words, LENGTH, bytes.length);
    this.#wake();
    return true;
  }

  #wake(): void {
    Atomics.store(this.#words, REPLY, 1);
    Atomics.notify(this.#words, REPLY);
  }
}

/** The guest's side of the bridge. */
export class GuestBridge {
  readonly #control: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** Uses what the host shares. */
  constructor(control: SharedArrayBuffer) {
    this.#control = control;
    this.#words = new Int32Array(control, 0, HEADER_BYTES / 4);
  }

  /** Why the guest must stop now, or null. */
  stopReason(): StopReason | null {
    return STOP_REASONS[Atomics.load(this.#words, STOP)] ?? null;
  }

  /** Posts a request and blocks until it is answered; null when the guest must stop. */
  ask(post: () => void): HostReply | null {
    Atomics.store(this.#words, REPLY, 0);
    // A stop that came before the line above has set its word already, so it is not lost.
    if (this.stopReason() !== null) return null;
    post();
    Atomics.wait(this.#words, REPLY, 0);
    if (this.stopReason() !== null) return null;
    const length = Atomics.load(this.#words, LENGTH);
    return decodeReply(new Uint8Array(this.#control, HEADER_BYTES, length).slice());
  }

  /** Blocks for some milliseconds, or until the guest must stop. */
  sleep(milliseconds: number): void {
    Atomics.store(this.#words, REPLY, 0);
    if (this.stopReason() === null) Atomics.wait(this.#words, REPLY, 0, milliseconds);
  }
}

/**
 * A reply as bytes: length and text of a JSON document, then the byte strings that it refers to. Field names in
 * replies are WIT names, so a marker that starts with `$` can stand for what JSON lacks.
 */
export function encodeReply(reply: HostReply): Uint8Array {
  const blobs: Uint8Array[] = [];
  const text = new TextEncoder().encode(
    JSON.stringify(reply.type === "abort" ? reply : mark(replyValue(reply), blobs)),
  );
  const tag = ["ok", "err", "abort"].indexOf(reply.type);
  const out = new Uint8Array(5 + text.length + blobs.reduce((sum, blob) => sum + blob.length, 0));
  out[0] = tag;
  new DataView(out.buffer).setUint32(1, text.length);
  out.set(text, 5);
  let at = 5 + text.length;
  for (const blob of blobs) {
    out.set(blob, at);
    at += blob.length;
  }
  return out;
}

/** The reverse of {@linkcode encodeReply}. */
export function decodeReply(bytes: Uint8Array): HostReply {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  const document = JSON.parse(new TextDecoder().decode(bytes.subarray(5, 5 + length)));
  if (bytes[0] === 2) return document;
  const value = unmark(document, bytes.subarray(5 + length), { at: 0 });
  return bytes[0] === 0 ? { type: "ok", value } : { type: "err", error: value };
}

function replyValue(reply: Exclude<HostReply, { type: "abort" }>): WitValue {
  return reply.type === "ok" ? reply.value : reply.error;
}

function mark(value: WitValue, blobs: Uint8Array[]): Json {
  if (value === undefined) return { $none: true };
  if (typeof value === "bigint") return { $int: String(value) };
  if (value instanceof Uint8Array) {
    blobs.push(value);
    return { $bytes: value.length };
  }
  if (Array.isArray(value)) return value.map((item: WitValue) => mark(item, blobs));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]): [string, Json] => [key, mark(item, blobs)]),
    );
  }
  return value as Json;
}

function unmark(value: Json, blobs: Uint8Array, cursor: { at: number }): WitValue {
  if (Array.isArray(value)) return value.map((item: Json) => unmark(item, blobs, cursor));
  if (typeof value !== "object" || value === null) return value;
  const { $none, $int, $bytes } = value as JsonObject;
  if ($none === true) return undefined;
  if (typeof $int === "string") return BigInt($int);
  if (typeof $bytes === "number") return blobs.slice(cursor.at, cursor.at += $bytes);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unmark(item, blobs, cursor)]));
}
