/** The process as the command sees it: its streams and its interrupts. The only file that writes to them. */

import { concatBytes } from "../base/bytes.ts";
import { RunnerError } from "../base/errors.ts";
import type { CommandIo } from "./print.ts";

/** How long one interrupt may arrive more than once, from a terminal and from a parent process, in milliseconds. */
const ECHO_MS = 1000;
/** How long to wait for a reader that is slower than the command, in milliseconds. */
const PATIENCE_MS = 5;

/** The process's streams and interrupts, until disposed of. A second interrupt calls `exit` at once. */
export function processIo(exit: (code: number) => never): CommandIo & Disposable {
  const controller = new AbortController();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  let first: number | null = null;
  function onSignal(): void {
    if (first === null) {
      first = performance.now();
      controller.abort(new Error("Interrupted"));
    } else if (performance.now() - first > ECHO_MS) exit(130);
  }
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  return {
    stdout: (text) => write(Deno.stdout, text),
    stderr(text) {
      try {
        write(Deno.stderr, text);
      } catch {
        // Nobody can be told, and what was asked for must not suffer.
      }
    },
    stdin: (limit) => readStdin(controller.signal, limit),
    interrupt: controller.signal,
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
    },
  };
}

async function readStdin(signal: AbortSignal, limit: number = Infinity): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Without the signal an interrupt would not end the wait for somebody to type.
  for await (const piece of Deno.stdin.readable.pipeThrough(new TransformStream(), { signal })) {
    pieces.push(piece);
    size += piece.length;
    if (size >= limit) break;
  }
  return concatBytes(pieces).subarray(0, limit);
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += stream.writeSync(bytes.subarray(at));
    } catch (error) {
      // Whoever read this has gone, as `head` does; the work goes on.
      if (error instanceof Deno.errors.BrokenPipe) return;
      if (!(error instanceof Deno.errors.WouldBlock)) {
        throw new RunnerError("artifacts.write", "Standard output cannot be written", { cause: error });
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE_MS);
    }
  }
}
