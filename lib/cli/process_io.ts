/** The process as the command sees it: its streams and its interrupts. The only file that writes to them. */

import type { CommandIo } from "./print.ts";

/** The process's streams and interrupts, until disposed of. A second interrupt ends the process at once. */
export function processIo(): CommandIo & Disposable {
  const controller = new AbortController();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  function onSignal(): void {
    if (controller.signal.aborted) Deno.exit(130);
    controller.abort(new Error("Interrupted"));
  }
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  return {
    stdout: (text) => write(Deno.stdout, text),
    stderr: (text) => write(Deno.stderr, text),
    stdin: () => readStdin(controller.signal),
    interrupt: controller.signal,
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
    },
  };
}

async function readStdin(signal: AbortSignal): Promise<string> {
  // Without the signal an interrupt would not end the wait for somebody to type.
  return await new Response(Deno.stdin.readable.pipeThrough(new TransformStream(), { signal })).text();
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    // Whoever read this has gone, as `head` does; the work goes on.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
