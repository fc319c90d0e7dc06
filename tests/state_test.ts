/** State that runs of the command share, what the record says of it, and what it needs. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonObject } from "../mod.ts";
import { exists, makePack, type NodeSketch, tempFolder } from "./_helpers.ts";
import { assertCalm, command, type Ended, namesBelow } from "./cli/_helpers.ts";

const STATE = "greentic:state:local:local-dev:default:developer:runner:";
const OWN = ["--allow-read=p.gtpack,.greentic", "--allow-write=.greentic"];

function call(operation: string, payload: JsonObject): Omit<NodeSketch, "id" | "next"> {
  return { component: "host-user", operation, payload };
}

function chain(...nodes: Omit<NodeSketch, "id" | "next">[]): NodeSketch[] {
  return nodes.map((node, i) => ({
    ...node,
    id: `n${i}`,
    ...(i + 1 < nodes.length ? { next: `n${i + 1}` } : {}),
  }));
}

const WRITES = 12;
const PACK = await makePack({
  flows: {
    swap: chain(
      call("state-write", { key: "{{entry.key}}", value: "{{entry.value}}" }),
      call("state-read", { key: "{{entry.read}}" }),
    ),
    read: chain(call("state-read", { key: "{{entry.read}}" })),
    delete: chain(call("state-delete", { key: "{{entry.key}}" })),
    put: chain(call("kv-put", { key: "k", value: "{{entry.value}}" })),
    get: chain(call("kv-get", { key: "k" })),
    many: chain(
      ...Array.from(
        { length: WRITES },
        (_, i) => call("state-write", { key: `{{entry.name}}${i}`, value: "1" }),
      ),
    ),
  },
  components: ["host-user"],
});

/** Runs flows of the pack in a folder of their own, and reads what each left. */
async function stateFolder() {
  const temp = await tempFolder();
  const cwd = temp.path;
  await Deno.writeFile(`${cwd}/p.gtpack`, PACK);
  await command(["cache", "warmup", "p.gtpack"], { cwd });
  async function run(
    flow: string,
    input: JsonObject,
    flags: readonly string[] = [],
    { permissions = OWN, dir = "one" } = {},
  ): Promise<Ended & { state: JsonObject | null }> {
    const where = ["--artifacts-dir", `.greentic/runs/${dir}`, "--quiet"];
    const args = ["run", "p.gtpack", "--flow", flow, "--input", JSON.stringify(input), ...where, ...flags];
    const done = await command(args, { cwd, permissions });
    assertCalm(done.stderr);
    const file = `${cwd}/.greentic/runs/${dir}/state.json`;
    return { ...done, state: await exists(file) ? JSON.parse(await Deno.readTextFile(file)) : null };
  }
  return { cwd, run, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

/** What `state.json` says of a run that changed this and no more. */
function difference(more: JsonObject): JsonObject {
  return { version: 1, added: {}, changed: {}, removed: {}, redactions: [], ...more };
}

Deno.test("command: runs find in the state file what those before them left", async (t) => {
  await using folder = await stateFolder();
  const { run, cwd } = folder, file = ["--state", ".greentic/s.db"];
  await t.step("a run writes", async () => {
    const { code, stdout, stderr, state } = await run("swap", { key: "a", value: "1", read: "a" }, file);
    assertEquals([code, JSON.parse(stdout)], [0, { found: true, value: "1" }], stderr);
    assertEquals(state, difference({ added: { [`${STATE}a`]: 1 } }));
  });
  await t.step("the next reads, and changes", async () => {
    assertEquals(JSON.parse((await run("read", { read: "a" }, file)).stdout), { found: true, value: "1" });
    const { state } = await run("swap", { key: "a", value: '{"n":2}', read: "a" }, file);
    assertEquals(state, difference({ changed: { [`${STATE}a`]: { before: 1, after: { n: 2 } } } }));
  });
  await t.step("one that changes nothing tells nothing, also where a run before it did", async () => {
    assertEquals((await run("swap", { key: "a", value: '{"n":2}', read: "a" }, file)).state, null);
  });
  await t.step("keys and state are kept apart in one file", async () => {
    const { state } = await run("put", { value: "v" }, file);
    assertEquals(state, difference({ added: { "greentic:kv:local:local-dev:demo:k": "v" } }));
    assertEquals(JSON.parse((await run("get", {}, file)).stdout), { found: true, value: "v" });
  });
  await t.step("another tenant sees none of it", async () => {
    const { stdout } = await run("read", { read: "a" }, [...file, "--tenant", "other"]);
    assertEquals(JSON.parse(stdout).error.code, "not_found");
  });
  await t.step("one deletes", async () => {
    const { state } = await run("delete", { key: "a" }, file);
    assertEquals(state, difference({ removed: { [`${STATE}a`]: { n: 2 } } }));
  });
  await t.step("without the file nothing is kept", async () => {
    await run("swap", { key: "b", value: "1", read: "b" });
    assertEquals(JSON.parse((await run("read", { read: "b" })).stdout).error.code, "not_found");
  });
  assertEquals((await namesBelow(`${cwd}/.greentic`)).filter((name) => name.includes("s.db")), ["s.db"]);
});

Deno.test("command: runs that share a state file at once lose nothing of each other's", async () => {
  await using folder = await stateFolder();
  const { run } = folder, file = ["--state", ".greentic/s.db"];
  const names = ["a", "b", "c"];
  const runs = await Promise.all(names.map((name) => run("many", { name }, file, { dir: name })));
  const keysOf = (name: string) => Array.from({ length: WRITES }, (_, i) => `${STATE}${name}${i}`).sort();
  for (const [i, name] of names.entries()) {
    const { code, stderr, state } = runs[i]!;
    assertEquals(code, 0, stderr);
    assertEquals(state, difference({ added: Object.fromEntries(keysOf(name).map((key) => [key, 1])) }));
  }
  const { state } = await run("read", { read: "a0" }, [...file, "--state-dump"]);
  assertEquals(Object.keys(state?.entries ?? {}), names.flatMap(keysOf));
});

Deno.test("command: --state-set is there before the run, and --state-dump tells all at its end", async (t) => {
  await using folder = await stateFolder();
  const { run, cwd } = folder;
  const seeds = ["--state-set", `seed=${btoa('{"n":1}')}`, "--state-set", `text=${btoa("no json")}`];
  await t.step("in memory", async () => {
    const { stdout, state } = await run("swap", { key: "k", value: "2", read: "seed" }, [
      ...seeds,
      "--state-dump",
    ]);
    assertEquals(JSON.parse(stdout), { found: true, value: '{"n":1}' });
    const entries = { [`${STATE}k`]: 2, [`${STATE}seed`]: { n: 1 }, [`${STATE}text`]: "no json" };
    assertEquals(state, difference({ added: { [`${STATE}k`]: 2 }, entries }));
  });
  await t.step("in a file, where they stay", async () => {
    const file = ["--state", ".greentic/s.db"];
    assertEquals((await run("read", { read: "seed" }, [...file, ...seeds])).state, null);
    assertEquals(JSON.parse((await run("read", { read: "text" }, file)).stdout).value, '"no json"');
  });
  await t.step("what is no Base64 is a usage error, and nothing is written", async () => {
    const { code, stderr } = await run("read", {}, ["--state", "new.db", "--state-set", "k=!"]);
    assertEquals([code, await exists(`${cwd}/new.db`)], [2, false]);
    assertStringIncludes(stderr, "  hint: Write --state-set k=");
  });
});

Deno.test("command: a state file needs itself and nothing else", async (t) => {
  await using folder = await stateFolder();
  const { run, cwd } = folder, file = ["--state", "data.db"];
  await t.step("and says so", async () => {
    const { code, stderr } = await run("read", { read: "a" }, file);
    assertEquals([code, await exists(`${cwd}/data.db`)], [4, false]);
    assertStringIncludes(stderr, "  hint: Add --allow-read=data.db --allow-write=data.db\n");
  });
  const permissions = ["--allow-read=p.gtpack,.greentic,data.db", "--allow-write=.greentic,data.db"];
  await t.step("with that, it is made and used", async () => {
    for (const value of ["1", "2"]) {
      const { code, stderr } = await run("swap", { key: "a", value, read: "a" }, file, { permissions });
      assertEquals(code, 0, stderr);
    }
    assertEquals((await namesBelow(cwd)).filter((name) => name.includes("data.db")), ["data.db"]);
  });
  await t.step("one that is no state file is refused, and stays as it is", async () => {
    await Deno.writeTextFile(`${cwd}/data.db`, "my notes");
    const { code, stderr } = await run("read", { read: "a" }, file, { permissions });
    assertEquals([code, await Deno.readTextFile(`${cwd}/data.db`)], [2, "my notes"], stderr);
    assertStringIncludes(stderr, "error[state.file]: ");
  });
});
