/** Packs by their address. Reaches no host but this one. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Limits } from "../../lib/base/limits.ts";
import { buildPack } from "../../lib/pack/build.ts";
import { openSource } from "../../lib/pack/open_source.ts";
import { ASK, LIMITS, newSpec } from "./_packs.ts";

const ARCHIVE = await buildPack(newSpec());

function refusal(address: URL, limits: Limits = LIMITS): Promise<RunnerError> {
  return assertRejects(() => openSource(address, { limits }), RunnerError);
}

/** A server on this machine that answers by path, and goes away with its owner. */
function serve(answer: (path: string, request: Request) => Response): { origin: string } & AsyncDisposable {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => answer(new URL(request.url).pathname, request),
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function redirect(location: string, status = 302): Response {
  return new Response("elsewhere", { status, headers: { location } });
}

Deno.test("openSource() fetches by HTTP and follows redirects", async (t) => {
  const asked: (string | null)[] = [];
  await using server = serve((path, { headers }) => {
    asked.push(headers.get("authorization"));
    if (path === "/there.gtpack") return new Response(ARCHIVE);
    if (path === "/component") return new Response(ASK);
    const [, left] = /^\/hop(\d+)$/.exec(path) ?? [];
    return redirect(Number(left) > 1 ? `/hop${Number(left) - 1}` : "there.gtpack?more=1", 307);
  });
  for (const path of ["/there.gtpack", "/hop1", "/hop10"]) {
    await t.step(path, async () => {
      const source = await openSource(new URL(path, server.origin), { limits: LIMITS });
      assertEquals([source.kind, source.label], ["memory", `${server.origin}${path}`]);
      assertEquals(source.bytes, ARCHIVE.length);
    });
  }
  await t.step("a component", async () => {
    const source = await openSource(new URL("/component", server.origin), { limits: LIMITS });
    assertEquals(source.entries.map(({ name }) => name), ["component.wasm"]);
  });
  await t.step("with credentials, which no label shows", async () => {
    await using other = serve(() => redirect(`${server.origin}/there.gtpack`));
    for (
      const [origin, then] of [[server.origin, `Basic ${btoa("ada:secret")}`], [other.origin, null]] as const
    ) {
      asked.length = 0;
      const address = new URL("/hop1?token=secret#part", origin.replace("//", "//ada:secret@"));
      const source = await openSource(address, { limits: LIMITS });
      assertEquals(source.label, `${origin}/hop1`);
      // They are for the host that was named, and not for another to which it leads.
      assertEquals(asked.at(-1), then);
    }
  });
});

Deno.test("openSource() says why an address gives no pack, without its secrets", async (t) => {
  await using server = serve((path) => {
    const answers: Record<string, () => Response> = {
      "/loop": () => redirect("/loop?token=secret"),
      "/ftp": () => redirect("ftp://ada:secret@127.0.0.1/x"),
      "/file": () => redirect("file:///etc/hostname"),
      "/data": () => redirect("data:,secret"),
      "/nowhere": () => redirect("http://"),
      "/unmoved": () => new Response(null, { status: 304 }),
      "/broken": () => new Response("secret", { status: 500 }),
      "/gone": () => redirect("/absent?token=secret"),
      "/text": () => new Response("no pack"),
      "/large": () => new Response(new Uint8Array(5000)),
    };
    return answers[path]?.() ?? new Response("secret", { status: 404 });
  });
  const table: [string, string, string][] = [
    ["/absent", "pack.not_found", "the server answered with status 404"],
    ["/broken", "pack.not_found", "the server answered with status 500"],
    ["/unmoved", "pack.not_found", "the server answered with status 304"],
    ["/gone", "pack.not_found", `/absent" cannot be fetched: the server answered with status 404`],
    ["/loop", "pack.not_found", "the server redirects more than 10 times"],
    ["/ftp", "pack.not_found", "the server redirects to what is no web address"],
    ["/file", "pack.not_found", "the server redirects to what is no web address"],
    ["/data", "pack.not_found", "the server redirects to what is no web address"],
    ["/nowhere", "pack.not_found", "the server redirects to what is no web address"],
    ["/text", "pack.not_zip", `File "${server.origin}/text" is no zip archive`],
    ["/large", "pack.limit.archive", "exceeds the limit maxArchiveBytes of 4999"],
  ];
  for (const [path, code, message] of table) {
    await t.step(path, async () => {
      const address = new URL(`${path}?token=secret#part`, server.origin.replace("//", "//ada:secret@"));
      const error = await refusal(address, { ...LIMITS, maxArchiveBytes: 4999 });
      assertEquals(error.code, code);
      assert(error.message.includes(message), error.message);
      assert(!/secret|ada/.test([error.message, error.place, error.hint].join()), error.message);
    });
  }
});

Deno.test("openSource() takes a body of exactly the limit", async () => {
  await using server = serve(() => new Response(ARCHIVE));
  const limits = { ...LIMITS, maxArchiveBytes: ARCHIVE.length };
  assertEquals((await openSource(new URL(server.origin), { limits })).bytes, ARCHIVE.length);
});

Deno.test("openSource() stops reading a body without end at the limit", async () => {
  const ended = Promise.withResolvers<void>();
  await using server = serve(() =>
    new Response(
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
        cancel: () => ended.resolve(),
      }),
    )
  );
  const error = await refusal(new URL(server.origin), { ...LIMITS, maxArchiveBytes: 1_000_000 });
  assertEquals(error.code, "pack.limit.archive");
  await ended.promise;
});

Deno.test("openSource() says that nobody answers", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const error = await refusal(new URL(`http://127.0.0.1:${port}/x`));
  assertEquals([error.code, error.place], ["pack.not_found", `http://127.0.0.1:${port}/x`]);
  assert(error.message.endsWith("the address does not answer"));
});

Deno.test("openSource() stops fetching when it is told to, with the reason unchanged", async () => {
  const asked = Promise.withResolvers<void>(), stop = new AbortController(), reason = new Error("enough");
  await using server = serve(() => {
    asked.resolve();
    return new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(9)) }));
  });
  const opened = openSource(new URL(server.origin), { limits: LIMITS, signal: stop.signal });
  const rejected = assertRejects(() => opened);
  await asked.promise;
  stop.abort(reason);
  assert(await rejected === reason);
});

Deno.test({
  name: "openSource() names the host that is not permitted, also where a redirect leads",
  permissions: { net: ["127.0.0.1"] },
  async fn() {
    await using server = serve(() => redirect("http://127.0.0.2:8123/x?token=secret"));
    const table: [string, string][] = [
      ["http://127.0.0.3:8080/x", "Add --allow-net=127.0.0.3:8080"],
      ["https://packs.invalid/x", "Add --allow-net=packs.invalid:443"],
      [`${server.origin}/x`, "Add --allow-net=127.0.0.2:8123"],
    ];
    for (const [address, hint] of table) {
      const error = await refusal(new URL(address));
      assertEquals([error.code, error.hint], ["permission.missing", hint]);
    }
  },
});
