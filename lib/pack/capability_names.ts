/** The short names of what a component's record says it may do, as the manifest lists them for the whole pack. */

import { isArray, isObject, type JsonObject, member, stringMember } from "../base/json.ts";

/** The capabilities in a component's record, such as `host:http` or `wasi:fs:none`. */
export function capabilityNames(record: JsonObject): string[] {
  const host = member(record["capabilities"], "host"), wasi = member(record["capabilities"], "wasi");
  const state = member(host, "state"), files = member(wasi, "filesystem");
  const mounts = member(files, "mounts");
  const names: [boolean, string][] = [
    [isObject(member(host, "secrets")), "host:secrets"],
    [member(state, "read") === true, "host:state:read"],
    [member(state, "write") === true, "host:state:write"],
    [isObject(member(host, "messaging")), "host:messaging"],
    [isObject(member(host, "events")), "host:events"],
    [isObject(member(host, "http")), "host:http"],
    [isObject(member(host, "telemetry")), "host:telemetry"],
    [isObject(member(host, "iac")), "host:iac"],
    [isObject(files), `wasi:fs:${stringMember(files, "mode") ?? "none"}`],
    [isArray(mounts) && mounts.length > 0, "wasi:fs:mounts"],
    [member(wasi, "random") === true, "wasi:random"],
    [member(wasi, "clocks") === true, "wasi:clocks"],
  ];
  return names.flatMap(([has, name]) => has ? [name] : []);
}
