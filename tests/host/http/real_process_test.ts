/** Real HTTP under what is fixed when a process starts: whose certificates it trusts, and what Deno permits. */

import { assertEquals } from "@std/assert";
import { SANITIZED } from "./_real.ts";
import { CERTIFICATE, identity } from "./_servers.ts";

/** What the probe tells of a request, in a process of its own. */
async function probed(url: string, ...flags: string[]): Promise<unknown> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", ...flags, import.meta.resolve("./_real_probe.ts"), url],
  }).output();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  return JSON.parse(decoder.decode(stdout));
}

/** Starts a server that speaks HTTP/2 where it is spoken to in it, with as many headers, each as long, as its path says. */
function serveManyHeaders(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, ...identity(), onListen() {} }, ({ url }) => {
    const [, count, length] = new URL(url).pathname.split("/").map(Number);
    const headers = Array.from(
      { length: count ?? 0 },
      (_, i): [string, string] => [`x-${i}`, "v".repeat(length ?? 0)],
    );
    return new Response("here", { headers });
  });
}

Deno.test("RealHttp takes certificates that Deno trusts", SANITIZED, async () => {
  await using server = serveManyHeaders();
  const { port } = server.addr;
  const flags = [`--cert=${CERTIFICATE.pathname}`, `--allow-net=localhost:${port}`];
  assertEquals(await probed(`https://localhost:${port}/0/0`, ...flags), { status: 200, body: "here" });
});

Deno.test("RealHttp bounds headers over HTTP/2 as well", SANITIZED, async () => {
  await using server = serveManyHeaders();
  const { port } = server.addr;
  const flags = [`--cert=${CERTIFICATE.pathname}`, `--allow-net=localhost:${port}`];
  assertEquals(await probed(`https://localhost:${port}/50/100`, ...flags), { status: 200, body: "here" });
  for (const path of ["2000/1", "50/10000"]) {
    assertEquals(await probed(`https://localhost:${port}/${path}`, ...flags), {
      code: "http.limit",
      message: `headers of the answer of localhost:${port} are too many or too long`,
    });
  }
});

Deno.test("RealHttp does without any permission but the one for a host and port", SANITIZED, async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("here"),
  );
  const { port } = server.addr;
  const url = `http://localhost:${port}/`;
  assertEquals(await probed(url, `--allow-net=localhost:${port}`), { status: 200, body: "here" });
  assertEquals(await probed(url), {
    code: "http.denied",
    message: `Deno is not permitted to reach localhost:${port}`,
    hint: `Add --allow-net=localhost:${port}`,
  });
  assertEquals(await probed(url, `--allow-net=localhost`, `--deny-net=127.0.0.1`), {
    code: "http.denied",
    message: `Deno is not permitted to reach localhost:${port}`,
  });
});
