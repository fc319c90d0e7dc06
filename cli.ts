/**
 * The command: `deno run -A jsr:@greentic/runner run my.gtpack`. Hands the process's arguments, streams and
 * interrupts to the command line, and its exit code back.
 *
 * @module
 */

import { main } from "./lib/cli/main.ts";
import { processIo } from "./lib/cli/process_io.ts";

using io = processIo(Deno.exit);
Deno.exitCode = await main(Deno.args, io);
