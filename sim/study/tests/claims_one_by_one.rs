//! Claims beside a search that goes from host to host by the plain model: the same hosts, the same
//! conclusions, and orders of the same length.
//!
//! What a claim's conditions mean is written here once more, as functions on one host.

#![expect(clippy::expect_used, reason = "what is not there fails the test")]

use patchstate_oracle::{Truth, truth};
use patchstate_servicing::{Action, Host, HostView, Model, Outcome, Scope, Switches};
use patchstate_source::SourceFile;
use patchstate_space::Count;
use patchstate_study::{PropertyKind, check_claims, read_claims};
use patchstate_terms::{Architecture, FindingKind, Level, Status, Step};
use patchstate_test_model::scope::{CATALOG, DEFAULT, names};
use std::collections::BTreeMap;

/// A host and the truth about it.
struct Seen<'a> {
    view: HostView<'a>,
    truth: Truth,
}

impl Seen<'_> {
    fn has(&self, component: &str) -> bool {
        self.view.has(CATALOG.component_named(component).expect("a component"))
    }

    fn is_recorded(&self, release: u8) -> bool {
        self.view.records().any(|record| record.release == release)
    }

    fn revision(&self, name: &str) -> Option<u16> {
        let file = CATALOG.file_ids().find(|file| CATALOG.file(*file).path.file_name() == name);
        self.view.file(file.expect("a file")).map(|copy| copy.revision)
    }

    fn finds(&self, kind: FindingKind) -> bool {
        self.truth.findings.iter().any(|finding| finding.kind == kind)
    }

    fn is(&self, status: Status) -> bool {
        self.truth.status == status
    }

    fn has_older_media_than(&self, step: &Step) -> bool {
        let Step::AddComponent { media: Some(media), .. } = step else { return false };
        *media < self.view.level()
    }
}

/// A property as it is written, and what it means.
struct Meaning {
    text: &'static str,
    when: fn(&Seen<'_>) -> bool,
    step: fn(&Step, &Seen<'_>) -> bool,
    /// Of the host, or of the host after the step and the one before.
    then: fn(&Seen<'_>, &Seen<'_>) -> bool,
    without: fn(&Step, &Seen<'_>) -> bool,
}

/// No meaning: of what a property does not have.
const PLAIN: Meaning = Meaning {
    text: "",
    when: |_| true,
    step: |_, _| false,
    then: |_, _| true,
    without: |_, _| false,
};

fn is_update(step: &Step) -> bool {
    matches!(step, Step::InstallUpdate { .. })
}

fn applies(step: &Step, level: Level) -> bool {
    *step == Step::ApplyServicePack(level)
}

fn states() -> Vec<Meaning> {
    vec![
        Meaning {
            text: r#"kind = "always", when = ["level sp2", "broken"],
                     then = ["file iisutil.dll revision below 3000"]"#,
            when: |host| host.view.level() == Level::SP2 && host.is(Status::Broken),
            then: |host, _| host.revision("iisutil.dll").is_some_and(|found| found < 3000),
            ..PLAIN
        },
        Meaning {
            text: r#"kind = "always", when = ["level above base"],
                     then = ["not broken or finding behind-os"], without = ["+*@older"]"#,
            when: |host| host.view.level() > host.view.base(),
            then: |host, _| !host.is(Status::Broken) || host.finds(FindingKind::BehindOs),
            without: |step, host| host.has_older_media_than(step),
            ..PLAIN
        },
        Meaning {
            text: r#"kind = "exists", when = ["drift", "cache", "update KB973917/v2"]"#,
            when: |host| {
                host.is(Status::Drift) && host.view.cache().is_some() && host.is_recorded(2)
            },
            ..PLAIN
        },
        Meaning {
            text: r#"kind = "exists", when = ["update KB973917", "not component iis_www"],
                     then = ["base sp1"], without = ["-* when consistent", "clean-cache"]"#,
            when: |host| host.view.records().next().is_some() && !host.has("iis_www"),
            then: |host, _| host.view.base() == Level::SP1,
            without: |step, host| match step {
                Step::RemoveComponent { .. } => host.is(Status::Consistent),
                step => *step == Step::CleanCache,
            },
            ..PLAIN
        },
        Meaning {
            text: r#"kind = "always", then = ["offered sp2 or level sp2"], without = ["kb*"]"#,
            then: |_, _| true,
            without: |step, _| is_update(step),
            ..PLAIN
        },
        Meaning {
            text: r#"kind = "exists", when = ["mismatch"],
                     without = ["+*@* when level sp2", "kb* when not cache", "-sp*"]"#,
            when: |host| host.is(Status::Mismatch),
            without: |step, host| match step {
                Step::AddComponent { media, .. } => {
                    media.is_some() && host.view.level() == Level::SP2
                }
                Step::RemoveServicePack(_) => true,
                step => is_update(step) && host.view.cache().is_none(),
            },
            ..PLAIN
        },
    ]
}

fn steps() -> Vec<Meaning> {
    vec![
        Meaning {
            text: r#"kind = "step-can-lead", when = ["not broken"],
                     step = ["kb973917/v1", "kb973917/v2"], then = ["broken"]"#,
            when: |host| !host.is(Status::Broken),
            step: |step, _| is_update(step),
            then: |host, _| host.is(Status::Broken),
            ..PLAIN
        },
        // Most of these steps have nothing to do on some hosts, and then lead nowhere.
        Meaning {
            text: r#"kind = "step-can-lead",
                     step = ["sp2", "clean-cache", "sfc", "kb973917/v1", "-kb973917", "+iis"],
                     then = ["level sp2", "consistent"]"#,
            step: |step, _| match step {
                Step::InstallUpdate { release, .. } => *release == Some(1),
                Step::AddComponent { media, .. } => media.is_none(),
                step => {
                    !matches!(
                        step,
                        Step::RemoveServicePack(_) | Step::RemoveComponent { .. } | Step::Restart
                    ) && !applies(step, Level::SP1)
                }
            },
            then: |host, _| host.view.level() == Level::SP2 && host.is(Status::Consistent),
            ..PLAIN
        },
        Meaning {
            text: r#"kind = "step-always-leads", when = ["broken or mismatch"], step = ["sp2"],
                     then = ["not broken", "same components", "same files"]"#,
            when: |host| host.is(Status::Broken) || host.is(Status::Mismatch),
            step: |step, _| applies(step, Level::SP2),
            then: |host, before| {
                !host.is(Status::Broken)
                    && host.view.components().eq(before.view.components())
                    && host.view.files().map(|f| f.0).eq(before.view.files().map(|f| f.0))
            },
            ..PLAIN
        },
        Meaning {
            text: r#"kind = "step-always-leads", when = ["update KB973917"],
                     step = ["-iis", "-kb* when cache"],
                     then = ["not same files or not update KB973917", "file w3core.dll present"]"#,
            when: |host| host.view.records().next().is_some(),
            step: |step, host| match step {
                Step::RemoveUpdate { .. } => host.view.cache().is_some(),
                step => matches!(step, Step::RemoveComponent { .. }),
            },
            then: |host, before| {
                let same = host.view.files().map(|f| f.0).eq(before.view.files().map(|f| f.0));
                (!same || host.view.records().next().is_none())
                    && host.revision("w3core.dll").is_some()
            },
            ..PLAIN
        },
    ]
}

fn steps_of_routes() -> Vec<Meaning> {
    vec![
        // The step that is asked about is not taken on some hosts, and leaves these as they are.
        Meaning {
            text: r#"kind = "step-always-leads", when = ["level below sp2"], step = ["sp2"],
                     then = ["level sp2", "file iisutil.dll lineage sp2 or not component iis_www"],
                     without = ["sp2 when component iis_www", "+*@older"]"#,
            when: |host| host.view.level() < Level::SP2,
            step: |step, _| applies(step, Level::SP2),
            then: |host, _| {
                let is_sp2 = |revision| CATALOG.lineage(revision) == Level::SP2;
                host.view.level() == Level::SP2
                    && (!host.has("iis_www") || host.revision("iisutil.dll").is_some_and(is_sp2))
            },
            without: |step, host| {
                applies(step, Level::SP2) && host.has("iis_www") || host.has_older_media_than(step)
            },
        },
        Meaning {
            text: r#"kind = "step-can-lead", when = ["not component iis_www"], step = ["+*@newer"],
                     then = ["finding ahead-of-os", "not same components"], without = ["sp2"]"#,
            when: |host| !host.has("iis_www"),
            step: |step, host| match step {
                Step::AddComponent { media: Some(media), .. } => *media > host.view.level(),
                _ => false,
            },
            then: |host, before| {
                host.finds(FindingKind::AheadOfOs)
                    && host.view.components().ne(before.view.components())
            },
            without: |step, _| applies(step, Level::SP2),
        },
    ]
}

/// What a property comes to: whether it holds, how many hosts there are, how many it is about, and
/// the length of a shortest order.
type Found = (bool, Count, Count, Option<usize>);

/// A search from host to host.
struct OneByOne {
    model: Model,
    steps: Vec<(Step, Action)>,
}

impl OneByOne {
    fn new(architecture: Architecture, switches: Switches) -> Self {
        let names = names(DEFAULT);
        let whole = Model::new(CATALOG.clone(), architecture, switches).expect("the catalog");
        let group = CATALOG.groups.iter().find(|group| group.id == "iis").expect("a group");
        let scope = Scope {
            components: group.members.clone(),
            updates: vec![CATALOG.update_named("KB973917").expect("an update")],
            share_slots: false,
        };
        let steps = whole.search_steps(&names).expect("names of the catalog");
        let model = Model::with_scope(CATALOG.clone(), architecture, switches, scope);
        Self { model: model.expect("a scope of the catalog"), steps }
    }

    fn seen<'a>(&'a self, host: &'a Host) -> Seen<'a> {
        let view = self.model.view(host);
        Seen { view, truth: truth(view) }
    }

    /// The host after a step; none where it is left out, is refused or changes nothing.
    fn after(
        &self,
        before: &Seen<'_>,
        (step, action): &(Step, Action),
        of: &Meaning,
    ) -> Option<Host> {
        if (of.without)(step, before) {
            return None;
        }
        match self.model.apply(before.view.host(), *action) {
            Outcome::Applied(after) => Some(after),
            Outcome::Unchanged | Outcome::Refused(_) => None,
        }
    }

    fn found(&self, kind: PropertyKind, of: &Meaning) -> Found {
        let mut depths: BTreeMap<Host, usize> = self.model.bases().map(|host| (host, 0)).collect();
        let mut order: Vec<Host> = self.model.bases().collect();
        let mut next = 0;
        let (mut concerned, mut about, mut decides) = (0_u32, None, None);
        while let Some(host) = order.get(next).cloned() {
            let (depth, seen) = (depths[&host], self.seen(&host));
            for step in &self.steps {
                let Some(after) = self.after(&seen, step, of) else { continue };
                if !depths.contains_key(&after) {
                    depths.insert(after.clone(), depth + 1);
                    order.push(after);
                }
            }
            let answers = self.answers(kind, of, &seen);
            concerned += u32::from(!answers.is_empty());
            // The base operating system is a step of an order, too.
            let length = depth + 1 + usize::from(kind.has_step());
            about = about.or(answers.first().map(|_| length));
            let is_decisive = |met: &bool| *met == kind.wants_example();
            decides = decides.or(answers.iter().any(is_decisive).then_some(length));
            next += 1;
        }
        let holds = decides.is_some() == kind.wants_example();
        let shows =
            (kind.has_step() || !of.text.contains("always\", then")) && !kind.wants_example();
        let length = decides.or(about.filter(|_| shows));
        (holds, Count::from(order.len()), Count::from(concerned), length)
    }

    /// For each step that the property is about, or for the host itself, whether `then` is met.
    fn answers(&self, kind: PropertyKind, of: &Meaning, before: &Seen<'_>) -> Vec<bool> {
        if !(of.when)(before) {
            return Vec::new();
        }
        if !kind.has_step() {
            return vec![(of.then)(before, before)];
        }
        let asked = self.steps.iter().filter(|(step, _)| (of.step)(step, before));
        let after = asked.filter_map(|step| {
            let after = self.after(before, step, of);
            let is_asked = after.is_some() || kind == PropertyKind::StepAlwaysLeads;
            // A step is followed by the restart that it requires.
            let after = after.map(|after| self.model.restarted(&after));
            is_asked.then(|| after.unwrap_or_else(|| before.view.host().clone()))
        });
        after.map(|after| (of.then)(&self.seen(&after), before)).collect()
    }
}

/// The same by sets.
fn by_sets(architecture: Architecture, switches: Switches, text: &str) -> (PropertyKind, Found) {
    let claim = format!(
        "[[claim]]\nid = \"one\"\ntext = \"t\"\nsource = \"s\"\nreading = \"r\"\n\
         recorded = \"holds\"\nproperty = {{ {} }}\n\
         scope = {{ components = [\"iis\"], updates = [\"KB973917\"], \
         architectures = [\"{architecture}\"] }}\n",
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    let (claims, mistakes) = read_claims(&[SourceFile::new("claims.toml", &claim)], &CATALOG);
    assert!(mistakes.is_empty(), "{text}: {mistakes:?}");
    let kind = claims.first().expect("a claim").property.kind;
    let checked = check_claims(&CATALOG, switches, &claims, &|_| {}).expect("it can be checked");
    let case = checked.results.first().and_then(|result| result.cases.first());
    let case = case.expect("a case").clone();
    let length = case.witness.map(|witness| {
        // The restart that the last step requires is not counted with it.
        let restarts = kind.has_step() && witness.steps.last() == Some(&Step::Restart);
        witness.steps.len() - usize::from(restarts)
    });
    (kind, (case.holds, case.hosts, case.concerned, length))
}

fn compare(architecture: Architecture, settings: &[&str]) {
    let switches = Switches::from_settings(&CATALOG, settings.iter().copied());
    let switches = switches.expect("settings of the catalog");
    let search = OneByOne::new(architecture, switches);
    for meaning in states().into_iter().chain(steps()).chain(steps_of_routes()) {
        let (kind, found) = by_sets(architecture, switches, meaning.text);
        let expected = search.found(kind, &meaning);
        assert_eq!(found, expected, "{architecture} {settings:?}: {}", meaning.text);
    }
}

#[test]
fn claims_come_out_as_by_a_search_from_host_to_host() {
    compare(Architecture::X64, &[]);
}

#[test]
fn claims_come_out_so_under_other_assumptions_too() {
    let settings = [
        "A5=refused",
        "A17=replaces",
        "A24=component-store",
        "A27=always",
        "A29=at-restart",
        "A30=kept",
    ];
    for setting in settings {
        compare(Architecture::X64, &[setting]);
    }
    // There are no files of the first release on x64.
    compare(Architecture::X86, &["A28=fails"]);
}

#[test]
fn claims_come_out_so_on_three_levels_too() {
    compare(Architecture::X86, &[]);
}
