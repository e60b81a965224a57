// The hosts of a space by distance and status: counts, and how one column grows out of the last.
//
// Numbers only; how they are drawn is for the map.

import type { Status } from "./data.ts";
import { type ArchSpace, known } from "./space.ts";

/** Hosts of one status in one column. */
export interface Segment {
  readonly status: Status;
  /** Their numbers. */
  readonly hosts: Int32Array;
  /** Top and height as shares of the column. */
  readonly top: number;
  readonly height: number;
}

export interface Column {
  readonly distance: number;
  readonly count: number;
  readonly segments: readonly Segment[];
}

/** A part of a segment's height, as shares of the column. */
interface Part {
  readonly top: number;
  readonly height: number;
}

/** Hosts whose shortest order goes from a status in a column to one in the next. */
export interface Flow {
  readonly distance: number;
  readonly from: Segment;
  readonly to: Segment;
  readonly leaves: Part;
  readonly arrives: Part;
}

export interface Terrain {
  readonly columns: readonly Column[];
  readonly flows: readonly Flow[];
  /** Of each host its place among those of its column and status, from 0. */
  readonly rank: Int32Array;
}

/** No segment is lower than this share, so that each can be seen and reached. */
const shareMin = 0.055;

const terrains = new WeakMap<ArchSpace, Terrain>();

/** The terrain of a space; it is worked out once. */
export function terrainOf(space: ArchSpace): Terrain {
  const made = terrains.get(space) ?? surveyed(space);
  terrains.set(space, made);
  return made;
}

/** The hosts of a column that have a status. */
export function segmentOf(terrain: Terrain, distance: number, status: Status): Segment {
  return known(terrain.columns[distance]?.segments.find((each) => each.status === status));
}

function surveyed(space: ArchSpace): Terrain {
  const statuses = space.all.statuses.map(({ status }) => status);
  const kinds = statuses.length;
  const depth = space.firstOfDistance.length - 1;
  const counts = new Int32Array(depth * kinds);
  const flows = new Int32Array(depth * kinds * kinds);
  const rank = new Int32Array(space.hostCount);
  const { distance: distances, from: before } = space.hosts;
  for (let host = 0; host < space.hostCount; host += 1) {
    const distance = known(distances[host]);
    const status = known(space.status[host]);
    const cell = distance * kinds + status;
    const count = known(counts[cell]);
    rank[host] = count;
    counts[cell] = count + 1;
    const from = known(before[host]);
    if (from < 0) continue;
    const flow = ((distance - 1) * kinds + known(space.status[from])) * kinds + status;
    flows[flow] = known(flows[flow]) + 1;
  }
  const members = Array.from(counts, (count) => new Int32Array(count));
  for (let host = 0; host < space.hostCount; host += 1) {
    const cell = known(distances[host]) * kinds + known(space.status[host]);
    known(members[cell])[known(rank[host])] = host;
  }
  const columns = Array.from({ length: depth }, (_, distance) =>
    columnOf(distance, members.slice(distance * kinds, (distance + 1) * kinds), statuses),
  );
  return { columns, flows: flowsOf(columns, flows, statuses), rank };
}

function columnOf(
  distance: number,
  cells: readonly Int32Array[],
  statuses: readonly Status[],
): Column {
  const count = cells.reduce((sum, { length }) => sum + length, 0);
  const present = cells
    .map((hosts, index) => ({ status: known(statuses[index]), hosts }))
    .filter(({ hosts }) => hosts.length > 0);
  const heights = present.map(({ hosts }) => Math.max(shareMin, hosts.length / count));
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
  counts: Int32Array,
  statuses: readonly Status[],
): Flow[] {
  const kinds = statuses.length;
  const at = (column: number, status: number) =>
    known(columns[column]?.segments.find((each) => each.status === statuses[status]));
  const raw: { distance: number; from: Segment; to: Segment; count: number }[] = [];
  counts.forEach((count, key) => {
    if (count === 0) return;
    const distance = Math.floor(key / kinds / kinds);
    const from = at(distance, Math.floor(key / kinds) % kinds);
    raw.push({ distance, from, to: at(distance + 1, key % kinds), count });
  });
  const leaving = new Map<Segment, number>();
  for (const { from, count } of raw) leaving.set(from, (leaving.get(from) ?? 0) + count);
  const left = new Map<Segment, number>();
  const arrived = new Map<Segment, number>();
  return raw.map(({ distance, from, to, count }) => ({
    distance,
    from,
    to,
    leaves: cut(from, count / known(leaving.get(from)), left),
    arrives: cut(to, count / to.hosts.length, arrived),
  }));
}

/** The next part of a segment, of this share of it. */
function cut(segment: Segment, share: number, used: Map<Segment, number>): Part {
  const before = used.get(segment) ?? 0;
  used.set(segment, before + share);
  return { top: segment.top + before * segment.height, height: share * segment.height };
}
