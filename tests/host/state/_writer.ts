/**
 * A run that writes: `FILE NAME COUNT`. Sets `NAME/0`, `NAME/1`, … and the key `shared` to the number of the round, and
 * says so on a line of its own once that is done; without COUNT it goes on until it is killed.
 */

import { openSqliteStore } from "../../../lib/host/state/sqlite_store.ts";
import { kept } from "../_helpers.ts";

const [path, name, count = "Infinity"] = Deno.args;
const store = await openSqliteStore(path!, kept());
const line = new TextEncoder();
for (let round = 0; round < Number(count); round++) {
  const failure = store.set(`${name}/${round}`, String(round)) ?? store.set("shared", `${name}/${round}`);
  if (failure !== null) throw new Error(failure.message);
  Deno.stdout.writeSync(line.encode(`${round}\n`));
}
store.close();
