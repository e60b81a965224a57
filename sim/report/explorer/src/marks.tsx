// Marks: a status, a level, an outcome, each as a shape and a letter beside its colour.

import type { Copy } from "./data.ts";
import shapes from "../../src/level-shapes.txt";
import type { Outcome, Status } from "./space.ts";
import { levelName } from "./view.ts";

/** One shape for each number of a service pack, around the middle. */
const levelShapes = shapes.trim().split("\n");

const statusShapes: Record<Status, { outline: string; inside: string }> = {
  broken: { outline: "M5 1h6l4 4v6l-4 4H5l-4-4V5z", inside: "M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6" },
  mismatch: { outline: "M8 .8L15.6 15H.4z", inside: "M8 5.8v4.4M8 12.1v.9" },
  drift: {
    outline: "M8 .4L15.6 8 8 15.6.4 8z",
    inside: "M4.4 8.8c1.4-2 2.4-2 3.6-.8s2.2 1.2 3.6-.8",
  },
  consistent: {
    outline: "M8 .6a7.4 7.4 0 110 14.8A7.4 7.4 0 018 .6z",
    inside: "M4.6 8.3l2.4 2.4 4.4-5",
  },
  "not-applicable": { outline: "M1.5 1.5h13v13h-13z", inside: "M5 8h6" },
  inconclusive: {
    outline: "M1.5 1.5h13v13h-13z",
    inside: "M6 6.2c0-2.6 4-2.6 4 0 0 1.6-2 1.6-2 3.2M8 11.6v.9",
  },
};

/** The shape of a status; its name stands beside it, or is read out where it does not. */
export function StatusMark({
  status,
  label,
  size = 16,
}: {
  status: Status;
  label?: string;
  size?: number;
}) {
  const { outline, inside } = statusShapes[status];
  return (
    <svg
      class={`mark status-${status}`}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      {...spoken(label)}
    >
      <path class="outline" d={outline} />
      <path class="inside" d={inside} />
    </svg>
  );
}

/** The same shape inside another drawing. */
export function StatusShape({
  status,
  x,
  y,
  size = 16,
}: {
  status: Status;
  x: number;
  y: number;
  size?: number;
}) {
  const { outline, inside } = statusShapes[status];
  const place = `translate(${x} ${y}) scale(${size / 16})`;
  return (
    <g class={`mark status-${status}`} transform={place}>
      <path class="outline" d={outline} />
      <path class="inside" d={inside} />
    </g>
  );
}

/** The worst shape comes first: a file can have findings of several kinds. */
const kindShapes: readonly [RegExp, Status][] = [
  [/unresolved-import|missing-dll/, "broken"],
  [/behind-os|ahead-of-os/, "mismatch"],
  [/recorded-not-present|pending-restart/, "drift"],
];

/** The shape of a kind of finding, or of several: that of the status that it goes with. */
export function KindMark({ kind }: { kind: string }) {
  const shape = kindShapes.find(([kinds]) => kinds.test(kind))?.[1] ?? "inconclusive";
  return <StatusMark status={shape} size={12} label={kind} />;
}

const outcomeShapes: Record<Outcome, string> = {
  applied: "M2.5 6.5l2.5 2.5 4.5-6",
  unchanged: "M2 4.3h8M2 7.7h8",
  refused: "M6 1.2a4.8 4.8 0 110 9.6 4.8 4.8 0 010-9.6zM2.8 9.2l6.4-6.4",
};

/** What would become of a step: a tick, an equals sign, or a no-entry sign. */
export function OutcomeMark({ outcome, label }: { outcome: Outcome; label?: string }) {
  return (
    <svg
      class={`mark outcome-${outcome}`}
      width="12"
      height="12"
      viewBox="0 0 12 12"
      {...spoken(label)}
    >
      <path d={outcomeShapes[outcome]} />
    </svg>
  );
}

/**
 * A level is a shape and a letter: by the number of its service pack, as in the pictures. A
 * re-release, such as SP6a, is smaller and stands on a line.
 */
export function LevelMark({ level, beyond }: { level: string; beyond: boolean }) {
  const letter = level.replace(/^sp/, "").replace(/^rtm$/, "R");
  const number = Number.parseInt(letter, 10) || 0;
  const again = /[a-z]$/.test(letter);
  const name = `${levelName(level)}${beyond ? ", from an update" : ""}`;
  return (
    <svg
      class={`mark level level-${number % 3}`}
      width="20"
      height="16"
      viewBox="0 0 20 16"
      {...spoken(name)}
    >
      <path
        class="outline"
        d={levelShapes[number]}
        transform={again ? "translate(8 6.8) scale(.98)" : "translate(8 8) scale(1.18)"}
      />
      {again && <path class="again" d="M2 15h12" />}
      <text class={again ? "small" : ""} x="8" y={again ? 9.8 : 11.6}>
        {letter}
      </text>
      {beyond && <path class="plus" d="M17 3.5v5M14.5 6h5" />}
    </svg>
  );
}

/** The level of a copy, with a plus if an update brought it. */
export function CopyMark({ copy: { level, update } }: { copy: Copy }) {
  return <LevelMark level={level} beyond={update !== null} />;
}

type Icon = keyof typeof icons;

const icons = {
  undo: "M6 3L2.5 6.5 6 10M3 6.5h6.5a4 4 0 010 8H6",
  redo: "M10 3l3.5 3.5L10 10M13 6.5H6.5a4 4 0 000 8H10",
  link: "M6 10l4-4M7 4.5L8.6 3a3.1 3.1 0 014.4 4.4L11.5 9M9 11.5L7.4 13A3.1 3.1 0 013 8.6L4.5 7",
  terminal: "M2 3h12v10H2zM4.5 6l2 2-2 2M8.5 10.5h3",
  theme: "M8 2a6 6 0 100 12zM8 2a6 6 0 110 12",
  help: "M6 6c0-2.8 4.2-2.8 4.2 0 0 1.9-2.2 1.9-2.2 4M8 12.4v1",
  up: "M8 13V3.5M4 7.5l4-4 4 4",
  down: "M8 3v9.5M4 8.5l4 4 4-4",
  remove: "M4 4l8 8M12 4l-8 8",
  swap: "M5 13V3.5M2.5 6L5 3.5 7.5 6M11 3v9.5M8.5 10l2.5 2.5 2.5-2.5",
  grip: "M6 3.5v.1M10 3.5v.1M6 8v.1M10 8v.1M6 12.5v.1M10 12.5v.1",
  arrow: "M2 8h11M9.5 4.5L13 8l-3.5 3.5",
} as const;

/** A drawing on a button; the button has the words. */
export function Icon({ name }: { name: Icon }) {
  return (
    <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path d={icons[name]} />
    </svg>
  );
}

function spoken(label: string | undefined) {
  return label === undefined
    ? { "aria-hidden": "true" as const }
    : { role: "img" as const, "aria-label": label };
}
