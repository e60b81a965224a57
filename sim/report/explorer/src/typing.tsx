// Typing of steps: a combobox with completion, and mistakes shown where they stand.

import { useId, useRef, useState } from "preact/hooks";
import { OutcomeMark, StatusMark } from "./marks.tsx";
import type { ArchSpace } from "./space.ts";
import { canonical, completions, readOrder, type Reading } from "./words.ts";
import { placeAt, statusName, type View } from "./view.ts";

/** How many completions are offered at once. */
const offeredMax = 8;

/** The word of the text in which the caret stands. */
function wordAt(text: string, caret: number): { start: number; end: number; word: string } {
  const start = text.slice(0, caret).search(/\S*$/);
  const end = caret + text.slice(caret).search(/\s|$/);
  return { start, end, word: text.slice(start, end) };
}

/** A text that begins with a base system is a whole order, and takes the place of the present one. */
function isWhole(text: string, space: ArchSpace): boolean {
  return readOrder(text, space.vocabulary).words.some(({ step }) => step < space.baseCount);
}

function read(text: string, view: View): { reading: Reading; whole: boolean } {
  const whole = isWhole(text, view.space);
  const before = whole ? 0 : view.state.order.cursor;
  return { reading: readOrder(text, view.space.vocabulary, before), whole };
}

export function Typing({ view }: { view: View }) {
  const [text, setText] = useState("");
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [asked, setAsked] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();

  const part = wordAt(text, caret);
  const first =
    (view.state.order.steps.length === 0 || /^os/.test(canonical(text.trim()))) &&
    text.slice(0, part.start).trim() === "";
  const complete = completions(part.word, view.space.vocabulary, first);
  const offered =
    complete.length === 1 && word(view.space, complete[0]) === canonical(part.word)
      ? []
      : complete.slice(0, offeredMax);
  const shown = open && offered.length > 0;
  const { reading, whole } = read(text, view);
  const settled = asked ? reading.mistakes : reading.mistakes.filter(({ end }) => end < caret);

  const typed = (value: string, at: number) => {
    setText(value);
    setCaret(at);
    setActive(-1);
    setAsked(false);
    setOpen(wordAt(value, at).word !== "");
  };
  const take = (replaced: string, start: number, end: number) => {
    const value = `${text.slice(0, start)}${replaced}${text.slice(end)}`;
    typed(value, start + replaced.length);
    setOpen(false);
    field.current?.focus();
    return value;
  };
  const submit = (value: string) => {
    setOpen(false);
    const { reading: now, whole: all } = read(value, view);
    if (now.mistakes.length > 0 || now.words.length === 0) {
      setAsked(true);
      return;
    }
    apply(view, now, all);
    setText("");
    setCaret(0);
    setAsked(false);
  };
  const keyed = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const count = offered.length;
      setActive(shown ? (active + step + count + (active < 0 && step < 0 ? 1 : 0)) % count : 0);
      setOpen(true);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = shown ? offered[active] : undefined;
      if (chosen === undefined) submit(text);
      else submit(take(word(view.space, chosen), part.start, part.end));
    } else if (event.key === "Tab" && shown && active >= 0) {
      event.preventDefault();
      take(`${word(view.space, offered[active])} `, part.start, part.end);
    } else if (event.key === "Escape") {
      if (!shown) typed("", 0);
      setOpen(false);
    }
  };

  return (
    <form
      class="typing"
      onSubmit={(event) => {
        event.preventDefault();
        submit(text);
      }}
    >
      <label for={`${id}-field`}>Type steps, or a whole order</label>
      <div class="field">
        <input
          ref={field}
          id={`${id}-field`}
          role="combobox"
          aria-expanded={shown}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={settled.length > 0}
          aria-describedby={`${id}-mistakes`}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          value={text}
          placeholder={example(view)}
          onInput={(event) =>
            typed(event.currentTarget.value, event.currentTarget.selectionStart ?? 0)
          }
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onKeyDown={keyed}
          onBlur={() => setOpen(false)}
        />
        <button type="submit" class="strong">
          {whole ? "Open order" : "Add"}
        </button>
        <ul id={`${id}-list`} role="listbox" aria-label="Steps that fit" hidden={!shown}>
          {shown &&
            offered.map((step, index) => (
              <Offer
                key={step}
                id={`${id}-${index}`}
                view={view}
                step={step}
                active={index === active}
                choose={() => submit(take(word(view.space, step), part.start, part.end))}
              />
            ))}
        </ul>
      </div>
      <div id={`${id}-mistakes`} class="mistakes" role="status">
        {settled.length > 0 && <Marked text={text} mistakes={settled} />}
        {settled.map(({ start, end, text: says, nearest }) => (
          <p key={start}>
            <span class="column">Column {start + 1}.</span> {says}
            {nearest !== null && (
              <button type="button" class="quiet" onClick={() => take(nearest, start, end)}>
                Use <code>{nearest}</code>
              </button>
            )}
          </p>
        ))}
        {asked && reading.words.length === 0 && settled.length === 0 && <p>Type a step first.</p>}
      </div>
    </form>
  );
}

function apply(view: View, reading: Reading, whole: boolean): void {
  const steps = reading.words.map(({ step }) => step);
  if (!whole) {
    view.change({ kind: "insert", steps });
    return;
  }
  const named = view.spaces.findIndex((space) => space.name === reading.arch);
  const arch = named < 0 ? view.state.order.arch : named;
  const words = steps.map((step) => view.space.steps[step]?.word ?? "");
  const there = view.spaces[arch]?.stepsOf(words) ?? null;
  if (there === null) {
    const notice = `Not every step of that order exists on ${reading.arch ?? "this architecture"}.`;
    view.change({ kind: "order", order: view.state.order, notice });
    return;
  }
  view.change({ kind: "order", order: { arch, steps: there, cursor: there.length } });
}

function Offer({
  view,
  id,
  step,
  active,
  choose,
}: {
  view: View;
  id: string;
  step: number;
  active: boolean;
  choose: () => void;
}) {
  const { word: name, meaning } = view.space.steps[step] ?? { word: "", meaning: "" };
  const host = step < view.space.baseCount ? null : (placeAt(view)?.host ?? null);
  const done = host === null && step >= view.space.baseCount ? null : view.space.done(host, step);
  return (
    <li
      id={id}
      role="option"
      aria-selected={active}
      onPointerDown={(event) => {
        event.preventDefault();
        choose();
      }}
    >
      <code>{name}</code>
      <span class="meaning">{meaning}</span>
      {done !== null && (
        <span class="foresight">
          <OutcomeMark outcome={done.outcome} label={done.outcome} />
          {done.outcome === "applied" && (
            <StatusMark
              status={view.space.statusOf(done.host)}
              label={`then ${statusName(view.space.statusOf(done.host)).toLowerCase()}`}
            />
          )}
        </span>
      )}
    </li>
  );
}

/** The text with its wrong words underlined. */
function Marked({ text, mistakes }: { text: string; mistakes: Reading["mistakes"] }) {
  let at = 0;
  const pieces = mistakes.flatMap(({ start, end }) => {
    const before = text.slice(at, start);
    at = end;
    return [before, <mark key={start}>{text.slice(start, end)}</mark>];
  });
  return (
    <p class="typed" aria-hidden="true">
      {pieces}
      {text.slice(at)}
    </p>
  );
}

function example(view: View): string {
  const start = view.all.start?.steps.join(" ");
  return view.state.order.steps.length === 0 && start !== undefined ? start : "";
}

function word(space: ArchSpace, step: number | undefined): string {
  return step === undefined ? "" : (space.steps[step]?.word ?? "");
}
