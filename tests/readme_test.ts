/** What the README shows of flows is what happens. */

import { assertEquals } from "@std/assert";
import { tempFolder } from "./_helpers.ts";
import { component, sources } from "./_sources.ts";
import { command } from "./cli/_helpers.ts";
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

/** The words of a line for the shell that uses no more of it than single quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

Deno.test("README: a flow asks, and is answered twice", async () => {
  await using temp = await tempFolder();
  const [script = ""] = blocks("### Flows that ask", "sh"),
    [shown = ""] = blocks("### Flows that ask", "text");
  const outputs: unknown[] = [];
  for (const line of script.trim().split("\n")) {
    const [deno, run, all, cli, ...args] = words(line);
    assertEquals([deno, run, all, cli], ["deno", "run", "-A", "cli.ts"]);
    const placed = args.map((word) => word.replace(/^fixtures\//, `${ROOT}fixtures/`));
    const { code, stdout, stderr } = await command(placed, { cwd: temp.path });
    assertEquals(code, 0, stderr);
    outputs.push(JSON.parse(stdout));
  }
  assertEquals(outputs, shown.trim().split("\n").map((line) => JSON.parse(line)));
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
