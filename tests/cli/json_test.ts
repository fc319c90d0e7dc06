/** With `--json` every command prints one document on standard output, however it ends, and no command talks there. */

import { assert, assertEquals } from "@std/assert";
import { COMMAND_NAMES, optionsOfCommand } from "../../lib/cli/commands.ts";
import { packPath, sharedCache, tempFolder } from "../_helpers.ts";
import { callMain } from "./_helpers.ts";

/** Command lines of a command in a folder: what it does, and what it refuses with the code of it. */
interface Lines {
  readonly done: readonly (readonly string[])[];
  readonly refused: readonly (readonly [code: string, line: readonly string[]])[];
}

/** Every command that knows `--json`, in a folder with a run that waits, one with a tape, a key and sources. */
function linesIn(folder: string): Readonly<Record<string, Lines>> {
  const demo = packPath("demo.gtpack"), absent = `${folder}/absent.gtpack`, cut = `${folder}/cut.gtpack`;
  const cache = ["--cache-dir", sharedCache()];
  const to = (name: string) => ["--artifacts-dir", `${folder}/${name}`, ...cache];
  const unread = (name: string, ...more: readonly string[]): Lines["refused"] => [
    ["pack.not_found", [name, absent, ...more]],
    ["pack.truncated", [name, cut, ...more]],
  ];
  return {
    run: {
      done: [["run", demo, "--input", '{"name":"Ada"}', ...to("run")]],
      // A run has a record also when its pack is refused: that is the document.
      refused: [["input.invalid", ["run", demo, "--input", "{", ...to("never")]]],
    },
    resume: {
      done: [["resume", `${folder}/waiting`, "--input", '{"dish":"soup"}', ...to("resumed")]],
      refused: [["flow.snapshot", ["resume", `${folder}/absent`, "--input", "1", ...cache]]],
    },
    replay: {
      done: [["replay", `${folder}/taped`, ...to("replayed")]],
      refused: [["artifacts.read", ["replay", `${folder}/absent`, ...cache]]],
    },
    diff: {
      done: [["diff", `${folder}/taped`, `${folder}/taped`]],
      refused: [["artifacts.read", ["diff", `${folder}/taped`, `${folder}/absent`]]],
    },
    report: {
      done: [["report", `${folder}/taped`]],
      refused: [["artifacts.read", ["report", `${folder}/absent`]]],
    },
    lint: { done: [["lint", demo]], refused: unread("lint") },
    inspect: { done: [["inspect", demo]], refused: unread("inspect") },
    doctor: {
      done: [["doctor", demo, ...cache]],
      refused: [["input.invalid", ["doctor", demo, "--input", "{"]]],
    },
    permissions: { done: [["permissions", demo]], refused: unread("permissions") },
    verify: { done: [["verify", demo]], refused: [["pack.not_found", ["verify", absent]]] },
    build: {
      done: [["build", `${folder}/sources`, "-o", `${folder}/built.gtpack`]],
      refused: [["build.failed", ["build", `${folder}/empty`, "-o", `${folder}/never.gtpack`]]],
    },
    sign: {
      done: [["sign", demo, "--dev-sign", "-o", `${folder}/signed.gtpack`]],
      refused: unread("sign", "--dev-sign", "-o", `${folder}/never.gtpack`),
    },
    keygen: {
      done: [["keygen", "-o", `${folder}/my.key`]],
      refused: [["key.exists", ["keygen", "-o", `${folder}/there.key`]]],
    },
    cache: {
      done: [["cache", "warmup", demo], ["cache", "doctor"], ["cache", "prune"]].map((line) => [
        ...line,
        "--cache-dir",
        `${folder}/cache`,
      ]),
      refused: [
        ["pack.not_found", ["cache", "warmup", absent, ...cache]],
        ["usage", ["cache", "polish"]],
      ],
    },
  };
}

/** A folder with everything that {@linkcode linesIn} names. */
async function furnish(folder: string): Promise<void> {
  const cache = ["--cache-dir", sharedCache()];
  const before: (readonly string[])[] = [
    ["run", packPath("order.gtpack"), "--artifacts-dir", `${folder}/waiting`, ...cache],
    ["run", packPath("demo.gtpack"), "--record", "--artifacts-dir", `${folder}/taped`, ...cache],
  ];
  for (const line of before) await callMain(line);
  await Deno.writeTextFile(`${folder}/there.key`, "");
  await Deno.mkdir(`${folder}/empty`);
  const sources = new URL("../../fixtures/sources/hello/", import.meta.url);
  await copyFolder(sources, `${folder}/sources`);
  const pack = await Deno.readFile(packPath("demo.gtpack"));
  await Deno.writeFile(`${folder}/cut.gtpack`, pack.subarray(0, pack.length - 100));
}

async function copyFolder(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(new URL(`${name}/`, from), `${to}/${name}`);
    else await Deno.copyFile(new URL(name, from), `${to}/${name}`);
  }
}

/** What was printed, which must be one document. */
function document(stdout: string): Record<string, unknown> {
  assert(stdout.endsWith("}\n"), stdout);
  return JSON.parse(stdout);
}

Deno.test("every command that knows --json is looked at", () => {
  const withJson = COMMAND_NAMES.filter((name) =>
    optionsOfCommand(name).some((option) => option.name === "json")
  );
  assertEquals(Object.keys(linesIn("")).sort(), [...withJson].sort());
});

Deno.test("with --json a command prints one document, however it ends", async (t) => {
  await using temp = await tempFolder();
  await furnish(temp.path);
  for (const [name, { done, refused }] of Object.entries(linesIn(temp.path))) {
    for (const line of done) {
      await t.step(`${name} does it: ${line[1]}`, async () => {
        const { code, stdout, stderr } = await callMain([...line, "--json"]);
        assertEquals(code, 0, stderr);
        assertEquals(document(stdout).error ?? null, null);
      });
    }
    for (const [expected, line] of refused) {
      await t.step(`${name} refuses it: ${expected}`, async () => {
        const { code, stdout, stderr } = await callMain([...line, "--json"]);
        assert(code > 0, stderr);
        assertEquals((document(stdout).error as Record<string, unknown>).code, expected);
        // Without the option it says so on standard error alone.
        const silent = await callMain(line);
        assertEquals([silent.code, silent.stdout], [code, ""]);
      });
    }
    await t.step(`${name} does not understand it`, async () => {
      const { code, stdout } = await callMain([name, "--json", "--nonsense"]);
      assertEquals([code, (document(stdout).error as Record<string, unknown>).code], [2, "usage"]);
    });
  }
});
