//! The log: one JSON object a line, on standard error.
//!
//! A thread of its own writes the lines, so nothing waits for the log: not for a full disk, a pipe whose reader has gone,
//! or one that nobody reads. A line that cannot be written, or for which no room is left, is lost and counted.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tracing_subscriber::EnvFilter;

/// How many bytes of lines may wait to be written.
const WAITING: usize = 4 * 1_048_576;
/// How long the end of the process waits for the last lines.
const LAST_LINES: Duration = Duration::from_secs(2);
/// How long to wait before the next try where standard error takes nothing at the moment.
const PAUSE: Duration = Duration::from_millis(20);

/// What LOG may be.
const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug", "trace"];

/// The number of lines that were lost.
pub fn lost() -> &'static Counter {
    static LOST: OnceLock<Counter> = OnceLock::new();
    LOST.get_or_init(Counter::default)
}

/// Lines that wait to be written.
#[derive(Default)]
struct Queue {
    lines: Mutex<Lines>,
    /// Notified when a line is added.
    added: Condvar,
    /// Notified when all lines are written.
    written: Condvar,
}

#[derive(Default)]
struct Lines {
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
    /// Whether the thread is writing a line.
    busy: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line, or counts it as lost where too many wait.
    fn add(&self, line: &[u8]) {
        let mut lines = self.lock();
        if lines.bytes + line.len() > WAITING {
            lost().inc();
            return;
        }
        lines.bytes += line.len();
        lines.waiting.push_back(line.to_vec());
        self.added.notify_one();
    }

    /// The next line; waits for it.
    fn next(&self) -> Vec<u8> {
        let mut lines = self.lock();
        lines.busy = false;
        loop {
            if let Some(line) = lines.waiting.pop_front() {
                lines.bytes -= line.len();
                lines.busy = true;
                return line;
            }
            self.written.notify_all();
            lines = self.added.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until all lines are written, but not longer than that.
    fn finish(&self, longest: Duration) {
        let waits = |lines: &mut Lines| lines.busy || !lines.waiting.is_empty();
        let _ = self.written.wait_timeout_while(self.lock(), longest, waits);
    }

    /// Writes the lines to `out` for as long as the process runs.
    fn write_to(&self, mut out: impl Write) {
        let mut cut = false;
        loop {
            let line = self.next();
            if write_line(&mut out, &line, &mut cut).is_err() {
                lost().inc();
            }
        }
    }
}

/// Writes a line. `cut` is whether the end of an earlier line is missing: then this one begins on a line of its own.
fn write_line(out: &mut impl Write, line: &[u8], cut: &mut bool) -> io::Result<()> {
    let whole = if *cut { [b"\n", line].concat() } else { line.to_vec() };
    let mut rest = whole.as_slice();
    while !rest.is_empty() {
        match out.write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                rest = &rest[written..];
                *cut = !rest.is_empty();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn queue() -> &'static Queue {
    static QUEUE: OnceLock<Queue> = OnceLock::new();
    QUEUE.get_or_init(Queue::default)
}

/// What the subscriber writes a line to.
struct Line;

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        queue().add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts the log. `LOG` sets its level. Panics are logged, too.
pub fn start(default: &str) -> Result<(), String> {
    let text = std::env::var("LOG").unwrap_or_else(|_| default.to_owned());
    // A word without a level would be taken for a part of the program, of which nothing is logged then.
    let is_level = |word: &str| LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level));
    let misread = text.split(',').find(|part| !part.contains('=') && !is_level(part.trim()));
    // The framework logs a line for each head that is not HTTP; we count them and log their number.
    let filter = match (misread, EnvFilter::try_new(format!("actix_server=warn,actix_http=off,{text}"))) {
        (None, Ok(filter)) => filter,
        _ => {
            return Err(format!(
                "LOG is `{text}`; give {}, or parts of the program with levels, such as info,onrecord::app=warn",
                LEVELS.join(", ")
            ));
        }
    };
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(|| queue().write_to(io::stderr()))
        .map_err(|error| format!("the log cannot be started: {error}"))?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .log_internal_errors(false)
        .with_writer(|| Line)
        .init();
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a panic")));
    Ok(())
}

/// Waits a moment for the last lines, at the end of the process.
pub fn finish() {
    queue().finish(LAST_LINES);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Takes some bytes, then fails, then takes all.
    struct Full {
        written: Vec<u8>,
        room: usize,
        failures: usize,
    }

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 && self.failures > 0 {
                self.failures -= 1;
                return Err(io::ErrorKind::StorageFull.into());
            }
            let count = if self.failures > 0 { bytes.len().min(self.room) } else { bytes.len() };
            self.room = self.room.saturating_sub(count);
            self.written.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_line_after_one_that_was_cut_off_begins_on_its_own() {
        let mut out = Full { written: vec![], room: 4, failures: 2 };
        let mut cut = false;
        let results: Vec<bool> = ["one\n", "two\n", "three\n", "four\n"]
            .into_iter()
            .map(|line| {
                // The second is cut off in the middle, the third finds no room at all.
                if line == "two\n" {
                    out.room = 2;
                }
                write_line(&mut out, line.as_bytes(), &mut cut).is_ok()
            })
            .collect();
        assert_eq!(results, [true, false, false, true]);
        assert_eq!(String::from_utf8_lossy(&out.written), "one\ntw\nfour\n");
    }

    #[test]
    fn lines_that_nobody_takes_are_bounded_and_counted() {
        let queue = Queue::default();
        let before = lost().get();
        for _ in 0..5_000 {
            queue.add(&[b'x'; 1_024]);
        }
        assert_eq!(lost().get() - before, 5_000 - 4_096);
        assert_eq!(queue.lock().bytes, WAITING);
        // Nobody writes them: the end does not wait for ever.
        queue.finish(Duration::from_millis(1));
    }

    #[test]
    fn the_end_waits_for_the_last_line() {
        let queue = Arc::new(Queue::default());
        let (sender, receiver) = std::sync::mpsc::channel();
        struct Sends(std::sync::mpsc::Sender<Vec<u8>>);
        impl Write for Sends {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let _ = self.0.send(bytes.to_vec());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for n in 0..100 {
            queue.add(format!("{n}\n").as_bytes());
        }
        let writer = queue.clone();
        std::thread::spawn(move || writer.write_to(Sends(sender)));
        queue.finish(Duration::from_secs(300));
        assert_eq!(receiver.try_iter().count(), 100);
    }
}
