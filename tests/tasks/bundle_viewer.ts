// deno-lint-ignore-file no-console -- a script talks to whoever runs it
/**
 * Writes `lib/report/viewer_code.ts`: what shows a report in a browser as one string, which every report carries. With
 * `--check`, only compares.
 */

const ENTRY = new URL("../../lib/report/viewer/main.ts", import.meta.url);
const TARGET = new URL("../../lib/report/viewer_code.ts", import.meta.url);

/** The text that the file should have. */
export async function viewerModule(): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--platform=browser", "--format=iife", ENTRY.pathname],
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(`Cannot bundle the viewer: ${new TextDecoder().decode(stderr)}`);
  const text = new TextDecoder().decode(stdout).trim();
  // What would end the element that it stands in.
  if (/<\/script|<!--/i.test(text)) throw new Error("The viewer's code cannot stand in a page");
  return [
    "/**",
    " * What shows a report in a browser, `viewer/main.ts` and what it imports, as one string.",
    " * Written by `deno task viewer`; never edited by hand.",
    " */",
    "export const VIEWER_CODE: string =",
    `  ${JSON.stringify(text)};`,
    "",
  ].join("\n");
}

if (import.meta.main) {
  const wanted = await viewerModule();
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(TARGET, wanted);
  else if (await Deno.readTextFile(TARGET) !== wanted) {
    console.error("lib/report/viewer_code.ts is out of date: run `deno task viewer`");
    Deno.exit(1);
  }
}
