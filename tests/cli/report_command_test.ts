/** `report`: the report of a run, in its directory or where it is wanted. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { type ReportCommand, reportCommand } from "../../lib/cli/report_command.ts";
import { isReport } from "../../lib/report.ts";
import { runPack } from "../../mod.ts";
import { packPath, sharedCache, tempFolder } from "../_helpers.ts";
import { callCommand, type Ended, namesBelow } from "./_helpers.ts";

const cacheDir = sharedCache();

/** A run's directory. */
async function runDir(path: string): Promise<string> {
  const artifactsDir = `${path}/run`;
  await runPack(packPath("demo.gtpack"), { artifactsDir, cacheDir, input: { name: "Ada" } });
  return artifactsDir;
}

/** Calls the command, and gives its exit code and what it wrote. */
async function report(
  command: Partial<ReportCommand>,
  interrupt: AbortSignal = new AbortController().signal,
): Promise<Ended> {
  const whole: ReportCommand = { name: "report", run: "", out: null, json: false, ...command };
  return await callCommand((io) => reportCommand(whole, io), { interrupt });
}

Deno.test("report writes into the run directory, or where it is told", async () => {
  await using temp = await tempFolder();
  const run = await runDir(temp.path);
  assertEquals(await report({ run: `${run}/` }), {
    code: 0,
    stdout: "",
    stderr: `report: ${run}/report.html\n`,
  });
  assert(isReport(await Deno.readTextFile(`${run}/report.html`)));
  const out = `${temp.path}/new/folder/run.html`;
  assertEquals((await report({ run, out })).stderr, `report: ${out}\n`);
  assertEquals(await Deno.readTextFile(out), await Deno.readTextFile(`${run}/report.html`));
  assertEquals(await namesBelow(`${temp.path}/new/folder`), ["run.html"]);
});

Deno.test("report --json tells what was written", async () => {
  await using temp = await tempFolder();
  const run = await runDir(temp.path), path = `${run}/report.html`;
  const { stdout } = await report({ run, json: true });
  assertEquals(JSON.parse(stdout), { path, bytes: (await Deno.stat(path)).size });
});

Deno.test("report takes the place of an older report, and of nothing else", async () => {
  await using temp = await tempFolder();
  const run = await runDir(temp.path), out = `${temp.path}/out.html`;
  await report({ run, out });
  await report({ run, out });
  for (const [name, text] of [["own.html", "<!doctype html>\n<p>mine"], ["run/run.json", null]] as const) {
    const path = `${temp.path}/${name}`;
    if (text !== null) await Deno.writeTextFile(path, text);
    const before = await Deno.readTextFile(path);
    const error = await assertRejects(() => report({ run, out: path }), RunnerError);
    assertEquals([error.code, error.place], ["usage", path]);
    assertStringIncludes(error.message, "is there already, and is no report");
    assertEquals(await Deno.readTextFile(path), before);
  }
});

Deno.test("report writes nothing when there is no run, or when it is interrupted", async () => {
  await using temp = await tempFolder();
  const none = await assertRejects(() => report({ run: temp.path }), RunnerError);
  assertEquals([none.code, await namesBelow(temp.path)], ["artifacts.read", []]);
  const run = await runDir(temp.path), before = await namesBelow(run);
  const stopped = await assertRejects(() => report({ run }, AbortSignal.abort()), RunnerError);
  assertEquals([stopped.code, await namesBelow(run)], ["run.cancelled", before]);
});

Deno.test("report asks for all permissions at once, and needs no others", async () => {
  await using temp = await tempFolder();
  const run = await runDir(temp.path), out = `${temp.path}/out/run.html`;
  const script = `${temp.path}/script.ts`;
  const from = new URL("../../lib/cli/report_command.ts", import.meta.url).href;
  await Deno.writeTextFile(
    script,
    `import { reportCommand } from ${JSON.stringify(from)};
const io = { stdout() {}, stderr: console.error, stdin: () => Promise.reject(), interrupt: new AbortController().signal };
try {
  await reportCommand({ name: "report", run: ${JSON.stringify(run)}, out: ${
      JSON.stringify(out)
    }, json: false }, io);
} catch (error) {
  console.error(error.code, error.hint);
}
`,
  );
  async function said(...flags: string[]): Promise<string> {
    const config = decodeURIComponent(new URL("../../deno.json", import.meta.url).pathname);
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--no-check", `--config=${config}`, ...flags, script],
      cwd: temp.path,
    }).output();
    return new TextDecoder().decode(stderr).trim();
  }
  const hint = await said();
  const flags = [`--allow-read=${run},${temp.path}/out`, `--allow-write=${temp.path}/out`];
  assertEquals(hint, `permission.missing Add ${flags.join(" ")}`);
  assertEquals(await said(...flags), `report: ${out}`);
});
