//! What an operator does on the command line and reads of a running service: a new office, backups, help, metrics, the log.

use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use diesel::RunQueryDsl;
use onrecord::store::{Sql, Target};

use crate::process::{Scratch, ask, database, free_address, run};
use crate::support::{TestApp, on_postgres, until};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The arguments of `init` for one invented office.
const OFFICE: &[&str] = &[
    "init",
    "--area=E23000099",
    "--area-name=Borsetshire",
    "--organisation=opcc-borsetshire",
    "--organisation-name=Office of the Commissioner",
    "--body=borsetshire-pcc",
    "--body-name=Commissioner for Borsetshire",
    "--login=grace@office.example",
];

#[test]
fn a_new_office_is_prepared_with_one_command_that_can_be_run_again() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    let environment = [("DATABASE_URL", database.as_str())];
    let (ok, out, error) = run(OFFICE, &environment);
    assert!(
        ok && out.contains("borsetshire-pcc is now on record") && out.contains("first_password "),
        "{out}{error}"
    );
    let (ok, out, error) = run(OFFICE, &environment);
    assert!(ok && out.matches("is on record already").count() == 3, "{out}{error}");
    assert!(!out.contains("first_password ") && out.contains("exists already"), "{out}");
    // What differs is said, and nothing is changed.
    let other: Vec<&str> = OFFICE
        .iter()
        .map(|one| if one.starts_with("--body-name") { "--body-name=Mayor" } else { one })
        .collect();
    let (ok, _, error) = run(&[&other[..], &["--body-kind=mayor"]].concat(), &environment);
    for said in [
        "--body-name: the policing body `borsetshire-pcc` is on record with `Commissioner for Borsetshire`, not `Mayor`",
        "--body-kind: the policing body `borsetshire-pcc` is on record with `commissioner`, not `mayor`",
    ] {
        assert!(!ok && error.contains(said), "{error}");
    }
    let elsewhere: Vec<&str> =
        OFFICE.iter().map(|one| if one.starts_with("--area=") { "--area=E23000098" } else { one }).collect();
    let (ok, _, error) = run(&elsewhere, &environment);
    assert!(!ok && error.matches("is on record with `E23000099`, not `E23000098`").count() == 2, "{error}");
    let (_, out, _) = run(OFFICE, &environment);
    assert_eq!(out.matches("is on record already").count(), 3, "{out}");
    // All that is wrong with the options is said at once, and before anything is created.
    let nowhere = scratch.0.join("nowhere.sqlite");
    let wrong: Vec<&str> = OFFICE
        .iter()
        .map(|one| match *one {
            one if one.starts_with("--body=") => "--body=Not a reference",
            one if one.starts_with("--area=") => "--area=E2 3",
            one if one.starts_with("--area-name") => "--area-name= ",
            one if one.starts_with("--login") => "--login=g",
            one => one,
        })
        .collect();
    let place = nowhere.to_string_lossy();
    let (ok, _, error) =
        run(&[&wrong[..], &["--body-kind=king"]].concat(), &[("DATABASE_URL", place.as_ref())]);
    for option in [
        "--body: `Not a reference`",
        "--area: `E2 3`",
        "--area-name: ",
        "--login: `g`",
        "--body-kind: `king`",
    ] {
        assert!(!ok && error.contains(option), "{error}");
    }
    assert!(!nowhere.exists());
    // A login of somebody who is no administrator is not made one.
    let create = ["person", "create", "--login=ada", "--role=editor", "--body=borsetshire-pcc"];
    assert!(run(&[&create[..], &["--organisation=opcc-borsetshire"]].concat(), &environment).0);
    let used_login: Vec<&str> =
        OFFICE.iter().map(|one| if one.starts_with("--login") { "--login=ada" } else { one }).collect();
    let (ok, _, error) = run(&used_login, &environment);
    assert!(!ok && error.contains("no administrator"), "{error}");
    // A container that starts again refuses nothing and changes nothing: it says what is otherwise.
    for (arguments, said) in [
        (&other, "left as it is  --body-name: the policing body `borsetshire-pcc` is on record with"),
        (&elsewhere, "not `E23000098`"),
        (&used_login, "administrator  borsetshire-pcc has one already"),
    ] {
        let (ok, out, error) = run(&[&arguments[..], &["--keep"]].concat(), &environment);
        assert!(ok && out.contains(said) && !out.contains("first_password "), "{out}{error}");
    }
    let (_, out, error) = run(&[OFFICE, &["--label=Grace"]].concat(), &environment);
    assert!(out.contains("left as it is  --label: their name is `grace@office.example`"), "{out}{error}");
    // Nor does the only administrator's leaving keep it from starting.
    assert!(run(&["person", "revoke", "grace@office.example"], &environment).0);
    let (ok, out, error) = run(&[OFFICE, &["--keep"]].concat(), &environment);
    assert!(ok && out.contains("has none") && !out.contains("first_password "), "{out}{error}");
    let anew = ["person", "create", "--login=mary", "--role=admin", "--body=borsetshire-pcc"];
    assert!(run(&[&anew[..], &["--organisation=opcc-borsetshire"]].concat(), &environment).0);
    let (_, out, error) = run(&[OFFICE, &["--keep"]].concat(), &environment);
    assert!(out.contains("has one already"), "{out}{error}");
    let (ok, _, error) = run(&["verify"], &environment);
    assert!(ok, "{error}");
}

#[test]
fn several_processes_that_migrate_at_once_do_it_once() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onrecord"));
        command.arg("migrate").env("DATABASE_URL", &database).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let outputs: Vec<_> =
        [start(), start(), start()].into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    for output in &outputs {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let ran = outputs.iter().filter(|output| String::from_utf8_lossy(&output.stdout).contains("migrations:"));
    assert_eq!(ran.count(), 1, "{outputs:?}");
}

#[test]
fn the_example_bundle_goes_in() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    let environment = [("DATABASE_URL", database.as_str())];
    assert!(run(&["migrate"], &environment).0);
    let (ok, out, error) = run(&["import", &format!("{ROOT}/examples/first-office")], &environment);
    assert!(ok && out.contains("3 organisations"), "{out}{error}");
}

#[test]
fn the_calls_of_the_page_on_the_first_office_work() {
    let scratch = Scratch::new();
    let address = free_address();
    let database = if on_postgres() { database(&scratch.0) } else { "./onrecord.sqlite".to_owned() };
    let program = Path::new(env!("CARGO_BIN_EXE_onrecord")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    // A group of its own, so that the service which the page starts ends with it, also where a call fails.
    let child = Command::new("python3")
        .arg(format!("{ROOT}/tests/docs.py"))
        .arg(format!("{ROOT}/docs/first-office.md"))
        .arg(format!("http://{address}"))
        .current_dir(&scratch.0)
        .envs([("PATH", path.as_str()), ("DATABASE_URL", &database), ("LISTEN", &address)])
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let group = format!("-{}", child.id());
    let done = child.wait_with_output().unwrap();
    let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(done.status.success(), "{}{}", text(&done.stdout), text(&done.stderr));
}

/// Another database on the run's server, empty.
fn scratch_database() -> Option<crate::support::template::Database> {
    on_postgres().then(|| crate::support::template::Database::empty(true))
}

#[actix_web::test]
async fn a_backup_of_a_running_service_is_whole_and_an_unsound_one_is_refused() {
    let scratch = Scratch::new();
    let app = TestApp::new().await;
    let url = match app.state.db.location() {
        Target::Lite(path) | Target::Pg(path) => path.clone(),
    };
    let environment = [("DATABASE_URL", url.as_str())];
    let place = |name: &str| scratch.0.join(name).to_string_lossy().into_owned();
    let copy = place("copy");
    let restored = scratch_database();
    let mut arguments = vec!["backup".to_owned(), copy.clone()];
    if let Some(Target::Pg(into)) = restored.as_ref().map(|one| one.location.clone()) {
        arguments.extend(["--restore-into".to_owned(), into]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (ok, out, error) = run(&arguments, &environment);
    assert!(ok && out.contains("records are as their last entry left them"), "{out}{error}");
    // The copy alone is the whole record.
    let copied = match &restored {
        Some(one) => match &one.location {
            Target::Pg(url) | Target::Lite(url) => url.clone(),
        },
        None => copy.clone(),
    };
    let (ok, _, error) = run(&["verify"], &[("DATABASE_URL", &copied)]);
    assert!(ok, "{error}");
    let leftovers: BTreeSet<String> = std::fs::read_dir(&scratch.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".partial"))
        .collect();
    assert_eq!(leftovers, BTreeSet::new());
    // Never over another file.
    let (ok, _, error) = run(&["backup", &copy], &environment);
    assert!(!ok && error.contains("exists already"), "{error}");
    // A database to restore into is empty, of PostgreSQL, and another one; a folder that is missing is named.
    let into = copied.clone();
    let refused = match on_postgres() {
        true => {
            vec![(into.as_str(), "has tables"), (&url, "the database of the service"), ("x", "no address of")]
        }
        false => vec![(into.as_str(), "this is for PostgreSQL")],
    };
    for (into, said) in refused {
        let (ok, _, error) = run(&["backup", &place("other"), "--restore-into", into], &environment);
        assert!(!ok && error.contains("--restore-into: ") && error.contains(said), "{error}");
    }
    let (ok, _, error) = run(&["backup", &place("none/copy")], &environment);
    assert!(!ok && error.contains("none/copy") && !error.contains("instance"), "{error}");
    // The trail has it.
    app.seal_and_catch_up();
    let found = app.get(Some("auditor"), "/v1/audit?event=backup_made").await.expect(200).json();
    assert_eq!(found["data"].as_array().unwrap().len(), 1, "{found}");
    // A record that was changed behind the trail's back.
    app.state
        .db
        .write(|conn| {
            Ok(Sql::new("UPDATE record_version SET title = 'Other' WHERE kind = 'plan'").execute(conn)?)
        })
        .unwrap();
    let (ok, _, error) = run(&["backup", &place("unsound")], &environment);
    assert!(!ok && error.contains("broken"), "{error}");
    assert!(!Path::new(&place("unsound")).exists() && !Path::new(&place("unsound.partial")).exists());
}

#[test]
fn a_command_that_only_reads_makes_no_database_and_says_which_is_missing() {
    let scratch = Scratch::new();
    let missing = scratch.0.join("typo.sqlite").to_string_lossy().into_owned();
    let copy = scratch.0.join("copy").to_string_lossy().into_owned();
    let folder = scratch.0.join("export").to_string_lossy().into_owned();
    for command in [
        &["serve"][..],
        &["verify"],
        &["export", &folder],
        &["backup", &copy],
        &["import", ROOT],
        &["client", "list"],
        &["person", "list"],
        &["api-key", "list"],
    ] {
        let (ok, _, error) = run(command, &[("DATABASE_URL", &missing)]);
        assert!(!ok && error.contains(&missing), "{command:?}: {error}");
        assert!(!Path::new(&missing).exists(), "{command:?} made the file");
    }
    let nowhere = "/nonexistent/folder/a.sqlite";
    let (ok, _, error) = run(&["migrate"], &[("DATABASE_URL", nowhere)]);
    assert!(!ok && error.contains(nowhere), "{error}");
    let (ok, _, error) = run(&["migrate"], &[("DATABASE_URL", "mysql://somewhere/else")]);
    assert!(!ok && error.contains("mysql://") && error.contains("postgres://"), "{error}");
    assert!(!Path::new("mysql:").exists(), "no folder of that name");
    // A database without tables says what to do, whatever the command.
    let empty = scratch.0.join("empty.sqlite");
    std::fs::write(&empty, "").unwrap();
    let (ok, _, error) = run(&["client", "list"], &[("DATABASE_URL", &empty.to_string_lossy())]);
    assert!(!ok && error.contains("onrecord migrate") && error.contains("_record"), "{error}");
}

#[test]
fn help_shows_the_options_of_the_command_before_the_settings_and_only_those_that_it_reads() {
    for (command, own_options) in [
        (&["import"][..], &["<PATH>", "--owner", "--dry-run"][..]),
        (&["import-series"], &["<FILE>", "--mapping", "--publish"]),
        (&["export"], &["<PATH>", "--licence"]),
        (&["init"], &["--body", "--area-name", "--login"]),
        (&["backup"], &["<PATH>", "--restore-into", "--keys-dir"]),
        (&["verify"], &["--keys-dir"]),
        (&["client", "create"], &["--label", "--role"]),
        (&["person", "create"], &["--login", "--role"]),
        (&["api-key", "create"], &["--label"]),
    ] {
        let (ok, out, _) = run(&[command, &["--help"]].concat(), &[]);
        assert!(ok);
        // The usage names everything; what follows it says what each is.
        let (_, list) = out.split_once("Usage:").unwrap_or_else(|| panic!("{command:?}: {out}"));
        let (own, settings) = list.split_once("\nSettings:").unwrap_or_else(|| panic!("{command:?}: {out}"));
        let own = own.split_once('\n').unwrap_or_default().1;
        for option in own_options {
            assert!(own.contains(option), "{command:?} {option}: {out}");
        }
        assert!(settings.contains("--database-url") && !out.contains("--body-limit"), "{command:?}: {out}");
        let after = settings.split("Example").next().unwrap_or_default();
        let others: Vec<&str> = after
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("--"))
            .filter(|line| !line.starts_with("config") && !line.starts_with("database-url"))
            .collect();
        assert!(others.is_empty(), "{command:?} shows as settings {others:?}");
    }
}

#[test]
fn a_word_that_is_no_level_of_the_log_stops_the_start() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    for wrong in ["banana", "info,banana", "onrecord=loud"] {
        let (ok, _, error) = run(&["serve"], &[("DATABASE_URL", &database), ("LOG", wrong)]);
        assert!(!ok && error.contains("LOG") && error.contains("debug"), "{wrong}: {error}");
    }
}

/// The names of metrics in a text.
fn names_of_metrics(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
    text.split(|c: char| !is_part(c))
        .filter(|word| word.starts_with("onrecord_") || word.starts_with("process_"))
        .map(|word| {
            let word = word.trim_end_matches("_bucket").trim_end_matches("_sum").trim_end_matches("_count");
            word.trim_end_matches("_total").trim_end_matches("_info").to_owned()
        })
        .collect()
}

#[test]
fn the_log_says_who_serves_what_to_whom_and_the_metrics_are_those_of_the_page_and_the_alerts() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    assert!(run(OFFICE, &[("DATABASE_URL", &database)]).0);
    let (address, metrics) = (free_address(), free_address());
    let keys = scratch.0.join("keys").to_string_lossy().into_owned();
    let mut child = Command::new(env!("CARGO_BIN_EXE_onrecord"))
        .arg("serve")
        .envs([("DATABASE_URL", database.as_str()), ("KEYS_DIR", &keys), ("LISTEN", &address)])
        .envs([("METRICS_LISTEN", metrics.as_str()), ("TRUSTED_PROXIES", "127.0.0.1")])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("the program is ready", || matches!(ask(&address, "GET", "/readyz", &[], ""), Some((200, _, _))));
    let headers = [("X-Forwarded-For", "203.0.113.7"), ("User-Agent", "reader/1")];
    assert_eq!(ask(&address, "GET", "/v1/plans", &headers, "").unwrap().0, 200);
    let mut text = String::new();
    until("the housekeeping has read the moments", || {
        text = ask(&metrics, "GET", "/metrics", &[], "").map(|(_, _, body)| body).unwrap_or_default();
        text.lines().any(|line| {
            line.strip_prefix("onrecord_last_publication_timestamp_seconds ")
                .is_some_and(|value| value != "0")
        })
    });
    let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    child.wait().unwrap();

    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let first = &lines[0];
    assert_eq!(
        (&first["message"], &first["version"]),
        (&"serving".into(), &env!("CARGO_PKG_VERSION").into())
    );
    let expected = if on_postgres() { "PostgreSQL, " } else { "SQLite, " };
    assert!(first["database"].as_str().unwrap().starts_with(expected), "{first}");
    assert_eq!((&first["listen"], &first["metrics"]), (&address.clone().into(), &metrics.into()));
    assert_eq!(first["public_url"], format!("http://{address}"));
    let request = lines.iter().find(|line| line["path"] == "/v1/plans").unwrap();
    assert_eq!((&request["address"], &request["agent"]), (&"203.0.113.7".into(), &"reader/1".into()));

    assert!(
        text.contains("onrecord_request_seconds_bucket{le=\"0.0005\",operation=\"list_plans\"}")
            || text.contains("operation=\"list_plans\""),
        "{text}"
    );
    assert!(text.trim_end().ends_with("# EOF"), "{text}");
    let served = names_of_metrics(&text);
    let page = std::fs::read_to_string(format!("{ROOT}/docs/operations.md")).unwrap();
    let (_, table) = page.split_once("| Metric | Meaning |").unwrap();
    let documented = names_of_metrics(table.split("\n\n").next().unwrap());
    assert_eq!(documented, served);
    let alerts = names_of_metrics(&std::fs::read_to_string(format!("{ROOT}/deploy/alerts.yml")).unwrap());
    assert!(alerts.is_subset(&served), "{:?}", alerts.difference(&served));
}

#[test]
fn the_container_prepares_the_office_with_options_that_the_program_has() {
    let compose = std::fs::read_to_string(format!("{ROOT}/docker-compose.yml")).unwrap();
    let variables = std::fs::read_to_string(format!("{ROOT}/deploy/office.env.example")).unwrap();
    let (_, help, _) = run(&["init", "--help"], &[]);
    let options: Vec<&str> = compose.lines().filter_map(|line| line.trim().strip_prefix("- --")).collect();
    assert!(options.len() >= 7, "{options:?}");
    for option in options {
        // An option without a value needs no variable.
        let Some((name, value)) = option.split_once('=') else {
            assert!(help.contains(option), "{option}");
            continue;
        };
        assert!(help.contains(&format!("--{name} <")), "{name}");
        let variable = value.trim_start_matches("${").split([':', '}']).next().unwrap();
        assert!(variables.contains(&format!("\n{variable}=")), "{variable}");
    }
}
