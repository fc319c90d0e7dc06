/** What becomes of a guest's request in each mode: what the guest gets, what the record says, how the command ends. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { type HttpMode, type RunOptions, runPack } from "../mod.ts";
import { isObject, type Json, member } from "../lib/base/json.ts";
import { readTranscript } from "../lib/record/read.ts";
import { makePack, sharedCache, tempFolder } from "./_helpers.ts";
import { assertCalm, command } from "./cli/_helpers.ts";

const CACHE = sharedCache();
const PACK = await makePack({
  flows: { main: [{ id: "ask", component: "host-user", operation: "http", payload: "{{entry}}" }] },
  components: ["host-user"],
});

/** Whether the request is recorded; whether its host is on the list, another one is, or none. */
type Case = readonly [recorded: "hit" | "miss", list: "allowed" | "other" | "empty"];

const CASES: readonly Case[] = [
  ["hit", "allowed"],
  ["hit", "other"],
  ["hit", "empty"],
  ["miss", "allowed"],
  ["miss", "other"],
  ["miss", "empty"],
];

/** What is to happen: what the guest gets, and what the record says of who answered. */
const REAL = ["200 new", "host ok real"];
const KEPT = ["200 new", "host ok real recorded"];
const REPLAYED = ["200 old", "mock ok mock"];
const DENIED = ["denied: host 127.0.0.1 not present in allowlist", "host denied real http.denied"];
const OFF = ["denied: http client disabled by policy", "host denied refuse http.denied"];
const MISSED = ["denied: no recorded response", "host error refuse replay.miss"];
const MISSED_DENIED = ["denied: host 127.0.0.1 not present in allowlist", "host error refuse replay.miss"];
const FAILED = ["fails: replay.miss", "host error refuse replay.miss"];

/** By mode, or without recordings, what happens in each case. */
const DECISIONS: Readonly<Record<HttpMode | "none", readonly string[][]>> = {
  "none": [REAL, DENIED, OFF, REAL, DENIED, OFF],
  "off": [REAL, DENIED, OFF, REAL, DENIED, OFF],
  "record": [KEPT, DENIED, DENIED, KEPT, DENIED, DENIED],
  "record-replay": [REPLAYED, REPLAYED, REPLAYED, KEPT, DENIED, DENIED],
  "replay": [REPLAYED, REPLAYED, REPLAYED, MISSED, MISSED_DENIED, MISSED_DENIED],
  "fail-on-miss": [REPLAYED, REPLAYED, REPLAYED, FAILED, FAILED, FAILED],
  "lockdown": [REPLAYED, REPLAYED, REPLAYED, FAILED, FAILED, FAILED],
};

/** A server whose first answer is another than those after it. */
function startServer() {
  let said = "old";
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => new Response(said));
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    age: (): void => void (said = "new"),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** What the guest got, in a word. */
function got(output: Json): string {
  const error = member(output, "error");
  if (isObject(error)) return `${error.code}: ${error.message}`;
  return `${member(output, "status")} ${member(output, "body")}`;
}

for (const [mode, decisions] of Object.entries(DECISIONS) as [HttpMode | "none", string[][]][]) {
  Deno.test(`HTTP in mode ${mode} is answered, recorded or refused as the table says`, async (t) => {
    for (const [i, [recorded, list]] of CASES.entries()) {
      await t.step(`${recorded}, ${list}`, async () => {
        await using temp = await tempFolder();
        await using server = startServer();
        const { origin } = server;
        const shared: RunOptions = {
          input: { url: `${origin}/x` },
          cacheDir: CACHE,
          artifactsDir: `${temp.path}/run`,
        };
        const dir = `${temp.path}/recordings`;
        if (recorded === "hit") {
          await runPack(PACK, { ...shared, allow: [origin], mocks: { http: { mode: "record", dir } } });
        }
        server.age();
        const { output, error } = await runPack(PACK, {
          ...shared,
          allow: list === "empty" ? [] : [list === "allowed" ? origin : "http://other.example"],
          mocks: mode === "none" ? {} : { http: { mode, dir } },
        });
        const answers = (await readTranscript(`${temp.path}/run`)).filter(({ host_call_id, status }) =>
          host_call_id !== null && status !== "call"
        );
        const told = answers.map(({ phase, status, inputs, outputs }) => {
          const kept = member(outputs, "recorded") === undefined ? undefined : "recorded";
          const words = [phase, status, member(inputs, "provider"), member(outputs, "code") ?? kept];
          return words.filter((word) => word !== undefined).join(" ");
        });
        assertEquals([error === null ? got(output) : `fails: ${error.code}`, ...told], decisions[i]);
      });
    }
  });
}

Deno.test("command: what recordings do not have ends the run with exit code 6, where that is wished", async (t) => {
  await using temp = await tempFolder();
  await using server = startServer();
  const cwd = temp.path, { origin } = server, { host } = new URL(origin);
  await Deno.writeFile(`${cwd}/p.gtpack`, PACK);
  await command(["cache", "warmup", "p.gtpack"], { cwd });
  const offline = ["--allow-read=p.gtpack,.greentic", "--allow-write=.greentic"];
  function run(mode: string, path: string, args: string[] = [], permissions = offline) {
    const input = JSON.stringify({ url: `${origin}${path}` });
    return command(["run", "p.gtpack", "--input", input, "--mocks", mode, ...args], { cwd, permissions });
  }
  await t.step("recording needs the net, and says so", async () => {
    const allow = ["--allow", origin];
    const denied = await run("record", "/x", allow);
    assertEquals(denied.code, 4, denied.stderr);
    assertStringIncludes(denied.stderr, `hint: Add --allow-net=${host}\n`);
    const { code, stdout, stderr } = await run("record", "/x", allow, [...offline, `--allow-net=${host}`]);
    assertEquals([code, JSON.parse(stdout)], [0, { status: 200, body: "old" }], stderr);
  });
  server.age();
  const table: [mode: string, path: string, code: number, answer: string][] = [
    ["replay", "/x", 0, "200 old"],
    ["on", "/x", 0, "200 old"],
    ["replay", "/y", 0, "denied: no recorded response"],
    ["fail-on-miss", "/x", 0, "200 old"],
    ["fail-on-miss", "/y", 6, ""],
    ["lockdown", "/x", 0, "200 old"],
    ["lockdown", "/y", 6, ""],
  ];
  for (const [mode, path, code, answer] of table) {
    await t.step(`${mode} ${path}`, async () => {
      const done = await run(mode, path, ["--allow", origin].slice(0, mode === "replay" ? 2 : 0));
      assertEquals(done.code, code, done.stderr);
      assertCalm(done.stderr);
      if (code === 0) return assertEquals(got(JSON.parse(done.stdout)), answer);
      assertEquals(done.stdout, "");
      assertStringIncludes(done.stderr, "error[replay.miss]: ");
      assertStringIncludes(
        done.stderr,
        `hint: Record it with --mocks record --recordings .greentic/recordings --allow ${origin}\n`,
      );
    });
  }
});
