/** What Deno writes down of a process's accesses (`DENO_AUDIT_PERMISSIONS`), against flags that grant them. */

import { OTLP_VARIABLES } from "../lib/otlp_options.ts";

/** One access, granted or not; questions whether something is granted are none. */
export interface Access {
  /** `read`, `write`, `net`, `env` and others. */
  readonly permission: string;
  /** A path, a host, an address or a variable; null for all variables. */
  readonly value: string | null;
}

/** The accesses in the order in which they happened; none when no file was written. */
export async function readAudit(path: string): Promise<Access[]> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  return text.split("\n").filter((line) => line !== "").map((line): Access => {
    const { permission, value } = JSON.parse(line);
    return { permission, value };
  });
}

/** Whether a flag of some grants an access. */
export function isGrantedBy(flags: readonly string[], access: Access, cwd: string): boolean {
  return flags.some((flag) => grants(flag, access, cwd));
}

/** Variables that are looked at where they may be, and of which nothing is needed. */
const OPTIONAL = [...OTLP_VARIABLES, "GREENTIC_CACHE_DIR", "GREENTIC_ENV"];

/** The words of a flag that no access needs, each as a flag. */
export function used(flag: string, accesses: readonly Access[], cwd: string): string[] {
  const needed = accesses.filter(({ permission, value }) =>
    permission !== "env" || value !== null && !OPTIONAL.includes(value)
  );
  const [name = "", list] = parted(flag);
  const words = list === undefined ? [flag] : list.map((word) => `${name}=${word}`);
  return words.filter((word) => !needed.some((access) => grants(word, access, cwd)));
}

function parted(flag: string): [name: string, words: string[] | undefined] {
  const at = flag.indexOf("=");
  return at < 0 ? [flag, undefined] : [flag.slice(0, at), flag.slice(at + 1).split(",")];
}

function grants(flag: string, { permission, value }: Access, cwd: string): boolean {
  const [name, words] = parted(flag);
  if (name === "--ignore-env") return permission === "env";
  if (name !== `--allow-${permission}`) return false;
  if (words === undefined) return true;
  if (value === null) return false;
  if (permission === "env") return words.includes(value);
  if (permission === "net") {
    const host = value.includes("://") ? new URL(value).host : value;
    return words.some((word) => word === host || host.startsWith(`${word}:`));
  }
  const path = absolute(value, cwd);
  return words.map((word) => absolute(word, cwd)).some((word) =>
    path === word || path.startsWith(`${word}/`)
  );
}

/** A path without links being followed, as Deno compares them. */
function absolute(path: string, cwd: string): string {
  const { pathname } = new URL(
    (path.startsWith("/") ? path : `${cwd}/${path}`).split("/").map(encodeURIComponent).join("/"),
    "file:///",
  );
  return decodeURIComponent(pathname).replace(/(?<=.)\/$/, "");
}
