/**
 * What nodes and their guests say, in one file per node and stream, cut off visibly at the limit.
 * Never takes out secrets: the text it gets has none.
 *
 * 1. A fault in writing is remembered, not thrown: the text still reaches the transcript.
 * 2. The limit holds with and without a directory, so that a guest cannot flood the transcript either.
 */

import type { RunnerError } from "../base/errors.ts";
import { limitHint } from "../base/limits.ts";
import { ioError } from "./io_error.ts";
import { LogNames } from "./log_names.ts";

/** The streams that nodes write to; `log` is what the node itself says, with its errors. */
export type LogStream = "stdout" | "stderr" | "log";

/** A node as far as its logs know it. */
export interface LogNode {
  /** Tells it apart from all other nodes of the run. */
  readonly key: string;
  /** What its file names are made of. */
  readonly label: string;
}

/** Where logs go, and how long each may become. */
export interface NodeLogsOptions {
  /** The directory for the files, or null to write none. */
  readonly dir: string | null;
  /** The limit `maxLogBytes`. */
  readonly maxLogBytes: number;
}

const SUFFIXES: Readonly<Record<LogStream, string>> = {
  stdout: ".stdout.log",
  stderr: ".stderr.log",
  log: ".log",
};

/** One log of one node. */
interface NodeLog {
  readonly nodeKey: string;
  readonly path: string;
  size: number;
  full: boolean;
  created: boolean;
  file: Deno.FsFile | null;
}

/** The logs of all nodes of a run. */
export class NodeLogs {
  readonly #options: NodeLogsOptions;
  readonly #names = new LogNames();
  readonly #logs = new Map<string, NodeLog>();
  #fault: RunnerError | undefined;

  /** Creates the logs of one run; files come into being with their first text. */
  constructor(options: NodeLogsOptions) {
    this.#options = options;
  }

  /** The first fault in writing; no file is written after it. */
  get fault(): RunnerError | undefined {
    return this.#fault;
  }

  /** Whether a log takes no more text. */
  isFull(node: LogNode, stream: LogStream): boolean {
    return this.#logOf(node, stream).full;
  }

  /** Adds text and returns what was taken of it: all, what still fits and a note about it, or nothing. */
  append(node: LogNode, stream: LogStream, text: string): string {
    const log = this.#logOf(node, stream);
    if (log.full) return "";
    const { maxLogBytes } = this.#options;
    const bytes = new TextEncoder().encode(text);
    const taken = bytes.length <= maxLogBytes - log.size
      ? text
      : wholeCharacters(bytes.subarray(0, maxLogBytes - log.size)) + this.#cutOff(log);
    log.size += bytes.length;
    this.#write(log, taken);
    return taken;
  }

  /** The files of a node that exist, in the order in which they were created. */
  paths(nodeKey: string): string[] {
    return [...this.#logs.values()].filter((log) => log.nodeKey === nodeKey && log.created)
      .map((log) => log.path);
  }

  /** Gives back the files of a node that has ended; a later visit goes on where they end. */
  release(nodeKey: string): void {
    for (const stream of ["stdout", "stderr", "log"] as const) {
      const log = this.#logs.get(logKey(nodeKey, stream));
      log?.file?.close();
      if (log !== undefined) log.file = null;
    }
  }

  /** Gives back all files. */
  close(): void {
    for (const log of this.#logs.values()) this.release(log.nodeKey);
  }

  #logOf({ key, label }: LogNode, stream: LogStream): NodeLog {
    const known = this.#logs.get(logKey(key, stream));
    if (known !== undefined) return known;
    const path = `${this.#options.dir ?? ""}/${this.#names.nameOf(key, label)}${SUFFIXES[stream]}`;
    const log: NodeLog = { nodeKey: key, path, size: 0, full: false, created: false, file: null };
    this.#logs.set(logKey(key, stream), log);
    return log;
  }

  #cutOff(log: NodeLog): string {
    log.full = true;
    return `\n[log cut off after ${this.#options.maxLogBytes} bytes. ${limitHint("maxLogBytes")}]\n`;
  }

  #write(log: NodeLog, text: string): void {
    if (this.#options.dir === null || this.#fault !== undefined || text === "") return;
    try {
      log.file ??= Deno.openSync(
        log.path,
        log.created ? { append: true } : { write: true, create: true, truncate: true },
      );
      log.created = true;
      const bytes = new TextEncoder().encode(text);
      for (let from = 0; from < bytes.length;) from += log.file.writeSync(bytes.subarray(from));
    } catch (error) {
      this.#fault = ioError("write", log.path, error);
    }
  }
}

function logKey(nodeKey: string, stream: LogStream): string {
  return `${stream} ${nodeKey}`;
}

/** The text of some bytes without a character that is cut in the middle. */
function wholeCharacters(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes, { stream: true });
}
