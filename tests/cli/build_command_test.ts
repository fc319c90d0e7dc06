/** `build`: a pack where it was asked for, or everything that is wrong and no file. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { generateKey } from "../../lib/pack/keys.ts";
import { exists, tempFolder } from "../_helpers.ts";
import { goodFiles, MINIMAL, sources } from "../_sources.ts";
import { checkPack } from "../pack/_checker.ts";
import { write } from "../pack/_packs.ts";
import { assertCalm, callMain, command, hintedFlags, namesBelow } from "./_helpers.ts";

Deno.test("build writes a pack, and says so on standard error alone", async (t) => {
  await using folder = await sources(await goodFiles());
  const table: [name: string, args: string[], path: string, says: string][] = [
    ["into its folder", [], `${folder.path}/dist/made.gtpack`, "new layout, 1 flow, 1 component"],
    ["to a file", ["-o", `${folder.path}/out/x.gtpack`], `${folder.path}/out/x.gtpack`, "new layout"],
    [
      "older",
      ["--layout", "legacy", "-o", `${folder.path}/l.gtpack`],
      `${folder.path}/l.gtpack`,
      "legacy layout",
    ],
    ["signed", ["--dev-sign", "-o", `${folder.path}/s.gtpack`], `${folder.path}/s.gtpack`, "new layout"],
  ];
  for (const [name, args, path, says] of table) {
    await t.step(name, async () => {
      const { code, stdout, stderr } = await callMain(["build", folder.path, ...args]);
      const archive = await Deno.readFile(path);
      assertEquals([code, stdout], [0, ""], stderr);
      assertStringIncludes(stderr, `built made 0.1.0: ${path}, ${says}`);
      assertStringIncludes(stderr, `, ${archive.length} bytes\n`);
      const { faults, signature } = await checkPack(archive);
      assertEquals([faults, signature !== null], [[], name === "signed"]);
    });
  }
  await t.step("again, the same bytes, over what was there", async () => {
    const path = `${folder.path}/dist/made.gtpack`;
    const before = await Deno.readFile(path);
    await Deno.writeTextFile(path, "something else");
    await callMain(["build", folder.path]);
    assertEquals(await Deno.readFile(path), before);
    assertEquals((await namesBelow(`${folder.path}/dist`)).length, 1, "nothing else is left there");
  });
});

Deno.test("build prints one document with --json", async (t) => {
  await t.step("of what was built", async () => {
    await using folder = await sources(
      await goodFiles({ "flows/b.ygtc": "id: b\nnodes: {a: {emit.x: 1}}\n" }),
    );
    const path = `${folder.path}/x.gtpack`;
    const { code, stdout, stderr } = await callMain(["build", folder.path, "-o", path, "--json"]);
    const archive = await Deno.readFile(path);
    const { digest, findings, ...rest } = JSON.parse(stdout);
    assertEquals([code, rest], [0, {
      id: "made",
      version: "0.1.0",
      layout: "new",
      flows: ["main", "b"],
      components: ["greet"],
      path,
      bytes: archive.length,
    }]);
    assertEquals(digest, `sha256:${(await checkPack(archive)).fileSha256}`);
    assertEquals(findings.map(({ severity, place }: Record<string, string>) => [severity, place]), [
      ["warning", "flows/b.ygtc:1 flow b"],
    ]);
    assertStringIncludes(stderr, "flows/b.ygtc:1");
  });
  await t.step("of what is wrong", async () => {
    await using folder = await sources({ "pack.yaml": "pack_id: a b\nversion: x\n" });
    const { code, stdout } = await callMain(["build", folder.path, "--json"]);
    const { error, findings } = JSON.parse(stdout);
    assertEquals([code, error.code, findings.length], [3, "build.failed", 2]);
    assertEquals(findings[1].place, "pack.yaml:2");
  });
});

Deno.test("build tells everything that is wrong, and writes nothing", async () => {
  await using folder = await sources({
    ...await goodFiles(),
    "pack.yaml": `${MINIMAL}odd: 1\nassets: [gone.txt]\n`,
    "flows/a.ygtc": "id: a\ntype: job\nnodes:\n  x:\n    stranger: {}\n",
    "flows/b.ygtc": "[",
  });
  const path = `${folder.path}/dist/made.gtpack`;
  await write(path, "the last one that could be built");
  const { code, stdout, stderr } = await callMain(["build", folder.path]);
  assertEquals([code, stdout], [3, ""]);
  const lines = stderr.split("\n").filter((line) => /^[^ ].*: (?:error|warning)\[/.test(line));
  assertEquals(lines.map((line) => line.split(": ").slice(0, 2).join(": ")), [
    "pack.yaml:3: warning[build.pack_yaml]",
    "flows/b.ygtc:1: error[yaml.invalid]",
    "flows/a.ygtc:4 flow a node x: error[node.component]",
    "pack.yaml:4: error[build.missing_file]",
  ]);
  const why = `error[build.failed]: Pack cannot be built: its sources have 3 errors (${folder.path})`;
  assertStringIncludes(stderr, `\n${why}\n`);
  assertEquals(await Deno.readTextFile(path), "the last one that could be built");
  assertEquals(await namesBelow(`${folder.path}/dist`), ["made.gtpack"]);
});

Deno.test("build signs with a key file, at the date that is given", async () => {
  await using folder = await sources(await goodFiles());
  const { privatePem, fingerprint } = await generateKey();
  const key = await write(`${folder.path}/keys/my.key`, privatePem), path = `${folder.path}/x.gtpack`;
  const args = ["build", folder.path, "-o", path, "--sign", key];
  assertEquals((await callMain(args)).code, 0);
  const first = await Deno.readFile(path);
  assertEquals((await checkPack(first)).signature?.fingerprint, fingerprint);
  await callMain(args);
  assertEquals(await Deno.readFile(path), first);
  await callMain([...args, "--date", "2026-01-02T03:04:05Z"]);
  assertNotEquals(await Deno.readFile(path), first);
  const verified = await callMain(["verify", path, "--policy", "strict", "--trust", fingerprint]);
  assertEquals(verified.code, 0, verified.stderr);
});

Deno.test("build refuses what it cannot do, and leaves no file", async (t) => {
  await using folder = await sources(await goodFiles());
  const out = `${folder.path}/out`;
  const table: [name: string, args: string[], code: number, stderr: string][] = [
    ["a wrong date", ["--date", "today"], 2, "error[option.invalid]: "],
    ["no key", ["--sign", `${folder.path}/absent.key`], 2, "error[key.invalid]: "],
    ["a key that is none", ["--sign", `${folder.path}/pack.yaml`], 2, "error[key.invalid]: "],
    ["an unknown option", ["--kind", "x"], 2, 'error[usage]: Option "--kind" is unknown'],
    ["a wrong limit", ["--max-entries", "0"], 2, "error[usage]: "],
  ];
  for (const [name, args, code, stderr] of table) {
    await t.step(name, async () => {
      const done = await callMain(["build", folder.path, "-o", `${out}/x.gtpack`, ...args]);
      assertEquals([done.code, done.stdout], [code, ""], done.stderr);
      assertStringIncludes(done.stderr, stderr);
      assert(!await exists(out));
    });
  }
  await t.step("a file in the place of its folder", async () => {
    const done = await callMain(["build", folder.path, "-o", `${folder.path}/pack.yaml/x.gtpack`]);
    assertEquals([done.code, done.stdout], [1, ""], done.stderr);
    assertStringIncludes(done.stderr, "error[artifacts.write]: ");
    assertEquals(await Deno.readTextFile(`${folder.path}/pack.yaml`), MINIMAL);
  });
  await t.step("a folder in its place", async () => {
    await Deno.mkdir(`${out}/x.gtpack`, { recursive: true });
    const done = await callMain(["build", folder.path, "-o", `${out}/x.gtpack`]);
    assertEquals(done.code, 1, done.stderr);
    assertEquals(await namesBelow(out), ["x.gtpack"]);
  });
  await t.step({
    name: "a folder that may only be read",
    // Root may write anywhere.
    ignore: Deno.build.os === "windows" || Deno.uid() === 0,
    async fn() {
      await Deno.mkdir(`${folder.path}/locked`, { mode: 0o555 });
      const done = await callMain(["build", folder.path, "-o", `${folder.path}/locked/x.gtpack`]);
      assertEquals(done.code, 1, done.stderr);
      assertEquals(await namesBelow(`${folder.path}/locked`), []);
    },
  });
});

Deno.test("build takes a folder with a slash behind its name, and writes below it", async () => {
  await using folder = await sources(await goodFiles());
  const { code, stderr } = await callMain(["build", `${folder.path}/`]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, `built made 0.1.0: ${folder.path}/dist/made.gtpack, `);
  assertEquals(await namesBelow(`${folder.path}/dist`), ["made.gtpack"]);
});

Deno.test("build tells a limit as a fault of what would be built", async () => {
  await using folder = await sources(await goodFiles());
  const { code, stdout, stderr } = await callMain(["build", folder.path, "--max-entries", "3", "--json"]);
  assertEquals([code, JSON.parse(stdout).findings[0].code], [3, "pack.limit.entries"]);
  assertStringIncludes(stderr, "--max-entries");
  assert(!await exists(`${folder.path}/dist`));
});

Deno.test("build writes nothing when it is interrupted, and leaves what was there", async () => {
  await using folder = await sources(await goodFiles());
  const before = await namesBelow(folder.path), interrupt = AbortSignal.abort(new Error("Interrupted"));
  const { code, stdout, stderr } = await callMain(["build", folder.path], { interrupt });
  assertEquals([code, stdout], [130, ""], stderr);
  assertStringIncludes(stderr, "error[run.cancelled]: ");
  assertEquals(await namesBelow(folder.path), before);
  const path = await write(`${folder.path}/last.gtpack`, "the last one");
  assertEquals((await callMain(["build", folder.path, "-o", path], { interrupt })).code, 130);
  assertEquals(await Deno.readTextFile(path), "the last one");
});

Deno.test("build never overwrites the key that it signs with", async () => {
  await using folder = await sources(await goodFiles());
  const { privatePem } = await generateKey();
  const key = await write(`${folder.path}/keys/my.key`, privatePem);
  for (const out of [key, `${folder.path}/keys/../keys/my.key`]) {
    const { code, stderr } = await callMain(["build", folder.path, "--sign", key, "-o", out]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, `error[usage]: File "${out}" would take the place of what is read`);
    assertEquals(await Deno.readTextFile(key), privatePem);
  }
});

Deno.test({
  name: "build leaves a link a link, keeps a file's mode, and writes into what is no file",
  ignore: Deno.build.os === "windows",
  async fn(t) {
    await using folder = await sources(await goodFiles());
    const path = folder.path, args = ["build", path, "-o"];
    await callMain([...args, `${path}/plain.gtpack`]);
    const archive = await Deno.readFile(`${path}/plain.gtpack`);
    await t.step("a link to a file", async () => {
      await write(`${path}/far/target.gtpack`, "before");
      await Deno.mkdir(`${path}/near`);
      await Deno.symlink("../far/target.gtpack", `${path}/near/link.gtpack`);
      const { code, stderr } = await callMain([...args, `${path}/near/link.gtpack`]);
      assertEquals(code, 0, stderr);
      assertEquals(await Deno.readLink(`${path}/near/link.gtpack`), "../far/target.gtpack");
      assertEquals(await Deno.readFile(`${path}/far/target.gtpack`), archive);
      assertEquals([await namesBelow(`${path}/near`), await namesBelow(`${path}/far`)], [
        ["link.gtpack"],
        ["target.gtpack"],
      ]);
    });
    await t.step("a link to a folder on the way", async () => {
      await Deno.symlink("far", `${path}/way`);
      const { code, stderr } = await callMain([...args, `${path}/way/new.gtpack`]);
      assertEquals(code, 0, stderr);
      assertEquals(await Deno.readFile(`${path}/far/new.gtpack`), archive);
      assert((await Deno.lstat(`${path}/way`)).isSymlink);
    });
    for (const mode of [0o600, 0o664, 0o755]) {
      await t.step(`the mode ${mode.toString(8)}`, async () => {
        const file = await write(`${path}/modes/x.gtpack`, "before");
        await Deno.chmod(file, mode);
        const { code, stderr } = await callMain([...args, file]);
        assertEquals(code, 0, stderr);
        assertEquals([(await Deno.stat(file)).mode! & 0o777, await Deno.readFile(file)], [mode, archive]);
      });
    }
    await t.step("a pipe", async () => {
      await Deno.mkdir(`${path}/pipes`);
      const pipe = `${path}/pipes/x.gtpack`;
      const made = await new Deno.Command("mkfifo", { args: [pipe] }).output();
      assert(made.success, "mkfifo");
      const reader = new Deno.Command("cat", { args: [pipe], stdout: "piped" }).spawn();
      const [{ code, stderr }, { stdout }] = await Promise.all([
        callMain([...args, pipe]),
        reader.output(),
      ]);
      assertEquals([code, stdout], [0, archive], stderr);
      assert((await Deno.lstat(pipe)).isFifo, "it is still one");
      assertEquals(await namesBelow(`${path}/pipes`), ["x.gtpack"]);
    });
  },
});

Deno.test("build names the flags it needs, and works with exactly those", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  for (const [name, content] of Object.entries(await goodFiles())) await write(`${cwd}/src/${name}`, content);
  await write(`${cwd}/keys/my.key`, (await generateKey()).privatePem);
  const table: [name: string, args: string[], flags: string[], path: string][] = [
    [
      "into its folder",
      [],
      ["--allow-read=src", "--allow-write=src/dist", "--ignore-env"],
      "src/dist/made.gtpack",
    ],
    [
      "elsewhere",
      ["-o", "out/x.gtpack"],
      ["--allow-read=src,out", "--allow-write=out", "--ignore-env"],
      "out/x.gtpack",
    ],
    [
      "with a key",
      ["-o", "out/y.gtpack", "--sign", "keys/my.key"],
      ["--allow-read=src,keys/my.key,out", "--allow-write=out", "--ignore-env"],
      "out/y.gtpack",
    ],
  ];
  for (const [name, args, flags, path] of table) {
    await t.step(name, async () => {
      const first = await command(["build", "src", ...args], { cwd, permissions: [] });
      assertCalm(first.stderr);
      assertEquals([first.code, first.stdout], [4, ""], first.stderr);
      assertEquals(hintedFlags(first.stderr), flags);
      assert(!await exists(`${cwd}/${path}`));
      const { code, stdout, stderr } = await command(["build", "src", ...args], { cwd, permissions: flags });
      assertCalm(stderr);
      assertEquals([code, stdout], [0, ""], stderr);
      assert(await exists(`${cwd}/${path}`));
    });
  }
});
