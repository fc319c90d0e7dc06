import { assertEquals } from "@std/assert";
import { type Difference, differencesText, nearestTo } from "../../../../lib/host/http/recording/nearest.ts";
import { bodyOf, type RecordedRequest } from "../../../../lib/host/http/recording/recording.ts";
import { bytes } from "../../_helpers.ts";
import { recorded } from "./_helpers.ts";

function asked(line: string, body: string | Uint8Array | null = null): RecordedRequest {
  const [method = "", url = ""] = line.split(" ");
  return { method, url, headers: [], body: bodyOf(typeof body === "string" ? bytes(body) : body) };
}

function stored(file: string, request: RecordedRequest) {
  return { file, content: { request, responses: [recorded("")], redactions: [] } };
}

Deno.test("nearestTo() finds none where nothing is recorded", () => {
  assertEquals(nearestTo(asked("GET https://a.example/"), []), undefined);
});

Deno.test("nearestTo() prefers the same origin, then path, method, query and body", async (t) => {
  const cases: [name: string, wanted: RecordedRequest, near: RecordedRequest, far: RecordedRequest][] = [
    [
      "origin",
      asked("GET https://a.example/x"),
      asked("POST https://a.example/y"),
      asked("GET https://b.example/x"),
    ],
    [
      "path",
      asked("GET https://a.example/x/y"),
      asked("POST https://a.example/x/y"),
      asked("GET https://a.example/p/q"),
    ],
    [
      "most of a path",
      asked("GET https://a.example/users/2/mail"),
      asked("GET https://a.example/users/1/mail"),
      asked("GET https://a.example/users/2"),
    ],
    [
      "method",
      asked("GET https://a.example/x"),
      asked("GET https://a.example/x?a=b"),
      asked("POST https://a.example/x"),
    ],
    [
      "query",
      asked("GET https://a.example/x?p=2&q=3"),
      asked("GET https://a.example/x?p=1&q=3"),
      asked("GET https://a.example/x?p=1&r=3"),
    ],
    [
      "names of a query",
      asked("GET https://a.example/x?p=2"),
      asked("GET https://a.example/x?p=1"),
      asked("GET https://a.example/x"),
    ],
    [
      "body",
      asked("POST https://a.example/x", '{"a":1,"b":2}'),
      asked("POST https://a.example/x", '{"a":1,"b":3}'),
      asked("POST https://a.example/x", '{"a":2,"b":3}'),
    ],
  ];
  for (const [name, wanted, near, far] of cases) {
    await t.step(name, () => {
      assertEquals(nearestTo(wanted, [stored("far", far), stored("near", near)])?.file, "near");
      assertEquals(nearestTo(wanted, [stored("near", near), stored("far", far)])?.file, "near");
    });
  }
  await t.step("and the first of two that are as near", () => {
    const same = asked("GET https://a.example/y");
    assertEquals(
      nearestTo(asked("GET https://a.example/x"), [stored("1", same), stored("2", same)])?.file,
      "1",
    );
  });
});

Deno.test("nearestTo() names what differs", async (t) => {
  const url = "https://a.example/x";
  const cases: [
    name: string,
    recorded: RecordedRequest,
    asked: RecordedRequest,
    differences: Difference[],
  ][] = [
    ["method", asked(`PUT ${url}`), asked(`GET ${url}`), [difference("method", "PUT", "GET")]],
    ["origin", asked("GET http://a.example:81/x"), asked(`GET ${url}`), [
      difference("origin", "http://a.example:81", "https://a.example"),
    ]],
    ["path", asked(`GET ${url}/1`), asked(`GET ${url}/2`), [difference("path", "/x/1", "/x/2")]],
    ["query", asked(`GET ${url}?page=1&a=1&same=s`), asked(`GET ${url}?page=2&b=3&same=s`), [
      difference("query.page", "1", "2"),
      difference("query.a", "1", null),
      difference("query.b", null, "3"),
    ]],
    ["a name that repeats", asked(`GET ${url}?t=1&t=2`), asked(`GET ${url}?t=1`), [
      difference("query.t", "1, 2", "1"),
    ]],
    ["the order of a query", asked(`GET ${url}?a=1&b=2`), asked(`GET ${url}?b=2&a=1`), [
      difference("url", `${url}?a=1&b=2`, `${url}?b=2&a=1`),
    ]],
    ["no spelling that means the same", asked("GET HTTPS://A.example:443/x", "a"), asked(`GET ${url}`, "b"), [
      difference("body at character 1", '"a"', '"b"'),
    ]],
    [
      "parts of JSON",
      asked(`GET ${url}`, '{"u":{"n":"A"},"l":[1]}'),
      asked(`GET ${url}`, '{"u":{"n":"B"},"l":[]}'),
      [
        difference("body.u.n", '"A"', '"B"'),
        difference("body.l[0]", "1", null),
      ],
    ],
    ["JSON that only reads otherwise", asked(`GET ${url}`, '{"a":1}'), asked(`GET ${url}`, '{"a": 1}'), [
      difference("body at character 6", '"1}"', '" 1}"'),
    ]],
    ["text", asked(`GET ${url}`, "hello there"), asked(`GET ${url}`, "hello"), [
      difference("body at character 6", '" there"', "the end"),
    ]],
    ["no body recorded", asked(`GET ${url}`), asked(`GET ${url}`, "hello"), [
      difference("body", null, "hello"),
    ]],
    ["no body asked", asked(`GET ${url}`, "hello"), asked(`GET ${url}`), [difference("body", "hello", null)]],
    ["bytes", asked(`GET ${url}`, new Uint8Array([255, 1])), asked(`GET ${url}`, new Uint8Array([255, 2])), [
      difference("body at byte 2", "1", "2"),
    ]],
    ["bytes and text", asked(`GET ${url}`, new Uint8Array([255])), asked(`GET ${url}`, "abc"), [
      difference("body length", "1", "3"),
    ]],
    ["what is no address", asked("GET nothing"), asked("GET something"), [
      difference("path", "nothing", "something"),
    ]],
  ];
  for (const [name, left, right, differences] of cases) {
    await t.step(name, () => assertEquals(nearestTo(right, [stored("f", left)]), { file: "f", differences }));
  }
});

Deno.test("nearestTo() tells five differences of a query and of a body, and no long ones", () => {
  const numbers = Array.from({ length: 9 }, (_, i) => i);
  const query = (plus: number) => numbers.map((n) => `q${n}=${n + plus}`).join("&");
  const body = (plus: number) => JSON.stringify(numbers.map((n) => String(n + plus).repeat(200)));
  const left = asked(`GET https://a.example/?${query(0)}`, body(0));
  const right = asked(`GET https://a.example/?${query(1)}`, body(1));
  const { differences } = nearestTo(right, [stored("f", left)])!;
  assertEquals(differences.map(({ field }) => field), [
    ..."01234".split("").map((n) => `query.q${n}`),
    ..."01234".split("").map((n) => `body[${n}]`),
  ]);
  assertEquals(differences.at(-1)?.recorded, `"${"4".repeat(79)}…`);
});

Deno.test("differencesText() reads as a part of a sentence", () => {
  const differences = [
    difference("query.page", "1", "2"),
    difference("query.a", null, "x"),
    difference("body.u", '"y"', null),
  ];
  assertEquals(
    differencesText({ file: "f", differences }),
    'query.page (recorded 1, asked 2), query.a (not recorded, asked x), body.u (recorded "y", not asked)',
  );
});

function difference(field: string, recorded: string | null, asked: string | null): Difference {
  return { field, recorded, asked };
}
