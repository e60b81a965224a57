// Look: one host of the order, with its files, imports, registry, event log and findings.

import { useState } from "preact/hooks";
import type { Finding } from "./data.ts";
import { Files } from "./files.tsx";
import { ImportGraph } from "./graph.tsx";
import { KindMark, StatusMark } from "./marks.tsx";
import { Registry } from "./registry.tsx";
import { Repairs } from "./repairs.tsx";
import { type Place, known } from "./space.ts";
import {
  baseName,
  counted,
  lastPlace,
  levelName,
  originsOf,
  placeAt,
  sentence,
  statusName,
  type View,
} from "./view.ts";

const sights = ["Imports", "Registry"] as const;
type Sight = (typeof sights)[number];

export function Look({ view }: { view: View }) {
  const [sight, setSight] = useState<Sight>("Imports");
  const place = placeAt(view);
  if (place === null) {
    return <p class="empty">There is no host yet. Begin with a base system under Compose.</p>;
  }
  return (
    <div class="look">
      <section class="panel host" aria-label="The host and its files">
        <HostFacts view={view} place={place} />
        <Files view={view} place={place} />
      </section>
      <section class="panel sight" aria-label={sight}>
        <div class="segments" role="group" aria-label="What to look at beside the files">
          {sights.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === sight}
              onClick={() => setSight(each)}
            >
              {each}
            </button>
          ))}
        </div>
        {sight === "Imports" && <ImportGraph view={view} host={place.host} />}
        {sight === "Registry" && <Registry view={view} place={place} />}
      </section>
      <div class="found">
        <Repairs view={view} host={place.host} />
        <Findings view={view} host={place.host} />
      </div>
      <EventLog view={view} host={place.host} />
    </div>
  );
}

function HostFacts({ view, place }: { view: View; place: Place }) {
  const { space, all } = view;
  const { host } = place;
  const cache = known(space.hosts.cache[host]);
  const components = space.components(host);
  const records = space.records(host);
  return (
    <dl class="facts">
      <div>
        <dt>System</dt>
        <dd>
          {space.level(host).title}, {space.name}
        </dd>
      </div>
      <div>
        <dt>Installed from</dt>
        <dd>{all.levels[known(space.hosts.base[host])]?.title} media</dd>
      </div>
      <div>
        <dt>Service pack cache</dt>
        <dd>{cache < 0 ? "none" : levelName(known(all.levels[cache]).level)}</dd>
      </div>
      <div>
        <dt>Components</dt>
        <dd>{components.length === 0 ? "none" : components.join(", ")}</dd>
      </div>
      <div>
        <dt>Updates recorded</dt>
        <dd>{records.length === 0 ? "none" : records.map(({ update }) => update).join(", ")}</dd>
      </div>
    </dl>
  );
}

function Findings({ view, host }: { view: View; host: number }) {
  const { space } = view;
  const { status, findings } = space.truth(host);
  const kinds = new Map<string, Finding[]>();
  for (const finding of space.findings(findings)) {
    kinds.set(finding.kind, [...(kinds.get(finding.kind) ?? []), finding]);
  }
  const groups = [...kinds].sort((left, right) => left[1].length - right[1].length);
  const isLast = lastPlace(view)?.host === host;
  return (
    <section class="panel">
      <h2>Findings {findings.length > 0 && <span class="soft">{findings.length}</span>}</h2>
      {!isLast && (
        <p class="soft">
          <StatusMark status={status} /> {statusName(status)} after step {view.state.order.cursor}
        </p>
      )}
      {groups.length === 0 && <p class="soft">None.</p>}
      {groups.map(([kind, list]) => (
        <details key={kind} class="finding" open={list.length === 1}>
          <summary title={view.all.kinds.find((each) => each.kind === kind)?.meaning}>
            <KindMark kind={kind} /> <code>{kind}</code>{" "}
            <span class="soft">{counted(list.length, "file")}</span>
          </summary>
          <ul>
            {list.map((finding, index) => (
              <li key={index}>
                {sentence(finding.detail)}
                {list.length <= toldMax && <Story view={view} host={host} finding={finding} />}
              </li>
            ))}
          </ul>
        </details>
      ))}
      <Core view={view} host={host} />
    </section>
  );
}

/** Of how many findings of a kind it is told how they came about. */
const toldMax = 3;

/** How a finding came about: the steps that left its files as they are. */
function Story({ view, host, finding }: { view: View; host: number; finding: Finding }) {
  const names = [finding.file, finding.import?.dll ?? ""].map((path) => baseName(path));
  const files = view.space.copies(host).map((copy) => view.space.copy(copy).file);
  const told = names.flatMap((name) =>
    files.filter((file) => baseName(view.space.file(file).path) === name),
  );
  return <span class="soft"> {originsOf(view, told)}</span>;
}

/** How the detection core sees the host, beside the truth about it. */
function Core({ view, host }: { view: View; host: number }) {
  const { space, all } = view;
  const verdict = space.verdict(host);
  const truth = space.truth(host);
  const rules = all.rules.map(({ id }, index) => ({
    id,
    says: known(all.statuses[known(known(space.rules[index])[host])]).status,
  }));
  const same = verdict.status === truth.status && verdict.findings.length === truth.findings.length;
  return (
    <div class="judges">
      <p>
        {same ? (
          "The detection core, which sees only files and registry, finds the same."
        ) : (
          <>
            The detection core says <StatusMark status={verdict.status} />{" "}
            {statusName(verdict.status).toLowerCase()}, with{" "}
            {counted(verdict.findings.length, "finding")}.
          </>
        )}
      </p>
      {verdict.notes.map((note) => (
        <p key={note} class="soft">
          {sentence(note)}
        </p>
      ))}
      {rules.map(({ id, says }) => (
        <p key={id}>
          <code>{id}</code> says <StatusMark status={says} /> {statusName(says).toLowerCase()}
        </p>
      ))}
    </div>
  );
}

function EventLog({ view, host }: { view: View; host: number }) {
  const symptoms = view.space.symptoms(host);
  return (
    <section class="panel log">
      <h2>What an administrator sees</h2>
      {symptoms.length === 0 && <p class="soft">Nothing: no event is logged.</p>}
      {symptoms.length > 0 && (
        <ul class="events">
          {symptoms.map((each, index) => (
            <li key={index} class={`severity-${each.severity}`}>
              <p class="source">
                <span class="severity">{each.severity}</span> {each.source}
                {each.event_id !== null && <> · event {each.event_id}</>}
                {each.log !== null && <> · {each.log} log</>}
                {each.times > 1 && <b> · {each.times} times</b>}
              </p>
              <p>{each.text}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
