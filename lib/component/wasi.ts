/**
 * The small WASI 0.2 that every guest instance carries itself: an explicit environment and command line, captured
 * output, clocks and randomness, and the folders that it was given. Never touches files, sockets or the process: what
 * is not listed here is refused.
 *
 * Interfaces: https://github.com/WebAssembly/WASI, version 0.2, in the mapping of jco (camelCase, `u64` as bigint,
 * the error of a `result` is thrown as a plain value).
 */

import { type AskFiles, Descriptor, filesystemErrorCode, openPreopens, type Preopen } from "./wasi_files.ts";
import { DirectoryEntryStream } from "./wasi_file_stat.ts";
import { Handle, type Handles } from "./wasi_handles.ts";
import { wasiSockets } from "./wasi_sockets.ts";
import { bytesOf, InputStream, IoError, OutputStream, Pollable } from "./wasi_streams.ts";

/** What a guest may see of the world. */
export interface WasiSettings {
  /** Environment variables. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** The command line, the program's name first. */
  readonly arguments: readonly string[];
  /** What it finds on its standard input. */
  readonly stdin: Uint8Array;
  /** Takes what the guest writes to its standard streams. */
  readonly write: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  /** Wall time in milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Time in milliseconds that never runs backwards. */
  readonly monotonicMs: () => number;
  /** Gives random bytes, as many as a guest may ask for at once. */
  readonly random: (length: number) => Uint8Array;
  /** Blocks for some milliseconds. */
  readonly sleep: (milliseconds: number) => void;
  /** The folders that it was given. */
  readonly preopens: readonly Preopen[];
  /** Asks the host to do something with a file in one of them. */
  readonly files: AskFiles;
  /** The resources that it holds. */
  readonly handles: Handles;
}

/** Thrown when a guest calls `exit`, through all its frames. */
export class GuestExit extends Error {
  /** The code that it gave: 0 for success, 1 for a failure without one. */
  readonly code: number;

  /** Notes how the guest left. */
  constructor(code: number) {
    super(`Guest called exit with ${code === 0 ? "success" : code === 1 ? "failure" : `code ${code}`}`);
    this.code = code;
  }
}

/** Interface objects by name without version. */
export type WasiImports = Readonly<Record<string, object>>;

const NANOSECONDS = 1_000_000;

/** Interfaces of {@linkcode createWasi}, by name without version: what the host offers as WASI 0.2. */
export const WASI_INTERFACES: readonly string[] = [
  "wasi:cli/environment",
  "wasi:cli/exit",
  "wasi:cli/stdin",
  "wasi:cli/stdout",
  "wasi:cli/stderr",
  "wasi:cli/terminal-input",
  "wasi:cli/terminal-output",
  "wasi:cli/terminal-stdin",
  "wasi:cli/terminal-stdout",
  "wasi:cli/terminal-stderr",
  "wasi:clocks/monotonic-clock",
  "wasi:clocks/wall-clock",
  "wasi:filesystem/preopens",
  "wasi:filesystem/types",
  "wasi:io/error",
  "wasi:io/poll",
  "wasi:io/streams",
  "wasi:random/insecure",
  "wasi:random/insecure-seed",
  "wasi:random/random",
  "wasi:sockets/instance-network",
  "wasi:sockets/ip-name-lookup",
  "wasi:sockets/network",
  "wasi:sockets/tcp",
  "wasi:sockets/tcp-create-socket",
  "wasi:sockets/udp",
  "wasi:sockets/udp-create-socket",
];

/** Never given out: guests have no terminals. */
class TerminalInput extends Handle {}
class TerminalOutput extends Handle {}

/** Creates the WASI of one guest instance. */
export function createWasi(settings: WasiSettings): WasiImports {
  const { handles, monotonicMs, random } = settings;
  const stdin = bytesOf(settings.stdin);
  const output = (stream: "stdout" | "stderr") =>
    new OutputStream(handles, settings, (bytes) => settings.write(stream, bytes));
  const pollable = (until: number) => new Pollable(handles, settings, until);
  const getRandomBytes = (length: bigint) => random(Number(length));
  const getRandomU64 = () => new DataView(random(8).buffer).getBigUint64(0);

  return {
    "wasi:cli/environment": {
      getEnvironment: () => settings.environment.map(([name, value]) => [name, value]),
      getArguments: () => [...settings.arguments],
      initialCwd: () => undefined,
    },
    "wasi:cli/exit": {
      exit(status: { tag: string }): never {
        throw new GuestExit(status.tag === "ok" ? 0 : 1);
      },
      exitWithCode(code: number): never {
        throw new GuestExit(code);
      },
    },
    "wasi:cli/stdin": { getStdin: () => new InputStream(handles, settings, stdin) },
    "wasi:cli/stdout": { getStdout: () => output("stdout") },
    "wasi:cli/stderr": { getStderr: () => output("stderr") },
    "wasi:cli/terminal-input": { TerminalInput },
    "wasi:cli/terminal-output": { TerminalOutput },
    "wasi:cli/terminal-stdin": { getTerminalStdin: () => undefined },
    "wasi:cli/terminal-stdout": { getTerminalStdout: () => undefined },
    "wasi:cli/terminal-stderr": { getTerminalStderr: () => undefined },
    "wasi:clocks/monotonic-clock": {
      now: () => BigInt(Math.round(monotonicMs() * NANOSECONDS)),
      resolution: () => BigInt(NANOSECONDS),
      subscribeDuration: (ns: bigint) => pollable(monotonicMs() + Number(ns) / NANOSECONDS),
      subscribeInstant: (ns: bigint) => pollable(Number(ns) / NANOSECONDS),
    },
    "wasi:clocks/wall-clock": {
      now() {
        const ms = settings.wallMs();
        return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: Math.floor((ms % 1000) * NANOSECONDS) };
      },
      resolution: () => ({ seconds: 0n, nanoseconds: NANOSECONDS }),
    },
    "wasi:filesystem/preopens": {
      getDirectories: () =>
        openPreopens(settings.preopens, { ask: settings.files, handles, waiting: settings }),
    },
    "wasi:filesystem/types": { Descriptor, DirectoryEntryStream, filesystemErrorCode },
    "wasi:io/error": { Error: IoError },
    "wasi:io/poll": {
      Pollable,
      poll(pollables: readonly Pollable[]): Uint32Array {
        if (pollables.length === 0) throw new TypeError("Guest polled an empty list");
        using first = pollable(pollables.reduce((least, { until }) => Math.min(least, until), Infinity));
        first.block();
        return Uint32Array.from(pollables.keys().filter((index) => pollables[index]!.ready()));
      },
    },
    "wasi:io/streams": { InputStream, OutputStream },
    "wasi:random/insecure": { getInsecureRandomBytes: getRandomBytes, getInsecureRandomU64: getRandomU64 },
    "wasi:random/insecure-seed": { insecureSeed: () => [getRandomU64(), getRandomU64()] },
    "wasi:random/random": { getRandomBytes, getRandomU64 },
    ...wasiSockets(handles),
  };
}
