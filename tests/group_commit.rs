//! Writers that come at the same time share a transaction on SQLite: fewer commits than changes, and each writer learns
//! what became of its own.

use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use futures_util::future::{join, join_all};
use onrecord::problem::Problem;
use onrecord::store::{Conn, Count, Db, Sql, Target};
use serde_json::{Value, json};

use crate::process::{PROGRAM, Program, Scratch, ask, free_address, start_demo, token, wait_until_ready};
use crate::support::{TestApp, copy_of_demo, on_postgres, until, until_async, writer};

/// A database with a table of numbers.
struct Place {
    db: Db,
    _scratch: Scratch,
}

type Written = JoinHandle<Result<i64, Problem>>;

impl Place {
    fn new() -> Place {
        let scratch = Scratch::new();
        let path = scratch.0.join("group.sqlite").to_string_lossy().into_owned();
        let db = Db::create(Target::Lite(path), 2).unwrap();
        db.write(|conn| {
            batch(
                conn,
                "CREATE TABLE number (n INTEGER PRIMARY KEY) STRICT;
                 CREATE TABLE child (n INTEGER REFERENCES number (n)) STRICT",
            )
        })
        .unwrap();
        Place { db, _scratch: scratch }
    }

    /// A writer on a thread of its own, that has joined the line when this returns.
    fn write(&self, work: impl FnOnce(&mut Conn) -> Result<i64, Problem> + Send + 'static) -> Written {
        let (db, before) = (self.db.clone(), self.db.commits().waiting);
        let thread = std::thread::spawn(move || db.write(work));
        self.until_waiting(before + 1);
        thread
    }

    fn until_waiting(&self, number: usize) {
        until("the writers wait", || self.db.commits().waiting == number);
    }

    /// A writer that has the turn, and has written 0, until it is let go.
    fn hold(&self) -> (Sender<()>, Written) {
        hold(&self.db, |conn| add(conn, 0))
    }

    fn numbers(&self) -> Vec<i64> {
        let rows: Vec<Count> =
            self.db.read(|conn| Ok(Sql::new("SELECT n FROM number ORDER BY n").load(conn)?)).unwrap();
        rows.into_iter().map(|row| row.n).collect()
    }
}

/// A writer that has done its work, and has the turn until it is let go.
fn hold(
    db: &Db,
    work: impl FnOnce(&mut Conn) -> Result<i64, Problem> + Send + 'static,
) -> (Sender<()>, Written) {
    let (go, gone): (Sender<()>, Receiver<()>) = channel();
    let (begin, begun) = channel();
    let db = db.clone();
    let thread = std::thread::spawn(move || {
        db.write(|conn| {
            let done = work(conn)?;
            begin.send(()).unwrap();
            gone.recv().unwrap();
            Ok(done)
        })
    });
    begun.recv().unwrap();
    (go, thread)
}

fn batch(conn: &mut Conn, sql: &str) -> Result<(), Problem> {
    match conn {
        Conn::Lite(lite) => Ok(lite.batch_execute(sql)?),
        Conn::Pg(_) => unreachable!(),
    }
}

fn add(conn: &mut Conn, n: i64) -> Result<i64, Problem> {
    Sql::new("INSERT INTO number (n) VALUES (").bind(n).text(")").execute(conn)?;
    Ok(n)
}

fn status(result: Result<i64, Problem>) -> Result<i64, u16> {
    result.map_err(|problem| problem.kind.status)
}

#[test]
fn writers_that_wait_share_one_commit_and_each_has_its_own_result() {
    let place = Place::new();
    let before = place.db.commits();
    let (go, first) = place.hold();
    let others: Vec<Written> = (1..=30)
        .map(|n| {
            place.write(move |conn| {
                add(conn, n)?;
                match n % 3 {
                    // It has written, and is undone.
                    0 => Err(Problem::not_found()),
                    // The number of the one before, which is not committed yet.
                    1 if n > 1 => add(conn, n - 2),
                    _ => Ok(n),
                }
            })
        })
        .collect();
    go.send(()).unwrap();
    assert_eq!(status(first.join().unwrap()), Ok(0));
    let results: Vec<_> = others.into_iter().map(|thread| status(thread.join().unwrap())).collect();
    let right: Vec<Result<i64, u16>> = (1..=30)
        .map(|n| match n % 3 {
            0 => Err(404),
            1 if n > 1 => Err(409),
            _ => Ok(n),
        })
        .collect();
    assert_eq!(results, right);
    let stored: Vec<i64> = std::iter::once(0).chain(right.into_iter().flatten()).collect();
    assert_eq!(place.numbers(), stored);
    let after = place.db.commits();
    assert_eq!(after.writes - before.writes, stored.len() as u64);
    assert_eq!(after.commits - before.commits, 1);
}

#[test]
fn nobody_returns_before_the_commit_not_even_who_failed() {
    let place = Place::new();
    let (go, first) = place.hold();
    let early = place.write(|conn| add(conn, 1));
    let failed = place.write(|conn| add(conn, 1));
    let (go_last, gone_last) = channel();
    let (begin, begun) = channel();
    let last = place.write(move |conn| {
        begin.send(()).unwrap();
        gone_last.recv().unwrap();
        add(conn, 2)
    });
    go.send(()).unwrap();
    begun.recv().unwrap();
    // The last one works: what the others wrote is nowhere yet.
    assert_eq!(place.numbers(), Vec::<i64>::new());
    assert!(!first.is_finished() && !early.is_finished() && !failed.is_finished());
    go_last.send(()).unwrap();
    let results = [first, early, failed, last].map(|thread| status(thread.join().unwrap()));
    assert_eq!(results, [Ok(0), Ok(1), Err(409), Ok(2)]);
    assert_eq!(place.numbers(), [0, 1, 2]);
}

#[test]
fn where_the_commit_fails_each_of_the_group_learns_it_and_nothing_is_stored() {
    let place = Place::new();
    let (go, first) = place.hold();
    let second = place.write(|conn| add(conn, 1));
    // It says that the number exists, which is not so when the commit has failed.
    let same = place.write(|conn| add(conn, 1));
    let orphan = place.write(|conn| {
        batch(conn, "PRAGMA defer_foreign_keys = ON; INSERT INTO child (n) VALUES (77)")?;
        Ok(3)
    });
    go.send(()).unwrap();
    for thread in [first, second, same, orphan] {
        assert_eq!(status(thread.join().unwrap()), Err(500));
    }
    assert_eq!(place.numbers(), Vec::<i64>::new());
    // The next one is not concerned.
    place.db.write(|conn| add(conn, 1)).unwrap();
    assert_eq!(place.numbers(), [1]);
}

/// As SQLite does itself after some failures.
#[test]
fn where_one_of_the_group_ends_the_transaction_each_learns_it_and_the_next_begin_another() {
    let place = Place::new();
    let (go, first) = place.hold();
    let second = place.write(|conn| add(conn, 1));
    let breaks = place.write(|conn| {
        batch(conn, "ROLLBACK")?;
        Err(Problem::unwritable("disk I/O error"))
    });
    let next = place.write(|conn| add(conn, 3));
    go.send(()).unwrap();
    let problems = [first, second, breaks].map(|thread| thread.join().unwrap().unwrap_err());
    for problem in &problems {
        assert!(problem.unwritable && problem.kind.status == 503, "{problem:?}");
        assert!(problem.headers.iter().any(|(name, _)| *name == "Retry-After"));
    }
    assert_eq!(status(next.join().unwrap()), Ok(3));
    assert_eq!(place.numbers(), [3]);
}

#[test]
fn where_one_of_the_group_panics_the_others_learn_that_nothing_is_stored() {
    let place = Place::new();
    let (go, first) = place.hold();
    let second = place.write(|conn| add(conn, 1));
    let panics = place.write(|conn| {
        add(conn, 2)?;
        panic!("a mistake");
    });
    let next = place.write(|conn| add(conn, 3));
    go.send(()).unwrap();
    assert_eq!(status(first.join().unwrap()), Err(503));
    assert_eq!(status(second.join().unwrap()), Err(503));
    assert!(panics.join().is_err());
    assert_eq!(status(next.join().unwrap()), Ok(3));
    assert_eq!(place.numbers(), [3]);
}

#[test]
fn an_import_has_a_transaction_of_its_own_in_its_turn() {
    let place = Place::new();
    let before = place.db.commits();
    let order = Arc::new(Mutex::new(vec![]));
    let note = |n: i64| {
        let order = order.clone();
        move |conn: &mut Conn| {
            order.lock().unwrap().push(n);
            add(conn, n)
        }
    };
    let (go, first) = place.hold();
    let second = place.write(note(1));
    let (db, work) = (place.db.clone(), note(2));
    let import = std::thread::spawn(move || {
        db.write_bulk(true, |conn| {
            // What was before it is committed.
            let seen = db
                .read(|conn| Ok(Sql::new("SELECT count(*) AS n FROM number").get_result::<Count>(conn)?.n))?;
            assert_eq!(seen, 2);
            work(conn)
        })
    });
    place.until_waiting(2);
    let third = place.write(note(3));
    go.send(()).unwrap();
    for thread in [first, second, import, third] {
        thread.join().unwrap().unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [1, 2, 3]);
    assert_eq!(place.numbers(), [0, 1, 2, 3]);
    let after = place.db.commits();
    assert_eq!((after.writes - before.writes, after.commits - before.commits), (3, 2));
}

/// Who has waited long enough leaves the line, and the turn passes it by.
#[test]
fn a_writer_that_waits_too_long_has_done_nothing() {
    let place = Place::new();
    let (go, first) = place.hold();
    let impatient = place.db.write_within(std::time::Duration::from_millis(1), |conn| add(conn, 1));
    assert!(impatient.unwrap().is_none());
    let next = place.write(|conn| add(conn, 2));
    go.send(()).unwrap();
    first.join().unwrap().unwrap();
    next.join().unwrap().unwrap();
    assert_eq!(place.numbers(), [0, 2]);
}

fn action(reference: &str) -> Value {
    json!({
        "reference": reference, "objective": "derbyshire-pcc:OBJ-2", "number": 9,
        "wording": "x", "wording_kind": "paraphrase", "verb": "other", "status": "not_started",
    })
}

/// How many changes wait for a commit at a time.
const PLACES: usize = 16;

#[actix_web::test]
async fn requests_at_once_share_one_commit_and_those_without_a_place_are_refused_whole() {
    if on_postgres() {
        return;
    }
    let app = TestApp::new().await;
    let db = app.state.db.clone();
    let before = db.commits();
    let (go, held) = hold(&db, |_| Ok(0));
    let answered = AtomicUsize::new(0);
    // Each has a half of the places as its share.
    let kinds = ["action", "source", "counter_assessment"].map(|kind| app.state.kind(kind).unwrap());
    let posts = join_all((0..PLACES / 2 * kinds.len()).map(|n| {
        let (app, answered, kind) = (&app, &answered, kinds[n % kinds.len()]);
        let mut body = app.fresh(kind);
        body["reference"] = json!(format!("G-{n}"));
        async move {
            let answer = app.post(writer(kind), &format!("/v1/{}", kind.def.path), body).await;
            answered.fetch_add(1, Ordering::SeqCst);
            answer
        }
    }));
    let release = async {
        // The others are refused, since no place comes free.
        until_async("the others are refused", async || answered.load(Ordering::SeqCst) == PLACES / 2).await;
        assert_eq!(db.commits().waiting, PLACES);
        go.send(()).unwrap();
    };
    let (answers, ()) = join(posts, release).await;
    held.join().unwrap().unwrap();
    let mut made = 0;
    for answer in &answers {
        match answer.status {
            201 => made += 1,
            _ => {
                assert_eq!(answer.status, 503, "{}", answer.json());
                assert!(answer.header("retry-after").is_some());
            }
        }
    }
    assert_eq!(made, PLACES);
    let after = db.commits();
    assert_eq!((after.writes - before.writes, after.commits - before.commits), (PLACES as u64 + 1, 1));
    let stored = db.read(|conn| {
        let sql = Sql::new("SELECT count(*) AS n FROM record WHERE reference LIKE 'G-%'");
        Ok(sql.get_result::<Count>(conn)?.n)
    });
    assert_eq!(stored.unwrap(), i64::try_from(PLACES).unwrap());
}

/// Who goes away while a change waits for its turn finds it made when it asks again with its key, once.
#[test]
fn a_client_that_goes_away_while_its_change_waits_has_it_made_once() {
    if on_postgres() {
        return;
    }
    let scratch = Scratch::new();
    let database = copy_of_demo(&scratch.0);
    let program = start_demo(&scratch.0, database.url());
    let bearer = format!("Bearer {}", token(&program, &scratch.0, "editor"));
    let headers = |key: &'static str| {
        [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", key)]
    };
    let keys = ["gone-1", "gone-2", "gone-3"];
    // Another process holds the database.
    let (go, held) = hold(&Db::open(database.location.clone(), 1).unwrap(), |_| Ok(0));
    for key in keys {
        let body = action(key).to_string();
        let mut stream = TcpStream::connect(&program.address).unwrap();
        let mut head = format!(
            "POST /v1/actions HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n",
            program.address,
            body.len()
        );
        for (name, value) in headers(key) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        std::io::Write::write_all(&mut stream, format!("{head}\r\n{body}").as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(200));
        drop(stream);
    }
    go.send(()).unwrap();
    held.join().unwrap().unwrap();
    for key in keys {
        let (status, _, body) =
            ask(&program.address, "POST", "/v1/actions", &headers(key), action(key).to_string()).unwrap();
        assert_eq!(status, 201, "{body}");
    }
    let db = Db::open(database.location.clone(), 1).unwrap();
    for table in ["record", "record_version", "action", "change"] {
        let text: &'static str = Box::leak(
            format!("SELECT count(*) AS n FROM {table} WHERE reference LIKE 'gone-%'").into_boxed_str(),
        );
        let rows = db.read(|conn| Ok(Sql::new(text).get_result::<Count>(conn)?.n)).unwrap();
        assert_eq!(rows, 3, "{table}");
    }
}

/// Watches the system calls of the program: before each 201 the log of the database that has the record was synced.
#[test]
fn no_change_is_acknowledged_before_the_sync_that_covers_it() {
    if on_postgres() {
        return;
    }
    let traced = Command::new("strace").args(["-o", "/dev/null", "true"]).status();
    let traced =
        traced.expect("strace is needed, and is not on this machine: on Debian, 'apt-get install strace'");
    if !traced.success() {
        eprintln!(
            "the kernel does not let a process be traced here: the order of syncs and answers was not watched"
        );
        return;
    }
    let scratch = Scratch::new();
    let database = copy_of_demo(&scratch.0);
    let calls = scratch.0.join("calls");
    let address = free_address();
    let child = Command::new("strace")
        .args([
            "-D",
            "-f",
            "-y",
            "-s",
            "4200",
            "-e",
            "trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg",
            "-o",
        ])
        .arg(&calls)
        .arg(PROGRAM)
        .args(["demo", "--no-limits", "--listen", &address, "--data"])
        .arg(&scratch.0)
        .args(["--database-url", database.url()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut program = Program { child, address };
    wait_until_ready(&mut program);
    let bearer = format!("Bearer {}", token(&program, &scratch.0, "editor"));
    let writers: Vec<_> = (0..12)
        .map(|writer| {
            let (address, bearer) = (program.address.clone(), bearer.clone());
            std::thread::spawn(move || {
                for n in 0..8 {
                    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
                    let body = action(&format!("S-{writer}-{n}-")).to_string();
                    let (status, _, body) = ask(&address, "POST", "/v1/actions", &headers, body).unwrap();
                    assert_eq!(status, 201, "{body}");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    drop(program);
    let read = || String::from_utf8_lossy(&std::fs::read(&calls).unwrap()).into_owned();
    until("all answers are written down", || read().matches("HTTP/1.1 201").count() >= 96);
    let text = read();
    let (syncs, answers) = check_order(&text);
    println!("{answers} changes acknowledged after {syncs} syncs of the log");
    assert_eq!(answers, 96);
    assert!(syncs > 0 && syncs < answers, "{syncs}");
}

/// Reads what strace wrote; how often the log was synced, and how many changes were acknowledged. Fails where one of them
/// was before its sync.
fn check_order(text: &str) -> (usize, usize) {
    let (mut written, mut synced) = (std::collections::HashSet::new(), std::collections::HashSet::new());
    let (mut syncs, mut answers) = (0, 0);
    // The calls of other threads come in between: a sync counts when it has returned, for what was written when it began.
    let mut begun = std::collections::HashMap::new();
    for line in text.lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        let call = call.trim_start();
        let is_log = call.contains("-wal>");
        if call.starts_with("pwrite64") && is_log {
            written.extend(references(call));
        } else if (call.starts_with("fdatasync") || call.starts_with("fsync")) && is_log {
            begun.insert(thread.to_owned(), written.clone());
        }
        let resumed = call.starts_with("<... fdatasync") || call.starts_with("<... fsync");
        let returned = call.starts_with("fdatasync") || call.starts_with("fsync") || resumed;
        if returned
            && call.ends_with("= 0")
            && let Some(covered) = begun.remove(thread)
        {
            syncs += 1;
            synced.extend(covered);
        }
        if call.contains("HTTP/1.1 201") {
            answers += 1;
            let of = references(call);
            assert!(
                !of.is_empty() && of.iter().all(|reference| synced.contains(reference)),
                "{of:?} is not synced"
            );
        }
    }
    (syncs, answers)
}

/// The references `S-…-` in a call.
fn references(call: &str) -> Vec<String> {
    let parts = call.split("S-").skip(1);
    let numbers = parts.filter_map(|part| {
        let mut pieces = part.splitn(3, '-');
        let (writer, n) = (pieces.next()?, pieces.next()?);
        pieces.next()?;
        Some((writer.parse::<u32>().ok()?, n.parse::<u32>().ok()?))
    });
    numbers.map(|(writer, n)| format!("S-{writer}-{n}-")).collect()
}
