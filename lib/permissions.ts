/**
 * Plans the permissions of a command: the least flags of Deno with which it does its work on a pack whose components are
 * prepared, and those that preparing them takes. Made from the same lists as the check before any work. Never runs anything,
 * writes nothing, and reads no more than the pack or the earlier run, and files that options name for what else they say.
 */

import type { JsonObject } from "./base/json.ts";
import { flagArguments, flagLine, permissionSet } from "./base/permission_flags.ts";
import { OWN_SYSTEM } from "./base/paths.ts";
import type { Need, ReasonedNeed } from "./base/permission.ts";
import { read } from "./host_touches.ts";
import { invalid } from "./option_checks.ts";
import type { RunOptions } from "./options.ts";
import { heldInput, type PackInput } from "./pack/pack_input.ts";
import { type PermissionNote, type PlannedCommand, PLANS } from "./permission_plans.ts";

export type { PermissionNote, PlannedCommand } from "./permission_plans.ts";

/** The commands that permissions can be planned for. */
const PLANNED_COMMANDS = Object.keys(PLANS) as PlannedCommand[];

/** The options of the command that is planned for. */
export interface PermissionsOptions extends RunOptions {
  /** The command. @default {"run"} */
  readonly command?: PlannedCommand;
  /** Files that the command reads beside, such as the input of a run. @default {[]} */
  readonly alsoRead?: readonly string[];
  /** The pack of a run that is resumed or replayed, when it is not where it was. @default where it was */
  readonly pack?: PackInput;
  /** The file that `build`, `sign` or `report` writes. @default as the command has it */
  readonly out?: string;
  /** The file of the private key that `build` or `sign` uses. @default none */
  readonly key?: string;
}

/** Permissions in the forms that Deno takes. */
export interface PermissionGrant {
  /** The flags, each an argument of its own. */
  readonly flags: readonly string[];
  /** The same as one line for this system's shell. */
  readonly line: string;
  /** The same as a named set for `permissions` of a `deno.json`: relative paths in it are taken from the file's folder. */
  readonly permissions: JsonObject;
}

/** One permission and why it is needed; several may share a flag. */
export interface PermissionReason {
  /** The flag that grants it. */
  readonly flag: string;
  /** What for. */
  readonly why: string;
  /** The option that asks for it, and who in the pack does. */
  readonly from: string;
}

/** What preparing components ahead takes. */
export interface PermissionWarmUp extends PermissionGrant {
  /** The command that does it, as it is typed. */
  readonly command: string;
}

/** The permissions of a command. */
export interface PermissionPlan extends PermissionGrant {
  /** The command. */
  readonly command: PlannedCommand;
  /** What preparing its components ahead takes; null when it uses none, or keeps none. */
  readonly warmup: PermissionWarmUp | null;
  /** Why, for each of the permissions. */
  readonly reasons: readonly PermissionReason[];
  /** Hosts that the pack asks for and that are not allowed. */
  readonly notes: readonly PermissionNote[];
}

/** The name of the set in a `deno.json`. */
const SET = "greentic", WARMUP_SET = "greentic-warmup";

/** What `packPermissions` of the module does; `lib/on_demand.ts` says what that is. */
export async function packPermissions(
  source: PackInput,
  options: PermissionsOptions = {},
): Promise<PermissionPlan> {
  return await planned(source, options, []);
}

/** The same for a command that needs more than its options say. */
export async function planned(
  source: PackInput,
  options: PermissionsOptions,
  also: readonly ReasonedNeed[],
): Promise<PermissionPlan> {
  const { command = "run", alsoRead = [], pack, out = null, key = null, ...run } = options;
  if (!Object.hasOwn(PLANS, command)) {
    throw invalid("command", command, `one of ${PLANNED_COMMANDS.join(", ")}`);
  }
  const more = alsoRead.map((path) => read(path, "It is read for the command", "alsoRead"));
  const { needs, warmup = null, notes = [] } = await PLANS[command](heldInput(source), {
    run,
    also: [...also, ...more],
    pack,
    out,
    key,
  });
  return {
    command,
    ...grantOf(needs, SET),
    warmup: warmup && { command: warmup.command, ...grantOf(warmup.needs, WARMUP_SET) },
    reasons: reasonsOf(needs),
    notes,
  };
}

function grantOf(needs: readonly Need[], name: string): PermissionGrant {
  return {
    flags: flagArguments(needs, OWN_SYSTEM),
    line: flagLine(needs, OWN_SYSTEM),
    permissions: { [name]: permissionSet(needs, OWN_SYSTEM) },
  };
}

/** The reasons, each once. */
function reasonsOf(needs: readonly ReasonedNeed[]): PermissionReason[] {
  const reasons = needs.map((need) => ({
    flag: flagArguments([need], OWN_SYSTEM).join(),
    why: need.why,
    from: need.from,
  }));
  return [...new Map(reasons.map((reason) => [JSON.stringify(reason), reason])).values()];
}

/** A plan as JSON. */
export function permissionsJson(plan: PermissionPlan): JsonObject {
  const { command, warmup, reasons, notes } = plan;
  return {
    command,
    ...grantJson(plan),
    warmup: warmup && { command: warmup.command, ...grantJson(warmup) },
    reasons: reasons.map((reason) => ({ ...reason })),
    notes: notes.map((note) => ({ ...note })),
  };
}

function grantJson({ flags, line, permissions }: PermissionGrant): JsonObject {
  return { flags: [...flags], line, permissions };
}
