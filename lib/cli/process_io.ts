/** The process as the command sees it: its streams and its interrupts. The only file that writes to them. */

import { RunnerError } from "../base/errors.ts";
import type { Streams } from "./print.ts";

/** How long one interrupt may arrive more than once, from a terminal and from a parent process, in milliseconds. */
const ECHO_MS = 1000;
/** How long to wait for a reader that is slower than the command, in milliseconds. */
const PATIENCE_MS = 5;

/** The process's streams and interrupts, until disposed of. A second interrupt calls `exit` at once. */
export function processIo(exit: (code: number) => never): Streams & Disposable {
  const controller = new AbortController();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  let first: number | null = null;
  function onSignal(): void {
    if (first === null) {
      first = performance.now();
      controller.abort(new Error("Interrupted"));
    } else if (performance.now() - first > ECHO_MS) exit(130);
  }
  let listening = false, unread = false;
  function interrupt(): AbortSignal {
    if (!listening) { for (const signal of signals) Deno.addSignalListener(signal, onSignal); }
    listening = true;
    return controller.signal;
  }
  return {
    stdout(text) {
      if (!write(Deno.stdout, text)) unread = true;
    },
    stderr(text) {
      try {
        write(Deno.stderr, text);
      } catch {
        // Nobody can be told, and what was asked for must not suffer.
      }
    },
    stdin: (limit) => readStdin(interrupt(), limit),
    unread: () => unread,
    /** Signals are listened to once somebody asks for this: before, there is nothing that has to be ended well. */
    get interrupt() {
      return interrupt();
    },
    terminal: async () => (await import("./terminal.ts")).processTerminal(),
    [Symbol.dispose]() {
      if (listening) { for (const signal of signals) Deno.removeSignalListener(signal, onSignal); }
    },
  };
}

/** Room for standard input at first, in bytes: for any pack under the usual limit. What is not used costs nothing. */
const ROOM_BYTES = 64 * 1024 * 1024 + 1;

/** Standard input up to a limit. It is read into one buffer: pieces would lie beside the whole until much later. */
async function readStdin(signal: AbortSignal, limit: number = Infinity): Promise<Uint8Array> {
  signal.throwIfAborted();
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const interrupt = () => {
    // A read that goes on keeps the process alive, also when nobody waits for it.
    Deno.stdin.close();
    reject(signal.reason);
  };
  signal.addEventListener("abort", interrupt);
  let bytes = new Uint8Array(Math.min(ROOM_BYTES, limit)), size = 0;
  try {
    while (size < limit) {
      const count = await Promise.race([Deno.stdin.read(bytes.subarray(size)), interrupted]);
      if (count === null) break;
      size += count;
      if (size < bytes.length) continue;
      const room = Math.min(Math.ceil(bytes.length * 1.5), limit);
      bytes = new Uint8Array(bytes.buffer.transfer(room));
    }
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
  return bytes.subarray(0, size);
}

/** Writes a text; gives false when whoever read this has gone, as `head` does. */
function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += stream.writeSync(bytes.subarray(at));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return false;
      if (!(error instanceof Deno.errors.WouldBlock)) {
        throw new RunnerError("artifacts.write", "Standard output cannot be written", { cause: error });
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE_MS);
    }
  }
  return true;
}
