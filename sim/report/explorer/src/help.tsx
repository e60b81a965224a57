// Help: statuses, keys, and the words of steps, as the data explains them.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Icon, KindMark, StatusMark } from "./marks.tsx";
import { plainList, type View } from "./view.ts";

export function Help({ view }: { view: View }) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button type="button" title="Help and keys" onClick={() => dialog.current?.showModal()}>
        <Icon name="help" />
        <span>Help</span>
      </button>
      <dialog ref={dialog} aria-labelledby="help-title">
        <form method="dialog">
          <h2 id="help-title">Help</h2>
          <button type="submit">Close</button>
        </form>
        <HelpText view={view} />
      </dialog>
    </>
  );
}

const keys: readonly [string, string][] = [
  ["Ctrl+Z, Ctrl+Y", "undo, redo"],
  ["↑ ↓ on a step", "go to the step before or after; new steps go behind it"],
  ["Alt+↑ Alt+↓ on a step", "move it"],
  ["Delete on a step", "delete it"],
  ["↓ Enter in the text field", "choose a step that fits"],
  ["← → on Compose, Look, Map, Findings", "change the part"],
  ["← → ↑ ↓ on the map", "go from column to column and from status to status"],
];

function HelpText({ view }: { view: View }) {
  const { all } = view;
  const groups = all.grammar.groups.map(({ name, members }) => ({
    pattern: name,
    meaning: `stands for ${plainList(members)}`,
  }));
  return (
    <>
      <h3>Statuses</h3>
      <dl class="help">
        {all.statuses.map(({ status, meaning }) => (
          <Entry key={status} meaning={meaning}>
            <StatusMark status={status} /> {status}
          </Entry>
        ))}
      </dl>
      <h3>Keys</h3>
      <dl class="help">
        {keys.map(([key, does]) => (
          <Entry key={key} meaning={does}>
            {key}
          </Entry>
        ))}
      </dl>
      <h3>How steps are written</h3>
      <dl class="help">
        {[...all.grammar.patterns, ...groups].map(({ pattern, meaning }) => (
          <Entry key={pattern} meaning={meaning}>
            <code>{pattern}</code>
          </Entry>
        ))}
      </dl>
      <h3>Words</h3>
      <dl class="help">
        {all.words.map(({ word, meaning }) => (
          <Entry key={word} meaning={meaning}>
            {word}
          </Entry>
        ))}
      </dl>
      <h3>Kinds of findings</h3>
      <dl class="help">
        {all.kinds.map(({ kind, meaning }) => (
          <Entry key={kind} meaning={meaning}>
            <KindMark kind={kind} /> {kind}
          </Entry>
        ))}
      </dl>
    </>
  );
}

/** Something and what it means; names that one types stand in backticks there. */
function Entry({ meaning, children }: { meaning: string; children: ComponentChildren }) {
  const parts = meaning.split("`");
  return (
    <div>
      <dt>{children}</dt>
      <dd>
        {parts.map((part, index) => (index % 2 === 0 ? part : <code key={index}>{part}</code>))}
      </dd>
    </div>
  );
}
