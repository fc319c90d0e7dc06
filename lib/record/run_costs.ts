/** What two runs took, node by node and as a whole: numbers to look at, which are never a difference. */

import type { JsonObject } from "../base/json.ts";
import { closingLine } from "./run_facts.ts";
import type { KeptRun } from "./read.ts";
import type { Visit } from "./visits.ts";

/** One number of both runs. */
export interface CostPair {
  /** Of A; null when it is not known. */
  readonly a: number | null;
  /** Of B; null when it is not known. */
  readonly b: number | null;
  /** B by A, to three places; null when one is not known or A has nothing. */
  readonly ratio: number | null;
}

/** What something cost in both runs. */
export interface RunCost {
  /** Wall time, in milliseconds. */
  readonly durationMs: CostPair;
  /** Metered units. */
  readonly fuel: CostPair;
  /** The largest linear memory, in bytes. */
  readonly memoryPeakBytes: CostPair;
}

/** What a node cost, over all of its visits and attempts. */
export interface NodeCost extends RunCost {
  /** The node, as differences name it. */
  readonly place: string;
}

type Cost = { readonly [K in keyof RunCost]: number | null };

const NOTHING: Cost = { durationMs: null, fuel: null, memoryPeakBytes: null };

/** The costs of two runs as wholes. */
export function runCost(
  [runA, visitsA]: readonly [KeptRun, readonly Visit[]],
  [runB, visitsB]: readonly [KeptRun, readonly Visit[]],
): RunCost {
  const whole = (run: KeptRun, visits: readonly Visit[]): Cost => ({
    ...[...costsOf(visits).values()].reduce(sum, NOTHING),
    // Nodes that call flows take the time of these, and between nodes goes time, too.
    durationMs: durationOf(run),
  });
  return paired(whole(runA, visitsA), whole(runB, visitsB));
}

/** The costs of all nodes that either run visited, in the order of A and then of B. */
export function nodeCosts(visitsA: readonly Visit[], visitsB: readonly Visit[]): NodeCost[] {
  const [a, b] = [costsOf(visitsA), costsOf(visitsB)];
  return [...new Set([...a.keys(), ...b.keys()])].map((place) => ({
    place,
    ...paired(a.get(place) ?? NOTHING, b.get(place) ?? NOTHING),
  }));
}

/** The wall time of a run, in milliseconds; null when it did not end. */
export function durationOf({ document, result, lines }: KeptRun): number | null {
  if (typeof document.duration_ms === "number") return document.duration_ms;
  const told = closingLine(lines)?.metrics.duration_ms;
  if (typeof told === "number") return told;
  // The reference tells but when it began and ended.
  const taken = result === null ? NaN : Date.parse(result.finishedAt) - Date.parse(result.startedAt);
  return Number.isFinite(taken) ? taken : null;
}

/** Costs as JSON. */
export function costJson({ durationMs, fuel, memoryPeakBytes }: RunCost): JsonObject {
  return { duration_ms: { ...durationMs }, fuel: { ...fuel }, mem_peak_bytes: { ...memoryPeakBytes } };
}

function costsOf(visits: readonly Visit[]): Map<string, Cost> {
  const costs = new Map<string, Cost>();
  for (const { place, attempts } of visits) {
    for (const { end } of attempts) {
      const number = (name: string) => {
        const value = end?.metrics[name];
        return typeof value === "number" ? value : null;
      };
      const cost = {
        durationMs: number("duration_ms"),
        fuel: number("fuel"),
        memoryPeakBytes: number("mem_peak_bytes"),
      };
      costs.set(place, sum(costs.get(place) ?? NOTHING, cost));
    }
  }
  return costs;
}

function sum(a: Cost, b: Cost): Cost {
  return {
    durationMs: together(a.durationMs, b.durationMs, (first, second) => first + second),
    fuel: together(a.fuel, b.fuel, (first, second) => first + second),
    memoryPeakBytes: together(a.memoryPeakBytes, b.memoryPeakBytes, Math.max),
  };
}

function together(
  a: number | null,
  b: number | null,
  join: (a: number, b: number) => number,
): number | null {
  return a === null ? b : b === null ? a : join(a, b);
}

function paired(a: Cost, b: Cost): RunCost {
  return {
    durationMs: pair(a.durationMs, b.durationMs),
    fuel: pair(a.fuel, b.fuel),
    memoryPeakBytes: pair(a.memoryPeakBytes, b.memoryPeakBytes),
  };
}

function pair(a: number | null, b: number | null): CostPair {
  return { a, b, ratio: a === null || b === null || a === 0 ? null : Math.round(b / a * 1000) / 1000 };
}
