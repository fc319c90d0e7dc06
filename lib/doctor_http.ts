/**
 * What an examination finds of the hosts that a pack names and of the components that may send requests, against what is
 * allowed. Never opens a connection.
 */

import type { Finding } from "./base/finding.ts";
import { member } from "./base/json.ts";
import { quoted } from "./base/paths.ts";
import { isGranted } from "./base/permission.ts";
import type { ExaminedComponents } from "./doctor_components.ts";
import { concerning, type DoctorFinding, faultsOf } from "./doctor_finding.ts";
import { RecordingStore } from "./host/http/recording/store.ts";
import { isOffline } from "./host_touches.ts";
import { hostWish, type NamedHost, namedHosts } from "./inspect_wants.ts";
import type { ResolvedOptions } from "./options.ts";
import type { PackComponent } from "./pack/components.ts";
import type { Pack } from "./pack/pack.ts";

/** Interfaces through which requests can be sent. */
const HTTP_REGEXP = /^greentic:(?:http|host\/http-v1)\b/;

/** The hosts that the pack names against those that are allowed, and the components that may ask for some. */
export async function examineHttp(
  pack: Pack,
  examined: ExaminedComponents,
  options: ResolvedOptions,
): Promise<DoctorFinding[]> {
  const { allow, mocks } = options;
  const odd: Finding[] = [];
  const hosts = await namedHosts(pack, odd);
  const askers = httpAskers(pack, examined);
  const origins = hosts.flatMap(({ host }) => originOf(host) ?? []);
  const offline = isOffline(mocks);
  const closed = !offline && allow.netHosts.length === 0;
  return [
    ...odd.map((finding) => concerning("http", finding)),
    ...askers.map((asker) => askerFinding(asker, { closed, offline, origins })),
    ...hosts.map((host) => hostFinding(host, { asked: askers.length > 0, options })),
    ...await recordingFaults(mocks.http),
  ];
}

/** The components of the run that may send requests. */
export function httpAskers(
  { components }: Pick<Pack, "components">,
  { used, shapes }: Pick<ExaminedComponents, "used" | "shapes">,
): PackComponent[] {
  return components.filter(({ id, record }) =>
    used.has(id) && (member(hostWish(record, "http"), "client") === true ||
      (shapes.get(id)?.imports ?? []).some((name) => HTTP_REGEXP.test(name)))
  );
}

function askerFinding(
  { id, entry }: PackComponent,
  { closed, offline, origins }: { closed: boolean; offline: boolean; origins: readonly string[] },
): DoctorFinding {
  const shared = { subject: "http", place: entry } as const;
  if (!closed) {
    const answer = offline ? "recordings alone answer" : "allowed hosts are asked";
    const message = `Component ${id} may send requests: ${answer}`;
    return { severity: "info", code: "http.used", message, ...shared };
  }
  const named = origins.length === 0 ? ["https://HOST"] : origins.map((origin) => quoted(origin));
  return {
    severity: "warning",
    code: "http.denied",
    message: `Component ${id} may send requests, and no host is allowed`,
    hint: `Add ${named.map((origin) => `--allow ${origin}`).join(" ")}`,
    ...shared,
  };
}

function hostFinding(
  { host, flows, hints }: NamedHost,
  { asked, options: { allow, mocks } }: { asked: boolean; options: ResolvedOptions },
): DoctorFinding {
  const place = [...flows.map((flow) => `flow ${flow}`), ...(hints === null ? [] : [hints])].join(", ");
  const shared = { subject: "http", place } as const;
  const origin = originOf(host);
  if (origin === undefined) {
    const message = `"${host}" is no host that can be allowed`;
    return { severity: "warning", code: "option.invalid", message, ...shared };
  }
  const named = host.includes("://") ? [host] : [`https://${host}`, `http://${host}`];
  const url = named.flatMap((address) => URL.parse(address) ?? []).find((address) => allow.allows(address));
  if (url !== undefined || isOffline(mocks)) {
    const how = isOffline(mocks) ? "is answered from recordings alone" : "is allowed";
    return { severity: "info", code: "http.allowed", message: `${host} ${how}`, ...shared };
  }
  return {
    // An address that nobody can ask for is a text like any other.
    severity: asked ? "warning" : "info",
    code: "http.denied",
    message: asked
      ? `${host} is not allowed`
      : `${host} is not allowed, and no component of the flow can ask for it`,
    hint: `Add --allow ${quoted(origin)}`,
    ...shared,
  };
}

/** The origin to allow for a host as packs spell it, or undefined for what cannot be allowed. */
function originOf(host: string): string | undefined {
  const url = URL.parse(host.includes("://") ? host : `https://${host}`);
  const usable = url !== null && /^https?:$/.test(url.protocol) && !/[*\s@]/.test(host);
  return usable ? url.origin : undefined;
}

async function recordingFaults(http: ResolvedOptions["mocks"]["http"]): Promise<DoctorFinding[]> {
  if (http === null || http.mode === "off" || !isGranted({ name: "read", path: http.dir })) return [];
  return await faultsOf("http", () => RecordingStore.open(http.dir));
}
