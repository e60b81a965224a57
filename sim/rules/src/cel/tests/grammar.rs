//! The grammar of conditions, and texts that are none.

use super::{clause_values, file_with, rule_with};
use crate::{ClauseValue, Rule, read_rules};
use patchstate_detect::Evidence;
use proptest::prelude::*;

#[test]
fn operators_bind_as_in_the_specification() {
    // Worked out by hand from the table of precedence of CEL's language definition.
    for when in [
        "1 + 2 * 3 == 7",
        "(1 + 2) * 3 == 9",
        "10 - 3 - 2 == 5",
        "-7 / 2 == -3 && 7 % -3 == 1",
        "2 * 3 % 4 == 2",
        "true || false && false",
        "!(true && false)",
        "!!true",
        "--1 == 1 && - -1 == 1",
        "1 < 2 == true",
        "true ? true : false ? false : false",
        "\"a\" in [\"b\", \"a\",]",
        "1 in [3 - 2]",
        "0x1F == 31",
        "-9223372036854775808 < 9223372036854775807",
        "size(\"é\") == 1 && \"é\".size() == 1",
        "\"\\x41\\101\\u00e9\\n\" == \"AAé\\n\"",
        "r\"a\\b\" == \"a\\\\b\" && R'x' == 'x'",
        "\"\"\"a\"b\"\"\" == 'a\"b'",
        "\"a\" + \"b\" == \"ab\" && \"a\" < \"b\"",
        "matches(\"abc\", \"^a.c$\")",
        "1 == 1 // a comment\n  && true",
        "version(\"6.0.3790.1\").revision == 1",
    ] {
        let rule = rule_with(when);
        let values = clause_values(&rule, &Evidence::default());
        assert_eq!(values[0], ClauseValue::True, "{when}");
        assert!(rule.is_constant(0), "{when}");
    }
}

#[test]
fn numbers_that_leave_their_range_make_a_condition_unknown() {
    for when in [
        "9223372036854775807 + 1 > 0",
        "-(-9223372036854775808) > 0",
        "-9223372036854775808 / -1 > 0",
        "1 % 0 == 0",
    ] {
        let values = clause_values(&rule_with(when), &Evidence::default());
        assert_eq!(values[0], ClauseValue::Unknown, "{when}");
    }
}

#[test]
fn deep_conditions_are_read_up_to_a_limit() {
    let nested = |depth: usize| format!("{}true{}", "(".repeat(depth), ")".repeat(depth));
    let signs = |count: usize| format!("{}true", "!".repeat(count));
    let sum = |count: usize| format!("0{} == 0", " + 0".repeat(count));
    let chain = |count: usize| format!("true{}", " && true".repeat(count));
    for when in [nested(90), signs(90), sum(90), chain(10_000)] {
        rule_with(&when);
    }
    for when in [nested(100_000), signs(100_000), sum(100_000), "[".repeat(100_000)] {
        let (rules, mistakes) = read_rules(&[file_with(&when)]);
        assert!(rules.is_empty());
        assert_eq!(mistakes[0].code, "rule/syntax");
    }
}

proptest! {
    #[test]
    fn no_condition_makes_the_reader_panic(when in "[^']{0,60}") {
        let _ = read_rules(&[file_with(&when)]);
    }

    #[test]
    fn no_sequence_of_words_makes_the_reader_panic(words in prop::collection::vec(
        prop::sample::select(vec![
            "os", ".", "level", "version", "file", "(", ")", "\"system32/ntdll.dll\"", "present",
            "&&", "||", "!", "-", "==", "<", ">=", "in", "[", "]", ",", "?", ":", "1", "\"sp1\"",
            "true", "null", "+", "%", "registry", "update", "\"KB973917\"", "recorded", "{", "}",
            "\"6.0.3790.0\"", "revision", "size", "matches", "has", "//", "\"", "\\", "1.5", "\n",
        ]), 0..24)
    ) {
        let (rules, _) = read_rules(&[file_with(&words.join(" "))]);
        for rule in rules {
            clause_values(&rule, &Evidence::default());
            for mutant in rule.mutants() {
                prop_assert!(mutant.clause < rule.clauses().len());
            }
        }
    }

    #[test]
    fn no_file_makes_the_reader_panic(text: String) {
        let _ = read_rules(&[patchstate_source::SourceFile::new("a.rule.toml", &text)]);
    }
}
