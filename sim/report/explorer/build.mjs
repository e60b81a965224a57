// Builds dist/page.html: one file with style, script, and one marker where the data goes.
//
// The same bytes from the same sources: nothing here looks at the clock, the machine or the path.

import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const here = new URL("./", import.meta.url).pathname;

/** Beyond this the page is not small any more. */
const bytesMax = 150_000;

async function bundled(entry) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    charset: "utf8",
    format: "iife",
    target: ["chrome123", "firefox120", "safari17.5"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "warning",
  });
  return result.outputFiles[0].text.trim();
}

function hash(text) {
  return `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
}

const [template, style, script] = await Promise.all([
  readFile(new URL("src/page.html", import.meta.url), "utf8"),
  bundled("src/style.css"),
  bundled("src/main.tsx"),
]);

const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const filled = { POLICY: policy, STYLE: style, SCRIPT: script };
const page = template.replace(/\{\{([A-Z]+)\}\}/g, (_, name) => filled[name]);

const bytes = Buffer.byteLength(page);
if (bytes > bytesMax) throw new Error(`the page has ${bytes} bytes, more than ${bytesMax}`);
await mkdir(new URL("dist/", import.meta.url), { recursive: true });
await writeFile(new URL("dist/page.html", import.meta.url), page);
console.log(`dist/page.html: ${bytes} bytes`);
