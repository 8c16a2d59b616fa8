//! Runs calls that may never return, one after another, on a thread that nothing waits for.
//!
//! A call that is over its time keeps its thread; those after it go on in a new one.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use tracing::warn;

/// How many threads may be stuck in calls that do not return. Beyond that, calls wait for one of them.
const MAX_STUCK_THREADS: usize = 8;

/// A call; it is told which thread it runs in.
type Job = Box<dyn FnOnce(Generation) + Send>;

/// Numbers the threads in the order in which they took over, from one.
pub type Generation = u64;

/// The thread that runs the calls. Clones share it; it ends with the last of them.
#[derive(Clone)]
pub struct Worker {
    queue: Sender<Job>,
    shared: Arc<Shared>,
}

struct Shared {
    jobs: Mutex<Receiver<Job>>,
    current: AtomicU64,
    threads: AtomicUsize,
}

impl Worker {
    pub fn new() -> Self {
        let (queue, jobs) = mpsc::channel();
        let shared = Arc::new(Shared {
            jobs: Mutex::new(jobs),
            current: AtomicU64::new(1),
            threads: AtomicUsize::new(0),
        });
        shared.start(1);
        Self { queue, shared }
    }

    /// Adds a call. Answers the thread that it waits for.
    pub fn run(&self, job: impl FnOnce(Generation) + Send + 'static) -> Generation {
        let current = self.shared.current.load(Ordering::SeqCst);
        // The receiver lives as long as this does.
        let _ = self.queue.send(Box::new(job));
        current
    }

    /// The call that this thread is in is over its time: the next ones go on in another thread.
    /// Answers the thread that they wait for now.
    pub fn replace(&self, stuck: Generation) -> Generation {
        let Shared { current, threads, .. } = &*self.shared;
        if threads.load(Ordering::SeqCst) <= MAX_STUCK_THREADS {
            let next = stuck + 1;
            if current.compare_exchange(stuck, next, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                self.shared.start(next);
            }
        }
        current.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
impl Worker {
    /// How many threads there are.
    pub fn threads(&self) -> usize {
        self.shared.threads.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn start(self: &Arc<Self>, own: Generation) {
        let shared = self.clone();
        self.threads.fetch_add(1, Ordering::SeqCst);
        let work = move || {
            shared.work(own);
            shared.threads.fetch_sub(1, Ordering::SeqCst);
        };
        if let Err(error) = thread::Builder::new().name("keyring".to_owned()).spawn(work) {
            warn!("keyring: no thread: {error}");
            self.threads.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Runs calls until another thread has taken over, or nobody is left who could add one.
    fn work(&self, own: Generation) {
        while self.current.load(Ordering::SeqCst) == own {
            let next = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            match next {
                Ok(job) => job(own),
                Err(_) => return,
            }
        }
    }
}
