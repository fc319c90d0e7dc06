/** Errors that are none of this library, told apart from its faults. */

import { assertEquals } from "@std/assert";
import { tellError } from "../../lib/cli/tell_error.ts";

function told(error: unknown): { code: number; lines: string[] } {
  let stderr = "";
  const io = { stdout() {}, stderr: (text: string) => void (stderr += text) };
  const code = tellError(error, io, { json: false });
  return { code, lines: stderr.trimEnd().split("\n") };
}

Deno.test("tellError() knows a configuration that is not that of the runner by what Deno says then", () => {
  const said = 'Import "@std/cli/parse-args" not a dependency';
  assertEquals(told(new TypeError(`${said}\n  \x1b[36mhint:\x1b[0m If you want to use it`)), {
    code: 2,
    lines: [
      `error[usage]: Deno was started with a configuration that is not that of this runner: ${said}`,
      "  hint: Leave --config out, or run jsr:@greentic/runner, which needs none",
    ],
  });
});

Deno.test("tellError() owns up to everything else that nobody expected", () => {
  assertEquals(told(new TypeError("out of ink")).code, 1);
  assertEquals(told("text").lines[0], "error[internal]: text");
});
