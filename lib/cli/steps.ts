/**
 * Tells of long work that goes on before a flow begins: a large pack that is read, components that are prepared. On a
 * terminal by the live line; elsewhere by a line where its size says that it takes a second or more, so that
 * the same work is told in the same way however fast the machine is.
 */

import type { OnProgress, PreparedProgress, Progress, ReadingProgress } from "../base/progress.ts";
import type { RunStage } from "../base/result.ts";
import { bytesText, type CommandIo, line } from "./print.ts";

/** How much is told: only what went wrong, what happens, or everything. */
export type Level = "quiet" | "normal" | "verbose";

/** How much a command line asks to be told. */
export function levelOf({ quiet, verbose }: { readonly quiet: boolean; readonly verbose: boolean }): Level {
  return quiet ? "quiet" : verbose ? "verbose" : "normal";
}

/** A component from this size takes about a second to prepare, in bytes. */
const LONG_COMPONENT_BYTES = 5_000_000;
/** A pack from this size takes about a second to read and check, in bytes. */
const LONG_PACK_BYTES = 200_000_000;
/** How long a pack is read before anybody is told, in milliseconds. */
const PATIENCE_MS = 300;

/** What tells of long work of a command. */
export function stepTeller(io: CommandIo, level: Level = "normal"): OnProgress {
  if (level === "quiet") return () => {};
  const verbose = level === "verbose";
  const told = (text: string) => io.stderr(`${line(text)}\n`);
  let readSinceMs = 0;
  let stage: { readonly name: RunStage; readonly sinceMs: number } | null = null;

  function onReading({ pack, bytes, of }: ReadingProgress): void {
    if (bytes === 0) readSinceMs = performance.now();
    if (bytes === 0 && of >= LONG_PACK_BYTES && !io.terminal.live) {
      told(`reading   ${pack}, ${bytesText(of)}`);
    }
    if (bytes === of) return io.step(null);
    const text = line(`reading ${bytesText(bytes)} of ${bytesText(of)}: ${pack}`);
    io.step({ text, sinceMs: readSinceMs, afterMs: PATIENCE_MS });
  }

  function onPrepared({ id, digest, cacheHit, prepareMs }: PreparedProgress): void {
    io.step(null);
    if (verbose) told(`${cacheHit ? "cached   " : "prepared "} ${id}  ${digest}  ${prepareMs.toFixed(0)} ms`);
  }

  return (progress: Progress) => {
    switch (progress.type) {
      case "stage": {
        const now = performance.now();
        if (verbose && stage !== null) told(stageLine(stage.name, now - stage.sinceMs));
        stage = progress.stage === null ? null : { name: progress.stage, sinceMs: now };
        break;
      }
      case "reading":
        return onReading(progress);
      case "preparing": {
        const { id, bytes, number, of } = progress;
        const which = `${id} (${number} of ${of})`;
        if (verbose || bytes >= LONG_COMPONENT_BYTES && !io.terminal.live) {
          return told(`preparing ${which}, ${bytesText(bytes)}`);
        }
        // At once: the thread that could tell it later is busy then.
        return io.step({ text: line(`preparing ${which}`), sinceMs: performance.now(), afterMs: 0 });
      }
      case "prepared":
        return onPrepared(progress);
    }
  };
}

/** What is told of a stage that has ended. */
function stageLine(name: RunStage, ms: number): string {
  return `stage     ${name}  ${ms.toFixed(0)} ms`;
}
