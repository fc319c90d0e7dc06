/**
 * The plan of permissions against what Deno sees: each command runs under exactly the flags that are planned for it, and Deno
 * writes down every access. All of them lie within the flags, and every flag is used.
 */

import { assert, assertEquals } from "@std/assert";
import { isGrantedBy, readAudit, used } from "./_audit.ts";
import { fixtureFolder, pastedFlags, plan, planOf } from "./_permission_folder.ts";
import { assertCalm, command } from "./cli/_helpers.ts";

const ADA = ["--input", '{"name":"Ada"}'];
const GREET = ["run", "main.ygtc", "--components-map", "greet=greet.wasm", ...ADA];

/** One command line, and how it is to be seen. */
interface Row {
  readonly name: string;
  readonly args: readonly string[];
  /** Command lines that are carried out before with all permissions. @default none */
  readonly before?: readonly (readonly string[])[];
  /** Its exit code. @default {0} */
  readonly code?: number;
  /** Its exit code under what it asks for when nothing is granted. @default the same */
  readonly asked?: number;
  /** How often it asks: more than once where a file says what else is read. @default {1} */
  readonly rounds?: number;
  /** Whether no component is prepared before. @default {false} */
  readonly cold?: boolean;
  /** Flags, or words of them, that are granted and not used, with why. @default none */
  readonly unused?: Readonly<Record<string, string>>;
}

/** Why a flag is there although the audit does not show it. */
const EXAMINED = "doctor writes nothing: it asks Deno whether the run might";
const MAY_WRITE = "the guest of this flow writes no file";

/** Every command under its plan. */
function rows(origin: string): Row[] {
  return [
    { name: "run", args: ["run", "demo.gtpack", ...ADA] },
    { name: "run without components", args: ["run", "order.gtpack"] },
    { name: "run without a cache", args: ["run", "demo.gtpack", ...ADA, "--no-cache"] },
    {
      name: "run elsewhere",
      args: [
        ...["run", "./sub/../demo.gtpack", ...ADA, "--artifacts-dir", "out/my run", "--cache-dir", "kept"],
      ],
      before: [["cache", "warmup", "demo.gtpack", "--cache-dir", "kept"]],
    },
    {
      name: "run over links",
      args: [
        ...["run", "linked/demo.gtpack", "--artifacts-dir", "linked/run", "--input", "@linked/in.json"],
        ...["--secrets", "linked/a.env", "--state", "linked/kept.db", "--cache-dir", "linked/kept"],
      ],
      before: [["cache", "warmup", "demo.gtpack", "--cache-dir", "other/kept"]],
    },
    { name: "run of a link", args: ["run", "link.gtpack"] },
    {
      name: "sign a link that leads beside itself",
      args: ["sign", "beside.gtpack", "--dev-sign"],
    },
    {
      name: "sign to a linked folder",
      args: ["sign", "demo.gtpack", "--dev-sign", "-o", "linked/demo.gtpack"],
    },
    {
      name: "sign to a link that leads elsewhere",
      args: ["sign", "demo.gtpack", "--dev-sign", "-o", "sub/link.gtpack"],
      rounds: 2,
    },
    {
      name: "run with inputs from files",
      args: ["run", "order.gtpack", "--input", "@in.json", "--turns", "turns.json"],
    },
    {
      name: "run with secrets",
      args: [
        ...["run", "ask.gtpack", "--flow", "secret", "--secrets", "a.env", "--secrets", "b.yaml"],
        ...["--secret-env", "PLANNED_TOKEN"],
      ],
    },
    {
      name: "run with state",
      args: ["run", "steps.gtpack", "--flow", "store", "--state", "state/kept.db"],
    },
    {
      name: "run with a state file in a component",
      args: ["run", "demo.gtpack", ...ADA, "--state", "state/kept.db"],
    },
    {
      name: "run with hosts",
      args: ["run", "ask.gtpack", "--input", JSON.stringify({ url: `${origin}/x` }), "--allow", origin],
    },
    {
      name: "run with hosts that are recorded",
      args: [
        ...["run", "ask.gtpack", "--input", JSON.stringify({ url: `${origin}/x` }), "--allow", origin],
        ...["--mocks", "record", "--recordings", "rec"],
      ],
    },
    {
      name: "run with recordings alone",
      args: [
        ...["run", "ask.gtpack", "--input", JSON.stringify({ url: `${origin}/x` }), "--allow", origin],
        ...["--mocks", "replay", "--recordings", "rec"],
      ],
    },
    {
      name: "run with a trace",
      args: ["run", "order.gtpack", "--otlp", origin],
    },
    {
      name: "run with a mocks file that names folders",
      args: ["run", "demo.gtpack", ...ADA, "--mocks", "./answers.json"],
      rounds: 2,
    },
    {
      name: "run with answers of services",
      args: ["run", "service.ygtc", "--mocks", "./tools.yaml"],
      rounds: 2,
    },
    {
      name: "replay with answers of services",
      args: ["replay", "taped", "--artifacts-dir", "again"],
      before: [["run", "service.ygtc", "--mocks", "./tools.yaml", "--record", "--artifacts-dir", "taped"]],
      rounds: 2,
    },
    {
      name: "report",
      args: ["report", "ran"],
      before: [["run", "demo.gtpack", ...ADA, "--artifacts-dir", "ran"]],
    },
    {
      name: "report elsewhere",
      args: ["report", "ran/", "-o", "out/run.html"],
      before: [["run", "demo.gtpack", ...ADA, "--artifacts-dir", "ran"]],
    },
    {
      name: "report with a backslash in its name",
      args: ["report", "ran", "-o", "out\\run.html"],
      before: [["run", "demo.gtpack", ...ADA, "--artifacts-dir", "ran"]],
    },
    {
      name: "run with a file that maps components",
      args: ["run", "demo.gtpack", ...ADA, "--components-map", "map.json"],
      rounds: 2,
    },
    {
      name: "run with a mocks file",
      args: ["run", "demo.gtpack", ...ADA, "--mocks", "./mocks.yaml"],
    },
    {
      name: "run with folders",
      args: ["run", "demo.gtpack", ...ADA, "--dir", "files::/files", "--dir", "linked::/linked:ro"],
      unused: { "--allow-write=files": MAY_WRITE },
    },
    { name: "run of a flow", args: GREET },
    { name: "run of sources", args: ["run", "hello", ...ADA] },
    {
      name: "run of a component",
      args: ["run", "greet.wasm", "--op", "greet", ...ADA],
    },
    { name: "run that is recorded", args: ["run", "demo.gtpack", ...ADA, "--record"] },
    {
      name: "resume",
      // Where its pack is, only the run says.
      rounds: 2,
      args: ["resume", ".greentic/runs/asked", "--input", '{"dish":"soup"}'],
      before: [["run", "order.gtpack", "--artifacts-dir", ".greentic/runs/asked"]],
    },
    {
      name: "replay",
      rounds: 2,
      args: ["replay", "taped", "--artifacts-dir", "again"],
      before: [["run", "demo.gtpack", ...ADA, "--record", "--artifacts-dir", "taped"]],
    },
    { name: "verify", args: ["verify", "demo.gtpack", "--trust", "keys"] },
    { name: "verify a flow", args: ["verify", "main.ygtc"] },
    { name: "inspect", args: ["inspect", "demo.gtpack"] },
    { name: "inspect hints", args: ["inspect", "hints.gtpack"] },
    { name: "inspect sources", args: ["inspect", "hello"] },
    { name: "inspect a component", args: ["inspect", "greet.wasm"] },
    { name: "lint", args: ["lint", "demo.gtpack"] },
    { name: "lint sources", args: ["lint", "hello"] },
    {
      name: "doctor",
      args: ["doctor", "demo.gtpack", ...ADA],
      // It asks for what examining takes, and tells what the run would lack.
      asked: 4,
      unused: { "--allow-write=.greentic/runs": EXAMINED },
    },
    { name: "build", args: ["build", "hello", "-o", "out/hello.gtpack"] },
    { name: "sign", args: ["sign", "demo.gtpack", "--key", "keys/a.key", "-o", "out/signed.gtpack"] },
    { name: "cache warmup", args: ["cache", "warmup", "demo.gtpack"], cold: true },
    { name: "run without a cache that is there", args: ["run", "order.gtpack"], cold: true },
  ];
}

Deno.test({
  name: "packPermissions() plans what each command touches: no less, and no more",
  ignore: Deno.build.os === "windows", // links, and paths as other systems write them
  async fn(t) {
    await using server = startServer();
    for (const { name, args, before = [], code = 0, cold = false, unused = {} } of rows(server.origin)) {
      await t.step(name, async () => {
        await using folder = await fixtureFolder({ cold });
        const { cwd } = folder;
        for (const line of before) {
          const done = await command(line, { cwd });
          assertEquals(done.code, 0, done.stderr);
        }
        const flags = await planOf(args, { cwd });
        const env = { PLANNED_TOKEN: "planned token", DENO_AUDIT_PERMISSIONS: folder.audit };
        const done = await command(args, { cwd, permissions: flags, env });
        assertCalm(done.stderr);
        assertEquals(done.code, code, `${flags.join(" ")}\n${done.stderr}`);
        const accesses = await readAudit(folder.audit);
        assert(accesses.length > 0, "Deno wrote its accesses down");
        const beyond = accesses.filter((access) => !isGrantedBy(flags, access, cwd));
        assertEquals(beyond.map(({ permission, value }) => `${permission} ${value}`), []);
        const idle = flags.flatMap((flag) => used(flag, accesses, cwd));
        assertEquals(idle, Object.keys(unused), flags.join(" "));
      });
    }
  },
});

/** A server that answers guests and collectors alike. */
function startServer() {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("{}", { headers: { "content-type": "application/json" } }),
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test({
  name: "no command touches anything before it is sure of its permissions, and each asks once",
  ignore: Deno.build.os === "windows", // links, and paths as other systems write them
  async fn(t) {
    await using server = startServer();
    for (
      const { name, args, before = [], code = 0, asked = code, rounds = 1, cold = false } of rows(
        server.origin,
      )
    ) {
      await t.step(name, async () => {
        await using folder = await fixtureFolder({ cold });
        const { cwd } = folder;
        for (const line of before) assertEquals((await command(line, { cwd })).code, 0);
        const env = { PLANNED_TOKEN: "planned token", DENO_AUDIT_PERMISSIONS: folder.audit };
        const denied = await command(args, { cwd, permissions: [], env });
        assertCalm(denied.stderr);
        assertEquals([denied.code, denied.stdout], [4, ""], denied.stderr);
        assertEquals(await readAudit(folder.audit), []);
        const permissions = pastedFlags(denied.stderr);
        for (let round = 1; round < rounds; round++) {
          const again = await command(args, { cwd, permissions, env });
          assertEquals([again.code, again.stdout], [4, ""], again.stderr);
          permissions.push(...pastedFlags(again.stderr));
        }
        const done = await command(args, { cwd, permissions, env });
        assertCalm(done.stderr);
        assertEquals(done.code, asked, `${permissions.join(" ")}\n${done.stderr}`);
        const beyond = (await readAudit(folder.audit)).filter((access) =>
          !isGrantedBy(permissions, access, cwd)
        );
        assertEquals(beyond, []);
      });
    }
  },
});

Deno.test({
  name: "packPermissions() itself touches nothing but what it asks for, once",
  ignore: Deno.build.os === "windows", // links, and paths as other systems write them
  async fn(t) {
    for (const { name, args, before = [] } of rows("http://127.0.0.1:9")) {
      // What a run left is planned for in its own tests.
      if (before.some(([first]) => first === "run")) continue;
      await t.step(name, async () => {
        await using folder = await fixtureFolder();
        const { cwd } = folder, env = { DENO_AUDIT_PERMISSIONS: folder.audit };
        const denied = await plan(args, { cwd, permissions: [], env });
        assertEquals(await readAudit(folder.audit), []);
        const permissions = denied.code === 0 ? [] : pastedFlags(denied.stderr);
        const done = await plan(args, { cwd, permissions, env });
        assertEquals(done.code, 0, done.stderr);
        const beyond = (await readAudit(folder.audit)).filter((access) =>
          !isGrantedBy(permissions, access, cwd)
        );
        assertEquals(beyond, []);
      });
    }
  },
});

Deno.test("mod.ts and cli.ts touch nothing while they are imported", async (t) => {
  for (const file of ["mod.ts", "cli.ts"]) {
    await t.step(file, async () => {
      await using folder = await fixtureFolder();
      const module = new URL(`../${file}`, import.meta.url).href;
      const config = decodeURIComponent(new URL("../deno.json", import.meta.url).pathname);
      const script = `${folder.cwd}/import.ts`;
      await Deno.writeTextFile(script, `import ${JSON.stringify(module)};\n`);
      // cli.ts carries out its arguments: without any it tells its help.
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-prompt", "--cached-only", "--no-check", "--config", config, script],
        cwd: folder.cwd,
        env: { DENO_AUDIT_PERMISSIONS: folder.audit, NO_COLOR: "1" },
      }).output();
      assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
      assertEquals(await readAudit(folder.audit), []);
    });
  }
});
