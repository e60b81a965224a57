// Findings: what is claimed and what was found of it, rules and where they go wrong, as links.

import type { ComponentChildren } from "preact";
import { writeAddress } from "./address.ts";
import type { Claim, Counterexample, Judgement, Mutant, Rule, Status, Witness } from "./data.ts";
import { Folded, Later } from "./folded.tsx";
import { StatusMark } from "./marks.tsx";
import { counted, followed, grouped, sentence, statusName, type View } from "./view.ts";

export function FindingsPart({ view }: { view: View }) {
  const rules = <Rules view={view} />;
  const claims = <Claims view={view} />;
  const borders = <Borders view={view} />;
  return view.all.rules.length > 0 ? (
    <div class="findings">
      {rules}
      <div>
        {borders}
        {claims}
      </div>
    </div>
  ) : (
    <div class="findings">
      {claims}
      <div>
        {borders}
        {rules}
      </div>
    </div>
  );
}

/** So many claims fill a window. */
const seenAtOnce = 6;

function Claims({ view }: { view: View }) {
  const { claims, claims_not_checked: others } = view.all;
  const sorted = [...claims].sort(byJudgement);
  const card = (claim: Claim) => <ClaimCard key={claim.id} view={view} claim={claim} />;
  return (
    <section aria-labelledby="claims-title">
      <h2 id="claims-title">Claims</h2>
      <p class="lead">{claimsLead(claims)}</p>
      {sorted.slice(0, seenAtOnce).map(card)}
      <Later>{() => sorted.slice(seenAtOnce).map(card)}</Later>
      {others.length > 0 && <NotChecked view={view} />}
    </section>
  );
}

function Rules({ view }: { view: View }) {
  const { rules } = view.all;
  return (
    <section aria-labelledby="rules-title">
      <h2 id="rules-title">Rules</h2>
      {rules.length === 0 && (
        <p class="lead">
          This page was made without rules. Name yours with <code>--rule FILE</code> to see where
          they go wrong.
        </p>
      )}
      {rules.map((rule) => (
        <RuleCard key={rule.id} view={view} rule={rule} />
      ))}
    </section>
  );
}

const judgements: readonly Judgement[] = ["refuted", "depends", "holds"];

function byJudgement(left: Claim, right: Claim): number {
  return judgements.indexOf(left.found) - judgements.indexOf(right.found);
}

function claimsLead(claims: readonly Claim[]): string {
  if (claims.length === 0) return "No claim can be checked on the hosts of this page.";
  const count = (found: Judgement) => claims.filter((claim) => claim.found === found).length;
  return (
    `What has been said about these hosts, checked on every one of them: ${count("holds")} ` +
    `hold, ${count("refuted")} refuted, ${count("depends")} depend on what is assumed.`
  );
}

const judgementShapes: Record<Judgement, string> = {
  holds: "M2.5 6.5l2.5 2.5 4.5-6",
  refuted: "M2.5 2.5l7 7M9.5 2.5l-7 7",
  depends: "M1.5 7c1.5-3 3-3 4.5-1s3 2 4.5-1",
};

function JudgementMark({ found }: { found: Judgement }) {
  return (
    <span class={`judgement ${found}`}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        <path d={judgementShapes[found]} />
      </svg>
      {found}
    </span>
  );
}

function ClaimCard({ view, claim }: { view: View; claim: Claim }) {
  return (
    <article class="claim">
      <h3>
        <JudgementMark found={claim.found} /> {claim.text}
      </h3>
      {claim.witness !== null && (
        <p>
          {claim.found === "refuted" ? "Refuted by " : "See "}
          <OrderLink view={view} witness={claim.witness} />
        </p>
      )}
      <Folded summary="How it is read, and who says it">
        {() => <Reading view={view} claim={claim} />}
      </Folded>
    </article>
  );
}

function Reading({ view, claim }: { view: View; claim: Claim }) {
  return (
    <>
      <p>{sentence(claim.reading)}</p>
      <p class="soft">{sentence(claim.source)}</p>
      {claim.rests_on.length > 0 && <p class="soft">Rests on {claim.rests_on.join(", ")}.</p>}
      {claim.decided_by.length > 0 && <p class="soft">Decided by {claim.decided_by.join(", ")}.</p>}
      {claim.detail !== "" && <p>{sentence(claim.detail)}</p>}
      <ul>
        {claim.cases.map((each, index) => (
          <li key={index}>
            {each.varied === null ? (
              "As assumed"
            ) : (
              <>
                Under <code>{each.varied}</code>
              </>
            )}
            : {each.holds ? "holds" : "does not hold"}, on {grouped(each.concerned)} of{" "}
            {grouped(each.hosts)} hosts it says something
            {each.witness !== null && (
              <>
                ; see <OrderLink view={view} witness={each.witness} />
              </>
            )}
            .
          </li>
        ))}
      </ul>
      {!claim.as_recorded && <p>It was recorded as: {claim.recorded}.</p>}
    </>
  );
}

function NotChecked({ view }: { view: View }) {
  const { claims_not_checked: claims } = view.all;
  return (
    <Folded kind="claim" summary={`${counted(claims.length, "claim")} not checked`}>
      {() => (
        <ul>
          {claims.map(({ id, text, reason }) => (
            <li key={id}>
              {text} <span class="soft">{sentence(reason)}</span>
            </li>
          ))}
        </ul>
      )}
    </Folded>
  );
}

/** An order as a link into Compose, or as plain words where this page cannot follow it. */
function OrderLink({
  view,
  witness,
  children,
}: {
  view: View;
  witness: Witness;
  children?: ComponentChildren;
}) {
  const order = followed(view, witness);
  const words = (
    <span class="words">
      {witness.steps.map((word, index) => (
        <code key={index}>{word}</code>
      ))}
    </span>
  );
  if (order === null) {
    const assumed = witness.assume.length > 0 ? ` under ${witness.assume.join(", ")}` : "";
    return (
      <span class="unfollowed">
        {words}
        {children} <span class="soft">(not on this page{assumed})</span>
      </span>
    );
  }
  const address = writeAddress({ arch: witness.arch, words: witness.steps, part: "compose" });
  return (
    <a class="order-link" href={`#${address}`}>
      {witness.arch !== view.spaces[0]?.name && <b>{witness.arch}</b>}
      {words}
      {children}
    </a>
  );
}

function HereLink({
  view,
  arch,
  steps,
  children,
}: {
  view: View;
  arch: string;
  steps: readonly string[];
  children?: ComponentChildren;
}) {
  return (
    <OrderLink view={view} witness={{ arch, steps, assume: view.all.assume }}>
      {children}
    </OrderLink>
  );
}

function Says({ status }: { status: Status }) {
  return (
    <span class="says">
      <StatusMark status={status} /> {statusName(status).toLowerCase()}
    </span>
  );
}

function RuleCard({ view, rule }: { view: View; rule: Rule }) {
  const { checked, mutants, boundaries } = rule;
  const wrong = checked.counterexamples ?? [];
  return (
    <article class="rule">
      <h3>
        <code>{rule.id}</code> {checked.title}
      </h3>
      <dl class="facts">
        <Count title="Rightly reported" count={checked.true_positive} />
        <Count title="Missed" count={checked.false_negative} />
        <Count title="Wrongly reported" count={checked.false_positive} />
        <Count title="Rightly silent" count={checked.true_negative} />
        <Count title="Cannot tell" count={checked.inconclusive} />
      </dl>
      {wrong.length === 0 && <p>It is right on every host of this page.</p>}
      {wrong.length > 0 && (
        <>
          <h4>Where it is wrong</h4>
          <Counters view={view} examples={wrong.slice(0, shownAtOnce)} />
        </>
      )}
      {wrong.length > shownAtOnce && (
        <Folded summary={counted(wrong.length - shownAtOnce, "more order")}>
          {() => <Counters view={view} examples={wrong.slice(shownAtOnce)} />}
        </Folded>
      )}
      {boundaries.length > 0 && (
        <Folded
          summary={`Where what it says changes by one step: ${counted(boundaries.length, "kind")}`}
        >
          {() => <BorderTable view={view} borders={boundaries} of={rule.id} />}
        </Folded>
      )}
      {mutants !== null && mutants.length > 0 && <Mutants view={view} mutants={mutants} />}
    </article>
  );
}

function Count({ title, count }: { title: string; count: string | null | undefined }) {
  if (count === null || count === undefined) return null;
  return (
    <div>
      <dt>{title}</dt>
      <dd>{grouped(count)}</dd>
    </div>
  );
}

/** How many counterexamples are seen before one asks for more. */
const shownAtOnce = 8;

function Counters({ view, examples }: { view: View; examples: readonly Counterexample[] }) {
  return (
    <ul class="counters">
      {examples.map((example, index) => (
        <li key={index}>
          <HereLink view={view} arch={example.arch} steps={example.steps} />
          <span class="versus">
            rule <Says status={example.verdict} /> truth <Says status={example.truth} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Mutants({ view, mutants }: { view: View; mutants: readonly Mutant[] }) {
  const of = (fate: Mutant["fate"]) => mutants.filter((mutant) => mutant.fate === fate);
  const [killed, equivalent, undecided] = [of("killed"), of("equivalent"), of("undecided")];
  const undecidedToo = undecided.length > 0 ? `, ${undecided.length} undecided` : "";
  const fates = `${killed.length} killed, ${equivalent.length} equivalent${undecidedToo}`;
  return (
    <Folded summary={`${counted(mutants.length, "mutant")}: ${fates}`}>
      {() => (
        <ul class="mutants">
          {[...undecided, ...equivalent, ...killed].map((mutant) => (
            <MutantRow key={mutant.id} view={view} mutant={mutant} />
          ))}
        </ul>
      )}
    </Folded>
  );
}

function MutantRow({ view, mutant }: { view: View; mutant: Mutant }) {
  const { kill } = mutant;
  return (
    <li>
      <b>{mutant.fate}</b> {mutant.description} <span class="soft">line {mutant.line}</span>
      {kill?.host && (
        <div>
          <HereLink view={view} arch={kill.host.arch} steps={kill.host.steps} />
          {kill.rule_says !== null && kill.mutant_says !== null && (
            <span class="versus">
              rule <Says status={kill.rule_says} /> mutant <Says status={kill.mutant_says} />
            </span>
          )}
        </div>
      )}
    </li>
  );
}

type Border = Rule["boundaries"][number];

function Borders({ view }: { view: View }) {
  const { name: arch, boundaries } = view.space;
  const borders = boundaries.map((boundary) => ({ ...boundary, arch }));
  return (
    <section aria-labelledby="borders-title">
      <h2 id="borders-title">
        Borders <span class="soft">{arch}</span>
      </h2>
      <p class="lead">
        Where one step takes a host from one status to another: how often, and the nearest example.
        A rule that is right on both sides of each has passed the hardest of its tests.
      </p>
      <BorderTable view={view} borders={borders} of="the truth" />
    </section>
  );
}

function BorderTable({
  view,
  borders,
  of,
}: {
  view: View;
  borders: readonly Border[];
  of: string;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Borders of ${of}`}>
      <table class="borders">
        <thead>
          <tr>
            <th>From</th>
            <th>To</th>
            <th class="number">Steps</th>
            <th>Nearest</th>
          </tr>
        </thead>
        <tbody>
          {borders.map((border, index) => {
            const space = view.spaces.find(({ name }) => name === border.arch);
            if (space === undefined) return null;
            const steps = [...space.orderTo(border.host), border.step + space.baseCount].map(
              (step) => space.steps[step]?.word ?? "",
            );
            return (
              <tr key={index}>
                <td>
                  <Says status={border.from} />
                </td>
                <td>
                  <Says status={border.to} />
                </td>
                <td class="number">{grouped(border.count)}</td>
                <td>
                  <HereLink view={view} arch={border.arch} steps={steps} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
