import { assertEquals } from "@std/assert";
import { LogNames } from "../../lib/record/log_names.ts";
import { type LogNode, NodeLogs } from "../../lib/record/node_logs.ts";

function node(label: string): LogNode {
  return { key: `key of ${label}`, label };
}

Deno.test("LogNames gives every node a name of its own", () => {
  const names = new LogNames();
  const labels = [
    "a.b",
    "a-b",
    "A-B",
    "a-b-2",
    "Ünïcode",
    "../../etc",
    "con",
    "",
    "x".repeat(300),
    "x".repeat(301),
  ];
  const given = labels.map((label) => names.nameOf(label, label));
  assertEquals(given, [
    "a-b",
    "a-b-2",
    "A-B-3",
    "a-b-2-2",
    "-n-code",
    "------etc",
    "node-con",
    "node-",
    "x".repeat(80),
    `${"x".repeat(80)}-2`,
  ]);
  assertEquals(names.nameOf("a-b", "a-b"), "a-b-2");
});

Deno.test("NodeLogs writes each stream of each node to a file of its own", async () => {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/a-b.stdout.log`, "of an older run");
  const logs = new NodeLogs({ dir, maxLogBytes: 1024 });
  assertEquals(logs.append(node("a.b"), "stdout", "one "), "one ");
  logs.append(node("a-b"), "stderr", "other");
  // A second visit goes on in the same file.
  logs.release(node("a.b").key);
  logs.append(node("a.b"), "stdout", "two\ud800");
  logs.append(node("a.b"), "log", "error\n");
  logs.close();
  const read = (name: string): string => Deno.readTextFileSync(`${dir}/${name}`);
  assertEquals(read("a-b.stdout.log"), "one two\ufffd");
  assertEquals(read("a-b.log"), "error\n");
  assertEquals(read("a-b-2.stderr.log"), "other");
  assertEquals(logs.paths(node("a.b").key), [`${dir}/a-b.stdout.log`, `${dir}/a-b.log`]);
  assertEquals(logs.paths("unknown"), []);
  assertEquals(logs.fault, undefined);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("NodeLogs cuts off at the limit, visibly and once", async () => {
  const dir = await Deno.makeTempDir();
  const logs = new NodeLogs({ dir, maxLogBytes: 10 });
  const note =
    "\n[log cut off after 10 bytes. Raise it with --max-log-kb or the option limits.maxLogBytes]\n";
  assertEquals(logs.append(node("a"), "stdout", "12345678"), "12345678");
  assertEquals(logs.isFull(node("a"), "stdout"), false);
  // "é" takes two bytes, of which only one would fit after the "9".
  assertEquals(logs.append(node("a"), "stdout", "9éé"), `9${note}`);
  assertEquals(logs.isFull(node("a"), "stdout"), true);
  assertEquals(logs.append(node("a"), "stdout", "more"), "");
  assertEquals(logs.append(node("a"), "stderr", "1234567890"), "1234567890");
  logs.close();
  assertEquals(Deno.readTextFileSync(`${dir}/a.stdout.log`), `123456789${note}`);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("NodeLogs holds the limit without a directory", () => {
  const logs = new NodeLogs({ dir: null, maxLogBytes: 2 });
  assertEquals(logs.append(node("a"), "log", "abc").startsWith("ab\n[log cut off"), true);
  assertEquals(logs.append(node("a"), "log", "d"), "");
  assertEquals(logs.paths(node("a").key), []);
  logs.close();
});

Deno.test("NodeLogs remembers the first fault and goes on", async () => {
  const dir = await Deno.makeTempDir();
  const logs = new NodeLogs({ dir: `${dir}/absent`, maxLogBytes: 1024 });
  assertEquals(logs.append(node("a"), "stdout", "text"), "text");
  assertEquals(logs.append(node("b"), "stdout", "text"), "text");
  assertEquals(logs.fault?.code, "artifacts.write");
  assertEquals(logs.fault?.place, `${dir}/absent/a.stdout.log`);
  assertEquals(logs.paths(node("a").key), []);
  logs.close();
  await Deno.remove(dir, { recursive: true });
});
