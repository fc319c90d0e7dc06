/**
 * Makes a component's bytes ready to run: transpiles and meters it, or takes the result from the cache. Never runs
 * guest code.
 */

import { sha256Hex } from "../base/digest.ts";
import type { Limits } from "../base/limits.ts";
import { ComponentCache } from "./cache.ts";
import { checkSynchronous } from "./canon.ts";
import type { CoreModule } from "./transpile.ts";
import { TRANSPILER } from "./transpiler.ts";
import { PAGE_BYTES } from "./wasm_page.ts";
import type { ComponentShape } from "./world.ts";

/** Version of what metering writes: part of every cache key. */
export const METER_VERSION = "5";

/** What components are prepared with: part of every cache key. */
export const TOOLS = `${TRANSPILER} meter.${METER_VERSION}`;

/** A component that can be instantiated. */
export interface Prepared {
  /** What the preparation depends on, as one SHA-256 in hex. */
  readonly key: string;
  /** What it was prepared with. */
  readonly tools: string;
  /** The entry that it came from when it was prepared first, for people. */
  readonly place: string;
  /** `sha256:` and the hex digest of the component's bytes. */
  readonly digest: string;
  /** The names at its border. */
  readonly shape: ComponentShape;
  /** The body of a function that wires imports, cores and exports. */
  readonly glue: string;
  /** The metered core modules. */
  readonly cores: readonly CoreModule[];
}

/** What {@linkcode prepare} needs beside the bytes. */
export interface PrepareOptions {
  /** The entry the component comes from, for messages. */
  readonly place: string;
  /** The names at the component's border, as they were read. */
  readonly shape: ComponentShape;
  /** The limits that are written into its core modules. */
  readonly limits: Pick<Limits, "maxMemoryBytes" | "maxTableElements">;
  /** Where prepared components are kept, or null for nowhere. */
  readonly cacheDir: string | null;
  /** What the process has prepared already, by key. @default nothing */
  readonly kept?: (key: string) => Prepared | undefined;
  /** Told whether the component was there already, before the long work begins. @default nobody */
  readonly onFound?: (found: boolean) => void;
  /** Told when the cache could not be used; the run goes on without it. */
  readonly onCacheFault: (error: unknown) => void;
}

/**
 * Prepares a component.
 *
 * @throws {RunnerError} `component.*` when the component cannot be transpiled or cannot be metered.
 */
export async function prepare(
  bytes: Uint8Array<ArrayBuffer>,
  options: PrepareOptions,
): Promise<{ prepared: Prepared; cacheHit: boolean }> {
  const { place, shape, limits } = options;
  const { digest, key, maxPages } = await keyOf(bytes, limits);
  checkSynchronous(bytes, place);
  const cache = options.cacheDir === null ? null : new ComponentCache(options.cacheDir);
  const found = options.kept?.(key) ?? await tolerant(() => cache?.load(key), options);
  options.onFound?.(Boolean(found));
  if (found) return { prepared: found, cacheHit: true };

  const { transpile } = await import("./transpile.ts");
  const { meterModule } = await import("./meter.ts");
  const { glue, cores } = await transpile(bytes, shape, place);
  const metered = cores.map(({ name, bytes }) => ({
    name,
    bytes: new Uint8Array(meterModule(bytes, { maxPages, maxTableElements: limits.maxTableElements, place })),
  }));
  const prepared: Prepared = {
    key,
    tools: TOOLS,
    place,
    digest: `sha256:${digest}`,
    shape,
    glue,
    cores: metered,
  };
  await tolerant(() => cache?.store(prepared), options);
  return { prepared, cacheHit: false };
}

/** Whether a component is in a cache, as {@linkcode prepare} would find it there; one that cannot be read has nothing. */
export async function isPrepared(
  bytes: Uint8Array,
  { limits, cacheDir }: { limits: KeyLimits; cacheDir: string },
): Promise<boolean> {
  const { key } = await keyOf(bytes, limits);
  return await new ComponentCache(cacheDir).load(key).then((found) => found !== null, () => false);
}

/** The limits that decide how components are prepared. */
type KeyLimits = Pick<Limits, "maxMemoryBytes" | "maxTableElements">;

async function keyOf(
  bytes: Uint8Array,
  { maxMemoryBytes, maxTableElements }: KeyLimits,
): Promise<{ digest: string; key: string; maxPages: number }> {
  const digest = await sha256Hex(bytes);
  const maxPages = Math.floor(maxMemoryBytes / PAGE_BYTES);
  const text = [digest, TOOLS, maxPages, maxTableElements].join("\n");
  return { digest, key: await sha256Hex(new TextEncoder().encode(text)), maxPages };
}

async function tolerant<T>(
  work: () => Promise<T> | undefined,
  options: PrepareOptions,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    options.onCacheFault(error);
    return undefined;
  }
}
