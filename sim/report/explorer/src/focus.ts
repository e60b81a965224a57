// Moves the focus to what a key has led to, as soon as it is drawn.

import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * Gives a function that asks for the focus on an element of the next drawing.
 *
 * The next key must find the focus there, however fast it comes: so this does not wait for a frame.
 */
export function useFocusNext(): (find: () => { focus: () => void } | null | undefined) => void {
  const wanted = useRef<(() => { focus: () => void } | null | undefined) | null>(null);
  useLayoutEffect(() => {
    wanted.current?.()?.focus();
    wanted.current = null;
  });
  return (find) => {
    wanted.current = find;
  };
}
