/** The command as tests see it: a process of its own, or `main` with streams that only remember. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import type { RunResult } from "../../lib/base/result.ts";
import { main } from "../../lib/cli/main.ts";
import type { CommandIo, Streams } from "../../lib/cli/print.ts";
import { talkOver } from "../../lib/cli/talk.ts";
import { NO_TERMINAL, type Terminal } from "../../lib/cli/terminal.ts";

const CLI = decodeURIComponent(new URL("../../cli.ts", import.meta.url).pathname);

/** How a process is started. */
export interface StartOptions {
  /** Its working directory. */
  readonly cwd: string;
  /** Deno's permission flags. @default {all} */
  readonly permissions?: readonly string[];
  /** Its standard input; without it there is none. */
  readonly stdin?: string | Uint8Array;
  /** Variables of its environment, beside those of the tests. @default none */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process or a call of `main` ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The flags that a hint names, once it is sure that they stand on one line to paste. */
export function hintedFlags(stderr: string): string[] {
  const hints = stderr.split("\n").filter((line) => line.startsWith("  hint: Add "));
  assertEquals(hints.length, 1, stderr);
  const flags = hints[0]!.slice("  hint: Add ".length).split(" ");
  for (const flag of flags) assertMatch(flag, /^--(?:allow-(?:read|write)=\S+|ignore-env)$/);
  return flags;
}

/** Checks that nobody was asked for anything and that no stack trace was shown. */
export function assertCalm(stderr: string): void {
  assert(!/Allow\?|┏|Deno requests/.test(stderr), stderr);
  assert(!/^\s+at /m.test(stderr), stderr);
}

/** The names of all files and folders below a folder, and of those left behind by a write that did not end. */
export async function namesBelow(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    names.push(name);
    if (isDirectory) {
      names.push(...(await namesBelow(`${folder}/${name}`)).map((inner) => `${name}/${inner}`));
    }
  }
  return names.sort();
}

/** Starts the command. Nobody is there to answer a prompt, and none may appear. */
export function startCommand(args: readonly string[], options: StartOptions): Deno.ChildProcess {
  const { cwd, permissions = ["-A"], stdin, env = {} } = options;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--cached-only", ...permissions, CLI, ...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Waits for a process to end. */
export async function ended(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** Runs the command to its end. */
export async function command(args: readonly string[], options: StartOptions): Promise<Ended> {
  const child = startCommand(args, options);
  if (options.stdin !== undefined) {
    // The command may end before it has read everything, and its output must be read meanwhile.
    const [done] = await Promise.all([ended(child), feed(child, bytesOf(options.stdin))]);
    return done;
  }
  return await ended(child);
}

async function feed(child: Deno.ChildProcess, bytes: Uint8Array): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(bytes);
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function bytesOf(input: string | Uint8Array): Uint8Array {
  return typeof input === "string" ? new TextEncoder().encode(input) : input;
}

/** Waits until a condition holds that another process brings about; looks every few milliseconds, for 10 s at most. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error("What was waited for did not come");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The text of a file, once it is there and holds a word. */
export async function textWith(path: string, word: string): Promise<string> {
  return await until(async () => {
    const text = await Deno.readTextFile(path).catch(() => "");
    return text.includes(word) ? text : undefined;
  });
}

/** What `main` is called with beside its arguments. */
export interface CallOptions {
  /** Its standard input. @default none */
  readonly stdin?: string | Uint8Array;
  /** Aborted to interrupt it. */
  readonly interrupt?: AbortSignal;
  /** What its streams go to. @default no terminal */
  readonly terminal?: Terminal;
}

/** How a call of `main` ended, and how much of its standard input it asked for. */
export interface Called extends Ended {
  /** The limits it read standard input with, one for each time; undefined for none. */
  readonly reads: readonly (number | undefined)[];
}

/** Calls `main` in this process. */
export async function callMain(args: readonly string[], options: CallOptions = {}): Promise<Called> {
  return await called((streams) => main(args, streams), options);
}

/** Calls one command in this process, as `main` does with what it understood. */
export async function callCommand(
  command: (io: CommandIo) => Promise<number>,
  options: CallOptions = {},
): Promise<Ended> {
  const { reads: _, ...ended } = await called(async (streams) => {
    using io = talkOver(streams, await streams.terminal());
    return await command(io);
  }, options);
  return ended;
}

/** Calls something with streams that only remember. */
async function called(
  work: (streams: Streams) => Promise<number>,
  { stdin = "", interrupt = new AbortController().signal, terminal = NO_TERMINAL }: CallOptions,
): Promise<Called> {
  let stdout = "", stderr = "";
  const reads: (number | undefined)[] = [];
  const code = await work({
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    stdin(limit) {
      reads.push(limit);
      return Promise.resolve(bytesOf(stdin).slice(0, limit));
    },
    interrupt,
    terminal: () => Promise.resolve(terminal),
  });
  return { code, stdout, stderr, reads };
}

/** The result of a run that did nothing, with some members replaced. */
export function runResult(more: Partial<RunResult> = {}): RunResult {
  return {
    sessionId: "s",
    packId: "demo",
    packVersion: "0.1.0",
    packDigest: null,
    flowId: "main",
    startedAt: "2026-01-02T03:04:05Z",
    finishedAt: "2026-01-02T03:04:06Z",
    durationMs: 1000,
    status: "success",
    stage: "execute",
    error: null,
    output: null,
    waiting: null,
    turns: [],
    parentRun: null,
    nodeSummaries: [],
    failures: {},
    artifactsDir: "/runs/1",
    verification: { policy: "devok", verdicts: [] },
    components: [],
    limits: DEFAULT_LIMITS,
    environment: {},
    ...more,
  };
}
