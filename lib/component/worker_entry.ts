/**
 * The guest's side of the thread: takes components and calls from the runner, runs the guests, and blocks while
 * the runner answers their host calls. Never touches files, network, environment or the module beside it.
 */

import { messageOf } from "../base/errors.ts";
import { GuestBridge } from "./bridge.ts";
import {
  callGuest,
  type GuestRuntime,
  type Instantiate,
  type LoadedComponent,
  loadGlue,
  loadGuest,
} from "./guest.ts";
import type { CallReport, FromWorker, GuestCall, ToWorker } from "./messages.ts";

const scope = self as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};

const components = new Map<string, LoadedComponent>();
/** Glue that was loaded before its component was known to be needed. */
const primed = new Map<string, Instantiate>();
/** Why components could not be loaded. */
const faults = new Map<string, string>();
let bridge: GuestBridge;

const runtime: GuestRuntime = {
  ask: (name, fn, args) => bridge.ask(() => scope.postMessage({ type: "host", interface: name, fn, args })),
  stopReason: () => bridge.stopReason(),
  sleep: (milliseconds) => bridge.sleep(milliseconds),
  write: (stream, text) => scope.postMessage({ type: "stream", stream, text }),
};

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case "init":
      bridge = new GuestBridge(data.control);
      break;
    case "prime":
      try {
        primed.set(data.key, loadGlue(data.glue));
      } catch {
        // It is told when the component is loaded.
      }
      break;
    case "load":
      try {
        components.set(data.component.key, loadGuest(data.component, primed));
      } catch (error) {
        faults.set(data.component.key, messageOf(error));
      }
      break;
    case "call":
      scope.postMessage({ type: "result", id: data.id, report: carryOut(data.key, data.call) });
  }
};

function carryOut(key: string, call: GuestCall): CallReport {
  const component = components.get(key);
  if (component !== undefined) return callGuest(component, call, runtime);
  const message = `Component "${call.component}" cannot be loaded`;
  const failure = { code: "component.invalid", message, causes: [faults.get(key) ?? "it was never sent"] };
  return { result: { status: "error", failure, metrics: {} }, draws: null };
}
