/**
 * Where secrets come from: a port, and the table behind all of its kinds. Never reads anything itself.
 *
 * A key is looked for as it is spelled, then as stores spell it, in which form the names of a source count too: a
 * source with `TELEGRAM_BOT_TOKEN` has `telegram-bot-token`.
 */

/** What holds secrets. */
export interface SecretSource {
  /** Its kind, as records tell it. */
  readonly name: "map" | "file" | "environment";
  /** What it holds under a key. */
  find(key: string): FoundSecret | undefined;
  /** All that it holds. */
  entries(): Iterable<SecretEntry>;
}

/** A secret that was found. */
export interface FoundSecret {
  /** Its value. */
  readonly value: Uint8Array;
  /** The kind of source that holds it. */
  readonly source: SecretSource["name"];
}

/** A secret of a source. */
export interface SecretEntry {
  /** Its name there. */
  readonly name: string;
  /** Its value. */
  readonly value: Uint8Array;
  /** The texts by which it, or a part of it, may turn up in records. */
  readonly texts: readonly string[];
  /** Where it was written down, when that was a file: its path and line. */
  readonly place?: string;
}

/** A secret whose value is a text. */
export function textEntry(name: string, text: string, place?: string): SecretEntry {
  const value = new TextEncoder().encode(text);
  return { name, value, texts: [text], ...(place === undefined ? {} : { place }) };
}

/** Secrets that were read from somewhere. */
export class SecretTable implements SecretSource {
  readonly name: SecretSource["name"];
  readonly #named = new Map<string, SecretEntry>();
  readonly #canonical = new Map<string, SecretEntry>();

  /** Takes secrets; the last of one name counts. */
  constructor(name: SecretSource["name"], entries: Iterable<SecretEntry>) {
    this.name = name;
    for (const entry of entries) this.set(entry);
  }

  /** Adds a secret, or puts it in the place of the one of its name. */
  set(entry: SecretEntry): void {
    this.#named.set(entry.name, entry);
    this.#canonical.set(canonicalKey(entry.name), entry);
  }

  find(key: string): FoundSecret | undefined {
    const canonical = canonicalKey(key);
    const entry = this.#named.get(key) ?? this.#named.get(canonical) ??
      // Of names without any letter or digit that stores know, only signs would be left, and they would all be one.
      (/[a-z0-9]/.test(canonical) ? this.#canonical.get(canonical) : undefined);
    return entry === undefined ? undefined : { value: entry.value, source: this.name };
  }

  entries(): Iterable<SecretEntry> {
    return this.#named.values();
  }
}

/** Secrets that were given by name. */
export function mapSource(values: Readonly<Record<string, string>>): SecretSource {
  return new SecretTable("map", Object.entries(values).map(([name, text]) => textEntry(name, text)));
}

/** A key as secret stores spell it: trimmed, lower case, everything but `a-z0-9_` as `_`. */
export function canonicalKey(key: string): string {
  return key.trim().toLowerCase().replace(/[^a-z0-9_]/g, "_");
}
