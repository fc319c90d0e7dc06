import { assert, assertEquals, assertStringIncludes } from "@std/assert";

async function deno(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
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
  const folder = await Deno.makeTempDir();
  try {
    const command = ["cli.ts", "run", "fixtures/packs/demo.gtpack", "--isolation", "sandboxed"];
    const where = ["--input", '{"name":"Ada"}', "--artifacts-dir", folder, "--no-cache"];
    const without = await deno("run", "-A", ...command, ...where);
    assertEquals([without.code, without.stdout], [70, ""]);
    // These are Deno's own words: nothing of ours runs any more.
    assertStringIncludes(without.stderr, "`--unstable-worker-options` flag must be provided");
    const granted = await deno("run", "-A", "--unstable-worker-options", ...command, ...where);
    assertEquals(granted.code, 0, granted.stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
