/** `permissions PACK`: tells the least permissions of Deno with which a command does its work, and why. */

import { type PermissionPlan, permissionsJson, planned, type PlannedCommand } from "../permissions.ts";
import { packNeeds } from "../run_touches.ts";
import type { RunCommand } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { completeOptions, mocksNeeds } from "./host_files.ts";
import { packInput } from "./pack_input.ts";
import { type CommandIo, jsonText, line, visible } from "./print.ts";
import { answerNeeds } from "./run_command.ts";
import { table } from "./table.ts";

/** `permissions PACK`: the command that is planned for, as its own command line describes it. */
export interface PermissionsCommand
  extends Omit<RunCommand, "name" | "quiet" | "verbose" | "failOnWait" | "watch"> {
  readonly name: "permissions";
  /** The command that is planned for. */
  readonly command: PlannedCommand;
  /** The pack of an earlier run that `pack` names, when it is not where it was. */
  readonly elsewhere: string | null;
  /** The file that the command writes, when it is said. */
  readonly out: string | null;
  /** The file of the private key that the command uses, or null for none. */
  readonly key: string | null;
}

/** Carries out the command and gives the exit code. */
export async function permissionsCommand(asked: PermissionsCommand, io: CommandIo): Promise<number> {
  const { pack, command, elsewhere, out, key, json } = asked;
  const source = pack === "-" ? null : pack;
  const complete = await completeOptions(asked.options, asked, () => packNeeds(source));
  // What the environment says of traces holds only where a run may read it, which no plan grants.
  const { otlp, ...options } = complete;
  const plan = await planned(await packInput(pack, options, io), {
    ...options,
    ...(asked.otlp.endpoint === undefined || otlp === undefined ? {} : { otlp }),
    command,
    ...(elsewhere === null ? {} : { pack: elsewhere }),
    ...(out === null ? {} : { out }),
    ...(key === null ? {} : { key }),
    signal: io.interrupt,
  }, [...answerNeeds(asked), ...mocksNeeds(asked.mocksFiles)]);
  io.stdout(json ? jsonText(permissionsJson(plan)) : text(plan));
  for (const row of talk(plan, io.terminal.talkColumns())) io.stderr(`${row}\n`);
  return EXIT.ok;
}

/** The flags as the first line, so that a script can take them; what follows explains itself. */
function text({ line, permissions, warmup }: PermissionPlan): string {
  const blocks = [
    [line],
    [
      "# the same as a set of the deno.json here: deno run --config deno.json -P=greentic jsr:@greentic/runner …",
      JSON.stringify({ permissions }),
    ],
    ...(warmup === null ? [] : [[
      `# what preparing its components once takes: ${warmup.command}`,
      warmup.line,
    ]]),
  ];
  return blocks.map((rows) => rows.map((row) => `${visible(row)}\n`).join("")).join("\n");
}

function talk({ reasons, notes }: PermissionPlan, columns: number): string[] {
  return [
    ...table(reasons.map(({ flag, why, from }) => [flag, why, from]), columns).map((row) => visible(row)),
    ...notes.flatMap(({ message, place, hint }) => [
      line(`note: ${message}${place === undefined ? "" : ` (${place})`}`),
      ...(hint === undefined ? [] : [line(`  hint: ${hint}`)]),
    ]),
  ];
}
