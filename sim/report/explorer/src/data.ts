// The data of the page as patchstate writes it: `patchstate.explore/1`, field by field.

export type Status =
  "broken" | "mismatch" | "drift" | "consistent" | "not-applicable" | "inconclusive";
export type Level = string;
export type Branch = "gdr" | "qfe";

export interface Explore {
  readonly schema: string;
  readonly version: string;
  readonly catalog: string;
  readonly product: {
    readonly name: string;
    readonly feature: string;
    readonly programs: readonly string[];
  };
  readonly assume: readonly string[];
  readonly components: readonly string[];
  readonly updates: readonly string[];
  readonly branches: boolean;
  readonly command: string;
  readonly start: { readonly arch: string; readonly steps: readonly string[] } | null;
  readonly statuses: readonly {
    readonly status: Status;
    readonly summary: string;
    readonly meaning: string;
  }[];
  readonly kinds: readonly { readonly kind: string; readonly meaning: string }[];
  readonly levels: readonly { readonly level: Level; readonly title: string }[];
  readonly files: readonly FileOf[];
  readonly copies: readonly Copy[];
  readonly file_sets: readonly { readonly copies: readonly number[]; readonly graph: number }[];
  readonly edges: readonly Edge[];
  readonly graphs: readonly (readonly number[])[];
  readonly component_sets: readonly (readonly string[])[];
  readonly record_sets: readonly (readonly UpdateRecord[])[];
  readonly backups: readonly { readonly before: Level; readonly copies: readonly number[] }[];
  readonly waiting: readonly (readonly number[])[];
  readonly registry_values: readonly RegistryValue[];
  readonly registries: readonly (readonly number[])[];
  readonly symptoms: readonly (readonly Symptom[])[];
  readonly findings: readonly Finding[];
  readonly truths: readonly Truth[];
  readonly verdicts: readonly Verdict[];
  readonly results: readonly Result[];
  readonly repairs: readonly { readonly steps: readonly string[] }[];
  readonly arches: readonly ArchData[];
  readonly claims: readonly Claim[];
  readonly claims_not_checked: readonly {
    readonly id: string;
    readonly text: string;
    readonly reason: string;
  }[];
  readonly rules: readonly Rule[];
  readonly grammar: {
    readonly patterns: readonly { readonly pattern: string; readonly meaning: string }[];
    readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
  };
  readonly words: readonly { readonly word: string; readonly meaning: string }[];
}

export interface FileOf {
  readonly path: string;
  readonly component: string | null;
  readonly title: string;
}

export interface Copy {
  readonly file: number;
  readonly version: string;
  readonly branch: Branch;
  readonly level: Level;
  readonly update: string | null;
}

export interface Edge {
  readonly from: number;
  readonly dll: string;
  readonly to: number | null;
  readonly at_run_time: boolean;
  readonly symbols: readonly string[];
  readonly missing: readonly string[];
}

export interface UpdateRecord {
  readonly update: string;
  readonly level: Level;
  readonly backup: readonly number[];
}

export interface RegistryValue {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

export interface Symptom {
  readonly source: string;
  readonly log: string | null;
  readonly event_id: number | null;
  readonly severity: string;
  readonly text: string;
  readonly times: number;
}

export interface Finding {
  readonly kind: string;
  readonly file: string;
  readonly expected: string | null;
  readonly found: string | null;
  readonly import: {
    readonly dll: string;
    readonly name: string | null;
    readonly ordinal: number | null;
  } | null;
  readonly update: string | null;
  readonly detail: string;
}

export interface Truth {
  readonly status: Status;
  readonly findings: readonly number[];
  readonly symptoms: number;
}

export interface Verdict {
  readonly status: Status;
  readonly findings: readonly number[];
  readonly would_break: readonly string[];
  readonly remedy: readonly string[];
  readonly notes: readonly string[];
}

export interface Result {
  readonly outcome: "unchanged" | "refused";
  readonly reason: string | null;
  readonly exit_code: number | null;
}

export const columns = [
  "from",
  "by",
  "distance",
  "level",
  "base",
  "cache",
  "files",
  "components",
  "records",
  "backup",
  "waiting",
  "registry",
  "truth",
  "verdict",
  "repair",
  "additive",
] as const;

export interface ArchData {
  readonly arch: string;
  readonly bases: readonly {
    readonly word: string;
    readonly level: Level;
    readonly host: number;
  }[];
  readonly steps: readonly {
    readonly word: string;
    readonly meaning: string;
    readonly column: readonly number[];
  }[];
  readonly words: readonly {
    readonly word: string;
    readonly meaning: string;
    readonly step: number | null;
    readonly host: number | null;
  }[];
  readonly hosts: Readonly<Record<(typeof columns)[number], readonly number[]>>;
  readonly rules: readonly (readonly number[])[];
  readonly boundaries: readonly Boundary[];
}

export interface Boundary {
  readonly from: Status;
  readonly to: Status;
  readonly host: number;
  readonly step: number;
  readonly count: number;
}

export interface Witness {
  readonly arch: string;
  readonly assume: readonly string[];
  readonly steps: readonly string[];
}

export type Judgement = "holds" | "refuted" | "depends";

export interface Claim {
  readonly id: string;
  readonly text: string;
  readonly source: string;
  readonly reading: string;
  readonly recorded: Judgement;
  readonly found: Judgement;
  readonly as_recorded: boolean;
  readonly rests_on: readonly string[];
  readonly decided_by: readonly string[];
  readonly witness: Witness | null;
  readonly cases: readonly {
    readonly varied: string | null;
    readonly holds: boolean;
    readonly hosts: string;
    readonly concerned: string;
    readonly witness: Witness | null;
  }[];
  readonly detail: string;
}

export interface Rule {
  readonly id: string;
  readonly checked: CheckedRule;
  readonly mutants: readonly Mutant[] | null;
  readonly boundaries: readonly (Boundary & { readonly arch: string })[];
}

/** Of a rule as `verify --json` prints it, what the page shows. */
export interface CheckedRule {
  readonly title?: string | null;
  readonly stands_for?: readonly Status[];
  readonly hosts?: string | null;
  readonly true_positive?: string | null;
  readonly false_positive?: string | null;
  readonly true_negative?: string | null;
  readonly false_negative?: string | null;
  readonly inconclusive?: string | null;
  readonly counterexamples?: readonly Counterexample[];
}

export interface Counterexample {
  readonly arch: string;
  readonly steps: readonly string[];
  readonly truth: Status;
  readonly verdict: Status;
  readonly why: unknown;
  readonly reason?: string | null;
}

export interface Mutant {
  readonly id: string;
  readonly description: string;
  readonly line: number;
  readonly column: number;
  readonly fate: "killed" | "equivalent" | "undecided";
  readonly kill: {
    readonly hosts: string;
    readonly host: {
      readonly arch: string;
      readonly steps: readonly string[];
      readonly truth: Status;
    } | null;
    readonly rule_says: Status | null;
    readonly mutant_says: Status | null;
  } | null;
}

/** What all architectures share. Their columns are not kept: lookups have them in typed arrays. */
export type Shared = Omit<Explore, "arches">;

/** The text of the data: base64 of a raw deflate stream of JSON. */
export async function inflated(base64: string): Promise<string> {
  const letters = atob(base64.trim());
  const bytes = new Uint8Array(letters.length);
  for (let index = 0; index < letters.length; index += 1) bytes[index] = letters.charCodeAt(index);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return await new Response(stream).text();
}
