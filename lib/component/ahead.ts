/**
 * Makes ready, while a pack is opened and verified, what its last run used: prepared components are taken from the cache
 * and compiled, and their glue is loaded in the worker. A guess: what the run does not use costs a little, and nothing
 * of the pack itself is looked at.
 *
 * A note in the cache says which components a run used: their keys, as JSON, under the digest of what the run is of.
 */

import { sha256Hex } from "../base/digest.ts";
import { isArray, type Json } from "../base/json.ts";
import { ComponentCache } from "./cache.ts";
import { compileCores, type CompiledComponents } from "./compiled.ts";
import { TOOLS } from "./prepare.ts";
import type { GuestWorker } from "./worker_pool.ts";

/** What the names of notes end in. */
export const NOTE_SUFFIX = ".ahead";

const KEY_REGEXP = /^[0-9a-f]{64}$/;
/** Most components that a note names: a flow has a few. */
const MAX_KEYS = 64;

/** What is made ready for one run. */
export class Ahead {
  readonly #cache: ComponentCache | null;
  readonly #compiled: CompiledComponents;
  readonly #name: Promise<string | null>;
  #noted: readonly string[] = [];

  /** `identity` says what the run is of, so that the next run of the same finds the note; null for no notes. */
  constructor(cacheDir: string | null, compiled: CompiledComponents, identity: Promise<string | null>) {
    this.#cache = cacheDir === null ? null : new ComponentCache(cacheDir);
    this.#compiled = compiled;
    this.#name = cacheDir === null ? Promise.resolve(null) : noteName(identity);
  }

  /** Makes ready what the last run used. Never throws: the run itself tells what is wrong with the cache. */
  async start(worker: GuestWorker | null): Promise<void> {
    try {
      const name = await this.#name;
      if (name === null) return;
      this.#noted = parseNote(await this.#cache?.read(name) ?? null);
      await Promise.all(this.#noted.map((key) => this.#load(key, worker)));
    } catch {
      // Whatever could not be made ready now is made when it is needed.
    }
  }

  async #load(key: string, worker: GuestWorker | null): Promise<void> {
    if (this.#compiled.has(key)) return;
    const prepared = await this.#cache?.load(key) ?? null;
    if (prepared === null) return;
    worker?.prime(key, prepared.glue);
    const cores = await compileCores(prepared.cores);
    this.#compiled.set(key, { prepared: { ...prepared, cores: [] }, cores: Promise.resolve(cores) });
  }

  /** Notes what the run used, unless that is known. Never throws. */
  async note(keys: readonly string[]): Promise<void> {
    const sorted = [...new Set(keys)].sort();
    const name = await this.#name;
    if (name === null || sorted.length > MAX_KEYS || sorted.join() === this.#noted.join()) return;
    // A cache that is only read gets no note, and nobody is asked whether it may.
    if (!this.#cache?.isWritable) return;
    try {
      await this.#cache.write(name, new TextEncoder().encode(JSON.stringify(sorted)));
    } catch {
      // The next run does without.
    }
  }
}

/**
 * Whether a cache that may be read has all that the last run of the same used, prepared as it would be now; false where
 * nothing is noted.
 */
export async function hasNoted(cacheDir: string, identity: Promise<string | null>): Promise<boolean> {
  const cache = new ComponentCache(cacheDir);
  const name = await noteName(identity);
  const keys = name === null ? [] : parseNote(await cache.read(name).catch(() => null));
  if (keys.length === 0) return false;
  const all = await Promise.all(keys.map((key) => cache.load(key).catch(() => null)));
  return all.every((prepared) => prepared?.tools === TOOLS);
}

async function noteName(identity: Promise<string | null>): Promise<string | null> {
  const known = await identity;
  return known === null ? null : `${await sha256Hex(new TextEncoder().encode(known))}${NOTE_SUFFIX}`;
}

/** The keys in a note; none for what is no note. */
export function parseNote(bytes: Uint8Array | null): readonly string[] {
  if (bytes === null) return [];
  let value: Json;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return [];
  }
  const keys = isArray(value) ? value.slice(0, MAX_KEYS) : [];
  return keys.filter((key) => typeof key === "string" && KEY_REGEXP.test(key)) as string[];
}
