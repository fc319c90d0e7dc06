/** What is watched for a run, and what never is. */

import { assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { parseCommand } from "../../lib/cli/command.ts";
import { completeOptions } from "../../lib/cli/host_files.ts";
import { answerFiles } from "../../lib/cli/run_command.ts";
import { watchedOf } from "../../lib/cli/watched.ts";
import { tempFolder } from "../_helpers.ts";

/** What is watched for a command line, and what its run writes. */
async function watchedFor(argv: readonly string[]) {
  const command = parseCommand(["run", "--watch", ...argv]);
  if (command.name !== "run") throw new Error("No run");
  assertEquals(command.watch, true);
  const { paths, written } = await watchedOf(
    command,
    await completeOptions(command.options, command, () => Promise.resolve([])),
    answerFiles(command),
  );
  return {
    needed: paths.filter(({ needed }) => needed).map(({ path }) => path),
    others: paths.filter(({ needed }) => !needed).map(({ path }) => path),
    components: paths.filter(({ counts }) => counts === "components").map(({ path }) => path),
    pack: paths.filter(({ counts }) => counts === "pack").map(({ path }) => path),
    written,
  };
}

Deno.test("watchedOf() names all that a run reads and its user may change", async (t) => {
  await using temp = await tempFolder();
  const { path } = temp;
  await Deno.writeTextFile(`${path}/map.json`, '{"a":"build/a.wasm"}');
  await Deno.writeTextFile(`${path}/broken.json`, "{");
  await Deno.writeTextFile(
    `${path}/mocks.json`,
    '{"tools":{"dir":"tools"},"http":{"mode":"replay","dir":"recordings"}}',
  );
  const key = "0".repeat(64);
  const table: [argv: string[], needed: string[], others: string[]][] = [
    [["my.gtpack"], ["my.gtpack"], []],
    [["main.ygtc"], ["main.ygtc"], ["main.ygtc.resolve.summary.json"]],
    [["p", "--input", "@in.json", "--turns", "turns.json"], ["p", "in.json", "turns.json"], []],
    [["p", "--input", '{"a":1}', "--secret", "A=1"], ["p"], []],
    [["p", "--secrets", ".env", "--secrets", "more.yaml"], ["p", ".env", "more.yaml"], []],
    [["p", "--trust", "keys", "--trust", key, "--lock", "l.json"], ["p", "keys", "l.json"], []],
    [["p", "--components-dir", "built"], ["p", "built"], []],
    [["p", "--components-map", "a=a.wasm", "--components-map", "b=b.wasm"], ["p", "a.wasm", "b.wasm"], []],
    [["p", "--components-map", `${path}/map.json`], ["p", `${path}/map.json`], ["build/a.wasm"]],
    [["p", "--components-map", `${path}/broken.json`], ["p", `${path}/broken.json`], []],
    [
      ["p", "--mocks", `${path}/mocks.json`],
      ["p", `${path}/mocks.json`],
      [`${path}/tools`, `${path}/recordings`],
    ],
    [["p", "--mocks", "replay", "--recordings", "rec"], ["p"], ["rec"]],
    [["p", "--mocks", "record", "--recordings", "rec"], ["p"], []],
  ];
  for (const [argv, needed, others] of table) {
    await t.step(argv.join(" ").replaceAll(path, "…"), async () => {
      const found = await watchedFor(argv);
      assertEquals({ needed: found.needed.sort(), others: found.others }, { needed: needed.sort(), others });
      assertEquals(found.pack, [argv[0]]);
      assertEquals(found.components, argv.includes("--components-dir") ? ["built"] : []);
    });
  }
});

Deno.test("watchedOf() names all that a run writes", async (t) => {
  const own = [".greentic", ".greentic/cache"];
  const table: [argv: string[], written: string[]][] = [
    [[], own],
    [["--no-cache"], [".greentic"]],
    [["--artifacts-dir", "run", "--cache-dir", "cache"], [".greentic", "run", "cache"]],
    [["--state", "state.db"], [...own, "state.db"]],
    [["--mocks", "record-replay", "--recordings", "rec"], [...own, "rec"]],
    [["--mocks", "lockdown", "--recordings", "rec"], own],
    [["--dir", "out::/out", "--dir", "data::/data:ro"], [...own, "out"]],
  ];
  for (const [argv, written] of table) {
    await t.step(argv.join(" "), async () => {
      assertEquals((await watchedFor(["p", ...argv])).written, written);
    });
  }
});

Deno.test("watchedOf() refuses options that no file can mend", async () => {
  await assertRejects(() => watchedFor(["p", "--tenant", "a b"]), RunnerError, "ctx.tenantId");
});
