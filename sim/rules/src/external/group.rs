//! A program together with what it started: bounding, awaiting and ending all of it.
//!
//! Nothing here reads a clock: the bound of time is the longest that a channel is waited on.

use super::{ExternalBounds, run::Event};
use core::time::Duration;
use std::{
    process::{Child, Command},
    sync::mpsc::{Receiver, Sender},
};

#[cfg(unix)]
pub(super) use unix::{await_end, bounded, end_all};

#[cfg(not(unix))]
pub(super) use other::{await_end, bounded, end_all};

#[cfg(unix)]
mod unix {
    use super::{Child, Command, Duration, Event, ExternalBounds, Receiver, Sender};
    use rustix::{
        io::Errno,
        process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid},
    };
    use std::{os::unix::process::CommandExt, path::Path, thread};

    /// A program as the first of a new group, with its memory bounded.
    ///
    /// A system call could bound it from here, but only once it runs: under load, a program has
    /// started others by then, which are not bounded. So the program is what a shell becomes that
    /// has bounded itself. The shell reads three lines of ours; the words are parameters to it.
    ///
    /// What counts is memory that can be written to and is not shared (`RLIMIT_DATA`, since Linux
    /// 4.7), not address space: garbage collected languages reserve far more of that than they use.
    /// Where a bound cannot be set, it is because a tighter one is in force. And a program that
    /// crashes leaves no core file beside the rule.
    pub(in super::super) fn bounded(program: &Path, bounds: &ExternalBounds) -> Command {
        let kibibytes = bounds.memory_bytes_max >> 10;
        let script =
            format!("ulimit -c 0 2>/dev/null\nulimit -d {kibibytes} 2>/dev/null\nexec \"$@\"\n");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script]).arg(program).arg(program);
        command.process_group(0);
        command
    }

    /// The first event, or none within the time.
    pub(in super::super) fn await_end(
        child: &mut Child,
        events: &Receiver<Event>,
        sender: Sender<Event>,
        time_max: Duration,
    ) -> Option<Event> {
        let pid = Pid::from_child(child);
        // The end is noticed but not collected: so long, the number stays that of the group.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let watch = move || {
            while matches!(waitid(WaitId::Pid(pid), options), Err(Errno::INTR)) {}
            // Nobody listens any more where the time was over.
            let _ = sender.send(Event::Ended);
        };
        thread::Builder::new().spawn(watch).ok()?;
        events.recv_timeout(time_max).ok()
    }

    /// Ends everything that is left of the group.
    pub(in super::super) fn end_all(child: &mut Child) {
        // Both fail where nothing is left, which is what is wanted.
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
        let _ = child.kill();
    }
}

#[cfg(not(unix))]
mod other {
    use super::{Child, Command, Duration, Event, ExternalBounds, Receiver, Sender};
    use std::{path::Path, sync::mpsc::RecvTimeoutError};

    /// How often it is looked whether the program still runs.
    const SLICE: Duration = Duration::from_millis(5);

    /// A program. This system cannot bound its memory.
    pub(in super::super) fn bounded(program: &Path, _bounds: &ExternalBounds) -> Command {
        Command::new(program)
    }

    /// The first event, or none within the time.
    pub(in super::super) fn await_end(
        child: &mut Child,
        events: &Receiver<Event>,
        sender: Sender<Event>,
        time_max: Duration,
    ) -> Option<Event> {
        let slices = time_max.as_millis() / SLICE.as_millis();
        for _ in 0..=slices {
            if !matches!(child.try_wait(), Ok(None)) {
                return Some(Event::Ended);
            }
            match events.recv_timeout(SLICE) {
                Ok(event) => return Some(event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Some(Event::Ended),
            }
        }
        drop(sender);
        None
    }

    /// Ends the program; what it started goes on.
    pub(in super::super) fn end_all(child: &mut Child) {
        let _ = child.kill();
    }
}
