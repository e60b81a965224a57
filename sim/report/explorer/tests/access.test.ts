// The page for everybody: rules of axe-core, widths, keys, print.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { browser, made, opened, show, target } from "./support.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const broken = "#x86/os:rtm/sp2/+iis@rtm/kb973917:v1";
const parts = ["Compose", "Look", "Map", "Findings"] as const;

let chromium: Browser;
let url: string;

before(async () => {
  ({ url } = made());
  chromium = await browser();
});

after(async () => {
  await chromium.close();
});

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe-core finds; it was put into the page by the debugger, which no policy stops. */
async function violations(page: Page): Promise<string[]> {
  const found = await page.evaluate(async () => {
    const { axe: there } = window as unknown as {
      axe: { run: (options: object) => Promise<{ violations: Violation[] }> };
    };
    return (await there.run({ resultTypes: ["violations"] })).violations;
  });
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`)
        .join("; ")}`,
  );
}

for (const scheme of ["light", "dark"] as const) {
  test(`axe-core finds no violation on any part, ${scheme}`, async () => {
    const { page } = await opened(chromium, url + broken, { scheme });
    await page.evaluate(axe);
    for (const part of parts) {
      await show(page, part);
      if (part === "Compose") await page.getByRole("combobox").fill("kb97x os:rtm ");
      await page.screenshot({
        path: `${target}/${part.toLowerCase()}-${scheme}.png`,
        fullPage: true,
      });
      assert.deepEqual(await violations(page), [], part);
      if (part === "Look") {
        for (const sight of ["Imports", "Registry"]) {
          await page.getByRole("button", { name: sight }).click();
          await page.screenshot({
            path: `${target}/${sight.toLowerCase()}-${scheme}.png`,
            fullPage: true,
          });
          assert.deepEqual(await violations(page), [], sight);
        }
      }
    }
    await page.getByRole("button", { name: "Help" }).click();
    await page.screenshot({ path: `${target}/help-${scheme}.png` });
    assert.deepEqual(await violations(page), [], "Help");
  });
}

test("axe-core finds no violation in what is shown of rules", async () => {
  const rules = ["article-rule-of-thumb.rule.toml", "ms10-040-w3dt.xml"].flatMap((name) => [
    "--rule",
    `../../../corpus/rules/${name}`,
  ]);
  const { page } = await opened(chromium, `${made(...rules).url}${broken}`);
  await page.evaluate(axe);
  await show(page, "Findings");
  for (const details of await page.locator(".rule summary").all()) await details.click();
  await page.screenshot({ path: `${target}/rules-open.png`, fullPage: true });
  assert.deepEqual(await violations(page), []);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${wider} pixels wider`);
});

for (const [name, width, height] of [
  ["phone", 360, 780],
  ["desktop", 1280, 800],
  ["wide", 1920, 1080],
] as const) {
  test(`nothing is wider than the page: ${name}`, async () => {
    const { page } = await opened(chromium, url + broken, {
      width,
      height,
      touch: name === "phone",
    });
    for (const part of parts) {
      await show(page, part);
      const sights = part === "Look" ? ["Imports", "Registry"] : [""];
      for (const sight of sights) {
        if (sight !== "") await page.getByRole("button", { name: sight }).click();
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wider <= 0, `${part} ${sight} is ${wider} pixels wider`);
        const file = `${target}/${name}-${part.toLowerCase()}${sight.toLowerCase()}.png`;
        await page.screenshot({ path: file, fullPage: true });
      }
    }
  });
}

test("Look shows status, files, graph and remedy without scrolling", async () => {
  const { page } = await opened(chromium, `${url}${broken}?look`, { width: 1280, height: 800 });
  for (const [what, count] of [
    [".verdict .status-name", 1],
    [".verdict .remedy button", 1],
    [".file", 45],
    [".legend", 2],
    [".graph .canvas > svg", 1],
    [".repairs .apply", 1],
    [".events li", 3],
  ] as const) {
    const boxes = await Promise.all(
      (await page.locator(what).all()).map((each) => each.boundingBox()),
    );
    assert.equal(boxes.length, count, what);
    const lowest = Math.max(...boxes.map((box) => (box === null ? Infinity : box.y + box.height)));
    assert.ok(lowest <= 800, `${what} ends at ${lowest}`);
  }
});

test("nothing is wider than a phone where records are older than files", async () => {
  const drift = "#x86/os:sp2/+iis/kb973917:v2/-iis/+iis?look";
  const { page } = await opened(chromium, url + drift, { width: 360, height: 780, touch: true });
  await page.getByRole("button", { name: "Registry" }).click();
  assert.equal(await page.locator(".record .older").count(), 2);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${wider} pixels wider`);
});

/** The colour behind everything: `--paper` of style/colours.css, in light and in dark. */
const paper = { light: "rgb(247, 246, 243)", dark: "rgb(20, 22, 26)" };

async function ground(page: Page): Promise<string> {
  return await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
}

const colours = { name: /^(?:Light\/dark|Light|Dark)$/ };

test("light or dark is as the system has it, until one is chosen; the choice is kept", async () => {
  for (const scheme of ["light", "dark"] as const) {
    const { page, troubles } = await opened(chromium, url, { scheme });
    assert.equal(await ground(page), paper[scheme]);
    await page.emulateMedia({ colorScheme: scheme === "light" ? "dark" : "light" });
    assert.equal(await ground(page), paper[scheme === "light" ? "dark" : "light"], "it follows");
    const button = page.getByRole("button", colours);
    await button.click();
    assert.equal(await ground(page), paper.light);
    await button.click();
    assert.equal(await ground(page), paper.dark);
    await page.emulateMedia({ colorScheme: "light" });
    await page.reload();
    assert.equal(await ground(page), paper.dark, "kept");
    assert.equal(await button.innerText(), "Dark");
    await button.click();
    assert.equal(await ground(page), paper.light, "back to the system's");
    await page.reload();
    assert.equal(await button.innerText(), "Light/dark");
    assert.deepEqual(troubles, []);
  }
});

test("a browser that keeps nothing changes the colours all the same", async () => {
  const without = () =>
    Object.defineProperty(window, "localStorage", {
      get: () => {
        throw new DOMException("denied", "SecurityError");
      },
    });
  const { page, troubles } = await opened(chromium, url, { before: without });
  await page.getByRole("button", colours).click();
  await page.getByRole("button", colours).click();
  assert.equal(await ground(page), paper.dark);
  await page.reload();
  assert.equal(await ground(page), paper.light);
  assert.deepEqual(troubles, []);
});

test("every part is reached and used with the keyboard alone", async () => {
  const { page } = await opened(chromium, url + broken);
  const focused = () =>
    page.evaluate(() => {
      const at = document.activeElement;
      const style = at === null ? null : getComputedStyle(at);
      return { id: at?.id ?? "", text: at?.textContent ?? "", outline: style?.outlineStyle ?? "" };
    });
  await page.keyboard.press("Tab");
  assert.match((await focused()).text, /Skip/);
  await page.locator("#tab-compose").focus();
  for (const part of ["look", "map", "findings", "compose"]) {
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((id) => document.activeElement?.id === id, `tab-${part}`);
    assert.equal((await focused()).outline, "solid", "the focus is seen");
  }
});

test("print: the order and the verdict stay, buttons go", async () => {
  const { page } = await opened(chromium, url + broken);
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.locator(".order-list").isVisible());
  assert.ok(await page.locator(".status-name").isVisible());
  assert.ok(!(await page.locator(".palette").isVisible()));
  await page.screenshot({ path: `${target}/print.png`, fullPage: true });
});

test("print: Look is whole, and nothing lies on the drawing", async () => {
  const { page } = await opened(chromium, `${url}${broken}?look`, { width: 794, height: 1123 });
  await page.emulateMedia({ media: "print" });
  const legend = await page.locator(".graph .legend").boundingBox();
  const drawing = await page.locator(".graph .canvas > svg").boundingBox();
  assert.ok(legend !== null && drawing !== null);
  assert.ok(legend.y + legend.height <= drawing.y, "the legend stands above the drawing");
  const cut = await page
    .locator(".found .finding ul")
    .evaluateAll(
      (lists) => lists.filter((list) => list.scrollHeight > list.clientHeight + 1).length,
    );
  assert.equal(cut, 0, "all 39 findings are printed");
});
