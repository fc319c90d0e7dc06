/** What was refused, as the flag `growRefused` says it. */
export const REFUSED_GROWTH = { memory: 1, table: 2 } as const;

/** Names of the exports that metering adds: written by `meter.ts`, used by `guest_meter.ts`. */
export const METER_EXPORTS = {
  table: "meter:table",
  counter: "meter:counter",
  growRefused: "meter:grow-refused",
  start: "meter:start",
  /** With the number of a memory behind it. */
  memory: "meter:memory",
  /** With the number of one of the module's own tables behind it. */
  ownTable: "meter:own-table",
} as const;
