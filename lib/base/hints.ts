/** What to type next, as the shell of the user's system takes it. */

import { OWN_SYSTEM, quoted, type System } from "./paths.ts";

/**
 * The option that gives an input. The shells of Windows do not agree on how JSON is quoted, so there it is best written
 * to a file.
 */
export function inputHint(json: string, system: System = OWN_SYSTEM): string {
  return system === "windows"
    ? `--input-file input.json, with ${json} in it`
    : `--input ${quoted(json, system)}`;
}

/** The command that shows the record of a run. */
export function reportHint(runDir: string, system: System = OWN_SYSTEM): string {
  return `greentic-runner report ${quoted(runDir, system)}`;
}

/** The command that answers a run that waits. */
export function resumeHint(runDir: string, system: System = OWN_SYSTEM): string {
  return `greentic-runner resume ${quoted(runDir, system)} ${inputHint('{"text":"…"}', system)}`;
}
