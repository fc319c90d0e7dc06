/** The command from arguments to exit code. Only here is an error turned into lines. */

import { messageOf, RunnerError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { type Command, parseCommand } from "./command.ts";
import { variable } from "./environment.ts";
import { EXIT, exitCodeOfError } from "./exit_codes.ts";
import { helpText } from "./help.ts";
import { type CommandIo, errorJson, errorLines, jsonText } from "./print.ts";

/**
 * Carries out a command line and gives the exit code. Never throws for what a user can cause. With `--json` standard
 * output gets one document in any case: the command's, or else the error.
 */
export async function main(argv: readonly string[], io: CommandIo): Promise<number> {
  let printed = false;
  function stdout(text: string): void {
    printed = true;
    io.stdout(text);
  }
  try {
    return await dispatch(parseCommand(argv, variable), { ...io, stdout, interrupt: io.interrupt });
  } catch (error) {
    const known = error instanceof RunnerError
      ? error
      : new RunnerError("internal", messageOf(error), { cause: error });
    for (const line of errorLines(known)) io.stderr(`${line}\n`);
    if (argv.some((argument) => /^--json(?:=true)?$/.test(argument)) && !printed) {
      io.stdout(jsonText(errorJson(known)));
    }
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
    case "doctor":
      return await (await import("./doctor_command.ts")).doctorCommand(command, io);
    case "resume":
      return await (await import("./resume_command.ts")).resumeCommand(command, io);
    case "replay":
      return await (await import("./replay_command.ts")).replayCommand(command, io);
    case "lint":
      return await (await import("./lint_command.ts")).lintCommand(command, io);
    case "inspect":
      return await (await import("./inspect_command.ts")).inspectCommand(command, io);
    case "verify":
      return await (await import("./verify_command.ts")).verifyCommand(command, io);
    case "build":
      return await (await import("./build_command.ts")).buildCommand(command, io);
    case "sign":
      return await (await import("./sign_command.ts")).signCommand(command, io);
    case "cache":
      return await (await import("./cache_command.ts")).cacheCommand(command, io);
    case "har":
      return await (await import("./har_command.ts")).harCommand(command, io);
    case "completions":
      io.stdout((await import("./completions.ts")).completionScript(command.shell));
      return EXIT.ok;
    case "keygen":
      return await (await import("./keygen_command.ts")).keygenCommand(command, io);
  }
}
