import { assertEquals } from "@std/assert";
import { Control } from "../../../lib/host/control/control.ts";
import { hostCall, NEVER } from "../_helpers.ts";

Deno.test("Control tells a guest whether it should stop", async (t) => {
  const control = new Control();
  assertEquals(Object.keys(control.interfaces).length, 2);
  for (const name of Object.keys(control.interfaces)) {
    await t.step(name, () => {
      const ask = hostCall(`${name}#should-cancel`), rest = { status: "ok", provider: "real" } as const;
      assertEquals(control.answer(ask, NEVER), {
        reply: { type: "ok", value: false },
        ...rest,
        outputs: false,
      });
      assertEquals(control.answer(ask, AbortSignal.abort()), {
        reply: { type: "ok", value: true },
        ...rest,
        outputs: true,
      });
      assertEquals(control.answer(hostCall(`${name}#yield-now`), AbortSignal.abort()), {
        reply: { type: "ok", value: undefined },
        ...rest,
        outputs: null,
      });
      assertEquals(control.describe(), null);
    });
  }
});
