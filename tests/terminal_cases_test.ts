/**
 * The ways in which each command can end, and that `fixtures/terminal` has a session for each. The table is written by
 * hand: a command that is new, or a new way to end, is added here and shown there.
 */

import { assert, assertEquals } from "@std/assert";
import { COMMAND_NAMES, COMMANDS, isCommandName } from "../lib/cli/commands.ts";
import { EXIT } from "../lib/cli/exit_codes.ts";
import { type ToldCommand, toldCommands } from "./_sessions.ts";

/** The columns of the table: a way to end with its exit code, and whether the flow waits then. */
const CASES: Readonly<Record<string, { readonly code: number; readonly waits?: true }>> = {
  ok: { code: EXIT.ok },
  failed: { code: EXIT.failed },
  usage: { code: EXIT.usage },
  refused: { code: EXIT.refused },
  lacks: { code: EXIT.preflight },
  limit: { code: EXIT.limit },
  differs: { code: EXIT.difference },
  waits: { code: EXIT.ok, waits: true },
  "on-wait": { code: EXIT.waiting, waits: true },
  "ctrl-c": { code: EXIT.interrupted },
};

/**
 * What can happen has its name, what cannot has none. `failed` of a command that runs no flow is a file that cannot be
 * written, or a cache that is damaged. What only reads files, and is over before anybody can interrupt it, ends as the
 * system ends it.
 */
const TABLE = `
  run            ok failed usage refused lacks limit differs waits on-wait ctrl-c
  run --verbose  ok failed usage refused lacks limit differs waits on-wait ctrl-c
  run --watch    ok .      usage refused lacks .     .       .     .       ctrl-c
  run --explain  ok .      usage refused lacks .     .       .     .       ctrl-c
  resume         ok failed usage refused lacks limit differs waits on-wait ctrl-c
  replay         ok failed usage refused lacks .     differs waits .       ctrl-c
  diff           ok .      usage refused lacks .     differs .     .       .
  report         ok failed usage refused lacks .     .       .     .       .
  lint           ok .      usage refused lacks .     .       .     .       ctrl-c
  inspect        ok .      usage refused lacks .     .       .     .       ctrl-c
  doctor         ok .      usage refused lacks .     .       .     .       ctrl-c
  permissions    ok .      usage refused lacks .     .       .     .       ctrl-c
  verify         ok .      usage refused lacks .     .       .     .       ctrl-c
  build          ok failed usage refused lacks .     .       .     .       .
  sign           ok failed usage refused lacks .     .       .     .       ctrl-c
  keygen         ok failed usage .       lacks .     .       .     .       .
  cache warmup   ok failed usage refused lacks .     .       .     .       ctrl-c
  cache doctor   ok failed usage .       lacks .     .       .     .       .
  cache prune    ok .      usage .       lacks .     .       .     .       .
  har            ok failed usage .       lacks .     .       .     .       .
  completions    ok .      usage .       .     .     .       .     .       .
  help           ok .      usage .       .     .     .       .     .       .
  --version      ok .      .     .       .     .     .       .     .       .
`;

/** The cases of each command, in the order of the table. */
const ROWS: ReadonlyMap<string, readonly string[]> = new Map(
  TABLE.trim().split("\n").map((row) => {
    const words = row.trim().split(/\s+/), cases = words.splice(-Object.keys(CASES).length);
    return [words.join(" "), cases.filter((word) => word !== ".")];
  }),
);

/** Options of a command that make it another one. */
const WAYS: Readonly<Partial<Record<string, readonly string[]>>> = {
  run: ["--watch", "--explain", "--verbose"],
};

/** The names of all that can be typed: commands, their actions, ways to run them. */
function allNames(): string[] {
  const ways = Object.entries(WAYS).flatMap(([name, options = []]) => options.map((way) => `${name} ${way}`));
  const commands = COMMAND_NAMES.flatMap((name) => {
    // The shells are values, and no commands of their own.
    const { actions = [] } = name === "completions" ? {} : COMMANDS[name];
    return actions.length === 0 ? [name] : actions.map((action) => `${name} ${action}`);
  });
  return [...commands, ...ways, "--version"];
}

/** The names in the table that a command of a session has; none for `cache` with an action that it does not have. */
function namesOf({ args }: ToldCommand): string[] {
  const [first = "help", second] = args;
  if (first === "--version") return [first];
  if (first === "cache") return [`cache ${second}`];
  const name = isCommandName(first) ? first : "run";
  const ways = WAYS[name]?.filter((way) => args.includes(way)) ?? [];
  return ways.length === 0 ? [name] : ways.map((way) => `${name} ${way}`);
}

/** The cases that the end of a command is; of a run that waits it is not that it went well. */
function casesOf({ code, stderr }: ToldCommand): string[] {
  const waits = stderr.some((line) => line.startsWith("waiting: flow "));
  return Object.entries(CASES).filter(([, told]) => told.code === code && (told.waits ?? false) === waits)
    .map(([name]) => name);
}

const TOLD = toldCommands();

Deno.test("the table of cases has every command, and no other", () => {
  assertEquals([...ROWS.keys()].sort(), allNames().sort());
  for (const [name, cases] of ROWS) {
    for (const word of cases) assert(Object.hasOwn(CASES, word), `${name}: ${word} is no case`);
  }
});

Deno.test("every command has a session for each case that it can have", () => {
  const shown = new Set(
    TOLD.flatMap((command) =>
      namesOf(command).flatMap((name) => casesOf(command).map((word) => `${name}: ${word}`))
    ),
  );
  const missing = [...ROWS].flatMap(([name, cases]) =>
    cases.map((word) => `${name}: ${word}`).filter((each) => !shown.has(each))
  );
  assertEquals(missing, []);
});

Deno.test("no session shows a case that the table does not have", () => {
  const others = TOLD.filter((command) => {
    const [name = ""] = namesOf(command), cases = ROWS.get(name);
    // An action that is misspelt belongs to no command.
    if (cases === undefined) return command.code !== EXIT.usage;
    return !casesOf(command).some((word) => cases.includes(word));
  });
  assertEquals(others.map(({ session, line, code }) => `${session}: ${line} = ${code}`), []);
});

Deno.test("every error in a session helps on: it ends with a hint, or was asked for by an interrupt", () => {
  const bare = TOLD.filter(({ code, stderr }) =>
    ![EXIT.ok, EXIT.interrupted].some((good) => good === code) &&
    stderr.some((line) => line.startsWith("error[")) && !stderr.some((line) => line.startsWith("  hint: "))
  );
  assertEquals(bare.map(({ session, line }) => `${session}: ${line}`), []);
});
