// What the page opens with, and orders by their words: from an address, or as the data says.

import { readAddress } from "./address.ts";
import type { Shared } from "./data.ts";
import type { ArchSpace } from "./space.ts";
import { begin, type Order, type State } from "./state.ts";
import { plainList } from "./view.ts";

/** The state that the address asks for; else the order that the data begins with. */
export function opened(all: Shared, spaces: readonly ArchSpace[]): State {
  const address = readAddress(location.hash);
  if (address !== null) {
    const { order, notice } = orderAt(spaces, address.arch, address.words);
    return { ...begin(order, address.part), notice };
  }
  const start = all.start;
  return begin(
    start === null ? nearestBroken(spaces) : orderAt(spaces, start.arch, start.steps).order,
    "compose",
  );
}

/** The shortest order to a broken host, which is what most pages are about. */
function nearestBroken(spaces: readonly ArchSpace[]): Order {
  for (const [arch, space] of spaces.entries()) {
    const host = space.status.findIndex((_, each) => space.statusOf(each) === "broken");
    if (host < 0) continue;
    const steps = space.orderTo(host);
    return { arch, steps, cursor: steps.length };
  }
  return { arch: 0, steps: [], cursor: 0 };
}

/** Words as an order of an architecture, as far as this page has them. */
export function orderAt(
  spaces: readonly ArchSpace[],
  arch: string,
  words: readonly string[],
): { order: Order; notice: string } {
  const index = Math.max(
    0,
    spaces.findIndex(({ name }) => name === arch),
  );
  const space = spaces[index];
  const steps: number[] = [];
  const unknown: string[] = [];
  for (const word of words) {
    const step = space?.stepsOf([word])?.[0];
    const base = step !== undefined && step < (space?.baseCount ?? 0);
    if (step === undefined || base !== (steps.length === 0)) unknown.push(word);
    else steps.push(step);
  }
  const missing = spaces[index]?.name === arch ? [] : [`There is no ${arch} on this page.`];
  const left =
    unknown.length === 0
      ? []
      : [`Left out, since this page has no such step there: ${plainList(unknown)}.`];
  const order = { arch: index, steps, cursor: steps.length };
  return { order, notice: [...missing, ...left].join(" ") };
}
