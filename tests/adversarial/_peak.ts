/** A process that calls the command once, and tells what it printed and how much memory it took at most. */

import { processIo } from "../../lib/cli/process_io.ts";
import { call } from "./_hostile.ts";

using io = processIo((code) => Deno.exit(code));
const printed = await call(Deno.args, (limit) => io.stdin(limit));
const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(await Deno.readTextFile("/proc/self/status")) ?? [];
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({ ...printed, mib: Number(peak) / 1024 })));
