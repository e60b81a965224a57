// The page as a file: what is built is what is kept, and it asks nobody for anything.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { made } from "./support.ts";

const marker = "@PATCHSTATE-EXPLORE-DATA@";
const kept = readFileSync("dist/page.html", "utf8");

test("building again gives the same bytes", () => {
  execFileSync(process.execPath, ["build.mjs"], { stdio: "ignore" });
  assert.ok(
    readFileSync("dist/page.html", "utf8") === kept,
    "dist/page.html is not what src/ gives",
  );
});

test("it is small, and has the marker once", () => {
  assert.ok(Buffer.byteLength(kept) < 150_000);
  assert.equal(kept.split(marker).length, 2);
});

test("patchstate fills this page, and changes nothing else of it", () => {
  const [before = "", after = ""] = kept.split(marker);
  const filled = readFileSync(fileURLToPath(made().url), "utf8");
  assert.ok(filled.startsWith(before) && filled.endsWith(after), "build patchstate again");
  assert.match(filled.slice(before.length, filled.length - after.length), /^[A-Za-z0-9+/]+=*$/);
});

test("its policy forbids every connection, and nothing in it names a server", () => {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(kept)?.[1] ?? "";
  assert.match(policy, /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+';/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  const named = [...kept.matchAll(/https?:\/\/[^"'`\s)]+/g)].map(([url]) => url);
  const namespaces =
    /^http:\/\/www\.w3\.org\/(?:2000\/svg|1998\/Math\/MathML|1999\/xhtml|1999\/xlink)/;
  assert.deepEqual(
    named.filter((url) => !namespaces.test(url)),
    [],
  );
});

test("without data it knows no version, no update and no library", () => {
  const facts = /\b(?:\d\.\d\.)?3790\b|\b(?:1830|3959|4600|4667|4693)\b|kb\d{6}|\w{4,}\.dll/i;
  assert.deepEqual(facts.exec(kept)?.slice() ?? [], []);
  assert.ok(facts.test("iisutil.dll") && facts.test("6.0.3790.3959") && facts.test("kb973917"));
});

test("the list of packages names no registry", () => {
  const lock = readFileSync("package-lock.json", "utf8");
  assert.doesNotMatch(lock, /"resolved"/);
  assert.doesNotMatch(lock, /https?:\/\/(?!(?:opencollective|github|www\.patreon|tidelift))/);
});
