// What every part of the page is given, and words that several parts share.

import type { Shared, Status, Witness } from "./data.ts";
import type { ArchSpace, FileChange, Outcome, Place } from "./space.ts";
import type { Change, State } from "./state.ts";

export interface View {
  readonly all: Shared;
  readonly spaces: readonly ArchSpace[];
  readonly space: ArchSpace;
  readonly state: State;
  /** The places of the whole order. */
  readonly places: readonly Place[];
  readonly change: (change: Change) => void;
}

/** The place that is looked at, and the last one; null before a base system is chosen. */
export function placeAt(view: View): Place | null {
  return view.places[view.state.order.cursor - 1] ?? null;
}

export function lastPlace(view: View): Place | null {
  return view.places.at(-1) ?? null;
}

/** The status in words that begin a sentence. */
export function statusName(status: Status): string {
  return status === "not-applicable" ? "Not applicable" : capital(status);
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A level as people write it: `RTM`, `SP2`, `SP6a`. */
export function levelName(level: string): string {
  return level.replace(/^[a-z]+/, (letters) => letters.toUpperCase());
}

/** A text as a sentence; a name of a file at its beginning stays as it is. */
export function sentence(text: string): string {
  const begun = /^[a-z]+(?:[ ,]|$)/.test(text) ? capital(text) : text;
  return begun === "" || /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** What a status means in a line, as the data has it. */
export function summaryOf(all: Shared, status: Status): string {
  const found = all.statuses.find((known) => known.status === status);
  return found?.summary ?? "";
}

export function outcomeName(outcome: Outcome): string {
  return outcome;
}

/** A number with its noun: `1 file`, `40 files`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Digits in groups of three, also of numbers beyond what a double holds. */
export function grouped(count: number | string): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function plainList(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** Files that a step changed in the same way. */
export interface ChangeGroup {
  readonly kind: "new" | "gone" | "replaced";
  readonly from: string;
  readonly to: string;
  readonly files: readonly number[];
}

/** The changes of a step, those of the same versions together, the smallest group first. */
export function groupedChanges(changes: readonly FileChange[]): ChangeGroup[] {
  const groups = new Map<string, { group: ChangeGroup; files: number[] }>();
  for (const change of changes) {
    const [from, to] = versions(change);
    const key = `${from}>${to}`;
    const known = groups.get(key);
    if (known !== undefined) {
      known.files.push(change.file);
      continue;
    }
    const files = [change.file];
    const kind = change.from === null ? "new" : change.to === null ? "gone" : "replaced";
    groups.set(key, { group: { kind, from, to, files }, files });
  }
  return [...groups.values()]
    .map(({ group }) => group)
    .sort((left, right) => left.files.length - right.files.length);
}

function versions({ from, to }: FileChange): [string, string] {
  const branches = to?.branch === "qfe" || (from?.branch ?? to?.branch) !== (to ?? from)?.branch;
  const shown = (copy: FileChange["to"]) =>
    copy === null ? "" : branches ? `${copy.version} ${copy.branch.toUpperCase()}` : copy.version;
  return [shown(from), shown(to)];
}

/** The step that left a file as it is at the place that is looked at, counted from 1. */
export function leftBy({ space, places, state }: View, file: number): number | null {
  for (let step = state.order.cursor; step > 0; step -= 1) {
    const place = places[step - 1];
    if (place === undefined) return null;
    const changes = space.changes(place.before, place.host);
    if (changes.some((change) => change.file === file)) return step;
  }
  return null;
}

/** Which steps left these files as they are: the story behind a finding about both. */
export function originsOf(view: View, files: readonly number[]): string {
  const told = files.flatMap((file) => {
    const step = leftBy(view, file);
    if (step === null) return [];
    const word = view.space.steps[view.state.order.steps[step - 1] ?? -1]?.word ?? "";
    return [`${baseName(view.space.file(file).path)} is as step ${step} (${word}) left it`];
  });
  return told.length === 0 ? "" : `${told.join(", and ")}.`;
}

/** Whether a witness can be followed on this page, and the order of it if so. */
export function followed(view: View, { arch, assume, steps }: Witness) {
  const index = view.spaces.findIndex((space) => space.name === arch);
  const order = view.spaces[index]?.stepsOf(steps) ?? null;
  const same =
    assume.length === view.all.assume.length &&
    assume.every((each) => view.all.assume.includes(each));
  if (order === null || !same) return null;
  return { arch: index, steps: order, cursor: order.length };
}

/** The command that runs an order outside of the page. */
export function commandOf(view: View): string {
  const { space, state, all } = view;
  const words = state.order.steps.map((step) => space.steps[step]?.word ?? "");
  const arch = space.name === "x86" ? [] : ["--arch", space.name];
  const assume = all.assume.flatMap((value) => ["--assume", value]);
  return ["patchstate", "run", ...arch, ...assume, ...words].join(" ");
}
