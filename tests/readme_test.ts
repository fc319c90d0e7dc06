/** What the README shows is what happens. */

import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { tempFolder } from "./_helpers.ts";
import { component, sources } from "./_sources.ts";
import { assertCalm } from "./cli/_helpers.ts";
import { readmeWithReference } from "./tasks/write_reference.ts";
import { lintPack, runPack } from "../mod.ts";

const ROOT = decodeURIComponent(new URL("../", import.meta.url).pathname);
const README = await Deno.readTextFile(`${ROOT}README.md`);

/** The fenced blocks of a language in a section. */
function blocks(section: string, language: string): string[] {
  const start = README.indexOf(`${section}\n`);
  const [, text = ""] = /^#+ .*\n([\s\S]*?)(?=^#{2,3} |$(?![\s\S]))/m.exec(README.slice(start)) ?? [];
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) =>
    match[1]!
  );
}

/** One command that the README shows, and how it ends. */
interface Shown {
  readonly text: string;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The commands of a script: a line each, and what is written between a word and that word again. */
function commandsOf(script: string): string[] {
  const commands: string[] = [];
  let end: string | undefined;
  for (const line of script.trim().split("\n")) {
    if (end === undefined) commands.push(line);
    else commands.push(`${commands.pop()}\n${line}`);
    end = end === undefined ? /<<'(\w+)'$/.exec(line)?.[1] : line === end ? undefined : end;
  }
  return commands.filter((command) => command !== "");
}

/** Makes a folder like a clone, with what a machine has that has Node and npm. */
async function furnish(folder: string): Promise<void> {
  for (const name of ["cli.ts", "mod.ts", "lib", "fixtures", "deno.json", "deno.lock"]) {
    await Deno.symlink(`${ROOT}${name}`, `${folder}/${name}`);
  }
  await Deno.mkdir(`${folder}/.bin`);
  // Tests are not run within tests.
  await write(`${folder}/.bin/npx`, '#!/bin/sh\n[ "$4" = test ] || exec "$DENO" "$3" --quiet "$4"\n', 0o755);
  await write(`${folder}/.bin/deno`, '#!/bin/sh\nexec "$DENO" "$@"\n', 0o755);
}

/** Runs a shell in such a folder. */
async function shell(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await new Deno.Command("sh", {
    args: [...args],
    cwd,
    env: { ...env, PATH: `${cwd}/.bin:${Deno.env.get("PATH")}`, DENO: Deno.execPath(), NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

/** Types all commands of the README into one shell, in a folder that is like a clone. */
async function typeAll(folder: string): Promise<Shown[]> {
  await furnish(folder);
  const commands = [...README.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, script]) =>
    commandsOf(script!)
  );
  const script = commands.map((text, i) =>
    `{ ${text}\n} >.bin/${i}.out 2>.bin/${i}.err\necho $? >.bin/${i}.code\n`
  );
  await write(`${folder}/.bin/script`, script.join(""));
  assertEquals(await shell([".bin/script"], folder), { code: 0, stderr: "" });
  return await Promise.all(commands.map(async (text, i) => {
    const [code, out, err] = await Promise.all(
      ["code", "out", "err"].map((kind) => Deno.readTextFile(`${folder}/.bin/${i}.${kind}`)),
    );
    return { text, code: Number(code), stdout: out!, stderr: err! };
  }));
}

async function write(path: string, text: string, mode: number = 0o644): Promise<void> {
  await Deno.writeTextFile(path, text, { mode });
}

Deno.test("README: every command does what it says, one after the other", async (t) => {
  await using temp = await tempFolder();
  const shown = await typeAll(temp.path);
  assert(shown.length > 30, "the commands were found");
  for (const { text, code, stdout, stderr } of shown) {
    await t.step(text.split("\n")[0]!, () => {
      const expected = Number(/ # exit code (\d+)$/.exec(text)?.[1] ?? 0);
      assertEquals(code, expected, `${stdout}\n${stderr}`);
      assertCalm(stderr);
    });
  }
  await t.step("a flow asks, and is answered twice", () => {
    const script = blocks("### Flows that ask", "sh")[0]!.trim().split("\n");
    const outputs = script.map((line) => JSON.parse(shown.find(({ text }) => text === line)!.stdout));
    const [answers = ""] = blocks("### Flows that ask", "text");
    assertEquals(outputs, answers.trim().split("\n").map((line) => JSON.parse(line)));
  });
  await t.step("the demo prints what is shown", () => {
    const steady = (text: string) => text.replace(/\d+ ms/g, "N ms").replace(/^record: .*$/m, "record: …");
    const demo = shown.find(({ text }) => text.includes("task demo"))!;
    const [, first = "", second = ""] = /^([\s\S]*?)^(\[[\s\S]*?^\])$/m.exec(
      blocks("## Try it", "text")[0]!,
    )!;
    const [, last = ""] = /^\]\n([\s\S]*)$/m.exec(blocks("## Try it", "text")[0]!)!;
    assertEquals(steady(demo.stderr), steady(first + last));
    assertEquals(demo.stdout.trim(), second);
  });
});

/** The commands of the workflow that users copy. */
async function workflowSteps(): Promise<string[]> {
  const path = `${ROOT}.github/examples/pack.yml`;
  const { jobs } = parse(await Deno.readTextFile(path));
  return jobs.pack.steps.flatMap((step: { run?: string }) => step.run === undefined ? [] : [step.run.trim()]);
}

Deno.test("README: the workflow to copy builds, checks, runs and reports a pack, step by step", async (t) => {
  await using temp = await tempFolder();
  await furnish(temp.path);
  const [script = "", pack = ""] = blocks("## Your first own pack", "sh");
  await write(`${temp.path}/.bin/script`, pack.replace(/^greentic-runner .*$/m, ""));
  await write(`${temp.path}/input.json`, '{"name":"Ada"}');
  await Deno.symlink(`${ROOT}fixtures/recordings`, `${temp.path}/recordings`);
  for (const command of ["sh -e .bin/script", ...await workflowSteps()]) {
    await t.step(command, async () => {
      const { code, stderr } = await shell(["-e", "-c", command], temp.path, { RUNNER: "cli.ts" });
      assertEquals(code, 0, stderr);
      assertCalm(stderr);
    });
  }
  assert(script.startsWith("alias "), "the pack is that of the first steps");
  const { status, output } = JSON.parse(await Deno.readTextFile(`${temp.path}/run/run.json`));
  assert(await Deno.stat(`${temp.path}/run/report.html`));
  assertEquals([status, output], ["Success", [{ said: '{"text":"Hello, Ada!"}', status: 200 }]]);
});

Deno.test("README: its tables are those of the code", async () => {
  assertEquals(await readmeWithReference(), README);
});

Deno.test("README: the flow that it shows runs, and has nothing wrong with it", async () => {
  const [flow = ""] = blocks("## What a flow can do", "yaml");
  await using folder = await sources({ "main.ygtc": flow, "greet.wasm": await component("greet") });
  const path = `${folder.path}/main.ygtc`, components = { map: { greet: `${folder.path}/greet.wasm` } };
  assertEquals((await lintPack(path, { components })).findings, []);
  const options = { components, artifactsDir: `${folder.path}/run`, cacheDir: null };
  const ada = await runPack(path, { ...options, input: { name: "Ada" }, parameters: { greeting: "Hi" } });
  assertEquals([ada.status, ada.output], ["success", [{ text: "Hi, Ada!" }]]);
  const nobody = await runPack(path, { ...options, input: { name: null } });
  assertEquals([nobody.status, nobody.output], ["partial_failure", [
    { text: "Sorry: component greet failed: MISSING_NAME: the input has no name" },
  ]]);
});
