/**
 * What a caller may say of the traces of a run, in options or, for the command, in the environment. Never reads the
 * environment itself and never sends anything.
 *
 * Names and formats: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ and
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/.
 */

import { RunnerError } from "./base/errors.ts";
import { checkNames, invalid, object, oneOf, string, text } from "./option_checks.ts";
import type { OtlpTarget } from "./record/otlp/otlp.ts";
import { parseTraceParent, type TraceParent } from "./record/otlp/trace_parent.ts";

/** Where the traces of runs go. */
export interface OtlpOptions {
  /**
   * The address of an OpenTelemetry collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`. The path
   * `/v1/traces` is added where it is missing.
   */
  readonly endpoint: string;
  /** Takes the endpoint as it is, without adding a path. @default {false} */
  readonly exact?: boolean;
  /** Headers of every request, such as what the collector knows its clients by. @default {{}} */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Exports a run also when the trace that it is a part of is not recorded. Without a `traceparent`, every run is
   * exported in any case. @default {false}
   */
  readonly sampleAll?: boolean;
  /** The span that the run is a part of, as W3C Trace Context writes it. @default the run has a trace of its own */
  readonly traceparent?: string;
  /** What belongs to `traceparent`, as W3C Trace Context writes it. @default nothing */
  readonly tracestate?: string;
  /** The name of the service that the traces are of. @default {"greentic-runner"} */
  readonly serviceName?: string;
}

/** Where traces go, with every default filled in and every value checked. */
export interface ResolvedOtlp extends OtlpTarget {
  /** What was ignored, in a sentence for the record, or null. */
  readonly warning: string | null;
}

const PATH = "/v1/traces";
const SERVICE_NAME = "greentic-runner";
/** Headers that say how a request is sent, which is not up to the caller. */
const OWN_HEADERS = ["connection", "content-encoding", "content-length", "content-type", "host"];
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Every option, so that a misspelt one is told. */
const OPTION_NAMES: Readonly<Record<keyof OtlpOptions, true>> = {
  endpoint: true,
  exact: true,
  headers: true,
  sampleAll: true,
  traceparent: true,
  tracestate: true,
  serviceName: true,
};

/** The variables that say where traces go, the strongest first; empty ones count as absent. */
const ENDPOINT_VARIABLES = [
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTLP_ENDPOINT",
] as const;
const HEADERS_VARIABLE = "OTEL_EXPORTER_OTLP_HEADERS";

/** Every variable that {@linkcode otlpFromEnvironment} reads. */
export const OTLP_VARIABLES: readonly string[] = [
  ...ENDPOINT_VARIABLES,
  HEADERS_VARIABLE,
  "OTEL_SERVICE_NAME",
  "OTEL_SDK_DISABLED",
  "TRACEPARENT",
  "TRACESTATE",
];

/**
 * Where the traces of a run go; null for nowhere. A `traceparent` that is none is ignored, and the warning says so.
 *
 * @throws {RunnerError} `option.invalid`, naming the option. No message repeats a header's value or a password.
 */
export function resolveOtlp(options: OtlpOptions | undefined): ResolvedOtlp | null {
  if (options === undefined) return null;
  checkNames("otlp option", Object.keys(object("otlp", options)), Object.keys(OPTION_NAMES));
  const { endpoint, exact = false, headers = {}, sampleAll = false, serviceName = SERVICE_NAME } = options;
  const parent = parentOf(options);
  return {
    url: urlOf(text("otlp.endpoint", endpoint), oneOf("otlp.exact", exact, [true, false])),
    headers: headersOf(object("otlp.headers", headers)),
    sampleAll: oneOf("otlp.sampleAll", sampleAll, [true, false]),
    serviceName: text("otlp.serviceName", serviceName),
    parent: parent === "none" ? null : parent,
    warning: parent === "none"
      ? "The traceparent is ignored: it is not as W3C Trace Context writes it"
      : null,
  };
}

/**
 * What the environment says of traces; undefined when it says of no place to send them to. An endpoint that is given
 * here comes before those of the environment, whose other words hold for it, too.
 *
 * @throws {RunnerError} `option.invalid`, naming the variable.
 */
export function otlpFromEnvironment(
  read: (name: string) => string | undefined,
  endpoint?: string,
): OtlpOptions | undefined {
  const find = (name: string): string | undefined => read(name)?.trim() || undefined;
  const place = endpoint === undefined ? placeFrom(find) : { endpoint };
  if (place === undefined) return undefined;
  const serviceName = find("OTEL_SERVICE_NAME");
  const traceparent = find("TRACEPARENT");
  const tracestate = find("TRACESTATE");
  return {
    ...place,
    headers: headersFrom(find(HEADERS_VARIABLE) ?? ""),
    ...(serviceName === undefined ? {} : { serviceName }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}

function placeFrom(
  find: (name: string) => string | undefined,
): Pick<OtlpOptions, "endpoint" | "exact"> | undefined {
  if (find("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined;
  const [exact, ...bases] = ENDPOINT_VARIABLES.map(find);
  // The variable of traces alone is taken as it is, as its specification says.
  if (exact !== undefined) return { endpoint: exact, exact: true };
  const endpoint = bases.find((base) => base !== undefined);
  return endpoint === undefined ? undefined : { endpoint };
}

/** `key=value,key=value`, with values that are percent-encoded. */
function headersFrom(list: string): Readonly<Record<string, string>> {
  const members = list.split(",").map((member) => member.trim()).filter((member) => member !== "");
  return Object.fromEntries(members.map((member) => {
    const at = member.indexOf("=");
    const name = member.slice(0, Math.max(at, 0)).trim();
    const value = decoded(member.slice(at + 1).trim());
    if (name !== "" && value !== undefined) return [name, value];
    throw new RunnerError("option.invalid", `Variable ${HEADERS_VARIABLE} has a member that is no header`, {
      hint: `Write ${HEADERS_VARIABLE}='name=value,other=value', with %2C for a comma in a value`,
    });
  }));
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function urlOf(endpoint: string, exact: boolean): string {
  const url = URL.parse(endpoint);
  if (url !== null && (url.username !== "" || url.password !== "")) {
    throw new RunnerError("option.invalid", 'Option "otlp.endpoint" has a user or a password in it', {
      hint: `Give it as a header: otlp.headers, or ${HEADERS_VARIABLE}='authorization=Basic%20…'`,
    });
  }
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw invalid("otlp.endpoint", endpoint, "an address such as http://127.0.0.1:4318");
  }
  url.hash = "";
  if (!exact && !url.pathname.endsWith(PATH)) url.pathname = url.pathname.replace(/\/*$/, PATH);
  return url.href;
}

function headersOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([given, value]) => {
      const name = given.toLowerCase();
      if (!HEADER_NAME.test(name)) throw invalid("otlp.headers", given, "names of HTTP headers");
      if (OWN_HEADERS.includes(name)) {
        throw invalid("otlp.headers", given, "other headers than those of sending");
      }
      // The value is not repeated in the message: it may be secret.
      if (typeof value !== "string") {
        throw invalid(`otlp.headers.${given}`, typeof value, "a text");
      }
      if (HEADER_VALUE.test(value)) return [name, value.trim()];
      throw new RunnerError(
        "option.invalid",
        `Option "otlp.headers.${given}" has characters that no header has`,
      );
    }),
  );
}

/** The span that a run is a part of; null when none is given, `none` when what is given is none. */
function parentOf({ traceparent, tracestate = "" }: OtlpOptions): TraceParent | null | "none" {
  if (traceparent === undefined) return null;
  return parseTraceParent(
    string("otlp.traceparent", traceparent).trim(),
    string("otlp.tracestate", tracestate),
  ) ?? "none";
}
