/** `verify`: what it prints where, which code it gives, what it may read. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { buildPack } from "../../lib/pack/build.ts";
import { generateKey } from "../../lib/pack/keys.ts";
import { packPath, tempFolder } from "../_helpers.ts";
import { newSpec, SIGNING, tampered, UTF8 } from "../pack/_packs.ts";
import { assertCalm, callMain, command, hintedFlags } from "./_helpers.ts";

Deno.test("verify prints a verdict per line, and what the policy says of them", async (t) => {
  const demo = packPath("demo.gtpack"),
    key = "10165eb5c99d6e5237f077e6b79e1eed7614d55b7e2857fe95e657c923a9a6cd";
  const table: [name: string, args: string[], code: number, verdicts: string[], stderr: string][] = [
    [
      "not trusted",
      [demo],
      0,
      ["verified", "verified", "verified", "verified", "untrusted (waived)", "verified"],
      "passes policy devok: demo 0.1.0; 1 of its verdicts would not pass under strict\n",
    ],
    [
      "trusted",
      [demo, "--policy", "strict", "--trust", key],
      0,
      ["verified", "verified", "verified", "verified", "verified", "verified"],
      "passes policy strict: demo 0.1.0\n",
    ],
    [
      "refused",
      [demo, "--strict-signing"],
      3,
      ["verified", "verified", "verified", "verified", "untrusted"],
      `  hint: Add --trust ${key}\n`,
    ],
    [
      "unsigned",
      [packPath("demo-unsigned.gtpack"), "--policy=strict"],
      3,
      ["verified", "verified", "unsigned", "skipped", "skipped"],
      "error[verify.policy]: Policy strict refuses the pack: the pack is not signed (signatures/pack.sig)\n",
    ],
  ];
  for (const [name, args, code, verdicts, expected] of table) {
    await t.step(name, async () => {
      const { code: actual, stdout, stderr } = await callMain(["verify", ...args]);
      assertEquals(actual, code, stderr);
      assertEquals(stdout.trimEnd().split("\n").map((line) => line.split(/ {2,}/)[0]), verdicts);
      assertStringIncludes(stderr, expected);
    });
  }
});

Deno.test("verify prints one document with --json, also of a pack that is refused", async (t) => {
  await using temp = await tempFolder();
  const bad = `${temp.path}/bad.gtpack`;
  await Deno.writeFile(
    bad,
    await tampered(
      newSpec({ signing: SIGNING }),
      (files) => files.set("assets/greeting.txt", UTF8.encode("x")),
    ),
  );
  const table: [args: string[], code: number, ok: boolean, refusal: string | null][] = [
    [[packPath("demo.gtpack")], 0, true, null],
    [[packPath("demo.gtpack"), "--policy", "strict"], 3, false, "verify.policy"],
    [[bad], 3, false, "verify.digest"],
  ];
  for (const [args, code, ok, refusal] of table) {
    await t.step(refusal ?? "passes", async () => {
      const done = await callMain(["verify", ...args, "--json"]);
      const report = JSON.parse(done.stdout);
      assertEquals([done.code, report.ok, report.refusal?.code ?? null], [code, ok, refusal]);
      assert(report.verdicts.length > 0);
    });
  }
  await t.step("of nothing at all it is the error", async () => {
    const { code, stdout } = await callMain(["verify", `${temp.path}/absent`, "--json"]);
    assertEquals([code, JSON.parse(stdout).error.code], [3, "pack.not_found"]);
  });
});

Deno.test("verify shows no name of a pack to a terminal as it is", async () => {
  const escape = "\x1b[2J";
  const bytes = await buildPack(newSpec({ assets: new Map([["a.txt", UTF8.encode("a")]]) }));
  const changed = await tampered(newSpec(), (files) => files.set(`${escape}.txt`, UTF8.encode("")));
  for (const stdin of [bytes, changed]) {
    const { stdout, stderr } = await callMain(["verify", "-"], { stdin });
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x09\x0b-\x1f]/.test(stdout + stderr), stdout + stderr);
  }
});

Deno.test("verify reads the pack and the keys that are named, and nothing else", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  const { publicPem } = await generateKey();
  await Deno.copyFile(packPath("demo.gtpack"), `${cwd}/demo.gtpack`);
  await Deno.mkdir(`${cwd}/keys`);
  await Deno.writeTextFile(`${cwd}/keys/a.pub`, publicPem);
  const args = ["verify", "demo.gtpack", "--trust", "keys"];
  await t.step("without", async () => {
    const { code, stdout, stderr } = await command(args, { cwd, permissions: [] });
    assertCalm(stderr);
    assertEquals([code, stdout, hintedFlags(stderr)], [4, "", ["--allow-read=demo.gtpack,keys"]]);
  });
  await t.step("with", async () => {
    const permissions = ["--allow-read=demo.gtpack,keys"];
    const { code, stdout, stderr } = await command(args, { cwd, permissions });
    assertCalm(stderr);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "untrusted (waived)  trust");
  });
  await t.step("a key in hex is no file", async () => {
    const hex = ["verify", "demo.gtpack", "--trust", "ab".repeat(32)];
    const { code, stderr } = await command(hex, { cwd, permissions: ["--allow-read=demo.gtpack"] });
    assertEquals(code, 0, stderr);
  });
  await t.step("standard input needs nothing", async () => {
    const stdin = await Deno.readFile(packPath("demo.gtpack"));
    const { code, stdout, stderr } = await command(["verify", "-"], { cwd, permissions: [], stdin });
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "standard input");
  });
});

Deno.test("verify ends when it is interrupted", async () => {
  const interrupt = AbortSignal.abort(new Error("Interrupted"));
  const { code, stdout } = await callMain(["verify", packPath("demo.gtpack")], { interrupt });
  assertEquals([code, stdout], [130, ""]);
});
