// The registry of a host: what updates have recorded beside what is on disk, and every value.

import type { Copy, RegistryValue } from "./data.ts";
import { CopyMark, StatusMark } from "./marks.tsx";
import type { ArchSpace, Place } from "./space.ts";
import { baseName, counted, levelName, type View } from "./view.ts";

/** A file in the list that an update leaves in the registry. */
interface RecordedFile {
  readonly name: string;
  readonly version: string;
  /** The copy on disk, if the file is there. */
  readonly copy: Copy | null;
  /** Whether it is a finding that this copy is older than the record. */
  readonly older: boolean;
}

interface RecordedUpdate {
  readonly name: string;
  /** The level that it was installed for, if the host's records say so. */
  readonly level: string | null;
  readonly files: readonly RecordedFile[];
}

export function Registry({ view, place }: { view: View; place: Place }) {
  const recorded = recordedOn(view.space, place.host);
  return (
    <div class="registry">
      {recorded.length === 0 && <p class="empty">The registry records no update with files.</p>}
      {recorded.map((update) => (
        <UpdateTable key={update.name} update={update} />
      ))}
      <Values view={view} place={place} />
    </div>
  );
}

function recordedOn(space: ArchSpace, host: number): RecordedUpdate[] {
  const number = (update: string | null) => update?.split(/[/-]/)[0];
  const onDisk = new Map<string, Copy>();
  for (const each of space.copies(host)) {
    const copy = space.copy(each);
    onDisk.set(baseName(space.file(copy.file).path).toLowerCase(), copy);
  }
  const older = space
    .findings(space.truth(host).findings)
    .filter(({ kind }) => kind === "recorded-not-present")
    .map(({ file, update }) => `${number(update)} ${baseName(file).toLowerCase()}`);
  return [...fileLists(space.registry(host))].map(([name, files]) => ({
    name,
    level: space.records(host).find(({ update }) => number(update) === number(name))?.level ?? null,
    files: [...files.values()].map((file) => ({
      ...file,
      copy: onDisk.get(file.name.toLowerCase()) ?? null,
      older: older.includes(`${number(name)} ${file.name.toLowerCase()}`),
    })),
  }));
}

/** The file lists of updates, by the names of their keys. */
function fileLists(values: readonly RegistryValue[]) {
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
  return updates;
}

function UpdateTable({ update: { name, level, files } }: { update: RecordedUpdate }) {
  return (
    <table class="record">
      <caption>
        {name}
        {level !== null && <span class="soft"> installed for {levelName(level)}</span>}
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
        {files.map((file) => (
          <tr key={file.name} class={file.older ? "older" : ""}>
            <th scope="row">{file.name}</th>
            <td class="version">{file.version}</td>
            <td class="version">
              {file.copy !== null && <CopyMark copy={file.copy} />}
              {file.copy?.version ?? "not there"}
            </td>
            <td>
              {file.older && <StatusMark status="drift" />}
              {file.older ? " recorded, but older" : file.copy === null ? "–" : "present"}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Values({ view, place }: { view: View; place: Place }) {
  const { space, state } = view;
  const values = space.registry(place.host);
  const before = new Set(place.before === null ? [] : space.registry(place.before));
  return (
    <>
      <h3>
        All values{" "}
        <span class="soft">
          {counted(values.length, "value")}, those of step {state.order.cursor} marked
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
    </>
  );
}
