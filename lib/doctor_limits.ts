/**
 * What an examination finds of limits that would stop or hinder a run, as far as that can be known without running it.
 * Never enforces a limit: findings have the code that the run would end with, and are errors where every run with these
 * options comes to that. What a run comes to only where it goes on some way is a warning.
 */

import { DEFAULT_LIMITS, type LimitName } from "./base/limits.ts";
import { examineStartSizes } from "./doctor_component_limits.ts";
import type { ExaminedComponents } from "./doctor_components.ts";
import { type DoctorFinding, faultsOf, raising } from "./doctor_finding.ts";
import { examineSteps } from "./doctor_flow_limits.ts";
import type { ExaminedFlows } from "./doctor_flows.ts";
import { KeptBytes } from "./host/kept_bytes.ts";
import { MemoryStore } from "./host/state/memory_store.ts";
import { seedState } from "./host/state/state.ts";
import type { ResolvedOptions } from "./options.ts";
import { MANIFEST, SBOM_CBOR, SBOM_JSON } from "./pack/entries.ts";
import type { Pack } from "./pack/pack.ts";

/** Compares what is known of a run with its limits. */
export async function examineLimits(
  pack: Pack,
  { flows, components }: { flows: ExaminedFlows; components: ExaminedComponents },
  options: ResolvedOptions,
): Promise<DoctorFinding[]> {
  const { limits } = options;
  const { certain, findings } = await examineSteps(flows, options);
  return [
    ...await examineStartSizes(pack, components, { limits, certain }),
    ...findings,
    ...await seedFindings(options),
    ...neverReached(options),
    ...nearlyReached(pack, options),
  ];
}

/** State that is more than a run may keep. */
async function seedFindings({ identity, state, mocks, limits }: ResolvedOptions): Promise<DoctorFinding[]> {
  const inMemory = state.file === null || mocks.state;
  const found = await faultsOf(
    "limit",
    () => seedState(new MemoryStore(new KeptBytes(limits)), identity, state.seeds),
  );
  // A file may have some of it already.
  return found.map(({ severity, ...finding }) => ({ ...finding, severity: inMemory ? severity : "warning" }));
}

/** Limits of which the first is never reached unless it is the smaller one. */
const WITHIN: readonly (readonly [LimitName, LimitName])[] = [
  ["nodeTimeoutMs", "runTimeoutMs"],
  ["httpTimeoutMs", "nodeTimeoutMs"],
  ["maxValueBytes", "maxRunBytes"],
  ["maxHttpBodyBytes", "maxValueBytes"],
  ["maxEntryBytes", "maxArchiveBytes"],
  ["maxDocumentBytes", "maxEntryBytes"],
];

/** Limits that say nothing, since others are reached before. */
function neverReached({ limits }: ResolvedOptions): DoctorFinding[] {
  return WITHIN.filter(([inner, outer]) => limits[inner] > limits[outer]).map(([inner, outer]) => ({
    // Who lowers a limit need not lower those within it, too.
    severity: limits[inner] === DEFAULT_LIMITS[inner] ? "info" : "warning",
    subject: "limit",
    code: "limit.never",
    message: `The limit ${inner} of ${limits[inner]} is never reached: ${outer} is ${limits[outer]}`,
    hint: raising(outer, limits[inner]),
  }));
}

/** The share of a limit from which on a pack is told to be near it. */
const NEAR = 0.9;

/** Limits of archives that the pack will exceed when it grows. */
function nearlyReached({ entries, source, flows }: Pack, { limits }: ResolvedOptions): DoctorFinding[] {
  const largest = (names: (name: string) => boolean) =>
    entries.filter(({ name }) => names(name))
      .reduce<{ name: string; size: number }>((most, one) => one.size > most.size ? one : most, {
        name: "",
        size: 0,
      });
  const documents = new Set([MANIFEST, SBOM_CBOR, SBOM_JSON, ...flows.map(({ place }) => place)]);
  const entry = largest(() => true), document = largest((name) => documents.has(name));
  const unpacked = entries.reduce((sum, { size }) => sum + size, 0);
  const measured: [limit: LimitName, number: number, what: string, place: string][] = [
    ["maxArchiveBytes", Math.max(source.bytes, unpacked), "The size of the pack", source.label],
    ["maxEntries", entries.length, "The number of entries", source.label],
    ["maxEntryBytes", entry.size, "The size of the largest entry", entry.name],
    ["maxDocumentBytes", document.size, "The size of the largest document", document.name],
  ];
  return measured.filter(([limit, number]) => number >= limits[limit] * NEAR).map((
    [limit, number, what, place],
  ) => ({
    severity: "info",
    subject: "limit",
    code: "limit.near",
    message: `${what}, ${number}, is near the limit ${limit} of ${limits[limit]}`,
    place,
    hint: raising(limit, number * 2),
  }));
}
