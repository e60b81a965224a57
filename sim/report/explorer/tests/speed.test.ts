// How fast the page is: measured and printed, not asserted, since a busy machine says nothing.

import { loadavg, cpus } from "node:os";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { browser, made, opened } from "./support.ts";

/** What is clicked or typed into, one after the other, and what that is called. */
const clicks: readonly (readonly [name: string, selector: string])[] = [
  ["show Compose", "#tab-compose"],
  ["add a step", ".step.applied"],
  ["undo", ".tools button:nth-child(1)"],
  ["redo", ".tools button:nth-child(2)"],
  ["move a step up", '.row:nth-child(3) button[aria-label$="up"]'],
  ["move it down", '.row:nth-child(2) button[aria-label$="down"]'],
  ["type a letter", ".field input"],
  ["go to a step", ".row:nth-child(2) .pick"],
  ["change the architecture", ".top .segments button:last-child"],
  ["change it back", ".top .segments button:first-child"],
  ["show Look", "#tab-look"],
  ["go to a step in Look", ".timeline li:nth-child(1) button"],
  ["show the registry", ".sight .segments button:nth-child(2)"],
  ["show the imports", ".sight .segments button:nth-child(1)"],
  ["show Map", "#tab-map"],
  ["choose a status of a column", ".block:not(.pressed)"],
  ["move to a host of it", ".hosts .go"],
  ["go to the nearest of a status", ".nearest .apply"],
  ["show Findings", "#tab-findings"],
];

const rounds = 9;

/** Milliseconds from a click until everything is drawn that it changes. */
async function taken(page: Page, selector: string): Promise<number> {
  return await page.evaluate(async (css) => {
    const element = document.querySelector(css);
    if (element === null) throw new Error(`no ${css}`);
    const began = performance.now();
    if (element instanceof HTMLInputElement) {
      element.value = element.value === "" ? "k" : "";
      element.dispatchEvent(new InputEvent("input", { bubbles: true }));
    } else element.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    await new Promise((done) => setTimeout(done, 0));
    document.body.getBoundingClientRect();
    return performance.now() - began;
  }, selector);
}

function told(name: string, times: readonly number[]): string {
  const sorted = [...times].sort((left, right) => left - right);
  const [first, middle, last] = [times[0], sorted[sorted.length >> 1], sorted.at(-1)];
  const shown = [first, middle, last].map((time) => (time ?? Number.NaN).toFixed(1).padStart(8));
  return `${shown.join("")}  ${name}`;
}

let chromium: Browser;

before(async () => {
  chromium = await browser();
});

after(async () => {
  await chromium.close();
});

test("how fast it is", async () => {
  const { url, bytes } = made();
  const { page } = await opened(chromium, url);
  const opening = await page.evaluate(() =>
    ["first-contentful-paint", "patchstate-ready"].map(
      (name) => performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN,
    ),
  );
  const times = clicks.map(() => [] as number[]);
  const start = await page.evaluate(() => location.hash);
  for (let round = 0; round < rounds; round += 1) {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, start);
    await page.waitForTimeout(50);
    for (const [index, [, selector]] of clicks.entries()) {
      times[index]?.push(await taken(page, selector));
    }
  }
  const load = loadavg()[0]?.toFixed(1);
  console.log(`page of ${bytes} bytes; load of the machine ${load}, ${cpus().length} processors`);
  console.log(
    `first paint ${opening[0]?.toFixed(0)} ms, ready for use ${opening[1]?.toFixed(0)} ms`,
  );
  console.log(`   first  median slowest of ${rounds}, in ms`);
  clicks.forEach(([name], index) => console.log(told(name, times[index] ?? [])));
});
