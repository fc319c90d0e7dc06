/**
 * `permissions` as a process of its own, for tests: its arguments are the command line of the command that is planned for,
 * behind `--json` for a document.
 */

import { RunnerError } from "../lib/base/errors.ts";
import { type Command, parseCommand } from "../lib/cli/command.ts";
import { exitCodeOfError } from "../lib/cli/exit_codes.ts";
import { type PermissionsCommand, permissionsCommand } from "../lib/cli/permissions_command.ts";
import { errorLines } from "../lib/cli/print.ts";
import { processIo } from "../lib/cli/process_io.ts";
import { talkOver } from "../lib/cli/talk.ts";

/** A command line as the plan of its permissions. */
export function plannedFor(argv: readonly string[]): PermissionsCommand {
  const command = parseCommand(argv);
  return { ...NOTHING, ...described(command), name: "permissions" };
}

const NOTHING = {
  json: false,
  input: null,
  turns: null,
  mocksFiles: [],
  otlp: { endpoint: undefined, headers: {} },
  offline: false,
  elsewhere: null,
  out: null,
  key: null,
} as const;

type Described = Pick<PermissionsCommand, "command" | "pack" | "options"> & Partial<PermissionsCommand>;

function described(command: Command): Described {
  switch (command.name) {
    case "run":
    case "doctor":
      return { ...command, name: "permissions", command: command.name };
    case "resume":
    case "replay": {
      const { pack, run, name, options, ...rest } = command;
      const { secrets: _, ...given } = options;
      return { ...rest, command: name, pack: run, elsewhere: pack, options: given };
    }
    case "verify":
    case "lint":
      return { ...command, name: "permissions", command: command.name };
    case "inspect": {
      const { mermaid: _, ...rest } = command;
      return { ...rest, name: "permissions", command: "inspect" };
    }
    case "report": {
      const { run, out } = command;
      return { command: "report", pack: run, options: {}, out };
    }
    case "build": {
      const { signing } = command.options;
      return { command: "build", pack: command.folder, options: {}, out: command.out, key: keyOf(signing) };
    }
    case "sign": {
      const { pack, out, key } = command;
      return { command: "sign", pack, options: {}, out, key: keyOf(key) };
    }
    case "cache":
      if (command.action === "warmup") {
        return { command: "cache-warmup", pack: command.pack, options: command.options };
      }
  }
  throw new Error(`No plan for ${command.name}`);
}

function keyOf(key: unknown): string | null {
  return typeof key === "string" && key !== "dev" ? key : null;
}

if (import.meta.main) {
  using streams = processIo(Deno.exit);
  using io = talkOver(streams, await streams.terminal());
  const json = Deno.args[0] === "--json";
  try {
    Deno.exitCode = await permissionsCommand(
      { ...plannedFor(Deno.args.slice(json ? 1 : 0)), json },
      io,
    );
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    for (const line of errorLines(error)) io.stderr(`${line}\n`);
    Deno.exitCode = exitCodeOfError(error.code);
  }
}
