/** `har`: recordings of requests as an HTTP Archive, on standard output and in a file. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonObject } from "../../lib/base/json.ts";
import { tempFolder } from "../_helpers.ts";
import { callMain, command, namesBelow } from "./_helpers.ts";

const RECORDINGS = decodeURIComponent(new URL("../../fixtures/recordings", import.meta.url).pathname);

/** What an archive says of its requests. */
function told(text: string): unknown[] {
  const { log }: { log: { version: string; entries: { request: JsonObject; response: JsonObject }[] } } = JSON
    .parse(text);
  assertEquals(log.version, "1.2");
  return log.entries.map(({ request, response }) => [request.method, request.url, response.status]);
}

const ENTRIES = [
  ["GET", "https://api.example.com/greeting?name=Ada", 200],
  ["GET", "https://api.example.com/greeting?name=Ada", 304],
];

Deno.test("har prints every answer of a folder, in the order in which they were recorded", async () => {
  const { code, stdout, stderr } = await callMain(["har", RECORDINGS]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(told(stdout), ENTRIES);
});

Deno.test("command: har writes a file, and needs to read the recordings and to write there", async () => {
  await using temp = await tempFolder();
  const cwd = temp.path, permissions = [`--allow-read=${RECORDINGS},.`, "--allow-write=."];
  const { code, stdout, stderr } = await command(["har", RECORDINGS, "-o", "requests.har"], {
    cwd,
    permissions,
  });
  assertEquals([code, stdout, stderr], [0, "", "wrote requests.har\n"]);
  assertEquals(told(await Deno.readTextFile(`${cwd}/requests.har`)), ENTRIES);
  assertEquals(await namesBelow(cwd), ["requests.har"]);
});

Deno.test("har says what is wrong with its folder", async (t) => {
  await using temp = await tempFolder();
  await Deno.writeTextFile(`${temp.path}/run.json`, "{}");
  const table: [name: string, args: string[], code: number, text: string][] = [
    ["no folder", [`${temp.path}/absent`], 2, `Folder of recordings "${temp.path}/absent" does not exist`],
    ["no recordings", [temp.path], 2, `Recording "${temp.path}/run.json" has no version`],
    ["none named", [], 2, "No folder is named"],
    ["two named", ["a", "b"], 2, 'Argument "b" is one too many'],
  ];
  for (const [name, args, expected, text] of table) {
    await t.step(name, async () => {
      const { code, stdout, stderr } = await callMain(["har", ...args]);
      assertEquals([code, stdout], [expected, ""]);
      assertStringIncludes(stderr, text);
    });
  }
});
