//! On Windows: a job object, which every process that the program starts belongs to as well.
//!
//! A job could bound memory too, but not through `process-wrap`, and no code here is unsafe.

use super::{
    super::bounds::ExternalBounds,
    common::{Event, Pipes},
};
use core::time::Duration;
use process_wrap::std::{ChildWrapper, CommandWrap, JobObject};
use std::{
    io,
    path::Path,
    process::{Command, ExitStatus},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        mpsc::{Receiver, Sender},
    },
    thread,
};

/// How often it is looked whether a program still runs.
const SLICE: Duration = Duration::from_millis(5);

/// A program with its job, for whoever waits for it and for whoever ends it.
type Job = Arc<Mutex<Box<dyn ChildWrapper>>>;

/// The jobs that run.
static RUNNING: Mutex<Vec<Job>> = Mutex::new(Vec::new());
/// Held for reading while a job is started and noted, for writing when none may be started any
/// more.
static MAY_START: RwLock<()> = RwLock::new(());

/// A program. Its memory is not bounded.
pub(in super::super) fn bounded(program: &Path, _bounds: &ExternalBounds) -> Command {
    Command::new(program)
}

/// Ends every program of a rule that runs, with all that it started, and lets none be started any
/// more: whoever wants to start one waits for the end of this process.
pub fn end_programs() {
    // Kept until the end of the process.
    std::mem::forget(MAY_START.write().unwrap_or_else(PoisonError::into_inner));
    for job in locked(&RUNNING).iter() {
        // Fails where nothing is left, which is what is wanted.
        let _ = locked(job).start_kill();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How the program itself ended, if it has. The job must not be asked: it waits for messages of
/// which each comes once.
fn ended(job: &Job) -> io::Result<Option<ExitStatus>> {
    locked(job).inner_mut().try_wait()
}

/// A program that runs in a job of its own.
#[derive(Debug)]
pub(in super::super) struct Program(Job);

impl Program {
    /// Starts it. It begins to run when it belongs to its job.
    pub(in super::super) fn start(command: Command) -> io::Result<Self> {
        let _start = MAY_START.read().unwrap_or_else(PoisonError::into_inner);
        let child = CommandWrap::from(command).wrap(JobObject).spawn()?;
        let job = Arc::new(Mutex::new(child));
        locked(&RUNNING).push(Arc::clone(&job));
        Ok(Self(job))
    }

    /// Its pipes, for whoever asks first.
    pub(in super::super) fn pipes(&mut self) -> Pipes {
        let mut child = locked(&self.0);
        let (input, output) = (child.stdin().take(), child.stdout().take());
        Pipes { input, output, errors: child.stderr().take() }
    }

    /// The first event, or none within the time.
    pub(in super::super) fn await_end(
        &self,
        events: &Receiver<Event>,
        sender: Sender<Event>,
        time_max: Duration,
    ) -> Option<Event> {
        let job = Arc::clone(&self.0);
        let watch = move || {
            // It ends with the program, which is ended where its time is over.
            while matches!(ended(&job), Ok(None)) {
                thread::sleep(SLICE);
            }
            // Nobody listens any more where the time was over.
            let _ = sender.send(Event::Ended);
        };
        thread::Builder::new().spawn(watch).ok()?;
        events.recv_timeout(time_max).ok()
    }

    /// Ends everything that is left of the job.
    pub(in super::super) fn end_all(&mut self) {
        // Fails where nothing is left, which is what is wanted.
        let _ = locked(&self.0).start_kill();
        locked(&RUNNING).retain(|other| !Arc::ptr_eq(other, &self.0));
    }

    /// How it ended, once it has.
    pub(in super::super) fn wait(&mut self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = ended(&self.0)? {
                return Ok(status);
            }
            thread::sleep(SLICE);
        }
    }
}
