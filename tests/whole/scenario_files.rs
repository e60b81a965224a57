//! The scenario book: every scenario passes, and a file with mistakes says where each of them is.
//!
//! **Owns** the corpus as a regression suite, the diagnostics of scenario files, and the rewriting
//! of expectations.
//!
//! **Start reading** at [`PLANTED`].

use patchstate_source::{Diagnostic, SourceFile};
use patchstate_study::{
    Facts, Scenario, ScenarioFile, ScenarioResult, Simulations, check_scenarios, parse_scenarios,
    run_scenario, updated_text,
};
use patchstate_terms::{Status, Step};
use patchstate_test_model::CATALOG;
use std::{collections::BTreeSet, path::Path};

fn simulations() -> Simulations {
    Simulations::new(&Facts::of(&CATALOG), &[])
}

/// Every mistake in a file, as it is reported.
fn read(source: &SourceFile) -> (ScenarioFile, Vec<Diagnostic>) {
    let (file, mut mistakes) = parse_scenarios(source);
    mistakes.extend(check_scenarios(&file, &CATALOG));
    mistakes.sort_by_key(|mistake| mistake.span.start);
    (file, mistakes)
}

/// The chapters of the book, in their order.
fn chapters() -> Vec<ScenarioFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/scenarios");
    let entries = std::fs::read_dir(folder).expect("the folder of the corpus");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).expect("a text");
        let (file, mistakes) = read(&SourceFile::new(&path.display().to_string(), &text));
        assert_eq!(mistakes, [], "{}", path.display());
        file
    };
    paths.iter().map(read).collect()
}

fn results(simulations: &Simulations, file: &ScenarioFile) -> Vec<ScenarioResult> {
    let run = |scenario: &Scenario| {
        run_scenario(&simulations.of(scenario).expect("a simulation"), scenario)
            .expect("steps of the catalog")
    };
    file.scenarios.iter().map(run).collect()
}

#[test]
fn every_scenario_of_the_book_passes() {
    let (simulations, chapters) = (simulations(), chapters());
    let mut count = 0;
    for chapter in &chapters {
        for result in results(&simulations, chapter) {
            let place = format!("{}: {}", chapter.source.name, result.name);
            assert_eq!(result.failures, [], "{place}");
            count += 1;
        }
    }
    assert!(count >= 40, "{count} scenarios");
}

#[test]
fn every_chapter_reads_as_prose_and_every_scenario_gives_its_reason() {
    let chapters = chapters();
    let mut names = BTreeSet::new();
    for chapter in &chapters {
        let text = &chapter.source.text;
        let title = text.lines().next().unwrap_or_default();
        assert!(title.starts_with("# "), "{}: {title}", chapter.source.name);
        let first = chapter.scenarios.first().expect("a chapter has a scenario");
        let opening = &text[title.len()..first.name.span.start];
        assert!(words_of(opening) >= 20, "{title}: {opening}");
        for scenario in &chapter.scenarios {
            let name = &scenario.name.value;
            assert!(names.insert(name.clone()), "{name} stands twice in the book");
            let first_step = scenario.steps.first().expect("a scenario has steps");
            let prose = &text[scenario.name.span.end..first_step.span.start];
            assert!(words_of(prose) >= 5, "{name}: {prose}");
            assert!(scenario.expectation.status.is_some(), "{name}: no status");
        }
    }
}

fn words_of(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count()
}

#[test]
fn the_book_covers_every_status_every_step_and_every_update() {
    let chapters = chapters();
    let mut kinds = BTreeSet::new();
    let (mut statuses, mut updates, mut arches) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for scenario in chapters.iter().flat_map(|chapter| &chapter.scenarios) {
        arches.insert(scenario.architecture().as_str());
        statuses.extend(scenario.expectation.status.as_ref().map(|status| status.value));
        for step in &scenario.steps {
            let step: Step = step.value.parse().expect("a step");
            kinds.insert(kind(&step));
            if let Step::InstallUpdate { update, .. } = step {
                updates.insert(update);
            }
        }
    }
    let expected = [
        "+name",
        "+name@media",
        "-kb",
        "-name",
        "-sp",
        "clean-cache",
        "kb",
        "kb/release",
        "kb:branch",
        "os",
        "restart",
        "sfc",
        "sp",
    ];
    assert_eq!(kinds, BTreeSet::from(expected));
    assert_eq!(arches, BTreeSet::from(["x64", "x86"]));
    let possible = Status::ALL.into_iter().filter(|status| *status != Status::Inconclusive);
    assert_eq!(statuses, possible.collect());
    let all: BTreeSet<String> = CATALOG.updates.iter().map(|update| update.id.clone()).collect();
    assert_eq!(updates, all);
}

fn kind(step: &Step) -> &'static str {
    match step {
        Step::InstallOs(_) => "os",
        Step::ApplyServicePack(_) => "sp",
        Step::RemoveServicePack(_) => "-sp",
        Step::AddComponent { media: None, .. } => "+name",
        Step::AddComponent { media: Some(_), .. } => "+name@media",
        Step::RemoveComponent { .. } => "-name",
        Step::InstallUpdate { branch: Some(_), .. } => "kb:branch",
        Step::InstallUpdate { release: Some(_), .. } => "kb/release",
        Step::InstallUpdate { .. } => "kb",
        Step::RemoveUpdate { .. } => "-kb",
        Step::CheckSystemFiles => "sfc",
        Step::Restart => "restart",
        Step::CleanCache => "clean-cache",
    }
}

/// A file with one mistake behind every mark. A mark is a code between « and »; without the marks
/// it is the file that is read, and where a mark stood the mistake has to be reported.
const PLANTED: &str = r#"```steps
os:sp2
```

«scenario/no-name»```expect
status = "consistent"
```

# Mistakes

## Keys and types

```steps
os:sp2
```

```expect
«scenario/unknown-key»statis = "broken"
«scenario/unknown-key»winver = 2
arch = «scenario/type»64
refused = «scenario/type»"1"
would_break = [«scenario/type»1, "KB982666"]
assume = «scenario/type»5
files = «scenario/type»["a"]
```

## Words

```steps
os:sp2
```

```expect
arch = «scenario/unknown-value»"ia64"
status = «scenario/unknown-value»"borken"
findings = [
    "missing-dll system32/inetsrv/w3core.dll", «scenario/unknown-value»"behind system32/ntdll.dll",
    «scenario/unknown-file»"ahead-of-os system32/é.dll", «scenario/path»"ahead-of-os ../x.dll",
]
refused = [«scenario/type»0]
assume = [
    "A5=refused", «scenario/assume»"A5=refuse", «scenario/assume»"A1=x", «scenario/assume»"A5",
]
```

## Steps

```steps
«scenario/step»sp2
  «scenario/step»+iis_comon@sp1   # one letter is missing
«scenario/step»+iis_asp
«scenario/step»os:rtm
+iis
«scenario/step»kb973917/v3
«scenario/step»kb97391
«scenario/step»kb913441:gdr
«scenario/step»install
```

```expect
remedy = ["sp2", «scenario/step»"sp3"]
refused = [9, «scenario/step»10]
```

## Media

```steps
«scenario/step»os:rtm
+iis
```

«scenario/no-expectation»```expect
arch = "x64"
```

## Names

```steps
os:sp2
```

```expect
would_break = ["KB973917/v1", «scenario/unknown-update»"KB973917", «scenario/unknown-update»"KB1"]

[files]
«scenario/unknown-file»"system32/inetsrv/iisutl.dll" = "6.0.3790.0"
"system32/kernel32.dll" = «scenario/version»"5.2"
"system32/ntdll.dll" = "absent"

[rules]
core = «scenario/unknown-value»"fine"
«scenario/unknown-rule»oval = "broken"
```

## Nothing is expected

«scenario/no-expectation»```steps
os:sp2
```

## There are no steps

«scenario/no-steps»```expect
status = "consistent"
```

## There is an empty block

«scenario/no-steps»```steps
# only a comment
```

```expect
```

«scenario/duplicate-name»## Words

```steps
os:sp2
```

```expect
status = "not-applicable"
```

## Misspelt blocks

```«scenario/unknown-block»step
os:sp2
«scenario/step»iis
```

```rust
let steps = "not ours";
```

```«scenario/unknown-block»expct title="a scenario"
«scenario/unknown-key»findngs = []
status «scenario/syntax»"broken"
remedy = [«scenario/type»1]
```

## Attributes behind the name

``` {.steps #first}
os:sp2
```

~~~expect,ignore
«scenario/unknown-key»remedi = 2
~~~

## Two blocks without an answer

«scenario/no-expectation»```steps
os:sp1
```

«scenario/no-expectation»```steps
os:sp2
```
"#;

/// A text without its marks, and for each mark its line and column from 1 and its code.
fn unmarked(marked: &str) -> (String, Vec<(usize, usize, String)>) {
    let (mut text, mut marks) = (String::new(), Vec::new());
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('«') {
        let (code, after) = after.split_once('»').expect("a mark ends");
        text.push_str(before);
        let line = text.matches('\n').count() + 1;
        let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        marks.push((line, column, code.to_owned()));
        rest = after;
    }
    text.push_str(rest);
    (text, marks)
}

fn places(mistakes: &[Diagnostic]) -> Vec<(usize, usize, String)> {
    let place = |mistake: &Diagnostic| {
        let place = mistake.place();
        (place.line, place.column, mistake.code.to_owned())
    };
    mistakes.iter().map(place).collect()
}

#[test]
fn every_mistake_of_a_file_is_reported_where_it_stands() {
    let (text, marks) = unmarked(PLANTED);
    let (_, mistakes) = read(&SourceFile::new("planted.md", &text));
    assert_eq!(places(&mistakes), marks);
}

#[test]
fn a_mistake_says_what_was_meant() {
    let (text, _) = unmarked(PLANTED);
    let (_, mistakes) = read(&SourceFile::new("planted.md", &text));
    let told = |words: &str| {
        let says = |mistake: &&Diagnostic| {
            mistake.message.contains(words) || mistake.help.iter().any(|help| help.contains(words))
        };
        assert_eq!(mistakes.iter().filter(says).count(), 1, "{words}: {mistakes:#?}");
    };
    told("did you mean `status`?");
    told("expected one of `arch`, `assume`, `status`");
    told("did you mean `broken`?");
    told("did you mean `iis_common`?");
    told("did you mean system32/inetsrv/iisutil.dll?");
    told("did you mean `kb973917`?");
    told("`iis_asp` is no component");
    told("KB973917 has no release v3: it has v1 to v2");
    told("KB913441 does not carry the GDR branch");
    told("expected KB973917/v1 or KB973917/v2");
    told("there is no RTM media for x64: expected sp1 or sp2");
    told("expected a list, found a text");
    told("expected a table, found a list");
    told("assumption A5 has no value `refuse`");
    told("assumption A1 has no switch");
    told("expected ID=VALUE");
    told("there is no rule `oval`");
    let line = 1 + text.lines().position(|line| line == "## Words").expect("the first of two");
    told(&format!("the scenario at line {line} has the same name"));
}

#[test]
fn a_block_that_is_no_toml_is_reported_where_it_stops_to_be() {
    let blocks = [
        "status «scenario/syntax»\"broken\"\n",
        "status = \"broken«scenario/syntax»\nfindings = []\n",
        "status = \"broken\"\n«scenario/syntax»status = \"drift\"\n",
    ];
    for block in blocks {
        let marked = format!("# A\n\n```steps\nos:sp2\n```\n\n```expect\n{block}```\n");
        let (text, marks) = unmarked(&marked);
        let (file, mistakes) = read(&SourceFile::new("syntax.md", &text));
        assert_eq!(places(&mistakes), marks, "{block}");
        assert_eq!(file.scenarios.len(), 1, "the scenario is there all the same");
    }
}

/// Runs a text and gives it with its failing expectations rewritten, and how many failures there
/// were.
fn rewritten(simulations: &Simulations, text: &str) -> (String, usize) {
    let (file, mistakes) = read(&SourceFile::new("book.md", text));
    assert_eq!(mistakes, [], "{text}");
    let results = results(simulations, &file);
    let failures = results.iter().map(|result| result.failures.len()).sum();
    let scenarios = file.scenarios.iter().zip(results);
    let pairs: Vec<_> = scenarios
        .map(|(scenario, result)| (simulations.of(scenario).expect("a simulation"), result))
        .collect();
    (updated_text(&file, &pairs), failures)
}

#[test]
fn a_book_that_holds_is_not_rewritten() {
    let simulations = simulations();
    for chapter in chapters() {
        let (text, failures) = rewritten(&simulations, &chapter.source.text);
        assert_eq!(
            (text.as_str(), failures),
            (&*chapter.source.text, 0),
            "{}",
            chapter.source.name
        );
    }
}

#[test]
fn rewriting_touches_only_what_failed_and_then_everything_holds() {
    let text = "# Book\n\n## Holds\n\nProse.\n\n```steps\nos:sp2  # bare\n```\n\n```expect\n\
                # a comment that stays\nstatus='not-applicable'\n```\n\n## Fails\n\n```steps\n\
                os:rtm\nsp2\n+iis@rtm\nsp1\n```\n\nBetween.\n\n```expect\nstatus = \"broken\"\n\
                refused = []\nremedy = [\"sp1\"]\nwould_break = []\n\n[files]\n\
                \"system32/inetsrv/iisutil.dll\" = \"6.0.3790.3959\"\n\
                \"system32/inetsrv/ftpsvc2.dll\" = \"6.0.3790.0\"\n\n[rules]\n\
                core = \"consistent\"\n```\n\nThe end.\n";
    let expected = text
        .replace("status = \"broken\"", "status = \"mismatch\"")
        .replace("would_break = []", "would_break = [\"KB973917/v1\", \"KB982666\"]")
        .replace("remedy = [\"sp1\"]", "remedy = [\"sp2\"]")
        .replace("refused = []", "refused = [4]")
        .replace("iisutil.dll\" = \"6.0.3790.3959\"", "iisutil.dll\" = \"6.0.3790.0\"")
        .replace("ftpsvc2.dll\" = \"6.0.3790.0\"", "ftpsvc2.dll\" = \"absent\"")
        .replace("core = \"consistent\"", "core = \"mismatch\"");
    let simulations = simulations();
    let (found, failures) = rewritten(&simulations, text);
    assert_eq!(failures, 7);
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(lines(&found), lines(&expected));
    let block = |text: &str| text.find("```expect\nstatus =").expect("the second block");
    assert_eq!(found[..block(&found)], text[..block(text)]);
    assert!(found.ends_with("```\n\nThe end.\n"), "{found}");
    let again = rewritten(&simulations, &found);
    assert_eq!(again, (found, 0));
}
