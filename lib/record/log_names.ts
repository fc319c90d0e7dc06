/**
 * Gives every node of a run a file name of its own for its logs.
 * Never gives two nodes names that are one file, also where case does not tell files apart.
 */

/** Longest name, so that the whole path stays within the limits of file systems. */
const MAX_NAME_CHARS = 80;

/** Names that Windows keeps for devices, with any extension. */
const DEVICE_REGEXP = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** The names given so far in one run. */
export class LogNames {
  readonly #byNode = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** The name for a node: `key` tells nodes apart, `label` is what the name is made of. */
  nameOf(key: string, label: string): string {
    const known = this.#byNode.get(key);
    if (known !== undefined) return known;
    const base = sanitise(label);
    let name = base;
    for (let n = 2; this.#taken.has(name.toLowerCase()); n++) name = `${base}-${n}`;
    this.#byNode.set(key, name);
    this.#taken.add(name.toLowerCase());
    return name;
  }
}

/** ASCII letters and digits stay, everything else becomes `-`. */
function sanitise(label: string): string {
  const name = label.replace(/[^A-Za-z0-9]/g, "-").slice(0, MAX_NAME_CHARS);
  return name === "" || DEVICE_REGEXP.test(name) ? `node-${name}` : name;
}
