import { assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../../../lib/base/errors.ts";
import { modeOf } from "../../../../lib/host/http/recording/mode.ts";

Deno.test("modeOf() knows our spellings, auto, and those of the reference", async (t) => {
  const cases: [text: string, mode: string][] = [
    ["off", "off"],
    ["record", "record"],
    ["replay", "replay"],
    ["record-replay", "record-replay"],
    ["auto", "record-replay"],
    ["fail-on-miss", "fail-on-miss"],
    ["lockdown", "lockdown"],
    ["Off", "off"],
    ["Record", "record"],
    ["Replay", "replay"],
    ["RecordReplay", "record-replay"],
    ["FailOnMiss", "fail-on-miss"],
  ];
  for (const [text, mode] of cases) await t.step(text, () => assertEquals(modeOf(text), mode));
});

Deno.test("modeOf() refuses all else, and names what there is", () => {
  for (const text of ["", "OFF", "rec", "constructor"]) {
    const error = assertThrows(() => modeOf(text), RunnerError);
    assertEquals(error.code, "option.invalid");
    assertEquals(error.message, `Mode of recordings is "${text}": expected one of the known modes`);
    assertEquals(
      error.hint,
      "Give off, record, replay, record-replay (or auto), fail-on-miss or lockdown",
    );
  }
});
