// What is not seen at first, and so is put in as soon as the page has been drawn without it.
//
// Nobody waits for it, and a print or a search finds all of it.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

/** What stands farther down than anybody sees at once. */
export function Later({ children }: { children: () => ComponentChildren }) {
  const [isDrawn, setDrawn] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDrawn(true));
    return () => clearTimeout(timer);
  }, []);
  return isDrawn ? <>{children()}</> : null;
}

/** What is folded away under a line that unfolds it. */
export function Folded({
  summary,
  kind = "",
  children,
}: {
  summary: ComponentChildren;
  kind?: string;
  children: () => ComponentChildren;
}) {
  return (
    <details class={kind}>
      <summary>{summary}</summary>
      <Later>{children}</Later>
    </details>
  );
}
