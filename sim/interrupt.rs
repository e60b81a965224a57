//! What a run leaves behind that a signal ends: no program of a rule that goes on, no folder full
//! of hosts, and no half of a file.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Whether a signal is ending the program.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// Folders and files that are to be removed.
static LEFT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Has a folder or a file removed when a signal ends the program. Else that is for whoever made it.
pub(crate) fn remove(path: &Path) {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
}

/// Waits where a signal is ending the program. That the programs of rules have ended since is no
/// result, and the exit code is to tell of the signal.
pub(crate) fn give_way() {
    while IS_ENDING.load(Ordering::SeqCst) {
        std::thread::park();
    }
}

/// From here on, a signal that ends the program does so behind its cleaning up.
#[cfg(unix)]
pub(crate) fn prepare() {
    let signals = signals_that_end();
    // Where this fails, a signal ends the program as if nothing had been prepared.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(signals) else { return };
    let _ = std::thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            IS_ENDING.store(true, Ordering::SeqCst);
            clean();
            // Ends the program by that signal, so that whoever started it sees which one it was.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}

/// From here on, what ends the program at a console does so behind its cleaning up: Ctrl+C,
/// Ctrl+Break and the end of the console or of the session.
#[cfg(windows)]
pub(crate) fn prepare() {
    // Where this fails, the program ends as if nothing had been prepared.
    let _ = ctrlc::set_handler(|| {
        IS_ENDING.store(true, Ordering::SeqCst);
        clean();
        #[expect(clippy::exit, reason = "nothing else is left to do")]
        std::process::exit(CONTROL_C_EXIT)
    });
}

/// The exit code of a program that Ctrl+C ends (`STATUS_CONTROL_C_EXIT`).
#[cfg(windows)]
const CONTROL_C_EXIT: i32 = 0xc000_013a_u32.cast_signed();

/// How often a folder is looked at again into which something was still being written.
const ATTEMPTS_MAX: usize = 100;

fn clean() {
    patchstate_rules::end_programs();
    for path in LEFT.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        for _ in 0..ATTEMPTS_MAX {
            // Whichever of the two it is not is refused.
            let _ = std::fs::remove_file(path);
            let _ = std::fs::remove_dir_all(path);
            if std::fs::symlink_metadata(path).is_err() {
                break;
            }
        }
    }
}

/// The signals of a terminal, of `kill` and of a terminal that is closed, without those that
/// whoever started the program has switched off for it, as `nohup` does with the last.
#[cfg(unix)]
fn signals_that_end() -> Vec<i32> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let status = std::fs::read_to_string("/proc/self/status");
    let ignored = status.ok().and_then(|status| ignored_signals(&status));
    match ignored {
        Some(ignored) => {
            let mut signals = vec![SIGINT, SIGTERM, SIGHUP];
            // The first signal has the number 1 and the lowest bit.
            signals.retain(|signal| ignored >> (signal - 1) & 1 == 0);
            signals
        }
        // Elsewhere than on Linux it is not known.
        None => vec![SIGINT, SIGTERM],
    }
}

/// The bits of the signals that are ignored, from the status of a process (proc(5)).
#[cfg(unix)]
fn ignored_signals(status: &str) -> Option<u64> {
    let bits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(bits.trim(), 16).ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::ignored_signals;

    #[test]
    fn ignored_signals_are_read_from_the_status_of_a_process() {
        let status = "Name:\tcat\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignored_signals(status), Some(0x1001));
        assert_eq!(ignored_signals("Name:\tcat\n"), None);
        assert_eq!(ignored_signals("SigIgn:\tx\n"), None);
    }
}
