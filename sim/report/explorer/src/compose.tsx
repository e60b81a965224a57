// Compose: the install order, step by step, and the steps that can be added to it.

import { useMemo, useRef, useState } from "preact/hooks";
import { useFocusNext } from "./focus.ts";
import { Icon, OutcomeMark, StatusMark } from "./marks.tsx";
import type { ArchSpace, Group, Place } from "./space.ts";
import { Typing } from "./typing.tsx";
import {
  baseName,
  type ChangeGroup,
  counted,
  groupedChanges,
  lastPlace,
  placeAt,
  sentence,
  statusName,
  type View,
} from "./view.ts";

export function Compose({ view }: { view: View }) {
  return (
    <div class="compose">
      <section class="order" aria-labelledby="order-title">
        <h2 id="order-title">Install order</h2>
        <OrderList view={view} />
      </section>
      <section class="steps" aria-labelledby="steps-title">
        <h2 id="steps-title">{stepsTitle(view)}</h2>
        <Typing view={view} />
        <Palette view={view} />
      </section>
    </div>
  );
}

function stepsTitle({ state }: View): string {
  const { steps, cursor } = state.order;
  if (steps.length === 0) return "Begin with a base system";
  return cursor === steps.length ? "Add a step" : `Insert after step ${cursor}`;
}

/** What keys do on a step, and how the focus follows. */
function useOrderKeys(view: View) {
  const list = useRef<HTMLOListElement>(null);
  const focusNext = useFocusNext();
  const focus = (index: number) => {
    focusNext(() => {
      const buttons = list.current?.querySelectorAll<HTMLElement>(".pick");
      const last = (buttons?.length ?? 0) - 1;
      return buttons?.[Math.max(0, Math.min(index, last))];
    });
  };
  const move = (from: number, to: number) => {
    view.change({ kind: "move", from, to });
    if (from > 0 && to > 0 && to < view.places.length) focus(to);
  };
  const remove = (index: number) => {
    view.change({ kind: "delete", index });
    focus(index);
  };
  const go = (index: number) => {
    if (index < 0 || index >= view.places.length) return;
    view.change({ kind: "look", cursor: index + 1 });
    focus(index);
  };
  const keyed = (event: KeyboardEvent, index: number) => {
    const offset = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (!(event.target as HTMLElement).matches(".pick")) return;
    if (offset !== 0 && event.altKey) move(index, index + offset);
    else if (offset !== 0) go(index + offset);
    else if (event.key === "Delete" || event.key === "Backspace") remove(index);
    else return;
    event.preventDefault();
  };
  return { list, keyed, move, remove };
}

function OrderList({ view }: { view: View }) {
  const { list, keyed, move, remove } = useOrderKeys(view);
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const dropped = () => {
    setDragged(null);
    setOver(null);
  };
  if (view.places.length === 0) {
    return (
      <p class="empty">Nothing is installed yet. Choose a base system, and go on from there.</p>
    );
  }
  return (
    <ol ref={list} class="order-list">
      {view.places.map((place, index) => (
        <li
          key={index}
          class={rowClass(view, index, index === over && index !== dragged)}
          draggable={index > 0}
          onDragStart={(event) => {
            event.dataTransfer?.setData("text/plain", String(index));
            setDragged(index);
          }}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(index);
          }}
          onDragEnd={dropped}
          onDrop={(event) => {
            event.preventDefault();
            if (dragged !== null) move(dragged, Math.max(1, index));
            dropped();
          }}
          onKeyDown={(event) => keyed(event, index)}
        >
          <Row view={view} place={place} index={index} move={move} remove={remove} />
        </li>
      ))}
    </ol>
  );
}

function rowClass(view: View, index: number, over: boolean): string {
  const classes = ["row", view.places[index]?.outcome ?? ""];
  if (view.state.order.cursor === index + 1) classes.push("current");
  if (over) classes.push("over");
  return classes.join(" ");
}

function Row({
  view,
  place,
  index,
  move,
  remove,
}: {
  view: View;
  place: Place;
  index: number;
  move: (from: number, to: number) => void;
  remove: (index: number) => void;
}) {
  const step = view.space.steps[place.step];
  const status = view.space.statusOf(place.host);
  const current = view.state.order.cursor === index + 1;
  const last = view.places.length - 1;
  return (
    <>
      <div class="head">
        <button
          type="button"
          class="pick"
          aria-current={current ? "step" : undefined}
          onClick={() => view.change({ kind: "look", cursor: index + 1 })}
        >
          <span class="number">{index + 1}</span>
          <code>{step?.word}</code>
          <span class="outcome">
            <OutcomeMark outcome={place.outcome} /> {place.outcome}
          </span>
          <span class="then">
            <StatusMark status={status} /> {statusName(status).toLowerCase()}
          </span>
        </button>
        <span class="actions">
          <span class={index > 0 ? "grip" : "grip off"} title="Drag this step to another place">
            <Icon name="grip" />
          </span>
          <RowButton
            name="up"
            label={`Move step ${index + 1} up`}
            off={index < 2}
            act={() => move(index, index - 1)}
          />
          <RowButton
            name="down"
            label={`Move step ${index + 1} down`}
            off={index < 1 || index === last}
            act={() => move(index, index + 1)}
          />
          <RowButton
            name="remove"
            label={`Delete step ${index + 1}`}
            off={index === 0 && last > 0}
            act={() => remove(index)}
          />
        </span>
      </div>
      <div class="body">
        <p class="meaning">{sentence(step?.meaning ?? "")}</p>
        {useMemo(
          () => (
            <Effect space={view.space} place={place} />
          ),
          [view.space, place.step, place.before, place.host],
        )}
        <Swap view={view} index={index} swap={() => move(index, index - 1)} />
      </div>
    </>
  );
}

/** What the order would lead to, were this step done before the one above; if that differs. */
function Swap({ view, index, swap }: { view: View; index: number; swap: () => void }) {
  const { space, state } = view;
  const { steps } = state.order;
  const end = useMemo(() => {
    const [above, here] = [steps[index - 1], steps[index]];
    if (index < 2 || above === undefined || here === undefined || above === here) return null;
    return space.walk(steps.with(index - 1, here).with(index, above)).at(-1) ?? null;
  }, [space, steps, index]);
  const last = lastPlace(view);
  if (end === null || last === null) return null;
  const [status, now] = [space.statusOf(end.host), space.statusOf(last.host)];
  if (status === now) return null;
  return (
    <button type="button" class="quiet swap" onClick={swap}>
      <Icon name="swap" /> Swapped with step {index}, the end is <StatusMark status={status} />{" "}
      {statusName(status).toLowerCase()}
    </button>
  );
}

function RowButton({
  name,
  label,
  off,
  act,
}: {
  name: "up" | "down" | "remove";
  label: string;
  off: boolean;
  act: () => void;
}) {
  return (
    <button
      type="button"
      class="plain"
      title={label}
      aria-label={label}
      disabled={off}
      onClick={act}
    >
      <Icon name={name} />
    </button>
  );
}

/** What a step changed, or why it did not. */
function Effect({ space, place }: { space: ArchSpace; place: Place }) {
  if (place.outcome === "refused") {
    return (
      <p class="reason">
        Refused: {sentence(place.reason ?? "no reason is known")}
        {place.exitCode !== null && (
          <>
            {" "}
            Exit code <code>{exitCode(place.exitCode)}</code>.
          </>
        )}
      </p>
    );
  }
  if (place.outcome === "unchanged") {
    return <p class="reason">Nothing changes{place.reason ? `: ${place.reason}` : "."}</p>;
  }
  const groups = groupedChanges(space.changes(place.before, place.host));
  const registry = registryChanges(space, place);
  return (
    <details>
      <summary>
        {groups.length === 0 && <span class="change">No file changes.</span>}
        {groups.slice(-3).map((group) => (
          <Summary key={group.from + group.to} space={space} group={group} />
        ))}
        {groups.length > 3 && (
          <span class="change">and {counted(groups.length - 3, "more kind")} of change</span>
        )}
      </summary>
      {groups.map((group) => (
        <Detail key={group.from + group.to} space={space} group={group} />
      ))}
      {registry > 0 && <p class="change">{counted(registry, "registry value")} changed</p>}
    </details>
  );
}

function versionsOf({ kind, from, to }: ChangeGroup) {
  if (kind === "new")
    return (
      <>
        new, <span class="version">{to}</span>
      </>
    );
  if (kind === "gone") return <>removed</>;
  return (
    <>
      <span class="version">{from}</span> → <span class="version">{to}</span>
    </>
  );
}

function Summary({ space, group }: { space: ArchSpace; group: ChangeGroup }) {
  const names = group.files.slice(0, 3).map((file) => baseName(space.file(file).path));
  const rest = group.files.length - names.length;
  return (
    <span class="change">
      <b>{counted(group.files.length, "file")}</b> {versionsOf(group)}
      <span class="names">
        : {names.join(", ")}
        {rest > 0 && ` and ${rest} more`}
      </span>
    </span>
  );
}

function Detail({ space, group }: { space: ArchSpace; group: ChangeGroup }) {
  return (
    <p class="detail">
      <b>{versionsOf(group)}</b>{" "}
      {group.files.map((file) => baseName(space.file(file).path)).join(", ")}
    </p>
  );
}

function registryChanges(space: ArchSpace, { before, host }: Place): number {
  const values = (of: number | null) => new Set(of === null ? [] : space.registry(of));
  const [old, now] = [values(before), values(host)];
  const paths = new Set<string>();
  for (const value of old) if (!now.has(value)) paths.add(value.path);
  for (const value of now) if (!old.has(value)) paths.add(value.path);
  return paths.size;
}

function exitCode(code: number): string {
  return code > 9999 ? `0x${code.toString(16).toUpperCase()}` : String(code);
}

const groups: readonly { group: Group; title: string }[] = [
  { group: "base", title: "Base system" },
  { group: "service pack", title: "Service packs" },
  { group: "component", title: "Components" },
  { group: "update", title: "Updates" },
  { group: "other", title: "Upkeep" },
];

function Palette({ view }: { view: View }) {
  return (
    <div class="palette">
      {groups.map(({ group, title }) => (
        <PaletteGroup key={group} view={view} group={group} title={title} />
      ))}
      <p class="legend">
        <span>
          <OutcomeMark outcome="applied" /> would be applied, with the status then
        </span>
        <span>
          <OutcomeMark outcome="unchanged" /> would change nothing
        </span>
        <span>
          <OutcomeMark outcome="refused" /> would be refused
        </span>
      </p>
    </div>
  );
}

function PaletteGroup({ view, group, title }: { view: View; group: Group; title: string }) {
  const subjects = new Map<string, number[]>();
  view.space.steps.forEach((step, index) => {
    if (step.group === group)
      subjects.set(step.subject, [...(subjects.get(step.subject) ?? []), index]);
  });
  if (subjects.size === 0) return null;
  return (
    <div class="group" role="group" aria-label={title}>
      <h3>{title}</h3>
      <div class="subjects">
        {[...subjects].map(([subject, steps]) => (
          <div key={subject} class="subject">
            {steps.map((step) => (
              <StepButton key={step} view={view} step={step} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

function StepButton({ view, step }: { view: View; step: number }) {
  const { word, meaning } = view.space.steps[step] ?? { word: "", meaning: "" };
  const base = step < view.space.baseCount;
  const here = placeAt(view);
  if (base) {
    const chosen = view.places[0]?.step === step;
    const status = view.space.statusOf(view.space.done(null, step).host);
    return (
      <button
        type="button"
        class="step"
        aria-pressed={chosen}
        title={meaning}
        onClick={() => view.change({ kind: "base", step })}
      >
        <code>{word}</code>
        {!chosen && here === null && <StatusMark status={status} />}
      </button>
    );
  }
  if (here === null)
    return (
      <button type="button" class="step" disabled>
        <code>{word}</code>
      </button>
    );
  const done = view.space.done(here.host, step);
  const status = view.space.statusOf(done.host);
  const then =
    done.outcome === "applied" ? `applied, then ${statusName(status).toLowerCase()}` : done.outcome;
  return (
    <button
      type="button"
      class={`step ${done.outcome}`}
      aria-label={`${word}: ${then}`}
      title={`${meaning}\n${done.reason === null ? "" : sentence(done.reason)}`.trim()}
      onClick={() => view.change({ kind: "insert", steps: [step] })}
    >
      <OutcomeMark outcome={done.outcome} />
      <code>{word}</code>
      {done.outcome === "applied" && <StatusMark status={status} />}
    </button>
  );
}
