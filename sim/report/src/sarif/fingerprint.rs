//! A number that stays the same from run to run and from machine to machine, so that a result is
//! known again.

/// FNV-1a with 64 bits (Fowler, Noll and Vo), of parts with an end each, in hexadecimal digits.
pub(super) fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = BASIS;
    for part in parts {
        // No part holds a null character, so different lists never make the same bytes.
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    /// The values of the test suite that belongs to the definition, for strings with their null
    /// character.
    #[test]
    fn it_is_the_published_function() {
        assert_eq!(fingerprint([""]), "af63bd4c8601b7df");
        assert_eq!(fingerprint(["a"]), "089be207b544f1e4");
        assert_eq!(fingerprint(["foobar"]), "34531ca7168b8f38");
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(fingerprint(["ab", "c"]), fingerprint(["a", "bc"]));
        assert_ne!(fingerprint(["a", ""]), fingerprint(["a"]));
    }
}
