/** Paths as texts. Never looks at what is there. */

/** A path without the slashes at its end; the root stays what it is. */
export function withoutTrailingSlash(path: string): string {
  return path.replace(/(?<=.)[\\/]+$/, "");
}
