/** Runs that are recorded whole and run again from their tape alone, through the public face and the command. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type Json, type JsonObject, replayRun, resumeRun, RunnerError, runPack } from "../mod.ts";
import { fixtureUrl } from "../fixtures/components/build.ts";
import {
  exists,
  makePack,
  packPath,
  sharedCache,
  type TempFolder,
  tempFolder,
  textsBelow,
} from "./_helpers.ts";
import { callMain, command } from "./cli/_helpers.ts";

const CACHE = sharedCache();
const DEMO = packPath("demo.gtpack");
const SECRET = "p@ss/w+rd=u9";

/** A pack that asks its host for everything there is. */
async function asking(url: string): Promise<Uint8Array> {
  const ask = (id: string, operation: string, payload: Json, next: string) => ({
    id,
    component: "host-user",
    operation,
    payload,
    next,
  });
  return await makePack({
    flows: {
      main: [
        ask("random", "random", {}, "clock"),
        ask("clock", "clock", {}, "secret"),
        ask("secret", "secret", { key: "TOKEN" }, "http"),
        ask(
          "http",
          "http",
          { method: "POST", url: `${url}?t={{entry.value}}`, body: "{{entry.value}}" },
          "write",
        ),
        ask("write", "state-write", { key: "k", value: "{{entry.value}}" }, "read"),
        ask("read", "state-read", { key: "k" }, "put"),
        ask("put", "kv-put", { key: "k", value: "{{entry.value}}" }, "get"),
        ask("get", "kv-get", { key: "k" }, "say"),
        { id: "say", component: "emit.response", payload: { random: "{{node.random}}", at: "{{now}}" } },
      ],
    },
    components: ["host-user"],
  });
}

/** A server that answers each request with what it was sent and a number. */
function numbering(): { readonly origin: string } & AsyncDisposable {
  let asked = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => Response.json({ asked: ++asked, sent: await request.text() }),
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function recorded(temp: TempFolder): Promise<{ dir: string; pack: Uint8Array }> {
  await using server = numbering();
  const pack = await asking(`${server.origin}/`);
  const { status, artifactsDir } = await runPack(pack, {
    input: { value: SECRET },
    allow: [server.origin],
    secrets: { values: { TOKEN: SECRET } },
    state: { file: `${temp.path}/state.db` },
    record: true,
    artifactsDir: `${temp.path}/recorded`,
    cacheDir: CACHE,
  });
  assertEquals(status, "success");
  return { dir: artifactsDir, pack };
}

Deno.test("replayRun() does the same again, with its server and its state gone and without its secret", async (t) => {
  await using temp = await tempFolder();
  const { dir, pack } = await recorded(temp);
  await Deno.remove(`${temp.path}/state.db`);
  const before = await textsBelow(dir);
  await t.step("with a stand-in", async () => {
    const { result, difference, recorded } = await replayRun(dir, { pack, artifactsDir: `${temp.path}/a` });
    assertEquals([difference, result.status, recorded], [null, "success", dir]);
  });
  await t.step("with another secret", async () => {
    const secrets = { TOKEN: "another-one" };
    const { difference } = await replayRun(dir, { pack, secrets, artifactsDir: `${temp.path}/b` });
    assertEquals(difference, null);
  });
  await t.step("twice from one tape", async () => {
    const { difference } = await replayRun(dir, { pack, artifactsDir: `${temp.path}/a` });
    assertEquals(difference, null);
  });
  assertEquals(await textsBelow(dir), before, "the recorded run is left as it was");
  assert(!await Deno.stat(`${temp.path}/state.db`).then(() => true, () => false), "no state is kept");
});

Deno.test("A tape holds no secret in any spelling, and is for its owner only", async () => {
  await using temp = await tempFolder();
  const { dir } = await recorded(temp);
  const tape = await Deno.readTextFile(`${dir}/tape.jsonl`);
  const forms = [SECRET, encodeURIComponent(SECRET), encodeURIComponent(SECRET).toLowerCase(), btoa(SECRET)];
  for (const form of forms) assert(!tape.includes(form), form);
  assert(tape.includes("__SECRET(TOKEN,"), "a marker stands in its place");
  if (Deno.build.os !== "windows") assertEquals((await Deno.stat(`${dir}/tape.jsonl`)).mode! & 0o777, 0o600);
});

Deno.test("replayRun() names the node, the call and the field in which a changed pack differs", async (t) => {
  await using temp = await tempFolder();
  const { dir, pack } = await recorded(temp);
  const { artifactsDir } = await runPack(DEMO, {
    input: { name: "Ada" },
    record: true,
    artifactsDir: `${temp.path}/demo`,
    cacheDir: CACHE,
  });
  const replay = async (run: string, options: Parameters<typeof replayRun>[1]) => {
    const { difference } = await replayRun(run, { ...options, artifactsDir: `${temp.path}/replay` });
    if (difference === null) return null;
    const { place, call, field, recorded, replayed } = difference;
    return { place, call, field, recorded: recorded ?? null, replayed: replayed ?? null };
  };
  await t.step("another component", async () => {
    const map = { greet: decodeURIComponent(fixtureUrl("echo").pathname) };
    assertEquals(await replay(artifactsDir, { components: { map } }), {
      place: "demo/greet",
      call: undefined,
      field: "outputs.name",
      recorded: null,
      replayed: "Ada",
    });
  });
  await t.step("another question to the host", async () => {
    const changed = await asking("http://127.0.0.1:9/elsewhere");
    const found = await replay(dir, { pack: changed });
    assertEquals([found?.place, found?.field], ["main/http", "inputs.payload.url"]);
  });
  await t.step("the same pack", async () => assertEquals(await replay(dir, { pack }), null));
});

Deno.test("replayRun() ends a node that asks what was not recorded, and says what was", async () => {
  await using temp = await tempFolder();
  const pack = (key: string) =>
    makePack({
      flows: {
        main: [{ id: "read", component: "host-user", operation: "state-read", payload: { key } }],
      },
      components: ["host-user"],
    });
  const first = await runPack(await pack("a"), {
    record: true,
    artifactsDir: `${temp.path}/first`,
    cacheDir: CACHE,
  });
  const { result, difference } = await replayRun(first.artifactsDir, {
    pack: await pack("b"),
    artifactsDir: `${temp.path}/second`,
  });
  assertEquals(difference?.field, "inputs.payload.key");
  assertEquals(result.error?.code, "replay.miss");
  assertEquals(
    result.error?.message,
    'Recorded run has no answer to greentic:state/state-store@1.0.0#read: the next call there has args[0] "a", and this one has "b"',
  );
});

Deno.test("replayRun() replays runs that wait, and those that go on", async (t) => {
  await using temp = await tempFolder();
  const options = { record: true, cacheDir: CACHE };
  const asked = await runPack(packPath("order.gtpack"), { ...options, artifactsDir: `${temp.path}/asked` });
  const answered = await resumeRun(asked.artifactsDir, {
    ...options,
    input: { dish: "soup" },
    artifactsDir: `${temp.path}/answered`,
  });
  assertEquals([asked.status, answered.status], ["waiting", "waiting"]);
  for (const { artifactsDir } of [asked, answered]) {
    await t.step(artifactsDir.slice(temp.path.length), async () => {
      const { difference } = await replayRun(artifactsDir, { artifactsDir: `${temp.path}/replay` });
      assertEquals(difference, null);
    });
  }
});

Deno.test("replayRun() draws the same random bytes and the same times, whatever they are now", async () => {
  await using temp = await tempFolder();
  const { dir, pack } = await recorded(temp);
  const { result } = await replayRun(dir, { pack, artifactsDir: `${temp.path}/replay` });
  const run: JsonObject = JSON.parse(await Deno.readTextFile(`${dir}/run.json`));
  assertEquals(result.output, run.output);
  await using server = numbering();
  const again = await runPack(await asking(server.origin), {
    input: { value: SECRET },
    secrets: { values: { TOKEN: SECRET } },
    artifactsDir: `${temp.path}/again`,
    cacheDir: CACHE,
  });
  assertNotEquals(again.output, run.output, "a run that is no replay draws others");
});

Deno.test("replayRun() gives a node that was not recorded the same randomness each time", async () => {
  await using temp = await tempFolder();
  const { dir } = await recorded(temp);
  const pack = await makePack({
    flows: { main: [{ id: "new", component: "host-user", operation: "random" }] },
    components: ["host-user"],
  });
  const draw = async (name: string) =>
    (await replayRun(dir, { pack, artifactsDir: `${temp.path}/${name}` })).result.output;
  assertEquals(await draw("a"), await draw("b"));
});

Deno.test("replayRun() says what is wrong with what it is given", async (t) => {
  await using temp = await tempFolder();
  const plain = await runPack(DEMO, {
    input: { name: "Ada" },
    artifactsDir: `${temp.path}/plain`,
    cacheDir: CACHE,
  });
  const { dir, pack } = await recorded(temp);
  const damaged = `${temp.path}/damaged`;
  await Deno.mkdir(damaged);
  await Deno.writeTextFile(`${damaged}/tape.jsonl`, '{"version":1,"secrets":[]}\n');
  const newer = `${temp.path}/newer`;
  await Deno.mkdir(newer);
  await Deno.writeTextFile(`${newer}/tape.jsonl`, '{"version":2,"secrets":[]}\n');
  const link = `${temp.path}/link`;
  await Deno.symlink(dir, link);
  const alone = `${temp.path}/alone`, lost = `Run artifact "${alone}/transcript.jsonl" cannot be read`;
  await Deno.mkdir(alone);
  await Deno.copyFile(`${dir}/tape.jsonl`, `${alone}/tape.jsonl`);
  const table: [name: string, run: string, options: object, code: string, message: string][] = [
    ["no tape", plain.artifactsDir, {}, "artifacts.read", `Run "${plain.artifactsDir}" left no tape.jsonl`],
    [
      "no folder",
      `${temp.path}/absent`,
      {},
      "artifacts.read",
      `Run "${temp.path}/absent" left no tape.jsonl`,
    ],
    ["a damaged tape", damaged, {}, "artifacts.read", "The tape's first line has no options"],
    ["a newer tape", newer, {}, "artifacts.read", "Version 2 of the tape is newer than 1, the newest known"],
    ["no pack", dir, {}, "option.invalid", "The earlier run does not say where its pack is"],
    ["a pack that is absent", dir, { pack: `${temp.path}/nope` }, "pack.not_found", "Pack does not exist"],
    [
      "its own folder",
      dir,
      { pack: DEMO, artifactsDir: dir },
      "option.invalid",
      "A replay cannot have the run directory of the recorded run",
    ],
    [
      "its own folder through a link",
      dir,
      { pack: DEMO, artifactsDir: link },
      "option.invalid",
      "A replay cannot have the run directory of the recorded run",
    ],
    ["no transcript", alone, { pack: DEMO, artifactsDir: `${temp.path}/unused` }, "artifacts.read", lost],
    ["no path", "", {}, "option.invalid", "The run to replay is no path"],
    ["a path that is none", 5 as unknown as string, {}, "option.invalid", "The run to replay is no path"],
    [
      "a secret that is no text",
      dir,
      { secrets: { TOKEN: 5 } },
      "option.invalid",
      'Option "secrets.TOKEN" is 5: expected a text',
    ],
    ["an unknown option", dir, { allow: [] }, "option.invalid", 'The option "allow" is unknown'],
  ];
  for (const [name, run, options, code, message] of table) {
    await t.step(name, async () => {
      const error = await assertRejects(() => replayRun(run, options), RunnerError);
      assertEquals([error.code, error.message], [code, message]);
    });
  }
  assert(!await exists(`${temp.path}/unused`), "a run that cannot be compared is not repeated");
  assertEquals((await replayRun(dir, { pack, artifactsDir: `${temp.path}/replay` })).difference, null);
});

Deno.test("command: replay needs the tape, the pack, the cache and a place for its record, and no network", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  const cache = ["--cache-dir", ".greentic/cache"];
  await Deno.copyFile(DEMO, `${cwd}/demo.gtpack`);
  await Deno.copyFile(fixtureUrl("echo"), `${cwd}/echo.wasm`);
  const run = [
    "run",
    "demo.gtpack",
    "--input",
    '{"name":"Ada"}',
    "--record",
    "--artifacts-dir",
    "ada",
    ...cache,
  ];
  const { code, stderr } = await command(run, { cwd });
  assertEquals(code, 0, stderr);
  const permissions = ["--allow-read=ada,demo.gtpack,.greentic", "--allow-write=.greentic"];
  await t.step("the same", async () => {
    const { code, stdout, stderr } = await command(["replay", "ada", ...cache], { cwd, permissions });
    assertEquals([code, stdout], [0, "same\n"], stderr);
  });
  await t.step("with a secret", async () => {
    const given = ["replay", "ada", "--secret", "TOKEN=another-one", ...cache];
    const { code, stdout, stderr } = await command(given, { cwd });
    assertEquals([code, stdout], [0, "same\n"], stderr);
  });
  await t.step("a difference", async () => {
    const changed = ["--components-map", "greet=echo.wasm"];
    const { code, stdout, stderr } = await command(["replay", "ada", ...changed, ...cache], { cwd });
    const text = 'demo/greet: outputs.name was absent when it was recorded, and is "Ada" now\n';
    assertEquals([code, stdout], [6, text], stderr);
  });
  await t.step("a difference as JSON", async () => {
    const changed = [
      "--components-map",
      `greet=${cwd}/echo.wasm`,
      "--json",
      "--artifacts-dir",
      `${cwd}/replay`,
    ];
    const { code, stdout } = await callMain(["replay", `${cwd}/ada`, ...changed]);
    const { same, difference, recorded, run }: JsonObject = JSON.parse(stdout);
    assertEquals([code, same, recorded], [6, false, `${cwd}/ada`]);
    assertEquals((difference as JsonObject).place, "demo/greet");
    assertEquals((run as JsonObject).status, "Failure");
  });
  await t.step("too few permissions", async () => {
    const { code, stderr } = await command(["replay", "ada", ...cache], {
      cwd,
      permissions: ["--allow-read=ada"],
    });
    assertEquals(code, 4);
    assert(stderr.includes("--allow-write=.greentic"), stderr);
  });
});

Deno.test("replayRun() rejects when its record cannot be made", async () => {
  await using temp = await tempFolder();
  const { dir, pack } = await recorded(temp);
  await Deno.writeTextFile(`${temp.path}/file`, "");
  const error = await assertRejects(
    () => replayRun(dir, { pack, artifactsDir: `${temp.path}/file/run` }),
    RunnerError,
  );
  assertEquals(error.code, "artifacts.write");
});

Deno.test("A secret that is a word of the run itself neither changes what is kept of it nor how it goes on", async (t) => {
  await using temp = await tempFolder();
  // The id of the flow and of the team, and values of options.
  for (const word of ["order", "default", "worker", "snapshot"]) {
    await t.step(word, async () => {
      const secrets = { values: { WORD: word } };
      const dir = `${temp.path}/${word}`;
      const asked = await runPack(packPath("order.gtpack"), {
        secrets,
        record: true,
        artifactsDir: dir,
        cacheDir: CACHE,
      });
      assertEquals(asked.status, "waiting");
      const { difference } = await replayRun(dir, { secrets: secrets.values, artifactsDir: `${dir}-replay` });
      assertEquals(difference, null);
      const rest = await resumeRun(dir, { secrets, input: { dish: "soup" }, artifactsDir: `${dir}-rest` });
      assertEquals([rest.status, rest.waiting?.reason], ["waiting", "count"]);
    });
  }
});

Deno.test("replayRun() ends a guest that was stopped while it slept as it was ended then", async () => {
  await using temp = await tempFolder();
  const pack = await makePack({
    flows: { main: [{ id: "doze", component: "greedy", operation: "sleep", payload: "5000" }] },
    components: ["greedy"],
  });
  const { status, artifactsDir } = await runPack(pack, {
    limits: { nodeTimeoutMs: 150 },
    record: true,
    artifactsDir: `${temp.path}/recorded`,
    cacheDir: CACHE,
  });
  const { result, difference } = await replayRun(artifactsDir, { pack, artifactsDir: `${temp.path}/replay` });
  assertEquals([status, result.status, difference], ["timed_out", "timed_out", null]);
});
