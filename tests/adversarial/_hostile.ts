/**
 * What every test against hostile packs checks of the command: code and exit code, no stack trace, nothing that a
 * terminal obeys, nothing written, soon over.
 */

import { assert, assertEquals } from "@std/assert";
import { main } from "../../lib/cli/main.ts";
import type { Streams } from "../../lib/cli/print.ts";
import { NO_TERMINAL } from "../../lib/cli/terminal.ts";
import { tempFolder } from "../_helpers.ts";

/** More than any refusal takes on a busy machine; a hang takes more. */
export const SOON_MS = 5000;
/** What the command may take of memory with the default limits, its own code included, in MiB. */
export const PEAK_MIB = 200;

/** What a refusal has to look like. */
export interface Expected {
  /** The code of the error. */
  readonly code: string;
  /** The exit code. @default {3} */
  readonly exit?: number;
  /** A text that the message or place has, such as the entry's name. */
  readonly names?: string;
}

/** What the command printed. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls the command in this process; without more it finds nothing on standard input. */
export async function call(
  args: readonly string[],
  stdin: Streams["stdin"] = () => Promise.resolve(new Uint8Array()),
): Promise<Printed> {
  let stdout = "", stderr = "";
  const code = await main(args, {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    stdin,
    interrupt: new AbortController().signal,
    terminal: () => Promise.resolve(NO_TERMINAL),
  });
  return { code, stdout, stderr };
}

/** A line of a stack trace, and whatever a terminal obeys beside the end of a line. */
const TRACE_REGEXP = /^\s+at .*:\d+/m,
  OBEYED_REGEXP = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Checks that the command refuses what lies at a path, as `verify` and as `run`. */
export async function assertPathRefused(path: string, expected: Expected): Promise<void> {
  await using folder = await tempFolder();
  // Deep enough that a name which climbs is still seen.
  const run = `${folder.path}/a/b/run`;
  const commands = [
    ["verify", path, "--json"],
    ["run", path, "--json", "--artifacts-dir", run, "--cache-dir", `${run}/cache`],
  ];
  for (const args of commands) {
    const begin = performance.now(), cwd = await listing(Deno.cwd());
    const printed = await call(args);
    const took = performance.now() - begin;
    assertEquals([codeOf(printed), printed.code], [expected.code, expected.exit ?? 3], printed.stderr);
    assert(/^ {2}hint: \S/m.test(printed.stderr), printed.stderr);
    const said = printed.stderr + printed.stdout.replaceAll('\\"', '"');
    if (expected.names !== undefined) assert(said.includes(expected.names), said);
    for (const text of [printed.stdout, printed.stderr]) {
      assert(!TRACE_REGEXP.test(text), text);
      assert(!OBEYED_REGEXP.test(text), JSON.stringify(text));
    }
    assert(took < SOON_MS, `${args[0]} took ${Math.round(took)} ms`);
    assertEquals(await listing(Deno.cwd()), cwd);
  }
  const written = (await listing(folder.path)).filter((name) => !name.startsWith("a/b/run"));
  assertEquals(written.filter((name) => name !== "a" && name !== "a/b"), []);
}

/** Checks that the command refuses an archive. */
export async function assertRefused(archive: Uint8Array, expected: Expected): Promise<void> {
  await using folder = await tempFolder();
  const path = `${folder.path}/x.gtpack`;
  await Deno.writeFile(path, archive);
  await assertPathRefused(path, expected);
  assertEquals(await listing(folder.path), ["x.gtpack"]);
}

/** The code that standard error begins with. */
export function codeOf({ stderr }: Printed): string | undefined {
  return /^error\[([a-z_.0-9]+)\]: /m.exec(stderr)?.[1];
}

/** Everything below a folder, sorted, without what git and tests of other files make meanwhile. */
export async function listing(folder: string, prefix: string = ""): Promise<string[]> {
  const names: string[] = [];
  const top = folder === Deno.cwd();
  for await (const { name, isDirectory } of Deno.readDir(prefix === "" ? folder : `${folder}/${prefix}`)) {
    const path = prefix === "" ? name : `${prefix}/${name}`;
    names.push(path);
    if (isDirectory && !top) names.push(...await listing(folder, path));
  }
  return names.sort();
}

/** Everything in a folder with its size, but for what git and tests of other files make meanwhile. */
export async function tree(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if ([".git", ".greentic", "node_modules"].includes(name)) continue;
    if (isDirectory) found.push(path, ...await tree(path));
    else found.push(`${path} ${(await Deno.lstat(path)).size}`);
  }
  return found.sort();
}

/** What a script of this folder prints, in a process of its own; `stdin` is a file for its standard input. */
export async function script(name: string, args: readonly string[], stdin?: string): Promise<string> {
  const url = (path: string) => decodeURIComponent(new URL(path, import.meta.url).pathname);
  const options = ["-A", "--quiet", "--no-check", "--cached-only", "--config", url("../../deno.json")];
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", ...options, url(name), ...args],
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const file = stdin === undefined ? undefined : await Deno.open(stdin);
  const [output] = await Promise.all([process.output(), file?.readable.pipeTo(process.stdin)]);
  return new TextDecoder().decode(output.stdout);
}

/** What a command in a process of its own printed, and how much memory it took at most, in MiB. */
export async function peak(
  args: readonly string[],
  stdin?: string,
): Promise<Printed & { readonly mib: number }> {
  return JSON.parse(await script("_peak.ts", args, stdin));
}

/** Checks that `verify` refuses an archive in little memory; the step passes where nobody tells the peak. */
export async function assertFlat(archive: Uint8Array, code: string): Promise<void> {
  if (Deno.build.os !== "linux") return;
  await using folder = await tempFolder();
  const path = `${folder.path}/x.gtpack`;
  await Deno.writeFile(path, archive);
  const printed = await peak(["verify", path]);
  assertEquals(codeOf(printed), code);
  assert(printed.mib < PEAK_MIB, `${Math.round(printed.mib)} MiB`);
}
