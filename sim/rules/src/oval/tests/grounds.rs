//! Which criteria a result rests on, and the items that were read for them.

use super::{Host, document, rules};
use crate::{Ground, Rule};
use patchstate_terms::Status;

/// Three files and a test of each: 1 and 2 are older than SP2, 3 is not.
fn text(criteria: &str, class: &str) -> String {
    let mut text = format!(
        "<definition id=\"oval:t:def:1\" class=\"{class}\"><metadata><title>Old</title></metadata>\
         {criteria}</definition>\n\n"
    );
    for (number, name) in [(1, "a.dll"), (2, "b.dll"), (3, "c.dll")] {
        text.push_str(&format!(
            "<w:file_test id=\"oval:t:tst:{number}\" check=\"at least one\">\
             <w:object object_ref=\"oval:t:obj:{number}\"/>\
             <w:state state_ref=\"oval:t:ste:1\"/></w:file_test>\n\n\
             <w:file_object id=\"oval:t:obj:{number}\">\
             <w:path>C:\\WINDOWS\\system32\\inetsrv</w:path><w:filename>{name}</w:filename>\
             </w:file_object>\n\n"
        ));
    }
    text.push_str(
        "<w:file_state id=\"oval:t:ste:1\">\
         <w:version datatype=\"version\" operation=\"less than\">6.0.3790.3959</w:version>\
         </w:file_state>\n\n",
    );
    text
}

fn criterion(number: u32, rest: &str) -> String {
    format!("<criterion comment=\"part {number}\" test_ref=\"oval:t:tst:{number}\"{rest}/>")
}

fn grounds(text: &str, truth: Status) -> Vec<String> {
    let rule = rules(&document(text)).remove(0);
    let host = Host::new("x86", None).iis_file("a.dll", 1830).iis_file("b.dll", 0);
    let host = host.iis_file("c.dll", 3959);
    let told = |ground: &Ground| {
        let text = &rule.clauses()[ground.clause].text;
        let needed = ground.needed.map_or("decided".to_owned(), |needed| needed.to_string());
        let readings: Vec<String> = ground.readings.iter().map(ToString::to_string).collect();
        format!("{needed}: {text}; {}", readings.join(", "))
    };
    host.look(|subject| rule.grounds(subject, truth).iter().map(told).collect())
}

const VERSION_OF: &str = r"the version of C:\WINDOWS\system32\inetsrv";

#[test]
fn a_miss_rests_on_the_criterion_that_does_not_hold() {
    let both = format!("<criteria>{}{}</criteria>", criterion(1, ""), criterion(3, ""));
    assert_eq!(
        grounds(&text(&both, "vulnerability"), Status::Mismatch),
        [format!(r"true: part 3; {VERSION_OF}\c.dll is 6.0.3790.3959")]
    );
    let inner = format!(
        "<criteria operator=\"OR\" negate=\"true\">{}{}</criteria>",
        criterion(3, ""),
        criterion(2, "")
    );
    let nested = format!("<criteria>{}{inner}</criteria>", criterion(1, ""));
    assert_eq!(
        grounds(&text(&nested, "patch"), Status::Broken),
        [format!(r"false: part 2; {VERSION_OF}\b.dll is 6.0.3790.0")]
    );
}

#[test]
fn a_report_rests_on_the_criteria_that_were_enough() {
    let either = format!(
        "<criteria operator=\"OR\">{}{}{}</criteria>",
        criterion(3, ""),
        criterion(1, ""),
        criterion(2, "")
    );
    assert_eq!(
        grounds(&text(&either, "vulnerability"), Status::Consistent),
        [format!(r"decided: Old; {VERSION_OF}\a.dll is 6.0.3790.1830")]
    );
    // A definition of compliance reports where it does not hold.
    let one = format!("<criteria>{}</criteria>", criterion(1, ""));
    assert_eq!(
        grounds(&text(&one, "compliance"), Status::Mismatch),
        [format!(r"false: part 1; {VERSION_OF}\a.dll is 6.0.3790.1830")]
    );
}
