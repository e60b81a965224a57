//! Paths as URI references (RFC 3986).

use std::fmt::Write;

/// The URI reference of a path: relative where the path is.
pub(super) fn of_path(path: &str) -> String {
    // The separator of Windows; elsewhere a letter that hardly any name has.
    let path = path.replace('\\', "/");
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes().get(2) == Some(&b'/');
    let mut uri = match path.as_bytes().first() {
        Some(b'/') => "file://".to_owned(),
        _ if drive => "file:///".to_owned(),
        _ => String::new(),
    };
    for (at, byte) in path.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) || (drive && at == 1);
        if plain {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::of_path;

    #[test]
    fn a_path_becomes_a_reference_that_means_the_same_file() {
        for (path, uri) in [
            ("rules/a.rule.toml", "rules/a.rule.toml"),
            ("my rules/50%.toml", "my%20rules/50%25.toml"),
            ("a:b#c?.toml", "a%3Ab%23c%3F.toml"),
            ("/srv/a.toml", "file:///srv/a.toml"),
            (r"C:\rules\a.toml", "file:///C:/rules/a.toml"),
            (r"rules\a.toml", "rules/a.toml"),
            ("ü.toml", "%C3%BC.toml"),
        ] {
            assert_eq!(of_path(path), uri);
        }
    }
}
