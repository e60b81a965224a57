//! One run of a program: started, watched, ended, and what it wrote.

use super::{
    bounds::ExternalBounds,
    group::{self, Event, Program},
};
use core::time::Duration;
use std::{
    ffi::OsString,
    io::{self, ErrorKind, Read},
    path::Path,
    process::{Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

/// Most bytes of an answer.
pub(super) const ANSWER_BYTES_MAX: usize = 1 << 20;

/// So much of what a program complains about is kept.
pub(super) const COMPLAINT_BYTES_MAX: usize = 4 << 10;

/// What stands in a reason before what a program complained about.
pub(super) const COMPLAINT: &str = "; it wrote: ";

/// How long the last bytes of a program that has ended are waited for. They are in the pipe
/// already; the pipe itself stays open where a descendant has left the group and holds it.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) ending: Ending,
    /// The standard output.
    pub(super) answer: Vec<u8>,
    /// The beginning of what went to the error output.
    pub(super) complaint: Vec<u8>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// By itself, with an exit code.
    Code(i32),
    /// By a signal, like `11 (SIGSEGV)`.
    Signal(String),
    /// It was ended when its time was over.
    TimeOver,
    /// It was ended because its answer was too long.
    AnswerTooLong,
    /// It went on, and could say nothing more.
    OutputClosed,
    /// It could not be run, and why.
    NotRun(String),
}

/// How a program is started: within its bounds, where it belongs.
pub(super) fn command(
    program: &Path,
    arguments: &[OsString],
    home: Option<&Path>,
    bounds: &ExternalBounds,
) -> Command {
    let mut command = group::bounded(program, bounds);
    command.args(arguments);
    if let Some(home) = home {
        command.current_dir(home);
    }
    command
}

/// Runs a program to its end, at most as long as it may take.
pub(super) fn run(mut command: Command, bounds: &ExternalBounds) -> Run {
    let not_run = |error: io::Error| Run {
        ending: Ending::NotRun(error.to_string()),
        answer: Vec::new(),
        complaint: Vec::new(),
    };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    match Program::start(command) {
        Ok(program) => watch(program, bounds).unwrap_or_else(not_run),
        Err(error) => not_run(error),
    }
}

fn watch(mut program: Program, bounds: &ExternalBounds) -> io::Result<Run> {
    let pipes = program.pipes();
    let (sender, events) = mpsc::channel();
    let started = Capture::start(pipes.output, ANSWER_BYTES_MAX, Some(sender.clone()))
        .and_then(|answer| Ok((answer, Capture::start(pipes.errors, COMPLAINT_BYTES_MAX, None)?)));
    let event = match &started {
        Ok(_) => program.await_end(&events, sender, bounds.time_max),
        Err(_) => None,
    };
    program.end_all();
    let status = program.wait()?;
    let (answer, complaint) = started?;
    let (answer, is_too_long) = answer.finish();
    let (complaint, _) = complaint.finish();
    let ending = match event {
        None => Ending::TimeOver,
        Some(_) if is_too_long => Ending::AnswerTooLong,
        Some(_) => ending_of(status),
    };
    Ok(Run { ending, answer, complaint })
}

/// How it ended, of a program that did.
pub(super) fn ending_of(status: ExitStatus) -> Ending {
    if let Some(code) = status.code() {
        return Ending::Code(code);
    }
    let text = status.to_string();
    Ending::Signal(text.strip_prefix("signal: ").unwrap_or(&text).to_owned())
}

/// What was read from a pipe so far.
#[derive(Debug, Default)]
struct Captured {
    bytes: Vec<u8>,
    has_more: bool,
}

/// A pipe that is read as the program writes, so that no program waits for us.
#[derive(Debug)]
pub(super) struct Capture {
    captured: Arc<Mutex<Captured>>,
    /// Nobody asks any more: a descendant that never stops writing is not listened to for ever.
    is_over: Arc<AtomicBool>,
    ended: Receiver<()>,
}

impl Capture {
    /// Starts to read. Behind the limit bytes are dropped; or, where there is somebody to tell,
    /// reading ends.
    pub(super) fn start<R: Read + Send + 'static>(
        pipe: Option<R>,
        bytes_max: usize,
        tell: Option<Sender<Event>>,
    ) -> io::Result<Self> {
        let pipe = pipe.ok_or_else(|| io::Error::other("there is no pipe to read from"))?;
        let (sender, ended) = mpsc::channel();
        let capture = Self { captured: Arc::default(), is_over: Arc::default(), ended };
        let (captured, is_over) = (Arc::clone(&capture.captured), Arc::clone(&capture.is_over));
        let read = move || {
            read_all(pipe, bytes_max, tell.as_ref(), &captured, &is_over);
            // Nobody listens any more where the grace was over.
            let _ = sender.send(());
        };
        thread::Builder::new().spawn(read)?;
        Ok(capture)
    }

    /// What was read, and whether there was more than the limit.
    pub(super) fn finish(self) -> (Vec<u8>, bool) {
        // Whether the pipe ended or the grace is over: what is here by now is what counts.
        let _ = self.ended.recv_timeout(GRACE);
        self.is_over.store(true, Ordering::Relaxed);
        let mut captured = self.captured.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut captured.bytes), captured.has_more)
    }
}

fn read_all(
    mut pipe: impl Read,
    bytes_max: usize,
    tell: Option<&Sender<Event>>,
    captured: &Mutex<Captured>,
    is_over: &AtomicBool,
) {
    let mut buffer = [0; 16 << 10];
    while !is_over.load(Ordering::Relaxed) {
        let piece = match pipe.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => buffer.get(..count).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let mut captured = captured.lock().unwrap_or_else(PoisonError::into_inner);
        let room = bytes_max.saturating_sub(captured.bytes.len()).min(piece.len());
        captured.bytes.extend_from_slice(piece.get(..room).unwrap_or_default());
        captured.has_more |= room < piece.len();
        if let (true, Some(tell)) = (captured.has_more, tell) {
            let _ = tell.send(Event::AnswerTooLong);
            return;
        }
    }
}
