// deno-lint-ignore-file no-console -- a script talks to whoever runs it
/**
 * Calls the published components in the folder `PUBLIC_COMPONENTS`, a file each, and prints a table: through which world
 * each is called, what it said of itself, and whether it answers known inputs as it is known to answer them. A check by
 * hand; no test needs it.
 */

import { sha256Hex } from "../lib/base/digest.ts";
import type { Outcome } from "../lib/base/call.ts";
import { failureOfError } from "../lib/base/call.ts";
import { type Json, sortKeys } from "../lib/base/json.ts";
import { DEFAULT_LIMITS } from "../lib/base/limits.ts";
import { WorkerHost } from "../lib/component/worker_host.ts";
import { WorkerPool } from "../lib/component/worker_pool.ts";
import { callableWorlds, readShape } from "../lib/component/world.ts";
import { hostCapabilities } from "../lib/host/capabilities.ts";
import { mockSecrets } from "../lib/host/secrets/open.ts";
import { capabilityParts } from "./host/_helpers.ts";
import { ReadOnlyTree } from "../lib/host/files/read_only_tree.ts";
import { HostTable } from "../lib/host/table.ts";

const folder = Deno.env.get("PUBLIC_COMPONENTS");
if (folder === undefined) {
  console.error("Name a folder of components: PUBLIC_COMPONENTS=some/folder deno task test:public");
  Deno.exit(2);
}

/** A call whose answer is known: of components by the first twelve digits of their SHA-256. */
interface Vector {
  readonly components: readonly string[];
  readonly operation: string;
  readonly input: Json;
  readonly via?: "provider";
  readonly environment?: readonly (readonly [string, string])[];
  /** What the answer must be, or what its JSON text must contain. */
  readonly output?: Json;
  readonly contains?: string;
}

const NODE_STATE = { nodes: { qa: { payload: { text: "hello" } } } };
const MESSAGE = {
  ...{ id: "1", channel: "c", session_id: "s", text: "yo", attachments: [], metadata: {} },
  tenant: { env: "local", tenant: "acme", tenant_id: "acme", attempt: 1 },
};
const TEMPLATES = {
  config: { templates: { text: "Hello {{payload.name}} {{msg.text}}" } },
  msg: MESSAGE,
  payload: { name: "Ada" },
};
const DUMMIES = ["a82d2781740b", "0a48a21071bf"];

const VECTORS: readonly Vector[] = [
  {
    ...{ components: ["28d069157d8b"], operation: "process", input: { text: "hello", state: 1 } },
    output: { state: 1, text: "hello" },
  },
  { components: ["28d069157d8b"], operation: "nope", input: {}, contains: '"code":"INVALID_OP"' },
  {
    components: ["a62b87710654"],
    operation: "render",
    input: { template: "Echo: {{nodes.qa.payload.text}}", data: {}, state: NODE_STATE },
    output: { text: "Echo: hello" },
  },
  {
    components: ["a62b87710654"],
    operation: "render",
    input: { template: "Echo: {{nodes.qa.payload.text}}", state: NODE_STATE },
    output: { text: "Echo: " },
  },
  { components: ["7883a35f4fd9"], operation: "echo", input: { message: "hi" }, contains: '"message":"hi"' },
  { components: ["7883a35f4fd9"], operation: "invoke", input: {}, contains: '"code":"unsupported-op"' },
  {
    components: ["a3a42cc52fdb"],
    operation: "card",
    input: {
      cardSource: "inline",
      cardSpec: {
        inline_json: { type: "AdaptiveCard", body: [{ type: "TextBlock", text: "@{payload.name}" }] },
      },
      ...{ payload: { name: "Ada" }, session: {}, state: {}, mode: "renderAndValidate" },
    },
    contains: '"text":"Ada"',
  },
  {
    ...{ components: ["a3a42cc52fdb"], operation: "card", input: { card_source: "inline" } },
    contains: "invalid invocation: ",
  },
  { components: ["71d399993ab5"], operation: "text", input: TEMPLATES, contains: '"text":"Hello Ada yo"' },
  { components: ["71d399993ab5"], operation: "other", input: TEMPLATES, contains: '"code":"InvalidInput"' },
  {
    components: ["c8d19b90dd5e", "c07a79b8d208"],
    operation: "text",
    input: { ...TEMPLATES, config: { template: "Hello {{payload.name}}" }, state: {}, connections: [] },
    contains: "Hello Ada",
  },
  {
    ...{ components: ["4d9cd7b73736"], operation: "run", input: { input: "hello" } },
    output: { message: "component-templates::handle_message => hello" },
  },
  { components: ["c527b615b563"], operation: "run", input: TEMPLATES, contains: '"text":"Hello Ada yo"' },
  {
    ...{ components: ["c4f17fc14670"], operation: "handle_message", input: { input: "hi" } },
    output: { message: "contract-fixture::handle_message => hi" },
  },
  {
    ...{ components: DUMMIES, operation: "state.dispatch", input: {} },
    contains: "dispatched natively by the operator",
  },
  {
    ...{ components: DUMMIES, operation: "none", input: {}, via: "provider" },
    contains: "unsupported op: none",
  },
  {
    ...{ components: ["2090ee190541"], operation: "call", input: { tool: "echo", arguments: { q: 1 } } },
    contains: '"structured_content":{"q":1}',
  },
  {
    ...{ components: ["2090ee190541"], operation: "call", input: { tool: "none" } },
    contains: '"status":404',
  },
  {
    components: ["7cbb75033b92", "1416caae4733", "18ce71c0288a", "2c4e4a0bbaa5"],
    operation: "emit",
    input: { id: "q", spec_ref: "assets/setup.yaml" },
    contains: "bot_token",
  },
  {
    components: ["363c41239c86", "cf595c4e28c0"],
    ...{ operation: "run", input: null, environment: [["GT_TEST", "ok"]] },
    contains: "hello stdout",
  },
];

const SETUP = `provider_id: demo
version: 1
id: setup
title: Setup
questions:
  - name: bot_token
    title: Bot token
    kind: string
    required: true
`;

const files = new Map<string, { path: string; bytes: Uint8Array }>();
for (const { name } of Deno.readDirSync(folder)) {
  if (!name.endsWith(".wasm")) continue;
  const bytes = await Deno.readFile(`${folder}/${name}`);
  files.set((await sha256Hex(bytes)).slice(0, 12), { path: name, bytes });
}

const setup = new TextEncoder().encode(SETUP);
const hello = new TextEncoder().encode("wasi");
const assets = new ReadOnlyTree([{ path: "setup.yaml", size: setup.length, read: () => setup }]);
const data = new ReadOnlyTree([{ path: "hello.txt", size: hello.length, read: () => hello }]);
const identity = { env: "local", tenant: "acme", team: "blue", user: "ann", session: "s-1" };
const host = new HostTable(
  hostCapabilities(
    capabilityParts({
      identity,
      secrets: mockSecrets({ TELEGRAM_BOT_TOKEN: "t" }),
      folders: [
        { guest: "/assets", readOnly: true, tree: assets },
        { guest: "/data", readOnly: true, tree: data },
      ],
    }),
    { emit() {}, hide() {} },
  ),
  () => {},
);
using pool = new WorkerPool();
const compiled = new Map();

/** Calls a component; routers stand beside it, as in a pack. */
async function call(digest: string, vector: Omit<Vector, "components">, describe = false): Promise<Outcome> {
  const routers = [...files].filter(([other, { bytes }]) =>
    other !== digest && binary(bytes)?.exports.includes("wasix:mcp/router@25.6.18")
  ).slice(0, 1);
  const components = [[digest, files.get(digest)!] as const, ...routers].map(([id, { path, bytes }]) => ({
    ...{ id, origin: "pack" as const, entry: path },
    bytes: () => Promise.resolve(bytes),
  }));
  await using worker = new WorkerHost({
    ...{ components, offers: host.offers, answer: host.answer, emit() {}, identity, cacheDir: null },
    limits: DEFAULT_LIMITS,
    wasi: {
      environment: vector.environment ?? [],
      arguments: [],
      preopens: [{ guest: "/assets", readOnly: true }, { guest: "/data", readOnly: true }],
      ...{ clock: null, seed: null },
    },
  }, { pool, compiled });
  return await worker.invoke({
    ...{ callId: "c", flowId: "f", flowPath: [], nodeId: "n", attempt: 1, component: digest, describe },
    ...{ via: vector.via ?? "component", operation: vector.operation, input: vector.input, state: {} },
  }, new AbortController().signal);
}

function binary(bytes: Uint8Array): ReturnType<typeof readShape> | null {
  try {
    return readShape(bytes, "");
  } catch {
    return null;
  }
}

function holds({ output, contains }: Vector, outcome: Outcome): boolean {
  if (outcome.status !== "ok") return false;
  const text = JSON.stringify(outcome.output);
  if (contains !== undefined) return text.includes(contains);
  return JSON.stringify(sortKeys(outcome.output)) === JSON.stringify(sortKeys(output ?? null));
}

let wrong = 0;
console.log("| sha256 | kB | world | describes itself | known answers |\n|---|---:|---|---|---|");
for (const [digest, { path, bytes }] of [...files].sort(([a], [b]) => a < b ? -1 : 1)) {
  const row = (...cells: string[]) => {
    console.log(`| ${digest} | ${(bytes.length / 1000).toFixed(0)} | ${cells.join(" | ")} |`);
  };
  try {
    const shape = readShape(bytes, path);
    const [world] = callableWorlds(shape);
    if (world === undefined) {
      row(`none: exports ${shape.exports.join(", ") || "nothing"}`, "-", "-");
      continue;
    }
    const described = await call(digest, { operation: "", input: null }, true);
    const self = described.status === "ok"
      ? described.output === null ? "no" : "yes"
      : described.failure.message;
    const vectors = VECTORS.filter(({ components }) => components.includes(digest));
    const failed: string[] = [];
    for (const vector of vectors) {
      const outcome = await call(digest, vector);
      if (holds(vector, outcome)) continue;
      failed.push(`${vector.operation}: ${JSON.stringify(outcome).slice(0, 300)}`);
    }
    wrong += failed.length;
    const known = vectors.length === 0
      ? "-"
      : failed.length === 0
      ? `${vectors.length} hold`
      : failed.join("; ");
    row(world.interface, self, known);
  } catch (error) {
    row(failureOfError(error).message, "-", "-");
  }
}
if (wrong > 0) Deno.exit(1);
