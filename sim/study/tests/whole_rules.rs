//! Rules over scopes of several interaction groups: what a rule says by parts is held to what it
//! says of whole hosts, whatever it reads.

#![expect(clippy::expect_used, reason = "what is not there fails the test")]

use patchstate_catalog::Catalog;
use patchstate_explore::Bounds;
use patchstate_rules::{
    Clause, Field, FileRule, Head, Judgement, Outcome, Reads, Rule, RuleParts, Subject, read_rules,
};
use patchstate_servicing::{ActionNames, Switches};
use patchstate_source::SourceFile;
use patchstate_study::{Evaluator, Facts, RuleResult, VerifyOptions, verify};
use patchstate_terms::Architecture;
use std::{collections::BTreeSet, sync::Arc};

/// A rule that says what a rule file says, and of which something else is different.
#[derive(Debug)]
struct Disguised {
    says: FileRule,
    reads: Reads,
    /// The rule of which it gives the parts; without one it cannot be taken apart.
    parts: Option<FileRule>,
}

impl Rule for Disguised {
    fn head(&self) -> &Head {
        self.says.head()
    }

    fn reads(&self) -> &Reads {
        &self.reads
    }

    fn clauses(&self) -> &[Clause] {
        &[]
    }

    fn outcomes(&self) -> Vec<Outcome> {
        self.says.outcomes()
    }

    fn judge(&self, subject: &Subject<'_>) -> Judgement {
        self.says.judge(subject)
    }

    fn parts(&self, groups: &dyn Fn(&Field) -> BTreeSet<usize>) -> Result<RuleParts, String> {
        let parts = self.parts.as_ref().ok_or("its inside cannot be seen")?;
        parts.parts(groups)
    }
}

/// A rule that calls hosts broken of which a condition holds.
fn rule(when: &str) -> FileRule {
    let text = format!(
        "id = \"of-two-groups\"\ntitle = \"A rule\"\nstands_for = [\"broken\"]\n\
         [[verdict]]\nstatus = \"broken\"\nwhen = '''{when}'''\n"
    );
    let (mut rules, mistakes) = read_rules(&[SourceFile::new("a.rule.toml", &text)]);
    assert_eq!(mistakes, []);
    rules.remove(0)
}

/// A rule over two groups that meet in the level and in `iis_common`.
fn verified(rule: Box<dyn Rule>) -> RuleResult {
    let words = |words: [&str; 2]| words.map(str::to_owned).to_vec();
    let names = ActionNames {
        components: words(["iis_ftp", "iis_smtp"]),
        updates: words(["KB975254", "KB976323"]),
        branches: false,
    };
    let options = VerifyOptions {
        architectures: vec![Architecture::X64],
        switches: Switches::default(),
        names,
        sliced: true,
        bounds: Bounds::default(),
        boundaries: None,
        remedies: false,
        observe: false,
        counterexample_count_max: 3,
    };
    let rules = [rule];
    let evaluator = Evaluator::new(&rules, None).expect("no rule needs a folder");
    let catalog = Arc::new(Catalog::built_in());
    let found =
        verify(&Facts::of(&catalog), &options, &evaluator, &|_| {}).expect("names of the catalog");
    found.rules.into_iter().nth(1).expect("the rule")
}

const FTP: &str = "file(\"system32/inetsrv/ftpsvc2.dll\").present";
const SMTP: &str = "file(\"system32/inetsrv/smtpsvc.dll\").present";

#[test]
fn a_rule_that_says_of_whole_hosts_what_it_does_not_say_by_parts_is_open() {
    let (both, one) = (format!("{FTP} && {SMTP}"), format!("{FTP} || {SMTP}"));
    let sound = verified(Box::new(rule(&both)));
    assert!(sound.is_covered() && sound.is_wrong(), "{:?}", sound.open);
    // By its parts it never says anything, and so would be right.
    let never = format!("{both} && os.level == \"rtm\"");
    for parts in [&one, &never] {
        let (says, parts) = (rule(&both), Some(rule(parts)));
        let reads = says.reads().clone();
        let found = verified(Box::new(Disguised { says, reads, parts }));
        let reason = found.open.get(&Architecture::X64).expect("it is open");
        assert!(reason.contains("and the sets of hosts have none"), "{reason}");
    }
}

/// The combinations of the files that it reads decide what it says, whatever it does with them.
#[test]
fn a_rule_over_files_of_two_groups_is_asked_about_their_combinations() {
    let both = rule(&format!("{FTP} && {SMTP}"));
    let files = both.reads().files().into_iter().cloned().collect();
    let opaque = Disguised { says: both.clone(), reads: Reads::Files(files), parts: None };
    let (opaque, plain) = (verified(Box::new(opaque)), verified(Box::new(both)));
    assert!(opaque.is_covered(), "{:?}", opaque.open);
    assert_eq!((opaque.judged, opaque.nearest), (plain.judged, plain.nearest));
}

/// A hive shows too much for that.
#[test]
fn a_rule_that_reads_a_hive_beside_files_of_two_groups_is_open() {
    let both = rule(&format!("{FTP} && {SMTP}"));
    let mut files: BTreeSet<_> = both.reads().files().into_iter().cloned().collect();
    files.insert("system32/config/software".parse().expect("a path"));
    let opaque = Disguised { says: both, reads: Reads::Files(files), parts: None };
    let found = verified(Box::new(opaque));
    let reason = found.open.get(&Architecture::X64).expect("it is open");
    assert_eq!(reason, "its inside cannot be seen");
}
