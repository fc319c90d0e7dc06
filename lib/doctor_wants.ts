/**
 * What an examination finds of what a pack wants from its host, against what the options grant: secrets, hosts, state,
 * folders. Reads the sources of secrets where it may, and tells no value; never opens a connection, never writes.
 */

import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import { member } from "./base/json.ts";
import { quoted } from "./base/paths.ts";
import { isGranted } from "./base/permission.ts";
import { concerning, type DoctorFinding, stopping } from "./doctor_finding.ts";
import type { ExaminedComponents } from "./doctor_components.ts";
import { openHostTree } from "./host/files/host_tree.ts";
import { RecordingStore } from "./host/http/recording/store.ts";
import { openSecrets, type SecretSources } from "./host/secrets/open.ts";
import { StateFile } from "./host/state/sqlite_file.ts";
import { isOffline } from "./host_touches.ts";
import { type NamedHost, namedHosts } from "./inspect_wants.ts";
import type { ResolvedOptions } from "./options.ts";
import type { PackComponent } from "./pack/components.ts";
import type { Pack } from "./pack/pack.ts";
import { ableToAsk, type SecretState, secretStates } from "./secret_check.ts";

/** Every secret that the pack asks for, with where it was found. */
export async function examineSecrets(
  pack: Pack,
  reached: ReadonlySet<string>,
  options: ResolvedOptions,
): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  const { sources, complete } = await readableSecrets(pack, options, findings);
  const states = secretStates(pack, await ableToAsk(pack, reached), sources);
  const { allowMissing } = options.secrets;
  return [...findings, ...states.map((state) => secretFinding(state, { complete, allowMissing }))];
}

/** The sources that may be read and can be; what is wrong with the others becomes findings. */
async function readableSecrets(
  pack: Pack,
  { identity: { env, tenant, team }, secrets }: ResolvedOptions,
  findings: DoctorFinding[],
): Promise<{ sources: SecretSources; complete: boolean }> {
  const scope = { env, tenant, team, pack: pack.id };
  const none = { mock: null, values: {}, files: [], environment: [] };
  const files: string[] = [];
  for (const path of secrets.files) {
    try {
      await openSecrets({ ...none, files: [path] }, scope);
      files.push(path);
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      // What is not permitted is told with everything else that is not.
      if (error.code !== "permission.missing") findings.push(stopping("secret", error));
    }
  }
  const environment = secrets.environment.filter((variable) => isGranted({ name: "env", variable }));
  const { mock, values } = secrets;
  const { warnings, ...sources } = await openSecrets({ mock, values, files, environment }, scope);
  findings.push(...warnings.map((warning) => concerning("secret", warning)));
  const complete = files.length === secrets.files.length &&
    environment.length === secrets.environment.length;
  return { sources, complete };
}

function secretFinding(
  { key, required, askedBy, found, blocking, description }: SecretState,
  { complete, allowMissing }: { complete: boolean; allowMissing: boolean },
): DoctorFinding {
  const kind = required ? "Required" : "Optional";
  const what = description === undefined ? "" : `: ${description.replace(/\s+/g, " ")}`;
  const place = askedBy.length === 0 ? "the pack" : askedBy.join(", ");
  const shared = { subject: "secret", place } as const;
  if (found !== null) {
    const message = `${kind} secret ${key} is there, from ${SOURCES[found]}`;
    return { severity: "info", code: "secret.found", message, ...shared };
  }
  const stops = blocking && !allowMissing && complete;
  const missing = complete ? "is missing" : "is not in what can be read";
  const need = blocking || !required ? "" : ", and the flow does not come to need it";
  return {
    severity: stops ? "error" : blocking ? "warning" : "info",
    code: "secret.missing",
    message: `${kind} secret ${key} ${missing}${need}${what}`,
    hint: `Add --secret ${quoted(key)}=…`,
    ...shared,
  };
}

const SOURCES = {
  mock: "a mock",
  map: "the values that are given",
  file: "a file",
  environment: "the environment",
} as const;

/** Interfaces through which requests can be sent. */
const HTTP_REGEXP = /^greentic:(?:http|host\/http-v1)\b/;

/** The hosts that the pack names against those that are allowed, and the components that may ask for some. */
export async function examineHttp(
  pack: Pack,
  { used, shapes }: ExaminedComponents,
  options: ResolvedOptions,
): Promise<DoctorFinding[]> {
  const { allow, mocks } = options;
  const odd: Finding[] = [];
  const hosts = await namedHosts(pack, odd);
  const askers = pack.components.filter(({ id, record }) =>
    used.has(id) && (member(hostWishes(record, "http"), "client") === true ||
      (shapes.get(id)?.imports ?? []).some((name) => HTTP_REGEXP.test(name)))
  );
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
  const named = origins.length === 0 ? ["https://HOST"] : origins.map(quoted);
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

/** What components may do with state, and the file that keeps it. */
export async function examineState(
  { components }: Pack,
  used: ReadonlySet<string>,
  { state: { file }, mocks }: ResolvedOptions,
): Promise<DoctorFinding[]> {
  const stored = file === null || mocks.state && mocks.kv ? null : file;
  const kept = file === null || mocks.state ? "in memory, for this run" : `in ${file}`;
  const told = components.filter(({ id }) => used.has(id)).flatMap(
    ({ id, entry, record }): DoctorFinding[] => {
      const wish = hostWishes(record, "state");
      const may = ["read", "write"].filter((name) => member(wish, name) === true);
      if (may.length === 0) return [];
      const message = `Component ${id} may ${may.join(" and ")} state, which is kept ${kept}`;
      return [{ severity: "info", subject: "state", code: "state.used", message, place: entry }];
    },
  );
  if (stored === null || !(["read", "write"] as const).every((name) => isGranted({ name, path: stored }))) {
    return told;
  }
  return [...await faultsOf("state", () => new StateFile(stored).check()), ...told];
}

/** What is wrong with the folders that guests are given. */
export async function examineFolders({ wasi: { dirs } }: ResolvedOptions): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  for (const { host, readOnly } of dirs) {
    if (!isGranted({ name: "read", path: host })) continue;
    findings.push(...await faultsOf("files", () => openHostTree(host, { readOnly })));
  }
  return findings;
}

/** What a component's record wishes of a part of its host. */
function hostWishes(record: PackComponent["record"], part: string) {
  return member(member(member(record, "capabilities"), "host"), part);
}

/** The error of something that is tried; what is not permitted is told with everything else that is not. */
async function faultsOf(
  subject: DoctorFinding["subject"],
  work: () => unknown,
): Promise<DoctorFinding[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    return error.code === "permission.missing" ? [] : [stopping(subject, error)];
  }
}
