//! Documents that would take all memory, or all time there is, were there no bounds.

use super::{Host, document, one_test, outcome, rules};
use crate::{Reads, Rule, oval::OvalResult};

/// Variables that each take the next one twice, down to a text.
fn doubled(depth: usize, text: &str) -> String {
    let mut elements = "<w:file_test id=\"oval:t:tst:1\" check=\"all\">\
         <w:object object_ref=\"oval:t:obj:1\"/></w:file_test>\n\n\
         <w:file_object id=\"oval:t:obj:1\"><w:filepath var_ref=\"oval:t:var:0\"/>\
         </w:file_object>\n\n"
        .to_owned();
    for number in 0..depth {
        let next = format!("<variable_component var_ref=\"oval:t:var:{}\"/>", number + 1);
        elements.push_str(&format!(
            "<local_variable id=\"oval:t:var:{number}\"><concat>{next}{next}</concat>\
             </local_variable>\n\n"
        ));
    }
    elements
        + &format!(
            "<local_variable id=\"oval:t:var:{depth}\"><literal_component>{text}</literal_component>\
         </local_variable>"
        )
}

#[test]
fn texts_that_double_are_bounded() {
    let document = document(&one_test(&doubled(60, "a")));
    assert_eq!(*rules(&document)[0].reads(), Reads::Tree);
    let outcome = outcome(&document, 1, &Host::new("x86", None));
    assert_eq!(outcome.result, OvalResult::Error);
    assert!(outcome.reason.unwrap().contains("more than 1000000 bytes"));
}

#[test]
fn each_variable_is_worked_out_once() {
    let document = document(&one_test(&doubled(60, "")));
    assert!(matches!(rules(&document)[0].reads(), Reads::Fields(fields) if fields.is_empty()));
    let outcome = outcome(&document, 1, &Host::new("x86", None));
    assert_eq!(outcome.result, OvalResult::Error);
}
