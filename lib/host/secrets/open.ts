/**
 * The secrets of one run from all of their sources, and the order in which they are asked: what a mock pretends, then
 * values, files and the environment. Never answers a guest.
 */

import type { Finding } from "../../base/finding.ts";
import { requirePermissions } from "../../base/permission.ts";
import { environmentSource } from "./environment_source.ts";
import type { SecretScope } from "./seeds.ts";
import { type FoundSecret, mapSource, type SecretEntry, type SecretSource } from "./source.ts";

/** Where the secrets of a run come from. */
export interface SecretsGrants {
  /** What is pretended; strict: nothing else is looked for. Null for no mock. */
  readonly mock: { readonly map: Readonly<Record<string, string>>; readonly strict: boolean } | null;
  /** Values by key. */
  readonly values: Readonly<Record<string, string>>;
  /** Paths of files. */
  readonly files: readonly string[];
  /** Names of environment variables. */
  readonly environment: readonly string[];
}

/** The sources of a run's secrets. */
export interface SecretSources {
  /** What is pretended, or null for no mock. */
  readonly mock: SecretSource | null;
  /** Whether the mock alone is asked. */
  readonly strict: boolean;
  /** The others, in the order in which they are asked. */
  readonly sources: readonly SecretSource[];
}

/**
 * Reads all sources, in their order; a source with nothing in it is none.
 *
 * @throws {RunnerError} `secrets.invalid` for a file that cannot be read or understood; `permission.missing` with all
 * flags of its kind; `option.invalid`.
 */
export async function openSecrets(
  { mock, values, files, environment }: SecretsGrants,
  scope: SecretScope,
): Promise<SecretSources & { readonly warnings: readonly Finding[] }> {
  requirePermissions(files.map((path) => ({ name: "read", path })));
  const variables = environment.length === 0 ? [] : [environmentSource(environment)];
  const given = Object.keys(values).length === 0 ? [] : [mapSource(values)];
  // Reading files takes code that most runs do without.
  const { fileSource } = files.length === 0 ? {} : await import("./file_source.ts");
  const opened = fileSource === undefined
    ? []
    : await Promise.all(files.map((path) => fileSource(path, scope)));
  const sources = [...given, ...opened.map(({ source }) => source), ...variables];
  const pretended = mock === null ? null : mapSource(mock.map);
  const all = pretended === null ? sources : [pretended, ...sources];
  return {
    mock: pretended,
    strict: mock?.strict ?? false,
    sources,
    warnings: [...opened.flatMap(({ warnings }) => warnings), ...all.flatMap(shortSecrets)],
  };
}

/** The secrets of a mock alone. */
export function mockSecrets(map: Readonly<Record<string, string>>): SecretSources {
  return { mock: mapSource(map), strict: true, sources: [] };
}

/** A secret that was found, and whether it is a pretended one. */
export interface LocatedSecret extends FoundSecret {
  /** Who answers for it. */
  readonly provider: "mock" | "real";
}

/** Looks a key up as guests do. */
export function findSecret(
  { mock, strict, sources }: SecretSources,
  key: string,
): LocatedSecret | undefined {
  const pretended = mock?.find(key);
  if (pretended !== undefined) return { ...pretended, provider: "mock" };
  if (mock !== null && strict) return undefined;
  for (const source of sources) {
    const found = source.find(key);
    if (found !== undefined) return { ...found, provider: "real" };
  }
  return undefined;
}

/** The secrets of all sources, those that are asked first in front. */
export function* secretEntries({ mock, sources }: SecretSources): Generator<SecretEntry, void, undefined> {
  for (const source of mock === null ? sources : [mock, ...sources]) yield* source.entries();
}

/** Everything that records must not show of the secrets of a run. */
export function* secretTexts(sources: SecretSources): Generator<string, void, undefined> {
  for (const { texts } of secretEntries(sources)) yield* texts;
}

/** What is shorter stands everywhere in records, where it could not be hidden without hiding much else. */
const MIN_HIDDEN_CHARS = 4;

function shortSecrets(source: SecretSource): Finding[] {
  return [...source.entries()].filter(isShort).map(({ name, place }) => ({
    severity: "warning",
    code: "secrets.exposed",
    message: `Secret "${name}" has less than ${MIN_HIDDEN_CHARS} characters, and records do not hide it`,
    hint: "Give a longer one, unless it is made up",
    ...(place === undefined ? {} : { place }),
  }));
}

function isShort({ value }: SecretEntry): boolean {
  const { length } = new TextDecoder().decode(value);
  return length > 0 && length < MIN_HIDDEN_CHARS;
}
