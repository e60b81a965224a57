// The grammar of orders, on a vocabulary of its own: no data of patchstate is needed.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  completions,
  editDistance,
  nearestWord,
  readOrder,
  type Vocabulary,
} from "../src/words.ts";

const words = [
  "os:rtm",
  "os:sp2",
  "sp1",
  "sp2",
  "-sp2",
  "+iis",
  "+iis@rtm",
  "-iis",
  "kb973917/v1",
  "kb973917/v2",
  "-kb973917",
  "clean-cache",
];
const vocabulary: Vocabulary = {
  words,
  aliases: new Map([["kb973917", words.indexOf("kb973917/v2")]]),
  elsewhere: ["+iis_ftp"],
};

function read(text: string, before = 0) {
  const { words: found, mistakes, arch } = readOrder(text, vocabulary, before);
  return { steps: found.map(({ step }) => words[step]), mistakes, arch };
}

test("the article's order is read", () => {
  const { steps, mistakes } = read("os:rtm sp2 +iis@rtm kb973917/v1");
  assert.deepEqual(steps, ["os:rtm", "sp2", "+iis@rtm", "kb973917/v1"]);
  assert.deepEqual(mistakes, []);
});

test("letter case, a typographic minus, commas and arrows do not matter", () => {
  assert.deepEqual(read("OS:RTM, SP2 \u2192 \u2212SP2").steps, ["os:rtm", "sp2", "-sp2"]);
});

test("an update without a release is the one that the data says", () => {
  assert.deepEqual(read("os:rtm kb973917").steps, ["os:rtm", "kb973917/v2"]);
});

test("a whole command is read, with its architecture", () => {
  const { steps, arch, mistakes } = read("$ patchstate run --arch x64 os:sp2 \\\n  +iis");
  assert.deepEqual(steps, ["os:sp2", "+iis"]);
  assert.equal(arch, "x64");
  assert.deepEqual(mistakes, []);
});

test("a mistake has its place and the nearest word", () => {
  const { mistakes } = read("os:rtm +isi@rtm sp2");
  assert.equal(mistakes.length, 1);
  assert.deepEqual(
    [mistakes[0]?.start, mistakes[0]?.end, mistakes[0]?.nearest],
    [7, 15, "+iis@rtm"],
  );
});

test("all mistakes are told at once", () => {
  assert.equal(read("os:rtm sp9x foo +iis bar").mistakes.length, 3);
});

test("the base system comes first, and once", () => {
  assert.match(read("sp2").mistakes[0]?.text ?? "", /begins with the base system/);
  assert.match(read("os:rtm os:sp2").mistakes[0]?.text ?? "", /Step 2: the base system/);
  assert.match(read("os:sp2", 3).mistakes[0]?.text ?? "", /Step 4: the base system/);
  assert.deepEqual(read("sp2", 1).mistakes, []);
});

test("a good word that the page has no step for is told apart from a mistake", () => {
  const [mistake] = read("os:rtm +iis_ftp").mistakes;
  assert.match(mistake?.text ?? "", /made without it/);
  assert.equal(mistake?.nearest, null);
});

test("a word far from every step has no nearest one", () => {
  assert.equal(nearestWord("defragment", vocabulary), null);
  assert.equal(nearestWord("kb973971", vocabulary), "kb973917");
  assert.equal(nearestWord("kb97x", vocabulary), "kb973917/v1");
  assert.equal(nearestWord("kb1", vocabulary), null);
});

test("completions begin with what begins so, and keep base systems apart", () => {
  const of = (part: string, first: boolean) =>
    completions(part, vocabulary, first).map((step) => words[step]);
  assert.deepEqual(of("kb", false), ["kb973917/v1", "kb973917/v2", "-kb973917"]);
  assert.deepEqual(of("", true), ["os:rtm", "os:sp2"]);
  assert.deepEqual(of("SP2", false), ["sp2", "-sp2"]);
});

test("distances between words, by hand", () => {
  const cases: [string, string, number][] = [
    ["", "", 0],
    ["sp2", "sp2", 0],
    ["sp", "sp2", 1],
    ["ab", "ba", 1],
    ["kitten", "sitting", 3],
    ["", "abc", 3],
  ];
  for (const [left, right, distance] of cases) {
    assert.equal(editDistance(left, right), distance, `${left} ${right}`);
    assert.equal(editDistance(right, left), distance, `${right} ${left}`);
  }
});
