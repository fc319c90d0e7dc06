/** Finds the links in a folder of sources that lead out of it. Never reads what they lead to. */

/** A link that leads out of its folder. */
export interface LinkOut {
  /** Its name, relative to the folder. */
  readonly name: string;
  /** The path that it leads to in the end. */
  readonly target: string;
}

/** The links through which these files of a folder lie outside of it. */
export async function linksOut(folder: string, names: readonly string[]): Promise<LinkOut[]> {
  const root = await Deno.realPath(folder), inner = [`${root}/`, `${root}\\`];
  const links: LinkOut[] = [];
  for (const name of new Set(names.flatMap(partsOf))) {
    // Below a link that leads out everything lies outside.
    if (links.some((link) => name.startsWith(`${link.name}/`))) continue;
    const target = await Deno.realPath(`${folder}/${name}`);
    const inside = target === root || inner.some((start) => target.startsWith(start));
    if (!inside) links.push({ name, target });
  }
  return links;
}

/** The folders of a file, the outermost first, and the file itself. */
function partsOf(name: string): string[] {
  const segments = name.split("/");
  return segments.map((_, i) => segments.slice(0, i + 1).join("/"));
}
