/** The folder that the sessions of `fixtures/terminal` are carried out in: packs, sources, recordings, components. */

import { COMPONENT_SUFFIX } from "../lib/component/cache.ts";
import { pemText } from "../lib/pack/pem.ts";
import { PKCS8_PREFIX } from "../lib/pack/sign.ts";
import { write } from "./pack/_packs.ts";
import { component } from "./_sources.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);

/** A flow that waits, and then does what it was told to. */
const TELL = `id: main
type: messaging
nodes:
  wait:
    session.wait:
      reason: what
    routing:
      - to: work
  work:
    spin:
      operation: "{{state.input.do}}"
    routing: out
`;

/** A flow that sends a request that it gets as an answer. */
const FETCH = `id: fetch
type: messaging
nodes:
  wait:
    session.wait:
      reason: where
    routing:
      - to: send
  send:
    host-user:
      operation: http
      input:
        url: "{{state.input.url}}"
    routing: out
`;

/** A flow with a route that leads nowhere, to a component that is misspelt. */
const BROKEN = `id: main
type: messaging
nodes:
  greet:
    gret:
      operation: greet
    routing:
      - to: nowhere
`;

/** More than a pipe holds, so that whoever has written it all knows that it is being read. */
const LONG_BYTES = 1024 * 1024;

/** The secret half of the key that sessions sign with: no secret, so that they always print the same. */
const SEED = new Uint8Array(32).fill(7);

/** Puts into a folder everything that sessions name. */
export async function furnish(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(new URL("packs/", FIXTURES))) {
    if (!name.endsWith(".gtpack")) continue;
    await Deno.copyFile(new URL(`packs/${name}`, FIXTURES), `${folder}/${name}`);
  }
  await copyFolder(new URL("recordings/", FIXTURES), `${folder}/recordings`);
  await copyFolder(new URL("sources/hello/", FIXTURES), `${folder}/hello`);
  await copyFolder(new URL("sources/hello/", FIXTURES), `${folder}/broken`);
  const demo = await Deno.readFile(`${folder}/demo.gtpack`);
  const files: Readonly<Record<string, string | Uint8Array>> = {
    "greet.wasm": await component("greet"),
    "echo.wasm": await component("echo"),
    "wants-more.wasm": await component("wants-more"),
    "broken/flows/main.ygtc": BROKEN,
    "tell/pack.yaml": "pack_id: tell\nversion: 0.1.0\n",
    "tell/flows/main.ygtc": TELL,
    "tell/flows/fetch.ygtc": FETCH,
    "tell/components/spin.wasm": await component("spin"),
    "tell/components/host-user.wasm": await component("host-user"),
    "orders.json": '[{"dish":"soup"},{"count":2}]\n',
    "there.json": '[{"url":"https://api.example.com/greeting?name=Ada"}]\n',
    "unknown.json": '[{"do":"dance"}]\n',
    "elsewhere.json": '[{"url":"https://api.example.com/other"}]\n',
    "my.key": pemText("PRIVATE KEY", Uint8Array.of(...PKCS8_PREFIX, ...SEED)),
    "short.gtpack": demo.subarray(0, demo.length - 100),
    "text.gtpack": "This is no pack.\n",
    "long.gtpack": new Uint8Array(LONG_BYTES),
    [`damaged/${"0".repeat(64)}${COMPONENT_SUFFIX}`]: "This is no prepared component.\n",
  };
  for (const [name, content] of Object.entries(files)) await write(`${folder}/${name}`, content);
}

async function copyFolder(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(new URL(`${name}/`, from), `${to}/${name}`);
    else await Deno.copyFile(new URL(name, from), `${to}/${name}`);
  }
}
