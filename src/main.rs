//! The program. It sets what belongs to the process and hands over to the command line, which is in `cli/`.

use std::process::ExitCode;

use clap::Parser;

mod cli;

/// What this program writes (the database, its log, keys, credentials) is for its own user's eyes.
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

/// Hands large blocks back to the system as soon as they are free. A client's secret is hashed with Argon2id in
/// 19 MiB; glibc would otherwise learn from the first such block to keep all of them, in every thread's arena:
/// 180 MB resident after a few tokens, in place of 25.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "a call into the C library that sets one of its parameters")]
fn give_memory_back() {
    // SAFETY: mallopt may be called at any time; no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 262_144);
    }
}

#[cfg(not(target_env = "gnu"))]
fn give_memory_back() {}

fn main() -> ExitCode {
    keep_files_private();
    give_memory_back();
    match cli::run(cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("onrecord: {sentence}");
            ExitCode::FAILURE
        }
    }
}
