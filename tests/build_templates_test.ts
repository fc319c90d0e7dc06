/** A build refuses what lint refuses: templates and payloads that cannot work are told before a run meets them. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { BuildError, buildPack, lintPack } from "../mod.ts";
import type { Finding } from "../lib/base/finding.ts";
import { goodFiles, shortFindings, sources } from "./_sources.ts";

Deno.test("buildPack() tells everything that lint tells of templates and payloads", async (t) => {
  const flow = (text: string) =>
    `id: main
type: messaging
nodes:
  say:
    emit.response:
      text: ${JSON.stringify(text)}
`;
  const at = "flows/main.ygtc:4 flow main node say";
  const table: [name: string, flow: string, findings: RegExp[], builds: boolean][] = [
    ["a block that does not end", flow("{{#each a}"), [/^error .*: Template at \$\.text: /], false],
    ["an unknown helper", flow("{{shout entry.a b}}"), [/^error .*: Template at \$\.text: /], false],
    [
      "a name that nothing has",
      flow("{{nobody.knows}}"),
      [/^error .* names "nobody", which no template/],
      false,
    ],
    [
      "a node that is nowhere",
      flow("{{node.absent.x}}"),
      [/^warning .* names node "absent", which no flow/],
      true,
    ],
    [
      "a payload that cannot work",
      "id: main\ntype: messaging\nnodes:\n  say:\n    state.get:\n      key: 5\n",
      [/^error /],
      false,
    ],
  ];
  for (const [name, text, expected, builds] of table) {
    await t.step(name, async () => {
      await using folder = await sources(await goodFiles({ "flows/main.ygtc": text }));
      const { findings: linted } = await lintPack(folder.path);
      const findings: readonly Finding[] = builds
        ? (await buildPack(folder.path)).findings
        : (await assertRejects(() => buildPack(folder.path), BuildError) as BuildError).findings;
      assertEquals(findings, linted);
      assertEquals(findings.length, expected.length);
      shortFindings(findings).forEach((line, i) => assertMatch(line, expected[i]!));
      assertEquals(findings.map(({ place }) => place), [at]);
    });
  }
});
