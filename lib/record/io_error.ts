/**
 * The errors for files of a run directory that cannot be written or read.
 * Never touches a file itself.
 */

import { RunnerError } from "../base/errors.ts";

/** The error for a path that could not be written or read, with the permission or option that helps. */
export function ioError(access: "write" | "read", path: string, cause: unknown): RunnerError {
  const doing = access === "write" ? "written" : "read";
  if (cause instanceof Deno.errors.NotCapable) {
    return new RunnerError("permission.missing", `Permission is missing: "${path}" cannot be ${doing}`, {
      // Renaming and listing need the right to read as well.
      hint: access === "write"
        ? `Run Deno with --allow-read="${path}" --allow-write="${path}"`
        : `Run Deno with --allow-read="${path}"`,
      place: path,
      cause,
    });
  }
  return new RunnerError(`artifacts.${access}`, `Run artifact "${path}" cannot be ${doing}`, {
    hint: access === "write"
      ? "Choose another directory with --artifacts-dir or the option artifactsDir"
      : cause instanceof Deno.errors.PermissionDenied
      ? "Check who may read it"
      : "Give the directory of a run, which holds run.json and transcript.jsonl",
    place: path,
    cause,
  });
}
