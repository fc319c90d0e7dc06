/** A guest that asks real capabilities, recorded and replayed: what one part writes, the other one understands. */

import { assert, assertEquals } from "@std/assert";
import type { HostCall, HostReply, NodePlace, WitValue } from "../lib/base/call.ts";
import type { Capability } from "../lib/host/capability.ts";
import { replayed } from "../lib/host/replayed.ts";
import { mockSecrets } from "../lib/host/secrets/open.ts";
import { Secrets } from "../lib/host/secrets/secrets.ts";
import { HostTable } from "../lib/host/table.ts";
import { taped } from "../lib/host/taped.ts";
import { TelemetryCapture } from "../lib/host/telemetry/capture.ts";
import type { TranscriptLine } from "../lib/record/line.ts";
import { differenceText, firstDifference } from "../lib/record/run_difference.ts";
import { Seal } from "../lib/record/seal.ts";
import { secretForms } from "../lib/record/secret_forms.ts";
import { standIn } from "../lib/record/stand_in.ts";
import { readTape } from "../lib/record/tape_reader.ts";
import { TapeWriter } from "../lib/record/tape_writer.ts";
import { place, runEnd, startTestRun, type TestRun } from "./record/_run.ts";

const SECRETS = { TOKEN: "s3cr+t/value", PASSWORD: "Zaphod&Trillian" };
const NEVER = new AbortController().signal;

type Ask = (name: string, ...args: WitValue[]) => Promise<HostReply>;

/** What a guest does with a host, and what it makes of the answers. */
async function guest(ask: Ask, path: string): Promise<string> {
  const text = async (reply: Promise<HostReply>) => {
    const came = await reply;
    if (came.type !== "ok") return `${came.type}`;
    return came.value instanceof Uint8Array
      ? new TextDecoder().decode(came.value)
      : JSON.stringify(came.value);
  };
  const secrets = "greentic:secrets-store/secrets-store@1.1.0";
  const token = await text(ask(`${secrets}#get`, "TOKEN"));
  const password = await text(ask(`${secrets}#get`, "PASSWORD"));
  await ask(`${secrets}#put`, "session", new TextEncoder().encode(`${password}-session`));
  const url = `https://a.test${path}?key=${encodeURIComponent(token)}`;
  const authorization = `Basic ${btoa(`user:${password}!`)}`;
  const body = new TextEncoder().encode(JSON.stringify({ token }));
  const answer = await text(ask("fake:http/client@1.0.0#send", { url, authorization, body }));
  await ask("greentic:telemetry/logger-api@1.0.0#log", {}, [["answer", answer]]);
  return [
    token,
    await text(ask(`${secrets}#get`, "session")),
    await text(ask(`${secrets}#get`, "none")),
    answer,
  ].join();
}

/** Answers with what it was asked, and counts. */
class Echo implements Capability {
  readonly name = "http";
  readonly interfaces = { "fake:http/client@1.0.0": ["send"] };
  asked = 0;

  describe({ args: [request] }: HostCall) {
    return { url: (request as { url: string }).url };
  }

  answer({ args: [request] }: HostCall) {
    this.asked++;
    const { url, authorization } = request as { url: string; authorization: string };
    const reply = { type: "ok", value: new TextEncoder().encode(`${url} ${authorization}`) } as const;
    return Promise.resolve(
      { reply, status: "ok", provider: "real", outputs: { status: 200, authorization } } as const,
    );
  }
}

/** Runs the guest on capabilities; gives the lines of its transcript. */
async function runGuest(
  { secrets, path, run, wrap, callId }: {
    secrets: Readonly<Record<string, string>>;
    path: string;
    run: TestRun;
    wrap: (capability: Capability) => Capability;
    callId: string;
  },
): Promise<{ echo: Echo; lines: TranscriptLine[] }> {
  const { recorder, redactor, sink } = run;
  const echo = new Echo();
  const at: NodePlace = place("ask", { callId });
  const own = [
    new Secrets(mockSecrets(secrets), (secret) => redactor.addSecret(secret)),
    new TelemetryCapture((at, text, fields) =>
      recorder.emit({ type: "log", place: at, stream: "telemetry", text, fields })
    ),
  ];
  const table = new HostTable([...own, echo].map(wrap), recorder.emit);
  recorder.emit({ type: "node.started", ...at, component: "c", payload: {} });
  const ask: Ask = async (name, ...args) => {
    const [iface = "", fn = ""] = name.split("#");
    return await table.answer({ place: at, interface: iface, fn, args }, NEVER);
  };
  const output = await guest(ask, path);
  recorder.emit({ type: "node.ended", ...at, component: "c", output, metrics: {} });
  recorder.finish(runEnd());
  recorder.close();
  return { echo, lines: sink.lines.map((line) => JSON.parse(JSON.stringify(line))) };
}

async function record(dir: string): Promise<TranscriptLine[]> {
  const seal = new Seal();
  for (const [name, value] of Object.entries(SECRETS)) seal.add(name, value);
  const writer = new TapeWriter(`${dir}/tape.jsonl`, {
    header: { pack: "demo" },
    parts: (header) => header,
    seal,
  });
  const wrap = (capability: Capability) =>
    taped(capability, writer, ({ name, value }) => writer.learned(name, value));
  const { lines } = await runGuest({ secrets: SECRETS, path: "/", run: startTestRun(), wrap, callId: "c1" });
  writer.close();
  assertEquals(writer.fault, undefined);
  return lines;
}

async function replay(dir: string, path: string, valueOf: (name: string, length: number) => string) {
  const tape = await readTape(dir);
  const run = startTestRun();
  for (const { name, length } of tape.secrets) {
    if (name.startsWith("put/")) continue;
    const value = valueOf(name, length);
    tape.seal.add(name, value);
    run.redactor.addSecret(value);
  }
  const ports = {
    player: tape,
    nearest: (call: HostCall) => tape.nearest(call),
    hear: ({ name, value }: { name: string; value: Uint8Array }) => {
      tape.seal.add(name, value);
      run.redactor.addSecret(new TextDecoder().decode(value));
    },
  };
  const wrap = (capability: Capability) => replayed(capability, ports);
  return await runGuest({ secrets: {}, path, run, wrap, callId: "c7" });
}

Deno.test("a recorded run is the same when it is replayed, with its secrets and without", async (t) => {
  const dir = await Deno.makeTempDir();
  try {
    const lines = await record(dir);
    await t.step("no spelling of a secret stands in the tape", async () => {
      const text = await Deno.readTextFile(`${dir}/tape.jsonl`);
      for (const secret of [...Object.values(SECRETS), `${SECRETS.PASSWORD}-session`]) {
        for (const form of secretForms(secret)) assert(!text.includes(form), form);
      }
    });
    const known: Readonly<Record<string, string>> = SECRETS;
    const values = { "its secrets": (name: string) => known[name] ?? "", "stand-ins": standIn };
    for (const [name, valueOf] of Object.entries(values)) {
      await t.step(`with ${name}`, async () => {
        const again = await replay(dir, "/", valueOf);
        const found = firstDifference(lines, again.lines);
        assertEquals(found && differenceText(found), null);
        assertEquals(again.echo.asked, 0);
      });
    }
    await t.step("another way is told", async () => {
      const other = await replay(dir, "/other", standIn);
      const found = firstDifference(lines, other.lines);
      assertEquals(
        found && differenceText(found),
        'main/ask, http.send: inputs.url was "https://a.test/?key=__REDACTED__" when it was recorded, ' +
          'and is "https://a.test/other?key=__REDACTED__" now',
      );
      const miss = other.lines.find(({ phase, status }) => phase === "mock" && status === "error");
      assertEquals(miss?.outputs, {
        error:
          "Recorded run has no answer to fake:http/client@1.0.0#send: the next call there has args[0].url " +
          '"https://a.test/?key=__SECRET(TOKEN,11)__", and this one has "https://a.test/other?key=__SECRET(TOKEN,0)__"',
      });
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
