// The page as a whole: what is always there, and the part that is shown.

import { useMemo, useReducer } from "preact/hooks";
import { parts, type Part } from "./address.ts";
import { Compose } from "./compose.tsx";
import type { Shared } from "./data.ts";
import { FindingsPart } from "./findings.tsx";
import { useFocusNext } from "./focus.ts";
import { Header } from "./header.tsx";
import { useAddress, useTitle, useUndoKeys } from "./history.ts";
import { Look } from "./look.tsx";
import { MapPart } from "./map.tsx";
import { StatusMark } from "./marks.tsx";
import { opened } from "./opening.ts";
import type { ArchSpace } from "./space.ts";
import { changed } from "./state.ts";
import { Announcer, Verdict } from "./verdict.tsx";
import { counted, lastPlace, plainList, type View } from "./view.ts";

const partNames: Record<Part, string> = {
  compose: "Compose",
  look: "Look",
  map: "Map",
  findings: "Findings",
};

export function App({ all, spaces }: { all: Shared; spaces: readonly ArchSpace[] }) {
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
      <p>
        Made by <code>{all.command}</code>
      </p>
    </footer>
  );
}
