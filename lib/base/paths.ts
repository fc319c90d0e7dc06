/** Paths as texts. Never looks at what is there. */

/** A path without the slashes at its end; a root stays what it is. */
export function withoutTrailingSlash(path: string): string {
  return startOf(path, path.replace(/[\\/]+$/, "").length);
}

/** The folder of a file, as it is to be permitted. */
export function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return end < 0 ? "." : startOf(path, end);
}

/** A path up to one of its slashes, with that slash where a root would be none without it. */
export function startOf(path: string, slash: number): string {
  const start = path.slice(0, slash);
  return start === "" || /^(?:\\\\\?\\)?[A-Za-z]:$/.test(start) ? path.slice(0, slash + 1) : start;
}

/** A path as a POSIX shell takes it. */
export function quoted(path: string): string {
  return /[^\w./:@%+=-]/.test(path) ? `'${path.replaceAll("'", "'\\''")}'` : path;
}

/** An argument as the shells of Windows take it, PowerShell as well as the older one. */
export function quotedForWindows(argument: string): string {
  if (!/[^\w./\\:@%+=-]/.test(argument)) return argument;
  // PowerShell alone gives these a meaning within double quotes, and it alone knows single ones.
  if (/[$`]/.test(argument)) return `'${argument.replaceAll("'", "''")}'`;
  // A backslash before the closing quote would escape it.
  return `"${argument.replace(/\\+$/, "$&$&")}"`;
}

/**
 * A path to compare with others: without `.`, `..` and empty names as far as its text alone tells, on Windows with
 * backslashes, in lower case, and without the prefix of long paths. Never to be opened.
 */
export function normalized(path: string, system: "posix" | "windows"): string {
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
