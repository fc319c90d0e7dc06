import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { packPath, tempFolder } from "../_helpers.ts";
import { command, type Ended, ended } from "../cli/_helpers.ts";

async function deno(...args: string[]): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return await ended(child);
}

Deno.test("a sandboxed worker does all that others do", async () => {
  const { code, stdout } = await deno(
    ...["test", "-A", "--unstable-worker-options", "tests/component/_sandboxed_suite.ts"],
  );
  assertEquals(code, 0, stdout.slice(-3000));
  assert(/ok \| (?:[2-9]\d|\d{3,}) passed/.test(stdout), stdout.slice(-300));
});

Deno.test("a sandboxed worker has none of the permissions that the process has", async () => {
  const { code, stdout, stderr } = await deno(
    ...["run", "-A", "--unstable-worker-options", "tests/component/_sandbox_probe.ts"],
  );
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout), { worker: "granted", sandboxed: "prompt" });
});

Deno.test("--isolation sandboxed says what Deno has to be started with", async () => {
  await using folder = await tempFolder();
  const cwd = folder.path;
  const demo = ["run", packPath("demo.gtpack"), "--input", '{"name":"Ada"}'];
  const args = [...demo, "--isolation", "sandboxed", "--artifacts-dir", cwd, "--no-cache"];
  const without = await command(args, { cwd });
  assertEquals([without.code, without.stdout], [70, ""]);
  // These are Deno's own words: nothing of ours runs any more.
  assertStringIncludes(without.stderr, "`--unstable-worker-options` flag must be provided");
  const granted = await command(args, { cwd, permissions: ["-A", "--unstable-worker-options"] });
  assertEquals(granted.code, 0, granted.stderr);
});
