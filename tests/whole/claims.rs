//! Claims: the built-in ones come out as recorded, and the checker finds what is wrong in others.

use patchstate_servicing::Switches;
use patchstate_source::{Diagnostic, SourceFile};
use patchstate_study::{
    Claim, ClaimResult, Conclusion, Facts, Simulation, built_in_claim_files, built_in_claims,
    check_claims, read_claims,
};
use patchstate_terms::{Architecture, Status, Step};
use patchstate_test_model::CATALOG;
use std::sync::LazyLock;

/// The built-in claims, checked once for all tests.
static BUILT_IN: LazyLock<Vec<ClaimResult>> = LazyLock::new(|| check(&built_in_claims(&CATALOG)));

fn check(claims: &[Claim]) -> Vec<ClaimResult> {
    let results = check_claims(&CATALOG, Switches::default(), claims, &|_| {});
    results.expect("the claims can be checked").results
}

fn read(text: &str) -> (Vec<Claim>, Vec<Diagnostic>) {
    read_claims(&[SourceFile::new("claims.toml", text)], &CATALOG)
}

/// A claim in a small scope with this record, these assumptions and this property.
fn claim(recorded: &str, rests_on: &str, property: &str) -> String {
    format!(
        "[[claim]]\nid = \"canary\"\ntext = \"A text.\"\nsource = \"A test.\"\n\
         reading = \"A reading.\"\nrecorded = \"{recorded}\"\nrests_on = [{rests_on}]\n\
         scope = {{ components = [\"iis\"], updates = [\"KB973917\"] }}\n\
         property = {{ {property} }}\n"
    )
}

fn check_one(recorded: &str, rests_on: &str, property: &str) -> ClaimResult {
    let (claims, mistakes) = read(&claim(recorded, rests_on, property));
    assert!(mistakes.is_empty(), "{mistakes:?}");
    check(&claims).pop().expect("one claim, one result")
}

fn steps(result: &ClaimResult) -> Vec<String> {
    let witness = result.witness.as_ref().unwrap_or_else(|| panic!("no witness: {result:?}"));
    witness.steps.iter().map(ToString::to_string).collect()
}

fn built_in(id: &str) -> &'static ClaimResult {
    let found = BUILT_IN.iter().find(|result| result.id == id);
    found.unwrap_or_else(|| panic!("there is no claim {id}"))
}

#[test]
fn every_built_in_claim_file_reads_without_a_mistake() {
    let (claims, mistakes) = read_claims(&built_in_claim_files(), &CATALOG);
    let lines =
        mistakes.iter().map(|m| format!("{}:{}: {}", m.source.name, m.place().line, m.message));
    assert_eq!(lines.collect::<Vec<_>>(), Vec::<String>::new());
    assert!(claims.len() >= 25, "{} claims", claims.len());
}

#[test]
fn every_built_in_claim_comes_out_as_recorded() {
    let wrong: Vec<String> = BUILT_IN
        .iter()
        .filter(|result| !result.as_recorded || result.found != result.recorded)
        .map(|r| format!("{}: recorded {}, found {}: {}", r.id, r.recorded, r.found, r.detail))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_claim_that_is_recorded_wrongly_is_reported() {
    let property = "kind = \"always\", then = [\"not broken\"]";
    let result = check_one("holds", "", property);
    assert_eq!(result.found, Conclusion::Refuted);
    assert!(!result.as_recorded);
    assert!(check_one("refuted", "", property).as_recorded);
}

#[test]
fn a_claim_about_no_host_is_not_as_recorded() {
    let property = "kind = \"always\", when = [\"base sp2\", \"level rtm\"], then = [\"broken\"]";
    let result = check_one("holds", "", property);
    assert!(!result.as_recorded);
    assert_eq!(result.witness, None);
}

#[test]
fn a_counterexample_is_a_shortest_order() {
    // Two steps cannot do it: the files must be old, the update new, and the level between.
    let result = check_one("refuted", "", "kind = \"always\", then = [\"not broken\"]");
    assert_eq!(steps(&result), ["os:sp2", "+iis@rtm", "kb973917/v1"]);
}

#[test]
fn an_example_ends_with_the_step_that_the_property_is_about() {
    let property = "kind = \"step-can-lead\", when = [\"broken\"], step = [\"sp*\"], \
                    then = [\"consistent\"]";
    let result = check_one("holds", "", property);
    assert_eq!(result.found, Conclusion::Holds);
    assert_eq!(steps(&result), ["os:sp2", "+iis@rtm", "kb973917/v1", "sp2"]);
}

#[test]
fn an_example_that_is_not_there_is_refuted_without_a_witness() {
    // No package of the scope has files for SP1.
    let property = "kind = \"exists\", when = [\"broken\", \"level sp1\"], without = [\"-sp*\"]";
    let result = check_one("refuted", "", property);
    assert_eq!((result.found, result.witness.clone()), (Conclusion::Refuted, None), "{result:?}");
    let result = check_one("holds", "", "kind = \"exists\", when = [\"broken\", \"level sp2\"]");
    assert_eq!(result.found, Conclusion::Holds);
}

#[test]
fn steps_that_are_left_out_are_not_on_the_way() {
    let property = "kind = \"exists\", when = [\"mismatch\"], without = [\"+*@*\"]";
    let result = check_one("holds", "", property);
    assert_eq!(result.found, Conclusion::Holds);
    assert!(steps(&result).iter().all(|step| !step.contains('@')), "{result:?}");
    let property = "kind = \"exists\", when = [\"mismatch\"], without = [\"+*@*\", \"-sp*\"]";
    assert_eq!(check_one("refuted", "", property).found, Conclusion::Refuted);
}

#[test]
fn a_refused_step_leaves_the_host_as_it_is() {
    // SP1 cannot be applied to SP2, so it cures no broken host there.
    let property = "kind = \"step-always-leads\", when = [\"level sp2\", \"broken\"], \
                    step = [\"sp1\"], then = [\"broken\"]";
    assert_eq!(check_one("holds", "", property).found, Conclusion::Holds);
    let property = "kind = \"step-can-lead\", when = [\"level sp2\"], step = [\"sp1\"], then = []";
    assert!(!read(&claim("refuted", "", property)).1.is_empty());
    let property = "kind = \"step-can-lead\", when = [\"level sp2\"], step = [\"sp1\"], \
                    then = [\"level sp2\"]";
    assert_eq!(check_one("refuted", "", property).found, Conclusion::Refuted);
}

#[test]
fn a_claim_about_no_host_says_so_and_is_not_as_recorded() {
    // There are no hosts of x64 at RTM.
    let property = "kind = \"always\", when = [\"level rtm\"], then = [\"broken\"]";
    let scope = "scope = { architectures = [\"x64\"],";
    let text = claim("holds", "", property).replace("scope = {", scope);
    let (claims, mistakes) = read(&text);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let result = check(&claims).pop().expect("one claim, one result");
    assert!(!result.as_recorded);
    assert_eq!(result.detail, "there is no host that it is about, so it says nothing");
}

/// A claim about hosts of x64 without components and updates. There are five of them: from media
/// with SP1 the host at SP1, and the one at SP2 with a cache and without one; from media with SP2
/// the host with a cache and without one.
fn check_bare(property: &str) -> (bool, String, Option<Vec<String>>) {
    let text = format!(
        "[[claim]]\nid = \"bare\"\ntext = \"A text.\"\nsource = \"A test.\"\n\
         reading = \"A reading.\"\nrecorded = \"holds\"\n\
         scope = {{ components = [], architectures = [\"x64\"] }}\n\
         property = {{ {property} }}\n"
    );
    let (claims, mistakes) = read(&text);
    assert!(mistakes.is_empty(), "{property}: {mistakes:?}");
    let result = check(&claims).pop().expect("one claim, one result");
    let case = result.cases.first().expect("the assumptions in force");
    let order = case
        .witness
        .as_ref()
        .map(|witness| witness.steps.iter().map(ToString::to_string).collect::<Vec<String>>());
    (case.holds, format!("{} of {}", case.concerned, case.hosts), order)
}

/// Properties of these hosts: whether they hold, about how many of how many hosts, and the order.
const BARE: [(&str, bool, &str, Option<&[&str]>); 10] = [
    (
        "kind = \"exists\", when = [\"base sp1\", \"level sp2\", \"not cache\"]",
        true,
        "1 of 5",
        Some(&["os:sp1", "sp2", "clean-cache"]),
    ),
    // It cannot be removed where it came with the media, with a cache or without one.
    (
        "kind = \"step-always-leads\", when = [\"level sp2\"], step = [\"-sp2\"], \
             then = [\"level sp1\"]",
        false,
        "4 of 5",
        Some(&["os:sp2", "-sp2"]),
    ),
    // There is a cache to clean on two hosts.
    (
        "kind = \"step-can-lead\", when = [\"base sp2\"], step = [\"clean-cache\", \"sfc\"], \
             then = [\"not cache\"]",
        true,
        "1 of 5",
        Some(&["os:sp2", "sp2", "clean-cache"]),
    ),
    ("kind = \"step-can-lead\", step = [\"sfc\"], then = [\"level sp2\"]", false, "0 of 5", None),
    // Applying it again changes nothing where the cache is there.
    (
        "kind = \"step-can-lead\", when = [\"cache\"], step = [\"sp2\"], then = [\"cache\"]",
        false,
        "0 of 5",
        None,
    ),
    (
        "kind = \"always\", when = [\"base sp1\"], then = [\"cache or level sp1\"], \
             without = [\"clean-cache when level above base\"]",
        true,
        "2 of 4",
        Some(&["os:sp1"]),
    ),
    (
        "kind = \"exists\", when = [\"level above base\"], \
             without = [\"sp2 when level below sp2\"]",
        false,
        "0 of 3",
        None,
    ),
    // The truth about all of them is the same.
    (
        "kind = \"always\", then = [\"not cache\"], without = [\"sp2 when not-applicable\"]",
        true,
        "2 of 2",
        None,
    ),
    // A step that is left out leaves the host as it is.
    (
        "kind = \"step-always-leads\", step = [\"sp2\"], then = [\"level sp2\"], \
             without = [\"sp2\"]",
        false,
        "2 of 2",
        Some(&["os:sp1", "sp2"]),
    ),
    (
        "kind = \"step-always-leads\", step = [\"sp2\", \"-sp2\"], \
             then = [\"same components\", \"same files\"]",
        true,
        "5 of 5",
        Some(&["os:sp1", "sp2"]),
    ),
];

#[test]
fn numbers_and_orders_are_those_worked_out_by_hand_for_five_hosts() {
    for (property, holds, numbers, order) in BARE {
        let order = order.map(|order| order.iter().map(ToString::to_string).collect());
        assert_eq!(check_bare(property), (holds, numbers.to_owned(), order), "{property}");
    }
}

#[test]
fn what_a_step_brings_is_not_as_before() {
    let step = "kind = \"step-can-lead\", step = [\"+iis\"]";
    let changed = format!("{step}, then = [\"not same components\", \"not same files\"]");
    let result = check_one("holds", "", &changed);
    assert_eq!((result.found, steps(&result).len()), (Conclusion::Holds, 2), "{result:?}");
    for same in ["components", "files"] {
        let unchanged = format!("{step}, then = [\"same {same}\"]");
        assert_eq!(check_one("refuted", "", &unchanged).found, Conclusion::Refuted);
    }
}

#[test]
fn a_claim_depends_on_the_assumption_that_decides_it() {
    let property = "kind = \"always\", when = [\"level sp2\", \"finding behind-os\"], \
                    then = [\"not offered sp2\"]";
    let result = check_one("depends", "\"A5\", \"A8\"", property);
    assert_eq!(result.found, Conclusion::Depends);
    assert_eq!(result.decided_by, ["A8"]);
    assert_eq!(result.cases.len(), 3);
    let witness = result.witness.expect("a host to which it is offered");
    assert_eq!(witness.assume, ["A8=offered"]);
}

#[test]
fn a_record_is_not_held_against_other_assumptions() {
    let property = "kind = \"exists\", when = [\"broken\"], without = [\"-sp*\"]";
    let (claims, _) = read(&claim("holds", "", property));
    let switches = Switches::from_settings(&CATALOG, ["A24=component-store"]).expect("a setting");
    let checked = check_claims(&CATALOG, switches, &claims, &|_| {});
    let results = checked.expect("it can be checked").results;
    assert_eq!(results[0].found, Conclusion::Refuted);
    assert!(results[0].as_recorded);
}

/// Claims whose every witness must end on a broken host.
const BREAKS: [&str; 9] = [
    "kb973917-breaks-mixed-hosts",
    "only-old-media-break-hosts",
    "ms10-040-repeats-it",
    "ms10-040-breaks-where-it-is-offered",
    "official-route-survives-service-pack-removal",
    "removing-a-service-pack-breaks",
    "removing-an-update-breaks",
    "removing-kb973917-always-cures",
    "server-2008-servicing-survives-service-pack-removal",
];

#[test]
fn a_witness_of_a_break_ends_broken_by_the_plain_model_too() {
    let claims = built_in_claims(&CATALOG);
    for result in BREAKS.map(built_in) {
        assert!(result.witness.is_some(), "{}", result.id);
        let claim = claims.iter().find(|claim| claim.id == result.id).expect("the same claims");
        // Of a claim that depends, cases that come out otherwise show something else.
        let breaks = claim.property.kind.wants_example();
        let cases = result.cases.iter().filter(|case| case.holds == breaks);
        for witness in cases.filter_map(|case| case.witness.as_ref()) {
            let settings = witness.assume.iter().map(String::as_str);
            let switches = Switches::from_settings(&CATALOG, settings).expect("settings");
            let simulation = Simulation::new(&Facts::of(&CATALOG), witness.architecture, switches);
            let simulation = simulation.expect("the catalog has the architecture");
            let model = simulation.model();
            let Some((Step::InstallOs(level), rest)) = witness.steps.split_first() else {
                panic!("{}: {:?}", result.id, witness.steps)
            };
            let mut host = model.install_os(*level).expect("media");
            for step in rest {
                let action = model.resolve(step).expect("a step of the catalog");
                host = model.apply(&host, action).after(&host).clone();
            }
            let status = simulation.truth(&host).status;
            assert_eq!(status, Status::Broken, "{}: {:?}", result.id, witness.steps);
        }
    }
}

/// Truth after an install order, by the plain model.
fn status_after(order: &[String]) -> Status {
    let simulation = Simulation::new(&Facts::of(&CATALOG), Architecture::X86, Switches::default());
    let simulation = simulation.expect("the catalog has x86");
    let steps: Vec<Step> = order.iter().map(|step| step.parse().expect("a step")).collect();
    let model = simulation.model();
    let Some((Step::InstallOs(level), rest)) = steps.split_first() else { panic!("no system") };
    let mut host = model.install_os(*level).expect("media");
    for step in rest {
        let action = model.resolve(step).expect("a step of the catalog");
        host = model.apply(&host, action).after(&host).clone();
    }
    simulation.truth(&host).status
}

#[test]
fn the_counterexamples_of_the_article_are_what_they_are_said_to_be() {
    let order = steps(built_in("only-old-media-break-hosts"));
    assert_eq!(status_after(&order), Status::Broken);
    assert!(order.iter().any(|step| step.starts_with("-sp")), "{order:?}");
    let order = steps(built_in("version-check-finds-every-mismatch"));
    assert!(matches!(status_after(&order), Status::Mismatch | Status::Broken));
    let before = built_in("v2-never-breaks");
    assert_eq!(before.decided_by, ["A3"]);
}

#[test]
fn mistakes_are_reported_at_their_lines_with_the_nearest_name() {
    let (claims, mistakes) = read(
        "[[claim]]\nid = \"x\"\ntext = \"t\"\nsource = \"s\"\nreading = \"r\"\n\
         recorded = \"hold\"\nrests_on = [\"A99\"]\n\
         scope = { components = [\"iis_comon\"], updates = [] }\n\
         property = { kind = \"alway\", then = [\"broke\"] }\n",
    );
    assert!(claims.is_empty());
    let places: Vec<_> = mistakes.iter().map(|m| (m.place().line, m.code)).collect();
    assert!(places.contains(&(6, "claim/unknown-name")), "{mistakes:?}");
    assert!(places.contains(&(7, "claim/unknown-name")), "{mistakes:?}");
    assert!(places.contains(&(8, "claim/unknown-name")), "{mistakes:?}");
    let help = mistakes.first().and_then(|mistake| mistake.help.clone()).unwrap_or_default();
    assert_eq!(help, "did you mean `holds`?");
}

#[test]
fn mistakes_in_a_property_are_reported() {
    let cases = [
        ("kind = \"alway\", then = [\"broken\"]", "there is no kind of property `alway`"),
        ("kind = \"always\", then = [\"broke\"]", "there is no condition `broke`"),
        ("kind = \"always\", then = [\"same files\"]", "`same` compares with the host before"),
        ("kind = \"always\"", "a property `always` needs `then`"),
        ("kind = \"always\", then = [\"broken\"], step = [\"sp2\"]", "takes no `step`"),
        ("kind = \"step-can-lead\", then = [\"broken\"]", "needs `step`"),
        (
            "kind = \"exists\", when = [\"file iisutl.dll present\"]",
            "there is no file `iisutl.dll`",
        ),
        ("kind = \"exists\", when = [\"update KB973917/v9\"]", "has no release `v9`"),
        ("kind = \"exists\", without = [\"+iis_ftp\"]", "no step of the claim's scope fits"),
        ("kind = \"exists\", without = [\"reboot\"]", "`reboot` is not a pattern of steps"),
        ("kind = \"exists\", wen = []", "there is no field `wen`"),
    ];
    for (property, message) in cases {
        let (claims, mistakes) = read(&claim("holds", "", property));
        assert!(claims.is_empty(), "{property}");
        let messages: Vec<&str> = mistakes.iter().map(|m| m.message.as_str()).collect();
        assert!(messages.iter().any(|m| m.contains(message)), "{property}: {messages:?}");
    }
}

#[test]
fn broken_files_are_mistakes_and_not_panics() {
    for text in ["[[claim", "claim = 3", "[[clam]]\n", "claim = [1, 2]", "[[claim]]\nid = 3\n"] {
        let (claims, mistakes) = read(text);
        assert!(claims.is_empty() && !mistakes.is_empty(), "{text}");
    }
}

#[test]
fn every_assumption_that_decides_a_claim_is_named_by_it() {
    let ids = CATALOG.assumptions.iter().filter(|a| a.id != "A24" && !a.values.is_empty());
    let ids: Vec<String> = ids.map(|assumption| assumption.id.clone()).collect();
    let mut claims = built_in_claims(&CATALOG);
    // Scopes in parts or with two updates are large.
    claims.retain(|claim| claim.names.components == ["iis"] && claim.names.updates.len() < 2);
    for claim in &mut claims {
        claim.rests_on.clone_from(&ids);
    }
    let named = built_in_claims(&CATALOG);
    let mut missing = Vec::new();
    for result in check(&claims) {
        let claim = named.iter().find(|claim| claim.id == result.id).expect("the same claims");
        let unnamed = result.decided_by.iter().filter(|id| !claim.rests_on.contains(id));
        missing.extend(unnamed.map(|id| format!("{} rests on {id}", result.id)));
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// `patchstate check` on a path: exit code and standard error.
fn check_path(path: &std::path::Path) -> (Option<i32>, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_patchstate"));
    let ended = command.arg("check").arg(path).output().expect("patchstate runs");
    (ended.status.code(), String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[test]
fn check_reads_files_of_claims_as_claims_and_names_their_lines() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    assert_eq!(check_path(&corpus.join("claims")), (Some(0), String::new()));
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("claims_to_check");
    std::fs::create_dir_all(&folder).expect("a folder");
    let wrong = claim("hold", "", "kind = \"exists\"");
    std::fs::write(folder.join("wrong.toml"), wrong).expect("a file");
    let (code, message) = check_path(&folder);
    assert_eq!(code, Some(2));
    assert!(message.contains("wrong.toml:6:"), "{message}");
    assert!(message.contains("did you mean `holds`?"), "{message}");
}
