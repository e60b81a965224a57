// The page in its window: the address, Back and Forward, the title, keys for undo and redo.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { plainFragment, readAddress, writeAddress } from "./address.ts";
import { orderAt } from "./opening.ts";
import { type Change, sameOrder } from "./state.ts";
import { statusName, type View } from "./view.ts";

function addressOf({ space, state }: View): string {
  const words = state.order.steps.map((step) => space.steps[step]?.word ?? "");
  return writeAddress({ arch: space.name, words, part: state.part });
}

/**
 * Keeps the address and the state together: a change makes an entry, Back and Forward read one.
 *
 * The address is written as soon as the state is: whoever presses Back twice must not find that the
 * first one is written when the second has already gone on. An address that was read and says the
 * same in other words, or more than the page has, is replaced: else Back would lead to it for ever.
 */
export function useAddress(view: View): void {
  const latest = useRef(view);
  latest.current = view;
  const isRead = useRef(true);
  useLayoutEffect(() => {
    const address = addressOf(view);
    if (plainFragment(location.hash) !== address) {
      if (isRead.current) history.replaceState(null, "", `#${address}`);
      else history.pushState(null, "", `#${address}`);
    }
    isRead.current = false;
  });
  useEffect(() => {
    const read = () => {
      const { spaces, state, change } = latest.current;
      const asked = readAddress(location.hash);
      if (asked === null || plainFragment(location.hash) === addressOf(latest.current)) return;
      const { order, notice } = orderAt(spaces, asked.arch, asked.words);
      isRead.current = true;
      change({ kind: "show", part: asked.part });
      const steps = sameOrder(order, state.order) ? state.order : order;
      change({ kind: "order", order: steps, notice });
    };
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);
}

/** Names the tab, and the entries of the history, by what they show. */
export function useTitle({ space, places }: View): void {
  const last = places.at(-1);
  const words = places.map(({ step }) => space.steps[step]?.word).join(" ");
  const title =
    last === undefined
      ? "patchstate explorer"
      : `${statusName(space.statusOf(last.host))}: ${words} \u2013 patchstate explorer`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}

export function useUndoKeys(change: (change: Change) => void): void {
  useEffect(() => {
    const keyed = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement && event.target.value !== "";
      if (!(event.ctrlKey || event.metaKey) || event.altKey || typing) return;
      const key = event.key.toLowerCase();
      const kind = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : null;
      if (kind === null) return;
      event.preventDefault();
      change({ kind });
    };
    addEventListener("keydown", keyed);
    return () => removeEventListener("keydown", keyed);
  }, [change]);
}
