/**
 * The prepared and compiled components of a run, each made once, with those that they are linked to. Never
 * instantiates: hosts do.
 */

import type { Invocation } from "../base/call.ts";
import { unshared } from "../base/digest.ts";
import { messageOf, RunnerError } from "../base/errors.ts";
import type { ComponentUse } from "../base/result.ts";
import { checkSynchronous } from "./canon.ts";
import type { ComponentFile, ComponentHostOptions, ComponentWish } from "./component.ts";
import { compileCores, type CompiledComponents } from "./compiled.ts";
import { CONTROL_INTERFACES } from "./control.ts";
import { type MissingImport, MissingImports, nearestOffer, offerFor, unofferedImports } from "./imports.ts";
import type { GuestComponent } from "./messages.ts";
import { prepare, type Prepared } from "./prepare.ts";
import { WASI_INTERFACES } from "./wasi.ts";
import { chooseWorld, type ComponentShape, type HostOffers, readShape, type World } from "./world.ts";

/** A component that is ready to be called. */
export interface Ready {
  /** What an instance is made from. */
  readonly guest: GuestComponent;
  /** The world for this way of calling. */
  readonly world: World;
  /** What the run's record says of it, and of those that it is linked to. */
  readonly uses: readonly ComponentUse[];
}

/** What a library needs of the options of its host. */
export type LibraryOptions = Pick<
  ComponentHostOptions,
  "components" | "offers" | "limits" | "cacheDir" | "emit" | "progress"
>;

/** A component that was read, and the components that stand in for the host. */
interface Linked {
  /** Its bytes, until it is prepared. */
  bytes: Uint8Array<ArrayBuffer> | null;
  readonly shape: ComponentShape;
  readonly links: readonly (readonly [name: string, exporter: ComponentFile])[];
}

interface Made {
  readonly file: ComponentFile;
  readonly prepared: Prepared;
  readonly guest: GuestComponent;
  readonly cacheHit: boolean;
  readonly prepareMs: number;
  readonly links: readonly (readonly [name: string, made: Made])[];
}

/** Finds, prepares and compiles components on demand. */
export class ComponentLibrary {
  readonly #options: LibraryOptions;
  readonly #offers: HostOffers;
  readonly #files: ReadonlyMap<string, ComponentFile>;
  readonly #compiled: CompiledComponents;
  readonly #linked = new Map<string, Promise<Linked>>();
  readonly #made = new Map<string, Promise<Made>>();
  #exports: Promise<Map<string, ComponentFile[]>> | null = null;
  /** How many components it is known of whether they were there already. */
  #found = 0;
  /** Components that are known to be in no circle. */
  readonly #uncircled = new Set<string>();
  /** What was last told to be wrong with the cache. */
  #told = "";

  /** Serves the components of one run; `compiled` may be shared with other runs. */
  constructor(options: LibraryOptions, compiled: CompiledComponents) {
    this.#options = options;
    this.#offers = new Map([
      ...options.offers,
      ...CONTROL_INTERFACES,
      ...WASI_INTERFACES.map((name): [string, string[]] => [`${name}@0.2`, []]),
    ]);
    this.#files = new Map(options.components.map((file) => [file.id, file]));
    this.#compiled = compiled;
  }

  /** The component, ready to be called. */
  async ready(id: string, via: Invocation["via"]): Promise<Ready> {
    const file = this.#file(id);
    const { shape } = await this.#link(file);
    const world = chooseWorld(shape, via, file.entry);
    await this.#checkCircle(file, []);
    const made = await this.#make(file);
    return { guest: made.guest, world, uses: usesOfLinked(made, world.interface) };
  }

  /**
   * All components of a list, prepared side by side once it is known that nobody lacks an import; the first failure is
   * thrown once all have settled.
   */
  async readyAll(wishes: Iterable<ComponentWish>): Promise<Ready[]> {
    const all = [...wishes];
    await this.#checkImports(new Set(all.map(({ id }) => id)));
    const settled = await Promise.allSettled(all.map(({ id, via }) => this.ready(id, via)));
    return settled.map((result) => {
      if (result.status === "rejected") throw result.reason;
      return result.value;
    });
  }

  /**
   * Reads the border of a component and of those that it is linked to, and prepares none of them.
   *
   * @returns What each of them imports and exports, the component itself first.
   * @throws {RunnerError} what {@linkcode ready} would throw before it transpiles.
   */
  async look({ id, via }: ComponentWish): Promise<Map<ComponentFile, ComponentShape>> {
    const file = this.#file(id);
    const own = await this.#link(file);
    chooseWorld(own.shape, via, file.entry);
    await this.#checkCircle(file, []);
    const shapes = new Map([[file, own.shape]]);
    // A map that grows while it is walked is walked to its end.
    for (const each of shapes.keys()) {
      const { bytes, links } = await this.#link(each);
      if (bytes !== null) checkSynchronous(bytes, each.entry);
      for (const [, linked] of links) shapes.set(linked, (await this.#link(linked)).shape);
    }
    return shapes;
  }

  /** The keys of all components that were prepared, for the cache. */
  async keys(): Promise<string[]> {
    const made = await Promise.allSettled(this.#made.values());
    return made.flatMap((result) => result.status === "fulfilled" ? [result.value.prepared.key] : []);
  }

  /** What the record says of components, each once. */
  static usesOf(all: readonly Ready[]): ComponentUse[] {
    const uses = new Map<string, ComponentUse>();
    // What a component is itself called for is told before what it is linked for.
    for (const { uses: [own] } of all) if (own !== undefined) uses.set(own.id, uses.get(own.id) ?? own);
    for (const use of all.flatMap(({ uses }) => uses)) uses.set(use.id, uses.get(use.id) ?? use);
    return [...uses.values()];
  }

  /** Tells all imports that nobody offers at once, before anything is transpiled. Other faults are told in their turn. */
  async #checkImports(ids: Iterable<string>): Promise<void> {
    const files = Array.from(ids, (id) => this.#files.get(id)).filter((file) => file !== undefined);
    const settled = await Promise.allSettled(files.map((file) => this.#link(file)));
    const missing = settled.flatMap((result) =>
      result.status === "rejected" && result.reason instanceof MissingImports ? result.reason.missing : []
    );
    if (missing.length > 0) throw new MissingImports(missing);
  }

  #file(id: string): ComponentFile {
    const file = this.#files.get(id);
    if (file !== undefined) return file;
    const known = [...this.#files.keys()].join(", ");
    throw new RunnerError("node.component", `component '${id}' not found in pack`, {
      hint: known === "" ? "The pack has no components" : `The pack has: ${known}`,
    });
  }

  #link(file: ComponentFile): Promise<Linked> {
    return once(this.#linked, file.id, () => this.#linkNow(file));
  }

  /** Reads a component, and finds who offers what it imports. */
  async #linkNow(file: ComponentFile): Promise<Linked> {
    const bytes = unshared(await file.bytes());
    const shape = readShape(bytes, file.entry);
    const links: [string, ComponentFile][] = [];
    const missing: MissingImport[] = [];
    for (const name of unofferedImports(shape, this.#offers)) {
      const exporters = await this.#exporters(name, file.id);
      if (exporters.length === 1) links.push([name, exporters[0]!]);
      else missing.push({ entry: file.entry, name, ...this.#insteadOf(name, exporters) });
    }
    if (missing.length > 0) throw new MissingImports(missing);
    return { bytes, shape, links };
  }

  /** What there is in place of an import that is lacking. */
  #insteadOf(
    name: string,
    exporters: readonly ComponentFile[],
  ): Pick<MissingImport, "nearest" | "exporters"> {
    if (exporters.length > 0) return { exporters: exporters.map(({ entry }) => entry) };
    const nearest = nearestOffer(name, this.#offers.keys());
    return nearest === undefined ? {} : { nearest };
  }

  /** The other components of the pack that export an interface. */
  async #exporters(name: string, importer: string): Promise<ComponentFile[]> {
    const exporters = await (this.#exports ??= this.#readExports());
    return (exporters.get(name) ?? []).filter(({ id }) => id !== importer);
  }

  /** All components of the pack by the interfaces that they export: read once, and only when one imports from another. */
  async #readExports(): Promise<Map<string, ComponentFile[]>> {
    const all = new Map<string, ComponentFile[]>();
    for (const file of this.#files.values()) {
      try {
        const { exports } = readShape(await file.bytes(), file.entry);
        for (const name of exports) all.set(name, [...all.get(name) ?? [], file]);
      } catch (error) {
        if (!(error instanceof RunnerError)) throw error; // a component that cannot be read exports nothing
      }
    }
    return all;
  }

  /** Throws when a component is linked to itself over others: each would wait for the next. */
  async #checkCircle(file: ComponentFile, importers: readonly string[]): Promise<void> {
    if (importers.includes(file.id)) {
      const circle = [...importers, file.id].join(" > ");
      throw new RunnerError(
        "component.invalid",
        `Components are linked to each other in a circle: ${circle}`,
        {
          place: file.entry,
        },
      );
    }
    if (this.#uncircled.has(file.id)) return;
    for (const [, other] of (await this.#link(file)).links) {
      await this.#checkCircle(other, [...importers, file.id]);
    }
    this.#uncircled.add(file.id);
  }

  /** Prepares a component that is in no circle. */
  #make(file: ComponentFile): Promise<Made> {
    return once(this.#made, file.id, () => this.#makeNow(file));
  }

  async #makeNow(file: ComponentFile): Promise<Made> {
    const read = await this.#link(file);
    const { shape } = read;
    const links = await Promise.all(
      read.links.map(async ([name, other]) => [name, await this.#make(other)] as const),
    );
    const bytes = read.bytes!;
    read.bytes = null;
    const start = performance.now();
    const { limits, cacheDir, progress } = this.#options;
    const { prepared, cacheHit } = await prepare(bytes, {
      place: file.entry,
      shape,
      limits,
      cacheDir,
      kept: (key) => this.#compiled.get(key)?.prepared,
      onFound: (found) => this.#tellFound(file, found, bytes.length),
      onCacheFault: (error) => this.#warnOfCache(error),
    });
    let compiled = this.#compiled.get(prepared.key);
    if (compiled === undefined) {
      compiled = { prepared: { ...prepared, cores: [] }, cores: compiledCores(prepared, file.entry) };
      this.#compiled.set(prepared.key, compiled);
    }
    const linked = links.map(([name, made]) => [name, made.guest] as const);
    const guest = this.#guest(prepared, await compiled.cores, linked);
    const prepareMs = performance.now() - start;
    progress?.({ type: "prepared", id: file.id, digest: prepared.digest, cacheHit, prepareMs });
    return { file, prepared, guest, cacheHit, prepareMs, links };
  }

  #tellFound({ id }: ComponentFile, found: boolean, bytes: number): void {
    const number = ++this.#found;
    if (!found) this.#options.progress?.({ type: "preparing", id, bytes, number, of: this.#linked.size });
  }

  #guest(
    { key, glue, shape }: Prepared,
    cores: GuestComponent["cores"],
    links: GuestComponent["links"],
  ): GuestComponent {
    const linked = links.map(([name]) => name);
    const imports = shape.imports.filter((name) => !linked.includes(name)).map(
      (name): GuestComponent["imports"][number] => {
        const offer = offerFor(name, this.#offers) ?? name;
        return [name, this.#offers.get(offer) ?? [], offer];
      },
    );
    return { key: [key, ...linkedKeys(links)].join("+"), glueKey: key, glue, cores, imports, links };
  }

  #warnOfCache(error: unknown): void {
    const { cacheDir, emit } = this.#options;
    const message = `Cache cannot be used: ${messageOf(error)}`;
    // What hinders several components is told once.
    if (message === this.#told) return;
    this.#told = message;
    emit({ type: "warning", code: "cache", message, place: cacheDir ?? "" });
  }
}

/** The keys of all components that links lead to, each once: who imports from whom follows from who there is. */
function linkedKeys(links: GuestComponent["links"]): Set<string> {
  return new Set(links.flatMap(([, { key }]) => key.split("+")));
}

/** What the record says of a component that is called or linked through an interface, and of what it is linked to. */
function usesOfLinked(made: Made, world: string, told: Set<Made> = new Set()): ComponentUse[] {
  if (told.has(made)) return [];
  told.add(made);
  const { file: { id, origin, entry }, prepared: { digest }, cacheHit, prepareMs, links } = made;
  return [
    { id, origin, entry, digest, world, cacheHit, prepareMs },
    ...links.flatMap(([name, linked]) => usesOfLinked(linked, name, told)),
  ];
}

/** What was made for a key, or is being made. */
function once<T>(all: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let made = all.get(key);
  if (made === undefined) all.set(key, made = make());
  return made;
}

/** Compiles the cores of a component that the engine may refuse. */
async function compiledCores({ cores }: Prepared, place: string): Promise<GuestComponent["cores"]> {
  try {
    return await compileCores(cores);
  } catch (cause) {
    throw new RunnerError("component.invalid", "Component has a core module that the engine refuses", {
      place,
      cause,
    });
  }
}
