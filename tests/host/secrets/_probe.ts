/** Opens the secrets that its argument grants, and prints their names or what is wrong. Tests run it with few permissions. */

import { messageOf, RunnerError } from "../../../lib/base/errors.ts";
import { openSecrets } from "../../../lib/host/secrets/open.ts";
import { SCOPE } from "./_suite.ts";

try {
  const { sources } = await openSecrets(JSON.parse(Deno.args[0]!), SCOPE);
  const entries = sources.flatMap((source) => [...source.entries()]);
  console.log(JSON.stringify(entries.map(({ name, texts }) => [name, ...texts])));
} catch (error) {
  if (!(error instanceof RunnerError)) throw error;
  console.log(JSON.stringify([error.code, messageOf(error), error.place, error.hint]));
}
