// What the page holds at a moment, and every change of it. Pure: no document, no lookups of hosts.

import type { Part } from "./address.ts";

/** An install order on one architecture, and the place in it that one looks at. */
export interface Order {
  readonly arch: number;
  /** Step numbers of the architecture; empty before a base system is chosen. */
  readonly steps: readonly number[];
  /** How many steps have been done at the place that is looked at, and where steps are inserted. */
  readonly cursor: number;
}

/** All that the page shows rests on this. */
export interface State {
  readonly order: Order;
  readonly part: Part;
  readonly past: readonly Order[];
  readonly future: readonly Order[];
  /** What the last change could not do as asked, in words; empty if it could. */
  readonly notice: string;
}

/** How many changes can be undone. */
const pastMax = 500;

export type Change =
  | { readonly kind: "show"; readonly part: Part }
  | { readonly kind: "look"; readonly cursor: number }
  | { readonly kind: "order"; readonly order: Order; readonly notice?: string }
  | { readonly kind: "insert"; readonly steps: readonly number[] }
  | { readonly kind: "base"; readonly step: number }
  | { readonly kind: "delete"; readonly index: number }
  | { readonly kind: "move"; readonly from: number; readonly to: number }
  | { readonly kind: "undo" }
  | { readonly kind: "redo" };

/** The state before anything was done. */
export function begin(order: Order, part: Part): State {
  return { order, part, past: [], future: [], notice: "" };
}

/** The state after a change; the same object if nothing changes. */
export function changed(state: State, change: Change): State {
  switch (change.kind) {
    case "show":
      return change.part === state.part ? state : { ...state, part: change.part };
    case "look":
      return { ...state, order: at(state.order, change.cursor) };
    case "order":
      return remembered(state, change.order, change.notice ?? "");
    case "insert":
      return remembered(state, inserted(state.order, change.steps));
    case "base":
      return remembered(state, based(state.order, change.step));
    case "delete":
      return remembered(state, deleted(state.order, change.index));
    case "move":
      return remembered(state, moved(state.order, change.from, change.to));
    case "undo":
      return undone(state);
    case "redo":
      return redone(state);
  }
}

/** Whether two orders are the same steps on the same architecture. */
export function sameOrder(left: Order, right: Order): boolean {
  return (
    left.arch === right.arch &&
    left.steps.length === right.steps.length &&
    left.steps.every((step, index) => step === right.steps[index])
  );
}

function remembered(state: State, order: Order, notice = ""): State {
  if (sameOrder(state.order, order)) return { ...state, order, notice };
  const past = [...state.past, state.order].slice(-pastMax);
  return { ...state, order, past, future: [], notice };
}

function undone(state: State): State {
  const order = state.past.at(-1);
  if (order === undefined) return state;
  const future = [state.order, ...state.future];
  return { ...state, order, past: state.past.slice(0, -1), future, notice: "" };
}

function redone(state: State): State {
  const [order, ...future] = state.future;
  if (order === undefined) return state;
  return { ...state, order, past: [...state.past, state.order], future, notice: "" };
}

function at(order: Order, cursor: number): Order {
  const least = Math.min(1, order.steps.length);
  return { ...order, cursor: Math.max(least, Math.min(cursor, order.steps.length)) };
}

function inserted(order: Order, added: readonly number[]): Order {
  const steps = [...order.steps];
  steps.splice(order.cursor, 0, ...added);
  return { ...order, steps, cursor: order.cursor + added.length };
}

function based(order: Order, step: number): Order {
  return at({ ...order, steps: [step, ...order.steps.slice(1)] }, Math.max(1, order.cursor));
}

/** The base system goes only as the last step that is left: without it the others mean nothing. */
function deleted(order: Order, index: number): Order {
  if (index < 0 || index >= order.steps.length) return order;
  if (index === 0 && order.steps.length > 1) return order;
  const steps = order.steps.filter((_, other) => other !== index);
  return at({ ...order, steps }, order.cursor > index ? order.cursor - 1 : order.cursor);
}

function moved(order: Order, from: number, to: number): Order {
  const step = order.steps[from];
  if (step === undefined || from < 1 || to < 1 || to >= order.steps.length) return order;
  const steps = order.steps.filter((_, index) => index !== from);
  steps.splice(to, 0, step);
  return at({ ...order, steps }, to + 1);
}
