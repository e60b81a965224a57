//! A rule that is a program, for the transcript of `cargo xtask oracle windows`: one source, built
//! for both systems. What it does is its first word.

use std::{
    env, fs,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    process::{self, Command},
    thread,
    time::Duration,
};

/// What a copy of the file from Service Pack 1 says of itself, in UTF-16.
const OF_SP1: &str = "srv03_sp1_rtm";
/// The exit code of a mismatch.
const MISMATCH: i32 = 1;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["judge", folder] => process::exit(if is_of_sp1(Path::new(folder)) { MISMATCH } else { 0 }),
        ["lines"] => answer_lines(),
        // One that never ends, with a child.
        ["hang", file, _] => {
            start_child(file);
            wait(600);
        }
        // One that ends, and leaves a child.
        ["leave", file, _] => start_child(file),
        // The child: it shows that nobody ended it.
        ["linger", file] => {
            wait(4);
            fs::write(file, "alive").expect("a file in the folder of the rule");
        }
        ["flood", _] => loop {
            if io::stdout().write_all(&[b'x'; 4096]).is_err() {
                wait(600);
            }
        },
        ["complain", _] => {
            eprintln!("it is too hard");
            process::exit(3);
        }
        ["write", folder] => {
            let file = Path::new(folder).join("WINDOWS").join("added");
            fs::write(file, "more").expect("a file in the folder of the host");
        }
        ["replace", folder] => {
            let file = iisutil(Path::new(folder));
            if fs::remove_file(&file).is_ok() {
                fs::write(file, "another").expect("a file in the folder of the host");
            }
        }
        _ => {
            eprintln!("not understood: {words:?}");
            process::exit(2);
        }
    }
}

fn wait(seconds: u64) {
    thread::sleep(Duration::from_secs(seconds));
}

fn start_child(file: &str) {
    let own = env::current_exe().expect("the path of this program");
    Command::new(own).args(["linger", file]).spawn().expect("a child");
}

fn iisutil(folder: &Path) -> PathBuf {
    let file = ["WINDOWS", "system32", "inetsrv", "iisutil.dll"];
    file.iter().fold(folder.to_owned(), |path, part| path.join(part))
}

fn is_of_sp1(folder: &Path) -> bool {
    let wanted: Vec<u8> = OF_SP1.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::read(iisutil(folder))
        .is_ok_and(|bytes| bytes.windows(wanted.len()).any(|part| part == wanted))
}

/// An object a line, for each folder that stands in a line.
fn answer_lines() {
    for line in io::stdin().lock().lines() {
        let folder = line.expect("a line of text");
        let status = if is_of_sp1(Path::new(&folder)) { "mismatch" } else { "consistent" };
        let folder = folder.replace('\\', "\\\\").replace('"', "\\\"");
        println!("{{\"status\": \"{status}\", \"folder\": \"{folder}\"}}");
        io::stdout().flush().expect("somebody who reads");
    }
}
