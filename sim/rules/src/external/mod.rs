//! A program as a rule: any command, which gets the folder of a host and says what it thinks.
//!
//! **Owns** asking a program within bounds of time, memory and length, and reading its answer: an
//! exit code, or one JSON object. A crash, a time-out or nonsense is *inconclusive*, with the
//! reason and what the program complained about. A program can also stay and answer for folder
//! after folder (`protocol = "lines"`, in `lines`).
//!
//! **Must never know** what the program does, and lets no shell read a word of it.
//!
//! A program runs in a process group of its own, and whatever is left of the group is ended when
//! it answers or when its time is over. A descendant that leaves the group (`setsid`) is not ended;
//! it is not waited for either. On Windows a job object stands for the group (`group`).
//! On Linux every process has at most so much memory that it can write to; on macOS and Windows
//! there is no such bound.
//!
//! **Start reading** at [`ExternalRule::judge`](crate::Rule::judge), then `run`.

mod answer;
mod bounds;
pub(crate) mod codes;
mod course;
mod group;
mod lines;
mod obstacle;
mod read;
mod rule;
mod run;
#[cfg(unix)]
#[cfg(test)]
mod tests;
#[cfg(unix)]
#[cfg(test)]
mod tests_of_folders;
#[cfg(unix)]
#[cfg(test)]
mod tests_of_lines;
#[cfg(unix)]
#[cfg(test)]
mod tests_of_reads;

pub use bounds::ExternalBounds;
pub use course::EqualFailures;
pub use group::end_programs;
pub(crate) use read::WrittenExternal;
pub use rule::ExternalRule;
