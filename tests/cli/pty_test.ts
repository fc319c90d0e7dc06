/**
 * The command on a real terminal, which `script` of util-linux makes: colours, the live line, narrow windows. Left out
 * where there is no such program.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { columnsOf } from "../../lib/cli/width.ts";
import { packPath, tempFolder } from "../_helpers.ts";

const CLI = decodeURIComponent(new URL("../../cli.ts", import.meta.url).pathname);
/** What tells a program that it is no terminal, or not a good one. */
const UNSET = { CI: "", GITHUB_ACTIONS: "", NO_COLOR: "", FORCE_COLOR: "", TERM: "xterm", LC_ALL: "C.UTF-8" };

const hasScript = await new Deno.Command("script", { args: ["--version"], stderr: "null" }).output().then(
  ({ stdout }) => new TextDecoder().decode(stdout).includes("util-linux"),
  () => false,
);

interface OnTerminal {
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Typed once a text has appeared. */
  readonly type?: readonly [after: string, keys: string];
}

/** Runs the command on a terminal, and gives all that it wrote there. */
async function onTerminal(args: readonly string[], options: OnTerminal = {}): Promise<string> {
  await using temp = await tempFolder();
  const { columns = 200, env = {}, type } = options;
  const words = [Deno.execPath(), "run", "--quiet", "--cached-only", "-A", CLI, ...args];
  const line = `stty cols ${columns} rows 50 && exec ${words.map((word) => `'${word}'`).join(" ")}`;
  const child = new Deno.Command("script", {
    args: ["-qec", line, "/dev/null"],
    cwd: temp.path,
    env: { ...UNSET, SHELL: "/bin/sh", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  let text = "", typed = false;
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (typed || type === undefined || !text.includes(type[0])) continue;
    typed = true;
    await keyboard.write(new TextEncoder().encode(type[1]));
  }
  await keyboard.close().catch(() => {});
  await child.status;
  return text;
}

/** What stands on a terminal in the end, line by line, without colours. */
function screen(text: string): string[] {
  const lines = [""];
  let column = 0;
  // deno-lint-ignore no-control-regex
  for (const [part] of text.matchAll(/\x1b\[[\d;]*[A-Za-z]|[\s\S]/g)) {
    const last = lines.length - 1, line = lines[last]!;
    if (part === "\n") lines.push("");
    if (part === "\n" || part === "\r") column = 0;
    else if (part === "\x1b[K") lines[last] = line.slice(0, column);
    else if (!part.startsWith("\x1b")) {
      lines[last] = line.slice(0, column) + part + line.slice(column + 1);
      column++;
    }
  }
  return lines;
}

// deno-lint-ignore no-control-regex
const COLOUR_REGEXP = /\x1b\[[\d;]+m/;
const CLEARED = "\r\x1b[K";
const COLD = ["run", packPath("demo.gtpack"), "--input", '{"name":"Ada"}', "--no-cache"];

function test(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  const reason = hasScript ? "" : " (no script of util-linux)";
  Deno.test({ name: `on a terminal the command ${name}${reason}`, ignore: !hasScript, fn });
}

test("tells what takes long on a line that is gone in the end", async () => {
  const text = await onTerminal(COLD);
  // deno-lint-ignore no-control-regex
  assertMatch(text, /\r\x1b\[K\x1b\[2mpreparing [\w-]+ \(1 of 2\)\x1b\[0m/);
  const lines = screen(text).map((line) =>
    line.replace(/\d+ ms$/, "N ms").replace(/(?<=: ).*\/runs\/.*/, "DIR")
  );
  const [trust, ...rest] = lines;
  assertMatch(trust!, /^untrusted signatures\/pack.sig: nobody vouched/);
  assertEquals(rest, [
    "ok        greet  greet  N ms",
    "ok        remember  host-user  N ms",
    "ok        recall  host-user  N ms",
    "ok        reply  emit.response  N ms",
    ...["[", "  {", '    "text": "Hello, Ada!",', '    "visits": "You were here 1 time"', "  }", "]"],
    "success: flow demo, 4 nodes, N ms",
    "record: DIR",
    "",
  ]);
});

test("is coloured", async () => {
  const text = await onTerminal(COLD);
  for (const start of ["\x1b[33muntrusted\x1b[0m ", "\x1b[32mok\x1b[0m ", "\x1b[32msuccess:\x1b[0m "]) {
    assert(text.includes(start), start);
  }
});

test("shows what it is allowed to", async (t) => {
  const table: [name: string, args: string[], env: Record<string, string>, colour: boolean, live: boolean][] =
    [
      ["NO_COLOR", [], { NO_COLOR: "1" }, false, true],
      ["TERM=dumb", [], { TERM: "dumb" }, false, false],
      ["CI", [], { CI: "true" }, true, false],
      ["--quiet", ["--quiet"], {}, true, false],
    ];
  for (const [name, args, env, colour, live] of table) {
    await t.step(name, async () => {
      const text = await onTerminal([...COLD, ...args], { env });
      assertEquals([COLOUR_REGEXP.test(text), text.includes(CLEARED)], [colour, live], JSON.stringify(text));
    });
  }
});

test("fits into a narrow window", async () => {
  const pack = packPath("fails.gtpack"), columns = 40;
  const text = await onTerminal(["run", pack, "--flow", "error", "--no-cache"], { columns });
  const whole = /^(?:record| {2}hint): /;
  const wide = screen(text).filter((line) => columnsOf(line) > columns && !whole.test(line));
  assertEquals(wide, []);
  // deno-lint-ignore no-control-regex
  for (const [, live = ""] of text.matchAll(/\r\x1b\[K\x1b\[2m(.*?)\x1b\[0m/g)) {
    assert(columnsOf(live) < columns, live);
  }
  const table = await onTerminal(["verify", packPath("demo.gtpack")], { columns: 60 });
  assertEquals(screen(table).filter((line) => columnsOf(line) > 60), []);
});

test("tells which node runs, and leaves nothing of it when it is interrupted", async () => {
  const text = await onTerminal(["run", packPath("spin.gtpack"), "--no-cache"], {
    type: ["running spin", "\x03"],
  });
  assertMatch(text, /running spin {2}1 s/);
  const lines = screen(text);
  assert(!lines.some((line) => line.startsWith("running")), lines.join("\n"));
  assert(lines.some((line) => line.startsWith("cancelled: ")), lines.join("\n"));
});
