/** `sign`: in place or beside, whole or not at all. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { buildPack } from "../../lib/pack/build.ts";
import { generateKey } from "../../lib/pack/keys.ts";
import { exists, type TempFolder, tempFolder } from "../_helpers.ts";
import { component } from "../_sources.ts";
import { checkPack } from "../pack/_checker.ts";
import { legacySpec, newSpec, tampered, UTF8, write } from "../pack/_packs.ts";
import { assertCalm, callMain, command, hintedFlags, namesBelow } from "./_helpers.ts";

const DATE = "2026-01-02T03:04:05Z";

/** A folder with an unsigned pack and a key. */
async function prepared(): Promise<TempFolder & { fingerprint: string; publicKey: string }> {
  const folder = await tempFolder();
  const { privatePem, publicPem, fingerprint, publicKey } = await generateKey();
  await write(`${folder.path}/my.key`, privatePem);
  await write(`${folder.path}/my.key.pub`, publicPem);
  await write(`${folder.path}/a.gtpack`, await buildPack(newSpec()));
  return { ...folder, fingerprint, publicKey };
}

Deno.test("sign puts a signature into the archive itself, or into a copy", async (t) => {
  await using folder = await prepared();
  const { path, fingerprint } = folder;
  const pack = `${path}/a.gtpack`, key = ["--key", `${path}/my.key`, "--date", DATE];
  const before = await Deno.readFile(pack);
  await t.step("a copy", async () => {
    const { code, stdout, stderr } = await callMain(["sign", pack, ...key, "-o", `${path}/out/b.gtpack`]);
    assertEquals([code, stdout], [0, ""], stderr);
    assertEquals(stderr, `signed ${path}/out/b.gtpack with the key of fingerprint ${fingerprint}\n`);
    assertEquals(await Deno.readFile(pack), before);
  });
  await t.step("in place, the same bytes", async () => {
    assertEquals((await callMain(["sign", pack, ...key])).code, 0);
    assertEquals(await Deno.readFile(pack), await Deno.readFile(`${path}/out/b.gtpack`));
    const report = await checkPack(await Deno.readFile(pack));
    assertEquals([report.faults, report.signature?.fingerprint], [[], fingerprint]);
  });
  await t.step("from standard input", async () => {
    const args = ["sign", "-", ...key, "-o", `${path}/c.gtpack`];
    assertEquals((await callMain(args, { stdin: before })).code, 0);
    assertEquals(await Deno.readFile(`${path}/c.gtpack`), await Deno.readFile(pack));
  });
  await t.step("what is signed passes strict with the key's file", async () => {
    const args = ["verify", pack, "--policy", "strict", "--trust", `${path}/my.key.pub`];
    const { code, stderr } = await callMain(args);
    assertEquals(code, 0, stderr);
  });
  await t.step("with a key that is thrown away, after another", async () => {
    assertEquals((await callMain(["sign", pack, "--dev-sign"])).code, 0);
    const { faults, signature } = await checkPack(await Deno.readFile(pack));
    assertEquals([faults, signature?.fingerprint === fingerprint], [[], false]);
  });
  assertEquals((await namesBelow(path)).filter((name) => name.endsWith(".tmp")), []);
});

Deno.test("sign prints one document with --json", async (t) => {
  await using folder = await prepared();
  const { path, fingerprint, publicKey } = folder;
  const args = ["sign", `${path}/a.gtpack`, "--key", `${path}/my.key`, "--json"];
  await t.step("of what was signed", async () => {
    const { code, stdout } = await callMain(args);
    const { fileSha256 } = await checkPack(await Deno.readFile(`${path}/a.gtpack`));
    assertEquals([code, JSON.parse(stdout)], [0, {
      path: `${path}/a.gtpack`,
      public_key: publicKey,
      fingerprint,
      digest: `sha256:${fileSha256}`,
    }]);
  });
  await t.step("of why it was not", async () => {
    const { code, stdout } = await callMain([...args, "--date", "today"]);
    assertEquals([code, JSON.parse(stdout).error.code], [2, "option.invalid"]);
  });
});

Deno.test("sign signs at the present time unless it is told another", async () => {
  await using folder = await prepared();
  const pack = `${folder.path}/a.gtpack`;
  const start = Math.floor(Date.now() / 1000) * 1000;
  await callMain(["sign", pack, "--dev-sign"]);
  const { files } = await checkPack(await Deno.readFile(pack));
  const envelope = JSON.parse(new TextDecoder().decode(files.get("signatures/pack.sig")));
  assert(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(envelope.signed_at_utc), envelope.signed_at_utc);
  const at = Date.parse(envelope.signed_at_utc);
  assert(at >= start && at <= Date.now(), envelope.signed_at_utc);
});

Deno.test("sign keeps the old file when it cannot sign", async (t) => {
  await using folder = await prepared();
  const { path } = folder;
  const good = await Deno.readFile(`${path}/a.gtpack`);
  const changed = await tampered(legacySpec(), (files) => files.set("assets/greeting.txt", UTF8.encode("x")));
  const table: [name: string, bytes: Uint8Array, args: string[], code: number, error: string][] = [
    ["a changed file in it", changed, [], 3, "verify.digest"],
    ["no archive", UTF8.encode("text"), [], 3, "pack.not_zip"],
    ["a component", await component("greet"), [], 3, "pack.not_zip"],
    ["no inventory", await buildPack(newSpec({ sbom: false })), [], 3, "verify.sbom"],
    ["a limit", good, ["--max-entries", "2"], 3, "pack.limit.entries"],
    ["no date", good, ["--date", "today"], 2, "option.invalid"],
    ["no key", good, ["--key", `${path}/absent.key`], 2, "key.invalid"],
    ["the public half", good, ["--key", `${path}/my.key.pub`], 2, "key.invalid"],
    ["a file in the place of a folder", good, ["-o", `${path}/my.key/x.gtpack`], 1, "artifacts.write"],
  ];
  for (const [name, bytes, args, code, error] of table) {
    await t.step(name, async () => {
      const pack = await write(`${path}/a.gtpack`, bytes);
      const names = await namesBelow(path);
      const done = await callMain(["sign", pack, "--key", `${path}/my.key`, ...args]);
      assertEquals([done.code, done.stdout], [code, ""], done.stderr);
      assertStringIncludes(done.stderr, `error[${error}]: `);
      assertEquals(await Deno.readFile(pack), bytes);
      assertEquals(await namesBelow(path), names, "nothing is left behind");
    });
  }
  await t.step("an interrupt", async () => {
    const pack = await write(`${path}/a.gtpack`, good);
    const interrupt = AbortSignal.abort(new Error("Interrupted"));
    const { code } = await callMain(["sign", pack, "--dev-sign"], { interrupt });
    assertEquals([code, await Deno.readFile(pack)], [130, good]);
  });
  await t.step({
    name: "a folder that may only be read",
    // Root may write anywhere.
    ignore: Deno.build.os === "windows" || Deno.uid() === 0,
    async fn() {
      await Deno.chmod(path, 0o555);
      const { code } = await callMain(["sign", `${path}/a.gtpack`, "--dev-sign"]);
      await Deno.chmod(path, 0o755);
      assertEquals([code, await Deno.readFile(`${path}/a.gtpack`)], [1, good]);
    },
  });
});

Deno.test("sign never overwrites the key that it signs with", async () => {
  await using folder = await prepared();
  const key = `${folder.path}/my.key`, before = await Deno.readTextFile(key);
  const { code, stderr } = await callMain(["sign", `${folder.path}/a.gtpack`, "--key", key, "-o", key]);
  assertEquals(code, 2, stderr);
  assertStringIncludes(stderr, `error[usage]: File "${key}" would take the place of what is read`);
  assertEquals(await Deno.readTextFile(key), before);
});

Deno.test({
  name: "sign leaves a link a link, and keeps the mode of a file",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await prepared();
    const { path, fingerprint } = folder;
    await Deno.mkdir(`${path}/links`);
    await Deno.symlink("../a.gtpack", `${path}/links/a.gtpack`);
    await Deno.chmod(`${path}/a.gtpack`, 0o640);
    const { code, stderr } = await callMain(["sign", `${path}/links/a.gtpack`, "--key", `${path}/my.key`]);
    assertEquals(code, 0, stderr);
    assertEquals(await Deno.readLink(`${path}/links/a.gtpack`), "../a.gtpack");
    const { signature } = await checkPack(await Deno.readFile(`${path}/a.gtpack`));
    assertEquals(signature?.fingerprint, fingerprint);
    assertEquals((await Deno.stat(`${path}/a.gtpack`)).mode! & 0o777, 0o640);
    assertEquals((await namesBelow(path)).filter((name) => name.endsWith(".tmp")), []);
  },
});

Deno.test("sign names the flags it needs, and works with exactly those", async (t) => {
  await using folder = await prepared();
  const cwd = folder.path;
  await write(`${cwd}/packs/a.gtpack`, await Deno.readFile(`${cwd}/a.gtpack`));
  const table: [name: string, args: string[], flags: string[]][] = [
    ["in place", ["packs/a.gtpack", "--key", "my.key"], ["--allow-read=my.key,packs", "--allow-write=packs"]],
    ["a key for this once", ["packs/a.gtpack", "--dev-sign"], ["--allow-read=packs", "--allow-write=packs"]],
    [
      "a copy",
      ["packs/a.gtpack", "--key", "my.key", "-o", "out/b.gtpack"],
      ["--allow-read=packs/a.gtpack,my.key,out", "--allow-write=out"],
    ],
  ];
  for (const [name, args, flags] of table) {
    await t.step(name, async () => {
      const first = await command(["sign", ...args], { cwd, permissions: [] });
      assertCalm(first.stderr);
      assertEquals([first.code, first.stdout, hintedFlags(first.stderr)], [4, "", flags]);
      const { code, stderr } = await command(["sign", ...args], { cwd, permissions: flags });
      assertCalm(stderr);
      assertEquals(code, 0, stderr);
    });
  }
  assert(await exists(`${cwd}/out/b.gtpack`));
});
