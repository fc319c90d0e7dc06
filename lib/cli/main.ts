/**
 * The command from arguments to exit code. What a command needs is loaded with the command, and what nobody needs who
 * asks for the version or for help is loaded after that was answered.
 */

import { VERSION } from "../base/version.ts";
import type { Command } from "./command.ts";
import type { CommandIo } from "./print.ts";

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
    if (await answered(argv, io)) return 0;
    const [{ parseCommand }, { variable }] = await Promise.all([
      import("./command.ts"),
      import("./environment.ts"),
    ]);
    return await dispatch(parseCommand(argv, variable), { ...io, stdout, interrupt: io.interrupt });
  } catch (error) {
    const { tellError } = await import("./tell_error.ts");
    const json = argv.some((argument) => /^--json(?:=true)?$/.test(argument)) && !printed;
    return tellError(error, io, { json });
  }
}

/** Answers what the first argument alone asks for: the version or help. */
async function answered([first]: readonly string[], io: CommandIo): Promise<boolean> {
  switch (first) {
    case "--version":
    case "-V":
      io.stdout(`${VERSION}\n`);
      return true;
    case undefined:
    case "--help":
    case "-h":
      await help(null, io);
      return true;
    default:
      return false;
  }
}

async function help(topic: string | null, io: CommandIo): Promise<void> {
  const { helpText } = await import("./help.ts");
  io.stdout(helpText(topic));
}

async function dispatch(command: Command, io: CommandIo): Promise<number> {
  switch (command.name) {
    case "help":
      await help(command.topic, io);
      return 0;
    case "version":
      io.stdout(`${VERSION}\n`);
      return 0;
    case "run":
      return await (await import("./run_command.ts")).runCommand(command, io);
    case "doctor":
      return await (await import("./doctor_command.ts")).doctorCommand(command, io);
    case "permissions":
      return await (await import("./permissions_command.ts")).permissionsCommand(command, io);
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
      return 0;
    case "keygen":
      return await (await import("./keygen_command.ts")).keygenCommand(command, io);
  }
}
