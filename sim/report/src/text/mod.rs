//! Results as a person reads them.

mod files;
mod inspect;
mod list;
mod scan;
mod story;
mod style;
mod test;
mod verify;

pub use files::{build, check};
pub use inspect::inspect;
pub use list::list;
pub use scan::scan;
pub use story::story;
pub use style::neutral;
pub use test::test;
pub use verify::verify;
