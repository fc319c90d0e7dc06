/**
 * What a pack asks for in secrets, against what is there, before anything runs. Never reads a source and never tells a
 * value. A secret stops a run only where the flow may come to need it: what only components ask for that the flow
 * cannot reach does not, and nothing does when it reaches none.
 */

import { RunnerError } from "./base/errors.ts";
import { someNames } from "./base/names.ts";
import { quoted } from "./base/paths.ts";
import { type ComponentShape, readShape } from "./component/world.ts";
import { findSecret, type SecretSources } from "./host/secrets/open.ts";
import { recordSecrets, secretsOf } from "./inspect_wants.ts";
import type { SecretRequirement } from "./pack/manifest.ts";
import type { Pack } from "./pack/pack.ts";

/** What asks for secrets. */
export type AskingPack = Pick<Pack, "secrets" | "components">;

/** A secret that a pack asks for, and whether it is there. */
export interface SecretState extends SecretRequirement {
  /** The components whose records ask for it; none when only the pack does. */
  readonly askedBy: readonly string[];
  /** Where it was found, or null when it is missing. */
  readonly found: "mock" | "map" | "file" | "environment" | null;
  /** Whether it is required, missing, and may be asked for by a component that the flow reaches. */
  readonly blocking: boolean;
}

/** Every secret that a pack asks for, in its order; `reached` are the ids of the components that the flow may call. */
export function secretStates(
  pack: AskingPack,
  reached: ReadonlySet<string>,
  sources: SecretSources,
): SecretState[] {
  const askers = askersOf(pack);
  // Whose record says nothing may ask for whatever the pack lists.
  const unknown = pack.components.some(({ id, record }) => reached.has(id) && record === undefined);
  const listed = new Set(pack.secrets.map(({ key }) => key));
  return secretsOf(pack).map((secret) => {
    const asking = askers.get(secret.key) ?? [], needing = asking.filter(({ id }) => reached.has(id));
    // Packers list in the pack what its components ask for, so that its list alone says nothing of who needs it.
    const needed = needing.length > 0 ||
      reached.size > 0 && listed.has(secret.key) && (asking.length === 0 || unknown);
    const required = listed.has(secret.key) || needing.length === 0
      ? secret.required
      : needing.some((asker) => asker.required);
    const found = findSecret(sources, secret.key);
    return {
      ...secret,
      required,
      askedBy: asking.map(({ id }) => id),
      found: found === undefined ? null : found.provider === "mock" ? "mock" : found.source,
      blocking: required && found === undefined && needed,
    };
  });
}

/**
 * Checks that every secret is there that the flow may come to need: components that import nothing through which they
 * could ask for one need none.
 *
 * @throws {RunnerError} `secret.missing`, with a row for each of those that are not.
 */
export async function requireSecrets(
  pack: AskingPack,
  reached: ReadonlySet<string>,
  sources: SecretSources,
): Promise<void> {
  if (!secretStates(pack, reached, sources).some(({ blocking }) => blocking)) return;
  checkSecrets(pack, await ableToAsk(pack, reached), sources);
}

/** Interfaces through which secrets can be asked for. */
const ASKING_REGEXP = /^greentic:(?:secrets-store|runtime-config)\//;

/** Of the components that are reached those that can ask for secrets, themselves or through one that they are linked to. */
export async function ableToAsk(
  { components }: AskingPack,
  reached: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const shapes = new Map<string, ComponentShape | null>();
  for (const { id, entry, bytes } of components) shapes.set(id, await shapeOf(entry, bytes));
  const asking = [...shapes].filter(([, shape]) => shape?.imports.some((name) => ASKING_REGEXP.test(name)));
  const exported = new Set(asking.flatMap(([, shape]) => shape?.exports ?? []));
  const linked = [...shapes].filter(([, shape]) => shape?.imports.some((name) => exported.has(name)));
  return new Set([...asking, ...linked].flatMap(([id]) => reached.has(id) ? [id] : []));
}

/** What a component imports and exports, or null: what is wrong with it is told when it is prepared. */
async function shapeOf(entry: string, bytes: () => Promise<Uint8Array>): Promise<ComponentShape | null> {
  try {
    return readShape(await bytes(), entry);
  } catch {
    return null;
  }
}

/**
 * Checks that every secret is there that one of these components may come to need.
 *
 * @throws {RunnerError} `secret.missing`, with a row for each of those that are not: the key, who asks, and what for.
 */
export function checkSecrets(pack: AskingPack, reached: ReadonlySet<string>, sources: SecretSources): void {
  const missing = secretStates(pack, reached, sources).filter(({ blocking }) => blocking);
  if (missing.length === 0) return;
  const keys = missing.map(({ key }) => key);
  const message = missing.length === 1
    ? `Pack asks for a secret that is not there: ${keys[0]}`
    : `Pack asks for ${missing.length} secrets that are not there: ${someNames(keys)}`;
  throw new RunnerError("secret.missing", message, {
    hint: `Add ${
      keys.map((key) => `--secret ${quoted(key)}=…`).join(" ")
    }, or --secrets FILE with lines of KEY=VALUE; --allow-missing-secrets runs without`,
    rows: tableOf(missing),
  });
}

/** A component that asks for a secret, and whether it cannot do without. */
interface Asker {
  readonly id: string;
  readonly required: boolean;
}

function askersOf({ components }: AskingPack): Map<string, Asker[]> {
  const askers = new Map<string, Asker[]>();
  for (const { id, record } of components) {
    for (const { key, required } of recordSecrets(record) ?? []) {
      const others = askers.get(key) ?? [];
      if (!others.some((other) => other.id === id)) askers.set(key, [...others, { id, required }]);
    }
  }
  return askers;
}

function tableOf(missing: readonly SecretState[]): string[] {
  const rows = missing.map(({ key, askedBy, description = "" }) => [
    key,
    askedBy.length === 0 ? "the pack" : askedBy.join(", "),
    description.replace(/\s+/g, " "),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
}
