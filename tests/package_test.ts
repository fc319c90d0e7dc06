/** What is published: which files, how large, and whether everything that is exported is explained and shown. */

import { assert, assertEquals } from "@std/assert";
import { publish } from "./_registry.ts";

const ROOT = new URL("../", import.meta.url);
const LARGEST_UPLOAD = 1024 * 1024;

interface Documented {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
}

interface Member {
  readonly name?: string;
  readonly jsDoc?: Documented;
  readonly accessibility?: string;
}

interface Declaration extends Member {
  readonly kind: string;
  readonly location: { readonly filename: string };
  readonly def?: Readonly<Record<string, unknown>>;
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

async function symbolsOf(file: string): Promise<readonly DocumentedSymbol[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["doc", "--json", file], cwd: ROOT })
    .output();
  const { nodes }: { nodes: Record<string, { symbols: readonly DocumentedSymbol[] }> } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  return Object.values(nodes).flatMap(({ symbols }) => symbols);
}

/** The public members of a class or an interface. */
function membersOf({ def = {} }: Declaration): Member[] {
  return ["constructors", "properties", "methods", "callSignatures", "indexSignatures"].flatMap((kind) => {
    const members = def[kind];
    return Array.isArray(members) ? members : [];
  }).filter(({ accessibility }: Member) => accessibility !== "private");
}

/** The files below a folder. */
function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`) : [`/${folder}/${name}`]
  );
}

Deno.test("the package holds the library and nothing else, and is small", async () => {
  await using published = await publish();
  const expected = ["/LICENSE", "/README.md", "/cli.ts", "/deno.json", "/mod.ts", ...filesBelow("lib")];
  assertEquals([...published.files.keys()].sort(), expected.sort());
  assert(published.uploadBytes < LARGEST_UPLOAD, `${published.uploadBytes} bytes`);
  assert(!/warning/i.test(published.said), published.said);
});

Deno.test("everything that is exported is documented, with all its members", async () => {
  const symbols = await symbolsOf("mod.ts");
  assert(symbols.length > 50, "the documentation was read");
  const silent = symbols.flatMap(({ name, declarations }) =>
    declarations.flatMap((declaration) => [
      ...(declaration.jsDoc?.doc ? [] : [name]),
      ...membersOf(declaration).filter(({ jsDoc }) => !jsDoc?.doc).map((member) => `${name}.${member.name}`),
    ])
  );
  assertEquals(silent, []);
});

Deno.test("every function and class that is exported has an example, and the tests run it", async () => {
  const { tasks }: { tasks: { test: string } } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const places = / --doc (.+)$/.exec(tasks.test)?.[1]?.split(" ") ?? [];
  const callable = (await symbolsOf("mod.ts")).flatMap(({ name, declarations }) =>
    declarations.filter(({ kind }) => kind === "function" || kind === "class").map((declaration) => ({
      name,
      ...declaration,
    }))
  );
  assert(callable.length >= 15, "the documentation was read");
  const bare = callable.filter(({ jsDoc }) =>
    !jsDoc?.tags?.some(({ kind, doc }) =>
      kind === "example" && /^```ts\n[\s\S]*from "@greentic\/runner"[\s\S]*```$/m.test(doc ?? "")
    )
  );
  assertEquals(bare.map(({ name }) => name), []);
  const skipped = callable.map(({ location }) => location.filename.replace(ROOT.href, ""))
    .filter((file) => !places.some((place) => file === place || file.startsWith(`${place}/`)));
  assertEquals(skipped, []);
});
