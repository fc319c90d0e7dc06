/// <reference lib="dom" />
/** Reports in a real browser. Without one on this machine, all of this is left out and nothing else is. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { toRunJson } from "../../lib/record/run_json.ts";
import type { RunOptions } from "../../mod.ts";
import { runResult } from "../cli/_helpers.ts";
import type { OpenPage } from "./_browser.ts";
import { browserTest, runReport, writeReport } from "./_reports.ts";
import { writeHostileRun } from "./_hostile.ts";
import { Script } from "./_lines.ts";

const FAILS: RunOptions = { entryFlow: "error" };

/** What is selected in the timeline. */
async function selected(page: Page): Promise<string | null> {
  return await page.locator('.row[aria-selected="true"] .name').textContent({ timeout: 2000 });
}

/** Checks that a page kept to itself. */
function assertQuiet({ complaints }: OpenPage): void {
  assertEquals(complaints, []);
}

browserTest(
  "a report opens from disk, asks for nothing, and begins with what failed",
  async (browser, temp) => {
    const opened = await browser.open(await runReport(temp, "fails", FAILS));
    const { page } = opened;
    assertEquals(await page.title(), "failure · fails 0.1.0");
    assertEquals(await page.locator("html").getAttribute("lang"), "en");
    const card = page.locator(".card").first();
    const text = await card.innerText();
    for (
      const said of ["component fails failed: E_DEMO: demanded", "flow error node fail", "What helps", "why"]
    ) {
      assertStringIncludes(text, said);
    }
    assertEquals(await selected(page), "fail");
    assertStringIncludes(await page.locator("#detail").innerText(), "E_DEMO");
    const headings = await page.locator("main section[id] > h2").allInnerTexts();
    assertEquals(headings.map((heading) => heading.replace(/\s*\d.*$/, "")), [
      ...["Flow", "Timeline", "Logs", "Nodes", "Verification", "Components", "About the run"],
      ...["Limits", "Environment"],
    ]);
    assertQuiet(opened);
  },
);

browserTest("what failed leads to its log and to its place in the timeline", async (browser, temp) => {
  const opened = await browser.open(await runReport(temp, "fails", FAILS));
  const { page } = opened;
  const card = page.locator(".card").first();
  assertStringIncludes(await card.innerText(), "Details: 1 member");
  assertStringIncludes(await card.innerText(), "Input of the node: { }");
  await page.getByRole("button", { name: "Read fail.log" }).click();
  assertEquals(await page.evaluate(() => document.activeElement?.textContent), "fail.log · 49 B");
  assert(await page.locator("#logs pre").isVisible());
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "Show in the timeline" }).click();
  assertEquals(await selected(page), "fail");
  assertEquals(await page.evaluate(() => document.activeElement?.id), "timeline-rows");
  assertQuiet(opened);
});

browserTest("where a run waits, or stood when it was killed, is selected", async (browser, temp) => {
  const waiting = await browser.open(await runReport(temp, "order", {}));
  assertEquals(await selected(waiting.page), "wait_dish");
  await Deno.remove(`${temp.path}/run/run.json`);
  const script = new Script().run().visit("first");
  script.start("second");
  await Deno.writeTextFile(`${temp.path}/run/transcript.jsonl`, jsonLines(script));
  const killed = await browser.open(await writeReport(`${temp.path}/run`));
  assertEquals(await selected(killed.page), "second");
  assertStringIncludes(await killed.page.locator(".trouble").innerText(), "It stood in node second");
  for (const opened of [waiting, killed]) assertQuiet(opened);
});

browserTest("what is selected survives a reload, and parts have addresses", async (browser, temp) => {
  const opened = await browser.open(await runReport(temp, "demo", { input: { name: "Ada" } }));
  const { page } = opened;
  await page.locator(".row", { hasText: "reply" }).click();
  await page.waitForURL(/#event-\d+$/);
  await page.reload();
  assertEquals(await selected(page), "reply");
  await page.getByRole("link", { name: "Nodes" }).click();
  await page.waitForURL(/#nodes$/);
  await page.waitForFunction(() =>
    document.querySelector("#nodes")!.getBoundingClientRect().top < innerHeight / 2
  );
  // An address that names no event selects none.
  await page.goto(page.url().replace("#nodes", "#event-99999"));
  await page.reload();
  assertEquals(await page.locator('.row[aria-selected="true"]').count(), 0);
  assertQuiet(opened);
});

browserTest("the search finds what stands anywhere, and is left again", async (browser, temp) => {
  const opened = await browser.open(await runReport(temp, "demo", { input: { name: "Ada" } }));
  const { page } = opened;
  await page.keyboard.press("/");
  await page.keyboard.type("hello, ada");
  await page.waitForFunction(() => document.querySelectorAll(".row").length === 3);
  assertEquals(await page.locator(".row:not(.beside) .name").allTextContents(), ["greet", "reply"]);
  assertMatch(await page.locator(".found").innerText(), /2 in the timeline, 1 elsewhere/);
  assert(await page.locator("#output .panel.match").isVisible());
  await page.waitForFunction(() => CSS.highlights.get("found")?.size === 2);
  await page.keyboard.press("Enter");
  assertEquals(await selected(page), "greet");
  await page.keyboard.press("Escape");
  assertEquals([await page.inputValue("#search"), await page.locator(".row").count()], ["", 8]);
  assertEquals(await page.locator("#limits .scroll").isVisible(), true);
  await page.fill("#search", "untrusted");
  await page.waitForFunction(() => document.querySelectorAll("#checks tbody tr:not([hidden])").length === 1);
  assertEquals(await page.locator("#limits .scroll").isVisible(), false);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Host calls/ }).click();
  assertEquals(await page.locator(".row:not(.beside) .kind").allTextContents(), ["call", "call"]);
  assertQuiet(opened);
});

browserTest("the keyboard reaches everything", async (browser, temp) => {
  const opened = await browser.open(await runReport(temp, "demo", { input: { name: "Ada" } }));
  const { page } = opened;
  const focused = () => page.evaluate(() => document.activeElement?.id);
  for (const key of ["j", "j", "j"]) await page.keyboard.press(key);
  assertEquals(await selected(page), "greet");
  await page.keyboard.press("Escape");
  assertEquals(await focused(), "timeline-rows");
  await page.keyboard.press("ArrowDown");
  assertEquals(await selected(page), "remember");
  await page.keyboard.press("ArrowLeft");
  assertEquals(
    await page.locator(".row .name").allTextContents().then((names) => names.includes("state.write")),
    false,
  );
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assertEquals(await selected(page), "state.write");
  const active = await page.locator("#timeline-rows").getAttribute("aria-activedescendant");
  assertEquals(await page.locator(`#${active}`).getAttribute("aria-level"), "3");
  await page.keyboard.press("Enter");
  assertEquals(await focused(), "detail");
  assertStringIncludes(await page.locator("#detail").innerText(), "greentic:state/state-store@1.0.0#write");
  await page.keyboard.press("Escape");
  await page.keyboard.press("End");
  assertEquals(await selected(page), "reply");
  await page.keyboard.press("k");
  assertEquals(await selected(page), "state.read");
  await page.keyboard.press("?");
  assert(await page.locator("dialog").isVisible());
  await page.keyboard.press("Escape");
  assert(!await page.locator("dialog").isVisible());
  // A node of the picture takes keys like a button.
  await page.locator(".node").first().focus();
  await page.keyboard.press("Enter");
  assertEquals(await selected(page), "greet");
  assertQuiet(opened);
});

browserTest(
  "everything that can be pressed has a name, and what has the focus can be seen",
  async (browser, temp) => {
    const { page } = await browser.open(await runReport(temp, "demo", { input: { name: "Ada" } }));
    for (const button of await page.getByRole("button").all()) {
      const name = await button.evaluate((one) => one.getAttribute("aria-label") ?? one.textContent ?? "");
      assert(name.trim() !== "", await button.evaluate((one) => one.outerHTML));
    }
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
    assertEquals(outline, "solid");
  },
);

browserTest(
  "it is light or dark as the system is, or as is asked for, and keeps nothing",
  async (browser, temp) => {
    const path = await runReport(temp, "demo", {});
    const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await browser.open(path, { colorScheme: "light" });
    const dark = await browser.open(path, { colorScheme: "dark" });
    const [white, black] = [await ground(light.page), await ground(dark.page)];
    assert(white !== black);
    await light.page.keyboard.press("t");
    await dark.page.getByRole("button", { name: "Light / dark" }).click();
    assertEquals([await ground(light.page), await ground(dark.page)], [black, white]);
    await light.page.keyboard.press("t");
    assertEquals(await ground(light.page), white);
    assertEquals((await light.context.storageState()).origins, []);
    for (const opened of [light, dark]) assertQuiet(opened);
  },
);

browserTest("it prints whole, and is as it was afterwards", async (browser, temp) => {
  const opened = await browser.open(await runReport(temp, "demo", { input: { name: "Ada" } }));
  const { page } = opened;
  const before = await page.locator("main").innerHTML();
  await page.evaluate(() => {
    addEventListener("beforeprint", () => {
      const printed = document.getElementById("printed");
      document.title = `${printed?.querySelectorAll("tr").length} rows: ${printed?.textContent}`;
    });
  });
  const pdf = await page.pdf({ format: "A4" });
  assertEquals(new TextDecoder().decode(pdf.subarray(0, 5)), "%PDF-");
  const printed = await page.title();
  assertMatch(printed, /^15 rows: Timeline/);
  for (const said of ["state.write", "What nodes took and gave", '"text": "Hello, Ada!"']) {
    assertStringIncludes(printed, said);
  }
  assertEquals(await page.locator("main").innerHTML(), before);
  assertQuiet(opened);
  await page.emulateMedia({ media: "print" });
  await page.waitForFunction(() => matchMedia("print").matches);
  for (const hidden of [".top", ".panes", ".chips", "nav"]) {
    assertEquals(await page.locator(hidden).first().isVisible(), false, hidden);
  }
});

browserTest("it fits a narrow screen", async (browser, temp) => {
  const { page } = await browser.open(await runReport(temp, "fails", FAILS), {
    viewport: { width: 400, height: 800 },
  });
  const [needed, given] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assertEquals(needed, given);
});

browserTest(
  "nothing that a run directory says runs, is fetched, or hides anything",
  async (browser, { path }) => {
    await writeHostileRun(path);
    const opened = await browser.open(await writeReport(path));
    const { page } = opened;
    // Everything is opened, and every item looked at.
    await page.keyboard.press("j");
    for (let i = 0; i < 60; i++) await page.keyboard.press("j");
    for (const picture of await page.locator(".graph > .segments button").all()) await picture.click();
    await page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    await page.fill("#search", "</script>");
    await page.waitForFunction(() => document.querySelector(".found")?.textContent !== "");
    await page.pdf();
    // A text of a million characters without a space is shown whole on wish, and in a moment.
    await page.fill("#search", "AAAAAAAAAA");
    await page.waitForFunction(() => document.querySelectorAll(".row:not(.beside)").length === 3);
    await page.locator(".row:not(.beside)").last().click();
    await page.locator("#detail .cut button").first().click();
    assert((await page.locator("#detail .dense").innerText()).length >= 1024 * 1024);
    assertEquals(await page.evaluate(() => Reflect.get(globalThis, "pwned")), undefined);
    assertEquals(await page.evaluate(() => Reflect.get({}, "polluted")), undefined);
    const foreign = await page.evaluate(() =>
      document.querySelectorAll(
        "img, iframe, object, embed, link, a[href]:not([href^='#']), [onerror], [onfocus], [style*=url]",
      ).length
    );
    assertEquals(foreign, 0);
    const text = await page.locator("body").innerText();
    assertStringIncludes(text, "<img src=x onerror=globalThis.pwned=1>");
    assertStringIncludes(text, "\\u202egnp.exe\\u2066");
    assert(!/[\u202a-\u202e\u2066-\u2069]/.test(text));
    assert(await page.locator("h1").isVisible());
    assertQuiet(opened);
  },
);

browserTest("no text runs even where the policy does not hold", async (browser, { path }) => {
  await writeHostileRun(path);
  const opened = await browser.open(await writeReport(path), { bypassCSP: true });
  const { page } = opened;
  for (let i = 0; i < 20; i++) await page.keyboard.press("j");
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  assertEquals(await page.evaluate(() => Reflect.get(globalThis, "pwned")), undefined);
  assertQuiet(opened);
});

browserTest("values are copied as they are", async (browser, temp) => {
  const opened = await browser.open(await runReport(temp, "demo", { input: { name: "Ada" } }));
  const { page, context } = opened;
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator(".row", { hasText: "reply" }).click();
  await page.getByRole("button", { name: "Copy Output" }).click();
  await page.getByText("Copied").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assertEquals(JSON.parse(copied).text, "Hello, Ada!");
  assertQuiet(opened);
});

browserTest("a refused host call says in words why, and what helps", async (browser, temp) => {
  const secrets = { values: { DEMO_TOKEN: "planted-secret-value" } };
  const input = { secret: "DEMO_TOKEN" };
  const opened = await browser.open(await runReport(temp, "kinds", { entryFlow: "host", input, secrets }));
  await opened.page.locator(".row", { hasText: "http.send" }).click();
  const said = opened.page.locator("#detail .error");
  assertStringIncludes(await said.locator("p").first().innerText(), "http client disabled by policy");
  assertStringIncludes(await said.locator(".hint").innerText(), "--allow https://example.com");
  assertQuiet(opened);
});

browserTest("the policy holds where the page would not", async (browser, temp) => {
  const opened = await browser.open(await runReport(temp, "demo", {}));
  const told = await opened.page.evaluate(async () => {
    const script = document.createElement("script");
    let refused = 0;
    const attempts = [
      () => script.append("globalThis.pwned = 1"),
      () => document.body.setAttribute("onclick", "globalThis.pwned = 1"),
      () => void (document.body.innerHTML = "<b>markup</b>"),
    ];
    for (const attempt of attempts) {
      try {
        attempt();
      } catch {
        refused++;
      }
    }
    document.body.append(script);
    document.body.click();
    const fetched = await fetch("https://example.com/").then(() => true, () => false);
    return { refused, pwned: Reflect.get(globalThis, "pwned"), fetched };
  });
  assertEquals(told.pwned, undefined);
  assertEquals(told.fetched, false);
  assert(told.refused >= 1, "markup is not taken from text");
});

function jsonLines({ lines }: Script): string {
  return `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
}

/** A run directory with a node that comes again and again. */
async function writeLongRun(dir: string, visits: number): Promise<void> {
  const script = new Script().run();
  for (let i = 0; i < visits; i++) {
    script.visit(`node${i % 7}`, {
      payload: { i },
      output: i === visits - 2 ? { needle: "haystack" } : { i },
    });
  }
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(`${dir}/transcript.jsonl`, jsonLines(script));
  await Deno.writeTextFile(`${dir}/run.json`, JSON.stringify(toRunJson(runResult({ artifactsDir: dir }))));
}

browserTest("ten thousand events are as usable as ten", async (browser, { path }) => {
  await writeLongRun(path, 10_000);
  const opened = await browser.open(await writeReport(path));
  const { page } = opened;
  assertMatch(await page.locator(".told").innerText(), /^10.001 events$/);
  const made = await page.locator(".row").count();
  assert(made < 100, `${made} rows are made of those that can be seen`);
  await page.keyboard.press("Escape");
  await page.keyboard.press("End");
  assertEquals(await selected(page), "node3");
  assertStringIncludes(await page.locator("#detail").innerText(), "lines 20000 to 20001");
  assert(await page.locator('.row[aria-selected="true"]').isVisible());
  await page.fill("#search", "haystack");
  await page.waitForFunction(() => document.querySelectorAll(".row").length === 2);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Home");
  await page.locator("#timeline-rows").evaluate((rows) => rows.scrollTo(0, 150_000));
  await page.waitForFunction(() =>
    Number(document.querySelector(".row")?.getAttribute("aria-posinset")) > 4900
  );
  assert(await page.locator(".row").count() < 100);
  assertQuiet(opened);
});
