/**
 * The command from arguments to exit code. What a command needs is loaded with the command, and what nobody needs who
 * asks for the version or for help is loaded after that was answered.
 */

import { VERSION } from "../base/version.ts";
import type { Command } from "./command.ts";
import type { CommandIo, Streams } from "./print.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Carries out a command line and gives the exit code. Never throws for what a user can cause. With `--json` standard
 * output gets one document in any case: the command's, or else the error.
 */
export async function main(argv: readonly string[], streams: Streams): Promise<number> {
  try {
    if (await answered(argv, streams)) return 0;
  } catch (error) {
    return await failed(error, streams, { json: false });
  }
  const { talkOver } = await import("./talk.ts");
  using io = talkOver(streams, await streams.terminal());
  try {
    const [{ parseCommand }, { variable }] = await Promise.all([
      import("./command.ts"),
      import("./environment.ts"),
    ]);
    return await dispatch(parseCommand(argv, variable), io);
  } catch (error) {
    const json = argv.some((argument) => /^--json(?:=true)?$/.test(argument)) && !io.printed;
    return await failed(error, io, { json });
  }
}

async function failed(...what: Parameters<typeof import("./tell_error.ts").tellError>): Promise<number> {
  const { tellError } = await import("./tell_error.ts");
  return tellError(...what);
}

/** Answers what the first argument alone asks for: the version or help. */
async function answered([first]: readonly string[], io: Streams): Promise<boolean> {
  switch (first) {
    case "--version":
    case "-V":
      io.stdout(`${VERSION}\n`);
      return true;
    case undefined:
    case "--help":
    case "-h":
      await help(null, io, await io.terminal());
      return true;
    default:
      return false;
  }
}

async function help(topic: string | null, io: Pick<Streams, "stdout">, terminal: Terminal): Promise<void> {
  const { helpText } = await import("./help.ts");
  io.stdout(helpText(topic, terminal.dataColumns()));
}

async function dispatch(command: Command, io: CommandIo): Promise<number> {
  switch (command.name) {
    case "help":
      await help(command.topic, io, io.terminal);
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
    case "diff":
      return await (await import("./diff_command.ts")).diffCommand(command, io);
    case "report":
      return await (await import("./report_command.ts")).reportCommand(command, io);
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
