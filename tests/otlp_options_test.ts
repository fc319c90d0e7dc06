/** What options and the environment may say of traces. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../lib/base/errors.ts";
import { OTLP_VARIABLES, otlpFromEnvironment, type OtlpOptions, resolveOtlp } from "../lib/otlp_options.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736", SPAN = "00f067aa0ba902b7";

Deno.test("resolveOtlp() fills every default, and gives null for no options", () => {
  assertEquals(resolveOtlp(undefined), null);
  assertEquals(resolveOtlp({ endpoint: "http://127.0.0.1:4318" }), {
    url: "http://127.0.0.1:4318/v1/traces",
    headers: {},
    sampleAll: false,
    serviceName: "greentic-runner",
    parent: null,
    warning: null,
  });
});

Deno.test("resolveOtlp() adds the path of traces where it is missing", async (t) => {
  const table: [endpoint: string, exact: boolean, url: string][] = [
    ["http://h:4318/", false, "http://h:4318/v1/traces"],
    ["https://h/otlp", false, "https://h/otlp/v1/traces"],
    ["https://h/otlp//", false, "https://h/otlp/v1/traces"],
    ["https://h/v1/traces", false, "https://h/v1/traces"],
    ["https://h/a/v1/traces?k=v", false, "https://h/a/v1/traces?k=v"],
    ["https://h/a?k=v#part", false, "https://h/a/v1/traces?k=v"],
    ["https://h/custom", true, "https://h/custom"],
    ["https://h", true, "https://h/"],
  ];
  for (const [endpoint, exact, url] of table) {
    await t.step(`${endpoint}${exact ? " as it is" : ""}`, () => {
      assertEquals(resolveOtlp({ endpoint, exact })?.url, url);
    });
  }
});

Deno.test("resolveOtlp() takes what it is given", () => {
  const resolved = resolveOtlp({
    endpoint: "http://h",
    headers: { "X-Key": " k ", empty: "" },
    sampleAll: true,
    serviceName: "mine",
    traceparent: `00-${TRACE}-${SPAN}-01`,
    tracestate: "a=1",
  });
  assertEquals(resolved?.headers, { "x-key": "k", empty: "" });
  assertEquals([resolved?.sampleAll, resolved?.serviceName, resolved?.warning], [true, "mine", null]);
  assertEquals(resolved?.parent, { traceId: TRACE, spanId: SPAN, flags: 1, state: "a=1" });
});

Deno.test("resolveOtlp() ignores a traceparent that is none, and says so", () => {
  const resolved = resolveOtlp({ endpoint: "http://h", traceparent: "00-0-0-00", tracestate: "a=1" });
  assertEquals(resolved?.parent, null);
  assertEquals(resolved?.warning, "The traceparent is ignored: it is not as W3C Trace Context writes it");
});

Deno.test("resolveOtlp() refuses a wrong value by the name of its option, and repeats no secret", async (t) => {
  const endpoint = "http://h";
  const table: [what: string, options: unknown, message: string][] = [
    ["no object", "http://h", 'Option "otlp" is "http://h": expected an object'],
    ["no endpoint", {}, 'Option "otlp.endpoint" is undefined: expected a text'],
    ["an empty endpoint", { endpoint: " " }, 'Option "otlp.endpoint" is " ": expected a text'],
    [
      "no address",
      { endpoint: "localhost:4318" },
      'Option "otlp.endpoint" is "localhost:4318": expected an addr',
    ],
    ["another scheme", { endpoint: "grpc://h" }, 'Option "otlp.endpoint" is "grpc://h": expected an address'],
    [
      "a password",
      { endpoint: "https://me:s3cret@h" },
      'Option "otlp.endpoint" has a user or a password in it',
    ],
    [
      "a password elsewhere",
      { endpoint: "ftp://me:s3cret@h" },
      'Option "otlp.endpoint" has a user or a password',
    ],
    ["an unknown member", { endpoint, header: {} }, 'The otlp option "header" is unknown'],
    ["exact", { endpoint, exact: 1 }, 'Option "otlp.exact" is 1: expected true or false'],
    ["sampleAll", { endpoint, sampleAll: "yes" }, 'Option "otlp.sampleAll" is "yes": expected true or false'],
    ["service", { endpoint, serviceName: "" }, 'Option "otlp.serviceName" is "": expected a text'],
    ["a parent", { endpoint, traceparent: 5 }, 'Option "otlp.traceparent" is 5: expected a text'],
    [
      "a state",
      { endpoint, traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 5 },
      'Option "otlp.tracestate" is 5: expected a text',
    ],
    ["headers", { endpoint, headers: ["a"] }, 'Option "otlp.headers" is ["a"]: expected an object'],
    [
      "a name",
      { endpoint, headers: { "a b": "s3cret" } },
      'Option "otlp.headers" is "a b": expected names of',
    ],
    [
      "a name of ours",
      { endpoint, headers: { "Content-Type": "s3cret" } },
      'Option "otlp.headers" is "Content-Type": expected other headers',
    ],
    [
      "a value",
      { endpoint, headers: { a: "s3cret\n" } },
      'Option "otlp.headers.a" has characters that no header',
    ],
    [
      "no value",
      { endpoint, headers: { a: ["s3cret"] } },
      'Option "otlp.headers.a" is "object": expected a text',
    ],
  ];
  for (const [what, options, message] of table) {
    await t.step(what, () => {
      const error = assertThrows(() => resolveOtlp(options as OtlpOptions), RunnerError);
      assertEquals(error.code, "option.invalid");
      assert(error.message.startsWith(message), error.message);
      assert(!`${error.message} ${error.hint}`.includes("s3cret"));
    });
  }
});

/** What is made of variables; every one that is read must be in the list. */
function fromVariables(variables: Record<string, string>, endpoint?: string): OtlpOptions | undefined {
  return otlpFromEnvironment((name) => {
    assert(OTLP_VARIABLES.includes(name), `${name} is not in the list`);
    return variables[name];
  }, endpoint);
}

Deno.test("otlpFromEnvironment() takes the first of the endpoint, the standard's variables and the runner's", async (t) => {
  const traces = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://traces/x" };
  const otel = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel" }, otlp = { OTLP_ENDPOINT: "http://otlp" };
  const off = { OTEL_SDK_DISABLED: "TRUE" };
  const table: [
    what: string,
    variables: Record<string, string>,
    endpoint: string | undefined,
    url?: string,
  ][] = [
    ["nothing", {}, undefined],
    ["the runner's", otlp, undefined, "http://otlp/v1/traces"],
    ["the standard's", { ...otlp, ...otel }, undefined, "http://otel/v1/traces"],
    ["that of traces, as it is", { ...otlp, ...otel, ...traces }, undefined, "http://traces/x"],
    ["empty ones", { OTEL_EXPORTER_OTLP_ENDPOINT: " ", ...otlp }, undefined, "http://otlp/v1/traces"],
    ["a given one", { ...otlp, ...otel, ...traces }, "http://given", "http://given/v1/traces"],
    ["none when all is disabled", { ...otlp, ...otel, ...traces, ...off }, undefined],
    ["a given one although all is disabled", off, "http://given", "http://given/v1/traces"],
    ["one that is not disabled", { ...otel, OTEL_SDK_DISABLED: "1" }, undefined, "http://otel/v1/traces"],
  ];
  for (const [what, variables, endpoint, url] of table) {
    await t.step(what, () => assertEquals(resolveOtlp(fromVariables(variables, endpoint))?.url, url));
  }
});

Deno.test("otlpFromEnvironment() reads headers, service and parent", () => {
  const variables = {
    OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%2Cb%20c, x=1=2 ,,empty=",
    OTEL_SERVICE_NAME: "mine",
    TRACEPARENT: `00-${TRACE}-${SPAN}-01`,
    TRACESTATE: "a=1",
  };
  assertEquals(fromVariables(variables), undefined);
  assertEquals(fromVariables(variables, "http://h"), {
    endpoint: "http://h",
    headers: { "api-key": "a,b c", x: "1=2", empty: "" },
    serviceName: "mine",
    traceparent: `00-${TRACE}-${SPAN}-01`,
    tracestate: "a=1",
  });
});

Deno.test("otlpFromEnvironment() refuses headers that are none, without repeating them", async (t) => {
  for (const list of ["s3cret", "=s3cret", "a=1,s3cret", "a=s3cret%"]) {
    await t.step(list, () => {
      const error = assertThrows(
        () => fromVariables({ OTEL_EXPORTER_OTLP_HEADERS: list }, "http://h"),
        RunnerError,
      );
      assertEquals(error.code, "option.invalid");
      assertEquals(error.message, "Variable OTEL_EXPORTER_OTLP_HEADERS has a member that is no header");
      assert(!error.hint?.includes("s3cret"));
    });
  }
});
