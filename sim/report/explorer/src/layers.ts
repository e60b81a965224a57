// A drawing of a directed graph in layers: numbers in, places out. It knows nothing of files.

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  /** The middle of each node. */
  readonly nodes: readonly Spot[];
  /** Where each edge goes: from the lower side of a node, between others, to the upper side. */
  readonly edges: readonly (readonly Spot[])[];
  readonly width: number;
  readonly height: number;
}

export interface Sizes {
  readonly width: number;
  readonly height: number;
  readonly across: number;
  readonly down: number;
}

/** A node, or the place where a long edge passes through a layer. */
interface Slot {
  readonly layer: number;
  readonly width: number;
  readonly above: Slot[];
  readonly below: Slot[];
  x: number;
}

const passage = 18;

/** Lays out `count` nodes and the edges between them; the first node is on top. */
export function laidOut(
  count: number,
  edges: readonly (readonly [number, number])[],
  sizes: Sizes,
): Layout {
  const layerOf = layersOf(count, edges);
  const slots = layerOf.map((layer): Slot => ({
    layer,
    width: sizes.width,
    above: [],
    below: [],
    x: 0,
  }));
  const paths = edges.map(([from, to]) => chained(slots, from, to));
  const layers: Slot[][] = [];
  const all = new Set([...slots, ...paths.flat()]);
  for (const slot of all) (layers[slot.layer] ??= []).push(slot);
  const width = Math.max(...layers.map((layer) => widthOf(layer, sizes.across))) + sizes.across;
  for (let sweep = 0; sweep < 4; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const wish = new Map(
        layer.map((slot) => [slot, meanOf(down ? slot.above : slot.below) ?? slot.x]),
      );
      layer.sort((left, right) => (wish.get(left) ?? 0) - (wish.get(right) ?? 0));
      spread(layer, width, sizes.across);
    }
  }
  const top = (layer: number) => layer * (sizes.height + sizes.down) + 4;
  return {
    nodes: slots.map((slot) => ({ x: slot.x, y: top(slot.layer) + sizes.height / 2 })),
    edges: paths.map((path) =>
      path.flatMap((slot, index) => [
        ...(index > 0 ? [{ x: slot.x, y: top(slot.layer) }] : []),
        ...(index < path.length - 1 ? [{ x: slot.x, y: top(slot.layer) + sizes.height }] : []),
      ]),
    ),
    width,
    height: top(layers.length - 1) + sizes.height + 4,
  };
}

/** Each node below all that lead to it; where edges go in a circle, it stays where that closes. */
function layersOf(count: number, edges: readonly (readonly [number, number])[]): number[] {
  const layers = new Array<number>(count).fill(0);
  for (let round = 0; round < count; round += 1) {
    for (const [from, to] of edges) {
      const below = (layers[from] ?? 0) + 1;
      if (below > (layers[to] ?? 0) && below < count) layers[to] = below;
    }
  }
  const used = [...new Set(layers)].sort((left, right) => left - right);
  return layers.map((layer) => used.indexOf(layer));
}

/** The slots that an edge passes, from its beginning to its end. */
function chained(slots: readonly Slot[], from: number, to: number): Slot[] {
  const [first, last] = [slots[from], slots[to]];
  if (first === undefined || last === undefined) return [];
  const path = [first];
  for (let layer = first.layer + 1; layer < last.layer; layer += 1) {
    path.push({ layer, width: passage, above: [], below: [], x: 0 });
  }
  path.push(last);
  path.slice(1).forEach((slot, index) => {
    const before = path[index];
    if (before === undefined) return;
    slot.above.push(before);
    before.below.push(slot);
  });
  return path;
}

function widthOf(layer: readonly Slot[], across: number): number {
  return layer.reduce((sum, slot) => sum + slot.width + across, 0);
}

function spread(layer: readonly Slot[], width: number, across: number): void {
  const spare = (width - widthOf(layer, across)) / (layer.length + 1);
  let left = spare + across / 2;
  for (const slot of layer) {
    slot.x = left + slot.width / 2;
    left += slot.width + across + spare;
  }
}

function meanOf(slots: readonly Slot[]): number | null {
  return slots.length === 0 ? null : slots.reduce((sum, { x }) => sum + x, 0) / slots.length;
}
