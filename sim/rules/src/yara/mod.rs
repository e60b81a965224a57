//! YARA as a rule: which YARA rule, on which file, stands for which status.
//!
//! **Owns** the mapping files `*.yara.toml`, compiling the rules that they name, and remembering
//! what each image was found to be, since thousands of hosts share a few images.
//!
//! **Must never know** anything of a host but the bytes of the files that a mapping names. A file
//! that is absent fits no YARA rule; one that cannot be read keeps the rule from a verdict.
//!
//! The engine takes minutes to build, so all of this is behind the cargo feature `yara`. Without
//! it, reading a mapping file is a mistake that says so. Of the engine's modules, `pe` is there.
//!
//! **Start reading** at [`read_yara_rule`], then `rule.rs`.

pub(crate) mod codes;
#[cfg(feature = "yara")]
mod read;
#[cfg(feature = "yara")]
mod rule;
mod written;

#[cfg(feature = "yara")]
pub use rule::YaraRule;
pub(crate) use written::{WrittenMatch, WrittenYara};

use crate::Rule;
use patchstate_source::{Diagnostic, SourceFile};
use std::path::Path;

/// Reads a file `*.yara.toml` that stands in a folder, and the YARA rules that it names: the rule
/// where there is no mistake, and all mistakes of both.
#[cfg(feature = "yara")]
#[must_use]
pub fn read_yara_rule(
    source: &SourceFile,
    folder: &Path,
) -> (Option<Box<dyn Rule>>, Vec<Diagnostic>) {
    let (rule, mistakes) = YaraRule::read(source, folder);
    (rule.map(|rule| Box::new(rule) as Box<dyn Rule>), mistakes)
}

/// Says that YARA rules cannot be read: this build is without the feature `yara`.
#[cfg(not(feature = "yara"))]
#[must_use]
pub fn read_yara_rule(
    source: &SourceFile,
    _folder: &Path,
) -> (Option<Box<dyn Rule>>, Vec<Diagnostic>) {
    let first_line = source.text.lines().next().map_or(0, str::len);
    let mistake = Diagnostic {
        severity: patchstate_source::Severity::Error,
        code: codes::NOT_BUILT_IN.name,
        message: "this build of patchstate has no YARA: the cargo feature `yara` is off".to_owned(),
        source: source.clone(),
        span: 0..first_line,
        label: "a mapping of YARA rules".to_owned(),
        help: Some("build it with `--features yara`".to_owned()),
    };
    (None, vec![mistake])
}

#[cfg(not(feature = "yara"))]
#[cfg(test)]
mod tests {
    use super::read_yara_rule;
    use patchstate_source::SourceFile;
    use std::path::Path;

    #[test]
    fn without_the_feature_a_mapping_file_is_a_mistake_that_names_it() {
        let source = SourceFile::new("a.yara.toml", "id = \"a\"\n");
        let (rule, mistakes) = read_yara_rule(&source, Path::new("."));
        assert!(rule.is_none());
        assert_eq!(mistakes.len(), 1);
        assert!(mistakes[0].message.contains("feature `yara`"));
    }
}
