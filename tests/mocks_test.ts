/** A mocks file in the words of the reference runner, through the command: what it brings about, and that flags go first. */

import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import type { Json } from "../mod.ts";
import { makePack, type NodeSketch, tempFolder, textsBelow } from "./_helpers.ts";
import { assertCalm, command } from "./cli/_helpers.ts";

function call(id: string, operation: string, payload: Json, next: string): NodeSketch {
  return { id, component: "host-user", operation, payload, next };
}

const PACK = await makePack({
  flows: {
    main: [
      call("key", "secret", { key: "API_KEY" }, "other"),
      call("other", "secret", { key: "OTHER" }, "page"),
      call("page", "http", { url: "https://api.example.com/x?q={{entry.q}}" }, "clock"),
      call("clock", "clock", {}, "random"),
      call("random", "random", {}, "tool"),
      { id: "tool", component: "mcp", payload: { server: "weather", tool: "forecast" }, next: "say" },
      {
        id: "say",
        component: "emit.response",
        payload: {
          key: "{{len node.key.value}}",
          other: "{{node.other.found}}",
          page: "{{node.page}}",
          seconds: "{{node.clock.seconds}}",
          random: "{{node.random.hex}}",
          tool: "{{node.tool}}",
        },
      },
    ],
  },
  components: ["host-user"],
});

const FIXED = 1_767_268_800, SUNNY = { sky: "clear" };

/** A folder with the pack, a mocks file, and what it names. */
async function mocksFolder(origin: string) {
  const temp = await tempFolder();
  const cwd = temp.path;
  await Deno.writeFile(`${cwd}/p.gtpack`, PACK);
  await Deno.mkdir(`${cwd}/mocks/tools`, { recursive: true });
  await Deno.writeTextFile(`${cwd}/mocks/tools/weather__forecast.json`, JSON.stringify(SUNNY));
  await Deno.writeTextFile(
    `${cwd}/mocks/mocks.yaml`,
    `http:
  mode: RecordReplay
  record_replay_dir: recordings
  rewrites:
    - ["https://api.example.com", "${origin}"]
secrets:
  map: { API_KEY: twelve chars }
mcp_tools: { script_dir: tools, short_circuit: true }
time: { now: 2026-01-01T12:00:00Z }
net_allowlist: [127.0.0.1]
telemetry: true
seed: 7
`,
  );
  await command(["cache", "warmup", "p.gtpack"], { cwd });
  const files = "--allow-read=p.gtpack,.greentic,mocks", writes = "--allow-write=.greentic,mocks/recordings";
  async function run(flags: string[], net: string[] = [], input: Json = { q: 1 }) {
    const args = [
      "run",
      "p.gtpack",
      "--mocks",
      "mocks/mocks.yaml",
      "--quiet",
      "--input",
      JSON.stringify(input),
    ];
    const done = await command([...args, ...flags], {
      cwd,
      permissions: [files, writes, "--ignore-env", ...net],
    });
    assertCalm(done.stderr);
    return done;
  }
  return { cwd, run, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

/** What a run said, which must have gone well. */
function said(
  { code, stdout, stderr }: { code: number; stdout: string; stderr: string },
): Record<string, Json> {
  assertEquals(code, 0, stderr);
  const [message] = JSON.parse(stdout);
  return message;
}

Deno.test("command: a mocks file of the reference runner makes runs alike, and flags go before it", async (t) => {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    ({ url }) => new Response(`for ${new URL(url).search}`),
  );
  const { port } = server.addr;
  await using folder = await mocksFolder(`http://127.0.0.1:${port}`);
  const { run, cwd } = folder, net = ["--allow-net=127.0.0.1"];
  const recordings = () => textsBelow(`${cwd}/mocks/recordings`);
  const expected = {
    key: "12",
    other: false,
    page: { status: 200, body: "for ?q=1" },
    seconds: FIXED,
    tool: SUNNY,
  };
  let first: Record<string, Json> = {};
  await t.step("it needs what it names, and says so", async () => {
    const { code, stderr } = await run([]);
    assertEquals(code, 4, stderr);
    assertStringIncludes(stderr, "  hint: Add --allow-net=127.0.0.1\n");
  });
  await t.step(
    "what is not recorded is asked for, at the address that takes the place of the guest's",
    async () => {
      first = said(await run([], net));
      const { random: _, ...rest } = first;
      assertEquals(rest, expected);
      const [[name, text] = ["", ""], ...more] = await recordings();
      assertEquals(more, []);
      assertStringIncludes(name, "get-127.0.0.1");
      assertStringIncludes(text, `"url": "http://127.0.0.1:${port}/x?q=1"`);
    },
  );
  await server.shutdown();
  await t.step("then recordings answer, and all is as it was", async () => {
    assertEquals(said(await run([], net)), first);
  });
  await t.step("--mocks replay needs no net", async () => {
    assertEquals(said(await run(["--mocks", "replay"])), first);
  });
  await t.step("--mocks fail-on-miss", async () => {
    assertEquals(said(await run(["--mocks", "fail-on-miss"])), first);
    const { code, stderr } = await run(["--mocks", "fail-on-miss"], [], { q: 2 });
    assertEquals(code, 6, stderr);
    assertStringIncludes(stderr, "error[replay.miss]: ");
  });
  await t.step("--recordings", async () => {
    const { page } = said(await run(["--mocks", "replay", "--recordings", ".greentic/none"]));
    assertEquals(page, { error: { code: "denied", message: "no recorded response" } });
  });
  await t.step("--seed", async () => {
    const { random, ...rest } = said(await run(["--mocks", "replay", "--seed", "8"]));
    assertNotEquals(random, first.random);
    assertEquals(rest, expected);
    assertEquals(said(await run(["--mocks", "replay", "--seed", "7"])).random, first.random);
  });
  await t.step("--mock-time", async () => {
    const { seconds } = said(await run(["--mocks", "replay", "--mock-time", "2026-01-01T12:00:05Z"]));
    assertEquals(seconds, FIXED + 5);
  });
  await t.step("--secret", async () => {
    const flags = ["--secret", "API_KEY=seven c", "--secret", "OTHER=also given"];
    const { key, other } = said(await run(["--mocks", "replay", ...flags]));
    assertEquals([key, other], ["7", true]);
  });
  assertEquals((await recordings()).size, 1);
});

Deno.test("command: a mocks file with a fault is a usage error that names the line, and never a value", async () => {
  await using folder = await mocksFolder("http://127.0.0.1:1");
  const path = `${folder.cwd}/mocks/mocks.yaml`;
  await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace("map: {", "maps: {"));
  const { code, stdout, stderr } = await folder.run([]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "error[mocks.invalid]: ");
  assertStringIncludes(stderr, "mocks/mocks.yaml:7");
  assertEquals(stderr.includes("twelve"), false);
});
