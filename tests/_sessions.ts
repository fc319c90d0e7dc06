/**
 * The sessions of `fixtures/terminal` as data. A session is a text of lines:
 *
 * - `$ greentic-runner ARGS` is a command, its arguments as a shell takes them that knows no more than single quotes;
 * - `$ [FLAGS] greentic-runner ARGS` is one that Deno grants these permissions alone; without them it may do everything;
 * - `< FILE` behind the arguments is its standard input, and `^C` at the very end interrupts it once it is at work: it has
 *   taken its standard input, which does not end then and is more than a pipe holds, it runs a node and records that in
 *   its `--artifacts-dir`, or it says that it watches;
 * - `|`, `!` and `=` are its standard output, its standard error and its exit code, and everything else is a remark.
 */

const SESSIONS = new URL("../fixtures/terminal/", import.meta.url);

/** A command of a session. */
export interface SessionCommand {
  readonly args: readonly string[];
  /** Deno's permission flags. */
  readonly permissions: readonly string[];
  /** The file of its standard input; null for none. */
  readonly stdin: string | null;
  readonly interrupted: boolean;
}

/** A command and what came of it when its session was written. */
export interface ToldCommand extends SessionCommand {
  /** The name of its session. */
  readonly session: string;
  /** Its line. */
  readonly line: string;
  readonly stderr: readonly string[];
  readonly code: number;
}

/** The names of all sessions. */
export function sessionNames(): string[] {
  return Array.from(Deno.readDirSync(SESSIONS), ({ name }) => name)
    .filter((name) => name.endsWith(".txt"))
    .map((name) => name.slice(0, -".txt".length))
    .sort();
}

/** The file of a session. */
export function sessionFile(name: string): URL {
  return new URL(`${name}.txt`, SESSIONS);
}

/** The command on a line of a session, or null on a line that has none. */
export function commandOf(line: string): SessionCommand | null {
  const match = /^\$ (?:\[(.*?)\] )?greentic-runner(?= |$)(.*)$/.exec(line);
  if (match === null) return null;
  const [, flags, rest = ""] = match;
  const words = wordsOf(rest);
  const interrupted = words.at(-1) === "^C";
  if (interrupted) words.pop();
  const stdin = words.at(-2) === "<" ? words.splice(-2)[1]! : null;
  return { args: words, permissions: flags === undefined ? ["-A"] : wordsOf(flags), stdin, interrupted };
}

/** The commands of all sessions, with what is written of them. */
export function toldCommands(): ToldCommand[] {
  return sessionNames().flatMap((session) => {
    const text = Deno.readTextFileSync(sessionFile(session));
    return text.split(/^(?=\$ )/m).flatMap((part) => {
      const [line = "", ...told] = part.split("\n"), command = commandOf(line);
      if (command === null) return [];
      const stderr = told.filter((text) => text.startsWith("!")).map((text) => text.slice(2));
      const code = Number(told.find((text) => text.startsWith("= "))?.slice(2));
      return [{ ...command, session, line, stderr, code }];
    });
  });
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}
