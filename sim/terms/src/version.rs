//! File versions: four 16-bit numbers, compared from left to right.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A file version as in `VS_FIXEDFILEINFO`: `major.minor.build.revision`.
///
/// On Windows Server 2003 the build is always 3790, so the *revision* is the number that counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileVersion {
    /// High word of `dwFileVersionMS`.
    pub major: u16,
    /// Low word of `dwFileVersionMS`.
    pub minor: u16,
    /// High word of `dwFileVersionLS`.
    pub build: u16,
    /// Low word of `dwFileVersionLS`.
    pub revision: u16,
}

impl FileVersion {
    /// A version from its four numbers.
    #[must_use]
    pub const fn new(major: u16, minor: u16, build: u16, revision: u16) -> Self {
        Self { major, minor, build, revision }
    }

    /// A version from the two double words of `VS_FIXEDFILEINFO`.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "takes the words of a double word apart")]
    pub const fn from_double_words(most: u32, least: u32) -> Self {
        Self::new((most >> 16) as u16, most as u16, (least >> 16) as u16, least as u16)
    }

    /// The same version with another revision.
    #[must_use]
    pub const fn with_revision(self, revision: u16) -> Self {
        Self { revision, ..self }
    }

    /// Whether the two differ at most in the revision.
    #[must_use]
    pub fn same_build(self, other: Self) -> bool {
        self.with_revision(0) == other.with_revision(0)
    }

    /// The version at the start of a version string such as
    /// `6.0.3790.3959 (srv03_sp2_rtm.070216-1710)`,
    /// or `None` where the text does not start with four numbers. Commas count as dots, as in
    /// many older resources.
    #[must_use]
    pub fn at_start_of(text: &str) -> Option<Self> {
        let numbers: String = text
            .trim_start()
            .chars()
            .map(|c| if c == ',' { '.' } else { c })
            .filter(|c| *c != ' ')
            .take_while(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        numbers.trim_end_matches('.').parse().ok()
    }
}

impl fmt::Display for FileVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{}.{}.{}", self.major, self.minor, self.build, self.revision);
        f.pad(&text)
    }
}

/// A text is not a file version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a file version: expected four numbers up to 65535 with dots between them, \
     like 6.0.3790.3959"
)]
pub struct ParseVersionError {
    text: String,
}

impl FromStr for FileVersion {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseVersionError { text: text.to_owned() };
        let mut numbers = text.split('.').map(|part| {
            if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(error());
            }
            part.parse::<u16>().map_err(|_| error())
        });
        let mut next = || numbers.next().unwrap_or_else(|| Err(error()));
        let version = Self::new(next()?, next()?, next()?, next()?);
        if numbers.next().is_some() { Err(error()) } else { Ok(version) }
    }
}

impl Serialize for FileVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_version_string_with_a_build_string_starts_with_the_version() {
        let text = "6.0.3790.4215 (srv03_sp2_gdr.080101-0000)";
        assert_eq!(FileVersion::at_start_of(text), Some(FileVersion::new(6, 0, 3790, 4215)));
        assert_eq!(
            FileVersion::at_start_of("6, 0, 3790, 0"),
            Some(FileVersion::new(6, 0, 3790, 0))
        );
        assert_eq!(FileVersion::at_start_of("version 6"), None);
        assert_eq!(FileVersion::at_start_of("6.0.3790"), None);
    }

    #[test]
    fn texts_that_are_not_four_numbers_are_refused() {
        for text in [
            "",
            "6",
            "6.0.3790",
            "6.0.3790.1.2",
            "6.0.3790.65536",
            "6.0.3790.-1",
            "6.0.3790.+1",
            "a.b.c.d",
            "6..0.1",
        ] {
            assert!(text.parse::<FileVersion>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_double_words_keep_a_version(a: u16, b: u16, c: u16, d: u16) {
            let version = FileVersion::new(a, b, c, d);
            prop_assert_eq!(version.to_string().parse::<FileVersion>().unwrap(), version);
            let most = u32::from(a) << 16 | u32::from(b);
            let least = u32::from(c) << 16 | u32::from(d);
            prop_assert_eq!(FileVersion::from_double_words(most, least), version);
        }
    }
}
