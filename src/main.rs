//! The program: sets properties of the process and runs the command line, which is in `cli/`.

use std::process::ExitCode;

use clap::Parser;

mod cli;

/// Makes files that this program writes (the database, its log, keys, credentials) readable by its own user only.
#[cfg(unix)]
#[expect(unsafe_code, reason = "a call into the C library that sets one of the process's properties")]
fn keep_files_private() {
    // SAFETY: umask cannot fail; no other thread runs yet.
    unsafe {
        libc::umask(0o077);
    }
}

#[cfg(not(unix))]
fn keep_files_private() {}

/// Returns large blocks of memory to the system as soon as they are free. A client's secret is hashed with Argon2id in
/// 19 MiB. Otherwise glibc would raise its threshold after the first such block and keep all of them, in every thread's
/// arena: 180 MB resident after a few tokens, instead of 25.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "a call into the C library that sets one of its parameters")]
fn return_memory_early() {
    // SAFETY: mallopt may be called at any time; no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 262_144);
    }
}

#[cfg(not(target_env = "gnu"))]
fn return_memory_early() {}

/// Has a write fail that makes a file larger than the user may have one (`ulimit -f`), as on a full disk. Otherwise the
/// system ends the process.
#[cfg(unix)]
#[expect(unsafe_code, reason = "a call into the C library that sets one of the process's properties")]
fn ignore_file_size_signal() {
    // SAFETY: ignoring a signal installs no handler; no other thread runs yet.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

#[cfg(not(unix))]
fn ignore_file_size_signal() {}

fn main() -> ExitCode {
    keep_files_private();
    return_memory_early();
    ignore_file_size_signal();
    let result = cli::run(cli::Cli::parse());
    let printed = cli::out::flush();
    onrecord::logging::finish();
    match result.and(printed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            cli::out::error_line(format_args!("onrecord: {message}"));
            ExitCode::FAILURE
        }
    }
}
