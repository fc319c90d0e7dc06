import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { messageChain, RunnerError } from "../../../../lib/base/errors.ts";
import { fingerprintOf } from "../../../../lib/host/http/recording/cassette.ts";
import { fileNameOf, recordingKey } from "../../../../lib/host/http/recording/key.ts";
import { type Recording, writeRecording } from "../../../../lib/host/http/recording/recording.ts";
import { RecordingStore } from "../../../../lib/host/http/recording/store.ts";
import { exists, tempFolder, textsBelow } from "../../../_helpers.ts";
import { bytes } from "../../_helpers.ts";
import { recorded, recording, request, URL_A } from "./_helpers.ts";

const HEX = "0123456789abcdef".repeat(4);

async function save(store: RecordingStore, content: Recording): Promise<string> {
  return store.save(await recordingKey(content.request), content);
}

Deno.test("RecordingStore makes its folder when the first recording is saved", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/a/b`;
  const store = await RecordingStore.open(path);
  assertEquals(store.list(), []);
  assert(!await exists(path));
  const file = await save(store, recording());
  assertEquals([...await textsBelow(path)], [[file, writeRecording(recording())]]);
});

Deno.test("RecordingStore finds what was saved, in this run and in the next", async () => {
  await using folder = await tempFolder();
  const store = await RecordingStore.open(folder.path);
  const content = recording();
  const key = await recordingKey(content.request);
  const file = store.save(key, content);
  assertEquals(file, fileNameOf(content.request, key, 8));
  assertEquals(store.find(key), { file, content });
  const next = await RecordingStore.open(folder.path);
  assertEquals(next.find(key), { file, content });
  assertEquals(next.list(), [{ file, content }]);
  assertEquals(next.find(HEX), undefined);
});

Deno.test("RecordingStore keeps the name that a file was given", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/named.json`, writeRecording(recording()));
  const store = await RecordingStore.open(folder.path);
  const content = recording(URL_A, recorded("new"));
  assertEquals(await save(store, content), "named.json");
  assertEquals([...await textsBelow(folder.path)], [["named.json", writeRecording(content)]]);
});

Deno.test("RecordingStore.save() never takes the name of another request's file", async () => {
  await using folder = await tempFolder();
  const content = recording();
  const key = await recordingKey(content.request);
  const other = recording("https://other.example/");
  const taken = fileNameOf(content.request, key, 8);
  await Deno.writeTextFile(`${folder.path}/${taken}`, writeRecording(other));
  const store = await RecordingStore.open(folder.path);
  const file = store.save(key, content);
  assertEquals(file, fileNameOf(content.request, key, 16));
  assertEquals(store.find(await recordingKey(other.request)), { file: taken, content: other });
});

Deno.test("RecordingStore lists recordings by the names of their files", async () => {
  await using folder = await tempFolder();
  const store = await RecordingStore.open(folder.path);
  for (const path of ["c", "a", "b"]) await save(store, recording(`https://api.example/${path}`));
  assertEquals(store.list().map(({ content }) => new URL(content.request.url).pathname), ["/a", "/b", "/c"]);
});

Deno.test("RecordingStore reads the reference's cassettes, and lists them not", async () => {
  await using folder = await tempFolder();
  const fingerprint = await fingerprintOf(request());
  await Deno.writeTextFile(
    `${folder.path}/${fingerprint}.json`,
    '{"status":201,"headers":{"a":"b"},"body":"text"}',
  );
  const store = await RecordingStore.open(folder.path);
  assertEquals(store.findCassette(fingerprint), {
    file: `${fingerprint}.json`,
    content: { status: 201, headers: [["a", "b"]], body: bytes("text") },
  });
  assertEquals(store.findCassette(HEX), undefined);
  assertEquals(store.list(), []);
});

Deno.test("RecordingStore leaves other files alone", async () => {
  await using folder = await tempFolder();
  const others = { "README.md": "# Recordings", "all.har": "{", ".name.json.1234.tmp": "{", "notes": "x" };
  for (const [name, text] of Object.entries(others)) await Deno.writeTextFile(`${folder.path}/${name}`, text);
  await Deno.mkdir(`${folder.path}/folder.json`);
  if (Deno.build.os !== "windows") {
    await Deno.symlink("nowhere", `${folder.path}/a-link.json`);
    await Deno.symlink("a-loop.json", `${folder.path}/a-loop.json`);
  }
  await Deno.writeTextFile(`${folder.path}/one.json`, writeRecording(recording()));
  const store = await RecordingStore.open(folder.path);
  assertEquals(store.list().map(({ file }) => file), ["one.json"]);
  await save(store, recording("https://other.example/"));
  for (const [name, text] of Object.entries(others)) {
    assertEquals(await Deno.readTextFile(`${folder.path}/${name}`), text);
  }
});

Deno.test("RecordingStore.open() names a file that cannot be used", async (t) => {
  const newer = writeRecording(recording()).replace('"version": 1', '"version": 2');
  const cases: [name: string, file: string, text: string, fault: string][] = [
    ["damaged", "a.json", writeRecording(recording()).slice(0, -20), "is no JSON in UTF-8"],
    ["newer", "a.json", newer, "is of version 2; this runner reads version 1"],
    ["of another shape", "a.json", '{"log":{}}', "has no version"],
    ["a damaged cassette", `${HEX}.json`, '{"status":200', "is no JSON in UTF-8"],
    [
      "a cassette of our own shape",
      `${HEX}.json`,
      writeRecording(recording()),
      "has no status of HTTP in status",
    ],
  ];
  for (const [name, file, text, fault] of cases) {
    await t.step(name, async () => {
      await using folder = await tempFolder();
      const place = `${folder.path}/${file}`;
      await Deno.writeTextFile(place, text);
      const error = await assertRejects(() => RecordingStore.open(folder.path), RunnerError);
      assertEquals([error.code, error.message, error.place], [
        "recording.invalid",
        `Recording "${place}" ${fault}`,
        place,
      ]);
      assertEquals(
        error.hint,
        "Move the file out of the folder, and record its request again with --mocks record",
      );
      assertEquals(await Deno.readTextFile(place), text);
    });
  }
});

Deno.test("RecordingStore.open() refuses two recordings of one request", async () => {
  await using folder = await tempFolder();
  for (const name of ["a.json", "b.json"]) {
    await Deno.writeTextFile(`${folder.path}/${name}`, writeRecording(recording()));
  }
  const error = await assertRejects(() => RecordingStore.open(folder.path), RunnerError);
  assertEquals(error.message, `Recording "${folder.path}/b.json" answers the same request as "a.json"`);
});

Deno.test("RecordingStore.open() refuses a folder without a name, which would be the root", async () => {
  const error = await assertRejects(() => RecordingStore.open(""), RunnerError);
  assertEquals([error.code, error.message], ["option.invalid", "Folder of recordings is empty"]);
});

Deno.test("RecordingStore.open() takes a folder with a slash at its end", async () => {
  await using folder = await tempFolder();
  const store = await RecordingStore.open(`${folder.path}/`);
  assertEquals([store.folder, store.pathOf("f")], [folder.path, `${folder.path}/f`]);
});

Deno.test("RecordingStore.open() refuses what is no folder", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/file`;
  await Deno.writeTextFile(path, "");
  const error = await assertRejects(() => RecordingStore.open(path), RunnerError);
  assertEquals([error.code, error.message], [
    "recording.invalid",
    `Recordings in "${path}" cannot be read`,
  ]);
});

Deno.test("RecordingStore.save() leaves no temporary file when it fails", async () => {
  await using folder = await tempFolder();
  const content = recording();
  const key = await recordingKey(content.request);
  const store = await RecordingStore.open(folder.path);
  const path = `${folder.path}/${fileNameOf(content.request, key, 8)}`;
  // A folder that is not empty cannot be replaced by a file.
  await Deno.mkdir(`${path}/x`, { recursive: true });
  const error = assertThrows(() => store.save(key, content), RunnerError);
  assertEquals([error.code, error.message, error.place], [
    "artifacts.write",
    `Recording "${path}" cannot be written`,
    path,
  ]);
  assertEquals((await Array.fromAsync(Deno.readDir(folder.path))).length, 1);
  assertEquals(store.find(key), undefined);
});

Deno.test("RecordingStore.save() tells of answers that are more than a text can hold, and keeps what was there", async () => {
  await using folder = await tempFolder();
  const content = recording();
  const key = await recordingKey(content.request);
  const store = await RecordingStore.open(folder.path);
  store.save(key, content);
  const before = await textsBelow(folder.path);
  const endless: Recording = {
    ...content,
    get redactions(): never {
      throw new RangeError("Invalid string length");
    },
  };
  const error = assertThrows(() => store.save(key, endless), RunnerError);
  assertEquals(error.code, "artifacts.write");
  assertEquals(messageChain(error).at(-1), "Invalid string length");
  assertEquals(await textsBelow(folder.path), before);
  assertEquals(store.find(key)?.content, content);
});

Deno.test("RecordingStore tells which permissions it lacks", async (t) => {
  await using folder = await tempFolder();
  const { path } = folder;
  const module = new URL("../../../../lib/host/http/recording/store.ts", import.meta.url).href;
  const code = (script: string) =>
    `import { RecordingStore } from ${JSON.stringify(module)};
     try { ${script} } catch (error) { console.log(JSON.stringify([error.code, error.hint])); }`;
  const content = JSON.stringify(recording());
  const cases: [name: string, flags: string[], script: string, hint: string][] = [
    ["to read", [], `await RecordingStore.open("${path}")`, `Add --allow-read=${path}`],
    [
      "to write",
      [`--allow-read=${path}`],
      `(await RecordingStore.open("${path}")).save("${HEX}", ${content})`,
      `Add --allow-read=${path} --allow-write=${path}`,
    ],
  ];
  for (const [name, flags, script, hint] of cases) {
    await t.step(name, async () => {
      const file = `${path}/script-${flags.length}.ts`;
      await Deno.writeTextFile(file, code(script));
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--no-check", ...flags, file],
      }).output();
      const text = new TextDecoder().decode(stdout);
      assert(text !== "", new TextDecoder().decode(stderr));
      assertEquals(JSON.parse(text), ["permission.missing", hint]);
    });
  }
});

Deno.test("two stores on one folder never damage each other's files", async () => {
  await using folder = await tempFolder();
  const [a, b] = [await RecordingStore.open(folder.path), await RecordingStore.open(folder.path)];
  const of = (path: string, text: string) => recording(`https://api.example/${path}`, recorded(text));
  await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    await save(a, of(`a${i}`, "a"));
    await save(b, of(`b${i}`, "b"));
    await save(i % 2 === 0 ? a : b, of("shared", `by turn ${i}`));
  }));
  const store = await RecordingStore.open(folder.path);
  assertEquals(store.list().length, 41);
  const shared = store.list().find(({ content }) => content.request.url.endsWith("/shared"));
  assertEquals(shared?.content.responses.length, 1);
  assertEquals([...await textsBelow(folder.path)].filter(([name]) => !name.endsWith(".json")), []);
});
