// The finished space of one architecture, and every way to look something up in it.
//
// Nothing here works out what a step does: each answer stands in a column of the data. Columns are
// typed arrays, so that 300,000 hosts are no burden.

import { columns } from "./data.ts";
import type { ArchData, Boundary, Copy, Shared, Status } from "./data.ts";
import { isBase, type Vocabulary } from "./words.ts";

export type { Status } from "./data.ts";
export type Outcome = "applied" | "unchanged" | "refused";
export type Group = "base" | "service pack" | "component" | "update" | "other";

/** A step of this architecture. Base systems are the first ones. */
export interface StepOf {
  readonly word: string;
  readonly meaning: string;
  readonly group: Group;
  /** What the step is about: a service pack, a component, an update. */
  readonly subject: string;
}

/** What the data says of a step on a host. */
export interface Done {
  readonly outcome: Outcome;
  /** The host afterwards. */
  readonly host: number;
  readonly reason: string | null;
  readonly exitCode: number | null;
}

/** A step of an install order, where it began and what became of it. */
export interface Place extends Done {
  readonly step: number;
  /** The host before; null for the base system. */
  readonly before: number | null;
}

/** A file that a step changed; null is absent. */
export interface FileChange {
  readonly file: number;
  readonly from: Copy | null;
  readonly to: Copy | null;
}

type Columns = Readonly<Record<(typeof columns)[number], Int32Array>>;

export class ArchSpace {
  readonly name: string;
  readonly steps: readonly StepOf[];
  readonly baseCount: number;
  readonly vocabulary: Vocabulary;
  readonly boundaries: readonly Boundary[];
  readonly hostCount: number;
  readonly hosts: Columns;
  /** For each host the index of its true status. */
  readonly status: Uint8Array;
  /** The indices of those statuses that some host has. */
  readonly present: ReadonlySet<number>;
  /** The first host of each distance from a base system, and behind them the number of hosts. */
  readonly firstOfDistance: readonly number[];
  /** What each rule of the page says of each host, as the index of a status. */
  readonly rules: readonly Int32Array[];
  readonly #bases: readonly number[];
  /** For each host one after the other, for each step what the column says. */
  readonly #table: Int32Array;
  readonly #stepCount: number;

  constructor(
    readonly all: Shared,
    given: ArchData,
  ) {
    this.name = given.arch;
    this.baseCount = given.bases.length;
    this.#bases = given.bases.map((base) => base.host);
    this.hosts = Object.fromEntries(
      columns.map((name) => [name, Int32Array.from(given.hosts[name])]),
    ) as Columns;
    this.rules = given.rules.map((column) => Int32Array.from(column));
    this.hostCount = this.hosts.from.length;
    this.#stepCount = given.steps.length;
    this.#table = tableOf(
      given.steps.map(({ column }) => column),
      this.hostCount,
    );
    const meanings = new Map(given.words.map(({ word, meaning }) => [word, meaning]));
    this.steps = [
      ...given.bases.map(({ word }) => described(word, meanings.get(word) ?? "")),
      ...given.steps.map(({ word, meaning }) => described(word, meaning)),
    ];
    this.boundaries = given.boundaries;
    this.vocabulary = vocabularyOf(given, this.steps);
    this.status = this.#statuses();
    this.present = new Set(this.status);
    this.firstOfDistance = this.#firsts();
  }

  /** What a step does on a host; on null only a base system can be installed. */
  done(host: number | null, step: number): Done {
    const base = this.#bases[step];
    if (base !== undefined) return { outcome: "applied", host: base, reason: null, exitCode: null };
    if (host === null) throw new RangeError("no base system");
    const value = this.#value(host, step);
    if (value >= 0) return { outcome: "applied", host: value, reason: null, exitCode: null };
    const { outcome, reason, exit_code } = known(this.all.results[-1 - value]);
    return { outcome, host, reason, exitCode: exit_code };
  }

  /** The host after a step; the same one if it changes nothing. */
  after(host: number, step: number): number {
    const value = this.#value(host, step);
    return value >= 0 ? value : host;
  }

  /** Every place of an install order. */
  walk(steps: readonly number[]): Place[] {
    const places: Place[] = [];
    let before: number | null = null;
    for (const step of steps) {
      const done: Done = this.done(before, step);
      places.push({ ...done, step, before });
      before = done.host;
    }
    return places;
  }

  /** The shortest install order that leads to a host, as step numbers. */
  orderTo(host: number): number[] {
    const steps: number[] = [];
    let at = host;
    while (known(this.hosts.from[at]) >= 0) {
      steps.push(known(this.hosts.by[at]) + this.baseCount);
      at = known(this.hosts.from[at]);
    }
    steps.push(this.#bases.indexOf(at));
    return steps.reverse();
  }

  /** For each status another host nearest to this one, by breadth, with the steps to it. */
  nearest(start: number): Map<Status, number[]> {
    const found = new Map<Status, number[]>();
    const open = new Set(this.present);
    const from = new Int32Array(this.hostCount).fill(-1);
    const by = new Int16Array(this.hostCount);
    const queue = new Int32Array(this.hostCount);
    let end = 1;
    queue[0] = start;
    from[start] = start;
    for (let next = 0; next < end && open.size > 0; next += 1) {
      const host = known(queue[next]);
      if (host !== start && open.delete(known(this.status[host]))) {
        found.set(this.statusOf(host), traced(host, start, from, by));
      }
      const row = host * this.#stepCount;
      for (let column = 0; column < this.#stepCount; column += 1) {
        const after = known(this.#table[row + column]);
        if (after < 0 || known(from[after]) >= 0) continue;
        from[after] = host;
        by[after] = column + this.baseCount;
        queue[end] = after;
        end += 1;
      }
    }
    return found;
  }

  truth(host: number) {
    return known(this.all.truths[known(this.hosts.truth[host])]);
  }

  verdict(host: number) {
    return known(this.all.verdicts[known(this.hosts.verdict[host])]);
  }

  statusOf(host: number): Status {
    return this.truth(host).status;
  }

  level(host: number) {
    return known(this.all.levels[known(this.hosts.level[host])]);
  }

  components(host: number): readonly string[] {
    return known(this.all.component_sets[known(this.hosts.components[host])]);
  }

  records(host: number) {
    return known(this.all.record_sets[known(this.hosts.records[host])]);
  }

  /** The registry values of a host, ordered by path. */
  registry(host: number) {
    const values = known(this.all.registries[known(this.hosts.registry[host])]);
    return values.map((value) => known(this.all.registry_values[value]));
  }

  findings(list: readonly number[]) {
    return list.map((finding) => known(this.all.findings[finding]));
  }

  symptoms(host: number) {
    return known(this.all.symptoms[this.truth(host).symptoms]);
  }

  /** The numbers of the copies on a host. */
  copies(host: number): readonly number[] {
    return this.#files(host).copies;
  }

  copy(copy: number): Copy {
    return known(this.all.copies[copy]);
  }

  file(file: number) {
    return known(this.all.files[file]);
  }

  /** What the worker process of a host loads. */
  graph(host: number) {
    const edges = known(this.all.graphs[this.#files(host).graph]);
    return edges.map((edge) => known(this.all.edges[edge]));
  }

  /** The remedy that the detection core names, as step numbers; null if one is unknown. */
  remedy(host: number): number[] | null {
    return this.stepsOf(this.verdict(host).remedy);
  }

  /** Words as step numbers; null if the page has no such step. */
  stepsOf(words: readonly string[]): number[] | null {
    const steps = words.map((word) => this.vocabulary.words.indexOf(word.toLowerCase()));
    const aliased = steps.map((step, index) =>
      step >= 0 ? step : (this.vocabulary.aliases.get(known(words[index]).toLowerCase()) ?? -1),
    );
    return aliased.includes(-1) ? null : aliased;
  }

  /** The files that differ between two hosts; without the first one, all files of the second. */
  changes(before: number | null, after: number): FileChange[] {
    if (before === after) return [];
    const old = new Map<number, Copy>();
    for (const copy of before === null ? [] : this.copies(before)) {
      old.set(this.copy(copy).file, this.copy(copy));
    }
    const changes: FileChange[] = [];
    for (const number of this.copies(after)) {
      const to = this.copy(number);
      const from = old.get(to.file) ?? null;
      old.delete(to.file);
      if (from !== to) changes.push({ file: to.file, from, to });
    }
    for (const [file, from] of old) changes.push({ file, from, to: null });
    return changes;
  }

  #files(host: number) {
    return known(this.all.file_sets[known(this.hosts.files[host])]);
  }

  #value(host: number, step: number): number {
    return known(this.#table[host * this.#stepCount + step - this.baseCount]);
  }

  #statuses(): Uint8Array {
    const order = this.all.statuses.map(({ status }) => status);
    const ofTruth = this.all.truths.map(({ status }) => order.indexOf(status));
    return Uint8Array.from(this.hosts.truth, (truth) => known(ofTruth[truth]));
  }

  #firsts(): number[] {
    const firsts: number[] = [];
    this.hosts.distance.forEach((distance, host) => {
      if (distance === firsts.length) firsts.push(host);
    });
    return [...firsts, this.hostCount];
  }
}

/** What is there by the data's own word; its absence is a mistake in the data. */
export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError("the data of this page is not whole");
  return value;
}

/** Columns as rows: all steps of a host lie together, as a search by breadth reads them. */
function tableOf(columns: readonly (readonly number[])[], hostCount: number): Int32Array {
  const table = new Int32Array(columns.length * hostCount);
  columns.forEach((column, step) => {
    for (let host = 0; host < hostCount; host += 1) {
      table[host * columns.length + step] = known(column[host]);
    }
  });
  return table;
}

function traced(host: number, start: number, from: Int32Array, by: Int16Array): number[] {
  const steps: number[] = [];
  for (let at = host; at !== start; at = known(from[at])) steps.push(known(by[at]));
  return steps.reverse();
}

function described(word: string, meaning: string): StepOf {
  const bare = word.replace(/^[-+]/, "").replace(/[@/:].*$/, "");
  if (isBase(word)) return { word, meaning, group: "base", subject: "os" };
  if (/^sp\d+[a-z]?$/.test(bare)) return { word, meaning, group: "service pack", subject: bare };
  if (/^kb\d+$/.test(bare)) return { word, meaning, group: "update", subject: bare };
  if (/^[-+]/.test(word)) return { word, meaning, group: "component", subject: bare };
  return { word, meaning, group: "other", subject: "" };
}

function vocabularyOf(given: ArchData, steps: readonly StepOf[]): Vocabulary {
  const words = steps.map(({ word }) => word);
  const aliases = new Map<string, number>();
  const elsewhere: string[] = [];
  for (const { word, step, host } of given.words) {
    if (words.includes(word)) continue;
    const base = given.bases.findIndex((known) => known.host === host);
    if (step !== null) aliases.set(word, step + given.bases.length);
    else if (host !== null && base >= 0) aliases.set(word, base);
    else elsewhere.push(word);
  }
  return { words, aliases, elsewhere };
}
