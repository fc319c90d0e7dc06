import { assertEquals } from "@std/assert";
import type { ComponentHostOptions } from "../../lib/component/component.ts";
import { InlineHost } from "../../lib/component/inline_host.ts";
import { files, hostOptions, invocation, ok } from "./_helpers.ts";
import { drawsSuite } from "./draws_suite.ts";
import { endingOf, hostSuite, type StartedHost } from "./host_suite.ts";
import { worldsSuite } from "./worlds_suite.ts";

function start(options: ComponentHostOptions): StartedHost {
  const host = new InlineHost(options);
  return { host, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
}

hostSuite("InlineHost", start);
worldsSuite("InlineHost", start);
drawsSuite("InlineHost", start);

Deno.test("InlineHost ends a call whose answer would have to be waited for", async () => {
  const { options } = hostOptions({
    components: files(["host-user"]),
    answer: () => Promise.resolve(ok(undefined)),
  });
  await using host = new InlineHost(options);
  const outcome = await host.invoke(invocation("host-user", "http"), new AbortController().signal);
  assertEquals(endingOf(outcome), "error internal");
});

Deno.test("InlineHost compiles once for all that share its compiled components", async () => {
  const compiled = new Map();
  const { options } = hostOptions({ components: files(["echo"]) });
  const wishes = [{ id: "echo", via: "component" }] as const;
  await using first = new InlineHost(options, compiled);
  await first.prepare(wishes);
  const [guest] = [...compiled.values()];
  await using second = new InlineHost(options, compiled);
  await second.prepare(wishes);
  assertEquals(compiled.size, 1);
  assertEquals([...compiled.values()][0] === guest, true);
});
