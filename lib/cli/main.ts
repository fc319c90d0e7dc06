/** The command from arguments to exit code. Only here is an error turned into lines. */

import { messageOf, RunnerError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { type Command, parseCommand } from "./args.ts";
import { EXIT, exitCodeOfError } from "./exit_codes.ts";
import { helpText } from "./help.ts";
import { type CommandIo, errorLines } from "./print.ts";

/** Carries out a command line and gives the exit code. Never throws for what a user can cause. */
export async function main(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await dispatch(parseCommand(argv), io);
  } catch (error) {
    const known = error instanceof RunnerError
      ? error
      : new RunnerError("internal", messageOf(error), { cause: error });
    for (const line of errorLines(known)) io.stderr(`${line}\n`);
    return exitCodeOfError(known.code);
  }
}

async function dispatch(command: Command, io: CommandIo): Promise<number> {
  switch (command.name) {
    case "help":
      io.stdout(helpText(command.topic));
      return EXIT.ok;
    case "version":
      io.stdout(`${VERSION}\n`);
      return EXIT.ok;
    // What a command needs is loaded with the command: --version and --help load none of it.
    case "run":
      return await (await import("./run_command.ts")).runCommand(command, io);
    case "inspect":
      return await (await import("./inspect_command.ts")).inspectCommand(command, io);
  }
}
