/**
 * The small WASI 0.2 that every guest instance carries itself: an explicit environment, captured output, clocks
 * and randomness. Never touches files, sockets or the process: what is not listed here is refused.
 *
 * Interfaces: https://github.com/WebAssembly/WASI, version 0.2, in the mapping of jco (camelCase, `u64` as bigint,
 * the error of a `result` is thrown as a plain value).
 */

/** What a guest may see of the world. */
export interface WasiSettings {
  /** Environment variables. */
  readonly environment: readonly (readonly [name: string, value: string])[];
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
}

/** Thrown when a guest calls `exit`, through all its frames. */
export class GuestExit extends Error {
  /** Whether the guest called it a success. */
  readonly ok: boolean;

  /** Notes how the guest left. */
  constructor(ok: boolean) {
    super(`Guest called exit with ${ok ? "success" : "failure"}`);
    this.ok = ok;
  }
}

/** Interface objects by name without version. */
export type WasiImports = Readonly<Record<string, object>>;

const CHECK_WRITE_BYTES = 1024n * 1024n;
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

/** Creates the WASI of one guest instance. */
export function createWasi(settings: WasiSettings): WasiImports {
  /** Ready at once, or after sleeping until a point of monotonic time. */
  class Pollable {
    readonly until: number;
    constructor(until: number = 0) {
      this.until = until;
    }
    ready(): boolean {
      return settings.monotonicMs() >= this.until;
    }
    block(): void {
      while (!this.ready()) settings.sleep(this.until - settings.monotonicMs());
    }
  }

  /** Streams of this host never fail with an error resource; the class exists for the type's sake. */
  class IoError {
    toDebugString(): string {
      return "error";
    }
  }

  /** An input that has ended. */
  class InputStream {
    read(): never {
      throw { tag: "closed" };
    }
    blockingRead(): never {
      throw { tag: "closed" };
    }
    skip(): never {
      throw { tag: "closed" };
    }
    blockingSkip(): never {
      throw { tag: "closed" };
    }
    subscribe(): Pollable {
      return new Pollable();
    }
  }

  class OutputStream {
    readonly #stream: "stdout" | "stderr";
    constructor(stream: "stdout" | "stderr") {
      this.#stream = stream;
    }
    checkWrite(): bigint {
      return CHECK_WRITE_BYTES;
    }
    write(bytes: Uint8Array): void {
      settings.write(this.#stream, bytes);
    }
    blockingWriteAndFlush(bytes: Uint8Array): void {
      settings.write(this.#stream, bytes);
    }
    writeZeroes(count: bigint): void {
      settings.write(
        this.#stream,
        new Uint8Array(Number(count < CHECK_WRITE_BYTES ? count : CHECK_WRITE_BYTES)),
      );
    }
    blockingWriteZeroesAndFlush(count: bigint): void {
      this.writeZeroes(count);
    }
    flush(): void {}
    blockingFlush(): void {}
    subscribe(): Pollable {
      return new Pollable();
    }
  }

  /** Never instantiated: there are no preopened directories and no terminals. */
  class Descriptor {}
  class DirectoryEntryStream {}
  class TerminalInput {}
  class TerminalOutput {}

  function getRandomBytes(length: bigint): Uint8Array {
    return settings.random(Number(length));
  }
  function getRandomU64(): bigint {
    return new DataView(settings.random(8).buffer).getBigUint64(0);
  }
  const stdin = new InputStream();
  const stdout = new OutputStream("stdout");
  const stderr = new OutputStream("stderr");

  return {
    "wasi:cli/environment": {
      getEnvironment: () => settings.environment.map(([name, value]) => [name, value]),
      getArguments: () => [],
      initialCwd: () => undefined,
    },
    "wasi:cli/exit": {
      exit(status: { tag: string }): never {
        throw new GuestExit(status.tag === "ok");
      },
      exitWithCode(code: number): never {
        throw new GuestExit(code === 0);
      },
    },
    "wasi:cli/stdin": { getStdin: () => stdin },
    "wasi:cli/stdout": { getStdout: () => stdout },
    "wasi:cli/stderr": { getStderr: () => stderr },
    "wasi:cli/terminal-input": { TerminalInput },
    "wasi:cli/terminal-output": { TerminalOutput },
    "wasi:cli/terminal-stdin": { getTerminalStdin: () => undefined },
    "wasi:cli/terminal-stdout": { getTerminalStdout: () => undefined },
    "wasi:cli/terminal-stderr": { getTerminalStderr: () => undefined },
    "wasi:clocks/monotonic-clock": {
      now: () => BigInt(Math.round(settings.monotonicMs() * NANOSECONDS)),
      resolution: () => BigInt(NANOSECONDS),
      subscribeDuration: (ns: bigint) => new Pollable(settings.monotonicMs() + Number(ns) / NANOSECONDS),
      subscribeInstant: (ns: bigint) => new Pollable(Number(ns) / NANOSECONDS),
    },
    "wasi:clocks/wall-clock": {
      now() {
        const ms = settings.wallMs();
        return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: Math.floor((ms % 1000) * NANOSECONDS) };
      },
      resolution: () => ({ seconds: 0n, nanoseconds: NANOSECONDS }),
    },
    "wasi:filesystem/preopens": { getDirectories: () => [] },
    "wasi:filesystem/types": { Descriptor, DirectoryEntryStream, filesystemErrorCode: () => undefined },
    "wasi:io/error": { Error: IoError },
    "wasi:io/poll": {
      Pollable,
      poll(pollables: readonly Pollable[]): Uint32Array {
        if (pollables.length === 0) throw new TypeError("Guest polled an empty list");
        new Pollable(Math.min(...pollables.map((pollable) => pollable.until))).block();
        return Uint32Array.from(pollables.keys().filter((index) => pollables[index]!.ready()));
      },
    },
    "wasi:io/streams": { InputStream, OutputStream },
    "wasi:random/insecure": { getInsecureRandomBytes: getRandomBytes, getInsecureRandomU64: getRandomU64 },
    "wasi:random/insecure-seed": { insecureSeed: () => [getRandomU64(), getRandomU64()] },
    "wasi:random/random": { getRandomBytes, getRandomU64 },
    ...Object.fromEntries(WASI_INTERFACES.filter((name) => name.startsWith("wasi:sockets/")).map(refused)),
  };
}

/** An interface whose every function answers with the error `access-denied`. */
function refused(name: string): [string, object] {
  const handler: ProxyHandler<object> = {
    get(target, key, receiver) {
      if (typeof key !== "string") return Reflect.get(target, key, receiver);
      if (/^[A-Z]/.test(key)) return class {};
      return () => {
        throw "access-denied";
      };
    },
  };
  return [name, new Proxy({}, handler)];
}
