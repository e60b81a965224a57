// Every change of an order, without a page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, type Change, changed, type State } from "../src/state.ts";

function after(steps: number[], cursor: number, ...changes: Change[]): State {
  return changes.reduce(changed, begin({ arch: 0, steps, cursor }, "compose"));
}

test("steps are inserted at the place that is looked at", () => {
  const { order } = after([0, 5, 6], 2, { kind: "insert", steps: [7, 8] });
  assert.deepEqual(order, { arch: 0, steps: [0, 5, 7, 8, 6], cursor: 4 });
});

test("a swap moves a step and looks at it; the base system stays first", () => {
  assert.deepEqual(after([0, 5, 6], 3, { kind: "move", from: 2, to: 1 }).order.steps, [0, 6, 5]);
  assert.deepEqual(after([0, 5, 6], 3, { kind: "move", from: 1, to: 0 }).order.steps, [0, 5, 6]);
  assert.deepEqual(after([0, 5, 6], 3, { kind: "move", from: 0, to: 1 }).order.steps, [0, 5, 6]);
});

test("another base system takes the place of the first step", () => {
  assert.deepEqual(after([0, 5], 2, { kind: "base", step: 1 }).order.steps, [1, 5]);
  assert.deepEqual(after([], 0, { kind: "base", step: 1 }).order, {
    arch: 0,
    steps: [1],
    cursor: 1,
  });
});

test("a deleted step leaves the cursor on the same place; the base system goes last", () => {
  assert.deepEqual(after([0, 5, 6], 3, { kind: "delete", index: 1 }).order.steps, [0, 6]);
  assert.equal(after([0, 5, 6], 3, { kind: "delete", index: 1 }).order.cursor, 2);
  assert.deepEqual(after([0, 5], 2, { kind: "delete", index: 0 }).order.steps, [0, 5]);
  assert.deepEqual(after([0], 1, { kind: "delete", index: 0 }).order, {
    arch: 0,
    steps: [],
    cursor: 0,
  });
});

test("undo and redo walk through every order, and a new change forgets what was undone", () => {
  const added: Change[] = [1, 2, 3].map((step) => ({ kind: "insert", steps: [step] }));
  const undone = after([0], 1, ...added, { kind: "undo" }, { kind: "undo" });
  assert.deepEqual(undone.order.steps, [0, 1]);
  assert.deepEqual(changed(undone, { kind: "redo" }).order.steps, [0, 1, 2]);
  const other = changed(undone, { kind: "insert", steps: [9] });
  assert.deepEqual(changed(other, { kind: "redo" }), other);
  assert.deepEqual(after([0], 1, { kind: "undo" }).order.steps, [0]);
});

test("what changes no step is no change to undo", () => {
  const same = after([0, 5], 2, { kind: "look", cursor: 1 }, { kind: "base", step: 0 });
  assert.equal(same.past.length, 0);
});
