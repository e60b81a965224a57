//! Programs that stay: one folder a line on the input, one answer a line on the output.
//!
//! Which program is asked about a folder depends on threads, and must not show. So a failure is
//! believed only of a program that was asked nothing before: one that was, and fails, is ended, and
//! the question is asked again of a new one. What a program complains about is told with a failure
//! alone, and so it is always about that one question.

use super::{
    ExternalBounds, answer, group,
    run::{ANSWER_BYTES_MAX, COMPLAINT_BYTES_MAX, Capture, Ending, GRACE, ending_of},
};
use crate::Judgement;
use core::time::Duration;
use std::{
    ffi::OsStr,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender},
    },
    thread,
};

/// The programs of one rule that run and wait for a question: at most as many as threads judge.
#[derive(Clone, Debug, Default)]
pub(super) struct Programs(Arc<Mutex<Vec<Talk>>>);

impl Programs {
    /// What the program, named as `name` and started as `command`, says of a folder.
    pub(super) fn judge(
        &self,
        name: &str,
        command: &dyn Fn() -> Command,
        folder: &Path,
        bounds: &ExternalBounds,
    ) -> Judgement {
        let Some(question) = question(folder) else {
            let reason = "the name of the folder has a line break, which no line can hold";
            return Judgement::inconclusive(None, reason.to_owned());
        };
        let waiting = self.locked().pop();
        if let Some(mut talk) = waiting {
            if talk.is_quiet()
                && let Ok(line) = talk.ask(question.clone(), bounds.time_max)
                && let Ok(judgement) = answer::of_line(name, folder, &line)
            {
                self.locked().push(talk);
                return judgement;
            }
            talk.end();
        }
        let mut talk = match Talk::start(command()) {
            Ok(talk) => talk,
            Err(error) => {
                let reason = format!("`{name}` could not be run: {error}");
                return Judgement::inconclusive(None, reason);
            }
        };
        let said = match talk.ask(question, bounds.time_max) {
            Ok(line) => answer::of_line(name, folder, &line),
            Err(silence) => Err(answer::of_silence(name, &talk.ending(silence), bounds)),
        };
        match said {
            Ok(judgement) => {
                self.locked().push(talk);
                judgement
            }
            Err(reason) => answer::inconclusive(reason, &talk.complaint(), bounds),
        }
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Talk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The line that asks about a folder.
fn question(folder: &Path) -> Option<Vec<u8>> {
    let mut line = bytes_of(folder.as_os_str());
    if line.contains(&b'\n') || line.contains(&b'\r') {
        return None;
    }
    line.push(b'\n');
    Some(line)
}

#[cfg(unix)]
fn bytes_of(name: &OsStr) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(name).to_owned()
}

#[cfg(not(unix))]
fn bytes_of(name: &OsStr) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}

/// What a program writes.
#[derive(Debug)]
enum Said {
    /// A line, without its end.
    Line(Vec<u8>),
    /// More than a line may have.
    TooLong,
    /// Nothing more; what was begun of a line is no answer.
    End,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    TimeOver,
    TooLong,
    End,
}

/// One program that runs.
#[derive(Debug)]
struct Talk {
    child: Child,
    /// Lines for the program; none where its input is closed. A thread writes them, because a
    /// program that reads nothing would make us wait.
    questions: Option<Sender<Vec<u8>>>,
    said: Receiver<Said>,
    complaint: Option<Capture>,
    is_ended: bool,
}

impl Talk {
    fn start(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (questions, to_write) = mpsc::channel::<Vec<u8>>();
        // A program that writes without being asked waits for us, not we for it.
        let (sender, said) = mpsc::sync_channel(1);
        let mut talk =
            Self { child, questions: Some(questions), said, complaint: None, is_ended: false };
        // From here on the program ends with the value, also where a thread is not to be had.
        let (Some(mut input), Some(output), errors) = pipes else {
            return Err(io::Error::other("there is no pipe to it"));
        };
        talk.complaint = Some(Capture::start(errors, COMPLAINT_BYTES_MAX, None)?);
        thread::Builder::new().spawn(move || read_lines(output, &sender))?;
        thread::Builder::new().spawn(move || {
            // A program that closed its input is noticed by what it does not answer.
            while to_write.recv().is_ok_and(|line| input.write_all(&line).is_ok()) {}
        })?;
        Ok(talk)
    }

    /// Whether the program has said nothing that it was not asked for.
    fn is_quiet(&self) -> bool {
        self.said.try_recv().is_err()
    }

    fn ask(&mut self, question: Vec<u8>, time_max: Duration) -> Result<Vec<u8>, Silence> {
        if let Some(questions) = &self.questions {
            // Nobody writes any more where the program closed its input.
            let _ = questions.send(question);
        }
        match self.said.recv_timeout(time_max) {
            Ok(Said::Line(line)) => Ok(line),
            Ok(Said::TooLong) => Err(Silence::TooLong),
            Ok(Said::End) | Err(RecvTimeoutError::Disconnected) => Err(Silence::End),
            Err(RecvTimeoutError::Timeout) => Err(Silence::TimeOver),
        }
    }

    /// How a program came to its end that gives no answer.
    fn ending(&mut self, silence: Silence) -> Ending {
        match silence {
            Silence::TimeOver => Ending::TimeOver,
            Silence::TooLong => Ending::AnswerTooLong,
            Silence::End => {
                // Its output ends a moment before it does.
                let has_ended = self.await_end(GRACE);
                self.end();
                match self.child.wait() {
                    Ok(status) if has_ended => ending_of(status),
                    _ => Ending::OutputClosed,
                }
            }
        }
    }

    fn await_end(&mut self, time_max: Duration) -> bool {
        let (sender, events) = mpsc::channel();
        group::await_end(&mut self.child, &events, sender, time_max).is_some()
    }

    /// Ends the program and what it started.
    fn end(&mut self) {
        if !std::mem::replace(&mut self.is_ended, true) {
            group::end_all(&mut self.child);
            // It was told to end in a way that it cannot refuse.
            let _ = self.child.wait();
        }
    }

    /// Ends the program, and gives what it wrote to the error output.
    fn complaint(&mut self) -> Vec<u8> {
        self.end();
        self.complaint.take().map(|complaint| complaint.finish().0).unwrap_or_default()
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.questions = None;
        // A program that keeps what it found may write it down when its input ends.
        if !self.is_ended {
            self.await_end(GRACE);
        }
        self.end();
    }
}

fn read_lines(pipe: impl Read, said: &SyncSender<Said>) {
    let mut pipe = BufReader::new(pipe);
    loop {
        let mut line = Vec::new();
        let read = pipe.by_ref().take(ANSWER_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line);
        let now = match read {
            Ok(_) if line.pop_if(|last| *last == b'\n').is_some() => Said::Line(line),
            Ok(_) if line.len() > ANSWER_BYTES_MAX => Said::TooLong,
            _ => Said::End,
        };
        let goes_on = matches!(now, Said::Line(_));
        // Nobody listens any more where the program is being ended.
        if said.send(now).is_err() || !goes_on {
            return;
        }
    }
}
