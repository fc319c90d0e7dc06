import { assert, assertThrows } from "@std/assert";
import { transpile } from "../../lib/component/transpile.ts";
import { loadTranspiler } from "../../lib/component/transpiler.ts";
import { readShape } from "../../lib/component/world.ts";
import { fixture } from "./_helpers.ts";

Deno.test("loadTranspiler() loads the transpiler anew after it trapped", async () => {
  const bytes = await fixture("echo");
  const shape = readShape(bytes, "echo");
  await transpile(bytes, shape, "echo");
  for (let trap = 0; trap < 2; trap++) {
    const { generate } = await loadTranspiler();
    // The transpiler takes its options while it runs: what is thrown there leaves it as a trap does.
    const options = {
      get name(): string {
        throw new WebAssembly.RuntimeError("unreachable");
      },
    };
    assertThrows(() => generate(bytes, options), WebAssembly.RuntimeError);
    assert(await instantiated(() => transpile(bytes, shape, "echo")) > 0);
    assert(await instantiated(() => transpile(bytes, shape, "echo")) === 0);
  }
});

/** How many modules are instantiated during `work`. */
async function instantiated(work: () => Promise<unknown>): Promise<number> {
  const { instantiate } = WebAssembly;
  let count = 0;
  WebAssembly.instantiate = ((...args: [WebAssembly.Module]) => {
    count++;
    return instantiate(...args);
  }) as unknown as typeof instantiate;
  try {
    await work();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  return count;
}
