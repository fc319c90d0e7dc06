/**
 * Reads and writes the building blocks of WebAssembly binaries: LEB128 numbers, names, sections.
 * Never interprets a section: that is for `world.ts` (components) and `meter.ts` (core modules).
 *
 * Formats: the WebAssembly core specification, chapter 5, and the Component Model's `Binary.md`.
 */

/** What a binary is, by its first eight bytes. */
export type BinaryKind = "component" | "core module" | "unknown";

/** Tells a component from a core module and from anything else. Text is never taken for a component. */
export function binaryKind(bytes: Uint8Array): BinaryKind {
  const magic = bytes.length >= 8 && bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 &&
    bytes[3] === 0x6d;
  if (!magic) return "unknown";
  if (bytes[6] === 1 && bytes[7] === 0) return "component";
  return bytes[4] === 1 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0 ? "core module" : "unknown";
}

/** Thrown for a binary that ends early or has a malformed number; callers turn it into their own error. */
export class BinaryError extends Error {
  override readonly name = "BinaryError";
}

/** Reads forward through part of a binary. */
export class BinaryReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  pos: number;

  /** Reads `bytes` from `pos` up to, but not including, `end`. */
  constructor(bytes: Uint8Array, pos: number = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  get done(): boolean {
    return this.pos >= this.end;
  }

  u8(): number {
    if (this.pos >= this.end) throw new BinaryError(`Binary ends early at offset ${this.pos}`);
    return this.bytes[this.pos++]!;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80 && value <= 0xffffffff) return value;
    }
    throw new BinaryError(`Number is too long at offset ${this.pos}`);
  }

  /** Skips a LEB128 number of any width. */
  skipLeb(): void {
    for (let count = 0; count < 10; count++) if (this.u8() < 0x80) return;
    throw new BinaryError(`Number is too long at offset ${this.pos}`);
  }

  skip(count: number): void {
    if (this.pos + count > this.end) throw new BinaryError(`Binary ends early at offset ${this.end}`);
    this.pos += count;
  }

  /** A length-prefixed UTF-8 name. */
  name(): string {
    const length = this.u32();
    const start = this.pos;
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(start, this.pos));
  }

  /** The next section: its id and a reader over its contents. */
  section(): { id: number; start: number; end: number } {
    const id = this.u8();
    const size = this.u32();
    const start = this.pos;
    this.skip(size);
    return { id, start, end: this.pos };
  }
}

/** Collects bytes in one growing buffer. */
export class BinaryWriter {
  #buffer: Uint8Array;
  #length = 0;

  /** Starts with room for `capacity` bytes. */
  constructor(capacity: number = 1024) {
    this.#buffer = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  u8(byte: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = byte;
    return this;
  }

  bytes(bytes: Uint8Array | readonly number[]): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** An unsigned LEB128 number. */
  u32(value: number): this {
    this.#reserve(5);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
    return this;
  }

  /** A signed LEB128 number that is not negative. */
  s32(value: number): this {
    let rest = value;
    while (rest >= 0x40) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.u8(rest);
  }

  name(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.u32(bytes.length).bytes(bytes);
  }

  /** What was written so far. Shares memory with the writer. */
  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + count));
    larger.set(this.view());
    this.#buffer = larger;
  }
}
