//! Bodies in JSON and CSV, and bodies that come slowly.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Attacked, MOST_MEMORY};
use crate::process::{Scratch, ask, database, start_service, token};
use crate::support::{HANG, until};

#[test]
fn values_that_take_far_more_than_their_text_are_refused() {
    let attacked = Attacked::new();
    let editor = attacked.bearer("editor");
    let zeros = |count: usize| format!("{{\"title\":[{}0]}}", "0,".repeat(count)).into_bytes();
    let send = |what: &str, body: &[u8]| {
        attacked.refused(what, &[&editor], "POST", "/v1/objectives", "application/json", body)
    };
    send("zeros", &zeros(520_000));
    send("fewer zeros", &zeros(90_000));
    send("objects", format!("[{}{{}}]", "{},".repeat(340_000)).as_bytes());
    send("deep", "[".repeat(1_000_000).as_bytes());
    // Each value is below a long name.
    send("a long name", format!("{{\"{}\":[{}0]}}", "n".repeat(500_000), "0,".repeat(90_000)).as_bytes());
    let fields: String = (0..60_000).map(|n| format!("\"{n}\":0,")).collect();
    send("fields", format!("{{{fields}\"a\":0}}").as_bytes());
    let sources = json!({"title": "a", "sources": vec![json!({"source": "nothing", "locator": 7}); 10_000]});
    send("sources", sources.to_string().as_bytes());
}

#[test]
fn observations_that_multiply_are_refused() {
    let attacked = Attacked::new();
    let one = format!("{{\"observations\":[{{{}\"value\":1}}]}}", "\"a\":1,".repeat(5_000_000));
    attacked.refused_upload("one object", "application/json", Value::Null, one.as_bytes());
    let many = format!("{{\"observations\":[{}{{}}]}}", "{},".repeat(10_000_000));
    attacked.refused_upload("empty objects", "application/json", Value::Null, many.as_bytes());
    attacked.refused_upload("commas", "text/csv", Value::Null, ",".repeat(30 << 20).as_bytes());
    let quote = format!("AREA,TIME_PERIOD,value\n\"{}", "a,b\n".repeat(7 << 20));
    attacked.refused_upload("a quote", "text/csv", Value::Null, quote.as_bytes());
    // A wide table repeats the note of a row for each of its columns.
    let years: Vec<String> = (1900..2200).map(|year| format!("{year}-04-01/P1Y")).collect();
    let titles: serde_json::Map<String, Value> =
        years.iter().map(|year| (year.clone(), json!(year))).collect();
    let mapping = json!({
        "dimensions": [{"dimension": "AREA", "columns": ["Area"]}], "period": {"titles": titles}, "note": "Note",
    });
    let row = format!("E23000018,\"{}\",{}\n", "é".repeat(900), vec!["1"; years.len()].join(","));
    let table = format!("Area,Note,{}\n{}", years.join(","), row.repeat(900));
    attacked.refused_upload("repeated notes", "text/csv", mapping, table.as_bytes());
}

#[test]
fn sign_ins_of_any_size_cost_little_whatever_the_setting() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    let keys = scratch.0.join("keys").to_string_lossy().into_owned();
    let (ok, _, error) = crate::process::run(&["migrate"], &[("DATABASE_URL", &database)]);
    assert!(ok, "{error}");
    let program = start_service(&[
        ("DATABASE_URL", database.as_str()),
        ("KEYS_DIR", keys.as_str()),
        ("BODY_LIMIT", "67108864"),
    ]);
    let body = format!("[{}0]", "0,".repeat(15 << 20));
    std::thread::scope(|scope| {
        for path in ["/v1/sign-in", "/oauth/token"].repeat(4) {
            let (address, body) = (&program.address, &body);
            scope.spawn(move || {
                let headers = [("content-type", "application/json")];
                let answer = ask(address, "POST", path, &headers, body);
                if let Some((status, _, _)) = answer {
                    assert_eq!(status, 413, "{path}");
                }
            });
        }
    });
    let memory = program.peak_memory();
    assert!(memory < 150, "{memory} MiB");
}

#[test]
fn one_credential_holds_no_more_than_its_share_of_bodies_that_come_slowly() {
    let attacked = Attacked::new();
    let address = &attacked.program.address;
    let editor = format!("Bearer {}", token(&attacked.program, &attacked.scratch.0, "editor"));
    let piece = vec![b'a'; 1 << 20];
    let mut open = vec![];
    let mut refused = 0;
    for _ in 0..20 {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(HANG)).unwrap();
        let head = format!(
            "POST /v1/imports HTTP/1.1\r\nhost: x\r\nauthorization: {editor}\r\ncontent-type: application/zip\r\ncontent-length: 31000000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        // Not the whole: the server waits for the rest, or refuses.
        let sent = (0..8).all(|_| stream.write_all(&piece).is_ok());
        refused += usize::from(!sent);
        open.push(stream);
    }
    // Those beyond the share are refused while the others still wait for their rest.
    until("some are refused", || {
        for stream in &mut open {
            stream.set_nonblocking(true).unwrap();
            let mut answer = [0; 64];
            if stream.read(&mut answer).is_ok_and(|read| read > 0) {
                assert!(answer.starts_with(b"HTTP/1.1 429"), "{}", String::from_utf8_lossy(&answer));
                refused += 1;
            }
        }
        refused >= 10
    });
    // Others are served meanwhile.
    let partner = attacked.bearer("partner_writer");
    let (status, _) = attacked.send(&partner, "POST", "/v1/objectives", "application/json", b"{}");
    assert_eq!(status, 403);
    let publisher = attacked.bearer("admin");
    let (status, answer) =
        attacked.send(&publisher, "POST", "/v1/themes", "application/json", b"{\"reference\":\"t-1\"}");
    assert_eq!(status, 422, "{answer}");
    let memory = attacked.program.peak_memory();
    assert!(memory < MOST_MEMORY, "{memory} MiB");
}

#[test]
fn large_bodies_that_do_not_end_keep_nobody_from_a_change() {
    let attacked = Attacked::new();
    let address = &attacked.program.address;
    // What each of two credentials may have, so that hardly anything is left of all.
    let sizes = [31 << 20, (17 << 20) - 10];
    let mut open = vec![];
    for role in ["editor", "admin"] {
        let bearer = attacked.bearer(role);
        for size in sizes {
            let mut stream = TcpStream::connect(address).unwrap();
            let head = format!(
                "POST /v1/imports HTTP/1.1\r\nhost: x\r\nauthorization: {bearer}\r\ncontent-type: application/zip\r\ntransfer-encoding: chunked\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            // Some are refused.
            let _ = stream.write_all(format!("{size:x}\r\n").as_bytes());
            let _ = stream.write_all(&vec![b'a'; size]);
            open.push(stream);
        }
    }
    let analyst = attacked.bearer("force_analyst");
    for _ in 0..20 {
        let (status, answer) =
            attacked.send(&analyst, "POST", "/v1/releases", "application/json", b"{\"reference\":\"REL-X\"}");
        assert_eq!(status, 422, "{answer}");
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(open);
}
