// Map: all hosts by their distance from a base system and by status, with the order as a path.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Status } from "./data.ts";
import { useFocusNext } from "./focus.ts";
import { StatusMark, StatusShape } from "./marks.tsx";
import { ApplySteps, Words } from "./repairs.tsx";
import { type ArchSpace, known } from "./space.ts";
import {
  type Column,
  type Flow,
  type Segment,
  segmentOf,
  type Terrain,
  terrainOf,
} from "./terrain.ts";
import { counted, grouped, lastPlace, statusName, type View } from "./view.ts";

const drawing = { height: 250, top: 24, bottom: 22, bar: 46, left: 12, widthMax: 1214 };

/** How many hosts of a list are shown at once. */
const pageSize = 10;

interface Choice {
  readonly distance: number;
  readonly status: Status;
}

export function MapPart({ view }: { view: View }) {
  const { space } = view;
  const terrain = terrainOf(space);
  const last = lastPlace(view);
  const here = last === null ? null : choiceOf(space, last.host);
  const [chosen, setChosen] = useState<Choice | null>(null);
  useEffect(() => setChosen(null), [space]);
  const shown = chosen ??
    here ?? { distance: 0, status: known(terrain.columns[0]?.segments[0]).status };
  return (
    <div class="map">
      <p class="lead">
        Every host that an install order can lead to: <b>{counted(space.hostCount, "host")}</b>, one
        column for each step away from a bare system, divided by status. The line is your order.
        Choose a block to list its hosts, and one of these to go there.
      </p>
      <div class="canvas" tabIndex={0} role="region" aria-label="Map of all hosts">
        <Drawing view={view} terrain={terrain} chosen={shown} choose={setChosen} />
      </div>
      <div class="below">
        <HostList
          key={`${space.name} ${shown.distance} ${shown.status}`}
          view={view}
          choice={shown}
        />
        <Nearest view={view} />
      </div>
    </div>
  );
}

function choiceOf(space: ArchSpace, host: number): Choice {
  return { distance: known(space.hosts.distance[host]), status: space.statusOf(host) };
}

/** From one column to the next: few columns stand wider apart. */
function pitchOf({ columns }: Terrain): number {
  const room =
    (drawing.widthMax - 2 * drawing.left - drawing.bar) / Math.max(1, columns.length - 1);
  return Math.max(60, Math.min(110, room));
}

function xOf(terrain: Terrain, distance: number): number {
  return drawing.left + distance * pitchOf(terrain);
}

function yOf(share: number): number {
  return drawing.top + share * drawing.height;
}

function Drawing({
  view,
  terrain,
  chosen,
  choose,
}: {
  view: View;
  terrain: Terrain;
  chosen: Choice;
  choose: (choice: Choice) => void;
}) {
  const svg = useRef<SVGSVGElement>(null);
  const focusNext = useFocusNext();
  const width = xOf(terrain, terrain.columns.length - 1) + drawing.bar + drawing.left;
  const height = drawing.top + drawing.height + drawing.bottom;
  const keyed = (event: KeyboardEvent) => {
    const next = neighbour(terrain, chosen, event.key);
    if (next === null) return;
    event.preventDefault();
    choose(next);
    focusNext(() => svg.current?.querySelector<SVGElement>('[tabindex="0"]'));
  };
  return (
    <svg
      ref={svg}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      role="group"
      aria-label="Hosts by distance and status"
      onKeyDown={keyed}
    >
      <Rivers terrain={terrain} />
      {terrain.columns.map((column) => (
        <Bar
          key={column.distance}
          x={xOf(terrain, column.distance)}
          column={column}
          chosen={chosen}
          choose={choose}
        />
      ))}
      <Path view={view} terrain={terrain} />
    </svg>
  );
}

/** How hosts of one column grow out of those before: one shape for all that lead to a status. */
function Rivers({ terrain }: { terrain: Terrain }) {
  return useMemo(() => {
    const shapes = new Map<Status, string>();
    for (const flow of terrain.flows) {
      const { status } = flow.to;
      shapes.set(status, (shapes.get(status) ?? "") + riverOf(terrain, flow));
    }
    return (
      <g class="rivers" aria-hidden="true">
        {[...shapes].map(([status, shape]) => (
          <path key={status} class={`fill-${status}`} d={shape} />
        ))}
      </g>
    );
  }, [terrain]);
}

function riverOf(terrain: Terrain, { distance, leaves, arrives }: Flow): string {
  const [x0, x1] = [xOf(terrain, distance) + drawing.bar, xOf(terrain, distance + 1)];
  const middle = Math.round((x0 + x1) / 2);
  const [a, b] = [yOf(leaves.top), yOf(leaves.top + leaves.height)].map(tenths);
  const [c, d] = [yOf(arrives.top), yOf(arrives.top + arrives.height)].map(tenths);
  const back = `C${middle} ${d} ${middle} ${b} ${x0} ${b}Z`;
  return `M${x0} ${a}C${middle} ${a} ${middle} ${c} ${x1} ${c}V${d}${back}`;
}

function tenths(length: number): number {
  return Math.round(length * 10) / 10;
}

function Bar({
  x,
  column,
  chosen,
  choose,
}: {
  x: number;
  column: Column;
  chosen: Choice;
  choose: (choice: Choice) => void;
}) {
  return (
    <g>
      <text class="count" x={x + drawing.bar / 2} y={drawing.top - 9}>
        {grouped(column.count)}
      </text>
      {column.segments.map((segment) => (
        <Block
          key={segment.status}
          x={x}
          distance={column.distance}
          segment={segment}
          pressed={chosen.distance === column.distance && chosen.status === segment.status}
          choose={choose}
        />
      ))}
      <text class="distance" x={x + drawing.bar / 2} y={drawing.top + drawing.height + 16}>
        {column.distance}
      </text>
    </g>
  );
}

function Block({
  x,
  distance,
  segment,
  pressed,
  choose,
}: {
  x: number;
  distance: number;
  segment: Segment;
  pressed: boolean;
  choose: (choice: Choice) => void;
}) {
  const { status, hosts, top, height } = segment;
  const count = hosts.length;
  const [y, tall] = [yOf(top), height * drawing.height];
  const roomy = tall >= 38;
  const middle = x + drawing.bar / 2;
  const act = () => choose({ distance, status });
  const far = `${counted(distance, "step")} from a bare system`;
  const label = `${counted(count, "host")} ${status}, ${far}`;
  return (
    <g
      class={pressed ? "block pressed" : "block"}
      role="button"
      tabindex={pressed ? 0 : -1}
      aria-pressed={pressed}
      aria-label={label}
      onClick={act}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        act();
      }}
    >
      <rect
        class={`fill-${status}`}
        x={x}
        y={y + 0.5}
        width={drawing.bar}
        height={tall - 1}
        rx="2"
      />
      {roomy && <StatusShape status={status} x={middle - 6} y={y + tall / 2 - 15} size={12} />}
      {!roomy && <StatusShape status={status} x={x + 3} y={y + tall / 2 - 4.5} size={9} />}
      <text x={roomy ? middle : middle + 6} y={y + tall / 2 + (roomy ? 11 : 4)}>
        {grouped(count)}
      </text>
    </g>
  );
}

/** The order as a line through the map; steps that change nothing share a dot. */
function Path({ view, terrain }: { view: View; terrain: Terrain }) {
  const { space } = view;
  const dots: { x: number; y: number; labels: number[]; host: number }[] = [];
  view.places.forEach(({ host }, index) => {
    const before = dots.at(-1);
    if (before?.host === host) before.labels.push(index + 1);
    else dots.push({ ...spotOf(space, terrain, host), host, labels: [index + 1] });
  });
  const line = dots
    .map(({ x, y }, index) => {
      const before = dots[index - 1];
      if (before === undefined) return `M${x} ${y}`;
      const bend = Math.max(24, Math.abs(x - before.x) / 2);
      const out = x >= before.x ? bend : -bend;
      return `C${before.x + out} ${before.y} ${x - out} ${y} ${x} ${y}`;
    })
    .join("");
  return (
    <g class="path" aria-hidden="true">
      <path class="halo" d={line} />
      <path class="line" d={line} />
      {dots.map(({ x, y, labels }, index) => (
        <g key={index} class={index === dots.length - 1 ? "dot last" : "dot"}>
          <circle cx={x} cy={y} r="9" />
          <text x={x} y={y + 3.5}>
            {labels.length > 1 ? `${labels[0]}+` : labels[0]}
          </text>
        </g>
      ))}
    </g>
  );
}

function spotOf(space: ArchSpace, terrain: Terrain, host: number): { x: number; y: number } {
  const { distance, status } = choiceOf(space, host);
  const segment = segmentOf(terrain, distance, status);
  const inset = Math.min(0.5, 10 / (segment.height * drawing.height));
  const rank = inset + ((known(terrain.rank[host]) + 0.5) / segment.hosts.length) * (1 - 2 * inset);
  return { x: xOf(terrain, distance) + drawing.bar, y: yOf(segment.top + rank * segment.height) };
}

function neighbour(terrain: Terrain, { distance, status }: Choice, key: string): Choice | null {
  const column = terrain.columns[distance];
  const index = column?.segments.findIndex((each) => each.status === status) ?? -1;
  if (column === undefined || index < 0) return null;
  const vertical = key === "ArrowUp" ? -1 : key === "ArrowDown" ? 1 : 0;
  const across = key === "ArrowLeft" ? -1 : key === "ArrowRight" ? 1 : 0;
  if (vertical !== 0) {
    const segment = column.segments[index + vertical];
    return segment === undefined ? null : { distance, status: segment.status };
  }
  const beside = across === 0 ? undefined : terrain.columns[distance + across];
  if (beside === undefined) return null;
  const same = beside.segments.find((each) => each.status === status);
  const nearest = same ?? beside.segments[Math.min(index, beside.segments.length - 1)];
  return nearest === undefined ? null : { distance: beside.distance, status: nearest.status };
}

function HostList({ view, choice }: { view: View; choice: Choice }) {
  const { space } = view;
  const { distance, status } = choice;
  const { hosts } = segmentOf(terrainOf(space), distance, status);
  const [first, setFirst] = useState(0);
  const here = lastPlace(view)?.host;
  const shown = hosts.subarray(first, first + pageSize);
  return (
    <section class="panel hosts">
      <h2>
        <StatusMark status={status} /> {counted(hosts.length, "host")}
        <span class="soft">
          {" "}
          {statusName(status).toLowerCase()}, {counted(distance, "step")} from a bare system, by a
          shortest order
        </span>
      </h2>
      <ul>
        {[...shown].map((host) => (
          <li key={host}>
            <button
              type="button"
              class="go"
              aria-current={host === here ? "true" : undefined}
              onClick={() => {
                const steps = space.orderTo(host);
                view.change({
                  kind: "order",
                  order: { ...view.state.order, steps, cursor: steps.length },
                });
              }}
            >
              <Words view={view} steps={space.orderTo(host)} />
              {host === here && <span class="soft">you are here</span>}
            </button>
          </li>
        ))}
      </ul>
      {hosts.length > pageSize && (
        <p class="pager">
          <button type="button" disabled={first === 0} onClick={() => setFirst(first - pageSize)}>
            Previous
          </button>
          <span>
            {grouped(first + 1)} to {grouped(Math.min(first + pageSize, hosts.length))}
          </span>
          <button
            type="button"
            disabled={first + pageSize >= hosts.length}
            onClick={() => setFirst(first + pageSize)}
          >
            Next
          </button>
        </p>
      )}
    </section>
  );
}

function Nearest({ view }: { view: View }) {
  const { space } = view;
  const host = lastPlace(view)?.host ?? null;
  const found = useMemo(() => (host === null ? null : space.nearest(host)), [space, host]);
  if (host === null || found === null) return null;
  const statuses = space.all.statuses.filter((_, index) => space.present.has(index));
  return (
    <section class="panel nearest">
      <h2>Nearest from here</h2>
      <ul>
        {statuses.map(({ status }) => {
          const steps = found.get(status);
          return (
            <li key={status}>
              <StatusMark status={status} />
              <span class="label">{statusName(status)}</span>
              {steps === undefined ? (
                <span class="soft">no order leads there</span>
              ) : (
                <ApplySteps view={view} steps={steps} verb="Go" place="end" />
              )}
            </li>
          );
        })}
      </ul>
      <p class="soft">The fewest steps of this page that lead to another host of that status.</p>
    </section>
  );
}
