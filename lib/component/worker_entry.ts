/**
 * The guest's side of the thread: takes components and calls from the runner, runs the guests, and blocks while
 * the runner answers their host calls. Never touches files, network, environment or the module beside it.
 */

import { GuestBridge } from "./bridge.ts";
import { callGuest, type GuestRuntime, type LoadedComponent, loadGuest } from "./guest.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

const scope = self as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};

const components = new Map<string, LoadedComponent>();
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
    case "load":
      components.set(data.component.key, loadGuest(data.component));
      break;
    case "call": {
      const result = callGuest(components.get(data.key)!, data.call, runtime);
      scope.postMessage({ type: "result", id: data.id, result });
    }
  }
};
