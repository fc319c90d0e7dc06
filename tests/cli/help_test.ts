/** The help texts: complete, and readable on any terminal. */

import { assert, assertEquals } from "@std/assert";
import { LIMIT_FLAGS } from "../../lib/base/limits.ts";
import { COMMAND_NAMES, COMMANDS, optionsOfCommand } from "../../lib/cli/commands.ts";
import { EXIT, EXIT_CODES } from "../../lib/cli/exit_codes.ts";
import { helpText, optionText } from "../../lib/cli/help.ts";

Deno.test("helpText() tells every command, and every exit code", () => {
  const text = helpText(null);
  for (const name of COMMAND_NAMES) assert(text.includes(`greentic-runner ${name}`), name);
  for (const { code, meaning } of EXIT_CODES) {
    assert(text.replace(/\s+/g, " ").includes(` ${code} ${meaning}`), meaning);
  }
  assertEquals(
    EXIT_CODES.map(({ code }) => code),
    [...Object.values<number>(EXIT), 70].sort((a, b) => a - b),
  );
});

Deno.test("helpText() tells every option of a command, with its letter and other names", async (t) => {
  for (const name of COMMAND_NAMES.filter((name) => name !== "help")) {
    await t.step(name, () => {
      const text = helpText(name).replace(/\s+/g, " ");
      for (const option of optionsOfCommand(name)) {
        const { value, letter } = option;
        const head = `--${option.name}${value === undefined ? "" : ` ${value}`}`;
        assert(
          text.includes(`${letter === undefined ? "" : `-${letter}, `}${head} ${optionText(option)}`),
          head,
        );
      }
      for (const usage of COMMANDS[name].usage) assert(text.includes(`greentic-runner ${usage}`), usage);
    });
  }
  for (const flag of Object.values(LIMIT_FLAGS)) assert(helpText("run").includes(flag), flag);
});

Deno.test("helpText() gives the general text for a topic that is none", () => {
  for (const topic of ["toString", "help", "vrify"]) assertEquals(helpText(topic), helpText(null));
});

Deno.test("helpText() keeps within the terminal, and within what is read well", async (t) => {
  const table: [columns: number, widest: number][] = [[200, 100], [100, 100], [80, 80], [60, 60], [10, 48]];
  for (const [columns, widest] of table) {
    await t.step(`${columns} columns`, () => {
      for (const topic of [null, ...COMMAND_NAMES]) {
        for (const line of helpText(topic, columns).split("\n")) {
          // Commands to paste, and words that cannot be parted, stay whole.
          const whole = /^(?:Usage:)?\s+(?:deno|greentic-runner) /.test(line) ||
            line.trim().split(" ").length < 3;
          assert(line.length <= widest || whole, `${line.length}: ${line}`);
        }
      }
    });
  }
});
