import { assertEquals } from "@std/assert";
import { readDotenv } from "../../../lib/host/secrets/dotenv.ts";

Deno.test("readDotenv() reads what Node reads", async (t) => {
  const cases: [name: string, text: string, values: Record<string, string>][] = [
    ["nothing", "", {}],
    ["comments and empty lines", "# a=b\n\n   # c\n \t\n#", {}],
    ["plain values", "A=1\nB = two \nC=", { A: "1", B: "two", C: "" }],
    ["export", "export A=1\n  export\tB=2\nexport=3", { A: "1", B: "2", export: "3" }],
    ["names with signs", "a.b-c_1=x", { "a.b-c_1": "x" }],
    ["signs in values", "A=a=b\nB=it's\nC=$A${B}\nD=b\\n", { A: "a=b", B: "it's", C: "$A${B}", D: "b\\n" }],
    ["a comment behind", "A=b # c\nB='x'# c", { A: "b", B: "x" }],
    ["quotes", `A="a 'b' # c"\nB='a "b" # c'\nC=\`a "b" 'c'\``, {
      A: "a 'b' # c",
      B: 'a "b" # c',
      C: `a "b" 'c'`,
    }],
    ["spaces in quotes", `A="  "`, { A: "  " }],
    ["line breaks", `A="x\\ny"\nB='x\\ny'`, { A: "x\ny", B: "x\\ny" }],
    ["many lines", `K="-----BEGIN-----\nab=#c\n\n-----END-----"\nB=2`, {
      K: "-----BEGIN-----\nab=#c\n\n-----END-----",
      B: "2",
    }],
    ["other line ends", "A=1\r\nB='x'\r\nC=3\rD=4", { A: "1", B: "x", C: "3", D: "4" }],
    ["a byte order mark", "\ufeffA=1", { A: "1" }],
    ["the last of several", "A=1\nA=2", { A: "2" }],
    ["a name of the prototype", "__proto__=x", JSON.parse('{"__proto__":"x"}')],
  ];
  for (const [name, text, values] of cases) {
    await t.step(name, () => {
      const read = readDotenv(text, "f");
      const entries = "entries" in read ? read.entries : [];
      assertEquals(Object.fromEntries(entries.map((entry) => [entry.name, entry.texts[0]])), values);
    });
  }
});

Deno.test("readDotenv() says in which line something is wrong", async (t) => {
  const cases: [text: string, fault: string, line: number][] = [
    ["A=1\n\n# c\nnonsense", "a line is not NAME=VALUE", 4],
    ["A='x\ny'\nB: 2", "a line is not NAME=VALUE", 3],
    ["=1", "a line is not NAME=VALUE", 1],
    ["A B=1", "a line is not NAME=VALUE", 1],
    ['A=1\nB="x\nC=2', "a quote does not end", 2],
    ["A='x' y", "there is something behind a quoted value", 1],
    ['A="x"y', "there is something behind a quoted value", 1],
  ];
  for (const [text, fault, line] of cases) {
    await t.step(JSON.stringify(text), () => assertEquals(readDotenv(text, "f"), { fault, line }));
  }
});

Deno.test("readDotenv() knows the lines of secrets, and which end at a sign that may belong to them", () => {
  const read = readDotenv("A='x\ny'\n\nB=a#b\nC='a#b'\nD=a #b#c\nE=#x", ".env");
  assertEquals("entries" in read && read.entries.map(({ place }) => place), [
    ".env:1",
    ".env:4",
    ".env:5",
    ".env:6",
    ".env:7",
  ]);
  assertEquals("cut" in read && read.cut, [{ name: "B", line: 4 }, { name: "E", line: 7 }]);
});
