/** The command as `deno install` puts it on a machine: from a registry, and from a checkout. */

import { assert, assertEquals } from "@std/assert";
import { VERSION } from "../lib/base/version.ts";
import { packPath } from "./_helpers.ts";
import { publish, type Published } from "./_registry.ts";
import { assertCalm, type Ended, ended } from "./cli/_helpers.ts";

const ROOT = decodeURIComponent(new URL("../", import.meta.url).pathname);
const DEMO = packPath("demo.gtpack");
/** The permissions of the README: whatever is read, but nothing written beside the runner's own folder. */
const ACCESS = ["--allow-read", "--allow-write=.greentic", "--ignore-env"];

/** Installs the command below a folder and gives the path of what was installed. */
async function install(published: Published, what: readonly string[]): Promise<string> {
  const { cwd, env, lock } = published;
  const args = ["install", "--quiet", "--global", "--root", "root", "--name", "greentic-runner", lock];
  const { code, stderr } = await execute(Deno.execPath(), [...args, ...ACCESS, ...what], { cwd, env });
  assertEquals(code, 0, stderr);
  return `${cwd}/root/bin/greentic-runner`;
}

async function execute(
  command: string,
  args: readonly string[],
  { cwd, env }: Pick<Published, "cwd" | "env">,
): Promise<Ended> {
  return await ended(
    new Deno.Command(command, {
      args: [...args],
      cwd,
      env: { ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
}

Deno.test({
  name: "deno install --global installs a command that runs packs with the permissions that it was given",
  // What is installed there is a file of commands for another shell.
  ignore: Deno.build.os === "windows",
  async fn(t) {
    const table: [name: string, what: string[]][] = [
      ["from the registry", ["jsr:@greentic/runner/cli"]],
      ["from a checkout, whose configuration names the packages", [
        ...["--config", `${ROOT}deno.json`],
        `${ROOT}cli.ts`,
      ]],
    ];
    for (const [name, what] of table) {
      await t.step(name, async () => {
        await using published = await publish();
        const command = await install(published, what);
        const version = await execute(command, ["--version"], published);
        assertEquals([version.code, version.stdout], [0, `${VERSION}\n`], version.stderr);
        const { code, stdout, stderr } = await execute(
          command,
          ["run", DEMO, "--input", '{"name":"Ada"}'],
          published,
        );
        assertCalm(stderr);
        assertEquals(code, 0, stderr);
        assertEquals(JSON.parse(stdout), [{ text: "Hello, Ada!", visits: "You were here 1 time" }]);
        // Nobody who installs it is asked for more later: it says what it may not do.
        const refused = await execute(command, ["run", DEMO, "--artifacts-dir", "elsewhere"], published);
        assertCalm(refused.stderr);
        assertEquals(refused.code, 4, refused.stderr);
        assert(refused.stderr.includes("hint: Add --allow-write=elsewhere"), refused.stderr);
      });
    }
  },
});
