/** `cache warmup`, `cache doctor`, `cache prune` as processes of their own. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { packPath, tempFolder } from "../_helpers.ts";
import { assertCalm, command, hintedFlags } from "./_helpers.ts";

Deno.test("cache warmup prepares what the first run needs, with the permissions that its hint names", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.copyFile(packPath("demo.gtpack"), `${cwd}/demo.gtpack`);
  await t.step("it names all that is missing at once", async () => {
    const denied = await command(["cache", "warmup", "demo.gtpack"], { cwd, permissions: [] });
    assertEquals([denied.code, denied.stdout], [4, ""], denied.stderr);
    const permissions = hintedFlags(denied.stderr);
    const { code, stdout, stderr } = await command(["cache", "warmup", "demo.gtpack"], { cwd, permissions });
    assertCalm(stderr);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^prepared {2}greet {6}greentic:component\/node@0\.5\.0 {2}\d+ ms$/m);
    assertStringIncludes(stderr, "2 components, 2 of them prepared now");
  });
  await t.step("it finds what is there", async () => {
    const { stdout } = await command(["cache", "warmup", "demo.gtpack", "--json"], { cwd });
    const { components, cache_dir } = JSON.parse(stdout);
    assertEquals([cache_dir, components.map(({ cache_hit }: { cache_hit: boolean }) => cache_hit)], [
      ".greentic/cache",
      [true, true],
    ]);
  });
  await t.step("and the run after it needs no more than its pack and its folder", async () => {
    const permissions = ["--allow-read=demo.gtpack,.greentic", "--allow-write=.greentic"];
    const args = ["run", "demo.gtpack", "--input", '{"name":"Ada"}', "--json"];
    const { code, stdout, stderr } = await command(args, { cwd, permissions });
    assertEquals(code, 0, stderr);
    const { components } = JSON.parse(stdout);
    assert(components.every(({ cache_hit }: { cache_hit: boolean }) => cache_hit), stdout);
  });
});

Deno.test("cache doctor tells damage, and cache prune removes it", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.copyFile(packPath("demo.gtpack"), `${cwd}/demo.gtpack`);
  const folder = `${cwd}/.greentic/cache`;
  await t.step("there may be no cache yet", async () => {
    const { code, stdout, stderr } = await command(["cache", "doctor"], { cwd });
    assertEquals([code, stdout], [0, ""]);
    assertStringIncludes(stderr, "0 files");
  });
  await command(["cache", "warmup", "demo.gtpack"], { cwd });
  await t.step("a whole cache is well", async () => {
    const { code, stdout, stderr } = await command(["cache", "doctor"], { cwd });
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^whole .* components\/greet\.wasm /m);
  });
  const [victim] = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".component"));
  await Deno.truncate(`${folder}/${victim!.name}`, 500);
  await t.step("damage is told, with what to do", async () => {
    const { code, stdout, stderr } = await command(["cache", "doctor", "--json"], { cwd });
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "1 damaged");
    assertStringIncludes(stderr, "hint: greentic-runner cache prune");
    const damaged = JSON.parse(stdout).files.filter(({ state }: { state: string }) => state === "damaged");
    assertEquals(damaged.map(({ name }: { name: string }) => name), [victim!.name]);
  });
  await t.step("prune tells what it would remove", async () => {
    const { stdout, stderr } = await command(["cache", "prune", "--dry-run"], {
      cwd,
      permissions: ["--allow-read=.greentic"],
    });
    assertStringIncludes(stdout, victim!.name);
    assertStringIncludes(stderr, "1 file would be removed");
  });
  await t.step("and removes it", async () => {
    const { code } = await command(["cache", "prune"], { cwd });
    assertEquals([code, [...Deno.readDirSync(folder)].some(({ name }) => name === victim!.name)], [0, false]);
    assertEquals((await command(["cache", "doctor"], { cwd })).code, 0);
  });
  await t.step("and everything, when it is told to", async () => {
    await command(["cache", "prune", "--all"], { cwd });
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("cache says what it cannot do", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.copyFile(packPath("demo.gtpack"), `${cwd}/demo.gtpack`);
  await Deno.writeTextFile(`${cwd}/file`, "");
  const cases: [args: string[], code: number, text: string][] = [
    [[], 2, "cache warmup PACK"],
    [["purge"], 2, 'Command "cache purge" is unknown'],
    [["warmup"], 2, "No pack is named"],
    [["warmup", "absent.gtpack"], 3, "error[pack.not_found]"],
    [["warmup", "demo.gtpack", "--flow", "none"], 2, "error[flow.not_found]"],
    [["warmup", "demo.gtpack", "--no-cache"], 2, 'Option "--no-cache" is none of "cache"'],
    [["warmup", "demo.gtpack", "--cache-dir", "file"], 1, "error[artifacts.write]"],
    [["doctor", "more"], 2, "one too many"],
    [["doctor", "--all"], 2, 'error[usage]: Option "--all" is none of "cache doctor"'],
    [["prune", "--older-than", "soon"], 2, "number of days"],
    [["doctor", "--cache-dir", "file"], 2, 'error[option.invalid]: "file" is no folder'],
    [["prune", "--cache-dir", "file"], 2, 'error[option.invalid]: "file" is no folder'],
  ];
  for (const [args, code, text] of cases) {
    await t.step(args.join(" "), async () => {
      const ended = await command(["cache", ...args], { cwd });
      assertCalm(ended.stderr);
      assertEquals(ended.code, code, ended.stderr);
      assertStringIncludes(ended.stderr, text);
      assertStringIncludes(ended.stderr, "hint:");
    });
  }
});
