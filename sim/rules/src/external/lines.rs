//! Programs that stay: one folder a line on the input, one answer a line on the output.
//!
//! Which program is asked about a folder depends on threads, and must not show. So a failure is
//! believed only of a program that was asked nothing before: one that was, and fails, is ended, and
//! the question is asked again of a new one. What a program complains about is told with a failure
//! alone, and so it is always about that one question.
//!
//! An answer repeats the folder that it is about, and no two questions are about one path: a line
//! that comes late, or that nobody asked for, is never the answer to another question. But who
//! writes such lines answered some folder twice, and which answer counts is not ours to choose. So
//! lines are counted until the output ends, which is after the last question, and where a program
//! wrote more lines than it was asked questions, [`Programs::settle`] takes back everything: the
//! rule is inconclusive about every folder, whichever thread asked, and however late a line came.

use super::{
    answer,
    bounds::ExternalBounds,
    course::Asked,
    group::{Pipes, Program},
    run::{ANSWER_BYTES_MAX, COMPLAINT_BYTES_MAX, Capture, Ending, GRACE, ending_of},
};
use crate::Judgement;
use core::time::Duration;
use std::{
    collections::BTreeSet,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender},
    },
    thread,
};

/// The programs of one rule that run: at most as many as threads judge.
#[derive(Clone, Debug, Default)]
pub(super) struct Programs(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Those that wait for a question.
    waiting: Mutex<Vec<Talk>>,
    /// Whether any wrote more lines than it was asked questions.
    has_surplus: AtomicBool,
    /// Whether nothing is believed any more because of that, and whoever asks was told.
    is_taken_back: AtomicBool,
    /// Whether one that was asked before was not heard in time. Such programs are asked only one
    /// question each from then on, so that none has to be asked again.
    is_slow_when_asked_again: AtomicBool,
}

impl Programs {
    /// What the program, named as `name` and started as `command`, says of a folder.
    pub(super) fn judge(
        &self,
        name: &str,
        command: &dyn Fn() -> Command,
        folder: &Path,
        bounds: &ExternalBounds,
    ) -> Asked {
        let own = |judgement| Asked { judgement, ending: None, complains: false };
        let question = match question(folder) {
            Ok(question) => question,
            Err(reason) => return own(Judgement::inconclusive(None, reason.to_owned())),
        };
        if !self.has_surplus() {
            let asked = self.ask(name, command, (folder, question), bounds);
            if !self.has_surplus() {
                return asked;
            }
        }
        let expected = "expected one line for each folder, and nothing else";
        let reason = format!("`{name}` wrote more lines than it was asked questions: {expected}");
        own(Judgement::inconclusive(None, reason))
    }

    /// Ends all programs, and says whether what they said so far can be believed.
    pub(super) fn settle(&self) -> bool {
        let waiting = std::mem::take(&mut *self.locked());
        for mut talk in waiting {
            self.finish(&mut talk);
        }
        // What is said after it was taken back can be.
        !self.has_surplus() || self.0.is_taken_back.swap(true, Ordering::Relaxed)
    }

    fn has_surplus(&self) -> bool {
        self.0.has_surplus.load(Ordering::Relaxed)
    }

    /// Ends a program that is not asked any more, and notes whether it wrote too much.
    fn finish(&self, talk: &mut Talk) {
        if talk.finish() {
            self.0.has_surplus.store(true, Ordering::Relaxed);
        }
    }

    fn ask(
        &self,
        name: &str,
        command: &dyn Fn() -> Command,
        (folder, question): (&Path, Vec<u8>),
        bounds: &ExternalBounds,
    ) -> Asked {
        let heard = |judgement| Asked { judgement, ending: None, complains: false };
        if let Some(judgement) = self.ask_one_that_waits(name, folder, &question, bounds) {
            return heard(judgement);
        }
        let failed = |judgement, ending| {
            let judgement = Judgement { failed: true, ..judgement };
            Asked { judgement, ending: Some(ending), complains: false }
        };
        let mut talk = match Talk::start(command()) {
            Ok(talk) => talk,
            Err(error) => {
                let reason = format!("`{name}` could not be run: {error}");
                let ending = Ending::NotRun(error.to_string());
                return failed(Judgement::inconclusive(None, reason), ending);
            }
        };
        let (said, ending) = match talk.ask(question, bounds.time_max) {
            // It goes on, and says what makes no sense.
            Ok(line) => (answer::of_line(name, folder, &line), Ending::OutputClosed),
            Err(silence) => {
                let ending = talk.ending(silence);
                (Err(answer::of_silence(name, &ending, bounds)), ending)
            }
        };
        match said {
            Ok(judgement) => {
                self.keep(talk);
                heard(judgement)
            }
            Err(reason) => {
                self.finish(&mut talk);
                failed(answer::inconclusive(reason, &talk.complaint(), bounds), ending)
            }
        }
    }

    /// What a program says that was asked before, where there is one and it answers as it should.
    fn ask_one_that_waits(
        &self,
        name: &str,
        folder: &Path,
        question: &[u8],
        bounds: &ExternalBounds,
    ) -> Option<Judgement> {
        let mut talk = self.locked().pop()?;
        if self.0.is_slow_when_asked_again.load(Ordering::Relaxed) {
            self.finish(&mut talk);
            return None;
        }
        if talk.is_quiet() {
            match talk.ask(question.to_vec(), bounds.time_max) {
                Ok(line) => {
                    if let Ok(judgement) = answer::of_line(name, folder, &line) {
                        self.keep(talk);
                        return Some(judgement);
                    }
                    // A second answer to an earlier question, perhaps where this one has none.
                    let about = answer::folder_of_line(&line);
                    talk.has_surplus |= about.is_some_and(|about| talk.was_asked_before(&about));
                }
                Err(Silence::TimeOver) => {
                    self.0.is_slow_when_asked_again.store(true, Ordering::Relaxed);
                }
                Err(Silence::TooLong | Silence::End) => {}
            }
        }
        self.finish(&mut talk);
        None
    }

    /// Keeps a program for another question, unless these are asked of new ones.
    fn keep(&self, mut talk: Talk) {
        if self.0.is_slow_when_asked_again.load(Ordering::Relaxed) {
            self.finish(&mut talk);
        } else {
            self.locked().push(talk);
        }
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Talk>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The line that asks about a folder.
fn question(folder: &Path) -> Result<Vec<u8>, &'static str> {
    let Some(name) = folder.to_str() else {
        return Err("the name of the folder is not Unicode, so that no JSON text can repeat it");
    };
    if name.contains(['\n', '\r']) {
        return Err("the name of the folder has a line break, which no line can hold");
    }
    Ok(format!("{name}\n").into_bytes())
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
    program: Program,
    /// Lines for the program; none where its input is closed. A thread writes them, because a
    /// program that reads nothing would make us wait.
    questions: Option<Sender<Vec<u8>>>,
    said: Receiver<Said>,
    complaint: Option<Capture>,
    /// The questions that it answered, as they were written.
    answered: BTreeSet<Vec<u8>>,
    /// The last question.
    asked: Vec<u8>,
    question_count: usize,
    /// Lines that it wrote, as far as they were read.
    line_count: usize,
    has_surplus: bool,
    /// It was not heard within its time.
    is_late: bool,
    is_ended: bool,
}

impl Talk {
    fn start(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = Program::start(command)?;
        let pipes = program.pipes();
        let (questions, to_write) = mpsc::channel::<Vec<u8>>();
        // A program that writes without being asked waits for us, not we for it.
        let (sender, said) = mpsc::sync_channel(1);
        let mut talk = Self {
            program,
            questions: Some(questions),
            said,
            complaint: None,
            answered: BTreeSet::new(),
            asked: Vec::new(),
            question_count: 0,
            line_count: 0,
            has_surplus: false,
            is_late: false,
            is_ended: false,
        };
        // From here on the program ends with the value, also where a thread is not to be had.
        let Pipes { input: Some(mut input), output: Some(output), errors } = pipes else {
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
    fn is_quiet(&mut self) -> bool {
        let said = self.said.try_recv();
        self.has_surplus |= matches!(said, Ok(Said::Line(_) | Said::TooLong));
        said.is_err()
    }

    /// Whether a folder is one that it was asked about before the last question.
    fn was_asked_before(&self, folder: &str) -> bool {
        let question = format!("{folder}\n").into_bytes();
        question != self.asked && self.answered.contains(&question)
    }

    fn ask(&mut self, question: Vec<u8>, time_max: Duration) -> Result<Vec<u8>, Silence> {
        self.question_count += 1;
        self.answered.insert(std::mem::replace(&mut self.asked, question.clone()));
        if let Some(questions) = &self.questions {
            // Nobody writes any more where the program closed its input.
            let _ = questions.send(question);
        }
        match self.said.recv_timeout(time_max) {
            Ok(Said::Line(line)) => {
                self.line_count += 1;
                Ok(line)
            }
            Ok(Said::TooLong) => Err(Silence::TooLong),
            Ok(Said::End) | Err(RecvTimeoutError::Disconnected) => Err(Silence::End),
            Err(RecvTimeoutError::Timeout) => {
                self.is_late = true;
                Err(Silence::TimeOver)
            }
        }
    }

    /// Ends the program, once it has said what it still had to say; whether it wrote more lines
    /// than it was asked questions.
    fn finish(&mut self) -> bool {
        self.questions = None;
        while !self.is_late && !self.is_ended && !self.has_surplus {
            match self.said.recv_timeout(GRACE) {
                Ok(Said::Line(_) | Said::TooLong) => self.line_count += 1,
                Ok(Said::End) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.is_late = true,
            }
            self.has_surplus |= self.line_count > self.question_count;
        }
        if !self.is_late && !self.is_ended && !self.has_surplus {
            // A program that keeps what it found may write it down when its input ends.
            self.await_end(GRACE);
        }
        self.end();
        self.has_surplus
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
                match self.program.wait() {
                    Ok(status) if has_ended => ending_of(status),
                    _ => Ending::OutputClosed,
                }
            }
        }
    }

    fn await_end(&mut self, time_max: Duration) -> bool {
        let (sender, events) = mpsc::channel();
        self.program.await_end(&events, sender, time_max).is_some()
    }

    /// Ends the program and what it started.
    fn end(&mut self) {
        if !std::mem::replace(&mut self.is_ended, true) {
            self.program.end_all();
            // It was told to end in a way that it cannot refuse.
            let _ = self.program.wait();
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
        self.finish();
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
