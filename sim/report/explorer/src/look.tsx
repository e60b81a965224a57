// Look: one host of the order, with its files, imports, registry, event log and findings.

import { useState } from "preact/hooks";
import type { Copy, Finding, RegistryValue } from "./data.ts";
import { ImportGraph } from "./graph.tsx";
import { KindMark, LevelMark, StatusMark } from "./marks.tsx";
import { Repairs } from "./repairs.tsx";
import { type Place, known } from "./space.ts";
import { baseName, counted, lastPlace, placeAt, sentence, statusName, type View } from "./view.ts";

const sights = ["Files", "Imports", "Registry"] as const;
type Sight = (typeof sights)[number];

export function Look({ view }: { view: View }) {
  const [sight, setSight] = useState<Sight>("Files");
  const place = placeAt(view);
  if (place === null) {
    return <p class="empty">There is no host yet. Begin with a base system under Compose.</p>;
  }
  return (
    <div class="look">
      <section class="host" aria-label="The host">
        <HostFacts view={view} place={place} />
        <div class="segments" role="group" aria-label="What to look at">
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
        {sight === "Files" && <Files view={view} place={place} />}
        {sight === "Imports" && <ImportGraph view={view} host={place.host} />}
        {sight === "Registry" && <Registry view={view} place={place} />}
      </section>
      <aside aria-label="What is found">
        <Findings view={view} host={place.host} />
        <EventLog view={view} host={place.host} />
      </aside>
      <Repairs view={view} host={place.host} />
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
        <dd>{cache < 0 ? "none" : all.levels[cache]?.level.toUpperCase()}</dd>
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

function Files({ view, place }: { view: View; place: Place }) {
  const { space } = view;
  const changed = new Map(space.changes(place.before, place.host).map((each) => [each.file, each]));
  const faults = faultsOf(space.findings(space.truth(place.host).findings));
  const system = "operating system";
  const groups = new Map<string, Copy[]>([[system, []]]);
  for (const number of space.copies(place.host)) {
    const copy = space.copy(number);
    const owner = space.file(copy.file).component ?? system;
    groups.set(owner, [...(groups.get(owner) ?? []), copy]);
  }
  const gone = [...changed.values()].filter(({ to }) => to === null);
  return (
    <>
      <div class="files">
        {[...groups].map(([owner, copies]) => (
          <section key={owner} class="owner">
            <h3>{owner}</h3>
            <ul>
              {copies.map((copy) => {
                const change = changed.get(copy.file);
                return (
                  <FileRow
                    key={copy.file}
                    view={view}
                    copy={copy}
                    fault={faults.get(copy.file)}
                    change={change === undefined ? "" : change.from === null ? "new" : "replaced"}
                    before={change?.from?.version ?? ""}
                  />
                );
              })}
            </ul>
          </section>
        ))}
      </div>
      {gone.length > 0 && (
        <p class="detail">
          Removed by this step: {gone.map(({ file }) => baseName(space.file(file).path)).join(", ")}
        </p>
      )}
      <Kept view={view} host={place.host} />
      <p class="legend">
        {view.all.levels.map(({ level, title }) => (
          <span key={level}>
            <LevelMark level={level} beyond={false} /> {title}
          </span>
        ))}
        {view.all.copies.some(({ update }) => update) && (
          <span>
            <LevelMark level="sp2" beyond={true} /> from an update
          </span>
        )}
        <span>
          <span class="changed">●</span> changed by step {view.state.order.cursor}
        </span>
        {[...new Set(faults.values())].map((kind) => (
          <span key={kind}>
            <KindMark kind={kind} /> {kind}
          </span>
        ))}
      </p>
    </>
  );

  function faultsOf(findings: readonly Finding[]): Map<number, string> {
    const numbers = new Map(view.all.files.map(({ path }, file) => [path, file]));
    const faults = new Map<number, string>();
    for (const { kind, file } of findings) {
      const number = numbers.get(file);
      if (number !== undefined && !(faults.get(number) ?? "").includes(kind)) {
        faults.set(number, [faults.get(number), kind].filter(Boolean).join(", "));
      }
    }
    return faults;
  }
}

/** Copies that a host keeps beside its files: for removals, and for the next restart. */
function Kept({ view, host }: { view: View; host: number }) {
  const { space, all } = view;
  const backup = all.backups[known(space.hosts.backup[host])];
  const waiting = all.waiting[known(space.hosts.waiting[host])] ?? [];
  const kept = [
    ...(backup === undefined
      ? []
      : [
          {
            who: `The service pack, to go back to ${backup.before.toUpperCase()}`,
            copies: backup.copies,
          },
        ]),
    ...space
      .records(host)
      .map(({ update, backup: copies }) => ({ who: `${update}, for its removal`, copies })),
  ].filter(({ copies }) => copies.length > 0);
  return (
    <>
      {waiting.length > 0 && (
        <p class="detail">
          <b>Waiting for a restart:</b> {copyList(waiting)}
        </p>
      )}
      {kept.length > 0 && (
        <details class="finding">
          <summary>
            Kept for removal <span class="soft">{counted(kept.length, "backup")}</span>
          </summary>
          {kept.map(({ who, copies }) => (
            <p key={who} class="detail">
              <b>{who}:</b> {copyList(copies)}
            </p>
          ))}
        </details>
      )}
    </>
  );

  function copyList(copies: readonly number[]): string {
    return copies
      .map((number) => {
        const { file, version } = space.copy(number);
        return `${baseName(space.file(file).path)} ${version}`;
      })
      .join(", ");
  }
}

function FileRow({
  view,
  copy,
  change,
  before,
  fault,
}: {
  view: View;
  copy: Copy;
  change: string;
  before: string;
  fault: string | undefined;
}) {
  const { path, title } = view.space.file(copy.file);
  const was = change === "replaced" ? `, was ${before}` : "";
  return (
    <li class={change === "" ? "file" : "file fresh"} title={`${path}${title ? `: ${title}` : ""}`}>
      <LevelMark level={copy.level} beyond={(copy.update ?? null) !== null} />
      <span class="name">{baseName(path)}</span>
      {fault !== undefined && <KindMark kind={fault} />}
      {change !== "" && (
        <span
          class="changed"
          role="img"
          aria-label={`${change} by this step${was}`}
          title={`${change} by this step${was}`}
        >
          ●
        </span>
      )}
      <span class="version">
        {copy.version}
        {copy.branch === "qfe" && <abbr title="QFE branch"> Q</abbr>}
      </span>
    </li>
  );
}

interface Recorded {
  readonly update: string;
  readonly files: { name: string; version: string }[];
}

/** The file lists that updates leave in the registry, by the names of their keys. */
function recordedFiles(values: readonly RegistryValue[]): Recorded[] {
  const updates = new Map<string, Map<string, { name: string; version: string }>>();
  for (const { path, text } of values) {
    const match = /\\Updates\\.*\\(KB[^\\]+)\\Filelist\\(\d+)\\(FileName|Version)$/i.exec(path);
    if (match === null) continue;
    const [, update = "", number = "", value = ""] = match;
    const files = updates.get(update) ?? new Map<string, { name: string; version: string }>();
    const file = files.get(number) ?? { name: "", version: "" };
    const bare = text.replace(/^"(.*)"$/, "$1");
    if (/^filename$/i.test(value)) file.name = bare;
    else file.version = bare;
    files.set(number, file);
    updates.set(update, files);
  }
  return [...updates].map(([update, files]) => ({ update, files: [...files.values()] }));
}

function Registry({ view, place }: { view: View; place: Place }) {
  const { space } = view;
  const values = space.registry(place.host);
  const before = new Set(place.before === null ? [] : space.registry(place.before));
  const recorded = recordedFiles(values);
  const records = space.records(place.host);
  const onDisk = new Map(
    space.copies(place.host).map((number) => {
      const copy = space.copy(number);
      return [baseName(space.file(copy.file).path).toLowerCase(), copy];
    }),
  );
  const older = space
    .findings(space.truth(place.host).findings)
    .filter(({ kind }) => kind === "recorded-not-present");
  const isOlder = (update: string, name: string) =>
    older.some(
      (finding) =>
        baseName(finding.file).toLowerCase() === name.toLowerCase() &&
        finding.update?.split("/")[0] === update.split(/[/-]/)[0],
    );
  return (
    <div class="registry">
      {recorded.length === 0 && <p class="empty">The registry records no update with files.</p>}
      {recorded.map(({ update, files }) => (
        <table key={update} class="record">
          <caption>
            {update}
            {records
              .filter((record) => record.update.split("/")[0] === update.split("-")[0])
              .map(({ level }) => (
                <span key={level} class="soft">
                  {" "}
                  installed for {level.toUpperCase()}
                </span>
              ))}
          </caption>
          <thead>
            <tr>
              <th>File</th>
              <th>Recorded</th>
              <th>On disk</th>
              <th>So</th>
            </tr>
          </thead>
          <tbody>
            {files.map(({ name, version }) => {
              const copy = onDisk.get(name.toLowerCase());
              const behind = isOlder(update, name);
              return (
                <tr key={name} class={behind ? "older" : ""}>
                  <th scope="row">{name}</th>
                  <td class="version">{version}</td>
                  <td class="version">
                    {copy === undefined ? (
                      "not there"
                    ) : (
                      <>
                        <LevelMark level={copy.level} beyond={(copy.update ?? null) !== null} />
                        {copy.version}
                      </>
                    )}
                  </td>
                  <td>
                    {behind ? (
                      <>
                        <StatusMark status="drift" /> recorded, but older
                      </>
                    ) : copy ? (
                      "present"
                    ) : (
                      "—"
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ))}
      <h3>
        All values{" "}
        <span class="soft">
          {counted(values.length, "value")}, those of step {view.state.order.cursor} marked
        </span>
      </h3>
      <div class="values" tabIndex={0} role="region" aria-label="All registry values">
        <dl>
          {values.map((value) => (
            <div key={value.path} class={before.has(value) ? "" : "fresh"}>
              <dt>
                {value.path}
                {!before.has(value) && (
                  <span class="changed" role="img" aria-label="changed by this step">
                    ●
                  </span>
                )}
              </dt>
              <dd>{value.text}</dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
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
              <li key={index}>{sentence(finding.detail)}</li>
            ))}
          </ul>
        </details>
      ))}
      <Core view={view} host={host} />
    </section>
  );
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
    <section class="panel">
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
