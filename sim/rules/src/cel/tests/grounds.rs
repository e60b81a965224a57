//! Which conditions a verdict rests on: that of the mistake to look at comes first.

use super::{AsTree, rule_from, rule_with};
use crate::{Ground, Rule, Subject};
use patchstate_detect::{Advisories, Evidence, MemoryTree, gather};
use patchstate_terms::{Level, Status};
use patchstate_test_support::host::Host;

/// Without `w3core.dll`, and with `iisutil.dll` at 6.0.3790.3959.
fn host() -> Evidence {
    gather(&Host::new(Level::SP2).without("w3core.dll").tree(), &Advisories::built_in())
}

/// Each ground as its text, what it would have to be, and what it read.
fn grounds(rule: &dyn Rule, truth: Status) -> Vec<String> {
    let (evidence, tree) = (host(), MemoryTree::new());
    let subject = Subject { evidence: &evidence, tree: &tree, folder: None };
    let told = |ground: &Ground| {
        let text = &rule.clauses()[ground.clause].text;
        let needed = ground.needed.map_or("decided".to_owned(), |needed| needed.to_string());
        let readings: Vec<String> = ground.readings.iter().map(ToString::to_string).collect();
        format!("{needed}: {text}; {}", readings.join(", "))
    };
    rule.grounds(&subject, truth).iter().map(told).collect()
}

const IISUTIL: &str = "file(\"system32/inetsrv/iisutil.dll\")";
const W3CORE: &str = "file(\"system32/inetsrv/w3core.dll\")";

#[test]
fn a_miss_rests_on_every_conjunct_that_is_not_true() {
    let read = format!("{IISUTIL}.version is 6.0.3790.3959");
    let old = format!("{IISUTIL}.version < version(\"6.0.3790.3959\")");
    let rule = rule_with(&format!("os.level == \"sp2\" && {IISUTIL}.present\n  && {old}"));
    assert_eq!(grounds(&rule, Status::Mismatch), [format!("true: {old}; {read}")]);
    // Also within parentheses, and where a field cannot be known.
    let gone = format!("{W3CORE}.level == \"sp1\"");
    let rule = rule_with(&format!("os.level == \"sp1\" && ({IISUTIL}.present && {gone})"));
    assert_eq!(
        grounds(&rule, Status::Broken),
        [
            "true: os.level == \"sp1\"; os.level is sp2".to_owned(),
            format!(
                "true: {gone}; {W3CORE}.level cannot be known: system32/inetsrv/w3core.dll is not \
                 there"
            ),
        ]
    );
}

#[test]
fn alternatives_of_which_none_holds_are_one_ground() {
    let either = "os.level == \"rtm\" || os.level == \"sp1\"";
    let rule = rule_with(&format!("{IISUTIL}.present && ({either})"));
    assert_eq!(grounds(&rule, Status::Mismatch), [format!("true: {either}; os.level is sp2")]);
}

#[test]
fn what_stands_below_a_negation_should_be_false() {
    let rule = rule_with(&format!("!({IISUTIL}.present || os.level == \"sp1\")"));
    let expected = format!("false: {IISUTIL}.present; {IISUTIL}.present is true");
    assert_eq!(grounds(&rule, Status::Mismatch), [expected]);
    // Of a negated `&&` one part would have to be false, so all are to be looked at.
    let both = format!("!(os.level == \"sp2\" && {IISUTIL}.present)");
    assert_eq!(
        grounds(&rule_with(&both), Status::Mismatch),
        [format!("true: {both}; os.level is sp2, {IISUTIL}.present is true")]
    );
}

#[test]
fn a_report_rests_on_what_was_enough_for_it() {
    let rule = rule_with(&format!(
        "os.arch == \"x86\" && (os.level == \"sp2\" || {IISUTIL}.version.revision < 1)"
    ));
    let text = &rule.clauses()[0].text;
    let expected = format!("decided: {text}; os.arch is \"x86\", os.level is sp2");
    assert_eq!(grounds(&rule, Status::Consistent), [expected]);
}

#[test]
fn the_verdict_of_the_true_status_that_lacks_least_comes_first() {
    let rule = rule_from(
        "id = \"a\"\ntitle = \"A\"\nstands_for = [\"mismatch\", \"broken\", \"drift\"]\n\
         verdict = [\n\
         { status = \"mismatch\", when = 'os.level == \"sp1\" && os.arch == \"x64\"' },\n\
         { status = \"drift\", when = 'os.arch == \"ia64\"' },\n\
         { status = \"mismatch\", when = 'os.level == \"rtm\" && os.arch == \"x86\"' },\n\
         { status = \"consistent\", when = 'os.level == \"sp2\"' },\n\
         { status = \"broken\", when = 'os.level == \"sp2\"' }]\n",
    );
    assert_eq!(
        grounds(&rule, Status::Mismatch),
        [
            "true: os.level == \"rtm\"; os.level is sp2",
            "true: os.level == \"sp1\"; os.level is sp2",
            "true: os.arch == \"x64\"; os.arch is \"x86\"",
            "decided: os.level == \"sp2\"; os.level is sp2",
        ]
    );
    // That of the true status would have been right, and is never reached.
    let decided = "decided: os.level == \"sp2\"; os.level is sp2";
    assert_eq!(grounds(&rule, Status::Broken), [decided]);
}
