//! What one connection sends before it reads: requests one after the other, and bodies that nobody wants or that do not end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::Attacked;
use crate::support::HANG;

/// The most memory while requests wait to be answered, in MiB.
const MOST_WHILE_WAITING: u64 = 250;
/// How long a connection may go on whose body is refused or no body.
const SOON: Duration = Duration::from_secs(20);

fn connect(attacked: &Attacked) -> TcpStream {
    let stream = TcpStream::connect(&attacked.program.address).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    stream.set_write_timeout(Some(SOON)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Sends the same again and again; false if the server still takes it when the time is over.
fn is_ended(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    let began = Instant::now();
    while began.elapsed() < SOON {
        if stream.write_all(bytes).is_err() {
            return true;
        }
    }
    false
}

/// The head and the beginning of the body of a response.
fn head(stream: &mut TcpStream) -> String {
    let mut bytes = vec![];
    let mut some = [0; 4096];
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = stream.read(&mut some).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&some[..count]);
    }
    String::from_utf8(bytes).unwrap().to_lowercase()
}

#[test]
fn requests_that_wait_on_a_connection_take_little_memory() {
    let attacked = Attacked::new();
    let heads = b"GET / HTTP/1.1\r\nHost:\r\n\r\n".repeat(20_000);
    // Those of the second half come after a body.
    let empty = b"POST /v1/sign-in HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let after_body = [empty.as_slice(), &heads].concat();
    let mut open: Vec<(TcpStream, &[u8])> = (0..48)
        .map(|n| (connect(&attacked), if n % 2 == 0 { heads.as_slice() } else { &after_body }))
        .collect();
    for (stream, _) in &open {
        stream.set_nonblocking(true).unwrap();
    }
    for _ in 0..40 {
        for (stream, rest) in &mut open {
            if let Ok(count) = stream.write(rest) {
                *rest = &rest[count..];
            }
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let memory = attacked.program.peak_memory();
    assert!(memory < MOST_WHILE_WAITING, "{memory} MiB");
    let (status, _) =
        attacked.send(&attacked.bearer("editor"), "GET", "/v1/plans?limit=1", "text/plain", b"");
    assert_eq!(status, 200);
}

#[test]
fn requests_one_after_the_other_are_answered_in_their_order_however_they_arrive() {
    let attacked = Attacked::new();
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    let post = |framing: &str, body: &str| {
        format!(
            "POST /v1/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{framing}\r\n\r\n{body}"
        )
    };
    let spaces = "\r\n".repeat(400);
    let long = format!("[{spaces}{}]", "\n".repeat(5_000));
    let requests = [
        get("/healthz"),
        post("content-length: 2", "[]"),
        get("/v1/plans?limit=1"),
        post(&format!("content-length: {}", long.len()), &long),
        post("transfer-encoding: chunked", &format!("{:x}\r\n{long}\r\n2\r\n{{}}\r\n0\r\n\r\n", long.len())),
        get("/healthz"),
        get("/none"),
        get("/healthz").replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"),
    ]
    .concat();
    let answers = |size: usize| {
        let mut stream = connect(&attacked);
        // Once the connection has ended, nothing more can be sent.
        let _ = requests.as_bytes().chunks(size).try_for_each(|some| stream.write_all(some));
        let mut bytes = vec![];
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        let statuses =
            text.match_indices("HTTP/1.1 ").map(|(at, name)| text[at + name.len()..][..3].to_owned());
        let last = text.rsplit("HTTP/1.1 ").next().unwrap_or_default().to_lowercase();
        (statuses.collect::<Vec<_>>(), last.contains("\r\nconnection: close\r\n"))
    };
    let expected = ["200", "422", "200", "422", "400", "200", "404", "200"];
    for size in [requests.len(), 4_000, 700, 90, 7] {
        // Where the head of a request with a body arrives before the answer to the one before it is sent, the framework may end
        // the connection with that answer, and says so. The client sends the rest anew.
        let (statuses, says_the_end) = answers(size);
        assert!(
            expected.starts_with(&statuses.iter().map(String::as_str).collect::<Vec<_>>()),
            "{size}: {statuses:?}"
        );
        assert!(statuses.len() >= 2 && says_the_end, "{size} bytes at a time: {statuses:?}");
    }
}

#[test]
fn a_refused_body_in_chunks_is_not_read_without_end() {
    let attacked = Attacked::new();
    let large = [b"10000\r\n".as_slice(), &[b'a'; 0x10000], b"\r\n"].concat();
    for chunks in [b"1\r\na\r\n".repeat(20_000), large] {
        let mut stream = connect(&attacked);
        let request = "POST /v1/imports HTTP/1.1\r\nhost: x\r\ncontent-type: application/zip\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let answer = head(&mut stream);
        assert!(answer.starts_with("http/1.1 401") && answer.contains("\r\nconnection: close"), "{answer}");
        assert!(is_ended(&mut stream, &chunks));
    }
}

#[test]
fn a_body_of_chunks_that_are_too_short_is_refused() {
    let attacked = Attacked::new();
    let editor = attacked.bearer("editor");
    let request = format!(
        "POST /v1/objectives HTTP/1.1\r\nhost: x\r\nauthorization: {editor}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let answer = |chunk: &str, count: usize| {
        let mut stream = connect(&attacked);
        stream.write_all(request.as_bytes()).unwrap();
        let body = format!("{:x}\r\n{chunk}\r\n", chunk.len()).repeat(count);
        stream.write_all(body.as_bytes()).unwrap();
        stream.write_all(b"0\r\n\r\n").unwrap();
        let mut answer = head(&mut stream);
        let mut some = [0; 4096];
        if !answer.contains("\"detail\"") {
            let count = stream.read(&mut some).unwrap();
            answer.push_str(&String::from_utf8_lossy(&some[..count]));
        }
        answer
    };
    let refused = answer(" ", 70_000);
    assert!(refused.starts_with("http/1.1 413") && refused.contains("chunks of fewer than"), "{refused}");
    // A few short ones are nothing, nor are rows of a file.
    for (chunk, count) in [(" ", 50_000), (" 20 bytes for a row\n", 20_000)] {
        let answered = answer(chunk, count);
        assert!(answered.starts_with("http/1.1 400"), "{answered}");
    }
}

#[test]
fn what_stands_between_chunks_without_end_is_no_body() {
    let attacked = Attacked::new();
    let editor = attacked.bearer("editor");
    let mut stream = connect(&attacked);
    let request = format!(
        "POST /v1/imports HTTP/1.1\r\nhost: x\r\nauthorization: {editor}\r\ncontent-type: application/zip\r\ntransfer-encoding: chunked\r\n\r\n1;"
    );
    stream.write_all(request.as_bytes()).unwrap();
    assert!(is_ended(&mut stream, &[b'a'; 64 * 1024]));
}
