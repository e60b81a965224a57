// What helps a host, with buttons that do it, and what would break it.

import { Icon, StatusMark } from "./marks.tsx";
import { known } from "./space.ts";
import { lastPlace, placeAt, statusName, type View } from "./view.ts";

/** Steps as words, in a row. */
export function Words({ view, steps }: { view: View; steps: readonly number[] }) {
  return (
    <span class="words">
      {steps.map((step, index) => (
        <code key={index}>{view.space.steps[step]?.word}</code>
      ))}
    </span>
  );
}

/** A button that adds steps to the order, behind the place that is looked at or at its end. */
export function ApplySteps({
  view,
  steps,
  verb,
  place = "here",
  strong = false,
}: {
  view: View;
  steps: readonly number[];
  verb: string;
  place?: "here" | "end";
  strong?: boolean;
}) {
  const here = place === "here" ? placeAt(view) : lastPlace(view);
  if (here === null || steps.length === 0) return null;
  const end = steps.reduce((host, step) => view.space.after(host, step), here.host);
  const status = view.space.statusOf(end);
  return (
    <button
      type="button"
      class={strong ? "apply strong" : "apply"}
      onClick={() => {
        if (place === "end") view.change({ kind: "look", cursor: view.state.order.steps.length });
        view.change({ kind: "insert", steps });
      }}
    >
      {verb} <Words view={view} steps={steps} />
      <Icon name="arrow" /> <StatusMark status={status} /> {statusName(status).toLowerCase()}
    </button>
  );
}

export function Repairs({ view, host }: { view: View; host: number }) {
  const { space, all } = view;
  const remedy = space.remedy(host);
  const words = space.verdict(host).remedy;
  const shortest = repairOf("repair");
  const additive = repairOf("additive");
  const breaking = space.verdict(host).would_break;
  const same = shortest?.join() === words.join();
  return (
    <section class="panel repairs">
      <h2>What helps</h2>
      {words.length === 0 && (shortest === null || shortest.length === 0) && (
        <p class="soft">Nothing is to be done.</p>
      )}
      {words.length > 0 && (
        <p>
          {remedy === null ? (
            <>
              The detection core advises <code>{words.join(" ")}</code>, which this page has no
              steps for.
            </>
          ) : (
            <ApplySteps view={view} steps={remedy} verb="Apply" strong={true} />
          )}
        </p>
      )}
      {shortest !== null && shortest.length > 0 && !same && (
        <Other view={view} title="The shortest repair" words={shortest} />
      )}
      {additive !== null &&
        additive.length > 0 &&
        additive.join() !== words.join() &&
        additive.join() !== shortest?.join() && (
          <Other view={view} title="The shortest that removes nothing" words={additive} />
        )}
      {breaking.length > 0 && <Breaking view={view} updates={breaking} />}
    </section>
  );

  function repairOf(column: "repair" | "additive"): readonly string[] | null {
    const index = known(space.hosts[column][host]);
    return index < 0 ? null : known(all.repairs[index]).steps;
  }
}

function Other({ view, title, words }: { view: View; title: string; words: readonly string[] }) {
  const steps = view.space.stepsOf(words);
  if (steps === null)
    return (
      <p class="soft">
        {title}: <code>{words.join(" ")}</code>
      </p>
    );
  return (
    <p>
      <span class="soft">{title}:</span> <ApplySteps view={view} steps={steps} verb="Apply" />
    </p>
  );
}

function Breaking({ view, updates }: { view: View; updates: readonly string[] }) {
  return (
    <div class="breaking">
      <h3>What would break it</h3>
      {updates.map((update) => {
        const steps = view.space.stepsOf([update.toLowerCase()]);
        return (
          <p key={update}>
            {steps === null ? (
              <>
                <code>{update}</code> <span class="soft">(not a step of this page)</span>
              </>
            ) : (
              <ApplySteps view={view} steps={steps} verb="Try" />
            )}
          </p>
        );
      })}
    </div>
  );
}
