/**
 * What the command prints, as `fixtures/terminal` shows it. Each file is a session: commands that are carried out in their
 * order in one folder, with what they print and how they end; `_sessions.ts` says how it is written. With `-- --update`,
 * writes the sessions anew.
 */

import { assertEquals } from "@std/assert";
import { tempFolder } from "./_helpers.ts";
import { furnish } from "./_session_folder.ts";
import { commandOf, type SessionCommand, sessionFile, sessionNames } from "./_sessions.ts";
import { command, type Ended, startCommand } from "./cli/_helpers.ts";

/** Carries out a command. */
async function carryOut(said: SessionCommand, cwd: string): Promise<Ended> {
  const { args, permissions } = said;
  const stdin = said.stdin === null ? undefined : await Deno.readFile(`${cwd}/${said.stdin}`);
  const options = { cwd, permissions, ...(stdin === undefined ? {} : { stdin }) };
  if (!said.interrupted) return await command(args, options);
  const child = startCommand(args, options);
  const stdout = new Response(child.stdout).text(), { text: stderr, watching } = heard(child.stderr);
  const record = args.indexOf("--artifacts-dir") + 1;
  if (stdin !== undefined) await child.stdin.getWriter().write(stdin);
  else if (record === 0) await watching;
  else await nodeBegan(`${cwd}/${args[record]}/transcript.jsonl`, child);
  child.kill("SIGINT");
  const { code } = await child.status;
  return { code, stdout: await stdout, stderr: await stderr };
}

/** Waits until a transcript tells that a node began, however long that takes, or its process has ended. */
async function nodeBegan(transcript: string, child: Deno.ChildProcess): Promise<void> {
  let ended = false;
  child.status.then(() => ended = true);
  while (!ended) {
    const text = await Deno.readTextFile(transcript).catch(() => "");
    if (text.includes('"phase":"start"')) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What is said on a stream, and when a watch said that it waits; the end of all talk is as good. */
function heard(stream: ReadableStream<Uint8Array>): { text: Promise<string>; watching: Promise<void> } {
  const { promise: watching, resolve } = Promise.withResolvers<void>();
  async function hear(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of stream) {
      text += decoder.decode(bytes, { stream: true });
      if (/^watching /m.test(text)) resolve();
    }
    resolve();
    return text;
  }
  return { text: hear(), watching };
}

/** What is no part of what a command says: times, ids that are made, where the folder lies, what this machine is. */
function steady(text: string, folder: string): string {
  return text.replaceAll(folder, "/here")
    .replace(/[^\s",=]*\/jco-transpile\/[^\s",\\]*/g, "/npm/jco-transpile")
    .replace(/\b\d{4}-\d\d-\d\dT\d\d[-:]\d\d[-:]\d\d(?:\.\d+)?Z(?:_[0-9a-z]+)?/g, "TIME")
    .replace(/^[0-9a-f]{64}$/gm, "FINGERPRINT")
    .replace(/\b(?!0{64})[0-9a-f]{64}(?=\.(?:component|ahead)\b)/g, "KEY")
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "UUID")
    .replace(/ *\b\d+(?:\.\d+)? (ms|min)\b/g, " N $1")
    .replace(/(_ms": )\d+(?:\.\d+)?/g, "$1N")
    .replace(/^(cost +ms A).*(?:\n.+)*/gm, "$1 …")
    .replace(/("duration_ms": \{\s+"a": ).+(\s+"b": ).+(\s+"ratio": ).+/g, "$1N,$2N,$3N")
    .replace(/("path": ".*\.html",\s+"bytes": )\d+/g, "$1N")
    .replace(/\btook [\d.]+ x/g, "took N x")
    .replace(/("(?:deno|v8|target)": )"[^"]*"/g, '$1"…"');
}

function shown(mark: string, text: string): string[] {
  if (text === "") return [];
  const lines = text.endsWith("\n") ? text.slice(0, -1).split("\n") : [...text.split("\n"), "(no line end)"];
  return lines.map((line) => `${mark} ${line}`.trimEnd());
}

async function play(session: string): Promise<string> {
  await using temp = await tempFolder();
  await furnish(temp.path);
  const lines: string[] = [];
  for (const line of session.split("\n")) {
    // What is printed is made anew; what a session says of itself stays.
    if (/^[|!=]/.test(line)) continue;
    lines.push(line);
    const command = commandOf(line);
    if (command === null) continue;
    const { code, stdout, stderr } = await carryOut(command, temp.path);
    lines.push(
      ...shown("|", steady(stdout, temp.path)),
      ...shown("!", steady(stderr, temp.path)),
      `= ${code}`,
    );
  }
  return lines.join("\n");
}

for (const name of sessionNames()) {
  Deno.test(`terminal: ${name}`, async () => {
    const file = sessionFile(name);
    const expected = await Deno.readTextFile(file);
    const actual = await play(expected);
    if (Deno.args.includes("--update")) await Deno.writeTextFile(file, actual);
    else assertEquals(actual, expected);
  });
}
