/** What the environment of the process says, and when it does not count. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { exists, packPath, tempFolder } from "../_helpers.ts";
import { command } from "./_helpers.ts";

Deno.test("command: GREENTIC_CACHE_DIR and GREENTIC_ENV count where they may be read and no option is given", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.copyFile(packPath("kinds.gtpack"), `${cwd}/kinds.gtpack`);
  const warmup = ["cache", "warmup", "kinds.gtpack", "--flow", "host"];
  const env = { GREENTIC_CACHE_DIR: "kept", GREENTIC_ENV: "prod" };
  await t.step("with permission", async () => {
    assertEquals((await command(warmup, { cwd, env })).code, 0);
    assertEquals([await exists(`${cwd}/kept`), await exists(`${cwd}/.greentic`)], [true, false]);
  });
  await t.step("not against an option", async () => {
    assertEquals((await command([...warmup, "--cache-dir", "other"], { cwd, env })).code, 0);
    assertEquals(await exists(`${cwd}/other`), true);
  });
  await t.step("not without permission, and nobody asks for it", async () => {
    const { stdout, stderr } = await command(["cache", "doctor"], {
      cwd,
      env,
      permissions: ["--allow-read=.greentic"],
    });
    assertEquals([stdout, stderr], ["", "0 files, 0.0 kB: 0 damaged, 0 of no use\n"]);
  });
});

Deno.test("command: --offline refuses to reach a host, whoever names it", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.copyFile(packPath("demo.gtpack"), `${cwd}/demo.gtpack`);
  await Deno.writeTextFile(`${cwd}/mocks.json`, '{"allow":["https://c.test"]}');
  const run = ["run", "demo.gtpack", "--offline", "--input", '{"name":"Ada"}'];
  const table: [args: string[], host: string][] = [
    [["--allow", "https://a.test"], "https://a.test"],
    [["--otlp", "http://b.test:4318"], "http://b.test:4318"],
    [["--mocks", "./mocks.json"], "https://c.test"],
  ];
  for (const [args, host] of table) {
    await t.step(args[0]!, async () => {
      const { code, stderr } = await command([...run, ...args], { cwd });
      assertEquals(code, 2);
      assertStringIncludes(stderr, `error[usage]: Both --offline and the host "${host}" are given`);
    });
  }
  await t.step("a collector that only the environment names does not count", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
    const { code, stderr } = await command(run, { cwd, env });
    assertEquals([code, stderr.includes("otlp")], [0, false], stderr);
    const online = await command(run.filter((word) => word !== "--offline"), { cwd, env });
    assertStringIncludes(online.stderr, "warning[otlp.export]");
  });
});
