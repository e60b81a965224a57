//! Paths below the Windows folder.

use crate::folded;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr, sync::Arc};

/// A path relative to the Windows folder: forward slashes, lower case (see [`folded`]), and at
/// least one part.
///
/// It cannot leave that folder: no part is empty, `.` or `..`, and no part has a character that
/// Windows forbids in names (which keeps drive letters and alternate streams out too). Nor does
/// Windows take it for something else: no part ends in a dot or a blank, which it would drop, or is
/// called like a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowsPath(Arc<str>);

impl WindowsPath {
    /// The whole path as text, for example `system32/inetsrv/iisutil.dll`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part: the file name.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The folder that holds the file, or `None` for a file in the Windows folder itself.
    #[must_use]
    pub fn folder(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(folder, _)| folder)
    }

    /// The parts from the outside in.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// The same folder with another file name.
    pub fn with_file_name(&self, name: &str) -> Result<Self, ParsePathError> {
        match self.folder() {
            Some(folder) => format!("{folder}/{name}").parse(),
            None => name.parse(),
        }
    }
}

impl fmt::Display for WindowsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A text is not a path below the Windows folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a path below the Windows folder: {reason}")]
pub struct ParsePathError {
    text: String,
    reason: &'static str,
}

impl FromStr for WindowsPath {
    type Err = ParsePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| ParsePathError { text: text.escape_default().to_string(), reason };
        let path = folded(text).replace('\\', "/");
        for part in path.split('/') {
            match part {
                "" => return Err(error("it is empty, absolute, or has an empty part")),
                "." | ".." => return Err(error("`.` and `..` are not allowed")),
                _ if part.contains(|c: char| c.is_control() || "<>:\"|?*".contains(c)) => {
                    return Err(error("it has a character that Windows forbids in names"));
                }
                _ if part.ends_with(['.', ' ']) => {
                    return Err(error("a part ends in a dot or a blank, which Windows drops"));
                }
                _ if is_device(part) => {
                    return Err(error("a part is called like a device of Windows"));
                }
                _ => {}
            }
        }
        Ok(Self(path.into()))
    }
}

/// Whether Windows takes a name in lower case for a device, in any folder and with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ');
    match stem {
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$" => true,
        _ => {
            let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
            let mut number = port.unwrap_or_default().chars();
            // The superscript digits count as well.
            matches!(number.next(), Some('0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'))
                && number.next().is_none()
        }
    }
}

impl Serialize for WindowsPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for WindowsPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_lower_case_with_forward_slashes() {
        let path: WindowsPath = r"System32\Inetsrv\IISUTIL.dll".parse().unwrap();
        assert_eq!(path.as_str(), "system32/inetsrv/iisutil.dll");
        assert_eq!(path.file_name(), "iisutil.dll");
        assert_eq!(path.folder(), Some("system32/inetsrv"));
    }

    #[test]
    fn a_path_that_windows_takes_for_another_is_the_same_path() {
        let path = |text: &str| text.parse::<WindowsPath>().unwrap();
        assert_eq!(path("ΟΔΟΣ/ΟΔΟΣ.DLL"), path("οδος/οδοσ.dll"));
        assert_eq!(path("ΟΔΟΣ.dll").as_str(), "οδοσ.dll");
        // A capital of its own, which no small letter has.
        assert_eq!(path("İ.dll").as_str(), "İ.dll");
    }

    #[test]
    fn paths_that_leave_the_windows_folder_are_refused() {
        for text in [
            "",
            "/system32/a",
            "system32/../../a",
            "..",
            "c:/windows/a",
            "system32//a",
            "a/",
            "./a",
            "a\0b",
            "a:stream",
            "system32/.. /a",
            "system32/a.",
            "system32/a ",
            ".../a",
            "nul",
            "system32/CON.dll",
            "aux .txt/a",
            "system32/com1.tar.gz",
            "lpt\u{b9}",
        ] {
            assert!(text.parse::<WindowsPath>().is_err(), "{text:?}");
        }
        for text in ["system32/console.dll", "nul2", "com10", "com", "a.con", ".config/a b.c"] {
            assert!(text.parse::<WindowsPath>().is_ok(), "{text:?}");
        }
    }
}
