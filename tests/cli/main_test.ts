/** The command line in this process: what it prints where, and which code it gives. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { VERSION } from "../../lib/base/version.ts";
import { helpText } from "../../lib/cli/help.ts";
import { main } from "../../lib/cli/main.ts";
import { NO_TERMINAL } from "../../lib/cli/terminal.ts";
import { exists, makePack, packPath, sharedCache, tempFolder } from "../_helpers.ts";
import { callMain, type Ended } from "./_helpers.ts";

const CACHE = sharedCache();
/** Controls that a terminal might obey, but for line feeds. */
const CONTROL_REGEXP = /(?!\n)\p{Cc}/u;

/** Runs `run` with a record in a folder that goes away, and gives what `run.json` says beside. */
async function runMain(
  args: readonly string[],
  options?: Parameters<typeof callMain>[1],
): Promise<Ended & { record: unknown }> {
  await using temp = await tempFolder();
  const dir = `${temp.path}/run`;
  const done = await callMain([...args, "--artifacts-dir", dir, "--cache-dir", CACHE], options);
  const path = `${dir}/run.json`;
  return { ...done, record: await exists(path) ? JSON.parse(await Deno.readTextFile(path)) : null };
}

Deno.test("main() answers --help and --version on standard output", async (t) => {
  const table: [argv: string[], stdout: string][] = [
    [[], helpText(null)],
    [["help", "inspect"], helpText("inspect")],
    [["run", "--help"], helpText("run")],
    [["--version"], `${VERSION}\n`],
  ];
  for (const [argv, stdout] of table) {
    await t.step(argv.join(" ") || "(nothing)", async () => {
      assertEquals(await callMain(argv), { code: 0, stdout, stderr: "", reads: [] });
    });
  }
});

Deno.test("main() prints the output of a flow and nothing else on standard output", async () => {
  const { code, stdout, stderr } = await runMain([packPath("demo.gtpack"), "--input", '{"name":"Ada"}']);
  assertEquals(JSON.parse(stdout), [{ text: "Hello, Ada!", visits: "You were here 1 time" }]);
  assertEquals(code, 0);
  const lines = stderr.split("\n");
  assert(lines[0]!.startsWith("untrusted signatures/pack.sig: "), lines[0]);
  const nodes = lines.slice(1, 5).map((line) => line.replace(/\d+ ms$/, "N ms"));
  assertEquals(nodes, [
    "ok        greet  greet  N ms",
    "ok        remember  host-user  N ms",
    "ok        recall  host-user  N ms",
    "ok        reply  emit.response  N ms",
  ]);
  assert(/^success: flow demo, 4 nodes, \d+ ms$/.test(lines[5]!), lines[5]);
  assert(lines[6]!.startsWith("record: /"), lines[6]);
});

Deno.test("main() leaves out the lines per node with --quiet, and keeps what a policy let pass", async () => {
  const { stderr } = await runMain([packPath("demo.gtpack"), "--quiet", "--input", '{"name":"Ada"}']);
  assertEquals(stderr.split("\n").map((line) => line.split(":")[0]), [
    "untrusted signatures/pack.sig",
    "success",
    "record",
    "",
  ]);
});

Deno.test("main() shows sub-flows, attempts and failures of nodes", async (t) => {
  await t.step("sub-flow", async () => {
    const input = '{"status":"known","who":"Ada"}';
    const secret = ["--secret", "DEMO_TOKEN=made-up"];
    const { stderr } = await runMain([
      packPath("kinds.gtpack"),
      "--flow",
      "main",
      "--input",
      input,
      ...secret,
    ]);
    assertStringIncludes(stderr, "\nok        main/sub > greet  greet  ");
  });
  await t.step("attempts", async () => {
    const { code, stderr } = await runMain([packPath("fails.gtpack"), "--flow", "retryable"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "\nerror     fail  fails  ");
    assertStringIncludes(stderr, "\nerror     fail  fails (attempt 2)  ");
    assertStringIncludes(stderr, "\nerror[E_RETRY]: ");
  });
});

Deno.test("main() turns each error into lines and an exit code", async (t) => {
  await using temp = await tempFolder();
  const text = `${temp.path}/text.gtpack`, bad = `${temp.path}/bad.json`;
  await Deno.writeTextFile(text, "no archive");
  await Deno.writeTextFile(bad, "{no json");
  const demo = packPath("demo.gtpack");
  const table: [argv: string[], code: number, stderr: string][] = [
    [
      ["nonsense"],
      2,
      'error[usage]: Command "nonsense" is unknown\n  hint: To run a pack of that name: run nonsense\n',
    ],
    [[demo, "--trust", "ab"], 2, 'error[trust.invalid]: "ab" is no key'],
    [[demo, "--tenant", "a b"], 2, "error[option.invalid]: "],
    [[demo, "--max-memory-mb", "999999999999"], 2, "error[option.invalid]: "],
    [
      [demo, "--op", "greet"],
      2,
      'error[option.invalid]: Operation "greet" is named for a pack, which has flows',
    ],
    [[demo, "--input", "{no json"], 2, "error[input.invalid]: Input is no JSON (--input)\n  because: "],
    [[demo, "--input-file", bad], 2, `error[input.invalid]: Input is no JSON (${bad})\n`],
    [[demo, "--input", `@${temp.path}/absent`], 2, "error[input.invalid]: Input cannot be read ("],
    [
      [demo, "--input", `${"[".repeat(200)}${"]".repeat(200)}`],
      2,
      "error[input.invalid]: Input nests deeper",
    ],
    [[demo, "--flow", "absent"], 2, "  hint: The pack has: demo\n"],
    [[`${temp.path}/absent.gtpack`], 3, "error[pack.not_found]: "],
    [[text], 3, "error[pack.not_zip]: "],
    [[demo, "--policy", "strict"], 3, "error[verify.policy]: "],
    [[packPath("fails.gtpack"), "--flow", "error"], 1, "error[E_DEMO]: "],
    [[packPath("kinds.gtpack"), "--flow", "endless", "--max-steps", "5"], 5, "--max-steps"],
    [["inspect", text], 3, "error[pack.not_zip]: "],
  ];
  for (const [argv, code, stderr] of table) {
    await t.step(argv.map((arg) => arg.slice(0, 40)).join(" "), async () => {
      const done = argv[0] === "inspect" ? await callMain(argv) : await runMain(argv);
      assertEquals([done.code, done.stdout], [code, ""]);
      assertStringIncludes(done.stderr, stderr);
      assert(!/^\s+at /m.test(done.stderr), "no stack trace");
    });
  }
});

Deno.test("main() tells an error before the record that it led to, and both only once", async (t) => {
  await using temp = await tempFolder();
  const text = `${temp.path}/text.gtpack`;
  await Deno.writeTextFile(text, "no archive");
  for (const json of [false, true]) {
    await t.step(json ? "with --json" : "without --json", async () => {
      const { stderr } = await runMain([text, ...(json ? ["--json"] : [])]);
      const talk = stderr.split("\n").map((line) => line.match(/^(?:error\[| {2}hint|record)/)?.[0]);
      assertEquals(talk.filter((word) => word !== undefined), ["error[", "  hint", "record"]);
    });
  }
});

Deno.test("main() prints exactly one JSON document with --json, however the run ends", async (t) => {
  await using temp = await tempFolder();
  const text = `${temp.path}/text.gtpack`,
    wants = `${temp.path}/wants.gtpack`,
    tampered = `${temp.path}/t.gtpack`;
  await Deno.writeTextFile(text, "no archive");
  await Deno.writeFile(
    wants,
    await makePack({
      components: ["wants-more"],
      flows: { main: [{ id: "a", component: "wants-more", operation: "x" }] },
    }),
  );
  const bytes = await Deno.readFile(packPath("demo.gtpack"));
  bytes[2000]! ^= 1;
  await Deno.writeFile(tampered, bytes);
  const kinds = packPath("kinds.gtpack"), demo = packPath("demo.gtpack");
  const table: [argv: string[], code: number, status: string, stage: string][] = [
    [[demo, "--input", '{"name":"Ada"}'], 0, "Success", "execute"],
    [[packPath("fails.gtpack"), "--flow", "trap"], 1, "Failure", "execute"],
    [[kinds, "--flow", "wait"], 0, "Waiting", "execute"],
    [[kinds, "--flow", "wait", "--fail-on-wait"], 75, "Waiting", "execute"],
    [[kinds, "--flow", "endless", "--max-steps", "5"], 5, "Failure", "execute"],
    [[`${temp.path}/absent.gtpack`], 3, "Failure", "open"],
    [[text], 3, "Failure", "open"],
    [[tampered], 3, "Failure", "open"],
    [[demo, "--policy", "strict"], 3, "Failure", "verify"],
    [[demo, "--flow", "absent"], 2, "Failure", "load"],
    [[wants], 4, "Failure", "resolve"],
  ];
  for (const [argv, code, status, stage] of table) {
    await t.step(`${stage} ${status} ${code}`, async () => {
      const done = await runMain([...argv, "--json"]);
      const printed = JSON.parse(done.stdout);
      assertEquals([done.code, printed.status, printed.stage], [code, status, stage]);
      assertEquals(printed, done.record);
    });
  }
});

Deno.test("main() ends a run that is interrupted", async () => {
  const interrupt = AbortSignal.abort(new Error("Interrupted"));
  const { code, stdout, record } = await runMain([packPath("demo.gtpack"), "--json"], { interrupt });
  assertEquals([code, JSON.parse(stdout).status], [130, "Cancelled"]);
  assertEquals(record, JSON.parse(stdout));
});

Deno.test("main() reads standard input", async () => {
  for (const option of ["--input", "--input-file"]) {
    const { stdout } = await runMain([packPath("demo.gtpack"), option, "-"], { stdin: '{"name":"Bob"}\n' });
    assertEquals(JSON.parse(stdout)[0].text, "Hello, Bob!");
  }
});

Deno.test("main() lets no text of a pack or a guest reach a terminal as a control sequence", async () => {
  await using temp = await tempFolder();
  const escape = "\x1b[2J\u009b31m\x07";
  const pack = `${temp.path}/a.gtpack`;
  await Deno.writeFile(
    pack,
    await makePack({
      components: ["echo5", "fails"],
      documents: {
        routes: {
          id: "routes",
          kind: "job",
          entrypoints: { default: "a" },
          nodes: [{
            id: "a",
            component: { id: "echo5" },
            routing: { custom: [{ status: escape, out: true }, { out: true }] },
          }],
        },
      },
      flows: {
        main: [
          { id: "a", component: "echo5", operation: "echo", payload: { text: escape }, next: "b" },
          { id: "b", component: "emit.log", payload: { message: escape }, next: "c" },
          { id: "c", component: "emit.response", payload: { text: escape } },
        ],
        broken: [{ id: "b", component: "fails", operation: escape }],
      },
    }),
  );
  for (
    const args of [[pack, "--flow", "main"], [pack, "--flow", "main", "--json"], [pack, "--flow", "broken"]]
  ) {
    const { stdout, stderr } = await runMain(args);
    assert(!CONTROL_REGEXP.test(stdout), stdout);
    assert(!CONTROL_REGEXP.test(stderr), stderr);
    assertStringIncludes(stdout + stderr, "[2J");
  }
  const inspected = await callMain(["inspect", pack]);
  assertEquals(inspected.code, 0);
  assert(!CONTROL_REGEXP.test(inspected.stdout), inspected.stdout);
  assertStringIncludes(inspected.stdout, "\\x1b[2J\\x9b31m\\x07 -> end");
});

Deno.test("main() shows what a pack contains", async (t) => {
  await t.step("as text", async () => {
    const { code, stdout, stderr } = await callMain(["inspect", packPath("kinds.gtpack")]);
    assertEquals([code, stderr], [0, ""]);
    const titles = stdout.split("\n").filter((line) => /^\S.*:$/.test(line));
    assertEquals(titles, ["verification:", "flows:", "components:", "providers:", "secrets:", "hosts:"]);
    assertStringIncludes(stdout, "  demo.sender  -> provider\n");
    assertStringIncludes(stdout, "secrets:\n  DEMO_TOKEN  required\n");
    assertStringIncludes(stdout, "hosts:\n  https://example.com\n");
    assertStringIncludes(stdout, "known -> sub, unknown -> sorry, else -> sorry");
  });
  await t.step("as JSON", async () => {
    const { stdout } = await callMain(["inspect", packPath("demo.gtpack"), "--json"]);
    const { id, entry_flows, flows } = JSON.parse(stdout);
    assertEquals([id, entry_flows, flows[0].nodes.length], ["demo", ["demo"], 4]);
  });
  await t.step("a refused pack as far as it was checked", async () => {
    const { code, stdout, stderr } = await callMain([
      "inspect",
      packPath("demo.gtpack"),
      "--policy",
      "strict",
    ]);
    assertEquals([code, stdout], [3, ""]);
    assert(/^untrusted +trust +signatures\/pack.sig/m.test(stderr), stderr);
    assertStringIncludes(stderr, "error[verify.policy]: ");
  });
});

Deno.test("main() owns up to a fault of its own", async () => {
  let stderr = "";
  const code = await main(["--version"], {
    stdout() {
      throw new TypeError("out of ink");
    },
    stderr: (text) => void (stderr += text),
    stdin: () => Promise.resolve(new Uint8Array()),
    interrupt: new AbortController().signal,
    terminal: () => Promise.resolve(NO_TERMINAL),
  });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "error[internal]: out of ink\n  hint: This is a fault of the runner");
});

Deno.test("main() prints the error as the one document where --json has nothing else to print", async (t) => {
  await using temp = await tempFolder();
  const text = `${temp.path}/text.gtpack`;
  await Deno.writeTextFile(text, "no pack");
  const table: [argv: string[], code: string][] = [
    [["inspect", text], "pack.not_zip"],
    [["inspect", packPath("demo.gtpack"), "--mermaid", "demo"], "usage"],
    [["run", packPath("demo.gtpack"), "--input", "{"], "input.invalid"],
    [["run", packPath("demo.gtpack"), "--nonsense"], "usage"],
    [["run"], "usage"],
  ];
  for (const [argv, code] of table) {
    await t.step(argv.join(" ").replace(temp.path, ""), async () => {
      const { stdout } = await callMain([...argv, "--json"]);
      const { error } = JSON.parse(stdout);
      assertEquals(error.code, code);
      assertEquals(error.chain[0], error.message);
      assertEquals(typeof error.hint, "string");
    });
  }
});
