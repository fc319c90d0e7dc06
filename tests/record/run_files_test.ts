/** Run directories of which some can be read, and some cannot. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { readRunFiles } from "../../lib/record/run_files.ts";
import { runPack } from "../../mod.ts";
import { packPath, sharedCache, tempFolder } from "../_helpers.ts";

const cacheDir = sharedCache();

/** The directory of a run, changed before it is read. */
async function runDir(path: string): Promise<string> {
  const dir = `${path}/run`;
  await runPack(packPath("demo.gtpack"), { artifactsDir: dir, cacheDir, input: { name: "Ada" } });
  return dir;
}

Deno.test("readRunFiles() reads all that a run left", async () => {
  await using temp = await tempFolder();
  const dir = await runDir(temp.path);
  await Deno.writeTextFile(`${dir}/logs/a.stderr.log`, "said");
  const { result, lines, flows, state, logs, faults } = await readRunFiles(dir);
  assertEquals([result?.status, lines.length > 10, flows?.[0]?.id], ["success", true, "demo"]);
  assertEquals([state !== null, faults], [true, []]);
  assertEquals(logs, [{ name: "a.stderr.log", bytes: 4, text: "said" }]);
});

Deno.test("readRunFiles() reads what it can, and tells the rest", async (t) => {
  const deep = `{"a":${"[".repeat(300)}${"]".repeat(300)}}`;
  const table: [name: string, damage: Record<string, string | null>, faults: string[]][] = [
    ["a killed run", { "run.json": null, "flows.json": null, "state.json": null }, []],
    ["a damaged result", { "run.json": "{" }, ["is damaged"]],
    ["a result that is no object", { "run.json": "7" }, ["it is no object"]],
    ["a result that is edited", { "run.json": `{"status":"Odd"}` }, ['Field "session_id" of run.json']],
    ["a newer result", { "run.json": `{"schema_version":99}` }, ["Version 99 of run.json is newer"]],
    ["a result that is too deep", { "run.json": deep }, ["nests deeper than 256 levels"]],
    ["no transcript", { "transcript.jsonl": null }, []],
    ["flows of another kind", { "flows.json": "{}" }, ["its form is unknown"]],
    ["damaged state", { "state.json": "" }, ["is damaged"]],
  ];
  await using temp = await tempFolder();
  const whole = await runDir(temp.path);
  for (const [name, damage, told] of table) {
    await t.step(name, async () => {
      const dir = `${temp.path}/${name.replaceAll(" ", "-")}`;
      await Deno.mkdir(dir);
      for (const file of ["run.json", "transcript.jsonl", "flows.json", "state.json"]) {
        const text = Object.hasOwn(damage, file)
          ? damage[file]!
          : await Deno.readTextFile(`${whole}/${file}`);
        if (text !== null) await Deno.writeTextFile(`${dir}/${file}`, text);
      }
      const { result, lines, faults } = await readRunFiles(dir);
      assertEquals(result === null, Object.hasOwn(damage, "run.json"));
      assertEquals(lines.length === 0, Object.hasOwn(damage, "transcript.jsonl"));
      assertEquals(faults.length, told.length, faults.join("\n"));
      told.forEach((text, i) => assertStringIncludes(faults[i]!, text));
    });
  }
});

Deno.test("readRunFiles() leaves out lines that it cannot read, and says how many", async () => {
  await using temp = await tempFolder();
  const good = `{"phase":"log","seq":9}`, deep = `{"phase":"log","x":${"[".repeat(300)}${"]".repeat(300)}}`;
  const text = [good, "{", deep, `{"phase":"log","version":99}`, good, `{"phase":"cut`].join("\n");
  await Deno.writeTextFile(`${temp.path}/transcript.jsonl`, text);
  const { lines, faults } = await readRunFiles(temp.path);
  assertEquals(lines.length, 2);
  assertEquals(faults.length, 1);
  assertStringIncludes(faults[0]!, "3 of 5 lines of the transcript cannot be read; the first: ");
  assertStringIncludes(faults[0]!, "transcript.jsonl:2");
});

Deno.test("readRunFiles() says so where there is no run", async (t) => {
  const table: [name: string, files: Record<string, string>, message: string][] = [
    ["an empty folder", {}, "There is no run in"],
    ["a newer transcript alone", { "transcript.jsonl": `{"phase":"run","version":99}\n` }, "newer"],
    ["a damaged result alone", { "run.json": "{" }, "is damaged"],
    ["an empty transcript alone", { "transcript.jsonl": "" }, "There is no run in"],
  ];
  for (const [name, files, message] of table) {
    await t.step(name, async () => {
      await using temp = await tempFolder();
      for (const [file, text] of Object.entries(files)) {
        await Deno.writeTextFile(`${temp.path}/${file}`, text);
      }
      const error = await assertRejects(() => readRunFiles(temp.path), RunnerError);
      assertEquals(error.code, "artifacts.read");
      assertStringIncludes(error.message, message);
    });
  }
  await t.step("no folder", async () => {
    const error = await assertRejects(() => readRunFiles("/nowhere/at/all"), RunnerError);
    assertEquals([error.code, error.place], ["artifacts.read", "/nowhere/at/all"]);
  });
});

Deno.test({
  name: "readRunFiles() follows no link",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using temp = await tempFolder();
    const dir = await runDir(temp.path), secret = `${temp.path}/secret`;
    await Deno.writeTextFile(secret, "private");
    await Deno.symlink(secret, `${dir}/logs/x.log`);
    await Deno.remove(`${dir}/state.json`);
    await Deno.symlink(secret, `${dir}/state.json`);
    const { logs, state, faults } = await readRunFiles(dir);
    assertEquals([logs, state, faults.length], [[], null, 1]);
    assertStringIncludes(faults[0]!, "it is no regular file");
    await Deno.remove(`${dir}/logs`, { recursive: true });
    await Deno.symlink(temp.path, `${dir}/logs`);
    await Deno.writeTextFile(`${temp.path}/y.log`, "private");
    assertEquals((await readRunFiles(dir)).logs, []);
  },
});

Deno.test("readRunFiles() keeps the end of a long log", async () => {
  await using temp = await tempFolder();
  const dir = await runDir(temp.path);
  await Deno.writeTextFile(`${dir}/logs/a.log`, `${"x".repeat(300 * 1024)}end`);
  const [log] = (await readRunFiles(dir)).logs;
  assertEquals([log!.bytes, log!.text.length, log!.text.slice(-4)], [300 * 1024 + 3, 256 * 1024, "xend"]);
});
