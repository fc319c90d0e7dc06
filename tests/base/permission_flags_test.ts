/** Permissions as texts, for the paths and shells of both kinds of systems. */

import { assertEquals } from "@std/assert";
import type { System } from "../../lib/base/paths.ts";
import { flagArguments, flagLine, type Need, permissionSet } from "../../lib/base/permission_flags.ts";

function read(...paths: string[]): Need[] {
  return paths.map((path) => ({ name: "read", path }));
}

Deno.test("flagLine() names each path as it was given, and none that lies below another", async (t) => {
  const table: [name: string, system: System, paths: string[], line: string][] = [
    ["the same twice", "posix", ["a", "./a", "a/"], "--allow-read=a"],
    ["what lies below", "posix", ["a/b", "a", "ab", "a/../c"], "--allow-read=a,ab,a/../c"],
    ["the working directory", "posix", ["a", ".", "../b", "/c"], "--allow-read=.,../b,/c"],
    ["dots that lead out", "posix", ["a", "a/../../b"], "--allow-read=a,a/../../b"],
    ["its own folder", "posix", [".greentic/runs", "./.greentic/cache"], "--allow-read=.greentic"],
    ["what only begins as its own", "posix", [".greentic/../x"], "--allow-read=.greentic/../x"],
    ["a root", "posix", ["/", "/a"], "--allow-read=/"],
    ["capitals", "posix", ["A/b", "a"], "--allow-read=A/b,a"],
    ["a backslash in a name", "posix", ["a\\b", "a"], "--allow-read='a\\b',a"],
    ["drives", "windows", ["C:\\a\\b", "c:/A", "D:\\a"], '"--allow-read=c:/A,D:\\a"'],
    ["one drive", "windows", ["C:\\a"], "--allow-read=C:\\a"],
    ["the root of a drive", "windows", ["C:\\", "C:\\a"], "--allow-read=C:\\"],
    ["long paths", "windows", ["\\\\?\\C:\\a\\b", "C:\\a"], "--allow-read=C:\\a"],
    ["servers", "windows", ["\\\\s\\share", "\\\\s\\share\\a"], "--allow-read=\\\\s\\share"],
    ["long paths of servers", "windows", ["\\\\?\\UNC\\s\\share\\a", "//s/share"], "--allow-read=//s/share"],
    ["shares that differ", "windows", ["\\\\s\\a", "\\\\s\\b"], '"--allow-read=\\\\s\\a,\\\\s\\b"'],
    ["its own folder there", "windows", [".greentic\\runs", ".greentic/cache"], "--allow-read=.greentic"],
    ["the working directory there", "windows", [".", "a\\b", "..\\c"], '"--allow-read=.,..\\c"'],
    ["dots there", "windows", ["a\\..\\b", "b"], "--allow-read=a\\..\\b"],
  ];
  for (const [name, system, paths, line] of table) {
    await t.step(name, () => assertEquals(flagLine(read(...paths), system), line));
  }
});

Deno.test("flagLine() names the folder in the place of a path with a comma", async (t) => {
  const table: [path: string, system: System, line: string][] = [
    ["a,b", "posix", "--allow-read=."],
    ["x/a,b/c", "posix", "--allow-read=x"],
    ["/a,b", "posix", "--allow-read=/"],
    ["../a,b", "posix", "--allow-read=.."],
    ["C:\\a,b", "windows", "--allow-read=C:\\"],
    ["C:/x/a,b", "windows", "--allow-read=C:/x"],
    ["\\\\?\\C:\\a,b", "windows", '"--allow-read=\\\\?\\C:\\\\"'],
    ["\\\\s\\share\\a,b", "windows", "--allow-read=\\\\s\\share"],
  ];
  for (const [path, system, line] of table) {
    await t.step(path, () => assertEquals(flagLine(read(path), system), line));
  }
  assertEquals(permissionSet(read("a,b"), "posix"), { read: ["a,b"] });
});

Deno.test("flagLine() quotes for the shells of its system", async (t) => {
  const table: [name: string, system: System, paths: string[], line: string][] = [
    ["blanks", "posix", ["my packs/a", "b"], "--allow-read='my packs/a',b"],
    ["a quote", "posix", ["it's"], "--allow-read='it'\\''s'"],
    ["home, which no shell is to put in", "posix", ["~/a"], "--allow-read='~/a'"],
    ["blanks there", "windows", ["C:\\my packs\\a", "b"], '"--allow-read=C:\\my packs\\a,b"'],
    ["a backslash at the end", "windows", ["C:\\a b\\"], '"--allow-read=C:\\a b\\\\"'],
    ["what PowerShell would put in", "windows", ["C:\\$a'b"], "'--allow-read=C:\\$a''b'"],
  ];
  for (const [name, system, paths, line] of table) {
    await t.step(name, () => assertEquals(flagLine(read(...paths), system), line));
  }
});

const ALL: Need[] = [
  ...read("a b", "c"),
  { name: "write", path: "c" },
  { name: "net", host: "[::1]:80" },
  { name: "net", host: "a.example:443" },
  { name: "net", host: "a.example:443" },
  { name: "env", variable: "HOME" },
  { name: "env" },
];

Deno.test("flagArguments() gives flags as a process takes them", () => {
  assertEquals(flagArguments(ALL, "posix"), [
    "--allow-read=a b,c",
    "--allow-write=c",
    "--allow-net=[::1]:80,a.example:443",
    "--allow-env=HOME",
    "--ignore-env",
  ]);
  assertEquals(flagArguments([], "posix"), []);
});

Deno.test("permissionSet() gives what Deno takes as a named set", async (t) => {
  assertEquals(permissionSet(ALL, "posix"), {
    read: ["a b", "c"],
    write: ["c"],
    net: ["[::1]:80", "a.example:443"],
    env: { allow: ["HOME"], ignore: true },
  });
  assertEquals(permissionSet([{ name: "env", variable: "HOME" }], "posix"), { env: ["HOME"] });
  assertEquals(permissionSet([{ name: "env" }], "posix"), { env: { ignore: true } });
  assertEquals(permissionSet([], "posix"), {});

  await t.step("Deno agrees", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const needs: Need[] = [...read("a,b", "in.txt"), { name: "env", variable: "SHOWN" }, { name: "env" }];
      await Deno.writeTextFile(
        `${folder}/deno.json`,
        JSON.stringify({ permissions: { greentic: permissionSet(needs, "posix") } }),
      );
      await Deno.writeTextFile(
        `${folder}/main.ts`,
        `const state = (path) => Deno.permissions.querySync({ name: "read", path }).state;
        console.log(state("a,b"), state("in.txt"), state("c"), Deno.env.get("SHOWN"), Deno.env.get("HIDDEN"));`,
      );
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--quiet", "-P=greentic", "main.ts"],
        cwd: folder,
        env: { SHOWN: "shown", HIDDEN: "hidden" },
      }).output();
      assertEquals(new TextDecoder().decode(stdout), "granted granted prompt shown undefined\n");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
