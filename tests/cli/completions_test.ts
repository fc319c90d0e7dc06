/** Completions: what the script of a shell offers, asked of that shell where it is installed. */

import { assert, assertEquals } from "@std/assert";
import { COMMAND_NAMES, optionsOfCommand } from "../../lib/cli/commands.ts";
import { completionScript, SHELLS } from "../../lib/cli/completions.ts";
import { tempFolder } from "../_helpers.ts";
import { callMain } from "./_helpers.ts";

/** Whether a shell is installed. */
function has(shell: string): boolean {
  try {
    return new Deno.Command(shell, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** A line that is being written, its last word unfinished, and what is offered for that word. */
const OFFERS: readonly [line: string, offered: readonly string[]][] = [
  ["ver", ["verify"]],
  ["re", ["replay", "report", "resume"].filter((name) => COMMAND_NAMES.some((known) => known === name))],
  ["run --policy ", ["devok", "strict"]],
  ["run demo.gtpack --policy s", ["strict"]],
  ["run --max-s", ["--max-steps"]],
  ["build --lay", ["--layout"]],
  ["build --layout l", ["legacy"]],
  ["cache w", ["warmup"]],
  ["completions p", ["powershell"]],
  ["help keyg", ["keygen"]],
  ["run my", ["my.gtpack"]],
  ["run my.gtpack --input ", []],
  ["verify my.gtpack --trust ke", ["keys"]],
  ["run my.gtpack --components-dir ", ["keys"]],
];

/** Asks a shell for its offers, one a line. */
async function ask(shell: string, script: string, cwd: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(shell, {
    args: [...(shell === "bash" ? ["--norc"] : shell === "fish" ? ["--no-config"] : ["-f"]), "-c", script],
    cwd,
    env: { HOME: cwd },
  }).output();
  const told = new TextDecoder().decode(stderr);
  assert(success && told === "", told);
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "").sort();
}

async function testOffers(
  t: Deno.TestContext,
  shell: "bash" | "fish",
  scriptOf: (line: string) => string,
): Promise<void> {
  await using temp = await tempFolder();
  await Deno.writeTextFile(`${temp.path}/completions`, completionScript(shell));
  await Deno.writeTextFile(`${temp.path}/my.gtpack`, "");
  await Deno.mkdir(`${temp.path}/keys`);
  for (const [line, offered] of OFFERS) {
    await t.step(line, async () => {
      const words = await ask(shell, scriptOf(line), temp.path);
      assertEquals(words.map((word) => word.split("\t")[0]!.replace(/\/$/, "")), [...offered].sort());
    });
  }
}

Deno.test({
  name: has("bash") ? "bash completes" : "bash completes (bash is not installed)",
  ignore: !has("bash"),
  fn: (t) =>
    testOffers(t, "bash", (line) => {
      const words = ["greentic-runner", ...line.split(" ")];
      return [
        "compopt() { :; }",
        "source ./completions",
        `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}) COMP_CWORD=${words.length - 1}`,
        "_greentic_runner",
        'printf "%s\\n" "${COMPREPLY[@]}"',
      ].join("\n");
    }),
});

Deno.test({
  name: has("fish") ? "fish completes" : "fish completes (fish is not installed)",
  ignore: !has("fish"),
  fn: (t) => testOffers(t, "fish", (line) => `source ./completions; complete -C 'greentic-runner ${line}'`),
});

Deno.test({
  name: has("zsh") ? "zsh reads its completions" : "zsh reads its completions (zsh is not installed)",
  ignore: !has("zsh"),
  async fn() {
    await using temp = await tempFolder();
    await Deno.writeTextFile(`${temp.path}/_greentic-runner`, completionScript("zsh"));
    const script = [
      "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D",
      "echo ${_comps[greentic-runner]}",
      "autoload +X _greentic-runner && echo loaded",
      "compdef() { echo registered $2 }; source ./_greentic-runner",
    ].join("\n");
    assertEquals(await ask("zsh", script, temp.path), [
      "_greentic-runner",
      "loaded",
      "registered greentic-runner",
    ]);
  },
});

Deno.test("completionScript() names every command and every option in every shell", async (t) => {
  for (const shell of SHELLS) {
    await t.step(shell, () => {
      const script = completionScript(shell);
      for (const name of COMMAND_NAMES) {
        assert(script.includes(name), name);
        for (const option of optionsOfCommand(name)) {
          assert(script.includes(shell === "fish" ? `-l ${option.name} ` : `--${option.name}`), option.name);
        }
      }
    });
  }
});

Deno.test("completions prints the script, or says which shells there are", async (t) => {
  await t.step("a shell", async () => {
    const { code, stdout, stderr } = await callMain(["completions", "fish"]);
    assertEquals([code, stdout, stderr], [0, completionScript("fish"), ""]);
  });
  const table: [args: string[], message: string, hint: string][] = [
    [[], "No shell is named", "Name one: bash, zsh, fish, powershell"],
    [["fis"], 'Shell "fis" is unknown', "Did you mean fish?"],
    [["cmd.exe"], 'Shell "cmd.exe" is unknown', "Name one of bash, zsh, fish, powershell"],
    [["bash", "zsh"], 'Argument "zsh" is one too many', "Name one shell"],
  ];
  for (const [args, message, hint] of table) {
    await t.step(args.join(" ") || "(nothing)", async () => {
      const { code, stdout, stderr } = await callMain(["completions", ...args]);
      assertEquals([code, stdout, stderr], [2, "", `error[usage]: ${message}\n  hint: ${hint}\n`]);
    });
  }
});
