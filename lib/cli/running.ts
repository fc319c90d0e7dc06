/** What the options mean that a command has which runs a flow, or plans or examines a run. Never reads a file. */

import type { RunOptions } from "../options.ts";
import { type Parsed, usage } from "./args.ts";
import { guestOptions } from "./guest_values.ts";
import { type HostValues, hostValues } from "./host_values.ts";
import { openingOptions } from "./opening.ts";
import { defined, inputOf, type InputSource, parametersOf } from "./values.ts";

/** What `run` and `resume` have in common. */
export interface RunningCommand extends Pick<HostValues, "mocksFiles" | "otlp" | "offline"> {
  readonly input: InputSource | null;
  /** A file with a list of answers. */
  readonly turns: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether everything is told that is heard of the run. */
  readonly verbose: boolean;
  readonly failOnWait: boolean;
}

/** Standard input can be read once. */
export function checkStdin(
  pack: string | null,
  { input, turns }: Pick<RunningCommand, "input" | "turns">,
): void {
  const read = { pack: pack === "-", input: input?.kind === "stdin", answers: turns === "-" };
  const [first, second] = Object.entries(read).flatMap(([name, yes]) => yes ? [name] : []);
  if (first === undefined || second === undefined) return;
  const what = `${first.slice(0, 1).toUpperCase()}${first.slice(1)} and ${second}`;
  throw usage(`${what} cannot both come from standard input`, "Write --input @FILE or --turns FILE");
}

/** What a command line says of how a run is given its input, and of what is told of it. */
export function runningCommand({ text, flags }: Parsed): Omit<RunningCommand, keyof HostValues> {
  return {
    input: inputOf(text),
    turns: text.turns ?? null,
    json: flags.json!,
    quiet: flags.quiet!,
    verbose: isVerbose(flags),
    failOnWait: flags["fail-on-wait"]!,
  };
}

/** Whether everything is to be told. Throws `usage` for `--quiet` beside it. */
export function isVerbose({ quiet, verbose }: Parsed["flags"]): boolean {
  if (quiet && verbose) throw usage("Both --quiet and --verbose are given", "Give one of them");
  return verbose!;
}

/** The options of a run, and what of them is read from files and the environment later. */
export function runningOptions(parsed: Parsed): HostValues & { readonly options: RunOptions } {
  const { text, lists, flags } = parsed;
  const host = hostValues(parsed);
  const componentInput = text["component-input"];
  if (componentInput !== undefined && componentInput !== "auto" && componentInput !== "envelope") {
    throw usage(`Option "--component-input" is "${componentInput}"`, "Use auto or envelope");
  }
  const options = defined<RunOptions>({
    ...openingOptions(parsed),
    entryFlow: text.flow,
    entrypoint: text.entrypoint,
    entryNode: text["entry-node"],
    parameters: parametersOf(lists.parameter!),
    operation: text.op,
    artifactsDir: text["artifacts-dir"],
    ctx: defined({ tenantId: text.tenant, teamId: text.team, userId: text.user, sessionId: text.session }),
    templates: flags["lenient-templates"] ? "lenient" : undefined,
    componentInput,
    env: text.env,
    ...host.options,
    mocks: mocksOf(parsed, host),
    ...guestOptions(parsed),
  });
  return { ...host, options };
}

/** A time, as text or as milliseconds since 1970. */
function timeOf(text: string): string | number {
  return /^\d{9,15}$/.test(text) ? Number(text) : text;
}

function mocksOf({ text }: Parsed, { options: { mocks } }: HostValues): RunOptions["mocks"] | undefined {
  const time = text["mock-time"];
  return time === undefined ? mocks : { ...mocks, time: { now: timeOf(time) } };
}
