// The hosts of a space by distance and status: counts, and how one column grows out of the last.
//
// Numbers only; how they are drawn is for the map.

import type { Status } from "./data.ts";
import { type ArchSpace, known } from "./space.ts";

/** Hosts of one status in one column. */
export interface Segment {
  readonly status: Status;
  readonly count: number;
  /** Top and height as shares of the column. */
  readonly top: number;
  readonly height: number;
}

export interface Column {
  readonly distance: number;
  readonly count: number;
  readonly segments: readonly Segment[];
}

/** Hosts whose shortest order goes from a status in a column to one in the next. */
export interface Flow {
  readonly distance: number;
  readonly from: Segment;
  readonly to: Segment;
  readonly count: number;
  /** Where it leaves and arrives, as shares of the column. */
  readonly leaves: { readonly top: number; readonly height: number };
  readonly arrives: { readonly top: number; readonly height: number };
}

export interface Terrain {
  readonly columns: readonly Column[];
  readonly flows: readonly Flow[];
}

/** No segment is lower than this share, so that each can be seen and reached. */
const shareMin = 0.055;

export function terrainOf(space: ArchSpace): Terrain {
  const statuses = space.all.statuses.map(({ status }) => status);
  const depth = space.firstOfDistance.length - 1;
  const counts = Array.from({ length: depth }, () => new Array<number>(statuses.length).fill(0));
  const flows = new Map<number, number>();
  for (let host = 0; host < space.hostCount; host += 1) {
    const distance = known(space.hosts.distance[host]);
    const status = known(space.status[host]);
    const row = known(counts[distance]);
    row[status] = known(row[status]) + 1;
    const from = known(space.hosts.from[host]);
    if (from < 0) continue;
    const key = ((distance - 1) * statuses.length + known(space.status[from])) * statuses.length + status;
    flows.set(key, (flows.get(key) ?? 0) + 1);
  }
  const columns = counts.map((row, distance) => columnOf(distance, row, statuses));
  return { columns, flows: flowsOf(columns, flows, statuses) };
}

function columnOf(distance: number, row: readonly number[], statuses: readonly Status[]): Column {
  const count = row.reduce((sum, each) => sum + each, 0);
  const present = row.map((each, index) => ({ status: known(statuses[index]), count: each }))
    .filter((each) => each.count > 0);
  const heights = present.map((each) => Math.max(shareMin, each.count / count));
  const scale = heights.reduce((sum, each) => sum + each, 0);
  let top = 0;
  const segments = present.map((each, index) => {
    const height = known(heights[index]) / scale;
    const segment = { ...each, top, height };
    top += height;
    return segment;
  });
  return { distance, count, segments };
}

function flowsOf(
  columns: readonly Column[],
  counts: ReadonlyMap<number, number>,
  statuses: readonly Status[],
): Flow[] {
  const raw = [...counts].sort(([left], [right]) => left - right).map(([key, count]) => {
    const [to, from] = [key % statuses.length, Math.floor(key / statuses.length) % statuses.length];
    const distance = Math.floor(key / statuses.length / statuses.length);
    const at = (column: number, status: number) =>
      known(columns[column]?.segments.find((each) => each.status === statuses[status]));
    return { distance, from: at(distance, from), to: at(distance + 1, to), count };
  });
  const leaving = new Map<Segment, number>();
  for (const { from, count } of raw) leaving.set(from, (leaving.get(from) ?? 0) + count);
  const left = new Map<Segment, number>();
  const arrived = new Map<Segment, number>();
  return raw.map((flow) => {
    const { from, to, count } = flow;
    const leaves = cut(from, count / known(leaving.get(from)), left);
    return { ...flow, leaves, arrives: cut(to, count / to.count, arrived) };
  });
}

/** The next part of a segment, of this share of it. */
function cut(segment: Segment, share: number, used: Map<Segment, number>) {
  const before = used.get(segment) ?? 0;
  used.set(segment, before + share);
  return { top: segment.top + before * segment.height, height: share * segment.height };
}

/** The hosts of a column that have a status, in the order of their numbers. */
export function hostsOf(space: ArchSpace, distance: number, status: Status): Int32Array {
  const wanted = space.all.statuses.findIndex((each) => each.status === status);
  const first = space.firstOfDistance[distance] ?? space.hostCount;
  const end = space.firstOfDistance[distance + 1] ?? space.hostCount;
  const hosts: number[] = [];
  for (let host = first; host < end; host += 1) if (space.status[host] === wanted) hosts.push(host);
  return Int32Array.from(hosts);
}

/** Where in its segment a host lies, from 0 to 1. */
export function rankOf(space: ArchSpace, host: number): number {
  const hosts = hostsOf(space, known(space.hosts.distance[host]), space.statusOf(host));
  return (hosts.indexOf(host) + 0.5) / hosts.length;
}
