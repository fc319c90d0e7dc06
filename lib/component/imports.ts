/**
 * Compares what components import with what the host offers, and finds the components of the same pack that can stand
 * in for the host. Never prepares anything.
 */

import { RunnerError } from "../base/errors.ts";
import { type ComponentShape, type HostOffers, withoutVersion } from "./world.ts";

/** One import that nobody offers. */
export interface MissingImport {
  /** The entry of the component that wants it. */
  readonly entry: string;
  /** The import. */
  readonly name: string;
  /** The nearest interface on offer, if there is one of that name. */
  readonly nearest?: string;
  /** The components that export it, when they are several. */
  readonly exporters?: readonly string[];
}

/** The imports of a component that the host does not offer, in their order. */
export function unofferedImports(shape: ComponentShape, offers: HostOffers): string[] {
  return shape.imports.filter((name) => offerFor(name, offers) === undefined);
}

/** The offer that serves an import: the same version, or another patch of it, which changes no function. */
export function offerFor(name: string, offers: HostOffers): string | undefined {
  if (offers.has(name)) return name;
  const base = withoutVersion(name);
  const [, minor] = /^@(\d+\.\d+)\.\d+$/.exec(name.slice(base.length)) ?? [];
  if (minor === undefined) return undefined;
  // WASI is offered in all its patches.
  return [...offers.keys()].find((offer) =>
    withoutVersion(offer) === base && `${offer}.`.startsWith(`${base}@${minor}.`)
  );
}

/** The interface on offer that has an import's name and another version: the one with the highest. */
export function nearestOffer(name: string, offers: Iterable<string>): string | undefined {
  const base = withoutVersion(name);
  return [...offers].filter((offer) => withoutVersion(offer) === base)
    .sort((a, b) => compareVersions(versionOf(a), versionOf(b))).at(-1);
}

function versionOf(name: string): readonly number[] {
  return name.slice(withoutVersion(name).length + 1).split(".").map(Number);
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at < 0 ? a.length - b.length : a[at]! - (b[at] ?? -1);
}

/** The one error that tells every import that components lack, as a table. */
export class MissingImports extends RunnerError {
  /** The imports. */
  readonly missing: readonly MissingImport[];

  /** Tells of imports, of which there is at least one. */
  constructor(missing: readonly MissingImport[]) {
    const entries = [...new Set(missing.map(({ entry }) => entry))];
    const several = entries.length > 1;
    const message = several
      ? `${entries.length} components import what nobody offers here`
      : `Component imports what nobody offers here: ${missing.map(({ name }) => name).join(", ")}`;
    super("component.import_missing", message, {
      place: entries.join(", "),
      hint: hintFor(missing),
      rows: tableOf(missing, several),
    });
    this.missing = missing;
  }
}

function hintFor(missing: readonly MissingImport[]): string {
  if (missing.some(({ exporters }) => exporters !== undefined)) {
    return "Keep one of the components that export the interface";
  }
  const near = missing.some(({ nearest }) => nearest !== undefined);
  const unknown = missing.some(({ nearest }) => nearest === undefined);
  const rest = "imports that nobody has, or build a pack with a component that exports them";
  if (!near) return unknown ? `Remove ${rest}` : "";
  return `Rebuild against the offered versions${unknown ? `; remove ${rest}` : ""}`;
}

/** A row for each import: who wants it, what it is, what there is instead. */
function tableOf(missing: readonly MissingImport[], several: boolean): string[] {
  const rows = missing.map(({ entry, name, nearest, exporters }) => [
    ...(several ? [entry] : []),
    name,
    exporters !== undefined
      ? `exported by ${exporters.join(" and ")}`
      : nearest !== undefined
      ? `offered: ${nearest}`
      : "nothing of that name",
  ]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
}
