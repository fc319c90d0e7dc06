/** What an examination before a run finds, and how findings of other checks become its own. Never checks anything itself. */

import { type ErrorCode, RunnerError } from "./base/errors.ts";
import { type Finding, findingOf } from "./base/finding.ts";
import { LIMIT_FLAGS, type LimitName, limitUnit } from "./base/limits.ts";

/** What a finding is about, in the order in which a report tells of them. */
export type DoctorSubject =
  | "verification"
  | "flow"
  | "service"
  | "component"
  | "secret"
  | "http"
  | "state"
  | "files"
  | "limit"
  | "permission"
  | "cache";

/** The codes of what is neither an error nor a warning of any other check. */
export type DoctorCode =
  | ErrorCode
  /** Workers without permissions, which take one of Deno's own options. */
  | "isolation.sandboxed"
  /** A secret that was found. */
  | "secret.found"
  /** A host that guests may reach, or that recordings answer for. */
  | "http.allowed"
  /** A component that may send requests. */
  | "http.used"
  /** A component that may read or write state. */
  | "state.used"
  /** Something comes close to a limit. */
  | "limit.near"
  /** A limit is never reached, since another one is before. */
  | "limit.never"
  /** Every component that the run needs is prepared. */
  | "cache.warm"
  /** Components are yet to be prepared. */
  | "cache.cold"
  /** The cache may not be read. */
  | "cache.unknown";

/** One finding: an error would stop the run, a warning may hinder it, and the rest is good to know. */
export interface DoctorFinding extends Omit<Finding, "severity" | "code"> {
  /** How much it matters to the run. */
  readonly severity: "error" | "warning" | "info";
  /** What it is about. */
  readonly subject: DoctorSubject;
  /** The stable code. */
  readonly code: DoctorCode;
}

/** A finding of another check; an error that does not concern the run is a warning. */
export function concerning(
  subject: DoctorSubject,
  finding: Finding,
  { stops = true }: { stops?: boolean } = {},
): DoctorFinding {
  const { severity, ...rest } = finding;
  return { severity: severity === "error" && !stops ? "warning" : severity, subject, ...rest };
}

/** An error that the run would end with. */
export function stopping(subject: DoctorSubject, error: RunnerError): DoctorFinding {
  return concerning(subject, findingOf(error));
}

/** What is wrong with a component that the run does not reach, which does not stop it. */
export function notReached(finding: DoctorFinding): DoctorFinding {
  return { ...finding, severity: "warning", message: `${finding.message} (the flow does not reach it)` };
}

/** The option that raises a limit as far as it takes, as a hint to paste. */
export function raising(limit: LimitName, needed: number): string {
  return `Add ${LIMIT_FLAGS[limit]} ${Math.ceil(needed / limitUnit(limit))}`;
}

/** The error of something that is tried. */
export async function faultsOf(
  subject: DoctorSubject,
  work: () => unknown,
): Promise<DoctorFinding[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    return [stopping(subject, error)];
  }
}

const SUBJECTS: readonly DoctorSubject[] = [
  ...["verification", "flow", "service", "component", "secret", "http", "state", "files"] as const,
  ...["limit", "permission", "cache"] as const,
];
const SEVERITIES: readonly DoctorFinding["severity"][] = ["error", "warning", "info"];

/** Findings by subject and severity, each once: of two that say the same the graver. */
export function inOrder(findings: readonly DoctorFinding[]): DoctorFinding[] {
  const sorted = findings.toSorted((a, b) =>
    SUBJECTS.indexOf(a.subject) - SUBJECTS.indexOf(b.subject) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
  );
  const told = new Set<string>();
  return sorted.filter(({ subject, code, message, place = "" }) => {
    const key = [subject, code, message, place].join("\n");
    return !told.has(key) && told.add(key);
  });
}
