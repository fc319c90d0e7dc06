/** Real HTTP and recordings of it hold the same rules. */

import { RefusingTransport } from "../../../lib/host/http/refusing.ts";
import { tempFolder } from "../../_helpers.ts";
import { real } from "./_real.ts";
import { httpSuite, startSuiteServer, type WithHttp } from "./_suite.ts";
import { run } from "./recording/_helpers.ts";

httpSuite("from a server", async (use) => {
  await using server = startSuiteServer();
  await use(real([server.origin]), server.origin);
});

httpSuite("while it is recorded", async (use) => {
  await using folder = await tempFolder();
  await using server = startSuiteServer();
  await use((await run(folder.path, "record", { inner: real([server.origin]) })).http, server.origin);
});

httpSuite(
  "from recordings",
  async (use) => {
    await using folder = await tempFolder();
    const origin = await recorded(folder.path, use);
    // The server has gone; and nobody else would be asked.
    await use((await run(folder.path, "replay", { inner: new RefusingTransport() })).http, origin);
    await use((await run(folder.path, "lockdown", { inner: new RefusingTransport() })).http, origin);
  },
  { "headers that answers have twice": "what cookies hold is secret, and not recorded" },
);

/** Records what is asked of a server, and gives the origin at which nobody listens any more. */
async function recorded(folder: string, use: Parameters<WithHttp>[0]): Promise<string> {
  await using server = startSuiteServer();
  await use((await run(folder, "record", { inner: real([server.origin]) })).http, server.origin);
  return server.origin;
}
