/** Opens the secrets that its argument grants, and prints their names or what is wrong. Tests run it with few permissions. */

import { RunnerError } from "../../../lib/base/errors.ts";
import { openSecrets } from "../../../lib/host/secrets/open.ts";
import { SCOPE } from "./_suite.ts";

function print(said: readonly unknown[]): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(said)));
}

try {
  const { sources } = await openSecrets(JSON.parse(Deno.args[0]!), SCOPE);
  const entries = sources.flatMap((source) => [...source.entries()]);
  print(entries.map(({ name, texts }) => [name, ...texts]));
} catch (error) {
  if (!(error instanceof RunnerError)) throw error;
  print([error.code, error.message, error.place, error.hint]);
}
