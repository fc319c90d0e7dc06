/**
 * The spellings under which a secret value can turn up in text: as it is, base64, URL-encoded, JSON-escaped.
 * Never decides what is secret.
 */

/** Values shorter than this, in characters, are too common to search for. */
export const MIN_SECRET_CHARS = 4;

/** Shortest piece of base64 text that is searched for on its own. */
const MIN_CORE_CHARS = 6;

/** One spelling of a secret. */
export interface Spelling {
  /** What stands in a text. */
  readonly text: string;
  /** What it shares with the signs around it, for the middle of a base64 text. */
  readonly edges?: Edges;
}

/** The signs around a piece of base64 text, which hold some bits of the secret and some of its neighbours. */
export interface Edges {
  /** The 64 signs in their order. */
  readonly alphabet: string;
  /** The sign before, or null when the piece begins where a sign does. */
  readonly before: Edge | null;
  /** The sign behind, or null when the piece ends where a sign does. */
  readonly after: Edge | null;
}

/** The secret's share in a sign. */
export interface Edge {
  /** The secret's bits in their places. */
  readonly bits: number;
  /** Which bits of the six are the secret's. */
  readonly mask: number;
}

/** Every spelling of a secret, longest first; none for values that are too short. */
export function secretForms(value: string): string[] {
  const forms = new Set(secretSpellings(value).flatMap((spelling) => spelling?.text ?? []));
  return [...forms].sort((a, b) => b.length - a.length);
}

/**
 * The spellings of a secret by their kind, which is their place in the list and the same for every value: null where a
 * value has none of a kind, and equal texts where two kinds spell it alike. Empty for values that are too short.
 *
 * @param bytes What the value is encoded from. @default {its UTF-8}
 */
export function secretSpellings(value: string, bytes?: Uint8Array): readonly (Spelling | null)[] {
  return [value, value.trim()].flatMap((spelling) => {
    if (spelling.length < MIN_SECRET_CHARS) return [];
    // URL encoders throw on lone surrogates, and no file can hold them.
    const text = spelling.toWellFormed();
    return spellingsOf(text, bytes ?? new TextEncoder().encode(text));
  });
}

function spellingsOf(value: string, bytes: Uint8Array): (Spelling | null)[] {
  const escaped = jsonEscaped(value);
  return [
    { text: value },
    ...base64Spellings(bytes),
    ...urlForms(value).flatMap((text) => [
      { text },
      { text: text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()) },
    ]),
    ...[escaped, asciiEscaped(escaped), escaped.replaceAll("/", "\\/")].flatMap((text) => [
      { text },
      // JSON text inside a JSON string, as a component that passes a request on produces it.
      { text: jsonEscaped(text) },
    ]),
  ];
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Whole base64 texts, and the part of longer ones that only this value can produce; each for both alphabets. */
function base64Spellings(bytes: Uint8Array): (Spelling | null)[] {
  const whole = bytes.toBase64();
  // Inside a longer text (`user:password`) the value starts at any of three positions in a group of bytes.
  const cores = [0, 1, 2].flatMap((shift): (Spelling | null)[] => {
    const core = coreAt(bytes, shift);
    return core === null ? [null, null] : [core, forUrls(core)];
  });
  const texts = [whole, whole.replace(/=+$/, "")];
  return [...texts.flatMap((text) => [{ text }, forUrls({ text })]), ...cores];
}

function coreAt(bytes: Uint8Array, shift: number): Spelling | null {
  const shifted = new Uint8Array(shift + bytes.length);
  shifted.set(bytes, shift);
  // What is not the secret's counts as zero, so the signs at the edges hold the secret's bits alone.
  const signs = shifted.toBase64();
  const start = Math.ceil(shift * 8 / 6), end = Math.floor(shifted.length * 8 / 6);
  if (end - start < MIN_CORE_CHARS) return null;
  const edge = (at: number, mask: number) => ({ bits: ALPHABET.indexOf(signs.charAt(at)), mask });
  const over = shifted.length * 8 % 6;
  return {
    text: signs.slice(start, end),
    edges: {
      alphabet: ALPHABET,
      before: shift === 0 ? null : edge(start - 1, shift === 1 ? 0b001111 : 0b000011),
      after: over === 0 ? null : edge(end, over === 2 ? 0b110000 : 0b111100),
    },
  };
}

function forUrls({ text, edges }: Spelling): Spelling {
  const url = (signs: string) => signs.replaceAll("+", "-").replaceAll("/", "_");
  return {
    text: url(text),
    ...(edges === undefined ? {} : { edges: { ...edges, alphabet: url(edges.alphabet) } }),
  };
}

/** As a query value, as a form field, and as part of a path. */
function urlForms(value: string): string[] {
  return [
    encodeURIComponent(value),
    new URLSearchParams([["", value]]).toString().slice(1),
    encodeURI(value),
  ];
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** As encoders write JSON that keep to ASCII: one escape for each UTF-16 unit. */
function asciiEscaped(text: string): string {
  return Array.from({ length: text.length }, (_, i) => asciiUnit(text, i)).join("");
}

function asciiUnit(text: string, at: number): string {
  const code = text.charCodeAt(at);
  return code < 0x80 ? text.charAt(at) : `\\u${code.toString(16).padStart(4, "0")}`;
}
