/** What to type next, in the shell of either kind of system. */

import { assertEquals } from "@std/assert";
import { inputHint, reportHint, resumeHint } from "../../lib/base/hints.ts";

Deno.test("resumeHint() and inputHint() can be pasted into the shell that there is", () => {
  assertEquals(
    resumeHint("/home/ada l/runs/1", "posix"),
    `greentic-runner resume '/home/ada l/runs/1' --input '{"text":"…"}'`,
  );
  assertEquals(
    resumeHint("C:\\Users\\Ada L\\runs\\1", "windows"),
    `greentic-runner resume "C:\\Users\\Ada L\\runs\\1" --input-file input.json, with {"text":"…"} in it`,
  );
  assertEquals(reportHint("C:\\a b\\1", "windows"), 'greentic-runner report "C:\\a b\\1"');
  assertEquals(inputHint('{"name":"it\'s"}', "posix"), `--input '{"name":"it'\\''s"}'`);
});
