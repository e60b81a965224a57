//! Another product than the built-in one, from the catalog of Windows NT 4.0 in the corpus: each
//! command with it, and trees of one product judged by the core of the other.

use crate::program::{Ended, run, run_in};
use serde_json::Value;
use std::{fs, path::Path};
use tempfile::TempDir;

const NT4: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/catalogs/nt4-snmp");

fn with_nt4(words: &[&str]) -> Ended {
    run(&[words, &["--catalog", NT4]].concat())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn the_catalog_has_no_mistake_and_the_core_knows_all_of_it() {
    for words in [&["check", NT4, "--json"][..], &["check", "--json"]] {
        let ended = run(words);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(ended.json()["diagnostics"].as_array().map(Vec::len), Some(0));
    }
}

/// Scenarios and claims that stand beside a catalog are about it, also below a named folder.
#[test]
fn mistakes_of_scenarios_and_claims_beside_a_catalog_are_told_by_its_words() {
    let place = TempDir::new().expect("a temporary folder");
    let mine = place.path().join("mine");
    fs::create_dir_all(mine.join("advisories")).expect("a folder");
    for name in ["", "advisories"] {
        for entry in fs::read_dir(Path::new(NT4).join(name)).expect("the folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let to = mine.join(name).join(path.file_name().expect("a name"));
                fs::copy(&path, to).expect("the file can be copied");
            }
        }
    }
    let change = |file: &str, from: &str, to: &str| {
        let path = mine.join(file);
        let before = fs::read_to_string(&path).expect("the file");
        assert!(before.contains(from), "{from}");
        fs::write(&path, before.replacen(from, to, 1)).expect("the file can be written");
    };
    change("snmp.md", "+snmp  #", "+snpm  #");
    change("claims.toml", "step = [\"+snmp\"]", "step = [\"+iis\"]");
    let ended = run_in(place.path(), &["check", ".", "--json"]);
    let object = ended.json();
    let found = object["diagnostics"].as_array().expect("diagnostics");
    let said: Vec<&str> = found.iter().map(|one| text(&one["message"])).collect();
    assert_eq!((ended.code, found.len()), (2, 2), "{said:?}");
    assert!(said.iter().any(|says| says.contains("`snpm`")), "{said:?}");
    assert!(said.iter().any(|says| says.contains("`iis`")), "{said:?}");
}

#[test]
fn its_scenarios_are_as_the_articles_have_it() {
    let ended = with_nt4(&["test", NT4]);
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    assert!(ended.stdout.ends_with("passed: 16 scenarios in 1 file, as expected\n"));
}

/// The numbers are those of the second model (`sim/oracle/tests/second_model/nt4.rs`). The claims
/// that are built in are about another product, and nothing is said of them.
#[test]
fn the_core_is_right_on_every_host_and_every_claim_holds() {
    let ended = with_nt4(&["verify", "--json"]);
    let object = ended.json();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.stderr, "");
    assert_eq!(
        (&object["complete"], text(&object["catalog"])),
        (&true.into(), "windows-nt-4-snmp 1")
    );
    let arches = object["arches"].as_array().expect("architectures");
    assert_eq!((arches.len(), text(&arches[0]["arch"])), (1, "x86"));
    let by_status = &arches[0]["by_status"];
    let of = |status: &str| text(&by_status[status]);
    assert_eq!((text(&arches[0]["hosts"]), text(&arches[0]["transitions"])), ("223", "1055"));
    assert_eq!((of("broken"), of("mismatch"), of("drift")), ("80", "3", "0"));
    assert_eq!((of("consistent"), of("not-applicable")), ("56", "84"));
    let rules = object["rules"].as_array().expect("rules");
    let wrong = ["false_positive", "false_negative", "inconclusive"];
    assert!(wrong.iter().all(|count| text(&rules[0][count]) == "0"), "{}", rules[0]);
    assert_eq!(text(&rules[0]["hosts"]), "223");
    let claims = object["claims"].as_array().expect("claims");
    assert_eq!(claims.len(), 6);
    assert!(claims.iter().all(|claim| claim["found"] == claim["recorded"]), "{claims:?}");
}

#[test]
fn what_is_told_of_a_host_has_its_own_words() {
    let ended = with_nt4(&["run", "os:rtm", "sp3", "+snmp"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let words = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for says in [
        "Windows NT 4.0 is installed as it was first released. The SNMP service is optional, and \
         not on it yet.",
        "Setup adds snmp from the media that the operating system came from, RTM. Service packs \
         leave no copies of their files: the operating system is at SP3, and these files are not.",
        "the worker process cannot load, so the SNMP service hangs on starting",
        "inetmib1.dll 4.0.1381.4 imports SnmpSvcGetEnterpriseOID from snmpapi.dll",
        "Service Control Manager: event 7022 of the System log, error The SNMP service hung on \
         starting.",
        "SNMP: event 1106 of the System log",
        "the host is broken, with 6 findings; sp3 repairs it",
    ] {
        assert!(words.contains(says), "{says}\n{}", ended.stdout);
    }
    let refused = with_nt4(&["run", "os:rtm", "sfc", "clean-cache"]);
    let words = refused.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Windows NT 4.0 has no System File Checker."), "{words}");
    assert!(words.contains("it has no component of the SNMP service, or is another system"));
    for topic in ["broken", "not-applicable", "missing-dll", "component"] {
        let page = with_nt4(&["explain", topic]).stdout;
        assert!(
            !page.contains("IIS") && !page.contains("2003") && !page.contains("w3wp"),
            "{page}"
        );
    }
}

#[test]
fn what_is_built_is_judged_by_its_own_core_and_by_no_other() {
    let place = TempDir::new().expect("a temporary folder");
    let out = |name: &str| place.path().join(name).display().to_string();
    let (nt, server) = (out("nt"), out("server"));
    let built = with_nt4(&["build", "os:rtm", "sp6a", "+snmp", "--out", &nt]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let names: Vec<_> =
        fs::read_dir(&nt).expect("the folder").map(|one| one.unwrap().file_name()).collect();
    assert_eq!(names, ["WINNT"]);
    assert_eq!(run(&["build", "os:rtm", "sp2", "+iis@rtm", "--out", &server]).code, 0);
    let own = with_nt4(&["scan", &nt, "--json"]);
    let object = own.json();
    assert_eq!((own.code, text(&object["status"])), (1, "broken"), "{}", own.stderr);
    assert_eq!(
        ["product", "level", "version"].map(|key| text(&object["os"][key])),
        ["Windows NT 4.0", "sp6a", "4.0.1381.336"]
    );
    assert_eq!(object["remedy"], serde_json::json!(["sp6a"]));
    for other in [run(&["scan", &nt, "--json"]), with_nt4(&["scan", &server, "--json"])] {
        let object = other.json();
        assert_eq!((other.code, text(&object["status"])), (0, "not-applicable"));
        assert_eq!(object["findings"].as_array().map(Vec::len), Some(0));
    }
}

#[test]
fn the_product_is_listed() {
    let object = with_nt4(&["list", "product", "--json"]).json();
    let item = &object["items"][0];
    assert_eq!(text(&item["id"]), "Windows NT 4.0");
    assert_eq!(item["facts"]["service pack cache"], serde_json::json!(["no"]));
    assert_eq!(item["facts"]["Windows folder"], serde_json::json!(["WINNT"]));
    let built_in = run(&["list", "product", "--json"]).json();
    assert_eq!(text(&built_in["items"][0]["id"]), "Windows Server 2003");
    assert_eq!(built_in["items"][0]["facts"]["service pack cache"], serde_json::json!(["yes"]));
}
