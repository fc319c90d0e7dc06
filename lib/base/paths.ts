/** Paths as texts, and as words of a command line. Never looks at what is there. */

/** A path without the slashes at its end; the root stays what it is. */
export function withoutTrailingSlash(path: string): string {
  return path.replace(/(?<=.)[\\/]+$/, "");
}

/** The kind of shell that a line is pasted into: a POSIX one, or either of those of Windows. */
export type Shell = "posix" | "windows";

/** The shell of the system that this process runs on. */
export const OWN_SHELL: Shell = Deno.build.os === "windows" ? "windows" : "posix";

/** A path or another word as a shell takes it. */
export function quoted(word: string, shell: Shell = OWN_SHELL): string {
  if (shell === "windows") return quotedOnWindows(word);
  return /[^\w./:@%+=-]|^$/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word;
}

/**
 * A word as both cmd and PowerShell take it. Only PowerShell reads `$` and the grave accent within double quotes and
 * knows single quotes: what has any of them is for PowerShell alone.
 */
function quotedOnWindows(word: string): string {
  if (/^[\w./:\\%+=-][\w./:\\@%+=-]*$/.test(word)) return word;
  if (/["$`]/.test(word)) return `'${word.replaceAll("'", "''")}'`;
  // Programs take a backslash before a quote for its escape.
  return `"${word.replace(/\\+$/, "$&$&")}"`;
}
