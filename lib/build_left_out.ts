/**
 * Tells what of a folder of sources its author may miss in the pack, and what comes into it from elsewhere: nothing is
 * left out in silence, and nothing taken. Never reads a file.
 */

import type { Finding } from "./base/finding.ts";
import { CARRIED_FOLDERS } from "./build_files.ts";
import { PACK_YAML } from "./pack/entries.ts";
import type { SourceFolder } from "./pack/source_folder.ts";
import { linksOut } from "./pack/source_links.ts";

/** Warnings about files that are left out, and about links that lead out of the folder; asked for when all was read. */
export async function leftOut(sources: SourceFolder): Promise<Finding[]> {
  const read = new Set(sources.names);
  const passed = sources.hidden.filter((name) => CARRIED_FOLDERS.includes(name.replace(/\/.*/s, "")));
  const hidden = (await Promise.all(passed.map((name) => hiddenFiles(sources, name)))).flat();
  const top = (await sources.top()).filter((name) => !name.startsWith(".") && !name.endsWith(".gtpack"));
  const links = await linksOut(sources.path, sources.names);
  return [
    ...hidden.filter((name) => !read.has(name)).map((name) =>
      warning(name, "because its name begins with a dot")
    ),
    ...top.filter((name) => !read.has(name)).map((name) =>
      warning(name, "because it lies beside the folders of a pack")
    ),
    ...links.map(({ name, target }): Finding => ({
      severity: "warning",
      code: "build.missing_file",
      message: `"${name}" is a link to "${target}", which is outside of the folder and goes into the pack`,
      place: name,
      hint: "Look whether that is meant: whoever has the pack can read it",
    })),
  ];
}

/** A hidden file, or a hidden folder; its files one by one where some of them were listed, and so are none of these. */
async function hiddenFiles(sources: SourceFolder, name: string): Promise<string[]> {
  const listed = sources.names.some((file) => file.startsWith(`${name}/`));
  return listed ? await sources.list(name) : [name];
}

function warning(name: string, why: string): Finding {
  return {
    severity: "warning",
    code: "build.missing_file",
    message: `"${name}" is left out, ${why}`,
    place: name,
    hint: `List it as one of the "assets" in ${PACK_YAML} to pack it`,
  };
}
