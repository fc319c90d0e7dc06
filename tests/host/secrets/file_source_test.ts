import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RunnerError } from "../../../lib/base/errors.ts";
import { fileSource } from "../../../lib/host/secrets/file_source.ts";
import { inFolder } from "../state/_stores.ts";
import { SCOPE } from "./_suite.ts";

Deno.test("fileSource() knows the kind of a file by its name, then by its first sign", async (t) => {
  const json = '{"A": "json"}', yaml = "A: yaml", dotenv = "A=env";
  const cases: [name: string, text: string, value: string][] = [
    ["a.json", json, "json"],
    ["A.JSON", json, "json"],
    ["a.yaml", yaml, "yaml"],
    ["a.yml", yaml, "yaml"],
    ["a.yaml", json, "json"],
    ["secrets", `\n ${json}`, "json"],
    ["secrets", dotenv, "env"],
    ["secrets.txt", dotenv, "env"],
    [".env", dotenv, "env"],
    [".env.local", dotenv, "env"],
    ["prod.env", dotenv, "env"],
    [".env.json", dotenv, "env"],
  ];
  for (const [name, text, value] of cases) {
    await t.step(`${name}: ${text.trim()}`, async () => {
      await inFolder(async (folder) => {
        await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o600 });
        const { source, warnings } = await fileSource(`${folder}/${name}`, SCOPE);
        assertEquals([...source.entries()].map(({ texts }) => texts[0]), [value]);
        assertEquals(warnings, []);
      });
    });
  }
});

Deno.test("fileSource() says in which line a file is wrong, and never repeats a value", async (t) => {
  const cases: [name: string, text: string | Uint8Array, what: string, line: number | null][] = [
    [".env", "A=1\ns3cret", "a line is not NAME=VALUE", 2],
    [".env", '{"A": "s3cret"}', "a line is not NAME=VALUE", 1],
    ["a.json", '{\n"A": s3cret}', "it is no JSON", 2],
    ["a.json", '{\n"A": "s3cret', "it is no JSON", 2],
    ["a.json", "A=s3cret", "it is no JSON", 1],
    ["secrets", '{\n\n"A": "s3cret" s3cret}', "it is no JSON", 3],
    ["a.json", `{"A":${"[".repeat(200)}${"]".repeat(200)}}`, "it is no JSON", null],
    ["a.json", '{\n"A": "x",\n"B": ["s3cret"]}', "a value is no text: put it into quotes", 3],
    [
      "a.json",
      '{"entries": [\n{"uri": "secrets://a/b/_/_/c", "text": "s3cret"},\n{"text": "s3cret"}]}',
      "an entry has no uri",
      3,
    ],
    ["a.yaml", "A: x\nB: [s3cret", "it is no YAML", 2],
    ["a.yaml", "A: x\nA: s3cret", "it is no YAML", 2],
    ["a.yaml", "A: x\nB: !s3cret y", "it is no YAML", 2],
    ["a.yaml", "A: x\nB: *s3cret", "it is no YAML", null],
    ["a.yaml", "A: x\nB: 123456", "a value is no text: put it into quotes", 2],
    ["a.yaml", "s3cret", "it is neither a map of names and texts nor has it entries", 1],
    [".env", Uint8Array.of(0x41, 0x3d, 0xff), "it is no text in UTF-8", null],
  ];
  for (const [at, [name, text, what, line]] of cases.entries()) {
    await t.step(`${at} ${name}: ${what}`, async () => {
      await inFolder(async (folder) => {
        const path = `${folder}/${name}`;
        await Deno.writeFile(path, typeof text === "string" ? new TextEncoder().encode(text) : text);
        const error = await assertRejects(() => fileSource(path, SCOPE), RunnerError);
        assertEquals(error.code, "secrets.invalid");
        assertEquals(error.message, `Secrets file "${path}" cannot be understood: ${what}`);
        if (line !== null) assertEquals(error.place, `${path}:${line}`);
        assert(error.place?.startsWith(path));
        assert(!`${error.message} ${error.hint} ${error.place}`.includes("s3cret"));
        assertEquals(error.cause, undefined);
      });
    });
  }
});

Deno.test("fileSource() refuses what is no file that it reads, and says what to do", async (t) => {
  await inFolder(async (folder) => {
    const large = `${folder}/large.env`;
    await Deno.writeTextFile(large, `A=${"x".repeat(1024 * 1024)}`);
    const cases = [
      [folder, "it is a folder"],
      [`${folder}/none`, "it does not exist"],
      [large, "it is larger than 1048576 bytes"],
    ] as const;
    for (const [path, what] of cases) {
      await t.step(what, async () => {
        const { code, message, place, hint } = await assertRejects(
          () => fileSource(path, SCOPE),
          RunnerError,
        );
        assertEquals([code, message, place, hint], [
          "secrets.invalid",
          `Secrets file "${path}" cannot be read: ${what}`,
          path,
          "Check the path and who may read it",
        ]);
      });
    }
    await t.step({
      name: "a pipe",
      ignore: Deno.build.os === "windows",
      fn: async () => {
        await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
        const { message, hint } = await assertRejects(
          () => fileSource(`${folder}/pipe`, SCOPE),
          RunnerError,
        );
        assertStringIncludes(message, "cannot be read: it is no regular file");
        assertEquals(hint, "Write the secrets to a file, or name variables that hold them with --secret-env");
      },
    });
  });
});

Deno.test({
  name: "fileSource() warns of a file that others may read",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/my secrets.env`;
      await Deno.writeTextFile(path, "TOKEN=value");
      const modes: [mode: number, warned: string | null][] = [
        [0o600, null],
        [0o400, null],
        [0o700, null],
        [0o640, "640"],
        [0o604, "604"],
        [0o622, "622"],
      ];
      for (const [mode, warned] of modes) {
        await Deno.chmod(path, mode);
        const { warnings } = await fileSource(path, SCOPE);
        assertEquals(
          warnings,
          warned === null ? [] : [{
            severity: "warning",
            code: "secrets.exposed",
            message:
              `Secrets file "${path}" may be read or changed by others than its owner (mode ${warned})`,
            place: path,
            hint: `chmod 600 '${path}'`,
          }],
        );
      }
    });
  },
});

Deno.test("fileSource() warns of values that end early, and of seeds of which none fits", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/.env`, "A=1\nTOKEN=pass#word", { mode: 0o600 });
    const cut = await fileSource(`${folder}/.env`, SCOPE);
    assertEquals(cut.warnings.map(({ message, place, hint }) => [message, place, hint]), [[
      'Secret "TOKEN" ends before the # in its line, as comments do',
      `${folder}/.env:2`,
      "Put its value into quotes when the # belongs to it: TOKEN='…'",
    ]]);
    const path = `${folder}/seeds.json`;
    const write = (uri: string) =>
      Deno.writeTextFile(path, JSON.stringify({ entries: [{ uri, text: "x" }] }), { mode: 0o600 });
    await write("secrets://prod/acme/_/_/token");
    const { source, warnings } = await fileSource(path, SCOPE);
    assertEquals([...source.entries()], []);
    assertEquals(warnings.map(({ message, hint }) => [message, hint]), [[
      `Secrets file "${path}" has nothing for this run`,
      "Give addresses that fit it: secrets://local/acme/blue/demo/NAME, with _ for any of these but the name",
    ]]);
    await write("secrets://local/acme/_/_/token");
    assertEquals((await fileSource(path, SCOPE)).warnings, []);
  });
});
