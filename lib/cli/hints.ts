/** What to type next, as the shell of the user's system takes it. */

import { OWN_SHELL, quoted, type Shell } from "../base/paths.ts";

/**
 * The option that gives an input. The shells of Windows do not agree on how JSON is quoted, so there it is best written
 * to a file.
 */
export function inputHint(json: string, shell: Shell = OWN_SHELL): string {
  return shell === "windows"
    ? `--input-file input.json, with ${json} in it`
    : `--input ${quoted(json, shell)}`;
}

/** The command that shows the record of a run. */
export function reportHint(runDir: string, shell: Shell = OWN_SHELL): string {
  return `greentic-runner report ${quoted(runDir, shell)}`;
}

/** The command that answers a run that waits. */
export function resumeHint(runDir: string, shell: Shell = OWN_SHELL): string {
  return `greentic-runner resume ${quoted(runDir, shell)} ${inputHint('{"text":"…"}', shell)}`;
}
