/**
 * What the capabilities of a run touch, as far as its options tell: files, hosts, variables of the environment, each with
 * the option that asks for it. Never touches any of it.
 */

import { netHost, type ReasonedNeed } from "./base/permission.ts";
import type { ResolvedOptions } from "./options.ts";

/** Modes in which nothing but recordings answers. */
const OFFLINE: readonly string[] = ["replay", "fail-on-miss", "lockdown"];

/** Whether nothing but recordings answers guests. */
export function isOffline({ http }: Pick<ResolvedOptions["mocks"], "http">): boolean {
  return http !== null && OFFLINE.includes(http.mode);
}

/** Why YAML needs the environment. */
export const YAML_WHY = "The parser of YAML looks at the environment, and needs nothing from there";

/** What answering guests and telling collectors touches. */
export function hostTouches(
  { allow, secrets, state, mocks, otlp, wasi: { dirs } }: Pick<
    ResolvedOptions,
    "allow" | "secrets" | "state" | "mocks" | "otlp" | "wasi"
  >,
): ReasonedNeed[] {
  const { http, tools } = mocks;
  const recordings = http === null || http.mode === "off" ? [] : [http.dir];
  const offline = isOffline(mocks);
  const stored = state.file === null || mocks.kv && mocks.state ? [] : [state.file];
  return [
    ...dirs.flatMap(({ host, guest, readOnly }): ReasonedNeed[] => [
      read(host, `Guests read the folder as ${guest}`, "--dir"),
      ...(readOnly ? [] : [write(host, `Guests write to the folder as ${guest}`, "--dir")]),
    ]),
    ...secrets.files.map((path) => read(path, "Secrets are read from it", "--secrets")),
    ...secrets.files.filter((path) => /\.ya?ml$/i.test(path)).map((): ReasonedNeed => (
      { name: "env", why: YAML_WHY, from: "--secrets" }
    )),
    ...secrets.environment.map((variable): ReasonedNeed => (
      { name: "env", variable, why: "A secret is read from it", from: "--secret-env" }
    )),
    ...stored.flatMap((path): ReasonedNeed[] => [
      read(path, "State is read from it", "--state"),
      write(path, "State is written to it", "--state"),
    ]),
    ...recordings.flatMap((path): ReasonedNeed[] => [
      read(path, "Recordings of HTTP requests are read from it", "--mocks, --recordings"),
      ...(offline ? [] : [write(path, "HTTP requests are recorded in it", "--mocks, --recordings")]),
    ]),
    ...(tools === null ? [] : [read(tools.dir, "Answers of services are read from it", "--mocks")]),
    ...(offline ? [] : allow.netHosts.map((host): ReasonedNeed => (
      { name: "net", host, why: "Guests may send requests there", from: "--allow" }
    ))),
    ...(otlp === null ? [] : [
      {
        name: "net",
        host: netHost(new URL(otlp.url)),
        why: "The trace is sent there",
        from: "--otlp",
      } as const,
    ]),
  ];
}

/** A file or a folder that is touched. */
export type PathNeed = Extract<ReasonedNeed, { readonly path: string }>;

/** A file or a folder that is read. */
export function read(path: string, why: string, from: string): PathNeed {
  return { name: "read", path, why, from };
}

/** A file or a folder that is written. */
export function write(path: string, why: string, from: string): PathNeed {
  return { name: "write", path, why, from };
}
