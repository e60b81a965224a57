// The fragment of the address: what is written is read again, and what a person writes is read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parts, readAddress, writeAddress } from "../src/address.ts";

test("the article's order as a fragment", () => {
  const words = ["os:rtm", "sp2", "+iis@rtm", "kb973917/v1"];
  const fragment = "x86/os:rtm/sp2/+iis@rtm/kb973917:v1";
  assert.equal(writeAddress({ arch: "x86", words, part: "compose" }), fragment);
  assert.deepEqual(readAddress(`#${fragment}`), { arch: "x86", words, part: "compose" });
});

test("every kind of step comes back as it was, on every part", () => {
  const words = [
    "os:sp1",
    "sp2",
    "-sp2",
    "+iis",
    "+iis_ftp@sp1",
    "-iis_www",
    "kb982666",
    "kb973917/v2",
    "kb973917/v1:qfe",
    "kb942830:gdr",
    "-kb973917",
    "sfc",
    "restart",
    "clean-cache",
  ];
  for (const part of parts) {
    const fragment = writeAddress({ arch: "x64", words, part });
    assert.match(fragment, /^[A-Za-z0-9:@+_/?-]+$/, "no letter of it needs escaping");
    assert.deepEqual(readAddress(`#${fragment}`), { arch: "x64", words, part });
    const escaped = `#${encodeURIComponent(fragment)}`;
    assert.deepEqual(readAddress(escaped), { arch: "x64", words, part }, "mailers escape");
  }
});

test("an order of no steps, an empty fragment, an unknown part, damaged escapes", () => {
  assert.deepEqual(readAddress("#x64"), { arch: "x64", words: [], part: "compose" });
  assert.equal(readAddress(""), null);
  assert.equal(readAddress("#"), null);
  assert.equal(readAddress("#x86/os:rtm?nowhere")?.part, "compose");
  assert.deepEqual(readAddress("#x86/%E0%A4%A")?.words, ["%e0%a4%a"]);
});
