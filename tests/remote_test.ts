/** The package as a registry serves it: every module from an address, in a folder without any configuration. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { VERSION } from "../lib/base/version.ts";
import { packPath } from "./_helpers.ts";
import { publish, type Published } from "./_registry.ts";
import { assertCalm, type Ended, ended, hintedFlags } from "./cli/_helpers.ts";

const DEMO = packPath("demo.gtpack");
const INPUT = '{"name":"Ada"}';
const OUTPUT = [{ text: "Hello, Ada!", visits: "You were here 1 time" }];
const NAME = "jsr:@greentic/runner";

/** Runs Deno in the empty folder, where nobody is there to answer a prompt. */
async function deno(
  { env, cwd, lock }: Published,
  args: readonly string[],
  more: object = {},
): Promise<Ended> {
  return await ended(
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", lock, ...args],
      cwd,
      env: { ...env, ...more },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
}

Deno.test("the published package runs from a registry, with no more permissions than a checkout", async (t) => {
  await using published = await publish();
  const access = [`--allow-read=${DEMO},.greentic`, "--allow-write=.greentic"];
  const demo = ["run", DEMO, "--input", INPUT];

  await t.step("its version and its help", async () => {
    const { code, stdout, stderr } = await deno(published, [NAME, "--version"]);
    assertEquals([code, stdout, stderr], [0, `${VERSION}\n`, ""]);
    const help = await deno(published, [`${NAME}/cli`, "help", "run"]);
    assertEquals([help.code, help.stderr], [0, ""]);
    assertStringIncludes(help.stdout, "--input");
  });

  await t.step("cold: what the transpiler lacks is named, and granting it is enough", async () => {
    const refused = await deno(published, [...access, NAME, ...demo]);
    assertEquals([refused.code, refused.stdout], [4, ""]);
    assertCalm(refused.stderr);
    const flags = hintedFlags(refused.stderr);
    assertMatch(flags[0]!, /^--allow-read=\S+\/@bytecodealliance\/jco-transpile\S*$/);
    assertEquals(flags.slice(1), ["--ignore-env"]);
    const granted = [access[0]!.replace("=", `=${flags[0]!.split("=")[1]},`), access[1]!, "--ignore-env"];
    const { code, stdout, stderr } = await deno(published, [...granted, NAME, ...demo, "--record"]);
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout), OUTPUT);
  });

  await t.step("warm: the flags of the README", async () => {
    const { code, stdout, stderr } = await deno(published, [...access, NAME, ...demo]);
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout), OUTPUT);
  });

  await t.step("from any address, which needs no --allow-import as the program that is run", async () => {
    const { JSR_URL: _, ...env } = published.env;
    const address = published.address("/mod.ts");
    const { code, stdout, stderr } = await deno({ ...published, env }, [...access, address, ...demo]);
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout), OUTPUT);
  });

  await t.step("in a worker without permissions", async () => {
    const { code, stdout, stderr } = await deno(published, [
      "--unstable-worker-options",
      ...access,
      ...[NAME, ...demo, "--isolation", "sandboxed"],
    ]);
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout), OUTPUT);
  });

  await t.step("replay", async () => {
    const runs = [...Deno.readDirSync(`${published.cwd}/.greentic/runs`)].map(({ name }) => name).sort();
    const { code, stdout, stderr } = await deno(published, [
      "--allow-read=.greentic," + DEMO,
      "--allow-write=.greentic",
      ...[NAME, "replay", `.greentic/runs/${runs[0]}`],
    ]);
    assertEquals([code, stdout.trim()], [0, "same"], stderr);
  });
});

Deno.test("the published package runs from vendor and node_modules, and names the transpiler's place there", async () => {
  await using published = await publish();
  await Deno.writeTextFile(`${published.cwd}/deno.json`, `{"vendor": true, "nodeModulesDir": "auto"}`);
  const [read, write] = [`--allow-read=${DEMO},.greentic`, "--allow-write=.greentic"];
  const demo = [NAME, "run", DEMO, "--input", INPUT];
  const refused = await deno(published, [read, write, ...demo]);
  assertEquals(refused.code, 4, refused.stderr);
  const [place = "", ...others] = hintedFlags(refused.stderr);
  assertMatch(place, new RegExp(`^--allow-read=${published.cwd}/node_modules/\\S+/jco-transpile/\\S+$`));
  const granted = place.replace("--allow-read=", `${read},`);
  const { code, stdout, stderr } = await deno(published, [granted, write, ...others, ...demo]);
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout), OUTPUT);
});

Deno.test("every command of the published package finds what it loads", async (t) => {
  await using published = await publish();
  let traces = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    traces++;
    return Response.json({});
  });
  const collector = `http://127.0.0.1:${server.addr.port}`;
  const hello = decodeURIComponent(new URL("../fixtures/sources/hello", import.meta.url).pathname);
  const kinds = packPath("kinds.gtpack");
  const table: [args: string[], stdout: string][] = [
    [["verify", DEMO], "verified"],
    [["inspect", DEMO], "greet"],
    [["doctor", DEMO, "--input", INPUT], ""],
    [["lint", hello], ""],
    [["keygen", "-o", "my.key"], ""],
    [["build", hello, "-o", "my.gtpack", "--sign", "my.key"], ""],
    [["sign", "my.gtpack", "--key", "my.key"], ""],
    [["cache", "warmup", "my.gtpack"], ""],
    [["cache", "doctor"], ""],
    [[kinds, "--flow", "host", "--secret", "DEMO_TOKEN=x", "--input", '{"secret":"DEMO_TOKEN"}'], ""],
    [[DEMO, "--input", INPUT, "--state", "state.db", "--otlp", collector], "Ada"],
    [[packPath("order.gtpack"), "--artifacts-dir", "order"], "What would you like?"],
    [["resume", "order", "--input", '{"dish":"soup"}'], "How many times soup?"],
  ];
  for (const [args, expected] of table) {
    await t.step(args.slice(0, 2).join(" "), async () => {
      const { code, stdout, stderr } = await deno(published, ["-A", NAME, ...args]);
      assertEquals(code, 0, stderr);
      assertStringIncludes(stdout, expected);
    });
  }
  assertEquals(traces, 1);
});

Deno.test("the published package is imported by a script", async () => {
  await using published = await publish();
  await Deno.writeTextFile(
    `${published.cwd}/script.ts`,
    `import { runPack } from "${NAME}@${VERSION}";
    const { status, output } = await runPack(${JSON.stringify(DEMO)}, { input: ${INPUT} });
    console.log(JSON.stringify([status, output]));`,
  );
  const { code, stdout, stderr } = await deno(published, ["-A", "--check", "script.ts"]);
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout), ["success", OUTPUT]);
});

Deno.test("nothing that is published names what only a checkout can resolve", async () => {
  await using published = await publish();
  assert(!/warning/i.test(published.said), published.said);
  const config: { imports: Record<string, string> } = JSON.parse(
    new TextDecoder().decode(published.files.get("/deno.json")),
  );
  const names = Object.keys(config.imports);
  for (const [path, bytes] of published.files) {
    if (!path.endsWith(".ts")) continue;
    const code = new TextDecoder().decode(bytes).replace(/\/\*[\s\S]*?\*\//g, "");
    for (const name of names) {
      assert(
        !new RegExp(`(?:from|import|resolve)\\s*\\(?\\s*"${name}"`).test(code),
        `${path} imports ${name}`,
      );
    }
  }
});
