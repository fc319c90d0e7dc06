/** Names of the exports that metering adds: written by `meter.ts`, used by `guest_meter.ts`. */
export const METER_EXPORTS = {
  table: "meter:table",
  counter: "meter:counter",
  growRefused: "meter:grow-refused",
  start: "meter:start",
} as const;
