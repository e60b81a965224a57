// What is folded away, under a line that unfolds it.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

/**
 * The content is put in as soon as the page has been drawn without it: nobody waits for what is not
 * seen yet, and a print or a search finds all of it.
 */
export function Folded({
  summary,
  kind = "",
  children,
}: {
  summary: ComponentChildren;
  kind?: string;
  children: () => ComponentChildren;
}) {
  const [isDrawn, setDrawn] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDrawn(true));
    return () => clearTimeout(timer);
  }, []);
  return (
    <details class={kind}>
      <summary>{summary}</summary>
      {isDrawn && children()}
    </details>
  );
}
