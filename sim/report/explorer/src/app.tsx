// The page as a whole: what is always there, and the part that is shown.

import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { parts, type Part, readAddress, writeAddress } from "./address.ts";
import { Compose } from "./compose.tsx";
import type { Explore } from "./data.ts";
import { useFocusNext } from "./focus.ts";
import { FindingsPart } from "./findings.tsx";
import { Look } from "./look.tsx";
import { MapPart } from "./map.tsx";
import { Icon, KindMark, StatusMark } from "./marks.tsx";
import { ApplySteps } from "./repairs.tsx";
import type { ArchSpace } from "./space.ts";
import { begin, type Change, changed, type Order, sameOrder, type State } from "./state.ts";
import {
  commandOf,
  counted,
  lastPlace,
  plainList,
  sentence,
  statusName,
  summaryOf,
  type View,
} from "./view.ts";

const partNames: Record<Part, string> = {
  compose: "Compose",
  look: "Look",
  map: "Map",
  findings: "Findings",
};

export function App({ all, spaces }: { all: Explore; spaces: readonly ArchSpace[] }) {
  const [state, change] = useReducer(changed, null, () => opened(all, spaces));
  const space = spaces[state.order.arch];
  if (space === undefined) throw new RangeError("the data of this page has no such architecture");
  const places = useMemo(() => space.walk(state.order.steps), [space, state.order.steps]);
  const view: View = { all, spaces, space, state, places, change };
  useAddress(view);
  useTitle(view);
  useUndoKeys(change);
  return (
    <>
      <a
        class="skip"
        href="#part"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("part")?.focus();
        }}
      >
        Skip to the content
      </a>
      <Header view={view} />
      <Verdict view={view} />
      <main>
        <Tabs view={view} />
        <div id="part" role="tabpanel" tabIndex={-1} aria-labelledby={`tab-${state.part}`}>
          {state.part === "compose" && <Compose view={view} />}
          {state.part === "look" && <Look view={view} />}
          {state.part === "map" && <MapPart view={view} />}
          {state.part === "findings" && <FindingsPart view={view} />}
        </div>
      </main>
      <Footer view={view} />
      <Announcer view={view} />
    </>
  );
}

/** The state that the address asks for; else the order that the data begins with. */
function opened(all: Explore, spaces: readonly ArchSpace[]): State {
  const address = readAddress(location.hash);
  if (address !== null) {
    const { order, notice } = orderAt(spaces, address.arch, address.words);
    return { ...begin(order, address.part), notice };
  }
  const start = all.start;
  return begin(
    start === null ? nearestBroken(spaces) : orderAt(spaces, start.arch, start.steps).order,
    "compose",
  );
}

/** The shortest order to a broken host, which is what most pages are about. */
function nearestBroken(spaces: readonly ArchSpace[]): Order {
  for (const [arch, space] of spaces.entries()) {
    const host = space.status.findIndex((_, each) => space.statusOf(each) === "broken");
    if (host < 0) continue;
    const steps = space.orderTo(host);
    return { arch, steps, cursor: steps.length };
  }
  return { arch: 0, steps: [], cursor: 0 };
}

/** Words as an order of an architecture, as far as this page has them. */
function orderAt(
  spaces: readonly ArchSpace[],
  arch: string,
  words: readonly string[],
): { order: Order; notice: string } {
  const index = Math.max(
    0,
    spaces.findIndex(({ name }) => name === arch),
  );
  const space = spaces[index];
  const steps: number[] = [];
  const unknown: string[] = [];
  for (const word of words) {
    const step = space?.stepsOf([word])?.[0];
    const base = step !== undefined && step < (space?.baseCount ?? 0);
    if (step === undefined || base !== (steps.length === 0)) unknown.push(word);
    else steps.push(step);
  }
  const missing = spaces[index]?.name === arch ? [] : [`There is no ${arch} on this page.`];
  const left =
    unknown.length === 0
      ? []
      : [`Left out, since this page has no such step there: ${plainList(unknown)}.`];
  const order = { arch: index, steps, cursor: steps.length };
  return { order, notice: [...missing, ...left].join(" ") };
}

function addressOf({ space, state }: View): string {
  const words = state.order.steps.map((step) => space.steps[step]?.word ?? "");
  return `#${writeAddress({ arch: space.name, words, part: state.part })}`;
}

/**
 * Keeps the address and the state together: a change makes an entry, Back and Forward read one.
 *
 * The address is written as soon as the state is: whoever presses Back twice must not find that the
 * first one is written when the second has already gone on.
 */
function useAddress(view: View): void {
  const latest = useRef(view);
  latest.current = view;
  const address = addressOf(view);
  useLayoutEffect(() => {
    if (decodeURIComponent(location.hash) === address) return;
    if (location.hash === "") history.replaceState(null, "", address);
    else history.pushState(null, "", address);
  }, [address]);
  useEffect(() => {
    const read = () => {
      const { spaces, state, change } = latest.current;
      const asked = readAddress(location.hash);
      if (asked === null || decodeURIComponent(location.hash) === addressOf(latest.current)) return;
      const { order, notice } = orderAt(spaces, asked.arch, asked.words);
      change({ kind: "show", part: asked.part });
      if (!sameOrder(order, state.order) || notice !== "") change({ kind: "order", order, notice });
    };
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);
}

/** Names the tab, and the entries of the history, by what they show. */
function useTitle({ space, places }: View): void {
  const last = places.at(-1);
  const words = places.map(({ step }) => space.steps[step]?.word).join(" ");
  const title =
    last === undefined
      ? "patchstate explorer"
      : `${statusName(space.statusOf(last.host))}: ${words} \u2013 patchstate explorer`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function useUndoKeys(change: (change: Change) => void): void {
  useEffect(() => {
    const keyed = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement && event.target.value !== "";
      if (!(event.ctrlKey || event.metaKey) || event.altKey || typing) return;
      const key = event.key.toLowerCase();
      const kind = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : null;
      if (kind === null) return;
      event.preventDefault();
      change({ kind });
    };
    addEventListener("keydown", keyed);
    return () => removeEventListener("keydown", keyed);
  }, [change]);
}

function Header({ view }: { view: View }) {
  const { state, change, spaces } = view;
  return (
    <header class="top">
      <h1>
        patchstate <span>explorer</span>
      </h1>
      <div class="segments" role="group" aria-label="Architecture">
        {spaces.map(({ name }, arch) => (
          <button
            key={name}
            type="button"
            aria-pressed={arch === state.order.arch}
            onClick={() => switchArch(view, arch)}
          >
            {name}
          </button>
        ))}
      </div>
      <div class="tools">
        <button
          type="button"
          title="Undo (Ctrl+Z)"
          disabled={state.past.length === 0}
          onClick={() => change({ kind: "undo" })}
        >
          <Icon name="undo" />
          <span>Undo</span>
        </button>
        <button
          type="button"
          title="Redo (Ctrl+Y)"
          disabled={state.future.length === 0}
          onClick={() => change({ kind: "redo" })}
        >
          <Icon name="redo" />
          <span>Redo</span>
        </button>
        <CopyButton icon="link" name="Copy link" text={() => location.href} />
        <CopyButton icon="terminal" name="Copy command" text={() => commandOf(view)} />
        <Theme />
        <Help view={view} />
      </div>
    </header>
  );
}

function switchArch(view: View, arch: number): void {
  if (arch === view.state.order.arch) return;
  const words = view.state.order.steps.map((step) => view.space.steps[step]?.word ?? "");
  const target = view.spaces[arch];
  if (target === undefined) return;
  const first = target.stepsOf(words.slice(0, 1))?.[0];
  const base = first ?? 0;
  const rest = orderAt(view.spaces, target.name, [
    target.steps[base]?.word ?? "",
    ...words.slice(1),
  ]);
  const order = words.length === 0 ? { arch, steps: [], cursor: 0 } : rest.order;
  const replaced =
    first === undefined && words.length > 0
      ? `There is no ${words[0]} on ${target.name}; the order begins with ${target.steps[base]?.word} instead. `
      : "";
  view.change({ kind: "order", order, notice: replaced + rest.notice });
}

function CopyButton({
  icon,
  name,
  text,
}: {
  icon: "link" | "terminal";
  name: string;
  text: () => string;
}) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(text());
    setCopied(true);
    setTimeout(() => setCopied(false), 1600);
  };
  return (
    <button type="button" title={name} onClick={() => void copy()}>
      <Icon name={icon} />
      <span>{copied ? "Copied" : name}</span>
    </button>
  );
}

async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

const themes = ["auto", "light", "dark"] as const;

function Theme() {
  const [theme, setTheme] = useState<(typeof themes)[number]>("auto");
  useEffect(() => {
    if (theme === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  }, [theme]);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "auto";
  return (
    <button
      type="button"
      title={`Colours: ${theme}. Change to ${next}.`}
      onClick={() => setTheme(next)}
    >
      <Icon name="theme" />
      <span>{theme === "auto" ? "Light/dark" : theme === "light" ? "Light" : "Dark"}</span>
    </button>
  );
}

function Help({ view }: { view: View }) {
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

function Verdict({ view }: { view: View }) {
  const last = lastPlace(view);
  return (
    <section class="verdict" aria-label="The host after the whole order">
      {view.state.part === "compose" || last === null ? <Intro /> : <Timeline view={view} />}
      {last === null ? (
        <p class="now">
          <span class="status-name">No host yet</span>
        </p>
      ) : (
        <Now view={view} host={last.host} />
      )}
      {view.state.notice !== "" && (
        <p class="notice" role="alert">
          {view.state.notice}
        </p>
      )}
    </section>
  );
}

/** What somebody needs to know who has never seen the project. */
function Intro() {
  return (
    <p class="intro">
      Two Windows Server 2003 machines with the same service pack, web server and updates can still
      differ: the <em>order</em> in which these were installed decides which version of each file is
      there, and whether web sites start. Put the steps in any order here, and see at once what
      becomes of the machine.
    </p>
  );
}

function Now({ view, host }: { view: View; host: number }) {
  const { space, all } = view;
  const truth = space.truth(host);
  const verdict = space.verdict(host);
  const remedy = space.remedy(host);
  return (
    <div class={`now is-${truth.status}`}>
      <StatusMark status={truth.status} size={40} />
      <div>
        <h2 class="status-name">{statusName(truth.status)}</h2>
        <p>{sentence(summaryOf(all, truth.status))}</p>
        <p class="soft">
          After {counted(view.places.length, "step")}.{" "}
          {verdict.status === truth.status ? (
            "The detection core finds the same."
          ) : (
            <>
              The detection core says <StatusMark status={verdict.status} /> {verdict.status}.
            </>
          )}
        </p>
      </div>
      {remedy !== null && remedy.length > 0 && (
        <div class="remedy">
          <span class="soft">What helps</span>
          <ApplySteps view={view} steps={remedy} verb="Apply" place="end" strong={true} />
        </div>
      )}
    </div>
  );
}

function Tabs({ view }: { view: View }) {
  const { state, change } = view;
  const last = lastPlace(view);
  const focusNext = useFocusNext();
  const keyed = (event: KeyboardEvent) => {
    const offset = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const part = parts[(parts.indexOf(state.part) + offset + parts.length) % parts.length];
    if (offset === 0 || part === undefined) return;
    event.preventDefault();
    change({ kind: "show", part });
    focusNext(() => document.getElementById(`tab-${part}`));
  };
  return (
    <div class="tabs" role="tablist" aria-label="Parts" onKeyDown={keyed}>
      {parts.map((part) => (
        <button
          key={part}
          id={`tab-${part}`}
          type="button"
          role="tab"
          aria-controls="part"
          aria-selected={part === state.part}
          tabIndex={part === state.part ? 0 : -1}
          onClick={() => change({ kind: "show", part })}
        >
          {partNames[part]}
        </button>
      ))}
      {last !== null && (
        <span class="always" role="presentation">
          <StatusMark status={view.space.statusOf(last.host)} />
        </span>
      )}
    </div>
  );
}

/** The order in a row, to choose the place that is looked at. */
function Timeline({ view }: { view: View }) {
  const { places, space, state, change } = view;
  return (
    <ol class="timeline" aria-label="Install order">
      {places.map(({ step, host, outcome }, index) => (
        <li key={index}>
          <button
            type="button"
            class={outcome}
            aria-current={state.order.cursor === index + 1 ? "step" : undefined}
            onClick={() => change({ kind: "look", cursor: index + 1 })}
          >
            <span class="number">{index + 1}</span> <code>{space.steps[step]?.word}</code>
            <StatusMark status={space.statusOf(host)} label={space.statusOf(host)} />
          </button>
        </li>
      ))}
    </ol>
  );
}

function Footer({ view: { all, spaces } }: { view: View }) {
  const hosts = spaces.map(({ name, hostCount }) => `${counted(hostCount, "host")} of ${name}`);
  return (
    <footer>
      <p>
        {plainList(hosts)}: every host that an order of{" "}
        {[...all.components, ...all.updates].join(", ")}, service packs and upkeep can lead to,
        worked out by patchstate {all.version} from the catalog {all.catalog}
        {all.assume.length > 0 && <> under {all.assume.join(", ")}</>}. This page only looks up.
      </p>
      {all.command !== undefined && (
        <p>
          Made by <code>{all.command}</code>
        </p>
      )}
    </footer>
  );
}

/** Tells a screen reader what has become of the order. */
function Announcer({ view }: { view: View }) {
  const last = lastPlace(view);
  const text =
    last === null
      ? "No host yet"
      : `After ${counted(view.places.length, "step")}, ${view.space.steps[last.step]?.word} ${last.outcome}: ` +
        `the host is ${view.space.statusOf(last.host)}.`;
  return (
    <p class="unseen" aria-live="polite">
      {text}
    </p>
  );
}
