import { assertEquals } from "@std/assert";
import { ioError } from "../../lib/record/io_error.ts";

Deno.test("ioError() says what helps: another directory, the permission, or whoever owns the file", () => {
  const run = "Give the directory of a run, which holds run.json and transcript.jsonl";
  const table: [cause: Error, hint: string][] = [
    [new Deno.errors.NotFound("no such file"), run],
    [new Deno.errors.NotSupported("It is no regular file"), run],
    [new Deno.errors.PermissionDenied("permission denied"), "Check who may read it"],
    [new Deno.errors.NotCapable("requires read access"), 'Run Deno with --allow-read="a/run.json"'],
  ];
  for (const [cause, hint] of table) assertEquals(ioError("read", "a/run.json", cause).hint, hint);
});
