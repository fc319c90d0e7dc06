import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { createRunDir, RunDir } from "../../lib/record/run_dir.ts";

const STARTED = new Date("2025-12-16T12:10:15.120Z");

/** Runs a test in a directory of its own. */
async function inTempDir(test: (root: string) => Promise<void> | void): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function names(dir: string): string[] {
  return [...Deno.readDirSync(dir)].map((entry) => entry.name).sort();
}

Deno.test("createRunDir() names a directory after the time, without colons", () =>
  inTempDir((root) => {
    const dir = createRunDir({ root, startedAt: STARTED, id: () => "3f2a1c" });
    assertEquals(dir.path, `${root}/.greentic/runs/2025-12-16T12-10-15.120Z_3f2a1c`);
    assertEquals(names(dir.path), ["logs"]);
  }));

Deno.test("createRunDir() gives two runs of one moment two directories", () =>
  inTempDir((root) => {
    const ids = ["aaaaaa", "aaaaaa", "bbbbbb"];
    const id = (): string => ids.shift() ?? "cccccc";
    const first = createRunDir({ root, startedAt: STARTED, id });
    const second = createRunDir({ root, startedAt: STARTED, id });
    assert(first.path.endsWith("_aaaaaa"));
    assert(second.path.endsWith("_bbbbbb"));
    const drawn = createRunDir({ root, startedAt: STARTED });
    assert(/_[0-9a-f]{6}$/.test(drawn.path), drawn.path);
  }));

Deno.test("createRunDir() takes a given directory as it is", async (t) => {
  await inTempDir(async (root) => {
    const cases: readonly [artifactsDir: string, path: string][] = [
      [`${root}/given/`, `${root}/given`],
      ["out/one", `${root}/out/one`],
      ["./out/two", `${root}/out/two`],
    ];
    for (const [artifactsDir, path] of cases) {
      await t.step(artifactsDir.replace(root, ""), () => {
        assertEquals(createRunDir({ artifactsDir, root: `${root}/`, startedAt: STARTED }).path, path);
        assert(Deno.statSync(`${path}/logs`).isDirectory);
      });
    }
  });
});

Deno.test("RunDir.clear() drops what an earlier run left and nothing else", () =>
  inTempDir((root) => {
    const artifactsDir = `${root}/run`;
    Deno.mkdirSync(`${artifactsDir}/logs`, { recursive: true });
    const left = [
      "run.json",
      "snapshot.json",
      "flows.json",
      "notes.txt",
      "logs/app.stderr.log",
      "logs/notes.txt",
    ];
    for (const name of left) {
      Deno.writeTextFileSync(`${artifactsDir}/${name}`, name);
    }
    const dir = createRunDir({ artifactsDir, root, startedAt: STARTED });
    assertEquals(names(artifactsDir), ["flows.json", "logs", "notes.txt", "run.json", "snapshot.json"]);
    assertEquals(dir.isUsed, false);
    dir.clear({ used: false });
    assertEquals(names(artifactsDir), ["flows.json", "logs", "notes.txt", "snapshot.json"]);
    assertEquals(names(`${artifactsDir}/logs`), ["app.stderr.log", "notes.txt"]);
    Deno.writeTextFileSync(dir.transcriptPath, "");
    assertEquals(dir.isUsed, true);
    dir.clear({ used: true });
    assertEquals(names(artifactsDir), ["logs", "notes.txt", "transcript.jsonl"]);
    assertEquals(names(`${artifactsDir}/logs`), ["notes.txt"]);
  }));

Deno.test({
  name: "RunDir.clear() deletes nothing where a link leads",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTempDir((root) => {
      Deno.mkdirSync(`${root}/outside`);
      Deno.mkdirSync(`${root}/run`);
      Deno.writeTextFileSync(`${root}/outside/own.log`, "");
      Deno.symlinkSync(`${root}/outside`, `${root}/run/logs`);
      createRunDir({ artifactsDir: `${root}/run`, root, startedAt: STARTED }).clear({ used: true });
      assertEquals(names(`${root}/outside`), ["own.log"]);
    }),
});

Deno.test("createRunDir() refuses what cannot be a directory", () =>
  inTempDir((root) => {
    Deno.writeTextFileSync(`${root}/file`, "");
    const write = assertThrows(
      () => createRunDir({ artifactsDir: "file", root, startedAt: STARTED }),
      RunnerError,
    ) as RunnerError;
    assertEquals(write.code, "artifacts.write");
    assertEquals(write.message, `Run artifact "${root}/file" cannot be written`);
    const empty = assertThrows(
      () => createRunDir({ artifactsDir: "", root, startedAt: STARTED }),
      RunnerError,
    ) as RunnerError;
    assertEquals(empty.code, "option.invalid");
  }));

Deno.test({
  name: "createRunDir() names the flags when Deno denies writing",
  permissions: { read: true, write: false },
  fn() {
    const options = { artifactsDir: "/denied/run", root: "/denied", startedAt: STARTED };
    const error = assertThrows(() => createRunDir(options), RunnerError) as RunnerError;
    assertEquals(error.code, "permission.missing");
    assertEquals(error.hint, 'Run Deno with --allow-read="/denied/run" --allow-write="/denied/run"');
  },
});

Deno.test("RunDir.writeJson() replaces the document at once and leaves nothing else", () =>
  inTempDir((root) => {
    const dir = new RunDir(root);
    assertEquals(dir.writeJson("run.json", { b: 1, a: [] }), `${root}/run.json`);
    dir.writeJson("run.json", { b: 2 });
    assertEquals(Deno.readTextFileSync(`${root}/run.json`), '{\n  "b": 2\n}');
    assertEquals(names(root), ["run.json"]);
  }));

Deno.test("RunDir.writeJson() leaves no temporary file after a fault", () =>
  inTempDir((root) => {
    Deno.mkdirSync(`${root}/run.json/in/the/way`, { recursive: true });
    const error = assertThrows(() => new RunDir(root).writeJson("run.json", {}), RunnerError) as RunnerError;
    assertEquals(error.code, "artifacts.write");
    assertEquals(error.place, `${root}/run.json`);
    assertEquals(names(root), ["run.json"]);
  }));
