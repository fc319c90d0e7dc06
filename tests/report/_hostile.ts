/** A run directory that wants to run in the page of its report, to style it, or to break it. */

import type { Json } from "../../lib/base/json.ts";
import { toFlowsJson } from "../../lib/record/flows_json.ts";

/** Texts that a page could take for something else. Whoever runs one sets `pwned`. */
export const NASTY: readonly string[] = [
  "</script><script>globalThis.pwned = 1; alert(1)</script>",
  "<img src=x onerror=globalThis.pwned=1>",
  "</style><style>* { display: none }</style>",
  "<!--<script>",
  "javascript:globalThis.pwned=1",
  '" onfocus="globalThis.pwned=1" autofocus x="',
  "url(https://pwned.test/x); background: red",
  "\u202egnp.exe\u2066 \u200b\u00ad",
  "\u2028\u2029\u0000\u0007\u001b[2J\r\n",
  "\ud800 lone",
  "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d".repeat(30),
  "__proto__",
  "constructor",
  "{{7*7}} ${7*7}",
];

const LONG = "A".repeat(1024 * 1024);

/** Writes the directory. */
export async function writeHostileRun(dir: string): Promise<void> {
  await Deno.mkdir(`${dir}/logs`, { recursive: true });
  const deep: Json = JSON.parse(`${"[".repeat(120)}1${"]".repeat(120)}`);
  const value = JSON.parse(
    `{"__proto__":{"polluted":true},"constructor":1,"toString":2,"<b>":${JSON.stringify(NASTY)}}`,
  );
  const lines: Json[] = [];
  const line = (more: Json & object) =>
    lines.push({ ts: "2026-01-01T00:00:00Z", session_id: "s", flow_id: NASTY[0]!, ...more });
  line({
    phase: "run",
    status: "start",
    inputs: { info: { pack: NASTY[1]! }, context: { tenant_id: NASTY[2]! } },
  });
  line({
    phase: "verify",
    status: NASTY[0]!,
    inputs: { check: NASTY[0]!, place: NASTY[1]! },
    outputs: value,
  });
  for (const [i, id] of NASTY.entries()) {
    const place = {
      node_id: id,
      call_id: `n${i}`,
      attempt: 1,
      component: NASTY[1]!,
      operation: NASTY[2]!,
      target: id,
    };
    line({ ...place, phase: "start", status: "ok", inputs: { payload: value } });
    line({ ...place, phase: "host", status: "call", host_call_id: `h${i}`, inputs: { method: id, url: id } });
    line({
      ...place,
      phase: "host",
      status: "denied",
      host_call_id: `h${i}`,
      inputs: { provider: id },
      outputs: value,
    });
    line({ ...place, phase: "log", status: "ok", outputs: { stream: id, text: id, fields: deep } });
    const failed = {
      phase: "error",
      status: "error",
      error: { code: id, message: id, hint: id, causes: [id, 7], place: id },
    };
    line({
      ...place,
      ...(i % 3 === 0 ? failed : { phase: "end", status: "ok", outputs: i === 1 ? LONG : value }),
    });
  }
  line({ phase: "start", status: "ok", node_id: LONG, call_id: "long", operation: LONG, component: LONG });
  line({ phase: "warning", status: "warning", error: { code: NASTY[0]!, message: LONG } });
  line({
    phase: NASTY[0]!,
    status: 7,
    node_id: { a: 1 },
    flow_path: [1, "x"],
    ts: "later",
    metrics: [],
    redactions: [null, NASTY[0]!],
  });
  const text = lines.map((json) => JSON.stringify(json)).join("\n");
  // Lines that are no JSON, no object, too deep, and one whose writer was killed.
  const damage = ["{", "7", `{"phase":"log","outputs":${"[".repeat(5000)}${"]".repeat(5000)}}`].join("\n");
  await Deno.writeTextFile(`${dir}/transcript.jsonl`, `${text}\n${damage}\n{"phase":"end`);
  await Deno.writeTextFile(`${dir}/logs/x.stdout.log`, NASTY.join("\n"));
  // Names that files can have on the system at hand.
  for (const name of NASTY.slice(1, 6)) {
    await Deno.writeTextFile(`${dir}/logs/${name}.log`, name).catch(() => {});
  }
  await Deno.writeTextFile(`${dir}/state.json`, JSON.stringify({ added: value }));
  const routes = NASTY.map((to, i) => ({ to, on: [NASTY[i]!], failure: i % 2 === 0 }));
  const nodes = NASTY.map((id) => ({ id, component: id, target: id, operation: id, routes, calls: null }));
  const flows = [...NASTY, "main"].map((id) => ({ id, start: NASTY[0]!, nodes }));
  await Deno.writeTextFile(`${dir}/flows.json`, JSON.stringify(toFlowsJson(flows)));
  await Deno.writeTextFile(
    `${dir}/run.json`,
    JSON.stringify({
      ...{ session_id: NASTY[0], pack_id: NASTY[0], pack_version: NASTY[1], flow_id: NASTY[0] },
      ...{ started_at_utc: NASTY[0], finished_at_utc: NASTY[1], status: "Failure", error: NASTY[0] },
      node_summaries: NASTY.map((id) => ({
        node_id: id,
        component: id,
        status: "Error",
        duration_ms: 1,
        target: id,
      })),
      failures: Object.fromEntries(
        NASTY.map((id) => [id, { code: id, message: id, details: value, log_paths: [id] }]),
      ),
      ...{
        artifacts_dir: dir,
        schema_version: 1,
        output: value,
        parent_run: NASTY[0],
        pack_digest: NASTY[0],
      },
      waiting: { reason: NASTY[0], snapshot: NASTY[0] },
      turns: [{ reason: NASTY[0], output: value, input: deep }],
      verification: {
        verdicts: NASTY.map((id) => ({ check: id, verdict: "mismatch", place: id, reason: id, code: id })),
      },
      components: NASTY.map((id) => ({ id, entry: id, digest: id, world: id, pinned: id })),
      environment: Object.fromEntries(NASTY.map((id) => [id, id])),
      redactions: NASTY,
    }),
  );
}
