/**
 * Takes secrets out of texts so that they can be put back, of these or of other values: what is sealed names the secret,
 * not its value. Never writes anything, and never learns secrets by itself.
 *
 * A marker is `__SECRET(NAME,3)__`: the name, encoded like a part of an address, and the kind of the spelling in
 * `secret_forms.ts`. A second value of one name is `NAME#2`. `,3+5` leaves out the first five characters, which another
 * secret has covered; `,9:xy` has what the signs around a piece of base64 text hold beside the secret, a dot for none;
 * `,n` and `,i` are numbers. `__SECRET()__` stands for the beginning of a marker that was there before.
 *
 * 1. `unseal(seal(text)) === text`, for every text.
 * 2. Two seals that learned values under the same names in the same order seal them alike.
 * 3. Bytes are sealed like texts, one character for each: what was UTF-8 stays so.
 */

import { utf8Text } from "../base/bytes.ts";
import type { WitValue } from "../base/call.ts";
import { RunnerError } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { changedValue } from "./changed_value.ts";
import { quoted } from "../base/paths.ts";
import { FormSearch, type Found, type Wanted } from "./form_search.ts";
import { latin1, latin1Bytes } from "./latin1.ts";
import { type Edge, MIN_SECRET_CHARS, secretSpellings, type Spelling } from "./secret_forms.ts";

/** A secret that a seal knows, in the order in which it learned them. */
export interface KnownSecret {
  /** The name; more than once for one that had several values. */
  readonly name: string;
  /** The length of the value, in characters. */
  readonly length: number;
}

/** Gives the value of a secret that a seal does not know: its `nth`, from 1. */
export type FindSecret = (name: string, nth: number) => string | undefined;

interface Secret extends KnownSecret {
  readonly value: string;
  readonly label: string;
  readonly inText: readonly (Spelling | null)[];
  readonly inBytes: readonly (Spelling | null)[];
}

interface Form {
  readonly label: string;
  readonly kind: number;
  readonly spelling: Spelling;
}

/** The texts, or the bytes. */
type Domain = "inText" | "inBytes";

const OPEN = "__SECRET(", ESCAPED_OPEN = "__SECRET()__";
const MARKER_REGEXP = /__SECRET\((?:([^(),]*),(\d+)(?:\+(\d+))?(?::([^()])([^()]))?)?\)__/g;
const NUMBER_REGEXP = /^__SECRET\(([^(),]*),([ni])\)__$/;
/** Stands for a sign that was not taken in. */
const NO_SIGN = ".";
/** Digits that a number needs before it is compared with secrets: small numbers are everywhere. */
const MIN_NUMBER_CHARS = 6;

/** Seals and unseals. */
export class Seal {
  readonly #secrets = new Map<string, Secret>();
  /** The labels of values that are known. */
  readonly #labels = new Map<string, string>();
  readonly #find: FindSecret;
  #forms: Record<Domain, readonly Wanted<Form>[]> | undefined;

  /** Asks `find` for what it does not know when it unseals; what that gives is not learned. */
  constructor(find: FindSecret = () => undefined) {
    this.#find = find;
  }

  /** What it knows. */
  get known(): readonly KnownSecret[] {
    return [...this.#secrets.values()].map(({ name, length }) => ({ name, length }));
  }

  /**
   * Learns a value under a name: a text, or bytes that are none. What is shorter than {@linkcode MIN_SECRET_CHARS}, or
   * known under this name, is passed over. Returns what was learned, or null.
   */
  add(name: string, value: string | Uint8Array): KnownSecret | null {
    const given = typeof value === "string" ? value : utf8Text(value) ?? value;
    const text = textOf(given);
    if (text.length < MIN_SECRET_CHARS) return null;
    for (let nth = 1;; nth++) {
      const label = labelOf(name, nth);
      const known = this.#secrets.get(label);
      if (known?.value === text) return null;
      if (known !== undefined) continue;
      const secret = secretOf({ name, label, value: given });
      this.#secrets.set(label, secret);
      if (!this.#labels.has(text)) this.#labels.set(text, label);
      this.#forms = undefined;
      return { name, length: secret.length };
    }
  }

  /** The text with markers in the place of secrets, however they are spelled in it. */
  seal(text: string): string {
    return this.#seal(text, "inText");
  }

  /**
   * The text with secrets in the place of markers.
   *
   * @throws {RunnerError} `secret.missing` for one that neither the seal nor its port knows.
   */
  unseal(text: string): string {
    return this.#unseal(text, "inText");
  }

  /** A value with markers in its texts, keys, bytes and numbers. */
  sealValue(value: Json): Json;
  sealValue(value: WitValue): WitValue;
  sealValue(value: WitValue): WitValue {
    return changedValue(value, {
      text: (text) => this.seal(text),
      bytes: (bytes) => latin1Bytes(this.#seal(latin1(bytes), "inBytes")),
      other: (number) => this.#sealNumber(number),
    });
  }

  /**
   * The value that {@linkcode sealValue} was given, with what is now known under its names.
   *
   * @throws {RunnerError} `secret.missing`.
   */
  unsealValue(value: JsonObject): JsonObject;
  unsealValue(value: Json): Json;
  unsealValue(value: WitValue): WitValue;
  unsealValue(value: WitValue): WitValue {
    return changedValue(value, {
      text: (text) => this.unseal(text),
      value: (text) => this.#unsealNumber(text),
      bytes: (bytes) => latin1Bytes(this.#unseal(latin1(bytes), "inBytes")),
    });
  }

  #seal(text: string, domain: Domain): string {
    const search = new FormSearch(text, this.#formsNow[domain]);
    let sealed = "", at = 0, chain = 0;
    for (;;) {
      const next = search.next(at);
      // What begins within the last one and goes on behind it would else be left there in part.
      const found = next?.start === at ? next : search.across(chain, at) ?? next;
      if (found === undefined) return sealed + escaped(text.slice(at));
      const { start, end } = found;
      const { marker, before, after } = markerOf(found, text, at);
      sealed += escaped(text.slice(at, Math.max(at, start - before))) + marker;
      if (start - before > at) chain = start;
      at = end + after;
    }
  }

  #unseal(text: string, domain: Domain): string {
    return text.replaceAll(MARKER_REGEXP, (whole, label?: string, kind = "0", from = "0", ...rest) => {
      if (label === undefined) return OPEN;
      const { [domain]: spellings } = this.#secret(label);
      // A value of another length may lack a kind; any spelling of it is better than none.
      const spelling = spellings[Number(kind)] ?? spellings[0];
      if (!spelling) return whole;
      const [before, after] = rest;
      const { alphabet, ...edges } = spelling.edges ?? { alphabet: "", before: null, after: null };
      const sign = (foreign: unknown, edge: Edge | null) =>
        typeof foreign !== "string" || foreign === NO_SIGN
          ? ""
          : alphabet.charAt(alphabet.indexOf(foreign) & ~(edge?.mask ?? 0) | (edge?.bits ?? 0));
      return sign(before, edges.before) + spelling.text.slice(Number(from)) + sign(after, edges.after);
    });
  }

  #sealNumber(number: number | bigint): WitValue {
    const text = String(number);
    const label = text.length < MIN_NUMBER_CHARS ? undefined : this.#labels.get(text);
    return label === undefined ? number : `${OPEN}${label},${typeof number === "bigint" ? "i" : "n"})__`;
  }

  #unsealNumber(text: string): WitValue {
    const [, label, kind] = NUMBER_REGEXP.exec(text) ?? [];
    if (label === undefined) return this.unseal(text);
    const { value } = this.#secret(label);
    // Where a text has taken the place of a number, no number is the same.
    const digits = /^-?\d+$/.test(value) || kind === "n" && Number.isFinite(Number(value)) ? value : "0";
    return kind === "i" ? BigInt(digits) : Number(digits);
  }

  #secret(label: string): Secret {
    const known = this.#secrets.get(label);
    if (known !== undefined) return known;
    const [encoded = "", nth = "1"] = label.split("#");
    const name = decodedName(encoded);
    const value = this.#find(name, Number(nth));
    if (value !== undefined) return secretOf({ name, label, value });
    throw new RunnerError("secret.missing", `Secret "${name}" is not known here`, {
      hint: `Give it as the run had it: --secret ${quoted(name)}=…, or the option secrets`,
    });
  }

  get #formsNow(): Record<Domain, readonly Wanted<Form>[]> {
    return this.#forms ??= { inText: this.#formsIn("inText"), inBytes: this.#formsIn("inBytes") };
  }

  /** What is looked for, longest first; where two spellings are alike, the one that was known before. */
  #formsIn(domain: Domain): readonly Wanted<Form>[] {
    const forms = new Map<string, Form>();
    for (const { label, [domain]: spellings } of this.#secrets.values()) {
      for (const [kind, spelling] of spellings.entries()) {
        if (spelling !== null && !forms.has(spelling.text)) {
          forms.set(spelling.text, { label, kind, spelling });
        }
      }
    }
    return [...forms].map(([text, form]) => ({ text, form })).sort((a, b) => b.text.length - a.text.length);
  }
}

function labelOf(name: string, nth: number): string {
  const encoded = encodeURIComponent(name.toWellFormed())
    .replace(/[()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return nth === 1 ? encoded : `${encoded}#${nth}`;
}

/** The name of a label, as it stands there when nobody can have encoded it. */
function decodedName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function secretOf(
  { name, label, value }: { name: string; label: string; value: string | Uint8Array },
): Secret {
  if (typeof value === "string") {
    const spellings = secretSpellings(value);
    // One that is not hidden can still be put where another was.
    const inText = spellings.length === 0 ? [{ text: value }] : spellings;
    return { name, label, value, length: value.length, inText, inBytes: inText.map(asBytes) };
  }
  const text = textOf(value);
  const inText = secretSpellings(text, value);
  const inBytes = inText.map((spelling, kind) => kind === 0 ? { text: latin1(value) } : asBytes(spelling));
  return { name, label, value: text, length: text.length, inText, inBytes };
}

function textOf(value: string | Uint8Array): string {
  return typeof value === "string" ? value : new TextDecoder().decode(value);
}

/** A spelling as it stands in UTF-8, one character for each byte. */
function asBytes(spelling: Spelling | null): Spelling | null {
  return spelling === null ? null : { ...spelling, text: latin1(new TextEncoder().encode(spelling.text)) };
}

/** What stands for something that was found, and how many signs before and behind it are in it. */
function markerOf(
  { start, end, form: { label, kind, spelling } }: Found<Form>,
  text: string,
  at: number,
): { readonly marker: string; readonly before: number; readonly after: number } {
  const covered = Math.max(0, at - start);
  const part = covered === 0 ? "" : `+${covered}`;
  const { edges } = spelling;
  const before = covered > 0 || start <= at
    ? null
    : foreignSign(text.charAt(start - 1), edges?.before, edges);
  const after = covered > 0 ? null : foreignSign(text.charAt(end), edges?.after, edges);
  const signs = before === null && after === null ? "" : `:${before ?? NO_SIGN}${after ?? NO_SIGN}`;
  return {
    marker: `${OPEN}${label},${kind}${part}${signs})__`,
    before: before === null ? 0 : 1,
    after: after === null ? 0 : 1,
  };
}

/** The sign that has the bits of a sign which are not the secret's, or null when the others are not the secret's either. */
function foreignSign(
  sign: string,
  edge: Edge | null | undefined,
  edges: Spelling["edges"],
): string | null {
  if (sign === "" || !edge || edges === undefined) return null;
  const value = edges.alphabet.indexOf(sign);
  if (value < 0 || (value & edge.mask) !== edge.bits) return null;
  return edges.alphabet.charAt(value & ~edge.mask);
}

function escaped(text: string): string {
  return text.replaceAll(OPEN, ESCAPED_OPEN);
}
