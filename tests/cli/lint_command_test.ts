/** `lint`: findings on standard output, what they come to on standard error. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { packPath } from "../_helpers.ts";
import { FLOW, sources } from "../_sources.ts";
import { callMain } from "./_helpers.ts";

Deno.test("lint prints nothing but that nothing is wrong", async () => {
  const { code, stdout, stderr } = await callMain(["lint", packPath("demo.gtpack")]);
  assertEquals([code, stdout, stderr], [0, "", "nothing wrong in 1 flow\n"]);
});

Deno.test("lint prints findings, one document with --json, and exits with 3 for errors", async (t) => {
  await using folder = await sources({ "main.ygtc": FLOW.replace("to: say", "to: gone") });
  const path = `${folder.path}/main.ygtc`;
  await t.step("text", async () => {
    const { code, stdout, stderr } = await callMain(["lint", path]);
    assertEquals(code, 3);
    assertEquals(stdout.split("\n").filter((line) => !line.startsWith("  ")), [
      `${path}:10 flow main node greet: error[flow.node_not_found]: Missing node 'gone' referenced in routing from 'greet'`,
      "",
    ]);
    assertEquals(stderr, "1 error, 0 warnings in 1 flow\n");
  });
  await t.step("json", async () => {
    const { code, stdout } = await callMain(["lint", path, "--json"]);
    const { ok, flows, findings } = JSON.parse(stdout);
    assertEquals([code, ok, flows, findings.length], [3, false, [], 1]);
    assertEquals([findings[0].flow, findings[0].node, findings[0].line, findings[0].code], [
      "main",
      "greet",
      10,
      "flow.node_not_found",
    ]);
  });
  await t.step("warnings alone are no errors", async () => {
    await using other = await sources({ "main.ygtc": `${FLOW}  late:\n    emit.x: 1\n` });
    const { code, stdout, stderr } = await callMain(["lint", `${other.path}/main.ygtc`]);
    assertEquals([code, stderr], [0, "0 errors, 1 warning in 1 flow\n"]);
    assertStringIncludes(stdout, "warning[flow.routing]: No route leads to late");
  });
});

Deno.test("lint counts no flows where none can be read", async () => {
  await using folder = await sources({ "main.ygtc": "id: [" });
  const { code, stderr } = await callMain(["lint", `${folder.path}/main.ygtc`]);
  assertEquals([code, stderr], [3, "1 error, 0 warnings\n"]);
});

Deno.test("lint reads a flow from standard input", async () => {
  const { code, stdout } = await callMain(["lint", "-"], { stdin: "id: f\ntype: job\nnodes: {}\n" });
  assertEquals(code, 3);
  assertStringIncludes(stdout, "standard input:1 flow f: error[flow.no_start]");
});

Deno.test("lint cannot check what is not there", async () => {
  const { code, stdout, stderr } = await callMain(["lint", "absent.gtpack", "--json"]);
  assertEquals([code, JSON.parse(stdout).error.code], [3, "pack.not_found"]);
  assertStringIncludes(stderr, "error[pack.not_found]: ");
});
