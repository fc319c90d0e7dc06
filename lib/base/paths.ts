/** Paths as texts. Never looks at what is there. */

/** A path without the slashes at its end; the root stays what it is. */
export function withoutTrailingSlash(path: string): string {
  return path.replace(/(?<=.)[\\/]+$/, "");
}

/** A path as a POSIX shell takes it. */
export function quoted(path: string): string {
  return /[^\w./:@%+=-]/.test(path) ? `'${path.replaceAll("'", "'\\''")}'` : path;
}
