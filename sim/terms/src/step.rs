//! Steps as a person writes them.
//!
//! This is grammar only: whether a component, an update or a release exists is for the catalog to
//! say, and whether a step is possible on a host is for the model of servicing.

use crate::{Branch, Level};
use std::{fmt, str::FromStr};

/// One servicing action on a host.
///
/// ```
/// use patchstate_terms::Step;
///
/// let step: Step = "+IIS@rtm".parse()?;
/// assert_eq!(step.to_string(), "+iis@rtm");
/// # Ok::<(), patchstate_terms::ParseStepError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// `os:L`: install the base operating system from media of that level.
    InstallOs(Level),
    /// `sp1`, `sp2`: apply the service pack, or apply it again.
    ApplyServicePack(Level),
    /// `-sp1`, `-sp2`: remove the service pack.
    RemoveServicePack(Level),
    /// `+NAME[@L]`: add a component or group, from that media or by Setup's own route.
    AddComponent {
        /// Id of the component or group, lower case.
        name: String,
        /// The media; `None` for Setup's own route.
        media: Option<Level>,
    },
    /// `-NAME`: remove a component or group.
    RemoveComponent {
        /// Id of the component or group, lower case.
        name: String,
    },
    /// `kbN[/vR][:branch]`: install an update.
    InstallUpdate {
        /// Id of the update in capitals, for example `KB973917`.
        update: String,
        /// The release, from 1; `None` for the latest.
        release: Option<u8>,
        /// The branch that is forced; `None` to let the package choose.
        branch: Option<Branch>,
    },
    /// `-kbN`: remove an update.
    RemoveUpdate {
        /// Id of the update in capitals.
        update: String,
    },
    /// `sfc`: `sfc /scannow`.
    CheckSystemFiles,
    /// `restart`: restart the host.
    Restart,
    /// `clean-cache`: delete the service pack cache.
    CleanCache,
}

impl Step {
    /// Whether the step takes something away: a service pack, an update, a component, or the
    /// service pack cache.
    #[must_use]
    pub const fn removes(&self) -> bool {
        match self {
            Self::RemoveServicePack(_)
            | Self::RemoveComponent { .. }
            | Self::RemoveUpdate { .. }
            | Self::CleanCache => true,
            Self::InstallOs(_)
            | Self::ApplyServicePack(_)
            | Self::AddComponent { .. }
            | Self::InstallUpdate { .. }
            | Self::CheckSystemFiles
            | Self::Restart => false,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::InstallOs(level) => format!("os:{level}"),
            Self::ApplyServicePack(level) => level.to_string(),
            Self::RemoveServicePack(level) => format!("-{level}"),
            Self::AddComponent { name, media: Some(media) } => format!("+{name}@{media}"),
            Self::AddComponent { name, media: None } => format!("+{name}"),
            Self::RemoveComponent { name } => format!("-{name}"),
            Self::InstallUpdate { update, release, branch } => {
                let release = release.map(|r| format!("/v{r}")).unwrap_or_default();
                let branch = branch.map(|b| format!(":{b}")).unwrap_or_default();
                format!("{}{release}{branch}", update.to_lowercase())
            }
            Self::RemoveUpdate { update } => format!("-{}", update.to_lowercase()),
            Self::CheckSystemFiles => "sfc".to_owned(),
            Self::Restart => "restart".to_owned(),
            Self::CleanCache => "clean-cache".to_owned(),
        };
        f.pad(&text)
    }
}

/// A text is not a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a step: {reason}")]
pub struct ParseStepError {
    text: String,
    reason: String,
}

impl FromStr for Step {
    type Err = ParseStepError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = text.trim().to_lowercase();
        parse(&word)
            .map_err(|reason| ParseStepError { text: text.escape_debug().to_string(), reason })
    }
}

fn parse(word: &str) -> Result<Step, String> {
    if word.contains(char::is_whitespace) {
        let each = "a step has no blanks: each is a word of its own, and in a scenario a line";
        return Err(each.to_owned());
    }
    if let Some(media) = word.strip_prefix("os:") {
        return level(media).map(Step::InstallOs);
    }
    if let Some(rest) = word.strip_prefix('+') {
        return parse_addition(rest);
    }
    // A minus sign is what a hyphen becomes in typeset text.
    if let Some(rest) = word.strip_prefix(['-', '\u{2212}']) {
        return parse_removal(rest);
    }
    match word {
        "" => Err("it is empty".to_owned()),
        "sfc" => Ok(Step::CheckSystemFiles),
        "restart" => Ok(Step::Restart),
        "clean-cache" => Ok(Step::CleanCache),
        _ if is_service_pack(word) => service_pack(word).map(Step::ApplyServicePack),
        _ if word.starts_with("kb") => parse_update(word),
        _ => Err("expected os:LEVEL, sp1, sp2, +COMPONENT, -COMPONENT, kbNUMBER, -kbNUMBER, sfc, \
             restart or clean-cache"
            .to_owned()),
    }
}

fn parse_addition(rest: &str) -> Result<Step, String> {
    let (component, media) = match rest.split_once('@') {
        Some((component, media)) => (component, Some(level(media)?)),
        None => (rest, None),
    };
    Ok(Step::AddComponent { name: name(component)?, media })
}

fn parse_removal(rest: &str) -> Result<Step, String> {
    if is_service_pack(rest) {
        return service_pack(rest).map(Step::RemoveServicePack);
    }
    if rest
        .strip_prefix("kb")
        .is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
    {
        return Ok(Step::RemoveUpdate { update: update(rest)? });
    }
    Ok(Step::RemoveComponent { name: name(rest)? })
}

fn parse_update(word: &str) -> Result<Step, String> {
    let (word, branch) = match word.split_once(':') {
        None => (word, None),
        Some((word, "gdr")) => (word, Some(Branch::Gdr)),
        Some((word, "qfe")) => (word, Some(Branch::Qfe)),
        Some((_, other)) => return Err(format!("`{other}` is not a branch: expected gdr or qfe")),
    };
    let (word, release) = match word.split_once('/') {
        None => (word, None),
        Some((word, release)) => (word, Some(parse_release(release)?)),
    };
    Ok(Step::InstallUpdate { update: update(word)?, release, branch })
}

fn parse_release(text: &str) -> Result<u8, String> {
    text.strip_prefix('v')
        .filter(|number| !number.starts_with(['0', '+']))
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| format!("`{text}` is not a release: expected v1, v2, ..."))
}

fn update(word: &str) -> Result<String, String> {
    let number = word.strip_prefix("kb").unwrap_or(word);
    if (1..=10).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) {
        Ok(format!("KB{number}"))
    } else {
        Err(format!("`{word}` is not an update: expected kb and a number"))
    }
}

fn name(text: &str) -> Result<String, String> {
    let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if !text.is_empty() && text.bytes().all(valid) {
        Ok(text.to_owned())
    } else {
        Err(match text {
            "" => "it names no component".to_owned(),
            _ => format!("`{text}` is not a component: expected letters, digits and underscores"),
        })
    }
}

fn level(text: &str) -> Result<Level, String> {
    if text.is_empty() {
        return Err("it names no level: expected rtm, or sp and a number".to_owned());
    }
    text.parse().map_err(|error: crate::ParseLevelError| error.to_string())
}

/// Whether a word is meant as a service pack: `sp`, a number, and perhaps a letter behind it.
fn is_service_pack(word: &str) -> bool {
    let Some(rest) = word.strip_prefix("sp") else { return false };
    let number = rest.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(rest);
    !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

fn service_pack(word: &str) -> Result<Level, String> {
    let level = word.parse().ok().filter(|level: &Level| level.is_service_pack());
    level.ok_or_else(|| format!("`{word}` is not a service pack: expected sp1 to sp9, or sp6a"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_step_of_the_contract_is_read() {
        let words = [
            "os:rtm",
            "os:sp1",
            "os:sp2",
            "sp1",
            "sp2",
            "-sp1",
            "-sp2",
            "+iis",
            "+iis_ftp@rtm",
            "-iis_www",
            "kb973917",
            "kb973917/v1",
            "kb973917/v2:qfe",
            "kb942830:gdr",
            "-kb973917",
            "sfc",
            "restart",
            "clean-cache",
        ];
        for word in words {
            assert_eq!(word.parse::<Step>().unwrap().to_string(), word);
            assert_eq!(word.to_uppercase().parse::<Step>().unwrap().to_string(), word);
        }
    }

    #[test]
    fn a_minus_sign_reads_as_a_hyphen() {
        assert_eq!("\u{2212}sp2".parse::<Step>().unwrap(), Step::RemoveServicePack(Level::SP2));
    }

    #[test]
    fn an_order_in_one_text_is_told_to_be_several_words() {
        let error = "os:sp2 +iis@sp1".parse::<Step>().unwrap_err().to_string();
        assert!(error.ends_with("each is a word of its own, and in a scenario a line"), "{error}");
    }

    #[test]
    fn texts_that_are_no_steps_are_refused() {
        for word in [
            "",
            " ",
            "os:",
            "os:sp10",
            "sp",
            "sp10",
            "sp0",
            "sp2b",
            "-sp10",
            "+",
            "-",
            "+iis@",
            "+iis@sp9b",
            "+i i s",
            "kb",
            "kb12x",
            "kb1/2",
            "kb1/v0",
            "kb1/v999",
            "kb1:abc",
            "kb1/v+1",
            "-kb1/v1",
            "--sp2",
            "ios",
            "kb12345678901",
        ] {
            assert!(word.parse::<Step>().is_err(), "{word:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text: String) {
            let _ = text.parse::<Step>();
        }

        #[test]
        fn what_is_read_is_written_the_same(
            text in "[-+]?[a-z]{1,6}[0-9]{0,8}([@/:][a-z0-9]{1,3}){0,2}"
        ) {
            if let Ok(step) = text.parse::<Step>() {
                prop_assert_eq!(step.to_string().parse::<Step>().unwrap(), step);
            }
        }
    }
}
