/**
 * Whatever names a pack, as callers give it, and copies of it that nobody else can change. Small, because the module loads
 * it before anything is run. Never reads anything.
 */

/** Bytes with the name they are to have in messages. */
export interface NamedBytes {
  /** The name: a file name, or `standard input`. */
  readonly name: string;
  /** The bytes of an archive, a bare component or a flow. */
  readonly bytes: Uint8Array;
}

/**
 * Whatever names a pack: a path; a `file:`, `http(s):`, `data:` or `blob:` address; the bytes of an archive, of a
 * bare component or of a flow; or files by name.
 */
export type PackInput = string | URL | Uint8Array | NamedBytes | ReadonlyMap<string, Uint8Array>;

/** Bytes that were read or copied for this program alone. */
const OWN_BYTES = new WeakSet<Uint8Array>();

/** The bytes of a pack that nobody else has or will have, such as standard input: they are held without a copy. */
export function ownBytes(name: string, bytes: Uint8Array): NamedBytes {
  OWN_BYTES.add(bytes);
  return { name, bytes };
}

/**
 * What names a pack, with copies of all bytes that were given: their owner may change them after they were verified. To be
 * asked for before anything is waited for. What was copied once is not copied again.
 */
export function heldInput(input: PackInput): PackInput {
  if (input instanceof Uint8Array) return held(input);
  if (isNamed(input)) return { name: input.name, bytes: held(input.bytes) };
  if (!(input instanceof Map)) return input;
  return new Map(Array.from(input, ([name, bytes]) => [name, held(bytes)]));
}

function held(bytes: Uint8Array): Uint8Array {
  if (OWN_BYTES.has(bytes)) return bytes;
  const copy = new Uint8Array(bytes);
  OWN_BYTES.add(copy);
  return copy;
}

/** Whether an input is bytes with a name. */
export function isNamed(input: PackInput): input is NamedBytes {
  return typeof input === "object" && input !== null && "bytes" in input &&
    input.bytes instanceof Uint8Array &&
    typeof input.name === "string";
}
