// deno-lint-ignore-file no-console -- scripts talk to whoever runs them
/** What the scripts have in common that write files of this project: bundles as strings, and files brought up to date. */

/** What is bundled, and into which constant. */
export interface Bundle {
  /** The module that the bundle begins with. */
  readonly entry: URL;
  /** Arguments of `deno bundle` beside those of all bundles. */
  readonly flags: readonly string[];
  /** The name of the constant. */
  readonly name: string;
  /** What it holds, as the beginning of a sentence. */
  readonly about: string;
  /** The task that writes it. */
  readonly task: string;
}

/** The text of a module that has a bundle as one string; `check` may throw for a bundle that cannot be used. */
export async function bundleModule(
  { entry, flags, name, about, task }: Bundle,
  check: (code: string) => void = () => {},
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--platform=browser", ...flags, entry.pathname],
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(`Cannot bundle ${entry.pathname}: ${new TextDecoder().decode(stderr)}`);
  const text = new TextDecoder().decode(stdout).trim();
  check(text);
  return [
    "/**",
    ` * ${about} and what it imports, as one string.`,
    ` * Written by \`deno task ${task}\`; never edited by hand.`,
    " */",
    `export const ${name}: string =`,
    `  ${JSON.stringify(text)};`,
    "",
  ].join("\n");
}

/** Writes a file of this project; with `--check` only compares it, and ends the process when it differs. */
export async function bringUpToDate(path: string, wanted: string, task: string): Promise<void> {
  const target = new URL(`../../${path}`, import.meta.url);
  if (!Deno.args.includes("--check")) return await Deno.writeTextFile(target, wanted);
  if (await Deno.readTextFile(target) === wanted) return;
  console.error(`${path} is out of date: run \`deno task ${task}\``);
  Deno.exit(1);
}
