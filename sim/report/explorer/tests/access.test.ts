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
      const sights = part === "Look" ? ["Files", "Imports", "Registry"] : [""];
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

test("nothing is wider than a phone where records are older than files", async () => {
  const drift = "#x86/os:sp2/+iis/kb973917:v2/-iis/+iis?look";
  const { page } = await opened(chromium, url + drift, { width: 360, height: 780, touch: true });
  await page.getByRole("button", { name: "Registry" }).click();
  assert.equal(await page.locator(".record .older").count(), 2);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${wider} pixels wider`);
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
