// The imports of the worker process as a drawing, layer by layer, with every broken edge marked.

import type { Edge } from "./data.ts";
import { laidOut, type Layout, type Spot } from "./layers.ts";
import { CopyMark } from "./marks.tsx";
import type { ArchSpace } from "./space.ts";
import { baseName, counted, type View } from "./view.ts";

const sizes = { width: 126, height: 36, across: 14, down: 28 };

/** A file in the drawing; without a copy it is missing. */
interface Node {
  readonly name: string;
  readonly copy: number | null;
}

/** Whether an import does not resolve. */
function isBroken({ to, missing }: Edge): boolean {
  return to === null || missing.length > 0;
}

export function ImportGraph({ view, host }: { view: View; host: number }) {
  const edges = view.space.graph(host);
  if (edges.length === 0) {
    return (
      <p class="empty">
        There is no worker process ({view.all.product.programs.join(", ")}) on this host, so nothing
        is loaded.
      </p>
    );
  }
  const broken = edges.filter(isBroken).length;
  return (
    <div class="graph">
      <Legend />
      <div
        class="canvas"
        ref={centred}
        tabIndex={0}
        role="region"
        aria-label="Drawing of the imports"
      >
        <Picture view={view} edges={edges} broken={broken} />
      </div>
      <details>
        <summary>
          {resolved(edges.length, broken)}: <span class="soft">in words</span>
        </summary>
        <ul class="edges">
          {edges.map((edge, index) => (
            <li key={index}>
              {isBroken(edge) && <b>Broken: </b>}
              {edgeText(view.space, edge)}
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

function resolved(imports: number, broken: number): string {
  if (broken === 0) return `All ${counted(imports, "import")} resolve`;
  const verb = broken === 1 ? "does" : "do";
  return `${broken} of ${counted(imports, "import")} ${verb} not resolve`;
}

function Legend() {
  return (
    <p class="legend">
      <span>
        <svg width="28" height="10" aria-hidden="true">
          <path class="edge" d="M1 5h26" />
        </svg>{" "}
        imports
      </span>
      <span>
        <svg width="28" height="10" aria-hidden="true">
          <path class="edge runtime" d="M1 5h26" />
        </svg>{" "}
        loads by name at run time
      </span>
      <span>
        <svg width="28" height="12" aria-hidden="true">
          <path class="edge broken" d="M1 6h26" />
          <path class="cross" d="M10 2l8 8M18 2l-8 8" />
        </svg>{" "}
        does not resolve
      </span>
    </p>
  );
}

/** Where the drawing is wider than the page, its middle is seen first. */
function centred(element: HTMLElement | null): void {
  if (element !== null) element.scrollLeft = (element.scrollWidth - element.clientWidth) / 2;
}

function nameOf(space: ArchSpace, copy: number): string {
  return baseName(space.file(space.copy(copy).file).path);
}

function edgeText(space: ArchSpace, edge: Edge): string {
  const from = `${nameOf(space, edge.from)} ${space.copy(edge.from).version}`;
  const verb = edge.at_run_time
    ? "loads"
    : `imports ${counted(edge.symbols.length, "symbol")} from`;
  if (edge.to === null) return `${from} ${verb} ${edge.dll}, which is not there.`;
  const to = `${edge.dll} ${space.copy(edge.to).version}`;
  if (edge.missing.length === 0) return `${from} ${verb} ${to}.`;
  return `${from} ${verb} ${to}, which does not export ${edge.missing.join(", ")}.`;
}

/** The files of the edges, each once, the worker process first. */
function nodesOf(space: ArchSpace, edges: readonly Edge[]) {
  const nodes = new Map<string, Node>();
  const seen = (copy: number | null, dll: string): number => {
    const key = copy === null ? dll : String(copy);
    if (!nodes.has(key)) nodes.set(key, { copy, name: copy === null ? dll : nameOf(space, copy) });
    return [...nodes.keys()].indexOf(key);
  };
  const pairs = edges.map(({ from, to, dll }) => [seen(from, ""), seen(to, dll)] as const);
  return { nodes: [...nodes.values()], pairs };
}

function Picture({ view, edges, broken }: { view: View; edges: readonly Edge[]; broken: number }) {
  const { nodes, pairs } = nodesOf(view.space, edges);
  const layout: Layout = laidOut(nodes.length, pairs, sizes);
  const counts = [counted(nodes.length, "file"), counted(edges.length, "import")];
  const label = `${counts.join(", ")}, ${broken} broken`;
  const lines = edges
    .map((edge, index) => ({ edge, path: layout.edges[index] ?? [] }))
    .sort((left, right) => Number(isBroken(left.edge)) - Number(isBroken(right.edge)));
  return (
    <svg
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      width={layout.width}
      role="img"
      aria-label={`Imports: ${label}`}
    >
      {lines.map(({ edge, path }, index) => (
        <EdgeLine key={index} edge={edge} path={path} />
      ))}
      {nodes.map((node, index) => (
        <NodeBox
          key={node.copy ?? node.name}
          view={view}
          node={node}
          spot={layout.nodes[index] ?? { x: 0, y: 0 }}
        />
      ))}
      {lines
        .filter(({ edge }) => isBroken(edge))
        .map(({ path }, index) => (
          <Cross key={index} path={path} />
        ))}
    </svg>
  );
}

function EdgeLine({ edge, path }: { edge: Edge; path: readonly Spot[] }) {
  const line = path
    .map(({ x, y }, index) => {
      const before = path[index - 1];
      if (before === undefined) return `M${x} ${y}`;
      const bend = (y - before.y) / 2;
      return index % 2 === 0
        ? `L${x} ${y}`
        : `C${before.x} ${before.y + bend} ${x} ${y - bend} ${x} ${y}`;
    })
    .join("");
  const classes = ["edge", edge.at_run_time ? "runtime" : "", isBroken(edge) ? "broken" : ""].join(
    " ",
  );
  return <path class={classes} d={line} />;
}

/** The mark on a broken edge: where it passes between files, else half way. */
function Cross({ path }: { path: readonly Spot[] }) {
  const [from, to] = path.length > 2 ? [path[1], path[2]] : path;
  if (from === undefined || to === undefined) return null;
  const { x, y } = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  return (
    <g>
      <circle class="crossing" cx={x} cy={y} r="10" />
      <path class="cross" d={`M${x - 4.5} ${y - 4.5}l9 9M${x + 4.5} ${y - 4.5}l-9 9`} />
    </g>
  );
}

function NodeBox({ view, node: { name, copy }, spot }: { view: View; node: Node; spot: Spot }) {
  const here = copy === null ? null : view.space.copy(copy);
  const corner = `translate(${spot.x - sizes.width / 2} ${spot.y - sizes.height / 2})`;
  return (
    <g class={here === null ? "node absent" : "node"} transform={corner}>
      <rect width={sizes.width} height={sizes.height} rx="6" />
      {here !== null && (
        <g transform="translate(9 10)">
          <CopyMark copy={here} />
        </g>
      )}
      <text class="name" x="36" y="15">
        {name}
      </text>
      <text class="version" x="36" y="29">
        {here === null ? "not there" : here.version}
      </text>
    </g>
  );
}
