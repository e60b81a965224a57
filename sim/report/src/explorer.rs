//! The explorer page: one file that needs no network, with the data of every host in it.
//!
//! **Owns** putting data into the page. **Must never know** how the page shows it: that is written
//! in `explorer/` beside this crate's source, and built before it is committed.

use crate::{ReportError, json::ExploreObject};
use base64::{Engine, prelude::BASE64_STANDARD};
use miniz_oxide::deflate::compress_to_vec;

/// The page as it is built, without data.
const PAGE: &str = include_str!("../explorer/dist/page.html");

/// Where its data goes.
const MARKER: &str = "@PATCHSTATE-EXPLORE-DATA@";

/// How hard data is packed: a page is made once and read often.
const LEVEL: u8 = 10;

/// The page with its data: the object as JSON, as a raw deflate stream, in base64.
///
/// # Errors
/// When the writer of JSON refuses, which it does for no such object.
pub fn explorer_page(object: &ExploreObject) -> Result<String, ReportError> {
    let packed = compress_to_vec(serde_json::to_string(object)?.as_bytes(), LEVEL);
    Ok(PAGE.replacen(MARKER, &BASE64_STANDARD.encode(packed), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_place_for_data_and_asks_the_network_for_nothing() {
        assert_eq!(PAGE.matches(MARKER).count(), 1);
        let element = format!("id=\"patchstate-data\">{MARKER}</script>");
        assert!(PAGE.contains(&element), "the place is the whole content of its element");
        for link in ["src=\"http", "href=\"http", "src=\"//", "@import", "fetch("] {
            assert!(!PAGE.contains(link), "{link}");
        }
    }
}
