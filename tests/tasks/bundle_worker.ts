// deno-lint-ignore-file no-console -- a script talks to whoever runs it
/**
 * Writes `lib/component/worker_code.ts`: the guest's side of the thread as one string, so that starting a worker
 * needs neither permission to read files nor a second download. With `--check`, only compares.
 */

const ENTRY = new URL("../../lib/component/worker_entry.ts", import.meta.url);
const TARGET = new URL("../../lib/component/worker_code.ts", import.meta.url);

/** The text that the file should have. */
export async function workerModule(): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--platform=browser", ENTRY.pathname],
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(`Cannot bundle the worker: ${new TextDecoder().decode(stderr)}`);
  const text = new TextDecoder().decode(stdout).trim();
  return [
    "/**",
    " * The guest's side of the thread, `worker_entry.ts` and what it imports, as one string.",
    " * Written by `deno task worker`; never edited by hand.",
    " */",
    "export const WORKER_CODE: string =",
    `  ${JSON.stringify(text)};`,
    "",
  ].join("\n");
}

if (import.meta.main) {
  const wanted = await workerModule();
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(TARGET, wanted);
  else if (await Deno.readTextFile(TARGET) !== wanted) {
    console.error("lib/component/worker_code.ts is out of date: run `deno task worker`");
    Deno.exit(1);
  }
}
