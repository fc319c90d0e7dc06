/**
 * What the capabilities of a run touch, as far as its options tell: files, hosts, variables of the environment. Never
 * touches any of it.
 */

import { netHost } from "./base/permission.ts";
import type { ResolvedOptions } from "./options.ts";
import type { RunTouches } from "./preflight.ts";

/** Modes in which nothing but recordings answers. */
const OFFLINE: readonly string[] = ["replay", "fail-on-miss", "lockdown"];

/** Whether nothing but recordings answers guests. */
export function isOffline({ http }: Pick<ResolvedOptions["mocks"], "http">): boolean {
  return http !== null && OFFLINE.includes(http.mode);
}

/** What answering guests and telling collectors touches. */
export function hostTouches(
  { allow, secrets, state, mocks, otlp }: ResolvedOptions,
): Required<Pick<RunTouches, "read" | "write" | "env" | "variables" | "net">> {
  const { http, tools } = mocks;
  const recordings = http === null || http.mode === "off" ? [] : [http.dir];
  const offline = isOffline(mocks);
  const stored = state.file === null || mocks.kv && mocks.state ? [] : [state.file];
  return {
    read: [...secrets.files, ...stored, ...recordings, ...(tools === null ? [] : [tools.dir])],
    write: [...stored, ...(offline ? [] : recordings)],
    env: secrets.files.some((path) => /\.ya?ml$/.test(path)),
    variables: secrets.environment,
    net: [
      ...(offline ? [] : allow.netHosts),
      ...(otlp === null ? [] : [netHost(new URL(otlp.url))]),
    ],
  };
}
