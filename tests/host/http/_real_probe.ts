/**
 * Asks for the address in its first argument, whose origin it allows, and prints the result. The tests of `RealHttp` run
 * it where the trust in certificates or the permissions of Deno matter, which are fixed when a process starts.
 */

import { NEVER } from "../_helpers.ts";
import { real, request } from "./_real.ts";

const [url = ""] = Deno.args;
const result = await real([new URL(url).origin]).send(request(url), NEVER);
const told = result.type === "response"
  ? { status: result.response.status, body: new TextDecoder().decode(result.response.body) }
  : result.type === "failed"
  ? { code: result.code, message: result.error.message, hint: result.hint }
  : result;
// deno-lint-ignore no-console
console.log(JSON.stringify(told));
