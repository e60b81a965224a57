//! Other programs: started, and their output taken or let through.

use crate::{checkout, failure::Failure, screen::say};
use std::{
    env,
    ffi::OsStr,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
    thread,
};

/// Starts a program at the root of the checkout and lets its output through.
pub(crate) fn passes(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> bool {
    let shown: Vec<String> =
        variables.iter().map(|(name, value)| format!("{name}='{value}' ")).collect();
    say(&format!("$ {}{program} {}", shown.concat(), arguments.join(" ")));
    let mut command = Command::new(actual(program));
    command.args(arguments).envs(variables.iter().copied()).current_dir(checkout::root());
    match command.status() {
        Ok(status) if status.success() => true,
        // A program that is killed says nothing itself.
        Ok(status) => {
            say(&format!("`{program} {}` ends with {status}", arguments.join(" ")));
            false
        }
        Err(error) => {
            say(&format!("`{program}` does not start: {error}"));
            false
        }
    }
}

/// Starts a program, gives it `input`, and takes what it prints.
pub(crate) fn output(command: &mut Command, input: &[u8]) -> Result<Output, Failure> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().map_err(|error| format!("`{name}` does not start: {error}"))?;
    let stdin = child.stdin.take();
    thread::scope(|scope| {
        // A program may well end before it has read everything: that is no error of ours.
        let writer = scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        let output = child.wait_with_output()?;
        drop(writer.join());
        Ok(output)
    })
}

/// What a program prints, where it ends well.
pub(crate) fn text<S: AsRef<OsStr>>(program: &str, arguments: &[S]) -> Result<String, Failure> {
    let mut command = Command::new(actual(program));
    let output = output(command.args(arguments).current_dir(checkout::root()), &[])?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("`{program}` ends with {}: {}", output.status, complaint.trim()).into())
}

/// The path of the tool itself, built as users build it; `None` where it does not build.
pub(crate) fn built_tool() -> Result<Option<String>, Failure> {
    if !passes("cargo", &["build", "--release"], &[]) {
        return Ok(None);
    }
    let name = format!("patchstate{}", env::consts::EXE_SUFFIX);
    let path = checkout::target().join("release").join(name);
    Ok(Some(path.to_str().ok_or("the target folder's path is no text")?.to_owned()))
}

/// A program in the folders of `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&folders).map(|folder| folder.join(&name)).find(|path| path.is_file())
}

/// The cargo that started us stands for `cargo`.
fn actual(program: &str) -> String {
    if program == "cargo" {
        return env::var("CARGO").unwrap_or_else(|_| program.to_owned());
    }
    program.to_owned()
}
