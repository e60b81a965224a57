// The page says of every host, and of every step on it, what the model says.
//
// The page is asked in one pass over everything. What is right comes from the JSON document, read
// here without any code of the page, and for some orders from `patchstate run`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { ArchData, Explore } from "../src/data.ts";
import { browser, made, opened, printed, run } from "./support.ts";

let chromium: Browser;
let page: Page;
let document: Explore;

before(async () => {
  const { url } = made();
  document = printed();
  chromium = await browser();
  page = (await opened(chromium, url)).page;
});

after(async () => {
  await chromium.close();
});

/** What is said of a host, one line; the same of page and document. */
function line(all: Explore, { hosts }: ArchData, host: number): string {
  const at = (column: readonly number[]) => column[host] ?? Number.NaN;
  const truth = all.truths[at(hosts.truth)];
  const verdict = all.verdicts[at(hosts.verdict)];
  const finding = (number: number) => JSON.stringify(all.findings[number]);
  return JSON.stringify([
    all.levels[at(hosts.level)]?.level,
    all.component_sets[at(hosts.components)],
    all.record_sets[at(hosts.records)]?.map(({ update }) => update),
    all.file_sets[at(hosts.files)]?.copies.map((copy) => [
      all.files[all.copies[copy]?.file ?? -1]?.path,
      all.copies[copy]?.version,
      all.copies[copy]?.branch,
    ]),
    all.registries[at(hosts.registry)]?.map((value) => all.registry_values[value]),
    truth?.status,
    truth?.findings.map(finding),
    all.symptoms[truth?.symptoms ?? -1],
    verdict?.status,
    verdict?.findings.map(finding),
    verdict?.would_break,
    verdict?.remedy,
  ]);
}

test("every host and every step on it is as in the document", async () => {
  let pairs = 0;
  for (const [index, arch] of document.arches.entries()) {
    const found = await page.evaluate((number) => {
      const space = window.patchstate?.spaces[number];
      if (space === undefined) throw new Error("no such architecture");
      const outcomes: string[] = [];
      const hosts: string[] = [];
      const reasons: (string | null)[][] = [];
      for (let host = 0; host < space.hostCount; host += 1) {
        const row: string[] = [];
        const why: (string | null)[] = [];
        for (let step = space.baseCount; step < space.steps.length; step += 1) {
          const { outcome, host: then, reason, exitCode } = space.done(host, step);
          row.push(`${outcome} ${then} ${exitCode}`);
          why.push(reason);
        }
        outcomes.push(row.join());
        reasons.push(why);
        hosts.push(
          JSON.stringify([
            space.level(host).level,
            space.components(host),
            space.records(host).map(({ update }) => update),
            space.copies(host).map((number) => {
              const copy = space.copy(number);
              return [space.file(copy.file).path, copy.version, copy.branch];
            }),
            space.registry(host),
            space.statusOf(host),
            space.findings(space.truth(host).findings).map((each) => JSON.stringify(each)),
            space.symptoms(host),
            space.verdict(host).status,
            space.findings(space.verdict(host).findings).map((each) => JSON.stringify(each)),
            space.verdict(host).would_break,
            space.verdict(host).remedy,
          ]),
        );
      }
      return { outcomes, hosts, reasons };
    }, index);

    const count = arch.hosts.from.length;
    assert.equal(found.outcomes.length, count);
    for (let host = 0; host < count; host += 1) {
      const rows = arch.steps.map(({ column }) => {
        const value = column[host] ?? Number.NaN;
        const result = value < 0 ? document.results[-1 - value] : undefined;
        return result === undefined
          ? { said: `applied ${value} null`, reason: null }
          : { said: `${result.outcome} ${host} ${result.exit_code}`, reason: result.reason };
      });
      assert.equal(
        found.outcomes[host],
        rows.map(({ said }) => said).join(),
        `${arch.arch} ${host}`,
      );
      assert.deepEqual(
        found.reasons[host],
        rows.map(({ reason }) => reason),
      );
      assert.equal(found.hosts[host], line(document, arch, host), `${arch.arch} ${host}`);
      pairs += rows.length;
    }
  }
  assert.ok(pairs > 0);
  console.log(`compared ${pairs} pairs of host and step`);
});

interface Run {
  readonly steps: readonly { outcome: string; reason: string | null; exit_code: number | null }[];
  readonly host: { files: readonly { path: string; version: string; branch: string }[] };
  readonly truth: { status: string; findings: readonly unknown[] };
  readonly verdict: { status: string; remedy: readonly string[]; would_break: readonly string[] };
}

test("orders drawn from all over the space end as `patchstate run` says", async () => {
  const assume = document.assume.flatMap((value) => ["--assume", value]);
  let runs = 0;
  for (const [index, { arch, hosts }] of document.arches.entries()) {
    const count = hosts.from.length;
    const drawn = Array.from({ length: 24 }, (_, each) => (each * 7919 + 4177) % count);
    for (const host of drawn) {
      const found = await page.evaluate(
        ([number, wanted]) => {
          const space = window.patchstate?.spaces[number ?? -1];
          if (space === undefined || wanted === undefined) throw new Error("no such architecture");
          const order = space.orderTo(wanted);
          const last = space.walk(order).at(-1);
          if (last?.host !== wanted) throw new Error(`the order leads to ${last?.host}`);
          const added = [
            ...order,
            space.baseCount + (wanted % (space.steps.length - space.baseCount)),
          ];
          const places = space.walk(added);
          const end = places.at(-1)?.host ?? -1;
          const files = space.copies(end).map((copy) => {
            const { file, version, branch } = space.copy(copy);
            return { path: space.file(file).path, version, branch };
          });
          return {
            words: added.map((step) => space.steps[step]?.word ?? ""),
            steps: places.map(({ outcome, reason, exitCode }) => ({
              outcome,
              reason,
              exit_code: exitCode,
            })),
            files: files.sort((left, right) => (left.path < right.path ? -1 : 1)),
            truth: space.statusOf(end),
            findings: space.truth(end).findings.length,
            verdict: space.verdict(end).status,
            remedy: space.verdict(end).remedy,
            would_break: space.verdict(end).would_break,
          };
        },
        [index, host],
      );
      const said = JSON.parse(
        run("run", "--exit-zero", "--json", "--arch", arch, ...assume, ...found.words),
      ) as Run;
      assert.deepEqual(
        {
          words: found.words,
          steps: said.steps.map(({ outcome, reason, exit_code }) => ({
            outcome,
            reason,
            exit_code,
          })),
          files: [...said.host.files].sort((left, right) => (left.path < right.path ? -1 : 1)),
          truth: said.truth.status,
          findings: said.truth.findings.length,
          verdict: said.verdict.status,
          remedy: said.verdict.remedy,
          would_break: said.verdict.would_break,
        },
        found,
        found.words.join(" "),
      );
      runs += 1;
    }
  }
  console.log(`compared ${runs} orders with patchstate run`);
});
