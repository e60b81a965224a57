// Levels that the built-in catalog does not have: each has a mark of its own, as in the pictures.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { browser, opened, run } from "./support.ts";

const titles = ["RTM", "SP1", "SP2", "SP3", "SP6", "SP6a"];
const folder = mkdtempSync(join(tmpdir(), "patchstate-levels-"));
const catalog = join(folder, "catalog");

let chromium: Browser;

/** The built-in catalog with three service packs that Windows Server 2003 never had. */
function withMoreLevels(): void {
  run("catalog", "export", catalog);
  const path = join(catalog, "levels.toml");
  const made = [
    ["sp3", 6100],
    ["sp6", 6600],
    ["sp6a", 6700],
  ].map(
    ([id, revision]) =>
      `[[level]]\nid = "${id}"\nrevision = ${revision}\nbuild_string = "made_up"\n` +
      `gdr_prefix = "${id}_gdr"\nqfe_prefix = "${id}_qfe"\nservice_pack_title = "${id}"\n\n`,
  );
  const more = readFileSync(path, "utf8")
    .replace("# --- version families", `${made.join("")}# --- version families`)
    .replace(
      'service_packs = ["sp1", "sp2"]',
      'service_packs = ["sp1", "sp2", "sp3", "sp6", "sp6a"]',
    );
  writeFileSync(path, more);
}

before(async () => {
  withMoreLevels();
  chromium = await browser();
});

after(async () => {
  await chromium.close();
  rmSync(folder, { recursive: true });
});

test("each level has another mark, and the picture has the same ones", async () => {
  const page = join(folder, "page.html");
  const picture = join(folder, "picture.svg");
  const scope = ["--arch", "x86", "--components", "iis_common", "--updates", "none"];
  run("explore", "--exit-zero", "--catalog", catalog, ...scope, "--html", page);
  const order = ["os:rtm", "sp6", "+iis_common", "sp6a"];
  run("run", "--exit-zero", "--catalog", catalog, ...order, "--svg", picture);
  const link = `${pathToFileURL(page).href}#x86/${order.join("/")}`;
  const { page: shown, troubles } = await opened(chromium, link);
  const packs = shown.getByRole("group", { name: "Service packs" }).locator("code");
  assert.ok((await packs.allInnerTexts()).includes("-sp6a"));
  await shown.getByRole("tab", { name: "Look" }).click();
  const marks = await shown.locator(".host .legend svg.level").evaluateAll((found) =>
    found.map((mark) => ({
      name: mark.getAttribute("aria-label") ?? "",
      shape: mark.querySelector(".outline")?.getAttribute("d") ?? "",
      again: mark.querySelector(".again") !== null,
    })),
  );
  const levels = marks.filter(({ name }) => titles.includes(name));
  assert.deepEqual(
    levels.map(({ name }) => name),
    titles,
  );
  assert.equal(new Set(levels.map(({ shape, again }) => `${shape} ${again}`)).size, titles.length);
  assert.deepEqual(
    levels.filter(({ again }) => again).map(({ name }) => name),
    ["SP6a"],
  );
  const drawn = readFileSync(picture, "utf8");
  for (const { name, shape, again } of levels) {
    const group = new RegExp(`<g id="ps-${name.toLowerCase()}">(.*?)</g>\\s*<g id=`, "s");
    const mark = group.exec(drawn)?.[1] ?? "";
    assert.ok(mark.includes(`d="${shape}"`), `${name} in the picture: ${mark}`);
    assert.equal(mark.includes('class="again"'), again, name);
  }
  assert.deepEqual(troubles, []);
});

test("there is a shape for each number from 0 to 9, each inside the place of a mark", () => {
  const shapes = readFileSync("../src/level-shapes.txt", "utf8").trim().split("\n");
  assert.equal(new Set(shapes).size, 10);
  for (const shape of shapes) {
    assert.match(shape, /^M[-\d.A-Z ]+Z$/);
    const numbers = (shape.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number);
    assert.ok(Math.max(...numbers.filter((each) => each !== 110).map(Math.abs)) <= 6.8, shape);
  }
});
