// Runs the tests: bundles each with esbuild, since Node reads no TypeScript by itself.

import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { build } from "esbuild";

const here = new URL("./", import.meta.url).pathname;
const names = (await readdir(`${here}tests`)).filter((name) => name.endsWith(".test.ts"));

await build({
  absWorkingDir: here,
  entryPoints: names.map((name) => `tests/${name}`),
  outdir: "target/tests",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  logLevel: "warning",
});

const only = process.argv.slice(2);
const chosen = names.filter(
  (name) => only.length === 0 || only.some((word) => name.includes(word)),
);
const files = chosen.map((name) => `target/tests/${name.replace(/\.ts$/, ".mjs")}`);
const reporter = "--test-reporter=spec";
const { status } = spawnSync(
  process.execPath,
  ["--test", "--test-concurrency=1", reporter, ...files],
  {
    cwd: here,
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
