/** Permissions as data: what is granted, and the flags that grant the rest. */

import { assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { isGranted, type Need, permissionFlags, requirePermissions } from "../../lib/base/permission.ts";

function read(path: string): Need {
  return { name: "read", path };
}

function write(path: string): Need {
  return { name: "write", path };
}

Deno.test("permissionFlags() gives one line to paste", async (t) => {
  const table: [name: string, needs: Need[], flags: string][] = [
    ["nothing", [], ""],
    ["one", [read("a.gtpack")], "--allow-read=a.gtpack"],
    ["both kinds", [write("out"), read("a"), read("b")], "--allow-read=a,b --allow-write=out"],
    ["the environment", [{ name: "env" }, read("a"), { name: "env" }], "--allow-read=a --ignore-env"],
    ["each path once", [read("a"), read("a")], "--allow-read=a"],
    ["folders stand for what is in them", [read("a/b"), read("a"), read("ab")], "--allow-read=a,ab"],
    [
      "its own folder as one",
      [read(".greentic/cache"), write(".greentic/runs"), write(".greentic/cache")],
      "--allow-read=.greentic/cache --allow-write=.greentic",
    ],
    ["only its own", [read(".greentic2/cache")], "--allow-read=.greentic2/cache"],
    ["spaces", [read("my packs/a"), read("b")], "--allow-read='my packs/a',b"],
    ["quotes", [read("it's")], "--allow-read='it'\\''s'"],
    ["what a shell would run", [read("$(rm)"), read("`x`;y")], "--allow-read='$(rm)','`x`;y'"],
    ["commas, which part the list", [read("a,b"), write("c")], "--allow-read=. --allow-write=c"],
    ["plain signs", [read("/a_b/c-d.e@1+2=3%:4")], "--allow-read=/a_b/c-d.e@1+2=3%:4"],
  ];
  for (const [name, needs, flags] of table) {
    await t.step(name, () => assertEquals(permissionFlags(needs), flags));
  }
});

Deno.test("permissionFlags() gives each flag as one word for the shells of Windows", () => {
  const needs: Need[] = [read("C:\\a b\\c"), read("C:\\d"), read("C:\\d\\e"), write("out"), { name: "env" }];
  assertEquals(
    permissionFlags(needs, "windows"),
    '"--allow-read=C:\\a b\\c,C:\\d" --allow-write=out --ignore-env',
  );
});

Deno.test({
  name: "isGranted() asks Deno, path by path",
  permissions: { read: ["tests", "deno.json"], write: ["tests"], env: ["HOME"] },
  fn() {
    const table: [need: Need, granted: boolean][] = [
      [read("tests"), true],
      [read("tests/base/x"), true],
      [read("lib"), false],
      [read("."), false],
      [read("deno.json"), true],
      [write("tests/x"), true],
      [write("deno.json"), false],
      // Some variables are not the environment.
      [{ name: "env" }, false],
    ];
    for (const [need, granted] of table) assertEquals(isGranted(need), granted, JSON.stringify(need));
  },
});

Deno.test({
  name: "isGranted() sees a granted environment",
  permissions: { env: true },
  fn: () => assertEquals(isGranted({ name: "env" }), true),
});

Deno.test("isGranted() is content with an environment that is ignored, unless a variable is named", async () => {
  const module = new URL("../../lib/base/permission.ts", import.meta.url).href;
  const script = `import { isGranted } from ${JSON.stringify(module)};
    console.log(isGranted({ name: "env" }), isGranted({ name: "env", variable: "A" }));`;
  const table: [flags: string[], expected: string][] = [
    [[], "false false\n"],
    [["--ignore-env"], "true false\n"],
    [["--ignore-env", "--allow-env=A"], "true true\n"],
    [["--allow-env=A"], "false true\n"],
    [["--deny-env"], "false false\n"],
  ];
  for (const [flags, expected] of table) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--quiet", ...flags, `data:text/javascript,${encodeURIComponent(script)}`],
    }).output();
    assertEquals(new TextDecoder().decode(stdout), expected);
  }
});

Deno.test({
  name: "requirePermissions() names everything that is missing at once",
  permissions: { read: ["tests"], write: false, env: false },
  fn() {
    requirePermissions([]);
    requirePermissions([read("tests/a")]);
    const error: RunnerError = assertThrows(
      () => requirePermissions([read("tests"), read("a b"), write("out"), { name: "env" }]),
      RunnerError,
    );
    assertEquals(error.code, "permission.missing");
    assertEquals(error.message, 'Deno permissions are missing: read "a b", write "out", env');
    assertEquals(error.hint, "Add --allow-read='a b' --allow-write=out --ignore-env");
  },
});

Deno.test("requirePermissions() says what to leave out where a permission is denied", async (t) => {
  const module = new URL("../../lib/base/permission.ts", import.meta.url).href;
  const script = `import { missingPermissions } from ${JSON.stringify(module)};
    const needs = [
      { name: "read", path: "a" },
      { name: "net", host: "b" },
      { name: "env" },
      { name: "env", variable: "A" },
    ];
    const { hint, rows } = missingPermissions(needs);
    console.log(JSON.stringify([hint, rows]));`;
  const table: [flags: string[], told: [hint: string, rows: string[] | null]][] = [
    [["-A", "--deny-net"], ["Leave out --deny-net", null]],
    [["-A", "--deny-net", "--deny-env", "--deny-read=a"], [
      "Leave out --deny-read --deny-net --deny-env",
      null,
    ]],
    [["--deny-net", "--ignore-env"], ["Add --allow-read=a --allow-env=A", [
      "leave out --deny-net, which no flag outweighs",
    ]]],
  ];
  for (const [flags, told] of table) {
    await t.step(flags.join(" "), async () => {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-prompt",
          "--quiet",
          ...flags,
          `data:text/javascript,${encodeURIComponent(script)}`,
        ],
      }).output();
      assertEquals(JSON.parse(new TextDecoder().decode(stdout)), told);
    });
  }
});
