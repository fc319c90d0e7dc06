/** `keygen`: a pair of files, never over others, and one fingerprint on standard output. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { publicKeyOf } from "../../lib/pack/sign.ts";
import { readPrivateKey } from "../../lib/pack/keys.ts";
import { tempFolder } from "../_helpers.ts";
import { assertCalm, callMain, command, hintedFlags, namesBelow } from "./_helpers.ts";

Deno.test("keygen writes a pair of keys and prints the fingerprint", async () => {
  await using temp = await tempFolder();
  await Deno.mkdir(`${temp.path}/folder`);
  const key = `${temp.path}/folder/my.key`;
  const { code, stdout, stderr } = await callMain(["keygen", "-o", key]);
  assertEquals(code, 0, stderr);
  const { fingerprint } = await publicKeyOf(await readPrivateKey(key));
  assertEquals(stdout, `${fingerprint}\n`);
  assertStringIncludes(stderr, `private key: ${key} (keep it), public key: ${key}.pub\n`);
  assertEquals(await namesBelow(`${temp.path}/folder`), ["my.key", "my.key.pub"]);
  const secret = await Deno.readTextFile(key);
  assert(!`${stdout}${stderr}`.includes(secret.split("\n")[1]!), "the secret half is shown nowhere");
});

Deno.test({
  name: "keygen lets nobody but the owner read the private key",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using temp = await tempFolder();
    await callMain(["keygen", `${temp.path}/my.key`]);
    const modes = await Promise.all(
      ["my.key", "my.key.pub"].map(async (name) => (await Deno.stat(`${temp.path}/${name}`)).mode! & 0o777),
    );
    assertEquals(modes[0], 0o600);
    assertEquals(modes[1]! & 0o133, 0, "readable by all who may, writable by its owner alone");
  },
});

Deno.test("keygen prints one document with --json", async () => {
  await using temp = await tempFolder();
  const key = `${temp.path}/my.key`;
  const { code, stdout } = await callMain(["keygen", "-o", key, "--json"]);
  const seed = await readPrivateKey(key);
  const { publicKey, fingerprint } = await publicKeyOf(seed);
  assertEquals([code, JSON.parse(stdout)], [0, {
    private_key: key,
    public_key_file: `${key}.pub`,
    public_key: publicKey,
    fingerprint,
  }]);
  const again = await callMain(["keygen", "-o", `${temp.path}/other.key`, "--json"]);
  assertNotEquals(JSON.parse(again.stdout).fingerprint, fingerprint);
});

Deno.test("keygen never overwrites a file, and leaves no half of a pair", async (t) => {
  const table: [name: string, file: string][] = [["the private key", "my.key"], [
    "the public key",
    "my.key.pub",
  ]];
  for (const [name, file] of table) {
    await t.step(`${name} is there already`, async () => {
      await using temp = await tempFolder();
      await Deno.writeTextFile(`${temp.path}/${file}`, "mine");
      const { code, stdout, stderr } = await callMain(["keygen", `${temp.path}/my.key`]);
      assertEquals([code, stdout], [2, ""], stderr);
      assertStringIncludes(stderr, `error[key.exists]: File "${temp.path}/${file}" is there already\n`);
      assertEquals(await namesBelow(temp.path), [file]);
      assertEquals(await Deno.readTextFile(`${temp.path}/${file}`), "mine");
    });
  }
  await t.step("a folder in its place", async () => {
    await using temp = await tempFolder();
    await Deno.mkdir(`${temp.path}/my.key`);
    const { code } = await callMain(["keygen", `${temp.path}/my.key`]);
    assertEquals([code === 0, await namesBelow(temp.path)], [false, ["my.key"]]);
  });
  await t.step("a file in the place of its folder", async () => {
    await using temp = await tempFolder();
    await Deno.writeTextFile(`${temp.path}/file`, "");
    const { code, stderr } = await callMain(["keygen", `${temp.path}/file/my.key`]);
    assertEquals(code, 1, stderr);
    const file = `${temp.path}/file/my.key.pub`;
    assert(stderr.startsWith(`error[artifacts.write]: File "${file}" cannot be written\n`), stderr);
    assertEquals(await namesBelow(temp.path), ["file"]);
  });
  await t.step("no folder, and none is made", async () => {
    await using temp = await tempFolder();
    const { code, stdout, stderr } = await callMain(["keygen", `${temp.path}/new/my.key`]);
    assertEquals([code, stdout], [1, ""], stderr);
    assertStringIncludes(stderr, "error[artifacts.write]: ");
    assertStringIncludes(stderr, `hint: Folder "${temp.path}/new" does not exist: make it, or name another`);
    assertEquals(await namesBelow(temp.path), []);
  });
});

Deno.test("keygen names the flags it needs, and writes with exactly those", async () => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.mkdir(`${cwd}/keys`);
  const first = await command(["keygen", "-o", "keys/my.key"], { cwd, permissions: [] });
  assertCalm(first.stderr);
  assertEquals([first.code, first.stdout, await namesBelow(cwd)], [4, "", ["keys"]]);
  const permissions = ["--allow-write=keys"];
  assertEquals(hintedFlags(first.stderr), permissions);
  const { code, stdout, stderr } = await command(["keygen", "-o", "keys/my.key"], { cwd, permissions });
  assertCalm(stderr);
  assertEquals([code, stdout.length], [0, 65], stderr);
  assertEquals(await namesBelow(`${cwd}/keys`), ["my.key", "my.key.pub"]);
});

const openssl = await new Deno.Command("openssl", { args: ["version"], stdout: "null", stderr: "null" })
  .output().then(({ success }) => success, () => false);

Deno.test({
  name: "keygen writes keys that OpenSSL reads and signs with",
  ignore: !openssl,
  async fn() {
    await using temp = await tempFolder();
    const key = `${temp.path}/my.key`;
    const { stdout } = await callMain(["keygen", key, "--json"]);
    await Deno.writeTextFile(`${temp.path}/message`, "message");
    const run = async (...args: string[]) => {
      const done = await new Deno.Command("openssl", { args, cwd: temp.path }).output();
      assert(done.success, new TextDecoder().decode(done.stderr));
      return new TextDecoder().decode(done.stdout);
    };
    assertEquals(await run("pkey", "-in", "my.key", "-pubout"), await Deno.readTextFile(`${key}.pub`));
    const shown = (await run("pkey", "-pubin", "-in", "my.key.pub", "-noout", "-text")).replace(/[\s:]/g, "");
    assertStringIncludes(shown, JSON.parse(stdout).public_key);
    await run("pkeyutl", "-sign", "-rawin", "-inkey", "my.key", "-in", "message", "-out", "sig");
    await run(
      "pkeyutl",
      "-verify",
      "-rawin",
      "-pubin",
      "-inkey",
      "my.key.pub",
      "-in",
      "message",
      "-sigfile",
      "sig",
    );
  },
});
