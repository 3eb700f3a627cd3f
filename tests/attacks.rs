//! Files and bodies made to cost far more than their size. The program as it is run must refuse each, and never have more
//! memory at a time than [`MOST_MEMORY`].

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::process::{Program, Scratch, ask, database, start_demo, token};

mod bodies;
mod bundles;
mod connections;
mod places;
mod workbooks;

/// In MiB.
const MOST_MEMORY: u64 = 500;

/// How many send the same at a time.
const AT_A_TIME: usize = 4;

/// A running demo that is attacked.
struct Attacked {
    program: Program,
    scratch: Scratch,
}

impl Attacked {
    fn new() -> Attacked {
        let scratch = Scratch::new();
        let program = start_demo(&scratch.0, &database(&scratch.0));
        Attacked { program, scratch }
    }

    fn bearer(&self, role: &str) -> String {
        format!("Bearer {}", token(&self.program, &self.scratch.0, role))
    }

    fn send(&self, bearer: &str, method: &str, path: &str, media_type: &str, body: &[u8]) -> (u16, Value) {
        let headers = [("authorization", bearer), ("content-type", media_type)];
        let answer = ask(&self.program.address, method, path, &headers, body);
        let (status, _, body) = answer.unwrap_or_else(|| panic!("no answer to {method} {path}"));
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    /// Several send the same at a time. Each is refused or finds no place; returns the answers of those that had one.
    fn refused(
        &self,
        what: &str,
        bearers: &[&str],
        method: &str,
        path: &str,
        media_type: &str,
        body: &[u8],
    ) -> Vec<Value> {
        let answers: Vec<(u16, Value)> = std::thread::scope(|scope| {
            let one = |n: usize| {
                let bearer = bearers[n % bearers.len()];
                scope.spawn(move || self.send(bearer, method, path, media_type, body))
            };
            let all: Vec<_> = (0..AT_A_TIME).map(one).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let memory = self.program.peak_memory();
        eprintln!("{what}: {memory} MiB");
        assert!(memory < MOST_MEMORY, "{what}: {memory} MiB");
        let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
        let served: Vec<Value> = answers
            .into_iter()
            .filter(|(status, _)| ![429, 503].contains(status))
            .map(|(status, answer)| {
                assert!([400, 413, 422].contains(&status), "{what}: {status} {answer}");
                answer
            })
            .collect();
        assert!(!served.is_empty(), "{what}: {statuses:?}");
        served
    }

    /// A draft of a release, for the analyst, with this mapping.
    fn release(&self, bearer: &str, reference: &str, mapping: Value) -> String {
        let body = json!({
            "reference": reference, "title": "A test", "indicator": "derbyshire-pcc:IND-ALL-CRIME", "mapping": mapping,
        });
        let (status, answer) =
            self.send(bearer, "POST", "/v1/releases", "application/json", body.to_string().as_bytes());
        assert_eq!(status, 201, "{answer}");
        answer["self"].as_str().unwrap().to_owned()
    }

    /// Uploads the same file several times at a time; it is refused.
    fn refused_upload(&self, what: &str, media_type: &str, mapping: Value, body: &[u8]) -> Vec<Value> {
        let analyst = self.bearer("force_analyst");
        let release =
            self.release(&analyst, &format!("REL-{}", what.to_uppercase().replace(' ', "-")), mapping);
        let headers = [("authorization", analyst.as_str())];
        let (_, head, _) = ask(&self.program.address, "GET", &release, &headers, "").unwrap();
        let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
        let path = format!("{release}/observations");
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let one = |_| {
                let (analyst, etag, path) = (&analyst, &etag, &path);
                scope.spawn(move || {
                    let headers = [
                        ("authorization", analyst.as_str()),
                        ("if-match", etag.as_str()),
                        ("content-type", media_type),
                    ];
                    ask(&self.program.address, "PUT", path, &headers, body)
                })
            };
            let all: Vec<_> = (0..AT_A_TIME).map(one).collect();
            let answers = all.into_iter().filter_map(|one| one.join().unwrap());
            answers
                .filter(|(status, _, _)| ![429, 503].contains(status))
                .map(|(status, _, body)| {
                    assert!([400, 413, 422].contains(&status), "{what}: {status} {body}");
                    serde_json::from_str(&body).unwrap()
                })
                .collect()
        });
        let memory = self.program.peak_memory();
        eprintln!("{what}: {} bytes, {memory} MiB", body.len());
        assert!(memory < MOST_MEMORY, "{what}: {memory} MiB");
        assert!(!answers.is_empty(), "{what}");
        answers
    }
}

/// An archive of these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The numbers of the page come from the code.
#[test]
fn the_page_for_operators_states_the_bounds_of_the_code() {
    use onrecord::allowance::{FILE_BYTES, FILE_CELLS, FILE_MEMORY, JSON_MEMORY};
    use onrecord::http::arriving::{MOST, MOST_ARRIVING, REST_TIME, SHARE, SHORTEST_CHUNKS, SMALL};
    use onrecord::http::operation_spec::{CREDENTIALS, FORM};
    use onrecord::http::places::SHORT;
    use onrecord::http::state::{FILES, FILES_SHARE};
    use onrecord::http::wide::MANY;
    use onrecord::workbook::{DEPTH, MAX_OTHER, MAX_PARTS, MAX_TEXT, MAX_UNPACKED};
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md")).unwrap();
    let (mib, kib) = (|bytes: u64| bytes >> 20, |bytes: u64| bytes >> 10);
    let thousands = |number: u64| {
        let digits = number.to_string();
        let groups: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
        groups.join(",")
    };
    for row in [
        format!("| body of a sign-in, of a token or of a password | {} KiB |", CREDENTIALS >> 10),
        format!("| other bodies of a few fields | {} KiB |", FORM >> 10),
        format!("| values of a JSON body | {} MiB of memory, estimated (413) |", mib(JSON_MEMORY)),
        format!(
            "| reading a file | {} MiB of memory, estimated; {} MiB unpacked and read; {} cells,",
            mib(FILE_MEMORY),
            mib(FILE_BYTES),
            thousands(FILE_CELLS)
        ),
        format!(
            "| workbook | {} parts, none of one name; {} MiB a part, {} MiB if it is not XML; {} KiB of XML a cell, text or tag; {DEPTH} levels deep",
            thousands(MAX_PARTS as u64),
            mib(MAX_UNPACKED),
            mib(MAX_OTHER),
            kib(MAX_TEXT)
        ),
        format!("| row of CSV | {} cells before it is parsed;", thousands(onrecord::csv_rows::MAX_CELLS)),
        format!(
            "{} MiB with the values that they are read into, {} MiB of it while they arrive; one credential {} MiB (429); otherwise 503; bodies of up to {} KiB count for their credential alone |",
            mib(MOST),
            mib(MOST_ARRIVING),
            mib(SHARE),
            kib(SMALL)
        ),
        format!("| files read at a time | {FILES}, one of each credential;"),
        format!("has a `limit` above {SHORT}, is a workbook"),
        format!("was seen to have more than {} series", thousands(MANY as u64)),
        format!(
            "| body in chunks | {SHORTEST_CHUNKS} bytes a chunk on average, after {} KiB (413); one that was refused is dropped for {} seconds,",
            kib(SMALL),
            REST_TIME.as_secs()
        ),
        format!("{} lines of records,", thousands(onrecord::bundle::MOST_LINES)),
    ] {
        assert!(page.contains(&row), "{row}");
    }
    assert_eq!(FILES_SHARE, 1);
}
