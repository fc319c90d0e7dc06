/**
 * Why a pack makes a run need what its options grant: the flows, components and lines of its manifest that ask for hosts,
 * secrets and state. Never decides what is needed.
 */

import { member } from "./base/json.ts";
import { netHost, type ReasonedNeed } from "./base/permission.ts";
import type { ExaminedComponents } from "./doctor_components.ts";
import { httpAskers } from "./doctor_http.ts";
import { hostWish, namedHosts, secretsOf } from "./inspect_wants.ts";
import type { Reached } from "./preparation.ts";
import type { ResolvedOptions } from "./options.ts";

/** The same needs, with who in the pack asks for each. */
export async function withAskers(
  needs: readonly ReasonedNeed[],
  { pack, wishes, flow, examined }: Reached & { readonly examined: ExaminedComponents },
  { cacheDir, state, secrets, mocks: { http } }: ResolvedOptions,
): Promise<ReasonedNeed[]> {
  const hosts = await namedHosts(pack, []);
  const used = new Set(wishes.map(({ id }) => id));
  const components = pack.components.filter(({ id }) => used.has(id));
  const asking = (part: string, ...names: string[]) =>
    components.filter(({ record }) => names.some((name) => member(hostWish(record, part), name) === true))
      .map(({ id }) => `component ${id}`);
  const sending = httpAskers(pack, examined).map(({ id }) => `component ${id}`);
  const keys = secretsOf(pack).map(({ key }) => `secret ${key}`);
  const reached = [...used].map((id) => `component ${id}`);
  const from = flow === null ? reached : reached.map((component) => `${component} of flow ${flow.id}`);
  function askersOf(need: ReasonedNeed): readonly string[] {
    if (need.name === "net" && need.from === "--allow") {
      const named = hosts.filter(({ host }) => netHostOf(host) === need.host);
      const places = named.flatMap(({ flows, hints }) => [
        ...flows.map((id) => `flow ${id}`),
        ...(hints === null ? [] : [hints]),
      ]);
      return [...places, ...sending];
    }
    if (need.from === "--secrets" || need.from === "--secret-env") return keys;
    if (need.name === "env" || need.name === "net") return [];
    if (need.path === state.file) return asking("state", "read", "write");
    if (need.path === http?.dir) return sending;
    return need.path === cacheDir && !secrets.files.includes(need.path) ? from : [];
  }
  return needs.map((need) => {
    const askers = [...new Set(askersOf(need))];
    return askers.length === 0 ? need : { ...need, from: `${need.from}: ${askers.join(", ")}` };
  });
}

/** A host as packs spell it in the form of Deno's flag. */
function netHostOf(host: string): string | undefined {
  const url = URL.parse(host.includes("://") ? host : `https://${host}`);
  return url === null ? undefined : netHost(url);
}
