// What the tests of the page share: a page with data, a browser, and a watch on both.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Explore } from "../src/data.ts";

export const target = resolve("target");
export const patchstate = resolve(
  process.env["PATCHSTATE"] ?? "../../../target/release/patchstate",
);

/** The scope of the page: as patchstate chooses it, or other flags of `patchstate explore`. */
const scope = (process.env["EXPLORE"] ?? "").split(" ").filter((word) => word !== "");

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Runs patchstate; a host that is not consistent is no failure of it. */
export function run(...words: string[]): string {
  return execFileSync(patchstate, words, {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** A page as the command writes it, of other flags too. */
export function made(...flags: string[]): { url: string; bytes: number } {
  mkdirSync(target, { recursive: true });
  const page = `${target}/page${flags.length === 0 ? "" : "-with-flags"}.html`;
  run("explore", "--exit-zero", ...scope, ...flags, "--html", page);
  return { url: pathToFileURL(page).href, bytes: readFileSync(page).length };
}

/** The document that the command prints of the same scope. */
export function printed(): Explore {
  return JSON.parse(run("explore", "--exit-zero", ...scope, "--format", "json")) as Explore;
}

export async function browser(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  return await chromium.launch({ executablePath, args: flags });
}

/** A page of the browser, and everything about it that must not happen. */
export interface Watched {
  readonly page: Page;
  /** Messages of errors, and requests for anything but the page itself. */
  readonly troubles: string[];
}

export async function opened(
  of: Browser,
  url: string,
  options: {
    width?: number;
    height?: number;
    scheme?: "light" | "dark";
    touch?: boolean;
    /** What the browser does before it runs anything of a page. */
    before?: () => void;
  } = {},
): Promise<Watched> {
  const context = await of.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.scheme ?? "light",
    hasTouch: options.touch ?? false,
  });
  if (options.before !== undefined) await context.addInitScript(options.before);
  const page = await context.newPage();
  const troubles: string[] = [];
  const [own] = url.split("#");
  await context.route("**/*", async (route) => {
    const asked = route.request().url();
    if (asked.split("#")[0] === own) return await route.continue();
    troubles.push(`a request for ${asked}`);
    return await route.abort();
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  await page.goto(url);
  await page.getByRole("tablist").waitFor();
  return { page, troubles };
}

/** The status that the page shows of the whole order. */
export async function status(page: Page): Promise<string> {
  return (await page.locator(".verdict .status-name").innerText()).toLowerCase();
}

/** Waits until the page shows this status: Back and Forward come when the browser has them. */
export async function becomes(page: Page, wanted: string): Promise<void> {
  const name = page.locator(".verdict .status-name");
  for (let tries = 0; tries < 50; tries += 1) {
    if ((await name.innerText()).toLowerCase() === wanted) return;
    await page.waitForTimeout(20);
  }
  assert.equal((await name.innerText()).toLowerCase(), wanted);
}

/** The words of the order that the page shows. */
export async function order(page: Page): Promise<string[]> {
  return await page.locator(".order-list .pick code").allInnerTexts();
}

/** Types into the field of steps and presses Enter. */
export async function type(page: Page, text: string): Promise<void> {
  await page.getByRole("combobox").fill(text);
  await page.getByRole("combobox").press("Enter");
}

export async function show(
  page: Page,
  part: "Compose" | "Look" | "Map" | "Findings",
): Promise<void> {
  await page.getByRole("tab", { name: part }).click();
}
