//! What commands print.
//!
//! The lines are collected and printed when the command has done its work: nobody who reads them slowly holds a
//! transaction open. When the reader of the pipe has gone (`onrecord verify | head -3`), the rest is left out, and the
//! exit status is that of the work. Any other failure, such as a full disk, makes the command fail with a message.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

static LINES: Mutex<String> = Mutex::new(String::new());

/// Prints a line on standard output, like `println!`.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::out::line(format_args!($($text)*)) };
}

/// Prints a line on standard error, like `eprintln!`. It does nothing where standard error cannot be written.
macro_rules! say_error {
    ($($text:tt)*) => { $crate::cli::out::error_line(format_args!($($text)*)) };
}

pub(super) use {say, say_error};

/// Adds a line to what will be printed.
pub fn line(text: fmt::Arguments<'_>) {
    let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    // Writing to a String does not fail.
    let _ = fmt::Write::write_fmt(&mut *lines, format_args!("{text}\n"));
}

/// Adds a text to what will be printed, as it is.
pub fn text(text: &str) {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
}

/// Prints a line on standard error, if it can be written.
pub fn error_line(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints what was collected.
pub fn flush() -> Result<(), String> {
    let lines = std::mem::take(&mut *LINES.lock().unwrap_or_else(PoisonError::into_inner));
    let mut out = io::stdout().lock();
    match out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("the command has done its work, but its output cannot be written: {error}"))
        }
        _ => Ok(()),
    }
}
