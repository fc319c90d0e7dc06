/**
 * What the command prints, as `fixtures/terminal` shows it. Each file is a session: commands that are carried out in their
 * order in one folder, with what they print and how they end. With `-- --update`, writes the sessions anew.
 */

import { assertEquals } from "@std/assert";
import { tempFolder } from "./_helpers.ts";
import { command, type Ended, ended, startCommand, textWith } from "./cli/_helpers.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);
const SESSIONS = new URL("terminal/", FIXTURES);
const PROMPT = "$ greentic-runner";

const TELL = `id: main
type: messaging
nodes:
  wait:
    session.wait:
      reason: what
    routing:
      - to: work
  work:
    spin:
      operation: "{{state.input.do}}"
    routing: out
`;

/** A folder with everything that sessions name: packs, sources, recordings, components. */
async function furnish(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(new URL("packs/", FIXTURES))) {
    if (!name.endsWith(".gtpack")) continue;
    await Deno.copyFile(new URL(`packs/${name}`, FIXTURES), `${folder}/${name}`);
  }
  for (const component of ["greet", "echo"]) {
    const wasm = `${component}.wasm`;
    await Deno.copyFile(new URL(`components/${component}/${wasm}`, FIXTURES), `${folder}/${wasm}`);
  }
  await copyFolder(new URL("recordings/", FIXTURES), `${folder}/recordings`);
  await copyFolder(new URL("sources/hello/", FIXTURES), `${folder}/hello`);
  await copyFolder(new URL("sources/hello/", FIXTURES), `${folder}/broken`);
  await Deno.writeTextFile(
    `${folder}/broken/flows/main.ygtc`,
    "id: main\ntype: messaging\nnodes:\n  greet:\n    gret:\n      operation: greet\n    routing:\n      - to: nowhere\n",
  );
  // A flow that waits, and then does what it was told to.
  await Deno.mkdir(`${folder}/tell/flows`, { recursive: true });
  await Deno.mkdir(`${folder}/tell/components`);
  await Deno.writeTextFile(`${folder}/tell/pack.yaml`, "pack_id: tell\nversion: 0.1.0\n");
  await Deno.writeTextFile(`${folder}/tell/flows/main.ygtc`, TELL);
  await Deno.copyFile(
    new URL("components/spin/spin.wasm", FIXTURES),
    `${folder}/tell/components/spin.wasm`,
  );
  const damaged = await Deno.readFile(`${folder}/demo.gtpack`);
  await Deno.writeFile(`${folder}/short.gtpack`, damaged.subarray(0, damaged.length - 100));
  await Deno.writeTextFile(`${folder}/text.gtpack`, "This is no pack.\n");
}

async function copyFolder(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(new URL(`${name}/`, from), `${to}/${name}`);
    else await Deno.copyFile(new URL(name, from), `${to}/${name}`);
  }
}

/** The words of a line for the shell that uses no more of it than single quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

/** Carries out a line: `^C` at its end interrupts what began, `< FILE` gives standard input. */
async function carryOut(line: string, cwd: string): Promise<Ended> {
  const args = words(line);
  if (args.at(-1) === "^C") {
    const child = startCommand(args.slice(0, -1), { cwd });
    await textWith(`${cwd}/${args[args.indexOf("--artifacts-dir") + 1]}/transcript.jsonl`, '"phase":"start"');
    child.kill("SIGINT");
    return await ended(child);
  }
  const from = args.lastIndexOf("<");
  if (from < 0) return await command(args, { cwd });
  const stdin = await Deno.readFile(`${cwd}/${args[from + 1]}`);
  return await command(args.slice(0, from), { cwd, stdin });
}

/** What is no part of what a command says: times, ids that are made, where the folder lies, what this machine is. */
function steady(text: string, folder: string): string {
  return text.replaceAll(folder, "/here")
    .replace(/\b\d{4}-\d\d-\d\dT\d\d[-:]\d\d[-:]\d\d(?:\.\d+)?Z(?:_[0-9a-z]+)?/g, "TIME")
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
    if (!line.startsWith(PROMPT)) continue;
    const { code, stdout, stderr } = await carryOut(line.slice(PROMPT.length), temp.path);
    lines.push(
      ...shown("|", steady(stdout, temp.path)),
      ...shown("!", steady(stderr, temp.path)),
      `= ${code}`,
    );
  }
  return lines.join("\n");
}

const names = Array.from(Deno.readDirSync(SESSIONS), ({ name }) => name).filter((name) =>
  name.endsWith(".txt")
);

for (const name of names.sort()) {
  Deno.test(`terminal: ${name.slice(0, -4)}`, async () => {
    const file = new URL(name, SESSIONS);
    const expected = await Deno.readTextFile(file);
    const actual = await play(expected);
    if (Deno.args.includes("--update")) await Deno.writeTextFile(file, actual);
    else assertEquals(actual, expected);
  });
}
