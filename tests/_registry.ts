/**
 * A registry on this machine. It takes what `deno publish` uploads, which is the package with its imports rewritten, and
 * serves it as JSR does: `jsr:` names that registry for a process whose variable `JSR_URL` does. Never reaches JSR.
 *
 * The addresses are those that Deno asks for: `/api/…` by `deno publish`, `meta.json`, `<version>_meta.json` and the
 * files by `jsr:`, which are compared with the checksums of the latter.
 */

import { assert, assertEquals } from "@std/assert";
import { tempFolder } from "./_helpers.ts";

const ROOT = decodeURIComponent(new URL("../", import.meta.url).pathname);
const CONFIG: { name: string; version: string; exports: Record<string, string> } = JSON.parse(
  await Deno.readTextFile(`${ROOT}deno.json`),
);
const PACKAGE = `/${CONFIG.name}`;

/** Files by their paths in the package, which begin with a slash. */
type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** The package as it was published. */
export interface Published extends AsyncDisposable {
  /** What its files hold, by their paths in the package, which begin with a slash. */
  readonly files: Files;
  /** The size of what was uploaded, in bytes. */
  readonly uploadBytes: number;
  /** What `deno publish` said. */
  readonly said: string;
  /** The address of a file of the package. */
  address(path: string): string;
  /** The variables for a process that finds the package as `jsr:`, and packages of npm where this process has them. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder that is empty, but for {@linkcode Published.lock}. */
  readonly cwd: string;
  /** The flag that has packages of npm taken in the versions that the tests have. */
  readonly lock: string;
}

/** Publishes this checkout, until disposed of. */
export async function publish(): Promise<Published> {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(await tempFolder());
  const uploaded = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
  let files: Files = new Map();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST") {
      uploaded.resolve(new Uint8Array(await request.arrayBuffer()));
      return Response.json({ id: "1", status: "success", error: null });
    }
    if (pathname.includes("/versions/")) return Response.json({ code: "", message: "" }, { status: 404 });
    return pathname.startsWith("/api/") ? Response.json({}) : await served(pathname, files);
  });
  stack.use(server);
  const url = `http://127.0.0.1:${server.addr.port}`;
  const env = { JSR_URL: `${url}/`, NO_COLOR: "1" };
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--token", "none", "--no-provenance", "--no-check", "--allow-dirty"],
    cwd: ROOT,
    env,
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(success, said);
  const upload = await uploaded.promise;
  files = await unpacked(upload);
  assertEquals(files.has("/mod.ts"), true);

  // Deno keeps what it loads; packages of npm are those of the tests, so that nothing is loaded from elsewhere.
  const { npmCache }: { npmCache: string } = JSON.parse(
    new TextDecoder().decode(
      (await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: ROOT }).output()).stdout,
    ),
  );
  const cwd = `${temp.path}/empty`;
  await Deno.mkdir(`${temp.path}/deno`);
  await Deno.symlink(npmCache, `${temp.path}/deno/npm`);
  await Deno.mkdir(cwd);
  await Deno.copyFile(`${ROOT}deno.lock`, `${temp.path}/deno.lock`);
  const owned = stack.move();
  return {
    files,
    uploadBytes: upload.length,
    said,
    address: (path) => `${url}${PACKAGE}/${CONFIG.version}${path}`,
    env: { ...env, DENO_DIR: `${temp.path}/deno` },
    cwd,
    lock: `--lock=${temp.path}/deno.lock`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function served(pathname: string, files: Files): Promise<Response> {
  if (pathname === `${PACKAGE}/meta.json`) {
    const [scope, name] = CONFIG.name.slice(1).split("/");
    return Response.json({ scope, name, latest: CONFIG.version, versions: { [CONFIG.version]: {} } });
  }
  if (pathname === `${PACKAGE}/${CONFIG.version}_meta.json`) {
    const manifest: Record<string, { size: number; checksum: string }> = {};
    for (const [path, bytes] of files) {
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
      manifest[path] = { size: bytes.length, checksum: `sha256-${digest}` };
    }
    return Response.json({ exports: CONFIG.exports, manifest });
  }
  const file = files.get(pathname.replace(`${PACKAGE}/${CONFIG.version}`, ""));
  if (file === undefined) return new Response(null, { status: 404 });
  return new Response(file, { headers: { "content-type": "text/typescript" } });
}

/** The files of a gzipped tar archive with short names, as `deno publish` writes it. */
async function unpacked(gzipped: Uint8Array<ArrayBuffer>): Promise<Files> {
  const plain = new Blob([gzipped]).stream().pipeThrough(new DecompressionStream("gzip"));
  const tar = new Uint8Array(await new Response(plain).arrayBuffer());
  const text = (from: number, to: number) => new TextDecoder().decode(tar.subarray(from, to)).split("\0")[0]!;
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let at = 0; tar[at] !== 0 && at < tar.length;) {
    const size = parseInt(text(at + 124, at + 136), 8);
    files.set(`/${text(at, at + 100)}`, tar.slice(at + 512, at + 512 + size));
    at += 512 * (1 + Math.ceil(size / 512));
  }
  return files;
}
