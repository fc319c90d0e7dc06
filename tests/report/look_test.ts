/// <reference lib="dom" />
/** What everybody can read of a report: contrast, headings, roles, forced colours. Left out without a browser. */

import { assert, assertEquals } from "@std/assert";
import { writeHostileRun } from "./_hostile.ts";
import { browserTest, runReport, writeReport } from "./_reports.ts";

/** Texts of a page whose contrast with what is behind them is too low. */
function faintTexts(least: number): string[] {
  type Colour = readonly [number, number, number, number];
  const colourOf = (css: string): Colour => {
    const [r = 0, g = 0, b = 0, a = 1] = (css.match(/[\d.]+/g) ?? []).map(Number);
    return css === "none" ? [0, 0, 0, 0] : [r, g, b, a];
  };
  const over = ([r, g, b, a]: Colour, below: Colour): Colour => [
    r * a + below[0] * (1 - a),
    g * a + below[1] * (1 - a),
    b * a + below[2] * (1 - a),
    1,
  ];
  const light = ([r, g, b]: Colour): number => {
    const [x = 0, y = 0, z = 0] = [r, g, b].map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4
    );
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  function ground(element: Element | null): Colour {
    if (element === null) return [255, 255, 255, 1];
    const shape = element.matches("g.node, g.edge") ? element.querySelector("rect") : null;
    const own = shape === null ? getComputedStyle(element).backgroundColor : getComputedStyle(shape).fill;
    return over(colourOf(own), colourOf(own)[3] === 1 ? [0, 0, 0, 1] : ground(element.parentElement));
  }
  const found = new Set<string>();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const element = node.parentElement;
    if (element === null || node.nodeValue?.trim() === "" || !element.checkVisibility()) continue;
    if (element.matches("title, script, style")) continue;
    const style = getComputedStyle(element);
    const behind = ground(element);
    const seen = over(colourOf(element instanceof SVGElement ? style.fill : style.color), behind);
    const [high = 0, low = 0] = [light(seen), light(behind)].toSorted((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < least) found.add(`${contrast.toFixed(2)} ${element.className} ${node.nodeValue}`);
  }
  return [...found];
}

browserTest("every text stands out from what is behind it, light and dark", async (browser, temp) => {
  const input = { how: "error" }, limits = { nodeTimeoutMs: 150 };
  const path = await runReport(temp, "steps", { entryFlow: "errors", input, limits });
  for (const colorScheme of ["light", "dark"] as const) {
    const { page } = await browser.open(path, { colorScheme });
    assert(await page.evaluate(faintTexts, 22).then(({ length }) => length) > 100, "texts are looked at");
    assertEquals(await page.evaluate(faintTexts, 4.5), [], colorScheme);
    await page.keyboard.press("?");
    assertEquals(await page.evaluate(faintTexts, 4.5), [], `${colorScheme}, keys`);
  }
});

browserTest("the key Tab reaches everything, and shows where it is", async (browser, temp) => {
  const { page } = await browser.open(await runReport(temp, "fails", { entryFlow: "error" }));
  const reached: string[] = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const one = document.activeElement!;
      const isSeen = one.matches(".node")
        ? getComputedStyle(one.querySelector("rect")!).strokeWidth === "3px"
        : getComputedStyle(one).outlineStyle === "solid";
      return one === document.body ? null : { name: one.id || (one.textContent ?? ""), isSeen };
    });
    if (at === null) break;
    assert(at.isSeen, at.name);
    reached.push(at.name);
  }
  assert(reached.length < 60, "the page can be left again");
  const wanted = [
    "search",
    "Keys",
    "Show in the timeline",
    "Read fail.log",
    "Nodes",
    "Failed 1",
    "timeline-rows",
  ];
  for (const name of wanted) assert(reached.includes(name), name);
});

browserTest("headings stand in order, none is left out", async (browser, temp) => {
  const { page } = await browser.open(await runReport(temp, "fails", { entryFlow: "error" }));
  const levels = await page.locator("h1, h2, h3, h4").evaluateAll((all) =>
    all.filter((one) => one.checkVisibility()).map(({ tagName }) => Number(tagName.slice(1)))
  );
  assertEquals(levels[0], 1);
  levels.reduce((above, level) => {
    assert(level <= above + 1, `h${level} below h${above}`);
    return level;
  });
});

browserTest("rows of the tree tell their place among what stands beside them", async (browser, temp) => {
  const { page } = await browser.open(await runReport(temp, "demo", { input: { name: "Ada" } }));
  assertEquals(await page.getByRole("tree").count(), 1);
  const rows = await page.getByRole("treeitem").evaluateAll((all) =>
    all.map((row) =>
      ["level", "posinset", "setsize"].map((name) => row.getAttribute(`aria-${name}`)).join(" ")
    )
  );
  assertEquals(rows, ["1 1 2", "1 2 2", "2 1 4", "2 2 4", "3 1 1", "2 3 4", "3 1 1", "2 4 4"]);
});

browserTest("a failure is counted once, not again with the flow around it", async (browser, temp) => {
  const { page } = await browser.open(await runReport(temp, "fails", { entryFlow: "error" }));
  const chip = page.getByRole("button", { name: /^Failed/ });
  assertEquals(await chip.innerText(), "Failed 1");
  await chip.click();
  assertEquals(await page.locator(".row:not(.beside) .name").allTextContents(), ["fail"]);
});

browserTest("what is chosen shows where the system sets the colours", async (browser, temp) => {
  const path = await runReport(temp, "fails", { entryFlow: "error" });
  const { page } = await browser.open(path, { forcedColors: "active" });
  const outline = (selector: string) =>
    page.locator(selector).first().evaluate((one) => getComputedStyle(one).outlineStyle);
  assertEquals(await outline('.segments [aria-pressed="true"]'), "solid");
  assertEquals(await outline('.row[aria-selected="true"]'), "solid");
});

browserTest("nothing moves where less motion is asked for", async (browser, temp) => {
  const { page } = await browser.open(await runReport(temp, "demo", {}), { reducedMotion: "reduce" });
  assertEquals(
    await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior),
    "auto",
  );
  assertEquals(await page.evaluate(() => document.getAnimations().length), 0);
});

browserTest("no width makes the page wider than the screen", async (browser, temp) => {
  await writeHostileRun(temp.path);
  const path = await writeReport(temp.path);
  for (const width of [360, 640, 1920]) {
    const { page, context } = await browser.open(path, { viewport: { width, height: 800 } });
    assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), width);
    await context.close();
  }
});
