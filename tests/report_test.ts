/** The report of a run through the public face of the library. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RunnerError } from "../lib/base/errors.ts";
import { isReport, reportRun } from "../lib/report.ts";
import { runPack } from "../mod.ts";
import { packPath, sharedCache, tempFolder } from "./_helpers.ts";

const cacheDir = sharedCache();

Deno.test("reportRun() gives one file that is the same each time", async () => {
  await using temp = await tempFolder();
  const artifactsDir = `${temp.path}/run`;
  await runPack(packPath("demo.gtpack"), { artifactsDir, cacheDir, input: { name: "Ada" } });
  const page = await reportRun(artifactsDir);
  assert(isReport(page));
  assertStringIncludes(page, "Hello, Ada!");
  assertEquals(await reportRun(`${artifactsDir}/`), page);
});

Deno.test("reportRun() has no secret where the record has none", async () => {
  await using temp = await tempFolder();
  const artifactsDir = `${temp.path}/run`, secret = "planted-secret-value";
  await runPack(packPath("kinds.gtpack"), {
    ...{ artifactsDir, cacheDir, entryFlow: "host", input: { secret: "DEMO_TOKEN" } },
    mocks: { secrets: { map: { DEMO_TOKEN: secret } } },
  });
  const page = await reportRun(artifactsDir);
  assert(!page.includes(secret));
  assertStringIncludes(page, "__REDACTED__");
});

Deno.test("reportRun() says so where there is no run", async () => {
  await using temp = await tempFolder();
  const error = await assertRejects(() => reportRun(temp.path), RunnerError);
  assertEquals([error.code, error.place], ["artifacts.read", temp.path]);
  const empty = await assertRejects(() => reportRun(""), RunnerError);
  assertEquals(empty.code, "option.invalid");
});
