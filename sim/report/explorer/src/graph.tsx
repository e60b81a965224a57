// The imports of the worker process as a drawing, layer by layer, with every broken edge marked.

import type { Edge } from "./data.ts";
import { LevelMark } from "./marks.tsx";
import type { ArchSpace } from "./space.ts";
import { baseName, counted, type View } from "./view.ts";

const node = { width: 132, height: 40, gapAcross: 14, gapDown: 58 };

interface Node {
  readonly key: string;
  readonly name: string;
  /** The copy that is there; null if the file is missing. */
  readonly copy: number | null;
  layer: number;
  x: number;
  y: number;
}

interface Drawing {
  readonly nodes: readonly Node[];
  readonly edges: readonly { edge: Edge; from: Node; to: Node; broken: boolean }[];
  readonly width: number;
  readonly height: number;
}

/** Whether an import does not resolve. */
function isBroken({ to, missing }: Edge): boolean {
  return to === null || missing.length > 0;
}

export function ImportGraph({ view, host }: { view: View; host: number }) {
  const edges = view.space.graph(host);
  if (edges.length === 0) {
    return <p class="empty">There is no worker process (w3wp.exe) on this host, so nothing is loaded.</p>;
  }
  const drawing = laidOut(view.space, edges);
  const broken = edges.filter(isBroken);
  return (
    <div class="graph">
      <p>{broken.length === 0
        ? <>The worker process loads: all {counted(edges.length, "import")} resolve.</>
        : <><b>The worker process cannot load:</b> {counted(broken.length, "import")} of {edges.length}{" "}
          cannot be resolved.</>}</p>
      <div class="canvas" tabIndex={0} role="region" aria-label="Drawing of the imports">
        <Picture view={view} drawing={drawing} broken={broken.length} />
      </div>
      <p class="legend">
        <span><svg width="28" height="10" aria-hidden="true"><path class="edge" d="M1 5h26" /></svg> imports</span>
        <span><svg width="28" height="10" aria-hidden="true"><path class="edge runtime" d="M1 5h26" /></svg>{" "}
          loads by name at run time</span>
        <span><svg width="28" height="12" aria-hidden="true"><path class="edge broken" d="M1 6h26" />
          <path class="cross" d="M10 2l8 8M18 2l-8 8" /></svg> does not resolve</span>
      </p>
      <details>
        <summary>The same in words</summary>
        <ul class="edges">{edges.map((edge, index) => <li key={index}>{edgeText(view.space, edge)}</li>)}</ul>
      </details>
    </div>
  );
}

function nameOf(space: ArchSpace, copy: number): string {
  return baseName(space.file(space.copy(copy).file).path);
}

function edgeText(space: ArchSpace, edge: Edge): string {
  const from = `${nameOf(space, edge.from)} ${space.copy(edge.from).version}`;
  const verb = edge.at_run_time ? "loads" : `imports ${counted(edge.symbols.length, "symbol")} from`;
  if (edge.to === null) return `${from} ${verb} ${edge.dll}, which is not there.`;
  const to = `${edge.dll} ${space.copy(edge.to).version}`;
  if (edge.missing.length === 0) return `${from} ${verb} ${to}.`;
  return `${from} ${verb} ${to}, which does not export ${edge.missing.join(", ")}.`;
}

function laidOut(space: ArchSpace, edges: readonly Edge[]): Drawing {
  const nodes = new Map<string, Node>();
  const nodeOf = (copy: number | null, dll: string): Node => {
    const key = copy === null ? `missing ${dll}` : String(copy);
    const name = copy === null ? dll : nameOf(space, copy);
    const made = nodes.get(key) ?? { key, name, copy, layer: 0, x: 0, y: 0 };
    nodes.set(key, made);
    return made;
  };
  const drawn = edges.map((edge) => ({
    edge,
    from: nodeOf(edge.from, ""),
    to: nodeOf(edge.to, edge.dll),
    broken: isBroken(edge),
  }));
  layered(drawn, nodes.size);
  return { ...placed([...nodes.values()], drawn), edges: drawn };
}

/** Each file below all that need it; a circle of imports stops where it closes. */
function layered(edges: readonly { from: Node; to: Node }[], count: number): void {
  for (let round = 0, changed = true; changed && round < count; round += 1) {
    changed = false;
    for (const { from, to } of edges) {
      if (to.layer > from.layer || from.layer + 1 >= count) continue;
      to.layer = from.layer + 1;
      changed = true;
    }
  }
}

function placed(nodes: Node[], edges: readonly { from: Node; to: Node }[]) {
  const layers: Node[][] = [];
  for (const each of nodes) (layers[each.layer] ??= []).push(each);
  const widest = Math.max(...layers.map((layer) => layer.length));
  const width = widest * (node.width + node.gapAcross) + node.gapAcross;
  layers.forEach((layer, depth) => {
    const wish = new Map(layer.map((each) => [each, meanOf(each)]));
    layer.sort((left, right) => (wish.get(left) ?? 0) - (wish.get(right) ?? 0));
    const room = width / layer.length;
    layer.forEach((each, index) => {
      each.x = room * (index + 0.5) - node.width / 2;
      each.y = 6 + depth * (node.height + node.gapDown);
    });
  });
  return { nodes, width, height: layers.length * (node.height + node.gapDown) - node.gapDown + 12 };

  function meanOf(each: Node): number {
    const above = edges.filter(({ to }) => to === each).map(({ from }) => from.x);
    return above.length === 0 ? 0 : above.reduce((sum, x) => sum + x, 0) / above.length;
  }
}

function Picture({ view, drawing, broken }: { view: View; drawing: Drawing; broken: number }) {
  const { nodes, edges, width, height } = drawing;
  const label = `${counted(nodes.length, "file")}, ${counted(edges.length, "import")}, ${broken} broken`;
  const drawnLast = [...edges].sort((left, right) => Number(left.broken) - Number(right.broken));
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`Imports: ${label}`}>
      {drawnLast.map(({ edge, from, to, broken: bad }, index) => (
        <EdgeLine key={index} edge={edge} from={from} to={to} broken={bad} />
      ))}
      {nodes.map((each) => <NodeBox key={each.key} view={view} node={each} />)}
    </svg>
  );
}

function EdgeLine({ edge, from, to, broken }: { edge: Edge; from: Node; to: Node; broken: boolean }) {
  const start = { x: from.x + node.width / 2, y: from.y + node.height };
  const end = { x: to.x + node.width / 2, y: to.y };
  const bend = (end.y - start.y) / 2;
  const path = `M${start.x} ${start.y}C${start.x} ${start.y + bend} ${end.x} ${end.y - bend} ${end.x} ${end.y}`;
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  const classes = ["edge", edge.at_run_time ? "runtime" : "", broken ? "broken" : ""].join(" ");
  return (
    <g>
      <path class={classes} d={path} />
      {broken && <>
        <circle class="crossing" cx={middle.x} cy={middle.y} r="10" />
        <path class="cross" d={`M${middle.x - 5} ${middle.y - 5}l10 10M${middle.x + 5} ${middle.y - 5}l-10 10`} />
        <text class="missing" x={middle.x + 16} y={middle.y + 4}>
          {edge.missing.length > 0 ? `lacks ${edge.missing.join(", ")}` : "not there"}
        </text>
      </>}
    </g>
  );
}

function NodeBox({ view, node: { name, copy, x, y } }: { view: View; node: Node }) {
  const here = copy === null ? null : view.space.copy(copy);
  return (
    <g class={here === null ? "node absent" : "node"} transform={`translate(${x} ${y})`}>
      <rect width={node.width} height={node.height} rx="6" />
      {here !== null && <g transform="translate(8 12)">
        <LevelMark level={here.level} beyond={(here.update ?? null) !== null} />
      </g>}
      <text class="name" x="32" y="17">{name}</text>
      <text class="version" x="32" y="32">{here === null ? "not there" : here.version}</text>
    </g>
  );
}
