/** The command among other processes: readers that leave, streams that are closed, disks that are full. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { packPath, sharedCache, tempFolder } from "../_helpers.ts";
import { assertCalm, type Ended, ended } from "./_helpers.ts";

const CLI = decodeURIComponent(new URL("../../cli.ts", import.meta.url).pathname);
const CACHE = sharedCache();
const DEMO = packPath("demo.gtpack");
const FULL = /error\[artifacts\.write\]: Standard output cannot be written\n {2}because: No space left/;

/** Carries out a line of a shell, in which `greentic` is the command and `$DEMO` a pack. Gives the code of the command. */
async function shell(line: string, cwd: string): Promise<Ended> {
  const script =
    `greentic() { "$DENO" run --quiet --no-prompt --cached-only -A "$CLI" "$@"; echo $? > code; }\n`;
  const child = new Deno.Command("sh", {
    args: ["-c", script + line],
    cwd,
    env: { DENO: Deno.execPath(), CLI, DEMO, CACHE, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { stdout, stderr } = await ended(child);
  return { code: Number(await Deno.readTextFile(`${cwd}/code`)), stdout, stderr };
}

/** What a run of the demo is started with; its record is in `run`. */
const RUN = `run "$DEMO" --input '{"name":"Ada"}' --artifacts-dir run --cache-dir "$CACHE"`;

Deno.test({
  name:
    "processIo() survives streams that are closed, full, or read by nobody, and a run leaves its whole record",
  ignore: Deno.build.os === "windows",
  async fn(t) {
    const table: [name: string, line: string, code: number, stdout: RegExp, stderr: RegExp][] = [
      ["a reader that takes one line", `greentic ${RUN} | head -n 1`, 0, /^\[\n$/, /^record: /m],
      ["a reader that takes nothing", `greentic ${RUN} --json | true`, 0, /^$/, /^record: /m],
      ["no standard output", `greentic ${RUN} >&-`, 0, /^$/, /^record: /m],
      ["no standard error", `greentic ${RUN} 2>&-`, 0, /Hello, Ada!/, /^$/],
      ["no standard input", `greentic ${RUN} <&-`, 0, /Hello, Ada!/, /^record: /m],
      ["no stream at all", `greentic ${RUN} <&- >&- 2>&-`, 0, /^$/, /^$/],
      ["nobody who reads errors", `{ greentic ${RUN} 2>&1 >&3 | true; } 3>&1`, 0, /Hello, Ada!/, /^$/],
      ["a full standard output", `greentic ${RUN} > /dev/full`, 1, /^$/, FULL],
      ["the same with --json", `greentic ${RUN} --json > /dev/full`, 1, /^$/, FULL],
      ["a full standard error", `greentic ${RUN} 2> /dev/full`, 0, /Hello, Ada!/, /^$/],
      ["both full", `greentic ${RUN} > /dev/full 2> /dev/full`, 1, /^$/, /^$/],
    ];
    for (const [name, line, code, stdout, stderr] of table) {
      if (line.includes("/dev/full") && Deno.build.os !== "linux") continue;
      await t.step(name, async () => {
        await using temp = await tempFolder();
        const done = await shell(line, temp.path);
        assertCalm(done.stderr);
        assertEquals(done.code, code, done.stderr);
        assert(stdout.test(done.stdout), done.stdout);
        assert(stderr.test(done.stderr), done.stderr);
        const record = JSON.parse(await Deno.readTextFile(`${temp.path}/run/run.json`));
        assertEquals([record.status, record.node_summaries?.length], ["Success", 4]);
        const lines = (await Deno.readTextFile(`${temp.path}/run/transcript.jsonl`)).trimEnd().split("\n");
        assertEquals(JSON.parse(lines.at(-1)!).phase, "run");
      });
    }
  },
});

Deno.test({
  name: "processIo() ends what only prints with the code that says whether it could",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    const table: [line: string, code: number, stderr: RegExp][] = [
      ["greentic --version | true", 0, /^$/],
      ["greentic --version >&-", 0, /^$/],
      ["greentic --version > /dev/full", 1, FULL],
      ["greentic --help > /dev/full", 1, FULL],
      ["greentic --help | head -n 1", 0, /^$/],
      [`greentic inspect "$DEMO" --json | head -n 1`, 0, /^$/],
      [`greentic verify "$DEMO" > /dev/full`, 1, FULL],
      ["greentic nonsense 2>&-", 2, /^$/],
      ["greentic nonsense 2> /dev/full", 2, /^$/],
      // The error that was to be told counts, not that it could not be printed.
      ["greentic nonsense --json > /dev/full", 2, FULL],
    ];
    for (const [line, code, stderr] of table) {
      await t.step(line, async () => {
        await using temp = await tempFolder();
        const done = await shell(line, temp.path);
        assertCalm(done.stderr);
        assertEquals(done.code, code, done.stderr);
        assert(stderr.test(done.stderr), done.stderr);
      });
    }
  },
});

Deno.test({
  name: "processIo() reads nothing from a standard input that is closed, and says so",
  ignore: Deno.build.os === "windows",
  async fn(t) {
    const table: [line: string, code: number, stderr: string][] = [
      ["greentic run - --artifacts-dir run <&-", 3, 'error[pack.not_zip]: File "standard input" is empty'],
      [`greentic run "$DEMO" --input - --artifacts-dir run <&-`, 2, "error[input.invalid]: Input is no JSON"],
    ];
    for (const [line, code, stderr] of table) {
      await t.step(line, async () => {
        await using temp = await tempFolder();
        const done = await shell(line, temp.path);
        assertCalm(done.stderr);
        assertEquals(done.code, code, done.stderr);
        assertStringIncludes(done.stderr, stderr);
      });
    }
  },
});

Deno.test({
  name: "processIo() still gives the output of a run whose record has no room, and tells which file that was",
  // A limit on the size of files is the full disk that needs no disk.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using temp = await tempFolder();
    await shell(`greentic cache warmup "$DEMO" --cache-dir "$CACHE"`, temp.path);
    const { code, stdout, stderr } = await shell(`trap '' XFSZ; ulimit -f 4; greentic ${RUN}`, temp.path);
    assertCalm(stderr);
    assertEquals(code, 1, stderr);
    assertStringIncludes(stdout, "Hello, Ada!");
    assertStringIncludes(stderr, `error[artifacts.write]: Run artifact "${temp.path}/run/transcript.jsonl"`);
  },
});
