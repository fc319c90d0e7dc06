/** What an examination tells of packs, as tables: severity, subject, code, message, place, hint. */

import { transpilerNeeds } from "../lib/component/transpiler.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { JsonObject } from "../lib/base/json.ts";
import { RunnerError } from "../lib/base/errors.ts";
import { warmUpCache } from "../lib/cache.ts";
import { doctorJson, type DoctorOptions, doctorPack, type DoctorReport } from "../lib/doctor.ts";
import { buildPack } from "../lib/pack/build.ts";
import type { ComponentInput } from "../lib/pack/pack_spec.ts";
import { runPack } from "../lib/runner.ts";
import {
  brokenFlow,
  flowDocument,
  makePack,
  type NodeSketch,
  packPath,
  sharedCache,
  tempFolder,
  textsBelow,
} from "./_helpers.ts";
import { component } from "./_sources.ts";
import { newSpec, sourceRow, sourcesExtension, write } from "./pack/_packs.ts";

const CACHE = sharedCache();
/** A cache in which something lies that is of no use here. */
const OTHERS = sharedCache();
Deno.writeTextFileSync(`${OTHERS}/0a.component`, "");
const FINGERPRINT = "10165eb5c99d6e5237f077e6b79e1eed7614d55b7e2857fe95e657c923a9a6cd";
const UNTRUSTED = [
  "warning verification verify.untrusted",
  `Nobody vouched for the key with fingerprint ${FINGERPRINT}`,
  "signatures/pack.sig",
  `Add --trust ${FINGERPRINT}`,
].join(" | ");

/** A report as one line for each finding. */
function lines({ findings }: DoctorReport): string[] {
  return findings.map(({ severity, subject, code, message, place, hint }) =>
    [`${severity} ${subject} ${code}`, message, place ?? "-", hint ?? "-"].join(" | ")
  );
}

/** The lines about one subject; what is unsigned or not in the cache is told of every made pack. */
async function about(
  subject: string,
  pack: Uint8Array | string,
  options: DoctorOptions = {},
): Promise<string[]> {
  const report = await doctorPack(pack, { cacheDir: CACHE, ...options });
  return lines({ ...report, findings: report.findings.filter((finding) => finding.subject === subject) });
}

/** A pack of fixture components with what their records wish of the host, and of one flow that calls the first. */
async function wishing(
  hosts: Readonly<Record<string, JsonObject>>,
  nodes?: readonly NodeSketch[],
): Promise<Uint8Array> {
  const ids = Object.keys(hosts);
  return await buildPack({
    layout: "new",
    id: "made",
    version: "0.1.0",
    createdAt: "2026-01-01T00:00:00Z",
    flows: [{
      id: "main",
      document: flowDocument("main", nodes ?? [{ id: "a", component: ids[0]!, operation: "all" }]),
    }],
    components: await Promise.all(ids.map(async (id): Promise<ComponentInput> => ({
      id,
      version: "0.1.0",
      world: "greentic:component/node@0.5.0",
      bytes: await component(id),
      record: { capabilities: { wasi: {}, host: hosts[id]! } },
    }))),
    assets: new Map(),
  });
}

/** The record of a component that asks for secrets. */
function secrets(...required: JsonObject[]): JsonObject {
  return { secrets: { required } };
}

Deno.test("doctorPack() tells of fixture packs all that there is to tell", async (t) => {
  await using temp = await tempFolder();
  const cacheDir = `${temp.path}/cache`;
  const cold = (path: string, ids: string, flow: string) =>
    `info cache cache.cold | Components are yet to be prepared: ${ids} | ${cacheDir} | ` +
    `greentic-runner cache warmup ${path}${flow} --cache-dir ${cacheDir}`;
  const demo = packPath("demo.gtpack"), kinds = packPath("kinds.gtpack");
  const asker =
    "warning http http.denied | Component host-user may send requests, and no host is allowed | " +
    "components/host-user.wasm | Add --allow ";
  const table: [path: string, entryFlow: string | undefined, expected: string[]][] = [
    [demo, undefined, [UNTRUSTED, `${asker}https://HOST`, cold(demo, "greet, host-user", "")]],
    [kinds, "host", [
      UNTRUSTED,
      "error secret secret.missing | Required secret DEMO_TOKEN is missing | the pack | Add --secret DEMO_TOKEN=…",
      `${asker}https://example.com`,
      "warning http http.denied | https://example.com is not allowed | flow host | Add --allow https://example.com",
      cold(kinds, "host-user, provider", " --flow host"),
    ]],
    [kinds, "greeting", [
      UNTRUSTED,
      "info secret secret.missing | Required secret DEMO_TOKEN is missing, and the flow does not come to need it | " +
      "the pack | Add --secret DEMO_TOKEN=…",
      "info http http.denied | https://example.com is not allowed, and no component of the flow can ask for it | " +
      "flow host | Add --allow https://example.com",
      cold(kinds, "greet", " --flow greeting"),
    ]],
  ];
  for (const [path, entryFlow, expected] of table) {
    await t.step(`${path.replace(/.*\//, "")} ${entryFlow ?? ""}`, async () => {
      const report = await doctorPack(path, { cacheDir, ...(entryFlow === undefined ? {} : { entryFlow }) });
      assertEquals(lines(report), expected);
      assertEquals(report.ok, !expected.some((line) => line.startsWith("error")));
      assertEquals(report.refused, false);
      assertEquals(report.flowId, entryFlow ?? "demo");
    });
  }
  await t.step("nothing was written", async () => assertEquals((await textsBelow(temp.path)).size, 0));
  await t.step("a warm cache", async () => {
    await warmUpCache(demo, { cacheDir });
    const report = await doctorPack(demo, { cacheDir });
    assertEquals(
      lines(report).at(-1),
      `info cache cache.warm | ${"Everything that the run needs is prepared"} | ${cacheDir} | -`,
    );
    const other = await doctorPack(demo, { cacheDir, limits: { maxMemoryBytes: 64 * 1024 * 1024 } });
    assertEquals(lines(other).at(-1), cold(demo, "greet, host-user", ""));
  });
  await t.step("no cache", async () => {
    const report = await doctorPack(demo, { cacheDir: null });
    assertEquals(
      lines(report).at(-1),
      "info cache cache.cold | Components are prepared in this run and kept nowhere | - | -",
    );
  });
});

Deno.test("doctorPack() tells why a pack is refused, and nothing of what is in it", async (t) => {
  const unsigned = await makePack({
    components: ["greet"],
    flows: { main: [{ id: "a", component: "greet", operation: "greet" }] },
  });
  const tampered = unsigned.slice();
  const at = new TextDecoder("latin1").decode(tampered).indexOf("\0asm");
  await using temp = await tempFolder();
  const file = await write(`${temp.path}/made.gtpack`, unsigned);
  await t.step("by any policy", async () => {
    assert(at > 0, "the component is stored as it is");
    tampered[at + 40]! ^= 1;
    const report = await doctorPack(tampered);
    assertEquals([report.ok, report.refused, report.id, report.flowId], [false, true, null, null]);
    assert(
      report.findings.every(({ severity, subject }) => severity === "error" && subject === "verification"),
    );
  });
  await t.step("by this policy", async () => {
    const report = await doctorPack(file, { signing: "strict" });
    assertEquals([report.refused, lines(report)], [true, [
      "error verification verify.unsigned | Policy strict refuses the pack: the pack is not signed | signatures/pack.sig | " +
      "Sign the pack, or use the policy devok",
    ]]);
  });
  await t.step("and by this one not, visibly", async () => {
    assertEquals(await about("verification", file), [
      `warning verification verify.unsigned | The pack is not signed | signatures/pack.sig | greentic-runner sign ${file} --key FILE`,
    ]);
    assertEquals(await about("verification", unsigned), [
      "warning verification verify.unsigned | The pack is not signed | signatures/pack.sig | -",
    ]);
  });
  await t.step("sources, which cannot be signed", async () => {
    const folder = packPath("../sources/hello");
    assertEquals(await about("verification", folder), [
      "warning verification verify.unsigned | The pack is not signed | signatures/pack.sig | -",
    ]);
  });
  await t.step("sources that no pack can be built from", async () => {
    await write(`${temp.path}/sources/pack.yaml`, "version: [");
    const report = await doctorPack(`${temp.path}/sources`);
    assertEquals([report.ok, report.refused], [false, true]);
    const [told = ""] = lines(report);
    assert(told.startsWith(`error verification yaml.invalid | pack.yaml:1: `), told);
    assert(told.includes(` | ${temp.path}/sources | `), told);
  });
});

Deno.test("doctorPack() throws where there is nothing to examine", async (t) => {
  const demo = packPath("demo.gtpack");
  const table: [name: string, source: string, options: DoctorOptions, code: string][] = [
    ["no pack", "absent.gtpack", {}, "pack.not_found"],
    ["a wrong option", demo, { templates: "loose" as "strict" }, "option.invalid"],
    ["an unknown option", demo, { flow: "x" } as DoctorOptions, "option.invalid"],
    ["an operation for a pack", demo, { operation: "x" }, "option.invalid"],
    ["a key that is none", demo, { trust: ["ab"] }, "trust.invalid"],
    ["an abort", demo, { signal: AbortSignal.abort() }, "run.cancelled"],
  ];
  for (const [name, source, options, code] of table) {
    await t.step(name, async () => {
      const error: RunnerError = await assertRejects(() => doctorPack(source, options), RunnerError);
      assertEquals(error.code, code);
    });
  }
});

Deno.test("doctorPack() tells what is wrong with the flow that would run, and of others as warnings", async (t) => {
  const say: NodeSketch = { id: "say", component: "emit.response" };
  const pack = await makePack({
    flows: {
      main: [{ ...say, id: "call", component: "flow.call", payload: { flow: "called" } }],
      called: [{ id: "x", component: "absent", operation: "y" }],
      fine: [say],
    },
    documents: {
      broken: brokenFlow("broken"),
    },
  });
  const broken = "flow.routing";
  const nowhere = "node.component";
  const table: [name: string, options: DoctorOptions, errors: string[], warnings: string[]][] = [
    ["a flow that calls a bad one", { entryFlow: "main" }, [nowhere], [broken]],
    ["a flow that reaches neither", { entryFlow: "fine" }, [], [broken, nowhere]],
    ["a broken flow", { entryFlow: "broken" }, [broken], [nowhere]],
    ["a flow that is not there", { entryFlow: "nope" }, ["flow.not_found"], [broken, nowhere]],
    ["an entrypoint that is not there", { entryFlow: "fine", entrypoint: "nope" }, ["flow.entrypoint"], [
      broken,
      nowhere,
    ]],
    ["a node that is not there", { entryFlow: "fine", entryNode: "nope" }, ["flow.entrypoint"], [
      broken,
      nowhere,
    ]],
    ["a parameter that is not there", { entryFlow: "fine", parameters: { x: 1 } }, ["option.invalid"], [
      broken,
      nowhere,
    ]],
  ];
  for (const [name, options, errors, warnings] of table) {
    await t.step(name, async () => {
      const { ok, findings } = await doctorPack(pack, { cacheDir: CACHE, ...options });
      const codes = (severity: string) =>
        findings.filter((one) => one.subject === "flow" && one.severity === severity).map(({ code }) => code)
          .sort();
      assertEquals([codes("error"), codes("warning")], [errors, warnings.toSorted()]);
      assertEquals(ok, errors.length === 0);
    });
  }
});

Deno.test("doctorPack() asks for variables that the flow requires", async () => {
  const pack = "id: main\ntype: job\nparameters: {vars_init: {who: {required: true}}}\n" +
    "nodes:\n  say:\n    emit.response: {text: hi}\n";
  await using temp = await tempFolder();
  const path = await write(`${temp.path}/main.ygtc`, pack);
  const [told] = await about("flow", path);
  assertEquals(
    told,
    "error flow flow.variable | Flow requires variables that are not given: who | flow main | Add --parameter who=VALUE",
  );
  assertEquals(await about("flow", path, { parameters: { who: "Ada" } }), []);
});

Deno.test("doctorPack() tells what components lack, and where that matters", async (t) => {
  const call = (id: string): NodeSketch[] => [{ id: "a", component: id, operation: "x" }];
  const pack = await makePack({
    components: ["greet", "wants-more", "no-world", "core-module"],
    flows: {
      fine: call("greet"),
      wants: call("wants-more"),
      world: call("no-world"),
      core: call("core-module"),
    },
  });
  const wants = (severity: string, more = "") => [
    `${severity} component component.import_missing | Component imports what nobody offers here: acme:unknown/api@1.0.0${more} | ` +
    "components/wants-more.wasm | Remove the import, or build a pack with a component that exports it",
    `${severity} component component.import_missing | Component imports what nobody offers here: greentic:http/http-client@9.0.0${more} | ` +
    "components/wants-more.wasm | Rebuild against greentic:http/http-client@1.1.0, which is offered",
  ];
  const start = (severity: string, ...words: string[]) => ({ severity, words });
  await t.step("imports, in the flow", async () => {
    const told = await about("component", pack, { entryFlow: "wants" });
    assertEquals(told.slice(0, 2), wants("error"));
  });
  await t.step("imports, beside the flow", async () => {
    const told = await about("component", pack, { entryFlow: "fine" });
    assertEquals(told.slice(0, 2), wants("warning", " (the flow does not reach it)"));
    assert(told.every((line) => line.startsWith("warning")), told.join("\n"));
  });
  for (
    const { severity, words: [flow, code] } of [
      start("error", "world", "component.world"),
      start("error", "core", "component.not_component"),
    ]
  ) {
    await t.step(code!, async () => {
      const [told] = await about("component", pack, { entryFlow: flow! });
      assert(told!.startsWith(`${severity} component ${code} | `), told);
    });
  }
  await t.step("a component that is linked need not be callable", async () => {
    const linked = await makePack({ components: ["adapter", "router"], flows: { main: call("adapter") } });
    const report = await doctorPack(linked, { cacheDir: `${CACHE}/absent` });
    assertEquals(report.findings.map(({ subject, message }) => `${subject}: ${message}`), [
      "verification: The pack is not signed",
      "cache: Components are yet to be prepared: adapter, router",
    ]);
  });
  await t.step("what is linked belongs to the run, and what is not reached does not", async () => {
    const state = { state: { read: true } };
    const linked = await wishing({
      adapter: {},
      router: state,
      "host-user": { ...state, http: { client: true } },
    });
    assertEquals(await about("component", linked), []);
    assertEquals(await about("http", linked), []);
    assertEquals(await about("state", linked), [
      "info state state.used | Component router may read state, which is kept in memory, for this run | components/router.wasm | -",
    ]);
    const greets = await wishing({ greet: {}, router: {}, adapter: {} });
    assertEquals(await about("component", greets), []);
  });
  await t.step("a component that is nowhere", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const extensions = sourcesExtension([sourceRow(digest, "remote")]);
    const told = await about("component", await buildPack(newSpec({ components: [], extensions })));
    assertEquals(told.length, 1, told.join("\n"));
    assert(told[0]!.startsWith("error component pack.missing_entry | "), told[0]);
    const flows = [{
      id: "main",
      document: flowDocument("main", [{ id: "say", component: "emit.response" }]),
    }];
    const beside = await about("component", await buildPack(newSpec({ components: [], extensions, flows })));
    assertEquals(beside.length, 1, beside.join("\n"));
    assert(beside[0]!.startsWith("warning component pack.missing_entry | "), beside[0]);
  });
  await t.step("a component without a pack", async () => {
    const report = await doctorPack({ name: "greet.wasm", bytes: await component("greet") }, {
      cacheDir: CACHE,
    });
    const [told] = lines(report).filter((line) => line.startsWith("error"));
    assert(
      told!.startsWith('error flow option.invalid | The operation of component "greet" is not named | '),
      told,
    );
    assertEquals(report.findings.at(-1)?.message, "Components are yet to be prepared: greet");
  });
  await t.step("a component that never ends its start is not started", async () => {
    const spin = await makePack({ components: ["spin-start"], flows: { main: call("spin-start") } });
    assertEquals((await doctorPack(spin, { cacheDir: CACHE })).ok, true);
  });
});

Deno.test("doctorPack() tells of every secret who asks, where it is, and whether the run needs it", async (t) => {
  await using temp = await tempFolder();
  const file = await write(`${temp.path}/secrets.env`, "FILED=long enough\n");
  const bad = await write(`${temp.path}/bad.json`, "{");
  await Deno.chmod(file, 0o600);
  await Deno.chmod(bad, 0o600);
  const pack = await wishing({
    "host-user": secrets({ key: "TOKEN", description: "From\nsomebody" }, { key: "NICE", required: false }, {
      key: "FILED",
    }),
    provider: secrets({ key: "OTHER" }),
  });
  const missing = (severity: string, kind: string, rest: string, by = "host-user") => {
    const [key] = rest.split(" ");
    return `${severity} secret secret.missing | ${kind} secret ${rest} | ${by} | Add --secret ${key}=…`;
  };
  const found = (key: string, from: string, kind = "Required") =>
    `info secret secret.found | ${kind} secret ${key} is there, from ${from} | host-user | -`;
  const nice = missing("info", "Optional", "NICE is missing");
  const other = missing(
    "info",
    "Required",
    "OTHER is missing, and the flow does not come to need it",
    "provider",
  );
  const token = (severity: string) => missing(severity, "Required", "TOKEN is missing: From somebody");
  const filed = (severity: string) => missing(severity, "Required", "FILED is missing");
  const table: [name: string, options: DoctorOptions, expected: string[]][] = [
    ["nothing is given", {}, [token("error"), filed("error"), nice, other]],
    ["all may be missing", { secrets: { allowMissing: true } }, [
      token("warning"),
      filed("warning"),
      nice,
      other,
    ]],
    ["values and files", { secrets: { values: { TOKEN: "long enough" }, files: [file] } }, [
      found("TOKEN", "the values that are given"),
      nice,
      found("FILED", "a file"),
      other,
    ]],
    ["a mock", { mocks: { secrets: { map: { TOKEN: "long enough", FILED: "long enough", NICE: "abc" } } } }, [
      'warning secret secrets.exposed | Secret "NICE" has less than 4 characters, and records do not hide it | - | ' +
      "Give a longer one, unless it is made up",
      found("TOKEN", "a mock"),
      found("NICE", "a mock", "Optional"),
      found("FILED", "a mock"),
      other,
    ]],
  ];
  for (const [name, options, expected] of table) {
    await t.step(name, async () => assertEquals(await about("secret", pack, options), expected));
  }
  await t.step("a file that cannot be read", async () => {
    const told = await about("secret", pack, { secrets: { files: [bad] } });
    assertEquals(told.map((line) => line.split(" | ")[0]), [
      "error secret secrets.invalid",
      ...["warning secret secret.missing", "warning secret secret.missing"],
      ...["info secret secret.missing", "info secret secret.missing"],
    ]);
    assert(told[1]!.includes("TOKEN is not in what can be read"), told[1]);
  });
  await t.step("no value is told", async () => {
    const report = await doctorPack(pack, { secrets: { values: { TOKEN: "hunter2000" }, files: [file] } });
    assert(!/hunter2000|long enough/.test(JSON.stringify(doctorJson(report))));
  });
});

Deno.test("doctorPack() compares hosts that are named with those that are allowed", async (t) => {
  const node: NodeSketch = {
    id: "a",
    component: "greet",
    operation: "x",
    payload: { url: "https://A.example/path" },
  };
  const greets = await wishing({ greet: { http: { client: true } } }, [node]);
  const mute = await wishing({ greet: {} }, [node]);
  const host = "https://a.example", asker = "Component greet may send requests";
  const recordings = "/nowhere/recordings";
  const table: [name: string, pack: Uint8Array, options: DoctorOptions, expected: string[]][] = [
    ["nothing is allowed", greets, {}, [
      `warning http http.denied | ${asker}, and no host is allowed | components/greet.wasm | Add --allow ${host}`,
      `warning http http.denied | ${host} is not allowed | flow main | Add --allow ${host}`,
    ]],
    ["another is allowed", greets, { allow: ["https://b.example"] }, [
      `warning http http.denied | ${host} is not allowed | flow main | Add --allow ${host}`,
      `info http http.used | ${asker}: allowed hosts are asked | components/greet.wasm | -`,
    ]],
    ["it is allowed", greets, { allow: [host] }, [
      `info http http.used | ${asker}: allowed hosts are asked | components/greet.wasm | -`,
      `info http http.allowed | ${host} is allowed | flow main | -`,
    ]],
    ["the host is on the mocks' list", greets, { mocks: { netAllowlist: ["a.example"] } }, [
      `info http http.used | ${asker}: allowed hosts are asked | components/greet.wasm | -`,
      `info http http.allowed | ${host} is allowed | flow main | -`,
    ]],
    ["recordings answer", greets, { mocks: { http: { mode: "lockdown", dir: recordings } } }, [
      `info http http.used | ${asker}: recordings alone answer | components/greet.wasm | -`,
      `info http http.allowed | ${host} is answered from recordings alone | flow main | -`,
    ]],
    ["recordings and servers answer", greets, { mocks: { http: { dir: recordings } } }, [
      `warning http http.denied | ${asker}, and no host is allowed | components/greet.wasm | Add --allow ${host}`,
      `warning http http.denied | ${host} is not allowed | flow main | Add --allow ${host}`,
    ]],
    ["nobody can ask", mute, {}, [
      `info http http.denied | ${host} is not allowed, and no component of the flow can ask for it | flow main | Add --allow ${host}`,
    ]],
  ];
  for (const [name, pack, options, expected] of table) {
    await t.step(name, async () => assertEquals(await about("http", pack, options), expected));
  }
  await t.step("hints of the pack", async () => {
    const hints = 'network: {allow: [b.example, "*.c.example"]}';
    const pack = await makePack({
      components: ["host-user"],
      flows: { main: [{ ...node, component: "host-user", payload: {} }] },
      assets: { "bindings.hints.yaml": hints },
    });
    const told = await about("http", pack, { allow: ["http://b.example"] });
    assertEquals(told.slice(0, 1), [
      'warning http option.invalid | "*.c.example" is no host that can be allowed | assets/bindings.hints.yaml | -',
    ]);
    assertEquals(
      told.at(-1),
      "info http http.allowed | b.example is allowed | assets/bindings.hints.yaml | -",
    );
    const [, , denied] = await about("http", pack, { allow: ["https://a.example"] });
    assert(denied !== undefined);
    assert((await about("http", pack)).includes(
      "warning http http.denied | b.example is not allowed | assets/bindings.hints.yaml | Add --allow https://b.example",
    ));
  });
  await t.step("recordings that are damaged", async () => {
    await using temp = await tempFolder();
    await write(`${temp.path}/x.json`, "{");
    const told = await about("http", greets, { mocks: { http: { mode: "replay", dir: temp.path } } });
    assert(told[0]!.startsWith("error http recording.invalid | "), told[0]);
  });
});

Deno.test("doctorPack() tells what workers without permissions take", async () => {
  const told = async (options: DoctorOptions) =>
    (await doctorPack(packPath("demo.gtpack"), options)).findings.filter(({ code }) =>
      code === "isolation.sandboxed"
    ).map(({ severity, hint }) => [severity, hint]);
  assertEquals(await told({ isolation: "sandboxed" }), [[
    "warning",
    "Start Deno with --unstable-worker-options",
  ]]);
  assertEquals(await told({}), []);
});

Deno.test("doctorPack() tells who may keep state, and what is wrong with files and folders", async () => {
  await using temp = await tempFolder();
  const pack = await wishing({ "host-user": { state: { read: true, write: true } } });
  const wish = "info state state.used | Component host-user may read and write state, which is kept ";
  const place = " | components/host-user.wasm | -";
  assertEquals(await about("state", pack), [`${wish}in memory, for this run${place}`]);
  const good = `${temp.path}/state.db`,
    bad = await write(`${temp.path}/bad.db`, "no database, and not a short one".repeat(9));
  assertEquals(await about("state", pack, { state: { file: good } }), [`${wish}in ${good}${place}`]);
  const [fault] = await about("state", pack, { state: { file: bad } });
  assert(fault!.startsWith("error state state.file | "), fault);
  const [absent] = await about("state", pack, { state: { file: `${temp.path}/none/state.db` } });
  assert(absent!.includes(`cannot be made: folder "${temp.path}/none" does not exist`), absent);
  assertEquals(await about("state", pack, { state: { file: bad }, mocks: { state: true, kv: true } }), [
    `${wish}in memory, for this run${place}`,
  ]);
  const dirs = [{ host: `${temp.path}/absent`, guest: "/data" }];
  const [folder] = await about("files", pack, { wasi: { dirs } });
  assert(folder!.startsWith("error files option.invalid | "), folder);
  assertEquals(await about("files", pack, { wasi: { dirs: [{ host: temp.path, guest: "/data" }] } }), []);
  assertEquals([...(await textsBelow(temp.path)).keys()], ["bad.db"]);
});

Deno.test("doctorPack() tells of nodes that need a service, until a mock answers them", async () => {
  await using temp = await tempFolder();
  const pack = await makePack({
    flows: { main: [{ id: "a", component: "mcp", payload: { server: "weather", tool: "forecast" } }] },
  });
  const [told, ...others] = await about("service", pack);
  assertEquals(others, []);
  assert(told!.startsWith("warning service node.kind | "), told);
  assert(
    told!.endsWith(
      " | Write its answer as JSON to mocks/tools/weather__forecast.json, and add --mocks mocks.yaml with tools: {dir: mocks/tools}",
    ),
    told,
  );
  const mocks = { tools: { dir: temp.path } };
  const [unanswered] = await about("service", pack, { mocks });
  assert(unanswered!.endsWith(`> ${temp.path}/weather__forecast.json`), unanswered);
  await write(`${temp.path}/weather__forecast.json`, "{}");
  assertEquals(await about("service", pack, { mocks }), []);
});

const DEMO = packPath("demo.gtpack");

/** The folder of packages, from which the transpiler reads its own files. */
const PACKAGES = transpilerNeeds().flatMap((need) => need.name === "read" ? [need.path] : []).join();

Deno.test({
  name: "doctorPack() names the permissions that the run would lack, in one line to paste",
  permissions: { read: [DEMO], write: false, env: false, net: false },
  async fn() {
    const report = await doctorPack(DEMO, {
      allow: ["https://a.example"],
      secrets: { files: ["a.env"], environment: ["TOKEN"] },
      alsoRead: ["input.json"],
    });
    assertEquals(report.ok, false);
    assertEquals(lines(report).filter((line) => !line.includes(" http ")), [
      UNTRUSTED,
      "error permission permission.missing | Deno permissions are missing: " +
      'read "input.json", read "a.env", env "TOKEN", net "a.example:443", read ".greentic/runs", ' +
      `write ".greentic/runs", read ".greentic/cache", write ".greentic/cache", read "${PACKAGES}", env | - | ` +
      `Add --allow-read=input.json,a.env,.greentic,${PACKAGES} --allow-write=.greentic ` +
      "--allow-net=a.example:443 --allow-env=TOKEN --ignore-env",
      "info cache cache.unknown | What is prepared is not known, since the cache may not be read | .greentic/cache | -",
    ]);
  },
});

const EMPTY = sharedCache();

Deno.test({
  name: "doctorPack() asks for what the transpiler needs where the command would",
  permissions: { read: true, write: true, env: false },
  async fn(t) {
    const say: NodeSketch = { id: "say", component: "emit.response" };
    const call: NodeSketch = { id: "a", component: "greet", operation: "greet" };
    const flows = { say: [say], call: [call] };
    const greets = await makePack({ components: ["greet"], flows });
    const mute = await makePack({ flows: { say: [say] } });
    const table: [
      name: string,
      pack: Uint8Array,
      entryFlow: string,
      cacheDir: string | null,
      hint: string | null,
    ][] = [
      ["a component that is not prepared", greets, "call", EMPTY, "Add --ignore-env"],
      ["no cache", greets, "call", null, "Add --ignore-env"],
      [
        "a component that the flow does not reach, and an empty cache",
        greets,
        "say",
        EMPTY,
        null,
      ],
      ["the same, and a cache with others", greets, "say", OTHERS, null],
      ["a cache with others alone", greets, "call", OTHERS, "Add --ignore-env"],
      ["no component", mute, "say", EMPTY, null],
    ];
    for (const [name, pack, entryFlow, cacheDir, hint] of table) {
      await t.step(name, async () => {
        const { findings } = await doctorPack(pack, { entryFlow, cacheDir });
        const denied = findings.find(({ subject }) => subject === "permission");
        assertEquals(denied?.hint ?? null, hint);
      });
    }
  },
});

Deno.test("doctorPack() finds an error exactly where a run does not begin", async (t) => {
  await using temp = await tempFolder();
  const call = (
    id: string,
  ): NodeSketch[] => [{ id: "a", component: id, operation: "greet", payload: { name: "Ada" } }];
  const made = await makePack({
    components: ["greet", "wants-more"],
    flows: { fine: call("greet"), wants: call("wants-more") },
  });
  const asking = await wishing({ "host-user": secrets({ key: "TOKEN" }) });
  const table: [name: string, pack: string | Uint8Array, options: DoctorOptions][] = [
    ["demo", DEMO, {}],
    ["strict", DEMO, { signing: "strict" }],
    ["trusted", DEMO, { signing: "strict", trust: [FINGERPRINT] }],
    ["no such flow", DEMO, { entryFlow: "nope" }],
    ["components that the flow does not reach", made, { entryFlow: "fine" }],
    ["a component without its imports", made, { entryFlow: "wants" }],
    ["a secret that is missing", asking, {}],
    ["a secret that is given", asking, { secrets: { values: { TOKEN: "long enough" } } }],
    ["a secret that may be missing", asking, { secrets: { allowMissing: true } }],
    ["secrets that cannot be read", DEMO, { secrets: { files: [`${temp.path}/absent.env`] } }],
    ["a state file in a folder that is none", DEMO, { state: { file: temp.path } }],
    ["a folder that is none", DEMO, { wasi: { dirs: [{ host: `${temp.path}/absent`, guest: "/x" }] } }],
  ];
  for (const [i, [name, pack, options]] of table.entries()) {
    await t.step(name, async () => {
      const { ok } = await doctorPack(pack, { ...options, cacheDir: CACHE });
      const run = { ...options, cacheDir: CACHE, artifactsDir: `${temp.path}/run-${i}` };
      const began = await runPack(pack, run).then(() => true, () => false);
      assertEquals(ok, began);
    });
  }
});

Deno.test("doctorPack() tells what the run would be, and tells no value that may be secret", async (t) => {
  const plan = async (pack: string | Uint8Array, options: DoctorOptions) =>
    Object.fromEntries(
      (await doctorPack(pack, { cacheDir: null, ...options })).plan.map(({ name, value, source }) => [
        name,
        [value, source],
      ]),
    );
  await t.step("with defaults", async () => {
    assertEquals(await plan(DEMO, {}), {
      pack: [DEMO, "argument"],
      flow: ["demo", "pack"],
      start: ["greet", "pack"],
      input: ["2 characters of JSON", "default"],
      policy: ["devok", "default"],
      tenant: ["local-dev", "default"],
      team: ["default", "default"],
      user: ["developer", "default"],
      session: [null, "made anew"],
      env: ["local", "default"],
      run_directory: [".greentic/runs/<time>_<id>", "default"],
      cache_directory: [null, "option"],
      allow: [[], "default"],
    });
  });
  await t.step("with options", async () => {
    const secret = "hunter2000";
    const told = await plan(DEMO, {
      profile: { userId: "u", maxNodeWallTimeMs: 5 },
      secrets: { values: { TOKEN: secret } },
      state: { set: { k: secret } },
      config: { key: secret },
      wasi: { env: { NAME: secret } },
      otlp: { endpoint: "http://127.0.0.1:1/x?key=hunter2000", headers: { authorization: secret } },
      mocks: { secrets: { map: { OTHER: secret } }, kv: true, http: { mode: "replay", dir: "absent" } },
      seed: 7,
      input: { secret },
      sources: { user: "the settings" },
    });
    assert(!JSON.stringify(told).includes(secret), JSON.stringify(told));
    const names = ["user", "session", "secrets", "state.set", "config", "guest_env", "trace", "mocks"];
    assertEquals(names.map((name) => told[name]), [
      ["u", "the settings"],
      [null, "made of the seed"],
      [["OTHER", "TOKEN"], "option"],
      [["k"], "option"],
      [["key"], "option"],
      [["NAME"], "option"],
      ["http://127.0.0.1:1/x/v1/traces", "option"],
      [["kv"], "option"],
    ]);
    assertEquals([told.recordings, told["limits.nodeTimeoutMs"]], [["replay in absent", "option"], [
      5,
      "option",
    ]]);
  });
  await t.step("of a pack that is refused, as far as options tell", async () => {
    const told = await plan(DEMO, { signing: "strict", entryFlow: "demo" });
    assertEquals([told.flow, told.start, told.policy], [["demo", "option"], [null, "pack"], [
      "strict",
      "option",
    ]]);
  });
});
