/** A folder with whatever commands may name, for tests of what they may touch; and the plan for a command line in it. */

import { assertEquals } from "@std/assert";
import { makePack, packPath, sharedCache, tempFolder } from "./_helpers.ts";
import { FLOW, MINIMAL } from "./_sources.ts";
import { buildPack } from "../lib/build.ts";
import { warmUpCache } from "../lib/cache.ts";
import { generateKey } from "../lib/pack/keys.ts";
import { write } from "./pack/_packs.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);
const PLAN = decodeURIComponent(new URL("./_plan.ts", import.meta.url).pathname);
const CONFIG = decodeURIComponent(new URL("../deno.json", import.meta.url).pathname);

/** A folder, and beside it the file of an audit. */
export interface PermissionFolder extends AsyncDisposable {
  readonly cwd: string;
  readonly audit: string;
}

const GREET = await Deno.readFile(new URL("components/greet/greet.wasm", FIXTURES));
const ASK = await makePack({
  flows: {
    main: [{ id: "ask", component: "host-user", operation: "http", payload: "{{entry}}" }],
    secret: [
      { id: "a", component: "host-user", operation: "secret", payload: { key: "A" }, next: "b" },
      { id: "b", component: "host-user", operation: "secret", payload: { key: "B" }, next: "c" },
      { id: "c", component: "host-user", operation: "secret", payload: { key: "PLANNED_TOKEN" } },
    ],
  },
  components: ["host-user"],
});
const KEY = await generateKey();
const HINTS = await hinted();

async function hinted(): Promise<Uint8Array> {
  await using temp = await tempFolder();
  await write(`${temp.path}/pack.yaml`, MINIMAL);
  await write(`${temp.path}/assets/bindings.hints.yaml`, "network: {allow: [https://hint.example]}");
  return (await buildPack(temp.path)).archive;
}

const CACHE = sharedCache();
for (const pack of [packPath("demo.gtpack"), ASK]) await warmUpCache(pack, { cacheDir: CACHE });

/** Makes the folder, with all components prepared unless it is to be cold; `await using` removes it. */
export async function fixtureFolder({ cold = false }: { cold?: boolean } = {}): Promise<PermissionFolder> {
  const temp = await tempFolder();
  const cwd = `${temp.path}/in here`;
  await Deno.mkdir(cwd);
  for (const pack of ["demo", "order", "steps"]) {
    await Deno.copyFile(packPath(`${pack}.gtpack`), `${cwd}/${pack}.gtpack`);
  }
  const files: Readonly<Record<string, string | Uint8Array>> = {
    "greet.wasm": GREET,
    "ask.gtpack": ASK,
    "hints.gtpack": HINTS,
    "main.ygtc": FLOW,
    "hello/pack.yaml": MINIMAL,
    "hello/flows/main.ygtc": FLOW,
    "hello/components/greet.wasm": GREET,
    "in.json": "{}",
    "turns.json": '[{"dish":"soup"},{"count":2}]',
    "a.env": "A=secret of a file\n",
    "b.yaml": "B: secret of another file\n",
    "mocks.yaml": "kv: true\n",
    "answers.json": '{"http":{"mode":"replay","dir":"rec"},"kv":true}',
    "tools.yaml": "tools: {dir: answers}\n",
    "answers/weather__forecast.json": '{"days":1}',
    "service.ygtc":
      "id: main\ntype: job\nnodes:\n  a:\n    mcp: {server: weather, tool: forecast}\n    routing: out\n",
    "map.json": '{"greet":"greet.wasm"}',
    "keys/a.pub": KEY.publicPem,
    "keys/a.key": KEY.privatePem,
    "files/note.txt": "note",
    "other/note.txt": "note",
    "other/in.json": '{"name":"Ada"}',
    "other/a.env": "A=secret of a file\n",
    "state/.keep": "",
    "sub/.keep": "",
  };
  for (const [name, content] of Object.entries(files)) await write(`${cwd}/${name}`, content);
  if (!cold) {
    await Deno.mkdir(`${cwd}/.greentic/cache`, { recursive: true });
    for await (const { name } of Deno.readDir(CACHE)) {
      await Deno.copyFile(`${CACHE}/${name}`, `${cwd}/.greentic/cache/${name}`);
    }
  }
  if (Deno.build.os !== "windows") {
    await Deno.symlink("other", `${cwd}/linked`);
    await Deno.symlink("order.gtpack", `${cwd}/link.gtpack`);
    await Deno.symlink("demo.gtpack", `${cwd}/beside.gtpack`);
    await Deno.symlink("../other/demo.gtpack", `${cwd}/sub/link.gtpack`);
  }
  await Deno.copyFile(packPath("demo.gtpack"), `${cwd}/other/demo.gtpack`);
  return { cwd, audit: `${temp.path}/audit.jsonl`, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

/** The flags of the one hint in talk, as a shell understands that line. */
export function pastedFlags(stderr: string): string[] {
  const hints = stderr.split("\n").filter((line) => line.startsWith("  hint: Add --"));
  assertEquals(hints.length, 1, stderr);
  return shellWords(hints[0]!.slice("  hint: Add ".length));
}

/** The words of a line for a shell, as far as quotes and blanks part them. */
export function shellWords(line: string): string[] {
  const words = line.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g);
  return [...words].map(([word]) =>
    word.replace(/'([^']*)'|\\(.)/g, (_, quoted, escaped) => quoted ?? escaped)
  );
}

/** How a plan ended. */
export interface PlanEnded {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Plans a command line in a process of its own; `permissions` are those of planning. */
export async function plan(
  args: readonly string[],
  { cwd, permissions = ["-A"], env = {} }: {
    cwd: string;
    permissions?: readonly string[];
    env?: Readonly<Record<string, string>>;
  },
): Promise<PlanEnded> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--cached-only", "--no-check", "--config", CONFIG],
      ...permissions,
      PLAN,
      ...args,
    ],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** The flags that are planned for a command line, as arguments. */
export async function planOf(args: readonly string[], { cwd }: { cwd: string }): Promise<string[]> {
  const { code, stdout, stderr } = await plan(["--json", ...args], { cwd });
  assertEquals(code, 0, stderr);
  const { flags }: { flags: string[] } = JSON.parse(stdout);
  return flags;
}
