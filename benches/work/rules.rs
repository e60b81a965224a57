//! Rules that users bring, beside the core alone, beside a closure written by hand, and beside the
//! engine of YARA.
//!
//! - A whole `verify` with the rule files of the corpus; the peer is `verify` with no rule.
//! - One evaluation of a rule file on evidence that was read; the peer asks the same in Rust.
//! - One file from its bytes: read and judged by a rule file; the peer is the crate `yara-x` with
//!   its module `pe`, which is there when the feature `yara` is on.

use super::{
    comparison::{Comparison, Failure},
    scope::IncidentScope,
};
use criterion::Throughput;
use patchstate_detect::{Advisories, Evidence, ImageCache, MemoryTree, gather_with, identify_os};
use patchstate_rules::{FileRule, Rule, Subject, is_rule_file, read_rules, read_yara_rule};
use patchstate_source::SourceFile;
use patchstate_study::{Evaluator, Facts, Reached, VerifyOptions, built_in_rule_files, verify};
use patchstate_terms::{FileVersion, Level, Status, WindowsPath};
use std::{collections::BTreeMap, fs, hint::black_box, sync::Arc};

const IISUTIL: &str = "system32/inetsrv/iisutil.dll";

/// All of them, over the scope of the incident.
pub(crate) fn comparisons() -> Result<Vec<Comparison>, Failure> {
    let scope = IncidentScope::new();
    let mut all = vec![over_scope(&scope, "rules", "the scope of the incident")?];
    let reached = scope.reach()?;
    all.push(evaluations(&reached)?);
    all.push(from_bytes(&reached)?);
    Ok(all)
}

/// `verify` over the whole catalog with and without rule files. A run takes seconds.
pub(crate) fn over_the_catalog() -> Result<Comparison, Failure> {
    let mut scope = IncidentScope::new();
    let catalog = Arc::clone(&scope.catalog);
    let names = &mut scope.options.names;
    names.components = catalog.components.iter().map(|found| found.id.clone()).collect();
    names.updates = catalog.updates.iter().map(|found| found.id.clone()).collect();
    scope.options.sliced = true;
    over_scope(&scope, "rules_catalog", "the whole catalog")
}

fn rule_files() -> Result<Vec<FileRule>, Failure> {
    let files: Vec<SourceFile> = built_in_rule_files();
    let files: Vec<SourceFile> =
        files.into_iter().filter(|file| is_rule_file(&*file.name)).collect();
    let (rules, mistakes) = read_rules(&files);
    if mistakes.is_empty() { Ok(rules) } else { Err("the corpus has mistakes".into()) }
}

fn over_scope(scope: &IncidentScope, id: &'static str, what: &str) -> Result<Comparison, Failure> {
    let rules = rule_files()?.into_iter().map(|rule| Box::new(rule) as Box<dyn Rule>);
    let rules: Vec<Box<dyn Rule>> = rules.collect();
    let title = format!("verifying {what} with {} rule files", rules.len());
    let options = VerifyOptions { counterexample_count_max: 5, ..scope.options.clone() };
    let (catalog, alone) = (Arc::clone(&scope.catalog), options.clone());
    let of_core = Arc::clone(&catalog);
    let amount = Throughput::Elements(1);
    Ok(Comparison::new(id, title)
        .with("patchstate", &amount, move || {
            let evaluator = Evaluator::new(&rules, None)?;
            let found = verify(&Facts::of(&catalog), &options, &evaluator, &|_| {})?;
            Ok(found.architectures.iter().map(|found| found.distinct_sets).sum())
        })
        .with("the core alone", &amount, move || {
            let evaluator = Evaluator::new(&[], None)?;
            let found = verify(&Facts::of(&of_core), &alone, &evaluator, &|_| {})?;
            Ok(found.architectures.iter().map(|found| found.distinct_sets).sum())
        }))
}

/// Evidence of every host of the scope that looks different from the others.
fn evidence(reached: &[Reached]) -> Result<Vec<Evidence>, Failure> {
    let mut all = Vec::new();
    for reached in reached {
        let cache = ImageCache::new();
        for host in reached.observation_classes().first.iter().filter_map(|id| reached.host(*id)) {
            let mut memory = MemoryTree::new();
            for (path, file) in reached.simulation().tree(&host)?.files {
                memory.insert_shared(path, file.bytes, file.number);
            }
            all.push(gather_with(&memory, &Advisories::built_in(), &cache));
        }
    }
    Ok(all)
}

fn evaluations(reached: &[Reached]) -> Result<Comparison, Failure> {
    let all = Arc::new(evidence(reached)?);
    let by_hand = Arc::clone(&all);
    let rules = rule_files()?;
    let rule = rules.into_iter().find(|rule| rule.id() == "article-rule-of-thumb");
    let rule = rule.ok_or("the corpus has lost a rule")?;
    let path: WindowsPath = IISUTIL.parse()?;
    let amount = Throughput::Elements(all.len() as u64);
    let title = format!("one rule on the evidence of {} hosts", all.len());
    Ok(Comparison::new("rule", title)
        .with("patchstate", &amount, move || {
            let tree = MemoryTree::new();
            let judge = |evidence| {
                let subject = Subject { evidence, tree: &tree, folder: None };
                black_box(rule.judge(&subject)).status == Status::Mismatch
            };
            Ok(all.iter().filter(|evidence| judge(evidence)).count())
        })
        .with("a closure written by hand", &amount, move || {
            let judge = |evidence: &&Evidence| {
                let image = evidence.image(&path);
                let version = image.and_then(|image| image.file_version);
                let is_old = version.is_some_and(|version: FileVersion| version.revision < 3000);
                black_box(identify_os(evidence).level == Some(Level::SP2) && is_old)
            };
            Ok(by_hand.iter().filter(judge).count())
        }))
}

const ONE_FILE: &str = "id = \"one-file\"\ntitle = \"One file\"\n\n[[verdict]]\n\
    status = \"mismatch\"\n\
    when = 'file(\"system32/inetsrv/iisutil.dll\").version.revision < 3000'\n";

const MAPPING: &str = "id = \"yara\"\ntitle = \"The same\"\nrules = \"rules.yar\"\n\n[[match]]\n\
    rule = \"old\"\nfile = \"system32/inetsrv/iisutil.dll\"\nstatus = \"mismatch\"\n";

const YARA: &str = "import \"pe\"\n\nrule old {\n    condition:\n        \
    pe.version_info[\"FileVersion\"] matches /^[0-9]+\\.[0-9]+\\.3790\\.[0-2]?[0-9]?[0-9]?[0-9] /\n\
    }\n";

/// Every different image in the place of the one that the rules ask for. Nothing is remembered from
/// one run to the next, by either.
fn from_bytes(reached: &[Reached]) -> Result<Comparison, Failure> {
    let mut images: BTreeMap<(usize, u64), Arc<[u8]>> = BTreeMap::new();
    for (number, reached) in reached.iter().enumerate() {
        for host in reached.observation_classes().first.iter().filter_map(|id| reached.host(*id)) {
            let files = reached.simulation().tree(&host)?.files.into_values();
            let files = files.filter(|file| file.is_image);
            images.extend(files.map(|file| ((number, file.number), file.bytes)));
        }
    }
    let path: WindowsPath = IISUTIL.parse()?;
    let tree = |bytes: Arc<[u8]>| {
        let mut tree = MemoryTree::new();
        tree.insert(path.clone(), bytes);
        tree
    };
    let trees: Arc<Vec<MemoryTree>> = Arc::new(images.into_values().map(tree).collect());
    let (rules, _) = read_rules(&[SourceFile::new("one-file.rule.toml", ONE_FILE)]);
    let rule = rules.into_iter().next().ok_or("the rule has a mistake")?;
    let amount = Throughput::Elements(trees.len() as u64);
    let of_yara = Arc::clone(&trees);
    let comparison = Comparison::new("yara", format!("one rule on {} images", trees.len())).with(
        "patchstate",
        &amount,
        move || Ok(count_with(&trees, &rule)),
    );
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("rules.yar"), YARA)?;
    let mapping = SourceFile::new("a.yara.toml", MAPPING);
    Ok(match read_yara_rule(&mapping, folder.path()).0 {
        Some(yara) => {
            comparison.with("yara-x", &amount, move || Ok(count_with(&of_yara, yara.as_ref())))
        }
        // This build has no YARA.
        None => comparison,
    })
}

fn count_with(trees: &[MemoryTree], rule: &dyn Rule) -> usize {
    let judge = |tree: &&MemoryTree| {
        let mut evidence = Evidence::default();
        if let patchstate_rules::Reads::Fields(_) = rule.reads() {
            evidence.read_more(*tree, &ImageCache::new(), rule.reads().files());
        }
        let subject = Subject { evidence: &evidence, tree: *tree, folder: None };
        rule.judge(&subject).status == Status::Mismatch
    };
    trees.iter().filter(judge).count()
}
