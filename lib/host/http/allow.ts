/**
 * The hosts that guests may reach: a list of origins, `scheme://host[:port]`, and for the reference's `net_allowlist`
 * of bare hosts. Exact origins only: no wildcards, no paths. Never looks a name up.
 */

import { RunnerError } from "../../base/errors.ts";
import { quoted } from "../../base/paths.ts";
import { HttpFault } from "./fault.ts";

/** What a list allows: one origin, or with null for scheme and port a host as a whole. */
export interface Allowed {
  /** `http:` or `https:`, or null for both. */
  readonly protocol: string | null;
  /** The host as URLs spell it: lower case, ASCII, IPv6 in brackets. */
  readonly hostname: string;
  /** The port, or null for any. */
  readonly port: number | null;
}

const EXAMPLE = "https://example.com";
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/** The hosts that guests may reach. */
export class AllowList {
  readonly #allowed: readonly Allowed[];

  /**
   * Allows origins, and beside them bare hosts, on any port and with either scheme.
   *
   * @throws {RunnerError} `option.invalid` for what is neither.
   */
  constructor(origins: readonly string[], hosts: readonly string[] = []) {
    this.#allowed = [...origins.flatMap(parseAllow), ...hosts.flatMap(parseAllowHost)];
  }

  /** What Deno must permit for the list, as `--allow-net` takes it: `host:port`, and `host` for bare ones. */
  get netHosts(): string[] {
    return [
      ...new Set(
        this.#allowed.map(({ hostname, port }) => port === null ? hostname : `${hostname}:${port}`),
      ),
    ];
  }

  /** The entries with a scheme, as origins. */
  get origins(): string[] {
    return this.#allowed.flatMap(({ protocol, hostname, port }) =>
      protocol === null ? [] : [new URL(`${protocol}//${hostname}:${port}`).origin]
    );
  }

  /** Whether a guest may reach an address. */
  allows(url: URL): boolean {
    const port = portOf(url);
    return this.#allowed.some((allowed) =>
      allowed.hostname === url.hostname && (allowed.port ?? port) === port &&
      (allowed.protocol ?? url.protocol) === url.protocol
    );
  }

  /** Why a guest may not reach an address, with the line that allows it, or undefined when it may. */
  denial(url: URL): HttpFault | undefined {
    if (this.allows(url)) return undefined;
    return new HttpFault("denied", `host ${url.hostname} not present in allowlist`, allowHint(url));
  }
}

/** What to type to allow the origin of an address. */
export function allowHint({ protocol, host }: Pick<URL, "protocol" | "host">): string {
  return `Allow it with --allow ${quoted(`${protocol}//${host}`)}`;
}

/** The port of an address, also where its scheme implies it. */
export function portOf({ protocol, port }: URL): number {
  return port !== "" ? Number(port) : protocol === "https:" ? 443 : 80;
}

/**
 * The origins of an entry, several with commas between them.
 *
 * @throws {RunnerError} `option.invalid` for a bare host, a wildcard, a path, credentials, another scheme, or nothing.
 */
export function parseAllow(entry: string): Allowed[] {
  return entry.split(",").map((piece) => parseOrigin(piece.trim()));
}

/**
 * The host of an entry of `net_allowlist`, or the origins of one that has a scheme.
 *
 * @throws {RunnerError} `option.invalid` for what is neither.
 */
export function parseAllowHost(entry: string): Allowed[] {
  const text = entry.trim();
  if (SCHEME.test(text)) return parseAllow(text);
  const isBareV6 = text.includes(":") && !text.startsWith("[");
  const url = /[\s/?#@\\*]/.test(text) ? null : URL.parse(`http://${isBareV6 ? `[${text}]` : text}`);
  if (url === null || url.port !== "" || /:\d*$/.test(text) && !isBareV6) {
    throw new RunnerError("option.invalid", `Host ${JSON.stringify(entry)} is no host name or address`, {
      hint: `Give hosts alone: "net_allowlist": ["${url?.hostname ?? "example.com"}"]`,
    });
  }
  return [{ protocol: null, hostname: url.hostname, port: null }];
}

function parseOrigin(text: string): Allowed {
  if (text === "") throw invalid("An allowed host is empty", EXAMPLE);
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  const url = URL.parse(scheme === undefined ? `https://${text}` : text);
  const named = `Allowed host ${JSON.stringify(text)}`;
  // The entry is not repeated here: it holds a password.
  if (text.includes("@")) throw invalid("An allowed host carries credentials", usable(url));
  if (text.includes("*")) {
    throw invalid(`${named} has a wildcard, and each host is named for itself`, usable(url));
  }
  if (scheme === undefined) throw invalid(`${named} has no scheme`, usable(url));
  if (scheme !== "http" && scheme !== "https") {
    const host = URL.parse(text.replace(SCHEME, "https://"));
    throw invalid(`${named} has a scheme other than http and https`, usable(host));
  }
  // URLs forgive more slashes, and spaces of any kind.
  if (url === null || /^\w+:\/\/[/\\]/.test(text) || /\s/.test(text)) {
    throw invalid(`${named} has no host or port that can be read`, EXAMPLE);
  }
  if (url.pathname !== "/" || /[?#]/.test(text)) {
    throw invalid(`${named} has a path, and hosts are allowed as a whole`, usable(url));
  }
  return { protocol: url.protocol, hostname: url.hostname, port: portOf(url) };
}

/** The nearest origin to what was given that can be allowed. */
function usable(url: URL | null): string {
  const host = url?.host.replace(/^(?:\*\.?)+/, "") ?? "";
  const nearest = URL.parse(`${url?.protocol}//${host}`);
  return nearest === null || host.includes("*") || !/^https?:$/.test(nearest.protocol) || host.startsWith(":")
    ? EXAMPLE
    : nearest.origin;
}

function invalid(message: string, origin: string): RunnerError {
  return new RunnerError("option.invalid", message, { hint: `Give its origin: --allow ${quoted(origin)}` });
}
