// deno-lint-ignore-file no-console -- a process talks to whoever started it
/**
 * A process that opens every fixture pack with every kind of change in every part of its archive: each local header,
 * data, directory record and end record. Tells how many it opened, the codes they ended with, the longest time, and the
 * most memory it took.
 */

import { RunnerError } from "../../lib/base/errors.ts";
import { openPack } from "../../lib/pack/open.ts";
import { packPath } from "../_helpers.ts";
import { DEVOK } from "../pack/_packs.ts";
import { mutate, type Mutation, regionsOf } from "./_mutate.ts";

/** What the process tells. */
export interface Tally {
  /** Archives that were opened. */
  opened: number;
  /** Parts that were changed. */
  parts: number;
  /** How often each code was met; `ok` for none, `crash` for what is no error of this library. */
  readonly codes: Record<string, number>;
  /** The longest that one took, in milliseconds. */
  longestMs: number;
  /** The most memory that the process took, in MiB; 0 where nobody tells. */
  mib: number;
}

const TYPES: readonly Mutation["type"][] = ["flip", "set", "fill", "cut", "insert", "repeat", "swap", "end"];
/** Where in a part. */
const PLACES = [0, 0.3, 0.7, 0.999];
/** How much, and of what. */
const AMOUNTS = [{ length: 1, value: 0xff }, { length: 9, value: 0 }];

async function openOne(archive: Uint8Array, tally: Tally): Promise<void> {
  const begin = performance.now();
  const code = await openPack(archive, DEVOK).then(
    () => "ok",
    (error: unknown) => error instanceof RunnerError ? error.code : "crash",
  );
  tally.opened++;
  tally.codes[code] = (tally.codes[code] ?? 0) + 1;
  tally.longestMs = Math.max(tally.longestMs, performance.now() - begin);
}

if (import.meta.main) {
  const tally: Tally = { opened: 0, parts: 0, codes: {}, longestMs: 0, mib: 0 };
  for (const name of Deno.args) {
    const archive = await Deno.readFile(packPath(name));
    for (const part of regionsOf(archive)) {
      tally.parts++;
      for (const type of TYPES) {
        for (const at of PLACES) {
          for (const amount of AMOUNTS) await openOne(mutate(archive, { type, at, ...amount }, part), tally);
        }
      }
    }
  }
  const status = Deno.build.os === "linux" ? await Deno.readTextFile("/proc/self/status") : "";
  tally.mib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  console.log(JSON.stringify(tally));
}
