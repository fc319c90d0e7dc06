/**
 * Control: lets a guest ask whether it should stop, so that it can leave with an answer of its own. Answered beside the
 * guest, as clocks are: a guest may ask as often as it likes. Never stops one.
 *
 * Interface: `greentic:component/control` in 0.4 and 0.5.
 */

import type { GuestMeter } from "./guest_meter.ts";

/** The interface, without its version. */
export const CONTROL = "greentic:component/control";

/** The interfaces with their functions. */
export const CONTROL_INTERFACES: ReadonlyMap<string, readonly string[]> = new Map([
  [`${CONTROL}@0.4.0`, ["should-cancel", "yield-now"]],
  [`${CONTROL}@0.5.0`, ["should-cancel", "yield-now"]],
]);

/** Their functions for one guest. `should-cancel` is true from the moment on at which it was told to stop. */
export function controlOf(meter: GuestMeter): object {
  return { shouldCancel: () => meter.toldToStop, yieldNow: () => meter.check() };
}
