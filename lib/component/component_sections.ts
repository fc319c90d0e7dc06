/**
 * The sections of a component, and how deep components may nest in one another. Never reads what is in a section.
 *
 * Format: the Component Model's `Binary.md`.
 */

import { BinaryError } from "./binary.ts";

/** The sections by their numbers. */
export const COMPONENT_SECTION = {
  coreModule: 1,
  coreInstances: 2,
  component: 4,
  instances: 5,
  aliases: 6,
  canonicalFunctions: 8,
  imports: 10,
  exports: 11,
} as const;

/** Deepest nesting of components. Compilers nest two deep. */
const MAX_NESTING = 16;

/** Throws a `BinaryError` for a component that lies too deep in others; one that lies in none has the depth 0. */
export function checkNesting(depth: number): void {
  if (depth > MAX_NESTING) throw new BinaryError(`Components nest deeper than ${MAX_NESTING} levels`);
}
