import { assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../../../lib/base/errors.ts";
import { hasScript, readScript, scriptHint } from "../../../lib/host/tools/script_files.ts";
import { tempFolder } from "../../_helpers.ts";

const LIMITS = { maxValueBytes: 64 };

Deno.test("readScript() gives any JSON value, also through a link out of the folder", async () => {
  await using folder = await tempFolder();
  await using other = await tempFolder();
  for (const value of [{ a: [1, "{{b}}"] }, "text", 0, null]) {
    await Deno.writeTextFile(`${other.path}/a.json`, `\uFEFF${JSON.stringify(value)}\n`);
    await Deno.symlink(`${other.path}/a.json`, `${folder.path}/a.json`).catch(() => {});
    assertEquals(await readScript(`${folder.path}/a.json`, LIMITS), value);
  }
});

Deno.test("readScript() names the file and what is wrong with it", async (t) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/a.json`;
  const table: [name: string, text: string, code: string, message: string, place: string][] = [
    ["damaged", '{\n"a": 1,\n}', "mocks.invalid", "is no JSON in UTF-8", `${path}:3`],
    ["empty", "", "mocks.invalid", "is no JSON in UTF-8", `${path}:1`],
    [
      "too large",
      JSON.stringify("x".repeat(63)),
      "limit.value",
      "exceeds the limit maxValueBytes of 64 bytes",
      path,
    ],
  ];
  for (const [name, text, code, message, place] of table) {
    await t.step(name, async () => {
      await Deno.writeTextFile(path, text);
      const error = await assertRejects(() => readScript(path, LIMITS), RunnerError);
      assertEquals([error.code, error.message, error.place], [
        code,
        `Mock script "${path}" ${message}`,
        place,
      ]);
    });
  }
  await t.step("as large as it may be", async () => {
    await Deno.writeTextFile(path, JSON.stringify("x".repeat(62)));
    assertEquals(await readScript(path, LIMITS), "x".repeat(62));
  });
  await t.step("absent", async () => {
    const absent = `${folder.path}/no such.json`;
    const error = await assertRejects(() => readScript(absent, LIMITS), RunnerError);
    assertEquals([error.code, error.message], ["node.kind", `Mock script "${absent}" does not exist`]);
    assertEquals(error.hint, scriptHint(absent));
    assertEquals(error.hint, `Write the answer as JSON: echo '{"ok":true}' > '${absent}'`);
  });
  for (const other of [folder.path, "/dev/null"]) {
    await t.step(`no regular file: ${other === "/dev/null" ? other : "a folder"}`, async () => {
      const error = await assertRejects(() => readScript(other, LIMITS), RunnerError);
      assertEquals([error.code, error.message], [
        "mocks.invalid",
        `Mock script "${other}" cannot be read`,
      ]);
    });
  }
  await t.step("nested too deeply", async () => {
    await Deno.writeTextFile(path, "[".repeat(129) + "]".repeat(129));
    const error = await assertRejects(() => readScript(path, { maxValueBytes: 1024 }), RunnerError);
    assertEquals(error.message, `Mock script "${path}" is nested deeper than 128`);
  });
});

Deno.test({
  name: "readScript() names the permission that is missing, and hasScript() sees nothing then",
  permissions: { read: false },
  async fn() {
    const error = await assertRejects(() => readScript("mocks/a.json", LIMITS), RunnerError);
    assertEquals([error.code, error.hint], ["permission.missing", "Add --allow-read=mocks/a.json"]);
    assertEquals(await hasScript("mocks/a.json"), false);
  },
});

Deno.test("hasScript() sees files, and no folders", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/a.json`, "1");
  assertEquals(await hasScript(`${folder.path}/a.json`), true);
  assertEquals([await hasScript(folder.path), await hasScript(`${folder.path}/b.json`)], [false, false]);
});
