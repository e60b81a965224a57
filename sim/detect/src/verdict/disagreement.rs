//! Registry and system files that disagree on the level of the operating system: a finding, which
//! changes no status.

use super::case::Case;
use patchstate_terms::{Finding, FindingKind, Level};

/// Reports what disagrees, and doubts a level that could not be settled.
pub(super) fn report(case: &mut Case<'_>) {
    let platform = &case.platform;
    case.doubts.mismatch |= platform.level.is_none();
    // A finding of lineage means nothing where the level itself is uncertain.
    case.doubts.broken |= !platform.level_is_firm;
    case.doubts.drift |= platform.is_product.is_none();
    let registry = platform.registry_level;
    let expected_level = registry.or(platform.level);
    let readable = || platform.votes.iter().filter(|vote| vote.version.is_some());
    let odd = readable().find(|vote| vote.level != expected_level);
    let (Some(level), Some(odd)) = (expected_level, odd) else { return };
    let says = readable()
        .filter_map(|vote| Some(format!("{} is {}", vote.path.file_name(), vote.version?)))
        .collect::<Vec<_>>()
        .join(", ");
    let registry = match registry {
        Some(level) => format!("the registry says {}", level.title()),
        None => "the registry does not say".to_owned(),
    };
    let judged = platform.level.map_or("no level", Level::title);
    case.findings.push(Finding {
        kind: FindingKind::VersionDisagreement,
        file: platform.level_file.clone(),
        expected: case.known.system_baseline(level),
        found: odd.version,
        import: None,
        update: None,
        detail: format!(
            "Registry and system files such as {} disagree on the level of the operating system: \
             {registry}, {says}; {judged} was used.",
            platform.level_file.file_name()
        ),
    });
}
