//! A log that cannot be written, and output that nobody reads: nothing stops, and nothing panics.

use std::fs::{File, OpenOptions};
use std::process::{Child, Command, Stdio};

use onrecord::access::keys::Keys;
use onrecord::clock::Clock;

use crate::process::{PROGRAM, Program, Scratch, ask, database, free_address, run, wait_until_ready};
use crate::support::{on_postgres, until};

/// What becomes of what the program writes.
enum Written {
    /// The reader of the pipe has gone.
    ReaderGone,
    /// There is no room on the disk.
    DiskFull,
    /// The pipe is open, and nobody reads it.
    NobodyReads,
}

impl Written {
    /// The end that the program gets, and what must stay open meanwhile.
    fn pipe(&self) -> (Stdio, Option<std::io::PipeReader>) {
        match self {
            Written::DiskFull => (full().into(), None),
            Written::ReaderGone => (std::io::pipe().unwrap().1.into(), None),
            Written::NobodyReads => {
                let (reader, writer) = std::io::pipe().unwrap();
                (writer.into(), Some(reader))
            }
        }
    }
}

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// Sends a signal, and returns whether the process ended with success.
fn stopped_by(signal: &str, child: &mut Child) -> bool {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    let mut status = None;
    until("the process ends", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap().success()
}

#[test]
fn a_log_that_cannot_be_written_stops_no_request_and_no_signal() {
    let scratch = Scratch::new();
    let file = database(&scratch.0);
    let (ok, _, error) = run(&["migrate"], &[("DATABASE_URL", &file)]);
    assert!(ok, "{error}");
    let keys = scratch.0.join("keys");
    for (written, level, signal, lost) in [
        (Written::ReaderGone, "info", "-TERM", true),
        (Written::ReaderGone, "warn", "-INT", false),
        (Written::DiskFull, "info", "-INT", true),
        (Written::NobodyReads, "info", "-TERM", false),
    ] {
        let (address, metrics) = (free_address(), free_address());
        let (out, _held) = written.pipe();
        let (log, _held_too) = written.pipe();
        let child = Command::new(PROGRAM)
            .arg("serve")
            .envs([("DATABASE_URL", &file), ("LISTEN", &address), ("METRICS_LISTEN", &metrics)])
            .env("KEYS_DIR", &keys)
            .env("LIMIT_ADDRESS", "0")
            .env("LOG", level)
            .stdout(out)
            .stderr(log)
            .spawn()
            .unwrap();
        let mut program = Program { child, address };
        wait_until_ready(&mut program);
        // More lines than a pipe holds.
        for n in 0..400 {
            let (status, _, body) =
                ask(&program.address, "GET", &format!("/v1/plans?limit={}", 1 + n % 200), &[], "").unwrap();
            assert_eq!(status, 200, "{body}");
        }
        let (_, _, text) = ask(&metrics, "GET", "/metrics", &[], "").unwrap();
        let line = text.lines().find(|line| line.starts_with("onrecord_log_lines_lost_total ")).unwrap();
        let count: u64 = line.rsplit(' ').next().unwrap().parse().unwrap();
        assert_eq!(count > 0, lost, "{line}");
        assert!(stopped_by(signal, &mut program.child), "{level} {signal}");
    }
}

#[test]
fn a_demo_whose_output_nobody_reads_serves() {
    let scratch = Scratch::new();
    let address = free_address();
    let child = Command::new(PROGRAM)
        .args(["demo", "--listen", &address, "--database-url", &database(&scratch.0), "--data"])
        .arg(&scratch.0)
        .stdout(Written::ReaderGone.pipe().0)
        .stderr(Written::ReaderGone.pipe().0)
        .spawn()
        .unwrap();
    let mut program = Program { child, address };
    wait_until_ready(&mut program);
    assert_eq!(ask(&program.address, "GET", "/v1/plans", &[], "").unwrap().0, 200);
    assert!(stopped_by("-TERM", &mut program.child));
}

#[test]
fn every_command_ends_quietly_when_nobody_reads_what_it_prints() {
    let scratch = Scratch::new();
    let file = database(&scratch.0);
    let environment = [("DATABASE_URL", file.as_str()), ("KEYS_DIR", scratch.0.to_str().unwrap())];
    for arguments in [["migrate"].as_slice(), &["import", concat!(env!("CARGO_MANIFEST_DIR"), "/demo")]] {
        let (ok, _, error) = run(arguments, &environment);
        assert!(ok, "{error}");
    }
    Keys::load_or_create(&scratch.0, &Clock::system()).unwrap();
    let (folder, archive) = (scratch.0.join("record"), scratch.0.join("record.zip"));
    let owner = ["--body", "derbyshire-pcc", "--organisation", "opcc-derbyshire"];
    let login = "grace@office.example";
    let commands: Vec<(Vec<&str>, bool)> = vec![
        (vec!["--help"], true),
        (vec!["--version"], true),
        (vec!["import", "--help"], true),
        (vec!["frobnicate"], false),
        (vec!["migrate"], true),
        (
            vec![
                "init",
                "--body",
                "x-pcc",
                "--body-name",
                "X",
                "--area",
                "E23999999",
                "--area-name",
                "X",
                "--organisation",
                "opcc-x",
                "--organisation-name",
                "X",
                "--login",
                "ada@office.example",
            ],
            true,
        ),
        (vec!["import", "--dry-run", "no such folder"], false),
        (vec!["export", folder.to_str().unwrap()], true),
        (vec!["export", archive.to_str().unwrap()], true),
        (vec!["verify"], true),
        (vec!["check-roles"], true),
        (vec!["disclosure-audit"], true),
        ([&["client", "create", "--label", "x", "--role", "editor"], owner.as_slice()].concat(), true),
        (vec!["client", "list"], true),
        (vec!["client", "revoke", "client-x"], false),
        (vec!["api-key", "create", "--label", "x"], true),
        (vec!["api-key", "list"], true),
        (
            [&["person", "create", "--login", login, "--label", "x", "--role", "admin"], owner.as_slice()]
                .concat(),
            true,
        ),
        (vec!["person", "list"], true),
        (vec!["person", "reset-password", login], true),
        (vec!["person", "revoke", login], true),
        (vec!["keys", "rotate"], true),
        (vec!["keys", "list"], true),
        (vec!["access"], true),
        (vec!["health", "--url", "http://127.0.0.1:1/healthz"], false),
        (vec!["serve", "--listen", "nowhere"], false),
    ];
    let copy = scratch.0.join("copy.sqlite");
    let mut commands = commands;
    if !on_postgres() {
        commands.push((vec!["backup", copy.to_str().unwrap()], true));
    }
    for (arguments, works) in commands {
        let status = Command::new(PROGRAM)
            .args(&arguments)
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Written::ReaderGone.pipe().0)
            .stderr(Written::ReaderGone.pipe().0)
            .status()
            .unwrap();
        // Neither a panic (101) nor a signal.
        let code = status.code().unwrap_or(-1);
        assert!(if works { code == 0 } else { [1, 2].contains(&code) }, "{arguments:?}: {status}");
    }
    // What was done is done, although nobody read it.
    assert!(run(&["client", "list"], &environment).1.contains("editor"));
    assert!(run(&["person", "list"], &environment).1.contains("revoked"));
    // Where the output is lost for another reason, the command says so.
    let output = Command::new(PROGRAM).arg("access").stdout(full()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("its output cannot be written") && !error.contains("panicked"), "{error}");
}
