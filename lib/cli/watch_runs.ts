/**
 * `run --watch PACK`: the loop with files on disk and what it tells. Decides which errors end it: those that no change
 * of a file can mend, while the first run has not come to its end.
 */

import { type ErrorCode, messageOf, RunnerError } from "../base/errors.ts";
import type { ReasonedNeed } from "../base/permission.ts";
import type { RunOptions } from "../options.ts";
import type { HeardRun } from "../runner.ts";
import { usage } from "./args.ts";
import type { RunCommand } from "./command.ts";
import { DiskFiles, pause } from "./disk_files.ts";
import { exitCodeOfError } from "./exit_codes.ts";
import { completeOptions } from "./host_files.ts";
import { type CommandIo, errorJson, errorLines, jsonLine, visible } from "./print.ts";
import { listed, watch } from "./watch.ts";
import { watchedOf } from "./watched.ts";

/** What is run again and again. */
export interface RepeatedRun {
  /** The files that input and answers are read from. */
  readonly answers: readonly string[];
  /** What a run needs of Deno, as far as its options tell. */
  readonly needs: (options: RunOptions) => Promise<readonly ReasonedNeed[]>;
  /** Starts a run, whose interrupt is that of `io`. */
  readonly start: (options: RunOptions, io: CommandIo) => Promise<HeardRun>;
  /** Shows it, and what came of it; `tell` tells an error and throws the one that ends the watch. */
  readonly show: (run: HeardRun, io: CommandIo, tell: (error: unknown) => number) => Promise<unknown>;
}

/** Errors that no file can mend. */
const FINAL: readonly ErrorCode[] = ["usage", "option.invalid", "permission.missing"];
/** How much of a digest is told, in hex digits. */
const DIGITS = 12;

/** Runs whenever something changes, until it is interrupted; gives the exit code. */
export async function watchRuns(
  command: RunCommand,
  io: CommandIo,
  { answers, needs, start, show }: RepeatedRun,
): Promise<number> {
  requireFiles(command);
  using files = new DiskFiles();
  let first = true;
  let ran: HeardRun["record"] | null = null;
  let ready: { options: RunOptions } | { error: unknown } = { options: command.options };
  function say(line: string): void {
    io.stderr(`${visible(line)}\n`);
  }
  return await watch({
    files,
    async prepare() {
      // What the command line says wrong, no file can mend.
      files.aim(await watchedOf(command, command.options, answers));
      try {
        const options = await completeOptions(command.options, command, needs);
        files.aim(await watchedOf(command, options, answers));
        ready = { options };
      } catch (error) {
        ready = { error };
      }
      if (first) requireWatchable(files);
    },
    async run(signal) {
      let printed = false;
      const told: CommandIo = {
        ...io,
        stdout(text) {
          printed = true;
          io.stdout(text);
        },
        // That it is stopped for a change was told in one line.
        stderr: (text) => signal.aborted && !io.interrupt.aborted ? undefined : io.stderr(text),
        interrupt: signal,
      };
      const absent = first && files.gone.length > 0;
      ran = null;
      function tell(error: unknown): number {
        const known = error instanceof RunnerError
          ? error
          : new RunnerError("internal", messageOf(error), { cause: error });
        if (first && (absent || FINAL.includes(known.code))) throw known;
        for (const line of errorLines(known)) told.stderr(`${line}\n`);
        if (command.json && !printed) io.stdout(jsonLine(errorJson(known)));
        return exitCodeOfError(known.code);
      }
      try {
        if ("error" in ready) throw ready.error;
        const run = await start(ready.options, told);
        ran = run.record;
        await show(run, told, tell);
      } catch (error) {
        tell(error);
      }
      first = false;
    },
    async idle() {
      const digest = (await ran)?.packDigest ?? null;
      const told = digest === null ? "" : `ran ${digest.replace(/^[a-z0-9]+:/, "").slice(0, DIGITS)}, `;
      say(`watching ${listed(files.names)} (${told}Ctrl-C ends)`);
    },
    unread: () => io.unread?.() ?? false,
    say,
    sleep: pause,
    interrupt: io.interrupt,
  });
}

/** Standard input can be read once. */
function requireFiles({ pack, input, turns }: RunCommand): void {
  if (pack !== "-" && input?.kind !== "stdin" && turns !== "-") return;
  throw usage("Standard input cannot be watched: it can be read once", "Name a file, or leave out --watch");
}

function requireWatchable(files: DiskFiles): void {
  const [path] = files.unwatchable, [folder] = files.written;
  if (path !== undefined) {
    throw usage(`Path "${path}" cannot be watched: it is neither a file nor a folder`, "Leave out --watch");
  }
  if (folder === undefined) return;
  throw usage(
    `Folder "${folder}" cannot be watched: the run writes to it`,
    "Name another for what is written: --artifacts-dir, --cache-dir, --recordings, --dir HOST::GUEST:ro",
  );
}
