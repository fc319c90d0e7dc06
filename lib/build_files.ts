/** Reads the files that a pack carries as they are: assets, schemas, translations, and what its author lists. */

import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import { tolerant } from "./build_findings.ts";
import { isSafeName } from "./pack/limits.ts";
import { PACK_YAML } from "./pack/entries.ts";
import type { PackDescription } from "./pack/pack_yaml.ts";
import type { SourceFolder } from "./pack/source_folder.ts";

/** Folders whose files go into the pack under their own names. */
export const CARRIED_FOLDERS: readonly string[] = ["assets", "schemas", "i18n", "qa", "fixtures"];
/** Everything that a pack is built from, in its folder. */
export const SOURCES: readonly string[] = [PACK_YAML, "flows", "components", ...CARRIED_FOLDERS];

/** The files by their names in the pack. */
export async function carriedFiles(
  sources: SourceFolder,
  { assets }: PackDescription,
  { layout, findings }: { layout: "legacy" | "new"; findings: Finding[] },
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const folder of CARRIED_FOLDERS) {
    const names = await tolerant(() => sources.list(folder), findings) ?? [];
    if (layout === "legacy" && folder !== "assets") {
      if (names.length > 0) findings.push(noPlace(folder, folder));
      continue;
    }
    for (const name of names) {
      const bytes = await tolerant(() => listedFile(sources, name), findings);
      if (bytes !== undefined) files.set(name, bytes);
    }
  }
  for (const { path: written, line } of assets) {
    const path = written.replace(/^(?:\.\/)+/, "");
    if (!isSafeName(path)) {
      const message = `Asset "${written}" leads out of the folder`;
      findings.push({
        severity: "error",
        code: "build.missing_file",
        message,
        place: `${PACK_YAML}:${line}`,
      });
      continue;
    }
    const bytes = await tolerant(() => sources.read(path), findings);
    const name = path.startsWith("assets/") ? path : `assets/${path}`;
    if (bytes !== undefined) files.set(name, bytes);
    else if (!files.has(name)) {
      const place = `${PACK_YAML}:${line}`;
      const message = `Asset "${path}" does not exist`;
      findings.push({ severity: "error", code: "build.missing_file", message, place });
    }
  }
  return files;
}

/** The bytes of a file that was listed, and so has to be there. */
async function listedFile(sources: SourceFolder, name: string): Promise<Uint8Array> {
  const bytes = await sources.read(name);
  if (bytes !== undefined) return bytes;
  throw new RunnerError(
    "build.missing_file",
    `File "${name}" cannot be read: ${await sources.absence(name)}`,
    {
      place: name,
      hint: "Give it another name, or take it away",
    },
  );
}

/** The finding for something that the older layout cannot carry: nothing is dropped in silence. */
export function noPlace(what: string, place: string): Finding {
  const message = `The older layout has no place for "${what}", which is left out`;
  return { severity: "warning", code: "build.pack_yaml", message, place };
}
