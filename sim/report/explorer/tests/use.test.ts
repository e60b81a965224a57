// The page in a browser, as a person uses it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import {
  becomes,
  browser,
  made,
  opened,
  order,
  status,
  target,
  type,
  type Watched,
} from "./support.ts";

const article = "os:rtm sp2 +iis@rtm kb973917/v1";
const articleLink = "#x86/os:rtm/sp2/+iis@rtm/kb973917:v1";

let chromium: Browser;
let url: string;
const watched: Watched[] = [];

before(async () => {
  url = made().url;
  chromium = await browser();
});

after(async () => {
  await chromium.close();
});

async function fresh(hash = "#x86", options: Parameters<typeof opened>[2] = {}) {
  const one = await opened(chromium, url + hash, options);
  watched.push(one);
  return one.page;
}

test("the article's order, typed in, is broken; the service pack again repairs it", async () => {
  const page = await fresh();
  assert.equal(await status(page), "no host yet");
  await type(page, article);
  assert.equal(await status(page), "broken");
  assert.deepEqual(await order(page), article.split(" "));
  await page.screenshot({ path: `${target}/compose.png` });
  await type(page, "sp2");
  assert.equal(await status(page), "consistent");
});

test("a swap by keyboard flips the verdict, and back", async () => {
  const page = await fresh("#x86/os:rtm/sp2/+iis@rtm/kb973917:v1/sp2");
  assert.equal(await status(page), "consistent");
  await page.getByRole("button", { name: /^\s*5\s*sp2/ }).focus();
  await page.keyboard.press("Alt+ArrowUp");
  assert.deepEqual(await order(page), ["os:rtm", "sp2", "+iis@rtm", "sp2", "kb973917/v1"]);
  assert.equal(await status(page), "consistent");
  await page.keyboard.press("Alt+ArrowUp");
  await page.keyboard.press("Alt+ArrowUp");
  assert.deepEqual(await order(page), ["os:rtm", "sp2", "sp2", "+iis@rtm", "kb973917/v1"]);
  assert.equal(await status(page), "broken");
  await page.keyboard.press("Alt+ArrowDown");
  await page.keyboard.press("Alt+ArrowDown");
  assert.equal(await status(page), "consistent");
});

test("a swap that would change the end of the order is offered beforehand", async () => {
  const page = await fresh(articleLink);
  const swap = page.getByRole("button", { name: /Swapped with step 2, the end is/ });
  assert.match(await swap.innerText(), /consistent/);
  await swap.click();
  assert.equal(await status(page), "consistent");
  assert.deepEqual(await order(page), ["os:rtm", "+iis@rtm", "sp2", "kb973917/v1"]);
});

test("a step is deleted by keyboard, inserted in the middle, and dragged", async () => {
  const page = await fresh(articleLink);
  await page.getByRole("button", { name: /^\s*2\s*sp2/ }).focus();
  await page.keyboard.press("Delete");
  assert.deepEqual(await order(page), ["os:rtm", "+iis@rtm", "kb973917/v1"]);
  await page.getByRole("button", { name: /^\s*2\s*\+iis@rtm/ }).click();
  await type(page, "sp2");
  assert.deepEqual(await order(page), ["os:rtm", "+iis@rtm", "sp2", "kb973917/v1"]);
  assert.equal(await status(page), "consistent");
  await page
    .locator(".row")
    .nth(2)
    .dragTo(page.locator(".row").nth(1), { sourcePosition: { x: 20, y: 10 } });
  assert.deepEqual(await order(page), ["os:rtm", "sp2", "+iis@rtm", "kb973917/v1"]);
  assert.equal(await status(page), "broken");
});

test("a button adds its step, and says beforehand what becomes of it", async () => {
  const page = await fresh("#x86/os:rtm/sp2/+iis@rtm");
  const refused = page.getByRole("button", { name: /^kb973917\/v2: refused/ });
  assert.equal(await refused.count(), 1);
  await page.getByRole("button", { name: /^kb973917\/v1: applied, then broken/ }).click();
  assert.equal(await status(page), "broken");
  await page.getByRole("button", { name: /^kb973917\/v2: refused/ }).click();
  assert.match(await page.locator(".row.refused .reason").innerText(), /Refused: .*0xF0F4/);
  assert.equal(await status(page), "broken");
});

test("a link with a step that the page lacks opens without it, and Back leads out", async () => {
  const page = await fresh("#x86/os:rtm/sp2/kb9");
  assert.match(await page.getByRole("alert").innerText(), /no such step there: kb9/);
  assert.equal(new URL(page.url()).hash, "#x86/os:rtm/sp2");
  await type(page, "+iis@rtm");
  await page.goBack();
  await becomes(page, "not applicable");
  assert.equal(new URL(page.url()).hash, "#x86/os:rtm/sp2");
});

test("a link opens at its host, and the remedy's button repairs it", async () => {
  const page = await fresh(articleLink);
  assert.equal(await status(page), "broken");
  await page.locator(".verdict .remedy button").click();
  assert.equal(await status(page), "consistent");
  assert.equal(decodeURIComponent(new URL(page.url()).hash), `${articleLink}/sp2`);
});

test("Back and Forward, undo and redo walk through the orders", async () => {
  const page = await fresh("#x86/os:rtm/sp2/+iis@rtm");
  await type(page, "kb973917/v1");
  await type(page, "sp2");
  await page.goBack();
  await becomes(page, "broken");
  await page.goBack();
  await becomes(page, "mismatch");
  await page.goForward();
  await becomes(page, "broken");
  await page.locator("h1").click();
  await page.keyboard.press("Control+z");
  assert.equal(await status(page), "mismatch");
  await page.keyboard.press("Control+y");
  assert.equal(await status(page), "broken");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Redo" }).click();
  assert.equal(await status(page), "broken");
});

test("Back, pressed faster than the page draws, forgets no entry", async () => {
  const page = await fresh("#x86/os:rtm");
  for (const step of ["sp2", "+iis@rtm", "kb973917/v1", "sp2"]) await type(page, step);
  await page.evaluate(() => {
    history.back();
    history.back();
    history.back();
  });
  await becomes(page, "not applicable");
  await page.evaluate(() => history.go(2));
  await becomes(page, "broken");
  await page.goForward();
  await becomes(page, "consistent");
});

test("a mistake in typing is shown at its place, with the nearest word", async () => {
  const page = await fresh();
  await type(page, "os:rtm sp2 +isi@rtm kb973917/v1");
  const mistakes = page.locator(".mistakes");
  assert.match(
    await mistakes.innerText(),
    /Column 12\..*\+isi@rtm is not a step.*Use\s+\+iis@rtm/s,
  );
  assert.equal(await mistakes.locator("mark").innerText(), "+isi@rtm");
  assert.deepEqual(await order(page), []);
  await page.getByRole("button", { name: "Use +iis@rtm" }).click();
  await page.getByRole("combobox").press("Enter");
  assert.equal(await status(page), "broken");
});

test("completion by keyboard: the list opens, an arrow chooses, Enter takes", async () => {
  const page = await fresh("#x86/os:rtm/sp2/+iis@rtm");
  const field = page.getByRole("combobox");
  await field.pressSequentially("kb97");
  assert.equal(await field.getAttribute("aria-expanded"), "true");
  await field.press("ArrowDown");
  const active = await field.getAttribute("aria-activedescendant");
  const option = page.locator(`[id="${active}"]`);
  assert.equal(await option.getAttribute("aria-selected"), "true");
  assert.match(await option.innerText(), /kb973917\/v1/);
  await field.press("Enter");
  assert.equal(await status(page), "broken");
  await field.pressSequentially("s");
  await field.press("Escape");
  assert.equal(await field.getAttribute("aria-expanded"), "false");
});

test("the architecture switch keeps what exists there, and says what does not", async () => {
  const page = await fresh(articleLink);
  await page.getByRole("button", { name: "x64", exact: true }).click();
  assert.match(await page.getByRole("alert").innerText(), /There is no os:rtm on x64/);
  assert.match(new URL(page.url()).hash, /^#x64\/os:sp1\//);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await status(page), "broken");
});

test("a screen reader is told the verdict", async () => {
  const page = await fresh("#x86/os:rtm/sp2/+iis@rtm");
  const live = page.locator('[aria-live="polite"]');
  await type(page, "kb973917/v1");
  assert.equal(await live.innerText(), "After 4 steps, kb973917/v1 applied: the host is broken.");
});

test("Look: the broken edge, the event log, and what the last step changed", async () => {
  const page = await fresh(`${articleLink}?look`);
  await page.screenshot({ path: `${target}/look.png` });
  assert.equal(await page.locator(".file.fresh").count(), 2);
  assert.match(await page.locator(".events").innerText(), /event 1009/);
  assert.equal(await page.locator(".canvas .edge.broken").count(), 1);
  const told = await page.locator(".found .finding").first().innerText();
  assert.match(told, /w3core\.dll 6\.0\.3790\.4600 imports .* from iisutil\.dll/s);
  const story = /w3core\.dll is as step 4 \(kb973917\/v1\) left it, and iisutil\.dll is as step 3/;
  assert.match(told, story);
  await page.locator(".graph summary", { hasText: "1 of 12 imports does not resolve" }).click();
  const wrong = page.locator(".edges li", { hasText: "Broken:" });
  assert.match(
    await wrong.innerText(),
    /w3core\.dll .* iisutil\.dll 6\.0\.3790\.0, which does not/,
  );
  await page.locator(".timeline button").nth(2).click();
  assert.equal(await page.locator(".canvas .edge.broken").count(), 0);
});

test("Look: a record that the files on disk do not reach is marked", async () => {
  const page = await fresh("#x86/os:sp2/+iis/kb973917:v2/-iis/+iis?look");
  assert.equal(await status(page), "drift");
  await page.getByRole("button", { name: "Registry" }).click();
  assert.equal(await page.locator(".record .older").count(), 2);
  await page.screenshot({ path: `${target}/registry.png` });
});

test("Map: a click on a status offers its hosts, and one of them becomes the order", async () => {
  const page = await fresh(`${articleLink}?map`);
  await page.screenshot({ path: `${target}/map.png` });
  await page.getByRole("button", { name: /hosts? drift, 3 steps/ }).click();
  await page.locator(".hosts .go").first().click();
  assert.equal(await status(page), "drift");
  await page.goBack();
  await becomes(page, "broken");
  await page.locator(".nearest li", { hasText: "Consistent" }).getByRole("button").click();
  assert.equal(await status(page), "consistent");
});

test("Map: arrows go through columns and statuses", async () => {
  const page = await fresh(`${articleLink}?map`);
  await page.locator('.block[tabindex="0"]').focus();
  const label = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
  assert.match(await label(), /broken, 3 steps/);
  await page.keyboard.press("ArrowRight");
  assert.match(await label(), /broken, 4 steps/);
  await page.keyboard.press("ArrowDown");
  assert.match(await label(), /mismatch, 4 steps/);
});

test("Findings: a claim's witness is a link into Compose", async () => {
  const page = await fresh("#x86?findings");
  await page.screenshot({ path: `${target}/findings.png` });
  const link = page.locator(".claim .order-link").first();
  const words = await link.locator("code").allInnerTexts();
  await link.click();
  assert.deepEqual(await order(page), words);
});

test("Findings: where a rule is wrong, and what kills its mutants, are links", async () => {
  const rule = "../../../corpus/rules/article-rule-of-thumb.rule.toml";
  const one = await opened(chromium, `${made("--rule", rule).url}#x86?findings`);
  watched.push(one);
  const { page } = one;
  await page.screenshot({ path: `${target}/rules.png`, fullPage: true });
  const wrong = page.locator(".rule .counters li").first();
  const words = await wrong.locator("code").allInnerTexts();
  const truth = (await wrong.locator(".says").last().innerText()).trim();
  await wrong.getByRole("link").click();
  assert.deepEqual(await order(page), words);
  assert.equal(await status(page), truth);
  await page.getByRole("tab", { name: "Findings" }).click();
  await page.locator(".rule summary", { hasText: "killed" }).click();
  await page.locator(".mutants li", { hasText: "killed" }).first().getByRole("link").click();
  assert.ok((await order(page)).length > 0);
  await page.getByRole("tab", { name: "Look" }).click();
  assert.match(await page.locator(".judges").innerText(), /article-rule-of-thumb says/);
});

test("the link and the command are copied", async () => {
  const page = await fresh(articleLink);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy command" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(
    await page.evaluate(() => navigator.clipboard.readText()),
    `patchstate run ${article}`,
  );
  await page.getByRole("button", { name: "Copy link" }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
});

test("nothing of all that wrote an error, and no request left the page", () => {
  assert.ok(watched.length > 10);
  assert.deepEqual(
    watched.flatMap(({ troubles }) => troubles),
    [],
  );
});

test("the page's policy stops a connection that a script would make", async () => {
  const { page, troubles } = await opened(chromium, url);
  const stopped = await page.evaluate(async () => {
    try {
      await fetch("https://example.invalid/");
      return false;
    } catch {
      return true;
    }
  });
  assert.ok(stopped);
  assert.ok(
    troubles.some((trouble) => trouble.includes("Content Security Policy")),
    troubles.join(),
  );
  assert.ok(!troubles.some((trouble) => trouble.startsWith("a request")), troubles.join());
});
