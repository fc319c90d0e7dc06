/** Reports about packs: every verdict, whether they pass or not. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { generateKey } from "../lib/pack/keys.ts";
import { reportJson } from "../lib/verify.ts";
import { RunnerError, type RunOptions, verifyPack, type VerifyReport } from "../mod.ts";
import { filesOf, packPath, tempFolder } from "./_helpers.ts";
import { component } from "./_sources.ts";
import { legacySpec, newSpec, SEED, SIGNING, tampered, UTF8 } from "./pack/_packs.ts";
import { buildPack } from "../lib/pack/build.ts";
import { publicKeyOf } from "../lib/pack/sign.ts";

/** The verdicts of a report as `check verdict`. */
function verdicts({ verdicts }: VerifyReport): string[] {
  return verdicts.map(({ check, verdict, waived }) =>
    `${check} ${verdict}${waived === true ? ", waived" : ""}`
  );
}

Deno.test("verifyPack() tells every verdict under each policy", async (t) => {
  const { fingerprint } = await publicKeyOf(SEED);
  const signed = await buildPack(newSpec({ signing: SIGNING })), unsigned = await buildPack(legacySpec());
  const table: [
    name: string,
    bytes: Uint8Array,
    options: RunOptions,
    code: string | null,
    verdicts: string[],
  ][] = [
    ["signed, not trusted", signed, {}, null, [
      "container verified",
      "sbom verified",
      "signature verified",
      "certificate verified",
      "trust untrusted, waived",
      "manifest verified",
    ]],
    ["signed, not trusted, strict", signed, { signing: "strict" }, "verify.policy", [
      "container verified",
      "sbom verified",
      "signature verified",
      "certificate verified",
      "trust untrusted",
    ]],
    ["signed and trusted, strict", signed, { signing: "strict", trust: [fingerprint] }, null, [
      "container verified",
      "sbom verified",
      "signature verified",
      "certificate verified",
      "trust verified",
      "manifest verified",
    ]],
    ["unsigned", unsigned, {}, null, [
      "container verified",
      "sbom verified",
      "signature unsigned, waived",
      "certificate skipped",
      "trust skipped",
      "manifest verified",
      "manifest_hashes verified",
    ]],
    ["unsigned, strict", unsigned, { signing: "strict" }, "verify.policy", [
      "container verified",
      "sbom verified",
      "signature unsigned",
      "certificate skipped",
      "trust skipped",
    ]],
  ];
  for (const [name, bytes, options, code, expected] of table) {
    await t.step(name, async () => {
      const report = await verifyPack(bytes, options);
      assertEquals(verdicts(report), expected);
      assertEquals([report.ok, report.refusal?.code ?? null], [code === null, code]);
      assertEquals(report.policy, options.signing ?? "devok");
      assertEquals([report.id, report.version], code === null ? ["demo.pack", "1.2.3"] : [null, null]);
      assertEquals(report.digest?.startsWith("sha256:") ?? false, code === null);
    });
  }
});

Deno.test("verifyPack() reports tampering under every policy", async (t) => {
  const table: [
    name: string,
    change: (files: Map<string, Uint8Array>) => void,
    code: string,
    place: string,
  ][] = [
    [
      "a changed file",
      (files) => files.set("assets/greeting.txt", UTF8.encode("bye")),
      "verify.digest",
      "assets/greeting.txt",
    ],
    ["another file", (files) => files.set("extra.txt", UTF8.encode("")), "verify.extra_file", "extra.txt"],
    [
      "a file less",
      (files) => files.delete("assets/greeting.txt"),
      "verify.missing_file",
      "assets/greeting.txt",
    ],
  ];
  for (const [name, change, code, place] of table) {
    for (const signing of ["devok", "strict"] as const) {
      await t.step(`${name}, ${signing}`, async () => {
        const { fingerprint } = await publicKeyOf(SEED);
        const bytes = await tampered(newSpec({ signing: SIGNING }), change);
        const report = await verifyPack(bytes, { signing, trust: [fingerprint] });
        assertEquals([report.ok, report.refusal?.code], [false, code]);
        const bad = report.verdicts.filter(({ verdict }) => verdict === "mismatch");
        assertEquals(bad.map((verdict) => [verdict.place, verdict.code]), [[place, code]]);
      });
    }
  }
});

Deno.test("verifyPack() reports what cannot even be opened", async (t) => {
  const { fingerprint } = await generateKey();
  const table: [name: string, bytes: Uint8Array, code: string][] = [
    ["no archive", UTF8.encode("text"), "pack.not_zip"],
    ["half an archive", (await Deno.readFile(packPath("demo.gtpack"))).subarray(0, 5000), "pack."],
    ["nothing", new Uint8Array(), "pack.not_zip"],
  ];
  for (const [name, bytes, code] of table) {
    await t.step(name, async () => {
      const report = await verifyPack(bytes, { trust: [fingerprint] });
      assertEquals([report.ok, report.id, report.digest], [false, null, null]);
      assert(report.refusal?.code.startsWith(code), report.refusal?.code);
      assertEquals(verdicts(report), ["container mismatch"]);
    });
  }
});

Deno.test("verifyPack() takes every form of a pack", async (t) => {
  const path = packPath("demo.gtpack"), bytes = await Deno.readFile(path);
  await using temp = await tempFolder();
  for (const [name, content] of await filesOf(path)) {
    await Deno.mkdir(`${temp.path}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeFile(`${temp.path}/${name}`, content);
  }
  const expected = verdicts(await verifyPack(path));
  for (
    const [name, source] of [
      ["bytes", bytes],
      ["named bytes", { name: "standard input", bytes }],
      ["files", await filesOf(path)],
      ["a folder", temp.path],
      ["an address", new URL(`file://${path}`)],
    ] as const
  ) {
    await t.step(name, async () => {
      const report = await verifyPack(source);
      assertEquals([report.ok, report.id, verdicts(report)], [true, "demo", expected]);
    });
  }
  await t.step("a component without a pack has no signature", async () => {
    const report = await verifyPack(await component("greet"));
    assertEquals(verdicts(report), ["container verified", "signature unsigned, waived"]);
  });
});

Deno.test("verifyPack() throws where there is nothing to report on", async (t) => {
  const bytes = await Deno.readFile(packPath("demo.gtpack"));
  const table: [name: string, work: () => Promise<unknown>, code: string][] = [
    ["no pack", () => verifyPack("/absent.gtpack"), "pack.not_found"],
    [
      "a wrong option",
      () => verifyPack(bytes, { signing: "lax" } as unknown as RunOptions),
      "option.invalid",
    ],
    ["a key that is none", () => verifyPack(bytes, { trust: ["/absent.pub"] }), "trust.invalid"],
    ["cancelled", () => verifyPack(bytes, { signal: AbortSignal.abort() }), "run.cancelled"],
  ];
  for (const [name, work, code] of table) {
    await t.step(name, async () => {
      const error: RunnerError = await assertRejects(work, RunnerError);
      assertEquals(error.code, code);
    });
  }
});

Deno.test("reportJson() is the report", async () => {
  const report = await verifyPack(packPath("demo.gtpack"), { signing: "strict" });
  assertEquals(reportJson(report), JSON.parse(JSON.stringify(report)));
  assertEquals(Object.keys(reportJson(report)), [
    "ok",
    "policy",
    "id",
    "version",
    "digest",
    "verdicts",
    "refusal",
  ]);
});
