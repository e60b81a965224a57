// Help: statuses, keys, and the words of steps, as the data explains them.

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
  return (
    <>
      <h3>Statuses</h3>
      <dl class="help">
        {all.statuses.map(({ status, meaning }) => (
          <div key={status}>
            <dt>
              <StatusMark status={status} /> {status}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <h3>Keys</h3>
      <dl class="help">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <h3>Words of steps</h3>
      <dl class="help">
        {all.grammar.patterns.map(({ pattern, meaning }) => (
          <div key={pattern}>
            <dt>
              <code>{pattern}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
        {all.grammar.groups.map(({ name, members }) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>stands for {plainList(members)}</dd>
          </div>
        ))}
      </dl>
      <h3>Kinds of findings</h3>
      <dl class="help">
        {all.kinds.map(({ kind, meaning }) => (
          <div key={kind}>
            <dt>
              <KindMark kind={kind} /> {kind}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
