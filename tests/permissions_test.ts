/** The permissions that are planned for a pack: flags, sets, reasons, and what nobody grants. */

import { assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../lib/base/errors.ts";
import { transpilerNeeds } from "../lib/component/transpiler.ts";
import { runPack } from "../mod.ts";
import {
  packPermissions,
  permissionsJson,
  type PermissionsOptions,
  type PlannedCommand,
} from "../lib/permissions.ts";
import { makePack, packPath, sharedCache, tempFolder } from "./_helpers.ts";
import { component, sources } from "./_sources.ts";
import { write } from "./pack/_packs.ts";

const SOURCES = packPath("../sources/hello");
const DEMO = packPath("demo.gtpack"), ORDER = packPath("order.gtpack"), KINDS = packPath("kinds.gtpack");
const [PACKAGES = ""] = transpilerNeeds().flatMap((need) => need.name === "read" ? [need.path] : []);

async function flagsOf(source: Parameters<typeof packPermissions>[0], options: PermissionsOptions = {}) {
  return (await packPermissions(source, options)).flags;
}

Deno.test({
  name:
    "packPermissions() plans a run whose components are prepared, and preparing them, from the pack alone",
  permissions: { read: [DEMO] },
  async fn() {
    const plan = await packPermissions(DEMO);
    assertEquals(permissionsJson(plan), {
      command: "run",
      flags: [`--allow-read=${DEMO},.greentic`, "--allow-write=.greentic/runs"],
      line: `--allow-read=${DEMO},.greentic --allow-write=.greentic/runs`,
      permissions: { greentic: { read: [DEMO, ".greentic"], write: [".greentic/runs"] } },
      warmup: {
        command: `greentic-runner cache warmup ${DEMO}`,
        flags: [
          `--allow-read=${DEMO},.greentic/cache,${PACKAGES}`,
          "--allow-write=.greentic/cache",
          "--ignore-env",
        ],
        line: `--allow-read=${DEMO},.greentic/cache,${PACKAGES} --allow-write=.greentic/cache --ignore-env`,
        permissions: {
          "greentic-warmup": {
            read: [DEMO, ".greentic/cache", PACKAGES],
            write: [".greentic/cache"],
            env: { ignore: true },
          },
        },
      },
      reasons: [
        { flag: `--allow-read=${DEMO}`, why: "The pack is read", from: "PACK" },
        {
          flag: "--allow-read=.greentic/runs",
          why: "The record of the run is put in place there",
          from: "--artifacts-dir",
        },
        {
          flag: "--allow-write=.greentic/runs",
          why: "The record of the run is written",
          from: "--artifacts-dir",
        },
        {
          flag: "--allow-read=.greentic/cache",
          why: "Prepared components are taken from it",
          from: "--cache-dir: component greet of flow demo, component host-user of flow demo",
        },
      ],
      notes: [{
        message: "Component host-user may send requests, and no host is allowed",
        place: "components/host-user.wasm",
        hint: "Add --allow https://HOST",
      }],
    });
  },
});

Deno.test({
  name: "packPermissions() may not plan what it may not read",
  permissions: { read: [DEMO] },
  async fn(t) {
    const table: [source: string, options: PermissionsOptions, hint: string][] = [
      ["a.gtpack", {}, "Add --allow-read=a.gtpack"],
      ["sources", {}, "Add --allow-read=sources --ignore-env"],
      ["runs/1", { command: "replay" }, "Add --allow-read=runs/1"],
      [DEMO, { components: { map: "map.json" } }, "Add --allow-read=map.json"],
    ];
    for (const [source, options, hint] of table) {
      await t.step(hint, async () => {
        const error: RunnerError = await assertRejects(() => packPermissions(source, options), RunnerError);
        assertEquals([error.code, error.hint], ["permission.missing", hint]);
      });
    }
  },
});

Deno.test("packPermissions() plans what options name", async (t) => {
  const base = [`--allow-read=${ORDER},.greentic`, "--allow-write=.greentic/runs"];
  const table: [name: string, options: PermissionsOptions, flags: string[]][] = [
    ["nothing", {}, base],
    ["an input", { alsoRead: ["in.json"] }, [`--allow-read=${ORDER},in.json,.greentic`, base[1]!]],
    ["trust, keys and files", { trust: ["ab".repeat(32), "keys"] }, [
      `--allow-read=${ORDER},keys,.greentic`,
      base[1]!,
    ]],
    ["hosts", { allow: ["https://a.example", "http://127.0.0.1:8080"] }, [
      ...base,
      "--allow-net=a.example:443,127.0.0.1:8080",
    ]],
    [
      "hosts for which recordings stand in",
      { allow: ["https://a.example"], mocks: { http: { mode: "replay", dir: "rec" } } },
      [`--allow-read=${ORDER},rec,.greentic`, base[1]!],
    ],
    ["secrets", { secrets: { files: ["a.env", "b.yaml"], environment: ["TOKEN"] } }, [
      `--allow-read=${ORDER},a.env,b.yaml,.greentic`,
      base[1]!,
      "--allow-env=TOKEN",
      "--ignore-env",
    ]],
    ["state", { state: { file: "s.db" } }, [
      `--allow-read=${ORDER},s.db,.greentic`,
      "--allow-write=s.db,.greentic/runs",
    ]],
    [
      "folders",
      {
        wasi: { dirs: [{ host: "d", guest: "/d" }, { host: "e", guest: "/e", readOnly: true }] },
        artifactsDir: "out",
      },
      [`--allow-read=${ORDER},d,e,out,.greentic/cache`, "--allow-write=d,out"],
    ],
    ["a collector", { otlp: { endpoint: "https://o.example/v1" } }, [...base, "--allow-net=o.example:443"]],
    ["no cache, and nothing to prepare", { cacheDir: null, artifactsDir: "out" }, [
      `--allow-read=${ORDER},out`,
      "--allow-write=out",
    ]],
  ];
  for (const [name, options, flags] of table) {
    await t.step(name, async () => assertEquals(await flagsOf(ORDER, options), flags));
  }
  await t.step("no cache, and components to prepare", async () => {
    const { flags, warmup } = await packPermissions(DEMO, { cacheDir: null, artifactsDir: "out" });
    assertEquals(flags, [`--allow-read=${DEMO},out,${PACKAGES}`, "--allow-write=out", "--ignore-env"]);
    assertEquals(warmup, null);
  });
  await t.step("a cache that is kept elsewhere is only read", async () => {
    assertEquals(await flagsOf(DEMO, { cacheDir: "kept" }), [
      `--allow-read=${DEMO},.greentic/runs,kept`,
      "--allow-write=.greentic/runs",
    ]);
  });
});

Deno.test("packPermissions() plans no build of a file", async () => {
  const error = await assertRejects(() => packPermissions(DEMO, { command: "build" }), RunnerError);
  assertEquals([error.code, error.place, error.hint], [
    "option.invalid",
    DEMO,
    "Name the folder with pack.yaml",
  ]);
});

Deno.test("packPermissions() plans every command", async (t) => {
  const table: [command: PlannedCommand, options: PermissionsOptions, flags: string[], warms: boolean][] = [
    ["run", {}, [`--allow-read=${DEMO},.greentic`, "--allow-write=.greentic/runs"], true],
    ["doctor", {}, [`--allow-read=${DEMO},.greentic`, "--allow-write=.greentic/runs"], true],
    ["resume", {}, [`--allow-read=${DEMO},.greentic`, "--allow-write=.greentic/runs"], true],
    [
      "replay",
      { allow: ["https://a.example"] },
      [`--allow-read=${DEMO},.greentic`, "--allow-write=.greentic/runs"],
      true,
    ],
    ["verify", { trust: ["keys"] }, [`--allow-read=${DEMO},keys`], false],
    ["lint", {}, [`--allow-read=${DEMO}`], false],
    ["inspect", {}, [`--allow-read=${DEMO}`], false],
    ["report", {}, ["--allow-read=.greentic/runs", "--allow-write=.greentic/runs"], false],
    ["build", { out: "out/a.gtpack", key: "a.key" }, [
      `--allow-read=${SOURCES},a.key,out`,
      "--allow-write=out",
      "--ignore-env",
    ], false],
    ["sign", { out: "out/a.gtpack", key: "a.key" }, [
      `--allow-read=${DEMO},a.key,out`,
      "--allow-write=out",
    ], false],
    ["cache-warmup", {}, [
      `--allow-read=${DEMO},.greentic/cache,${PACKAGES}`,
      "--allow-write=.greentic/cache",
      "--ignore-env",
    ], false],
  ];
  for (const [command, options, flags, warms] of table) {
    await t.step(command, async () => {
      const plan = await packPermissions(command === "build" ? SOURCES : DEMO, { ...options, command });
      assertEquals([plan.command, plan.flags, plan.warmup !== null], [command, flags, warms]);
    });
  }
  await t.step("no other", async () => {
    const wrong = { command: "fly" } as unknown as PermissionsOptions;
    const error: RunnerError = await assertRejects(() => packPermissions(DEMO, wrong), RunnerError);
    assertEquals(error.code, "option.invalid");
  });
});

Deno.test("packPermissions() plans for what is no archive", async (t) => {
  await using folder = await sources({
    "my/pack.yaml": "pack_id: made\nversion: 0.1.0\n",
    "my/flows/main.ygtc": "id: main\ntype: job\nnodes:\n  say:\n    emit.response: {text: hi}\n",
    "greet.wasm": await component("greet"),
  });
  const { path } = folder;
  const own = [".greentic", "--allow-write=.greentic/runs"];
  await t.step("sources", async () => {
    assertEquals(await flagsOf(`${path}/my`), [
      `--allow-read=${path}/my,${own[0]}`,
      own[1]!,
      "--ignore-env",
    ]);
  });
  await t.step("a flow", async () => {
    const flow = `${path}/my/flows/main.ygtc`;
    assertEquals(await flagsOf(flow), [
      `--allow-read=${flow},${flow}.resolve.summary.json,${own[0]}`,
      own[1]!,
      "--ignore-env",
    ]);
  });
  await t.step("a component that is inspected", async () => {
    const plan = await packPermissions(`${path}/greet.wasm`, { command: "inspect" });
    assertEquals(plan.flags, [`--allow-read=${path}/greet.wasm,.greentic/cache`]);
    assertEquals(plan.warmup?.flags.at(-1), "--ignore-env");
  });
  await t.step("bytes", async () => {
    assertEquals(await flagsOf(await Deno.readFile(DEMO)), [
      "--allow-read=.greentic",
      "--allow-write=.greentic/runs",
    ]);
  });
  await t.step("hints that are inspected", async () => {
    const pack = await makePack({ flows: {}, assets: { "bindings.hints.yaml": "network: {allow: []}" } });
    await write(`${path}/hints.gtpack`, pack);
    assertEquals(await flagsOf(`${path}/hints.gtpack`, { command: "inspect" }), [
      `--allow-read=${path}/hints.gtpack`,
      "--ignore-env",
    ]);
  });
});

Deno.test("packPermissions() tells who in the pack asks, and for which hosts nobody has allowed", async () => {
  const options = { entryFlow: "host", secrets: { environment: ["DEMO_TOKEN"] } };
  const { notes, reasons } = await packPermissions(KINDS, options);
  assertEquals(notes, [
    {
      message: "Component host-user may send requests, and no host is allowed",
      place: "components/host-user.wasm",
      hint: "Add --allow https://example.com",
    },
    {
      message: "https://example.com is not allowed",
      place: "flow host",
      hint: "Add --allow https://example.com",
    },
  ]);
  assertEquals(reasons.filter(({ flag }) => flag.includes("env")), [{
    flag: "--allow-env=DEMO_TOKEN",
    why: "A secret is read from it",
    from: "--secret-env: secret DEMO_TOKEN",
  }]);
  const allowed = await packPermissions(KINDS, { ...options, allow: ["https://example.com"] });
  assertEquals(allowed.notes, []);
  assertEquals(allowed.reasons.filter(({ flag }) => flag.includes("net")), [{
    flag: "--allow-net=example.com:443",
    why: "Guests may send requests there",
    from: "--allow: flow host, component host-user",
  }]);
  const recorded = await packPermissions(KINDS, {
    ...options,
    mocks: { http: { mode: "replay", dir: "rec" } },
  });
  assertEquals(recorded.reasons.filter(({ flag }) => flag === "--allow-read=rec").map(({ from }) => from), [
    "--mocks, --recordings: component host-user",
  ]);
});

Deno.test("packPermissions() plans for a run that waits and for one that was recorded", async () => {
  await using temp = await tempFolder();
  const cacheDir = sharedCache(), waited = `${temp.path}/waited`;
  await runPack(ORDER, { artifactsDir: waited, cacheDir, record: true });
  assertEquals(await flagsOf(waited, { command: "resume" }), [
    `--allow-read=${ORDER},${waited},.greentic/runs,${cacheDir}`,
    "--allow-write=.greentic/runs",
  ]);
  assertEquals(
    await flagsOf(`${waited}/snapshot.json`, { command: "resume", pack: DEMO, entryFlow: "demo" }),
    [
      `--allow-read=${DEMO},${waited}/snapshot.json,.greentic/runs,${cacheDir}`,
      "--allow-write=.greentic/runs",
    ],
  );
  const { warmup } = await packPermissions(waited, { command: "resume", pack: DEMO, entryFlow: "demo" });
  assertEquals(
    warmup?.command,
    `greentic-runner cache warmup ${DEMO} --flow demo --cache-dir ${cacheDir}`,
  );
  assertEquals(await flagsOf(waited, { command: "replay", artifactsDir: "again" }), [
    `--allow-read=${ORDER},${waited},again,${cacheDir}`,
    "--allow-write=again",
  ]);
  assertEquals(await flagsOf(waited, { command: "report", out: "out/report.html" }), [
    `--allow-read=${waited},out`,
    "--allow-write=out",
  ]);
});
