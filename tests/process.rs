//! The program as it is run: started, killed in the middle of writes, started again, stopped.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use onrecord::clock::Clock;
use onrecord::store::{Db, Sql, Target};
use serde_json::{Value, json};

use crate::support::{HANG, copy_of_demo, on_postgres, postgres_url, until};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_onrecord");

/// A directory of our own, gone with the test.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        let path = std::env::temp_dir().join(format!("onrecord-process-{}", Clock::system().new_id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running program, ended with the test.
pub struct Program {
    pub child: Child,
    pub address: String,
}

impl Program {
    /// The most memory that it has had at a time, in MiB.
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// The database of a test that runs the program: a file, or a schema of its own.
pub fn database(directory: &Path) -> String {
    if !on_postgres() {
        return directory.join("process.sqlite").to_string_lossy().into_owned();
    }
    let name = format!("p{}", Clock::system().new_id().0.simple());
    let url = postgres_url();
    let text: &'static str = Box::leak(format!("CREATE SCHEMA {name}").into_boxed_str());
    let admin = Db::open(Target::parse(&url), 1).unwrap();
    admin.write(|conn| Ok(diesel::RunQueryDsl::execute(Sql::new(text), conn).map(|_| ())?)).unwrap();
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}options=-csearch_path%3D{name}")
}

/// A demo whose log goes to a file.
pub fn start_logging_to(log: &Path, directory: &Path, database: &str) -> Program {
    start_with_log(&["demo", "--no-limits"], directory, database, std::fs::File::create(log).unwrap().into())
}

pub fn start_demo(directory: &Path, database: &str) -> Program {
    start(&["demo", "--no-limits", "--resident-questions"], directory, database)
}

/// With the limits that it has when nothing is said.
pub fn start_limited_demo(directory: &Path, database: &str) -> Program {
    start(&["demo"], directory, database)
}

fn start(command: &[&str], directory: &Path, database: &str) -> Program {
    start_with_log(command, directory, database, Stdio::null())
}

fn start_with_log(command: &[&str], directory: &Path, database: &str, log: Stdio) -> Program {
    let address = free_address();
    let child = Command::new(PROGRAM)
        .args(command)
        .args(["--listen", &address, "--data"])
        .arg(directory)
        .args(["--database-url", database])
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut program = Program { child, address };
    wait_until_ready(&mut program);
    program
}

/// A service with these settings, of which LISTEN is made up here.
pub fn start_service(environment: &[(&str, &str)]) -> Program {
    start_service_logging_to(Stdio::null(), environment)
}

pub fn start_service_logging_to(log: Stdio, environment: &[(&str, &str)]) -> Program {
    let address = free_address();
    let child = Command::new(PROGRAM)
        .arg("serve")
        .envs(environment.iter().copied())
        .env("LISTEN", &address)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut program = Program { child, address };
    wait_until_ready(&mut program);
    program
}

pub fn wait_until_ready(program: &mut Program) {
    until("the program is ready", || {
        if let Some(status) = program.child.try_wait().unwrap() {
            panic!("the program ended: {status}");
        }
        matches!(ask(&program.address, "GET", "/readyz", &[], ""), Some((200, _, _)))
    });
}

/// One request on a connection of its own; `None` when the connection broke.
pub fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Option<(u16, String, String)> {
    let body = body.as_ref();
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(HANG)).ok()?;
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{text}\r\n").as_bytes()).ok()?;
    // Who is refused before the body is taken may find the connection closed: the answer is there all the same.
    let _ = stream.write_all(body);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, head.to_owned(), body.to_owned()))
}

/// A token of one of the demo's clients.
pub fn token(program: &Program, directory: &Path, role: &str) -> String {
    let text = std::fs::read_to_string(directory.join("demo-credentials.json")).unwrap();
    let credentials: Value = serde_json::from_str(&text).unwrap();
    let client =
        credentials["clients"].as_array().unwrap().iter().find(|client| client["role"] == role).unwrap();
    token_of(program, client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap())
}

pub fn token_of(program: &Program, id: &str, secret: &str) -> String {
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let (status, _, body) = ask(&program.address, "POST", "/oauth/token", &headers, &form).unwrap();
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<Value>(&body).unwrap()["access_token"].as_str().unwrap().to_owned()
}

/// So many writers are in flight that several share a commit.
const WRITERS: usize = 12;

/// `KILL_ROUNDS` says how often; four times otherwise.
#[test]
fn killed_in_the_middle_of_writes_it_comes_up_again_with_all_that_it_acknowledged() {
    let scratch = Scratch::new();
    let database = copy_of_demo(&scratch.0);
    let mut expected = vec![];
    let rounds = std::env::var("KILL_ROUNDS").map_or(4, |rounds| rounds.parse().unwrap());
    for round in 0..rounds {
        let least = 20 + round * 7 % 30;
        let mut program = start_demo(&scratch.0, database.url());
        let editor = token(&program, &scratch.0, "editor");
        // What was acknowledged before is there, whole.
        for reference in &expected {
            let path = format!("/v1/actions/derbyshire-pcc:{reference}");
            let headers = [("authorization", format!("Bearer {editor}"))];
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let (status, _, body) = ask(&program.address, "GET", &path, &headers, "").unwrap();
            assert_eq!(status, 200, "{reference}: {body}");
        }
        let acknowledged = Arc::new(Mutex::new(vec![]));
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (acknowledged, stop) = (acknowledged.clone(), stop.clone());
                let (address, editor) = (program.address.clone(), editor.clone());
                std::thread::spawn(move || {
                    for n in 0..2_000 {
                        if stop.load(Ordering::SeqCst) {
                            return;
                        }
                        let reference = format!("K-{round}-{writer}-{n}");
                        let body = json!({
                            "reference": reference, "objective": "derbyshire-pcc:OBJ-2", "number": 9,
                            "wording": "x", "wording_kind": "paraphrase", "verb": "other", "status": "not_started",
                        });
                        let bearer = format!("Bearer {editor}");
                        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
                        match ask(&address, "POST", "/v1/actions", &headers, body.to_string()) {
                            Some((201, _, _)) => acknowledged.lock().unwrap().push(reference),
                            Some((status, _, body)) => panic!("{status}: {body}"),
                            None => return,
                        }
                    }
                })
            })
            .collect();
        until("some records are acknowledged", || acknowledged.lock().unwrap().len() >= least);
        // SIGKILL: no time to tidy up.
        program.child.kill().unwrap();
        program.child.wait().unwrap();
        stop.store(true, Ordering::SeqCst);
        for writer in writers {
            writer.join().unwrap();
        }
        let done = acknowledged.lock().unwrap();
        assert!(done.len() >= least, "{}", done.len());
        expected.extend(done.iter().cloned());
    }
    // Each record has its version, its row in its table, its link and its line in the feed: none is half there.
    let db = Db::open(database.location.clone(), 1).unwrap();
    let count = |text: &'static str| -> i64 {
        db.read(|conn| Ok(diesel::RunQueryDsl::get_result::<onrecord::store::Count>(Sql::new(text), conn)?.n))
            .unwrap()
    };
    let records = count("SELECT count(*) AS n FROM record WHERE reference LIKE 'K-%'");
    assert!(records >= i64::try_from(expected.len()).unwrap());
    assert_eq!(count("SELECT count(*) AS n FROM record_version WHERE reference LIKE 'K-%'"), records);
    assert_eq!(count("SELECT count(*) AS n FROM action WHERE reference LIKE 'K-%'"), records);
    assert_eq!(count("SELECT count(*) AS n FROM change WHERE reference LIKE 'K-%'"), records);
    assert_eq!(
        count(
            "SELECT count(*) AS n FROM link l JOIN record r ON r.id = l.record WHERE r.reference LIKE 'K-%'"
        ),
        records
    );
}

#[test]
fn the_demo_keeps_what_is_there_and_its_secrets_are_its_owners() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    let mut first = start_demo(&scratch.0, &database);
    let editor = token(&first, &scratch.0, "editor");
    let before = std::fs::read_to_string(scratch.0.join("demo-credentials.json")).unwrap();
    for file in ["demo-credentials.json", "keys.json"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(scratch.0.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    let second = start_demo(&scratch.0, &database);
    let after = std::fs::read_to_string(scratch.0.join("demo-credentials.json")).unwrap();
    let of = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(of(&after)["clients"], of(&before)["clients"]);
    assert_eq!(of(&after)["token_url"], json!(format!("http://{}/oauth/token", second.address)));
    // The keys are the same too: a token of before is still good (its issuer is the address, which has changed).
    let bearer = format!("Bearer {editor}");
    let (status, _, _) =
        ask(&second.address, "GET", "/v1/me", &[("authorization", bearer.as_str())], "").unwrap();
    assert_eq!(status, 401, "another address is another issuer");
    token(&second, &scratch.0, "editor");
}

#[test]
fn a_stop_finishes_what_is_in_flight() {
    let scratch = Scratch::new();
    let database = copy_of_demo(&scratch.0);
    let mut program = start_demo(&scratch.0, database.url());
    let editor = token(&program, &scratch.0, "editor");
    // A request whose body comes in two parts, with the signal between.
    let body = json!({
        "reference": "IN-FLIGHT", "objective": "derbyshire-pcc:OBJ-2", "number": 9, "wording": "x",
        "wording_kind": "paraphrase", "verb": "other", "status": "not_started",
    })
    .to_string();
    let mut stream = TcpStream::connect(&program.address).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    let head = format!(
        "POST /v1/actions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {editor}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the rest: it is at work on this request.
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert!(line.contains("100"), "{line}");
    stream.write_all(&body.as_bytes()[..10]).unwrap();
    let id = program.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    stream.write_all(&body.as_bytes()[10..]).unwrap();
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("201 Created"), "{rest}");
    assert!(program.child.wait().unwrap().success());
}

pub fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String, String) {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null());
    for name in
        ["DATABASE_URL", "LISTEN", "PUBLIC_URL", "KEYS_DIR", "METRICS_LISTEN", "CORS_ORIGINS", "BODY_LIMIT"]
    {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_wrong_setting_stops_the_start_with_a_sentence_that_says_which() {
    let scratch = Scratch::new();
    let file = scratch.0.join("x.sqlite").to_string_lossy().into_owned();
    for (name, value) in [
        ("LISTEN", "nowhere"),
        ("PUBLIC_URL", "example.org/path"),
        ("METRICS_LISTEN", "9090"),
        ("CORS_ORIGINS", "https://a.example,b"),
        ("BODY_LIMIT", "12"),
        ("CONNECTIONS", "0"),
        ("LIMIT_ADDRESS", "100001"),
        ("LIMIT_CREDENTIAL", "100001"),
        ("LIMIT_OPEN_DATA", "100001"),
        ("LIMIT_SIGN_IN", "100001"),
        ("LIMIT_CONNECTIONS", "100001"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("LICENCE", "GPL-3.0"),
        ("SECURITY_CONTACT", "security@example.org"),
    ] {
        let (ok, _, error) = run(&["serve"], &[("DATABASE_URL", &file), (name, value)]);
        assert!(!ok && error.contains(name), "{name}: {error}");
    }
    let (ok, _, error) = run(&["serve"], &[]);
    assert!(!ok && error.contains("DATABASE_URL"), "{error}");
    let config = scratch.0.join("settings.toml");
    std::fs::write(&config, "listne = '127.0.0.1:1'").unwrap();
    let (ok, _, error) = run(&["serve", "--config", &config.to_string_lossy()], &[("DATABASE_URL", &file)]);
    assert!(!ok && error.contains("listne"), "{error}");
    let (ok, _, error) = run(&["migrate"], &[("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")]);
    assert!(!ok && !error.is_empty(), "{error}");
    assert!(!Path::new("postgres:").exists(), "no file of that name");
}

#[test]
fn an_import_killed_in_the_middle_leaves_nothing_and_the_next_goes_in() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    let environment = [("DATABASE_URL", database.as_str())];
    let (ok, _, error) = run(&["migrate"], &environment);
    assert!(ok, "{error}");
    let line = |n: u32| {
        format!(
            "{{\"reference\":\"t-{n}\",\"title\":\"Theme {n}\",\"theme_kind\":\"threat\",\"note\":\"words {n}\"}}\n"
        )
    };
    let large = scratch.0.join("themes.jsonl");
    let db = Db::open(Target::parse(&database), 1).unwrap();
    let count = |text: &'static str| -> i64 {
        db.read(|conn| Ok(diesel::RunQueryDsl::get_result::<onrecord::store::Count>(Sql::new(text), conn)?.n))
            .unwrap()
    };
    const TABLES: [&str; 5] = [
        "SELECT count(*) AS n FROM record",
        "SELECT count(*) AS n FROM record_version",
        "SELECT count(*) AS n FROM theme",
        "SELECT count(*) AS n FROM change",
        "SELECT count(*) AS n FROM search_doc",
    ];
    let mut number = 20_000;
    for millis in [300, 1_000, 2_000] {
        // Where the import was done before it could be killed, a larger one is next.
        loop {
            let before = TABLES.map(count);
            let first = u32::try_from(before[0]).unwrap();
            std::fs::write(&large, (first..first + number).map(line).collect::<String>()).unwrap();
            let mut child = Command::new(PROGRAM)
                .arg("import")
                .arg(&large)
                .envs(environment)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(millis));
            let done = child.try_wait().unwrap();
            child.kill().unwrap();
            child.wait().unwrap();
            if done.is_none() {
                assert_eq!(TABLES.map(count), before, "killed after {millis} ms");
                break;
            }
            assert!(done.unwrap().success());
            number *= 2;
        }
    }
    let before = TABLES.map(count);
    // The database works, and takes the same records.
    std::fs::write(&large, (1_000_000..1_000_050).map(line).collect::<String>()).unwrap();
    let (ok, out, error) = run(&["import", &large.to_string_lossy()], &environment);
    assert!(ok && out.contains("50 themes"), "{out} {error}");
    assert_eq!(TABLES.map(count), before.map(|number| number + 50));
}

#[test]
fn a_file_of_figures_goes_in_by_its_mapping_whole_or_not_at_all() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    let environment = [("DATABASE_URL", database.as_str())];
    assert!(run(&["migrate"], &environment).0);
    // The demo's folder is a bundle, its figures too.
    let (ok, out, error) = run(&["import", concat!(env!("CARGO_MANIFEST_DIR"), "/demo")], &environment);
    assert!(ok && out.contains(" observations"), "{out} {error}");
    let file = scratch.0.join("crime.csv");
    let mapping = scratch.0.join("mapping.json");
    let declared = serde_json::json!({
        "header_row": 3,
        "dimensions": [
            {"dimension": "AREA", "columns": ["Force"], "codes": {"Lincolnshire": "E23000020"}},
            {"dimension": "OFFENCE", "constant": "violence-with-injury"},
        ],
        "period": {"column": "12 months ending", "form": "DD-MM-YYYY", "is": "end", "length": "P1Y"},
        "value": {"column": "Offences", "thousands": ","},
    });
    std::fs::write(&mapping, declared.to_string()).unwrap();
    let import = |text: &str, more: &[&str]| {
        std::fs::write(&file, text).unwrap();
        let (file, mapping) = (file.to_string_lossy(), mapping.to_string_lossy());
        let mut arguments = vec!["import-series", &*file, "--mapping", &*mapping, "--organisation", "ons"];
        arguments.extend([
            "--indicator",
            "derbyshire-pcc:IND-RECORDED-CRIME-ROLLING-YEAR",
            "--reference",
            "REL-T",
        ]);
        arguments.extend(["--body", "derbyshire-pcc", "--owner", "opcc-derbyshire", "--publish"]);
        arguments.extend(more);
        run(&arguments, &environment)
    };
    let good = "Crime\n\nForce,12 months ending,Offences\nLincolnshire,31-03-2018,\"4,350\"\nLincolnshire,31-03-2030,7\n";
    let (ok, out, error) = import(&good.replace("Lincolnshire,31-03-2030", "Lincoln,30-03-2030"), &[]);
    assert!(!ok && out.is_empty(), "{out}");
    assert!(
        error.contains("crime.csv:5: Force: ") && error.contains("crime.csv:5: 12 months ending: "),
        "{error}"
    );
    for more in [["--dry-run"].as_slice(), &[]] {
        let (ok, out, error) = import(good, more);
        assert!(ok, "{error}");
        for line in [
            "        1 inserted\n",
            "        1 revised\n",
            "2017-04-01/P1Y: 4345 -> 4350 (5)\n",
            "  C4 (row 4): Year to Mar 2018: 4350\n",
        ] {
            assert!(out.contains(line), "{out}");
        }
    }
    let (ok, _, error) = import(good, &[]);
    assert!(!ok && error.contains("(taken)"), "{error}");
}

#[test]
fn a_service_is_prepared_by_hand_and_refuses_what_it_must_not_serve() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    let keys = scratch.0.join("keys").to_string_lossy().into_owned();
    let environment = [("DATABASE_URL", database.as_str()), ("KEYS_DIR", keys.as_str())];
    let (ok, _, error) = run(&["serve"], &environment);
    assert!(!ok && error.contains("onrecord migrate"), "{error}");
    let (ok, out, error) = run(&["migrate"], &environment);
    assert!(
        ok && out.contains(&format!(
            "ran {} migrations",
            onrecord::store::migrations::own(on_postgres()).unwrap().len()
        )),
        "{out} {error}"
    );
    assert!(run(&["migrate"], &environment).1.contains("nothing to do"));
    let create =
        ["client", "create", "--label", "x", "--body", "nowhere", "--organisation", "nobody", "--role"];
    for (role, says) in [("editor", "nowhere"), ("publisher", "machine client"), ("kaiser", "machine client")]
    {
        let (ok, _, error) = run(&[create.as_slice(), &[role]].concat(), &environment);
        assert!(!ok && error.contains(says), "{role}: {error}");
    }
    assert!(run(&["client", "list"], &environment).0);
    assert!(!run(&["client", "revoke", "client-x"], &environment).0);
    // A demo's database holds demo accounts of people.
    let mut demo = start_demo(&scratch.0, &database);
    demo.child.kill().unwrap();
    demo.child.wait().unwrap();
    let (ok, _, error) = run(&["serve"], &environment);
    assert!(!ok && error.contains("demo accounts of people"), "{error}");
    // One with a migration that is not ours is somebody else's.
    let db = Db::open(Target::parse(&database), 1).unwrap();
    db.write(|conn| {
        Ok(diesel::RunQueryDsl::execute(
            Sql::new("INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('99999999999999', CURRENT_TIMESTAMP)"),
            conn,
        )
        .map(|_| ())?)
    })
    .unwrap();
    for command in ["serve", "migrate"] {
        let (ok, _, error) = run(&[command], &environment);
        assert!(!ok && error.contains("99999999999999"), "{command}: {error}");
    }
}
