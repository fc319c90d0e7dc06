/** Traces one short run to the collector of its first argument, says what became of it, and should then end. */

import { systemClock } from "../../../lib/base/clock.ts";
import { ended, place, started } from "../_run.ts";
import { startTrace, traced } from "./_trace.ts";

const trace = startTrace({ endpoint: Deno.args[0]! }, { clock: systemClock, finishMs: Number(Deno.args[1]) });
const { failure } = await traced(trace, [started(place("a")), ended(place("a"))]);
await Deno.stdout.write(new TextEncoder().encode(failure === null ? "ok" : failure.message));
