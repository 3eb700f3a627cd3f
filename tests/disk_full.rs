//! A database that cannot be written: changes are refused with 503, reads go on, and it passes.

use std::process::Command;

use onrecord::store::{Db, Sql, Target};
use serde_json::json;

use crate::process::{
    PROGRAM, Program, Scratch, ask, database, free_address, run, token_of, wait_until_ready,
};
use crate::support::{on_postgres, until};

/// A service of the demo's bundle with an editor's token.
fn service(command: &mut Command, scratch: &Scratch, file: &str) -> (Program, String) {
    let keys = scratch.0.join("keys");
    let environment = [("DATABASE_URL", file), ("KEYS_DIR", keys.to_str().unwrap())];
    for arguments in [["migrate"].as_slice(), &["import", concat!(env!("CARGO_MANIFEST_DIR"), "/demo")]] {
        let (ok, _, error) = run(arguments, &environment);
        assert!(ok, "{error}");
    }
    let create = ["client", "create", "--label", "x", "--role", "editor", "--body", "derbyshire-pcc"];
    let (ok, out, error) =
        run(&[&create, ["--organisation", "opcc-derbyshire"].as_slice()].concat(), &environment);
    assert!(ok, "{error}");
    let field = |name: &str| out.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let (id, secret) = (field("client_id"), field("client_secret"));
    let address = free_address();
    let child = command.envs(environment).env("LISTEN", &address).env("LOG", "error").spawn().unwrap();
    let mut program = Program { child, address };
    wait_until_ready(&mut program);
    let token = token_of(&program, &id, &secret);
    (program, token)
}

/// Creates an action; the status, and whether the response says when to try again.
fn write(program: &Program, token: &str, n: usize) -> (u16, bool) {
    let body = json!({
        "reference": format!("D-{n}"), "objective": "derbyshire-pcc:OBJ-2", "number": 9,
        "wording": "x".repeat(2_000), "wording_kind": "paraphrase", "verb": "other", "status": "not_started",
    });
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let (status, head, _) = ask(&program.address, "POST", "/v1/actions", &headers, body.to_string()).unwrap();
    (status, head.to_lowercase().contains("retry-after: "))
}

fn status(program: &Program, path: &str) -> u16 {
    ask(&program.address, "GET", path, &[], "").unwrap().0
}

/// Sets how large the files that a process writes may be, in bytes.
fn bound_files(process: u32, bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    let process = i32::try_from(process).unwrap();
    // SAFETY: it reads a struct of ours and changes another process.
    #[expect(unsafe_code, reason = "a call into the C library")]
    let result = unsafe { libc::prlimit(process, libc::RLIMIT_FSIZE, &limit, std::ptr::null_mut()) };
    assert_eq!(result, 0);
}

#[test]
fn a_full_disk_refuses_changes_and_nothing_else_and_passes() {
    if on_postgres() {
        return;
    }
    let scratch = Scratch::new();
    let file = database(&scratch.0);
    let (program, token) = service(Command::new(PROGRAM).arg("serve"), &scratch, &file);
    assert_eq!((write(&program, &token, 0).0, status(&program, "/readyz")), (201, 200));
    // No file may grow any more, as on a full disk.
    let log = std::fs::metadata(format!("{file}-wal")).unwrap().len();
    bound_files(program.child.id(), log.max(4_096));
    let mut refused = 0;
    for n in 1..60 {
        let (status, retry) = write(&program, &token, n);
        assert!(status == 201 || (status == 503 && retry), "{status} {retry}");
        refused += u32::from(status == 503);
    }
    assert!(refused > 0);
    until("it is not ready", || {
        write(&program, &token, 99);
        status(&program, "/readyz") == 503
    });
    for n in 1..20 {
        assert_eq!(status(&program, &format!("/v1/plans?limit={n}")), 200);
    }
    for path in [
        "/healthz",
        "/v1/changes",
        "/v1/objectives/derbyshire-pcc:OBJ-2/thread",
        "/v1/observations?indicator=recorded-crime-rolling-year",
    ] {
        assert_eq!(status(&program, path), 200, "{path}");
    }
    bound_files(program.child.id(), libc::RLIM_INFINITY);
    until("it is ready again by itself", || status(&program, "/readyz") == 200);
    until("changes are made again", || write(&program, &token, 100).0 == 201);
    let (ok, out, error) = run(&["verify"], &[("DATABASE_URL", &file)]);
    assert!(ok, "{out} {error}");
}

#[test]
fn connections_that_the_database_ends_are_no_mistake_of_ours() {
    if !on_postgres() {
        return;
    }
    let scratch = Scratch::new();
    let name = format!("onrecord_{}", std::process::id());
    let file = format!("{}&application_name={name}", database(&scratch.0));
    let (program, token) = service(Command::new(PROGRAM).arg("serve"), &scratch, &file);
    assert_eq!(write(&program, &token, 0).0, 201);
    let admin = Db::open(Target::parse(&crate::support::postgres_url()), 1).unwrap();
    let end = Sql::new("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ")
        .bind(name);
    admin.read(|conn| Ok(diesel::RunQueryDsl::execute(end.clone(), conn).map(|_| ())?)).unwrap();
    let (mut seen, mut n) = (vec![], 0);
    until("it works again", || {
        n += 1;
        let statuses =
            [write(&program, &token, n).0, status(&program, &format!("/v1/plans?limit={}", 1 + n % 200))];
        seen.extend(statuses);
        statuses == [201, 200]
    });
    assert!(seen.iter().all(|status| [200, 201, 503].contains(status)), "{seen:?}");
    until("it is ready", || status(&program, "/readyz") == 200);
}
