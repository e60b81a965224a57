// The files of a host: their level, what the last step changed, what is found about them.

import type { Copy, Finding } from "./data.ts";
import { CopyMark, KindMark, LevelMark } from "./marks.tsx";
import { type ArchSpace, type FileChange, known, type Place } from "./space.ts";
import { baseName, counted, levelName, type View } from "./view.ts";

export function Files({ view, place }: { view: View; place: Place }) {
  const { space } = view;
  const changes = space.changes(place.before, place.host);
  const changed = new Map(changes.map((each) => [each.file, each]));
  const faults = faultsOf(view, space.findings(space.truth(place.host).findings));
  const gone = changes.filter(({ to }) => to === null);
  return (
    <>
      <div class="files">
        {[...ownersOf(space, place.host)].map(([owner, copies]) => (
          <section key={owner} class="owner">
            <h3>{owner}</h3>
            <ul>
              {copies.map((copy) => (
                <FileRow
                  key={copy.file}
                  view={view}
                  copy={copy}
                  fault={faults.get(copy.file) ?? null}
                  change={changed.get(copy.file) ?? null}
                />
              ))}
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
      <Legend view={view} kinds={[...new Set(faults.values())]} />
    </>
  );
}

/** The copies on a host by the component that owns them, the operating system first. */
function ownersOf(space: ArchSpace, host: number): Map<string, Copy[]> {
  const system = "operating system";
  const owners = new Map<string, Copy[]>([[system, []]]);
  for (const number of space.copies(host)) {
    const copy = space.copy(number);
    const owner = space.file(copy.file).component ?? system;
    const copies = owners.get(owner) ?? [];
    copies.push(copy);
    owners.set(owner, copies);
  }
  return owners;
}

/** The kinds of findings about each file. */
function faultsOf({ all }: View, findings: readonly Finding[]): Map<number, string> {
  const numbers = new Map(all.files.map(({ path }, file) => [path, file]));
  const faults = new Map<number, string>();
  for (const { kind, file } of findings) {
    const number = numbers.get(file);
    if (number === undefined) continue;
    const others = faults.get(number);
    if (others === undefined) faults.set(number, kind);
    else if (!others.split(", ").includes(kind)) faults.set(number, `${others}, ${kind}`);
  }
  return faults;
}

function Legend({ view, kinds }: { view: View; kinds: readonly string[] }) {
  const { all, state } = view;
  return (
    <p class="legend">
      {all.levels.map(({ level, title }) => (
        <span key={level}>
          <LevelMark level={level} beyond={false} /> {title}
        </span>
      ))}
      {all.copies.some(({ update }) => update !== null) && (
        <span>
          <LevelMark level={all.levels.at(-1)?.level ?? ""} beyond={true} /> from an update
        </span>
      )}
      <span>
        <span class="changed">●</span> changed by step {state.order.cursor}
      </span>
      {kinds.map((kind) => (
        <span key={kind}>
          <KindMark kind={kind} /> {kind}
        </span>
      ))}
    </p>
  );
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
            who: `The service pack, to go back to ${levelName(backup.before)}`,
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
  fault,
}: {
  view: View;
  copy: Copy;
  change: FileChange | null;
  fault: string | null;
}) {
  const { path, title } = view.space.file(copy.file);
  const from = change?.from?.version;
  const says = from === undefined ? "new by this step" : `replaced by this step, was ${from}`;
  return (
    <li class={change === null ? "file" : "file fresh"} title={`${path}: ${title}`}>
      <CopyMark copy={copy} />
      <span class="name">{baseName(path)}</span>
      {fault !== null && <KindMark kind={fault} />}
      {change !== null && (
        <span class="changed" role="img" aria-label={says} title={says}>
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
