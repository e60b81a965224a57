//! Annotations: which there are, in which order, and that no text ends a command early.

use crate::verification::{clean, places, undecided, wrong};
use patchstate_report::{FileOfRule, github_annotations};

#[test]
fn where_all_is_well_there_is_none() {
    assert_eq!(github_annotations(&clean(), &places()), "");
}

#[test]
fn errors_come_first_because_only_so_many_are_shown() {
    let text = github_annotations(&wrong(), &places());
    let kinds: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("::").unwrap().split_once(' ').unwrap().0)
        .collect();
    let errors = ["error", "error", "error"];
    let others = ["warning", "warning", "warning", "notice", "notice"];
    assert_eq!(kinds, [&errors[..], &others].concat());
}

#[test]
fn an_annotation_stands_at_the_clause_and_says_truth_verdict_and_order() {
    let text = github_annotations(&wrong(), &places());
    assert_eq!(
        text.lines().next(),
        Some(
            "::error file=my rules/a%2Cb%3A50%25.toml,line=7,col=3,title=false negative of rule \
             rule-of-thumb::truth is mismatch, not consistent; missed: behind-os system32/a.dll\
             %0Adecided by line 7: second%0Arun it: patchstate run os:rtm sp1 +iis@rtm"
        )
    );
    assert!(text.contains(
        "::error file=claims/mine.toml,line=4,col=6,title=claim helps is refuted::recorded as \
         holds: it does not, 100%25 of the time\n"
    ));
    assert!(text.contains("::warning title=patchstate%3A incomplete::a bound stopped"));
}

#[test]
fn no_text_ends_a_command_or_a_property() {
    let mut verification = wrong();
    "a,line=9::b\r\n::error::c%0A".clone_into(&mut verification.rules[1].rule);
    verification.claims[1].detail = "one\n::error::two\r".to_owned();
    let mut places = places();
    let file = FileOfRule::Program("x\n::warning::y,title=z".to_owned());
    places.rules.insert(verification.rules[1].rule.clone(), file);
    let text = github_annotations(&verification, &places);
    assert_eq!(text.lines().count(), 8);
    assert!(!text.contains('\r'));
    let first = text.lines().next().unwrap();
    let title = "file=x%0A%3A%3Awarning%3A%3Ay%2Ctitle=z,line=1,col=1,title=false negative of \
                 rule a%2Cline=9%3A%3Ab%0D%0A%3A%3Aerror%3A%3Ac%250A::";
    assert!(first.contains(title), "{first}");
    assert!(text.contains("one%0A::error::two%0D"));
}

#[test]
fn nothing_in_a_log_is_a_command_to_a_terminal() {
    let mut verification = wrong();
    "a\u{1b}[2J\u{202e}b".clone_into(&mut verification.rules[1].rule);
    verification.claims[1].detail = "\u{9b}31m".to_owned();
    let text = github_annotations(&verification, &places());
    assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text:?}");
    assert!(text.contains(r"a\u{1b}[2J\u{202e}b") && text.contains(r"\u{9b}31m"), "{text}");
}

#[test]
fn a_rule_that_says_nothing_is_a_warning_with_the_reason_and_an_order() {
    assert_eq!(
        github_annotations(&undecided(), &places()),
        "::warning file=my rules/a%2Cb%3A50%25.toml,line=1,col=3,title=rule rule-of-thumb is \
         inconclusive::inconclusive on 1 of 10 hosts, first because a file cannot be read%0Arun \
         it: patchstate run os:sp2\n"
    );
}

#[test]
fn where_no_host_was_reached_that_is_said() {
    let mut verification = clean();
    verification.architectures.clear();
    assert_eq!(
        github_annotations(&verification, &places()),
        "::warning title=patchstate%3A nothing ran::no host was reached, so nothing was checked\n"
    );
}
