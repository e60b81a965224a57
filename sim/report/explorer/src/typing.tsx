// Typing of steps: a combobox with completion, and mistakes shown where they stand.

import { useId, useState } from "preact/hooks";
import { OutcomeMark, StatusMark } from "./marks.tsx";
import type { ArchSpace } from "./space.ts";
import { canonical, completions, type Mistake, readOrder, type Reading } from "./words.ts";
import { placeAt, statusName, type View } from "./view.ts";

/** How many completions are offered at once. */
const offeredMax = 8;

/** The word of the text in which the caret stands. */
function wordAt(text: string, caret: number): { start: number; end: number; word: string } {
  const start = text.slice(0, caret).search(/\S*$/);
  const end = caret + text.slice(caret).search(/\s|$/);
  return { start, end, word: text.slice(start, end) };
}

/** A text that begins with a base system is a whole order, in place of the present one. */
function isWhole(text: string, space: ArchSpace): boolean {
  return readOrder(text, space.vocabulary).words.some(({ step }) => step < space.baseCount);
}

function read(text: string, view: View): { reading: Reading; whole: boolean } {
  const whole = isWhole(text, view.space);
  const before = whole ? 0 : view.state.order.cursor;
  return { reading: readOrder(text, view.space.vocabulary, before), whole };
}

/** What stands in the field, what fits there, and what can be done with it. */
interface Field {
  readonly text: string;
  readonly offered: readonly number[];
  /** The place among those offered that the arrows have reached; -1 for none. */
  readonly active: number;
  readonly shown: boolean;
  readonly whole: boolean;
  /** The mistakes that are told: of words that are finished, or of all once Enter was pressed. */
  readonly mistakes: readonly Mistake[];
  readonly isEmpty: boolean;
  readonly typed: (text: string, caret: number) => void;
  readonly moved: (caret: number) => void;
  /** Puts a word in the place of a part of the text. */
  readonly take: (word: string, start: number, end: number) => void;
  /** Takes one of the steps that are offered. */
  readonly choose: (step: number) => void;
  readonly submit: () => void;
  readonly keyed: (event: KeyboardEvent) => void;
  readonly close: () => void;
}

function useField(view: View): Field {
  const [{ text, caret }, setText] = useState({ text: "", caret: 0 });
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [asked, setAsked] = useState(false);
  const part = wordAt(text, caret);
  const offered = offeredAt(view, text, part);
  const shown = open && offered.length > 0;
  const { reading, whole } = read(text, view);
  const mistakes = asked ? reading.mistakes : reading.mistakes.filter(({ end }) => end < caret);

  const typed = (value: string, at: number) => {
    setText({ text: value, caret: at });
    setActive(-1);
    setAsked(false);
    setOpen(wordAt(value, at).word !== "");
  };
  const replaced = (word: string, start: number, end: number) => {
    const value = `${text.slice(0, start)}${word}${text.slice(end)}`;
    typed(value, start + word.length);
    setOpen(false);
    return value;
  };
  const submit = (value: string) => {
    setOpen(false);
    const { reading: now, whole: all } = read(value, view);
    setAsked(true);
    if (now.mistakes.length > 0 || now.words.length === 0) return;
    apply(view, now, all);
    typed("", 0);
  };
  const choose = (step: number) => submit(replaced(wordOf(view, step), part.start, part.end));
  const keyed = (event: KeyboardEvent) => {
    const chosen = shown ? offered[active] : undefined;
    const down = event.key === "ArrowDown";
    if (down || event.key === "ArrowUp") {
      setActive(shown ? next(active, down ? 1 : -1, offered.length) : 0);
      setOpen(true);
    } else if (event.key === "Enter") {
      if (chosen === undefined) submit(text);
      else choose(chosen);
    } else if (event.key === "Tab" && chosen !== undefined) {
      replaced(`${wordOf(view, chosen)} `, part.start, part.end);
    } else if (event.key === "Escape") {
      if (shown) setOpen(false);
      else typed("", 0);
    } else {
      return;
    }
    event.preventDefault();
  };
  const isEmpty = asked && text.trim() === "";
  return {
    ...{ text, offered, active, shown, whole, mistakes, isEmpty, typed, choose, keyed },
    moved: (at) => setText({ text, caret: at }),
    take: replaced,
    submit: () => submit(text),
    close: () => setOpen(false),
  };
}

/** The next place in a list that goes round, from -1 for none. */
function next(at: number, offset: number, count: number): number {
  return at < 0 ? (offset > 0 ? 0 : count - 1) : (at + offset + count) % count;
}

/** The steps that the word at the caret can become. */
function offeredAt(view: View, text: string, part: { start: number; word: string }): number[] {
  const { space, state } = view;
  const opens = text.slice(0, part.start).trim() === "";
  const first = opens && (state.order.steps.length === 0 || /^os/.test(canonical(part.word)));
  const steps = completions(part.word, space.vocabulary, first);
  const isDone = steps.length === 1 && wordOf(view, steps[0]) === canonical(part.word);
  return isDone ? [] : steps.slice(0, offeredMax);
}

export function Typing({ view }: { view: View }) {
  const field = useField(view);
  const id = useId();
  const { text, offered, active, shown, mistakes } = field;
  return (
    <form
      class="typing"
      onSubmit={(event) => {
        event.preventDefault();
        field.submit();
      }}
    >
      <label for={`${id}-field`}>Type steps, or a whole order</label>
      <div class="field">
        <input
          id={`${id}-field`}
          role="combobox"
          aria-expanded={shown}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={mistakes.length > 0}
          aria-describedby={`${id}-mistakes`}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          value={text}
          placeholder={example(view)}
          onInput={({ currentTarget: { value, selectionStart } }) =>
            field.typed(value, selectionStart ?? value.length)
          }
          onSelect={({ currentTarget: { selectionStart } }) => field.moved(selectionStart ?? 0)}
          onKeyDown={field.keyed}
          onBlur={field.close}
        />
        <button type="submit" class="strong">
          {field.whole ? "Open order" : "Add"}
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
                choose={() => field.choose(step)}
              />
            ))}
        </ul>
      </div>
      <div id={`${id}-mistakes`} class="mistakes" role="status">
        <Mistakes field={field} />
      </div>
    </form>
  );
}

function Mistakes({ field: { text, mistakes, isEmpty, take } }: { field: Field }) {
  return (
    <>
      {mistakes.length > 0 && <Marked text={text} mistakes={mistakes} />}
      {mistakes.map(({ start, end, text: says, nearest }) => (
        <p key={start}>
          <span class="column">Column {start + 1}.</span> {says}
          {nearest !== null && (
            <button type="button" class="quiet" onClick={() => take(nearest, start, end)}>
              Use <code>{nearest}</code>
            </button>
          )}
        </p>
      ))}
      {isEmpty && <p>Type a step first.</p>}
    </>
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
      <span class="meaning">{done?.outcome === "refused" ? done.reason : meaning}</span>
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
function Marked({ text, mistakes }: { text: string; mistakes: readonly Mistake[] }) {
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

/** What a whole order can begin with, where there is none yet. */
function example({ space, state }: View): string {
  if (state.order.steps.length > 0) return "";
  return `${space.steps[0]?.word ?? ""} ${space.steps[space.baseCount]?.word ?? ""} …`;
}

function wordOf(view: View, step: number | undefined): string {
  return step === undefined ? "" : (view.space.steps[step]?.word ?? "");
}
