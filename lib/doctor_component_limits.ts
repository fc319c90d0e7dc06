/**
 * What an examination finds of what components take before any of their code runs, against the limits: memories, tables,
 * core instances. Never instantiates anything.
 */

import { type ErrorCode, RunnerError } from "./base/errors.ts";
import type { LimitName, Limits } from "./base/limits.ts";
import type { ComponentFile } from "./component/component.ts";
import { MAX_TABLES } from "./component/core_module.ts";
import { type StartSizes, startSizes } from "./component/start_sizes.ts";
import { PAGE_BYTES } from "./component/wasm_page.ts";
import type { ExaminedComponents } from "./doctor_components.ts";
import { type DoctorFinding, notReached, raising, stopping } from "./doctor_finding.ts";
import type { Pack } from "./pack/pack.ts";

/** Something that a component takes, and the limit that it is against. */
interface Measure {
  readonly limit: LimitName;
  readonly code: ErrorCode;
  /** What one of its core modules starts with; null for what is only counted for all of them. */
  readonly largest: ((sizes: StartSizes) => number) | null;
  /** What an instance of the component takes. */
  readonly all: (sizes: StartSizes) => number;
  /** A number of it, in words. */
  readonly told: (number: number) => string;
}

const MEASURES: readonly Measure[] = [
  {
    limit: "maxMemoryBytes",
    code: "limit.memory",
    largest: ({ largestMemoryBytes }) => largestMemoryBytes,
    all: ({ memoryBytes }) => memoryBytes,
    told: (bytes) => `${bytes} bytes of memory`,
  },
  {
    limit: "maxTableElements",
    code: "limit.table",
    largest: ({ largestTable }) => largestTable,
    all: ({ tableElements }) => tableElements,
    told: (elements) => `tables of ${elements} elements`,
  },
  {
    limit: "maxCoreInstances",
    code: "limit.instances",
    largest: null,
    all: ({ coreInstances }) => coreInstances,
    told: (instances) => `${instances} core instances`,
  },
];

/**
 * Compares what components start with with the limits. `certain` are the ids of those that every run calls, and whose
 * failure ends it.
 */
export async function examineStartSizes(
  pack: Pack,
  { used, usable, called }: ExaminedComponents,
  { limits, certain }: { limits: Limits; certain: ReadonlySet<string> },
): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  const known = new Map<ComponentFile, StartSizes>();
  for (const file of usable) {
    const sizes = await sizesOf(file, findings);
    if (sizes === null) continue;
    known.set(file, sizes);
    findings.push(...preparing(file, sizes, limits));
  }
  for (const file of pack.components.filter(({ id }) => !used.has(id))) {
    const sizes = await sizesOf(file, []);
    if (sizes === null) continue;
    findings.push(...preparing(file, sizes, limits).map(notReached));
  }
  // What cannot be prepared is never called.
  if (findings.some(({ severity }) => severity === "error")) return findings;
  for (const [id, files] of called) {
    const sizes = files.flatMap((file) => known.get(file) ?? []);
    const entry = files[0]?.entry ?? id;
    findings.push(
      ...calling({ id, entry, linked: files.length > 1 }, sizes, { limits, stops: certain.has(id) }),
    );
  }
  return findings;
}

/** What a component starts with; null for one that is no component, which is told elsewhere. */
async function sizesOf(file: ComponentFile, findings: DoctorFinding[]): Promise<StartSizes | null> {
  try {
    return startSizes(await file.bytes(), file.entry);
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    findings.push(stopping("component", error));
    return null;
  }
}

/** What the preparation of a component refuses, which a run begins with. */
function preparing({ id, entry }: ComponentFile, sizes: StartSizes, limits: Limits): DoctorFinding[] {
  const shared = { severity: "error", subject: "limit", place: entry } as const;
  const { mostTables } = sizes;
  const tables =
    `Component ${id} has ${mostTables} tables in a core module, and no more than ${MAX_TABLES} are taken`;
  const found = MEASURES.flatMap(({ limit, code, largest, told }): DoctorFinding[] => {
    const number = largest?.(sizes) ?? 0;
    if (number <= capOf(limit, limits)) return [];
    const message = `Component ${id} starts with ${told(number)}, and the limit ${limit} is ${limits[limit]}`;
    return [{ ...shared, code, message, hint: raising(limit, number) }];
  });
  return mostTables > MAX_TABLES ? [{ ...shared, code: "limit.table", message: tables }, ...found] : found;
}

/** What ends every call of a component. */
function calling(
  { id, entry, linked }: { id: string; entry: string; linked: boolean },
  sizes: readonly StartSizes[],
  { limits, stops }: { limits: Limits; stops: boolean },
): DoctorFinding[] {
  return MEASURES.flatMap(({ limit, code, all, told }): DoctorFinding[] => {
    const number = sizes.reduce((sum, one) => sum + all(one), 0);
    if (number <= limits[limit]) return [];
    const what = linked ? `Component ${id} with those that it is linked to` : `Component ${id}`;
    return [{
      severity: stops ? "error" : "warning",
      subject: "limit",
      code,
      message: `${what} takes ${told(number)} for each call, and the limit ${limit} is ${limits[limit]}`,
      place: entry,
      hint: raising(limit, number),
    }];
  });
}

/** What a memory is held to, which comes in pages. */
function capOf(limit: LimitName, limits: Limits): number {
  return limit === "maxMemoryBytes" ? Math.floor(limits[limit] / PAGE_BYTES) * PAGE_BYTES : limits[limit];
}
