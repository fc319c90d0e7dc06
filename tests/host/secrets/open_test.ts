import { assertEquals, assertRejects } from "@std/assert";
import type { Json } from "../../../lib/base/json.ts";
import { RunnerError } from "../../../lib/base/errors.ts";
import {
  findSecret,
  mockSecrets,
  openSecrets,
  type SecretsGrants,
  secretTexts,
} from "../../../lib/host/secrets/open.ts";
import { bytes } from "../_helpers.ts";
import { inFolder } from "../state/_stores.ts";
import { NONE, SCOPE } from "./_suite.ts";

const PROBE = new URL("_probe.ts", import.meta.url).pathname;

/** What the probe says that opens these secrets with no permissions but those of `flags`. */
async function probe(
  grants: Partial<SecretsGrants>,
  { flags, env = {} }: { flags: readonly string[]; env?: Record<string, string> },
): Promise<Json> {
  const args = ["run", "--no-prompt", "--quiet", ...flags, PROBE, JSON.stringify({ ...NONE, ...grants })];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("openSecrets() asks values, then files in their order, then the environment", async (t) => {
  await inFolder(async (folder) => {
    const write = (name: string, text: string) =>
      Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o600 });
    await write("first.env", "OPEN_A=file1\nOPEN_B=file1\nOPEN_C=file1");
    await write(
      "second.json",
      '{"OPEN_B": "file2", "OPEN_C": "file2", "OPEN_D": "file2", "OPEN_E": "file2"}',
    );
    Deno.env.set("OPEN_E", "variable");
    Deno.env.set("OPEN_F", "variable");
    Deno.env.set("OPEN_G", "variable");
    try {
      const opened = await openSecrets({
        ...NONE,
        values: { open_a: "value" },
        files: [`${folder}/first.env`, `${folder}/second.json`],
        environment: ["OPEN_F", "OPEN_E", "OPEN_UNSET"],
      }, SCOPE);
      const cases: [key: string, value: string | undefined, source: string][] = [
        ["OPEN_A", "value", "map"],
        ["OPEN_B", "file1", "file"],
        ["OPEN_C", "file1", "file"],
        ["OPEN_D", "file2", "file"],
        ["OPEN_E", "file2", "file"],
        ["OPEN_F", "variable", "environment"],
        ["OPEN_G", undefined, ""],
        ["OPEN_UNSET", undefined, ""],
      ];
      for (const [key, value, source] of cases) {
        await t.step(key, () => {
          const found = findSecret(opened, key);
          assertEquals(
            found && { ...found },
            value === undefined ? undefined : {
              value: bytes(value),
              source: source as "map",
              provider: "real",
            },
          );
        });
      }
      assertEquals(opened.warnings, []);
    } finally {
      for (const name of ["OPEN_E", "OPEN_F", "OPEN_G"]) Deno.env.delete(name);
    }
  });
});

Deno.test("openSecrets() asks a mock first, and a strict one alone", async (t) => {
  const grants = { ...NONE, values: { A: "real", B: "real" } };
  const sources = (strict: boolean) =>
    openSecrets({ ...grants, mock: { map: { A: "mock" }, strict } }, SCOPE);
  await t.step("strict", async () => {
    const opened = await sources(true);
    assertEquals(findSecret(opened, "a"), { value: bytes("mock"), source: "map", provider: "mock" });
    assertEquals(findSecret(opened, "B"), undefined);
  });
  await t.step("not strict", async () => {
    const opened = await sources(false);
    assertEquals(findSecret(opened, "a"), { value: bytes("mock"), source: "map", provider: "mock" });
    assertEquals(findSecret(opened, "B"), { value: bytes("real"), source: "map", provider: "real" });
  });
  await t.step("an empty strict one", async () => {
    const opened = await openSecrets({ ...grants, mock: { map: {}, strict: true } }, SCOPE);
    assertEquals(findSecret(opened, "A"), undefined);
  });
  await t.step("alone", () => {
    assertEquals(findSecret(mockSecrets({ A: "x" }), "A"), {
      value: bytes("x"),
      source: "map",
      provider: "mock",
    });
    assertEquals(findSecret(mockSecrets({ A: "x" }), "B"), undefined);
  });
});

Deno.test("openSecrets() warns of secrets that records cannot hide", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/.env`;
    await Deno.writeTextFile(path, "LONG=1234\nPIN=123\nEMPTY=\nSMILE=\u{1f600}", { mode: 0o600 });
    const { warnings } = await openSecrets({
      mock: { map: { M: "ab" }, strict: false },
      values: { V: "é" },
      files: [path],
      environment: [],
    }, SCOPE);
    assertEquals(warnings.map(({ code, message, place }) => [code, message, place]), [
      ["secrets.exposed", 'Secret "M" has less than 4 characters, and records do not hide it', undefined],
      ["secrets.exposed", 'Secret "V" has less than 4 characters, and records do not hide it', undefined],
      ["secrets.exposed", 'Secret "PIN" has less than 4 characters, and records do not hide it', `${path}:2`],
      [
        "secrets.exposed",
        'Secret "SMILE" has less than 4 characters, and records do not hide it',
        `${path}:4`,
      ],
    ]);
  });
});

Deno.test("secretTexts() tells everything that any source holds", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/seeds.json`;
    const entries = [{ uri: "secrets://_/_/_/_/key", json: { private: "inner" } }];
    await Deno.writeTextFile(path, JSON.stringify({ entries }), { mode: 0o600 });
    const opened = await openSecrets({
      ...NONE,
      mock: { map: { M: "mock" }, strict: true },
      values: { V: "value" },
      files: [path],
    }, SCOPE);
    assertEquals([...secretTexts(opened)], ["mock", "value", '{"private":"inner"}', "inner"]);
  });
});

Deno.test("openSecrets() names the flags that it lacks, all of a kind at once", async (t) => {
  await inFolder(async (folder) => {
    const [a, b] = [`${folder}/a.env`, `${folder}/b.json`];
    await Deno.writeTextFile(a, "A=file", { mode: 0o600 });
    await Deno.writeTextFile(b, '{"B": "file"}', { mode: 0o600 });
    const env = { OPEN_X: "x", OPEN_Y: "y" };
    const environment = ["OPEN_X", "OPEN_Y", "OPEN_Y", "OPEN_UNSET"];
    await t.step("files", async () => {
      assertEquals(await probe({ files: [a, b] }, { flags: [] }), [
        "permission.missing",
        `Deno permissions are missing: read "${a}", read "${b}"`,
        null,
        `Add --allow-read=${a},${b}`,
      ]);
    });
    await t.step("variables", async () => {
      assertEquals(await probe({ environment }, { flags: ["--allow-env=OPEN_X"], env }), [
        "permission.missing",
        'Deno permissions are missing: env "OPEN_Y", env "OPEN_UNSET"',
        null,
        "Add --allow-env=OPEN_Y,OPEN_UNSET",
      ]);
    });
    await t.step("nothing", async () => {
      const flags = [`--allow-read=${a},${b}`, `--allow-env=${environment.join(",")}`];
      assertEquals(await probe({ files: [a, b], environment }, { flags, env }), [
        ["A", "file"],
        ["B", "file"],
        ["OPEN_X", "x"],
        ["OPEN_Y", "y"],
      ]);
    });
    await t.step("variables of an environment that is ignored, which would seem not to be set", async () => {
      assertEquals(await probe({ environment }, { flags: ["--ignore-env"], env }), [
        "permission.missing",
        'Deno permissions are missing: env "OPEN_X", env "OPEN_Y", env "OPEN_UNSET"',
        null,
        "Add --allow-env=OPEN_X,OPEN_Y,OPEN_UNSET",
      ]);
    });
    await t.step("what it denies", async () => {
      const flags = ["--allow-env", "--deny-env=OPEN_X"];
      assertEquals(await probe({ environment: ["OPEN_X"] }, { flags, env }), [
        "permission.missing",
        'Deno permissions are missing: env "OPEN_X"',
        null,
        "Leave out --deny-env",
      ]);
    });
    await t.step("the line of a fault in JSON, where it may", async () => {
      await Deno.writeTextFile(b, '{"B":\n"x",\n"C": 1}');
      const fault = [
        "secrets.invalid",
        `Secrets file "${b}" cannot be understood: a value is no text: put it into quotes`,
      ];
      const hint = 'Give lines of NAME=VALUE, or JSON or YAML such as {"NAME": "VALUE"}';
      const flags = [`--allow-read=${b}`];
      assertEquals(await probe({ files: [b] }, { flags }), [...fault, b, hint]);
      assertEquals(await probe({ files: [b] }, { flags: [...flags, "--ignore-env"] }), [
        ...fault,
        `${b}:3`,
        hint,
      ]);
    });
  });
});

Deno.test("openSecrets() refuses what is no name of a variable", async (t) => {
  for (const name of ["", "A=b", "A\0"]) {
    await t.step(JSON.stringify(name), async () => {
      const error = await assertRejects(
        () => openSecrets({ ...NONE, environment: [name] }, SCOPE),
        RunnerError,
      );
      assertEquals(error.code, "option.invalid");
    });
  }
});
