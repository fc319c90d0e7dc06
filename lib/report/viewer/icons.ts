/// <reference lib="dom" />
/** The signs of statuses: each has a shape of its own, so that colour says nothing alone. */

import { svg } from "./dom.ts";

/** Strokes on a field of 16 by 16. */
const SHAPES: Readonly<Record<string, string>> = {
  ok: "M3.5 8.5l3 3 6-7",
  error: "M4 4l8 8M12 4l-8 8",
  timed_out: "M8 2.5a5.5 5.5 0 1 0 .01 0M8 5v3.2l2 1.6",
  cancelled: "M8 2.5a5.5 5.5 0 1 0 .01 0M4.2 11.8l7.6-7.6",
  denied: "M8 2.5a5.5 5.5 0 1 0 .01 0M5 8h6",
  waiting: "M5.5 4v8M10.5 4v8",
  warning: "M8 2.5l6 11H2zM8 6.5v3.2M8 11.6v.3",
  open: "M3.5 8h.2M8 8h.2M12.5 8h.2",
  skipped: "M4 8h8",
};

/** What each status looks like, of runs as well. */
const LOOKS: Readonly<Record<string, string>> = {
  success: "ok",
  partial_failure: "warning",
  failure: "error",
  unfinished: "open",
  verified: "ok",
  mismatch: "error",
  unsigned: "warning",
  untrusted: "warning",
};

/** The look of a status: one of those that have a shape and a colour. */
export function lookOf(status: string): string {
  const look = Object.hasOwn(LOOKS, status) ? LOOKS[status]! : status;
  return Object.hasOwn(SHAPES, look) ? look : "open";
}

/** The sign of a status. It says nothing to those who cannot see it: the status stands beside it in words. */
export function icon(status: string): SVGSVGElement {
  const look = lookOf(status);
  return svg(
    "svg",
    { class: "icon", "data-status": look, viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: SHAPES[look], fill: "none" }),
  );
}
