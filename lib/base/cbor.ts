/**
 * CBOR in and out, for values that are JSON. Reading checks the whole document without recursion before
 * anything is built: nesting, lengths against the bytes that are left, duplicate keys, text, numbers.
 * Never yields a value that JSON cannot hold: byte strings, NaN, big numbers and keys that are no text are refused.
 */

import { decode, encode } from "cborg";
import { concatBytes } from "./bytes.ts";
import { type ErrorCode, RunnerError } from "./errors.ts";
import { type Json, MAX_JSON_DEPTH } from "./json.ts";

/** Bounds of a document that is read. */
export interface DecodeCborOptions {
  /** Deepest nesting of arrays and maps. @default {128} */
  maxDepth?: number;
  /** Values, keys and pieces of text in the document; bounds what small encodings can ask for. @default {500000} */
  maxItems?: number;
  /** Where the document stands, for the error. */
  place?: string;
}

/** How a document is written. */
export interface EncodeCborOptions {
  /** Order of map keys: as the objects hold them, or the canonical one: by length, then by bytes. */
  order: "given" | "canonical";
}

/**
 * The JSON value of a CBOR document. Tags are skipped, indefinite lengths and any width of number accepted,
 * `undefined` read as null.
 */
export function decodeCbor(bytes: Uint8Array, options: DecodeCborOptions = {}): Json {
  const scan = new Scan(bytes, options);
  const edits = scan.run();
  try {
    return decode(applyEdits(bytes, edits), { coerceUndefinedToNull: true }) as Json;
  } catch (cause) {
    throw scan.fault("syntax", 0, "cannot be decoded", cause);
  }
}

/** The CBOR document of a JSON value: definite lengths, the shortest lossless width of every number. */
export function encodeCbor(value: Json, options: EncodeCborOptions): Uint8Array<ArrayBuffer> {
  return options.order === "canonical" ? encode(value) : encode(value, { mapSorter: undefined });
}

/** An array or map that is open. */
interface Frame {
  /** Items that are still to come, keys and values alike; Infinity when only a break ends it. */
  left: number;
  /** Keys of a map so far; undefined for an array. */
  readonly keys?: Set<string>;
  /** Whether a map's next item is a key. */
  key: boolean;
}

/** Bytes that are replaced before the decoder sees them: tags vanish, text in pieces becomes one text. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** The head of one item. */
interface Head {
  readonly at: number;
  readonly major: number;
  readonly info: number;
  /** The argument; Infinity for an indefinite length. */
  readonly value: number;
}

/** What can be wrong with a document: the ends of the codes `manifest.cbor.*`. */
type FaultCode = Extract<ErrorCode, `manifest.cbor.${string}`> extends `manifest.cbor.${infer Code}` ? Code
  : never;

const NOTHING = new Uint8Array();
/** Tags and texts in pieces that a document may have: each costs more memory than it takes bytes. */
const MAX_EDITS = 10_000;

/** One walk over a document, with a stack of its own. */
class Scan {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #maxDepth: number;
  readonly #maxItems: number;
  readonly #place: string | undefined;
  readonly #edits: Edit[] = [];
  #items = 0;
  #at = 0;

  constructor(
    bytes: Uint8Array,
    { maxDepth = MAX_JSON_DEPTH, maxItems = 500_000, place }: DecodeCborOptions,
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#maxDepth = maxDepth;
    this.#maxItems = maxItems;
    this.#place = place;
  }

  run(): readonly Edit[] {
    const open: Frame[] = [];
    do {
      const top = open.at(-1);
      if (top !== undefined && this.#ends(top)) {
        open.pop();
        continue;
      }
      this.#count();
      const frame = this.#item(top);
      if (frame === undefined) continue;
      if (open.length >= this.#maxDepth) {
        throw this.fault("depth", this.#at, `nesting deeper than ${this.#maxDepth}`);
      }
      open.push(frame);
    } while (open.length > 0);
    if (this.#at < this.#bytes.length) {
      throw this.fault("trailing", this.#at, "bytes after the end of the document");
    }
    return this.#edits;
  }

  /** Counts one more item. */
  #count(): void {
    if (++this.#items > this.#maxItems) {
      throw this.fault("items", this.#at, `more than ${this.#maxItems} items`);
    }
  }

  fault(code: FaultCode, at: number, what: string, cause?: unknown): RunnerError {
    return new RunnerError(`manifest.cbor.${code}`, `CBOR is not usable at byte ${at}: ${what}`, {
      ...(this.#place === undefined ? {} : { place: this.#place }),
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /** Whether an open array or map ends here; consumes the break that ends it. */
  #ends(frame: Frame): boolean {
    if (frame.left === 0) return true;
    if (frame.left !== Infinity || this.#bytes[this.#at] !== 0xff) return false;
    if (frame.keys !== undefined && !frame.key) throw this.fault("syntax", this.#at, "a key without a value");
    this.#at++;
    return true;
  }

  /** Walks one item that belongs to `parent`; yields the frame of an array or map. */
  #item(parent: Frame | undefined): Frame | undefined {
    const head = this.#untagged();
    if (parent !== undefined) parent.left--;
    if (parent?.keys !== undefined) {
      parent.key = !parent.key;
      if (!parent.key) {
        this.#key(parent.keys, head);
        return undefined;
      }
    }
    switch (head.major) {
      case 0:
      case 1:
        // The argument of a negative number is one less than its distance from zero.
        if (head.value > Number.MAX_SAFE_INTEGER - head.major) {
          throw this.fault("number", head.at, "an integer beyond 2^53");
        }
        return undefined;
      case 2:
        throw this.fault("type", head.at, "a byte string, which JSON cannot hold");
      case 3:
        this.#text(head);
        return undefined;
      case 4:
        this.#room(head, head.value);
        return { left: head.value, key: false };
      case 5:
        this.#room(head, head.value * 2);
        return { left: head.value * 2, keys: new Set(), key: true };
      default:
        this.#simple(head);
        return undefined;
    }
  }

  #key(keys: Set<string>, head: Head): void {
    if (head.major !== 3) throw this.fault("key", head.at, "a key that is no text");
    const key = this.#text(head);
    if (keys.has(key)) throw this.fault("duplicate_key", head.at, `duplicate key ${JSON.stringify(key)}`);
    keys.add(key);
  }

  /** The next head that is no tag. */
  #untagged(): Head {
    const from = this.#at;
    let head = this.#head();
    while (head.major === 6) head = this.#head();
    if (head.at > from) this.#edit({ from, to: head.at, bytes: NOTHING });
    return head;
  }

  #edit(edit: Edit): void {
    if (this.#edits.length >= MAX_EDITS) {
      throw this.fault("items", edit.from, `more than ${MAX_EDITS} tags and texts in pieces`);
    }
    this.#edits.push(edit);
  }

  #head(): Head {
    const at = this.#at;
    this.#need(at, 1);
    const first = this.#view.getUint8(at);
    const major = first >> 5, info = first & 31;
    this.#at++;
    if (info < 24) return { at, major, info, value: info };
    if (info === 31 && major >= 3 && major <= 5) return { at, major, info, value: Infinity };
    if (info > 27) {
      throw this.fault("syntax", at, info === 31 ? "a break or length out of place" : "a reserved length");
    }
    const width = 1 << (info - 24);
    this.#need(at, 1 + width);
    const value = width === 1
      ? this.#view.getUint8(at + 1)
      : width === 2
      ? this.#view.getUint16(at + 1)
      : width === 4
      ? this.#view.getUint32(at + 1)
      : Number(this.#view.getBigUint64(at + 1));
    this.#at += width;
    return { at, major, info, value };
  }

  /** Checks that at least `count` bytes are left, which is the least that many items take. */
  #room(head: Head, count: number): void {
    if (count !== Infinity && count > this.#bytes.length - this.#at) {
      throw this.fault(
        "length",
        head.at,
        `a length of ${head.value} with ${this.#bytes.length - this.#at} bytes left`,
      );
    }
  }

  #need(at: number, count: number): void {
    if (at + count > this.#bytes.length) throw this.fault("truncated", at, "the document ends too early");
  }

  /** Walks a text and yields it. */
  #text(head: Head): string {
    if (head.value !== Infinity) return this.#definite(head);
    let text = "";
    for (let piece = this.#piece(); piece !== undefined; piece = this.#piece()) {
      this.#count();
      text += this.#definite(piece);
    }
    const whole = encode(text);
    this.#edit({ from: head.at, to: this.#at, bytes: whole });
    return text;
  }

  /** The head of the next piece of a text in pieces, or undefined at its break. */
  #piece(): Head | undefined {
    if (this.#bytes[this.#at] === 0xff) {
      this.#at++;
      return undefined;
    }
    const head = this.#head();
    if (head.major !== 3 || head.value === Infinity) {
      throw this.fault("syntax", head.at, "a piece of text that is no text");
    }
    return head;
  }

  /** The text of one definite length. */
  #definite(head: Head): string {
    this.#room(head, head.value);
    const from = this.#at;
    this.#at += head.value;
    try {
      return this.#utf8.decode(this.#bytes.subarray(from, this.#at));
    } catch {
      throw this.fault("syntax", head.at, "a text that is not UTF-8");
    }
  }

  /** Walks a simple value or a float, whose bits `#head` has read as a number. */
  #simple(head: Head): void {
    if (head.info >= 20 && head.info <= 23) return;
    if (head.info < 25) throw this.fault("type", head.at, "a simple value without a meaning");
    const at = head.at + 1;
    // Half floats have no reader in the view that every engine offers: only their exponent matters here.
    const finite = head.info === 25
      ? (this.#view.getUint16(at) & 0x7c00) !== 0x7c00
      : Number.isFinite(head.info === 26 ? this.#view.getFloat32(at) : this.#view.getFloat64(at));
    if (!finite) throw this.fault("number", head.at, "NaN or infinity, which JSON cannot hold");
  }
}

function applyEdits(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  if (edits.length === 0) return bytes;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const edit of edits) {
    parts.push(bytes.subarray(at, edit.from), edit.bytes);
    at = edit.to;
  }
  parts.push(bytes.subarray(at));
  return concatBytes(parts);
}
