/**
 * What a caller may say of the world that guests see: environment, arguments, folders, clocks, randomness. Nothing of it
 * is inherited from the process.
 */

import { withoutTrailingSlash } from "./base/paths.ts";
import { array, checkNames, invalid, object, oneOf, string, text } from "./option_checks.ts";

/** A clock that guests see in place of the machine's. */
export interface TimeMock {
  /** The time at the start of every call of a component: ISO 8601 text, or milliseconds since 1970. */
  readonly now: string | number;
  /** Milliseconds by which each reading moves the clock on. @default {0} */
  readonly advanceMs?: number;
}

/** A folder that guests are given. */
export interface WasiDir {
  /** The folder on this machine. */
  readonly host: string;
  /** The absolute path by which guests know it. */
  readonly guest: string;
  /** Whether guests may only read. @default {false} */
  readonly readOnly?: boolean;
}

/** What guests see of the world through WASI. Nothing of it is inherited from the process. */
export interface WasiOptions {
  /** Environment variables. @default {{}} */
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments, behind the component's id as the program's name. @default {[]} */
  readonly args?: readonly string[];
  /** Folders, within what Deno permits. The pack's `assets/` is at `/assets`, read-only, in any case. @default {[]} */
  readonly dirs?: readonly WasiDir[];
}

/** What is said of it in the options of a run. */
export interface GivenWasi {
  readonly wasi?: WasiOptions | undefined;
  readonly time?: TimeMock | undefined;
  readonly seed?: string | number | undefined;
}

/** What guests see of the world, with every default filled in. */
export interface ResolvedWasi {
  readonly environment: readonly (readonly [name: string, value: string])[];
  readonly arguments: readonly string[];
  readonly dirs: readonly Required<WasiDir>[];
  readonly clock: { readonly nowMs: number; readonly advanceMs: number } | null;
  readonly seed: string | null;
}

/**
 * What guests see of the world.
 *
 * @throws {RunnerError} `option.invalid`, naming the option.
 */
export function resolveWasi({ wasi = {}, time, seed }: GivenWasi): ResolvedWasi {
  checkNames("wasi option", Object.keys(object("wasi", wasi)), ["env", "args", "dirs"]);
  const { env = {}, args = [], dirs = [] } = wasi;
  if (seed !== undefined && typeof seed !== "string" && typeof seed !== "number") {
    throw invalid("seed", seed, "a text or a number");
  }
  return {
    environment: Object.entries(object("wasi.env", env)).map(([name, value]) => {
      if (/^[^=\0]+$/.test(name)) return [name, string(`wasi.env.${name}`, value)];
      throw invalid("wasi.env", name, "names without = in them");
    }),
    arguments: array("wasi.args", args).map((item) => string("wasi.args", item)),
    dirs: distinct(array("wasi.dirs", dirs).map((dir, i) => dirOf(`wasi.dirs[${i}]`, dir))),
    clock: clockOf(time),
    seed: seed === undefined ? null : String(seed),
  };
}

/** Folders of which no two have one path: which of them a guest would open is up to the guest. */
function distinct(dirs: readonly Required<WasiDir>[]): readonly Required<WasiDir>[] {
  const twin = dirs.find(({ guest }, i) => dirs.findIndex((other) => other.guest === guest) < i);
  if (twin === undefined) return dirs;
  throw invalid("wasi.dirs", dirs.map(({ guest }) => guest), "folders of different paths");
}

function dirOf(name: string, dir: WasiDir): Required<WasiDir> {
  checkNames("folder option", Object.keys(object(name, dir)), ["host", "guest", "readOnly"]);
  const { host, guest, readOnly = false } = dir;
  const path = withoutTrailingSlash(text(`${name}.guest`, guest));
  if (path !== "/" && !/^(?:\/(?!\.{1,2}(?:\/|$))[^/\0]+)+$/.test(path)) {
    throw invalid(`${name}.guest`, guest, "an absolute path without dots, such as /data");
  }
  return {
    host: text(`${name}.host`, host),
    guest: path,
    readOnly: oneOf(`${name}.readOnly`, readOnly, [true, false]),
  };
}

function clockOf(time: TimeMock | undefined): ResolvedWasi["clock"] {
  if (time === undefined) return null;
  checkNames("time mock", Object.keys(object("mocks.time", time)), ["now", "advanceMs"]);
  const { now, advanceMs = 0 } = time;
  const nowMs = typeof now === "number" ? now : instantOf(text("mocks.time.now", now));
  if (!Number.isFinite(nowMs) || nowMs < 0) {
    throw invalid("mocks.time.now", now, "a time such as 2026-01-01T12:00:00Z");
  }
  if (!Number.isFinite(advanceMs) || advanceMs < 0) {
    throw invalid("mocks.time.advanceMs", advanceMs, "a number of milliseconds from 0");
  }
  return { nowMs, advanceMs };
}

/** A time that says its zone, so that it is the same on every machine: ISO 8601. NaN for others. */
function instantOf(text: string): number {
  return /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : NaN;
}
