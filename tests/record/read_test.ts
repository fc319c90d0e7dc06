import { assert, assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { formatUtc } from "../../lib/base/clock.ts";
import { JsonlSink } from "../../lib/record/jsonl_sink.ts";
import { NodeLogs } from "../../lib/record/node_logs.ts";
import { readJson, readKeptRun, readTranscript } from "../../lib/record/read.ts";
import { Redactor } from "../../lib/record/redact.ts";
import { createRunDir, type RunDir } from "../../lib/record/run_dir.ts";
import { toRunJson } from "../../lib/record/run_json.ts";
import { readRun } from "../_helpers.ts";
import { called, ended, failed, place, returned, runEnd, said, started, startTestRun } from "./_run.ts";

/** Runs a test on a fresh run directory. */
async function inRunDir(test: (dir: RunDir) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await test(createRunDir({ root, startedAt: new Date("2025-12-16T12:10:15Z") }));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Every file below a directory. */
function filesBelow(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${dir}/${name}`) : [`${dir}/${name}`]
  );
}

Deno.test("readKeptRun() gives back what was recorded", () =>
  inRunDir(async (dir) => {
    const { recorder } = startTestRun({
      sink: new JsonlSink(dir.transcriptPath),
      logs: new NodeLogs({ dir: dir.logsPath, maxLogBytes: 1000 }),
      artifactsDir: dir.path,
    });
    const [a, b] = [place("a.b"), place("a-b")];
    recorder.emit(started(a, { text: "é" }));
    recorder.emit(said(a, "stderr", "noise\n"));
    recorder.emit(failed(a, "bad"));
    recorder.emit(started(b));
    recorder.emit(failed(b, "worse"));
    const result = recorder.finish(
      runEnd({ status: "failure", error: { code: "node.failed", message: "bad" } }),
    );
    dir.writeJson("run.json", toRunJson(result));
    assertEquals(recorder.close(), undefined);

    const run = await readRun(dir.path);
    assertEquals(run.result, result);
    assertEquals(run.lines.map((line) => line.phase), [
      "run",
      "start",
      "log",
      "error",
      "start",
      "error",
      "run",
    ]);
    const logs = run.result.failures["a.b"]?.logPaths ?? [];
    assertEquals(logs, [`${dir.logsPath}/a-b.stderr.log`, `${dir.logsPath}/a-b.log`]);
    assertEquals(logs.map((path) => Deno.readTextFileSync(path)), ["noise\n", "node.failed: bad\n"]);
    assertEquals(run.result.failures["a-b"]?.logPaths, [`${dir.logsPath}/a-b-2.log`]);
    const [start, end] = run.result.failures["a.b"]?.transcriptOffsets ?? [0, 0];
    const bytes = Deno.readFileSync(dir.transcriptPath).slice(start, end);
    assertEquals(new TextDecoder().decode(bytes).split("\n").length, 4);
  }));

Deno.test("A run directory holds no secret, whatever carried it", () =>
  inRunDir(async (dir) => {
    const secret = 'hunter2/"correct horse"';
    const base64 = btoa(secret);
    const redactor = new Redactor();
    redactor.addSecret(secret);
    const { recorder } = startTestRun({
      redactor,
      sink: new JsonlSink(dir.transcriptPath),
      logs: new NodeLogs({ dir: dir.logsPath, maxLogBytes: 100_000 }),
      artifactsDir: dir.path,
      info: { argument: secret },
    });
    const a = place("a");
    const [b, c] = [place("b"), place("c")];
    recorder.emit({
      type: "verify",
      verdict: { check: "trust", verdict: "untrusted", place: "key", reason: secret },
    });
    recorder.emit({ type: "warning", code: "odd", message: secret, place: secret });
    recorder.emit(started(a, { text: secret, [secret]: 1, nested: [{ deep: JSON.stringify({ secret }) }] }));
    recorder.emit(called(a, { url: `https://a.test/?k=${encodeURIComponent(secret)}`, body: base64 }));
    recorder.emit(returned(a, { outputs: { body: secret, header: `Basic ${btoa(`user:${secret}`)}` } }));
    for (const character of secret) recorder.emit(said(a, "stdout", character));
    recorder.emit(said(a, "stderr", `panic: ${secret}\n`));
    recorder.emit(said(a, "log", secret, { text: secret }));
    recorder.emit(said(a, "telemetry", secret, { [secret]: secret }));
    recorder.emit(ended(a, { echo: secret }));
    recorder.emit(started(b));
    recorder.emit(failed(b, `bad ${secret}`, { told: secret }));
    recorder.emit(started(c));
    const waiting = { reason: secret, snapshot: `${dir.path}/snapshot.json` };
    const result = recorder.finish(runEnd({
      status: "failure",
      waiting,
      error: { code: secret, message: secret, hint: secret, causes: [secret], details: { a: secret } },
      output: [{ echo: secret }, base64],
      verification: {
        policy: "devok",
        verdicts: [{ check: "trust", verdict: "untrusted", place: "key", reason: secret }],
      },
    }));
    dir.writeJson("run.json", toRunJson(result));
    recorder.close();

    const files = filesBelow(dir.path);
    assertEquals(files.map((path) => path.slice(dir.path.length)).sort(), [
      "/logs/a.log",
      "/logs/a.stderr.log",
      "/logs/a.stdout.log",
      "/logs/b.log",
      "/logs/c.log",
      "/run.json",
      "/transcript.jsonl",
    ]);
    const needles = ["hunter2", "correct", "orse", base64.slice(0, 12), btoa(`user:${secret}`).slice(8, 20)];
    for (const path of files) {
      const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
      for (const needle of needles) assert(!text.includes(needle), `${path} holds ${needle}`);
    }
    const kept = Deno.readTextFileSync(`${dir.logsPath}/a.stdout.log`);
    assertEquals(kept, "__REDACTED__");
  }));

Deno.test("readTranscript() reads a run that was killed, without the line that was not finished", () =>
  inRunDir(async (dir) => {
    const sink = new JsonlSink(dir.transcriptPath);
    const { recorder } = startTestRun({ sink });
    recorder.emit(started(place("a")));
    // The process dies here: no end, no close, no run.json.
    await Deno.writeTextFile(dir.transcriptPath, '{"phase":"en', { append: true });
    sink.close();
    const lines = await readTranscript(dir.path);
    assertEquals(lines.map((line) => [line.phase, line.node_id]), [["run", null], ["start", "a"]]);
    assertEquals((await readKeptRun(dir.path)).result, null);
  }));

Deno.test("readTranscript() completes lines of the reference", () =>
  inRunDir(async (dir) => {
    const line = {
      ts: formatUtc(new Date(0)),
      session_id: "s",
      flow_id: "main",
      node_id: null,
      component: "mock::secrets",
      phase: "mock",
      status: "ok",
      inputs: { capability: "secrets", provider: "mock" },
      outputs: { key: "K" },
      error: null,
      metrics: null,
      schema_id: null,
      defaults_applied: null,
      redactions: null,
    };
    await Deno.writeTextFile(dir.transcriptPath, `${JSON.stringify(line)}\n`);
    assertEquals(await readTranscript(dir.path), [{
      ...line,
      attempt: null,
      call_id: null,
      defaults_applied: [],
      flow_path: [],
      host_call_id: null,
      metrics: { duration_ms: null, cpu_time_ms: null, mem_peak_bytes: null, fuel: null },
      operation: null,
      redactions: [],
      seq: 0,
      target: null,
      version: 1,
    }]);
  }));

Deno.test("readTranscript() refuses newer and damaged lines by place", async (t) => {
  const good = '{"phase":"run"}';
  const cases: readonly [name: string, text: string, message: string][] = [
    ["newer", '{"phase":"run","version":2}', "Version 2 of the transcript is newer than 1, the newest known"],
    ["no version number", '{"phase":"run","version":"1"}', "is damaged: its version is no number"],
    ["no phase", "{}", "is damaged: it has no phase"],
    ["no JSON", "{", "is damaged: "],
  ];
  for (const [name, text, message] of cases) {
    await t.step(name, () =>
      inRunDir(async (dir) => {
        await Deno.writeTextFile(dir.transcriptPath, `${good}\n${text}\n`);
        const error = await assertRejects(
          () => readTranscript(dir.path),
          RunnerError,
          message,
        ) as RunnerError;
        assertEquals([error.code, error.place], ["artifacts.read", `${dir.transcriptPath}:2`]);
      }));
  }
});

Deno.test("readKeptRun() refuses a run.json that is no JSON", () =>
  inRunDir(async (dir) => {
    await Deno.writeTextFile(dir.transcriptPath, "");
    await Deno.writeTextFile(dir.file("run.json"), "{");
    await assertRejects(
      () => readKeptRun(dir.path),
      RunnerError,
      `Run artifact "${dir.path}/run.json" is damaged`,
    );
  }));

Deno.test({
  name:
    "Nothing is read of a run directory that is no regular file: it might have no end, or wait for a writer",
  ignore: Deno.build.os === "windows", // links
  fn: () =>
    inRunDir(async (dir) => {
      const path = `${dir.path}/run.json`;
      await Deno.symlink("/dev/null", path);
      await Deno.symlink("/dev/null", dir.transcriptPath);
      const missing = new RunnerError("artifacts.read", "It is not there");
      const table: [path: string, read: () => Promise<unknown>][] = [
        [path, () => readJson(path, { missing })],
        [dir.transcriptPath, () => readTranscript(dir.path)],
      ];
      for (const [place, read] of table) {
        const error = await assertRejects(read, RunnerError);
        assertEquals([error.code, error.place], ["artifacts.read", place]);
        assert(error.cause instanceof Deno.errors.NotSupported);
      }
    }),
});
