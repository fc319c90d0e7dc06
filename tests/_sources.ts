/** Folders that packs are built from. */

import type { Finding } from "../lib/base/finding.ts";
import { UTF8, write } from "./pack/_packs.ts";
import { type TempFolder, tempFolder } from "./_helpers.ts";

/** The lines that every `pack.yaml` needs. */
export const MINIMAL = "pack_id: made\nversion: 0.1.0\n";

/** A flow that calls `greet` and says what it answers. */
export const FLOW = `id: main
type: messaging
nodes:
  greet:
    greet:
      operation: greet
      input:
        name: "{{entry.name}}"
    routing:
      - to: say
  say:
    emit.response:
      text: "{{node.greet.text}}"
`;

/** The bytes of a fixture component. */
export async function component(id: string): Promise<Uint8Array> {
  return await Deno.readFile(new URL(`../fixtures/components/${id}/${id}.wasm`, import.meta.url));
}

/** A folder with these files. */
export async function sources(files: Readonly<Record<string, string | Uint8Array>>): Promise<TempFolder> {
  const folder = await tempFolder();
  for (const [name, content] of Object.entries(files)) await write(`${folder.path}/${name}`, content);
  return folder;
}

/** The files of a pack that builds: `pack.yaml`, a flow, the component that it calls. */
export async function goodFiles(more: Readonly<Record<string, string | Uint8Array>> = {}): Promise<
  Record<string, string | Uint8Array>
> {
  return {
    "pack.yaml": MINIMAL,
    "flows/main.ygtc": FLOW,
    "components/greet.wasm": await component("greet"),
    "assets/note.txt": UTF8.encode("note"),
    ...more,
  };
}

/** Findings in short. */
export function shortFindings(findings: readonly Finding[]): string[] {
  return findings.map(({ severity, place, message }) => `${severity} ${place}: ${message}`);
}
