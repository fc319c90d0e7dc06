/** Understands the command line of `permissions`, which is that of a run with the name of a command. */

import type { PlannedCommand } from "../permissions.ts";
import { nearest, type Parsed, usage } from "./args.ts";
import { optionsOfCommand } from "./commands.ts";
import { wordsOf } from "./option.ts";
import type { PermissionsCommand } from "./permissions_command.ts";
import { checkStdin, runningCommand, runningOptions } from "./running.ts";

/** What is planned for, by the options of its own command. */
export function permissionsCommand(parsed: Parsed): PermissionsCommand {
  const { text, positional: [argument, named, more] } = parsed;
  const pack = argument ?? text.pack;
  const words = wordsOf(optionsOfCommand("permissions").find(({ name }) => name === "for")!);
  const command = words.find((word) => word === (text.for ?? named ?? "run")) as PlannedCommand | undefined;
  if (pack === undefined || pack === "") {
    throw usage("No pack is named", "Name one: greentic-runner permissions my.gtpack");
  }
  if (command === undefined) {
    const said = text.for ?? named!;
    throw usage(
      `Permissions for "${said}" cannot be planned`,
      nearest(said, words, `Use one of ${words.join(", ")}`),
    );
  }
  if (more !== undefined || text.for !== undefined && named !== undefined) {
    throw usage(`Argument "${more ?? named}" is one too many`, "Name a pack and one command");
  }
  const { options, ...elsewhere } = runningOptions(parsed);
  const { quiet: _, verbose: __, failOnWait: ___, ...running } = runningCommand(parsed);
  checkStdin(pack, running);
  const files = {
    elsewhere: argument === undefined ? null : text.pack ?? null,
    out: text.out ?? null,
    key: text.key ?? null,
  };
  return { name: "permissions", command, pack, ...running, ...elsewhere, options, ...files };
}
