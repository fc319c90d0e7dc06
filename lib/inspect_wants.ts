/** What a pack asks of its host: secrets and web addresses, gathered from wherever authors may have named them. */

import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import { compareCodePoints, isArray, type Json, type JsonObject, member, stringMember } from "./base/json.ts";
import type { SecretRequirement } from "./pack/manifest.ts";
import type { Pack } from "./pack/pack.ts";

/** The secrets of the manifest, then those that only a component's record names. */
export function secretsOf(pack: Pick<Pack, "secrets" | "components">): SecretRequirement[] {
  const secrets = new Map(pack.secrets.map((secret) => [secret.key, secret]));
  for (const secret of pack.components.flatMap(({ record }) => recordSecrets(record) ?? [])) {
    if (!secrets.has(secret.key)) secrets.set(secret.key, secret);
  }
  return [...secrets.values()];
}

/** The secrets that a component's record names; undefined when there is no record that could. */
export function recordSecrets(record: JsonObject | undefined): SecretRequirement[] | undefined {
  if (record === undefined) return undefined;
  const required = member(hostWish(record, "secrets"), "required");
  return (isArray(required) ? required : []).flatMap((item) => {
    const key = stringMember(item, "key"), description = stringMember(item, "description");
    if (key === undefined) return [];
    const known = description === undefined ? {} : { description };
    return [{ key, required: member(item, "required") !== false, ...known }];
  });
}

/** What a component's record says it wants of a part of its host, such as `http`. */
export function hostWish(record: JsonObject | undefined, part: string): Json | undefined {
  return member(member(member(record, "capabilities"), "host"), part);
}

/** The file in which a pack's author may name the hosts it needs. */
const HINTS = "bindings.hints.yaml";

/** The entry of a pack in which its author may have named them. */
export function hintsEntry({ entries }: Pick<Pack, "entries">): string | undefined {
  return [HINTS, `assets/${HINTS}`].find((name) => entries.some((entry) => entry.name === name));
}

/** A host that a pack names. */
export interface NamedHost {
  /** The origin of an address, or the host as the pack's hints spell it. */
  readonly host: string;
  /** The ids of the flows that name it in addresses. */
  readonly flows: readonly string[];
  /** The file of hints that asks for it, or null when none does. */
  readonly hints: string | null;
}

/** The hosts that flows name in addresses, and those that the pack's hints ask for. */
export async function hostsOf(pack: Pack, findings: Finding[]): Promise<string[]> {
  return (await namedHosts(pack, findings)).map(({ host }) => host);
}

/** The same with where they are named; a file of hints that cannot be read is a finding. */
export async function namedHosts(pack: Pack, findings: Finding[]): Promise<NamedHost[]> {
  const flows = new Map<string, string[]>();
  for (const { id, document } of pack.flows) {
    const hosts = new Set<string>();
    addHosts(document, hosts);
    for (const host of hosts) flows.set(host, [...flows.get(host) ?? [], id]);
  }
  const hinted = new Set<string>();
  const hints = hintsEntry(pack);
  if (hints !== undefined) {
    const allowed = member(member(await readHints(pack, hints, findings), "network"), "allow");
    for (const host of isArray(allowed) ? allowed : []) if (typeof host === "string") hinted.add(host);
  }
  return [...new Set([...flows.keys(), ...hinted])].sort(compareCodePoints).map((host) => ({
    host,
    flows: flows.get(host) ?? [],
    hints: hinted.has(host) ? hints ?? null : null,
  }));
}

async function readHints(pack: Pack, name: string, findings: Finding[]): Promise<Json> {
  const { parseYaml } = await import("./base/yaml.ts");
  try {
    return parseYaml(new TextDecoder().decode(await pack.read(name)), name).value;
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    const { code, message, place = name, hint } = error;
    const more = hint === undefined ? {} : { hint };
    findings.push({ severity: "warning", code, message: `Hints are left out: ${message}`, place, ...more });
    return null;
  }
}

/** The origins of all web addresses in a value's texts. */
function addHosts(value: Json, hosts: Set<string>): void {
  if (typeof value === "string") {
    for (const [address] of value.matchAll(/https?:\/\/[a-z0-9.-]+(?::\d+)?/gi)) {
      // Neither schemes nor hosts know capitals.
      hosts.add(address.toLowerCase());
    }
  } else if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) addHosts(item, hosts);
  }
}
