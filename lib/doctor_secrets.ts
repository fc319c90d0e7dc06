/**
 * What an examination finds of the secrets that a pack asks for, against the sources that the options name. Reads these
 * where it may, and tells no value.
 */

import { RunnerError } from "./base/errors.ts";
import { quoted } from "./base/paths.ts";
import { isGranted } from "./base/permission.ts";
import { concerning, type DoctorFinding, stopping } from "./doctor_finding.ts";
import { openSecrets, type SecretSources } from "./host/secrets/open.ts";
import type { ResolvedOptions } from "./options.ts";
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
