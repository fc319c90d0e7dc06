/** Paths as texts, and as words of a command line. Never looks at what is there. */

/** A path without the slashes at its end; a root stays what it is. */
export function withoutTrailingSlash(path: string, system: System = OWN_SYSTEM): string {
  const slashes = system === "windows" ? /[\\/]+$/ : /\/+$/;
  return startOf(path, path.replace(slashes, "").length);
}

/** The folder of a file, as it is to be permitted. */
export function folderOf(path: string, system: System = OWN_SYSTEM): string {
  const end = lastSlash(path, system);
  return end < 0 ? "." : startOf(path, end);
}

/** The name of a file in its folder. */
export function nameOf(path: string, system: System = OWN_SYSTEM): string {
  return path.slice(lastSlash(path, system) + 1);
}

/** Where the last slash of a path is; a backslash is one on Windows alone, and a part of a name elsewhere. */
function lastSlash(path: string, system: System): number {
  const slash = path.lastIndexOf("/");
  return system === "windows" ? Math.max(slash, path.lastIndexOf("\\")) : slash;
}

/** A path up to one of its slashes, with that slash where a root would be none without it. */
export function startOf(path: string, slash: number): string {
  const start = path.slice(0, slash);
  return start === "" || /^(?:\\\\\?\\)?[A-Za-z]:$/.test(start) ? path.slice(0, slash + 1) : start;
}

/** Whose paths, and whose shell a line is pasted into: a POSIX one, or either of those of Windows. */
export type System = "posix" | "windows";

/** The system that this process runs on. */
export const OWN_SYSTEM: System = Deno.build.os === "windows" ? "windows" : "posix";

/** A path or another word as a shell of the system takes it. */
export function quoted(word: string, system: System = OWN_SYSTEM): string {
  if (system === "windows") return quotedOnWindows(word);
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

/**
 * A path to compare with others: without `.`, `..` and empty names as far as its text alone tells, on Windows with
 * backslashes, in lower case, and without the prefix of long paths. Never to be opened.
 */
export function normalized(path: string, system: System): string {
  const windows = system === "windows";
  const separator = windows ? "\\" : "/";
  const text = windows
    ? path.replaceAll("/", "\\").toLowerCase().replace(/^\\\\\?\\unc\\/, "\\\\").replace(/^\\\\\?\\/, "")
    : path;
  const root = (windows ? /^(?:\\\\[^\\]+\\[^\\]+|[a-z]:\\?|\\)/ : /^\//).exec(text)?.[0] ?? "";
  const names: string[] = [];
  for (const name of text.slice(root.length).split(separator)) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.length > 0 && names.at(-1) !== "..") names.pop();
    else if (root === "") names.push(name);
  }
  const joined = names.join(separator);
  if (root === "") return joined === "" ? "." : joined;
  // A drive without a slash means the folder in which the drive was left.
  const open = root.endsWith(separator) || windows && root.endsWith(":");
  return joined === "" ? root : `${root}${open ? "" : separator}${joined}`;
}
