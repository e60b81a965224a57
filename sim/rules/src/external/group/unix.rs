//! On Unix: a process group.

use super::{
    super::bounds::ExternalBounds,
    common::{Event, Pipes},
};
use core::time::Duration;
use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid},
};
use std::{
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus},
    sync::{
        Mutex, PoisonError, RwLock,
        mpsc::{Receiver, Sender},
    },
    thread,
};

/// The groups that run. What a terminal sends to the group of this process does not reach
/// them, so whoever ends this process has to end them as well.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());
/// Held for reading while a group is started and noted, for writing when none may be started
/// any more.
static MAY_START: RwLock<()> = RwLock::new(());

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

/// Ends every program of a rule that runs, with all that it started, and lets none be started
/// any more: whoever wants to start one waits for the end of this process. For whoever is
/// about to end it, because programs of rules do not get the signals of a terminal.
pub fn end_programs() {
    // Kept until the end of the process.
    std::mem::forget(MAY_START.write().unwrap_or_else(PoisonError::into_inner));
    for pid in RUNNING.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        // Fails where nothing is left, which is what is wanted.
        let _ = kill_process_group(*pid, Signal::KILL);
    }
}

/// A program that runs, the first of its group.
#[derive(Debug)]
pub(in super::super) struct Program(Child);

impl Program {
    /// Starts it.
    pub(in super::super) fn start(mut command: Command) -> io::Result<Self> {
        let _start = MAY_START.read().unwrap_or_else(PoisonError::into_inner);
        let child = command.spawn()?;
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).push(Pid::from_child(&child));
        Ok(Self(child))
    }

    /// Its pipes, for whoever asks first.
    pub(in super::super) fn pipes(&mut self) -> Pipes {
        let Child { stdin, stdout, stderr, .. } = &mut self.0;
        Pipes { input: stdin.take(), output: stdout.take(), errors: stderr.take() }
    }

    /// The first event, or none within the time.
    pub(in super::super) fn await_end(
        &self,
        events: &Receiver<Event>,
        sender: Sender<Event>,
        time_max: Duration,
    ) -> Option<Event> {
        let pid = Pid::from_child(&self.0);
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

    /// Ends everything that is left of the group. Until the child is waited for, its number stays
    /// that of the group.
    pub(in super::super) fn end_all(&mut self) {
        let pid = Pid::from_child(&self.0);
        // Both fail where nothing is left, which is what is wanted.
        let _ = kill_process_group(pid, Signal::KILL);
        let _ = self.0.kill();
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != pid);
    }

    /// How it ended, once it has.
    pub(in super::super) fn wait(&mut self) -> io::Result<ExitStatus> {
        self.0.wait()
    }
}
