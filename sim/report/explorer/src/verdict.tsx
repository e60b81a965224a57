// The status of the host that the whole order leads to, and the order in a row beside it.

import { StatusMark } from "./marks.tsx";
import { ApplySteps } from "./repairs.tsx";
import { counted, lastPlace, sentence, statusName, summaryOf, type View } from "./view.ts";

export function Verdict({ view }: { view: View }) {
  const last = lastPlace(view);
  return (
    <section class="verdict" aria-label="The host after the whole order">
      {view.state.part === "compose" || last === null ? (
        <Intro view={view} />
      ) : (
        <Timeline view={view} />
      )}
      {last === null ? (
        <p class="now">
          <span class="status-name">No host yet</span>
        </p>
      ) : (
        <Now view={view} host={last.host} />
      )}
      {view.state.notice !== "" && (
        <p class="notice" role="alert">
          {view.state.notice}
        </p>
      )}
    </section>
  );
}

/** What somebody needs to know who has never seen the project. */
function Intro({ view }: { view: View }) {
  const { name, feature } = view.all.product;
  return (
    <p class="intro">
      With the same service pack, {feature} and updates, two {name} machines can still differ. The
      <em>order</em> in which these were installed decides which version of each file is there, and
      whether the worker process loads. Put the steps in any order here, and see at once what
      becomes of the machine. (<code>rtm</code> is the product as it was first released.)
    </p>
  );
}

function Now({ view, host }: { view: View; host: number }) {
  const { space, all } = view;
  const truth = space.truth(host);
  const verdict = space.verdict(host);
  const remedy = space.remedy(host);
  return (
    <div class={`now is-${truth.status}`}>
      <StatusMark status={truth.status} size={40} />
      <div>
        <h2 class="status-name">{statusName(truth.status)}</h2>
        <p>{sentence(summaryOf(all, truth.status))}</p>
        <p class="soft">
          After {counted(view.places.length, "step")}.{" "}
          {verdict.status === truth.status ? (
            "The detection core finds the same."
          ) : (
            <>
              The detection core says <StatusMark status={verdict.status} /> {verdict.status}.
            </>
          )}
        </p>
      </div>
      {remedy !== null && remedy.length > 0 && (
        <div class="remedy">
          <span class="soft">What helps</span>
          <ApplySteps view={view} steps={remedy} verb="Apply" place="end" strong={true} />
        </div>
      )}
    </div>
  );
}

/** The order in a row, to choose the place that is looked at. */
function Timeline({ view }: { view: View }) {
  const { places, space, state, change } = view;
  return (
    <ol class="timeline" aria-label="Install order">
      {places.map(({ step, host, outcome }, index) => (
        <li key={index}>
          <button
            type="button"
            class={outcome}
            aria-current={state.order.cursor === index + 1 ? "step" : undefined}
            onClick={() => change({ kind: "look", cursor: index + 1 })}
          >
            <span class="number">{index + 1}</span> <code>{space.steps[step]?.word}</code>
            <StatusMark status={space.statusOf(host)} label={space.statusOf(host)} />
          </button>
        </li>
      ))}
    </ol>
  );
}

/** Tells a screen reader what has become of the order. */
export function Announcer({ view }: { view: View }) {
  const last = lastPlace(view);
  const text =
    last === null
      ? "No host yet"
      : `After ${counted(view.places.length, "step")}, ${view.space.steps[last.step]?.word} ` +
        `${last.outcome}: the host is ${view.space.statusOf(last.host)}.`;
  return (
    <p class="unseen" aria-live="polite">
      {text}
    </p>
  );
}
