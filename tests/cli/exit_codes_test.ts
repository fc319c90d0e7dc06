/** What leads to which exit code. */

import { assertEquals } from "@std/assert";
import type { ErrorCode } from "../../lib/base/errors.ts";
import type { RunStatus } from "../../lib/base/result.ts";
import { EXIT, exitCodeOfError, exitCodeOfResult } from "../../lib/cli/exit_codes.ts";
import { runResult } from "./_helpers.ts";

Deno.test("EXIT has the numbers that scripts rely on", () => {
  assertEquals({ ...EXIT }, {
    ok: 0,
    failed: 1,
    usage: 2,
    refused: 3,
    preflight: 4,
    limit: 5,
    difference: 6,
    waiting: 75,
    interrupted: 130,
  });
});

Deno.test("exitCodeOfError() tells whose turn it is", async (t) => {
  const table: [code: ErrorCode, exit: number][] = [
    ["usage", 2],
    ["option.invalid", 2],
    ["input.invalid", 2],
    ["flow.not_found", 2],
    ["pack.not_found", 3],
    ["trust.invalid", 2],
    ["lock.invalid", 2],
    ["components.map", 2],
    ["components.dir", 2],
    ["key.invalid", 2],
    ["key.exists", 2],
    ["build.failed", 3],
    ["build.pack_yaml", 3],
    ["yaml.invalid", 3],
    ["pack.not_zip", 3],
    ["pack.limit.ratio", 3],
    ["manifest.cbor.depth", 3],
    ["verify.digest", 3],
    ["verify.policy", 3],
    ["component.not_component", 3],
    ["component.invalid", 3],
    ["component.world", 3],
    ["component.unmetered", 3],
    ["permission.missing", 4],
    ["component.import_missing", 4],
    ["secret.missing", 4],
    ["secrets.invalid", 2],
    ["state.file", 2],
    ["mocks.invalid", 2],
    ["recording.invalid", 2],
    ["recording.expired", 6],
    ["replay.miss", 6],
    ["replay.difference", 6],
    ["limit.run_time", 5],
    ["limit.memory", 5],
    ["node.timeout", 5],
    ["flow.max_steps", 5],
    ["flow.max_depth", 5],
    ["template.limit", 5],
    ["run.cancelled", 130],
    ["flow.none", 3],
    ["flow.invalid", 3],
    ["artifacts.write", 1],
    ["component.worker", 1],
    ["internal", 1],
  ];
  for (const [code, exit] of table) {
    await t.step(`${code} ${exit}`, () => assertEquals(exitCodeOfError(code), exit));
  }
});

Deno.test("exitCodeOfResult() tells how the run ended", async (t) => {
  const table: [status: RunStatus, code: string | null, failOnWait: boolean, exit: number][] = [
    ["success", null, true, 0],
    ["partial_failure", null, true, 0],
    ["waiting", null, false, 0],
    ["waiting", null, true, 75],
    ["cancelled", "run.cancelled", false, 130],
    ["timed_out", "limit.run_time", false, 5],
    ["failure", "E_DEMO", false, 1],
    ["failure", "trap.unreachable", false, 1],
    ["failure", null, false, 1],
    ["failure", "node.timeout", false, 5],
    ["failure", "limit.value", false, 5],
    ["failure", "replay.miss", false, 6],
    ["failure", "flow.max_steps", false, 5],
    // A component names its own codes: one that is called like ours must begin like ours to count as ours.
    ["failure", "limitless", false, 1],
  ];
  for (const [status, code, failOnWait, exit] of table) {
    await t.step(`${status} ${code} ${exit}`, () => {
      const error = code === null ? null : { code, message: "Something happened" };
      assertEquals(exitCodeOfResult(runResult({ status, error }), failOnWait), exit);
    });
  }
});

Deno.test("exitCodeOfResult() does not take a component's own code for a limit", () => {
  const error = { code: "limit.memory", message: "Component says so", reported: true };
  assertEquals(exitCodeOfResult(runResult({ status: "failure", error }), false), 1);
});
