/**
 * The prepared and compiled components of a run, each made once. Never instantiates: hosts do.
 */

import type { Invocation } from "../base/call.ts";
import { unshared } from "../base/digest.ts";
import { RunnerError } from "../base/errors.ts";
import type { ComponentUse } from "../base/result.ts";
import type { ComponentFile, ComponentHostOptions, ComponentWish } from "./component.ts";
import type { GuestComponent } from "./messages.ts";
import { prepare, type Prepared } from "./prepare.ts";
import { WASI_INTERFACES } from "./wasi.ts";
import { chooseWorld, type HostOffers, withoutVersion, type World } from "./world.ts";

/** A prepared component with its compiled cores, whose bytes are no longer needed. */
export interface Compiled {
  readonly prepared: Prepared;
  readonly guest: Promise<GuestComponent>;
}

/** Compiled components by cache key: may outlive a run, so that the next one neither reads nor compiles them. */
export type CompiledComponents = Map<string, Compiled>;

/** A component that is ready to be called. */
export interface Ready {
  /** What an instance is made from. */
  readonly guest: GuestComponent;
  /** The world for this way of calling. */
  readonly world: World;
  /** What the run's record says of it. */
  readonly use: ComponentUse;
}

interface Made {
  readonly prepared: Prepared;
  readonly guest: GuestComponent;
  readonly cacheHit: boolean;
  readonly prepareMs: number;
}

/** Finds, prepares and compiles components on demand. */
export class ComponentLibrary {
  readonly #options: ComponentHostOptions;
  readonly #offers: HostOffers;
  readonly #files: ReadonlyMap<string, ComponentFile>;
  readonly #compiled: CompiledComponents;
  readonly #made = new Map<string, Promise<Made>>();

  /** Serves the components of one run; `compiled` may be shared with other runs. */
  constructor(options: ComponentHostOptions, compiled: CompiledComponents) {
    this.#options = options;
    this.#offers = new Map([
      ...options.offers,
      ...WASI_INTERFACES.map((name): [string, string[]] => [`${name}@0.2`, []]),
    ]);
    this.#files = new Map(options.components.map((file) => [file.id, file]));
    this.#compiled = compiled;
  }

  /** The component, ready to be called. */
  async ready(id: string, via: Invocation["via"]): Promise<Ready> {
    const file = this.#files.get(id);
    if (!file) {
      const known = [...this.#files.keys()].join(", ");
      throw new RunnerError("node.component", `component '${id}' not found in pack`, {
        hint: known === "" ? "The pack has no components" : `The pack has: ${known}`,
      });
    }
    let made = this.#made.get(id);
    if (made === undefined) this.#made.set(id, made = this.#make(file));
    const { prepared, guest, cacheHit, prepareMs } = await made;
    const world = chooseWorld(prepared.shape, via, file.entry);
    const use = {
      id,
      origin: file.origin,
      entry: file.entry,
      digest: prepared.digest,
      world: world.interface,
      cacheHit,
      prepareMs,
    };
    return { guest, world, use };
  }

  /** All components of a list, prepared side by side; the first failure is thrown once all have settled. */
  async readyAll(wishes: Iterable<ComponentWish>): Promise<Ready[]> {
    const settled = await Promise.allSettled(Array.from(wishes, ({ id, via }) => this.ready(id, via)));
    return settled.map((result) => {
      if (result.status === "rejected") throw result.reason;
      return result.value;
    });
  }

  /** What the record says of components, each once. */
  static usesOf(all: readonly Ready[]): ComponentUse[] {
    return [...new Map(all.map(({ use }) => [use.id, use])).values()];
  }

  async #make(file: ComponentFile): Promise<Made> {
    const start = performance.now();
    const { limits, cacheDir, emit } = this.#options;
    const { prepared, cacheHit } = await prepare(unshared(await file.bytes()), {
      place: file.entry,
      offers: this.#offers,
      maxMemoryBytes: limits.maxMemoryBytes,
      cacheDir,
      kept: (key) => this.#compiled.get(key)?.prepared,
      onCacheFault(error) {
        const reason = error instanceof Error ? error.message : String(error);
        emit({
          type: "warning",
          code: "cache",
          message: `Cache cannot be used: ${reason}`,
          place: cacheDir ?? "",
        });
      },
    });
    let compiled = this.#compiled.get(prepared.key);
    if (compiled === undefined) {
      compiled = { prepared: { ...prepared, cores: [] }, guest: this.#compile(prepared, file.entry) };
      this.#compiled.set(prepared.key, compiled);
    }
    return { prepared, guest: await compiled.guest, cacheHit, prepareMs: performance.now() - start };
  }

  async #compile(prepared: Prepared, place: string): Promise<GuestComponent> {
    const cores = await Promise.all(
      prepared.cores.map(async ({ name, bytes }) => [name, await compile(bytes, place)] as const),
    );
    const imports = prepared.shape.imports.map((name): [string, readonly string[]] => [
      name,
      this.#offers.get(name) ?? this.#offers.get(`${withoutVersion(name)}@0.2`) ?? [],
    ]);
    return { key: prepared.key, glue: prepared.glue, cores, imports };
  }
}

async function compile(core: Uint8Array<ArrayBuffer>, place: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(core);
  } catch (cause) {
    throw new RunnerError("component.invalid", "Component has a core module that the engine refuses", {
      place,
      cause,
    });
  }
}
