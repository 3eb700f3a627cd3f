//! Readers that are slow on purpose: nobody waits for them, none takes all places, and in the end they are cut off.
//!
//! They read on between the requests of the others, so that they are within their time, whatever the machine is doing.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use crate::process::{Program, Scratch, database, start_limited_demo, start_logging_to};
use crate::support::{HANG, until};

/// As CSV, which says everything in each row: more than the kernel holds for a reader.
const BULK: &str = "/v1/observations?indicator=recorded-crime-rolling-year&includeHistory=true&format=csv";
const SLOW: &str = "127.0.0.1";
const POLITE: &str = "127.0.0.2";
/// How much a slow reader takes at a time: more than it must.
const SIP: usize = 96 * 1024;

/// A request from that address, whose reader takes little at a time.
fn ask_from(from: &str, program: &Program, path: &str) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(8 * 1024).unwrap();
    socket.bind(&SocketAddr::new(from.parse().unwrap(), 0).into()).unwrap();
    socket.connect(&program.address.parse::<SocketAddr>().unwrap().into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(HANG)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    stream
}

/// The status and the whole body; none where the response broke off.
fn answer(mut bytes: Vec<u8>, rest: &mut TcpStream) -> Option<(u16, Vec<u8>)> {
    rest.read_to_end(&mut bytes).ok()?;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
    let body = bytes.split_off(end + 4);
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = match head.contains("transfer-encoding: chunked") {
        true => unchunked(&body)?,
        false => {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            (body.len() == length.parse::<usize>().unwrap()).then_some(body)?
        }
    };
    Some((status, body))
}

/// The body of a chunked response; none if its end is missing.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = vec![];
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        rest = rest.get(end + 2..)?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..length)?);
        rest = rest.get(length + 2..)?;
    }
}

fn polite(program: &Program, from: &str, path: &str) -> (u16, Vec<u8>) {
    answer(vec![], &mut ask_from(from, program, path)).unwrap_or_else(|| panic!("{path} broke off"))
}

/// A slow reader, with what it has taken.
struct Reader {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Reader {
    fn new(program: &Program, path: &str) -> Reader {
        Reader { stream: ask_from(SLOW, program, path), bytes: vec![] }
    }

    /// Takes a little, if the response has begun.
    fn sip(&mut self) {
        self.stream.set_nonblocking(true).unwrap();
        let begun =
            !matches!(self.stream.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
        self.stream.set_nonblocking(false).unwrap();
        if begun {
            (&mut self.stream).take(SIP as u64).read_to_end(&mut self.bytes).unwrap();
        }
    }

    fn begins(&mut self) {
        until("the response begins", || {
            self.sip();
            !self.bytes.is_empty()
        });
    }

    fn finish(mut self) -> Option<(u16, Vec<u8>)> {
        answer(self.bytes, &mut self.stream)
    }
}

#[test]
fn slow_readers_of_pages_keep_nobody_waiting() {
    let scratch = Scratch::new();
    let program = start_limited_demo(&scratch.0, &database(&scratch.0));
    let page = format!("{BULK}&limit=10000");
    let whole = polite(&program, POLITE, &page);
    assert_eq!(whole.0, 200);
    assert!(whole.1.len() > 10 * SIP, "{}", whole.1.len());
    let mut slow: Vec<Reader> = (0..36).map(|_| Reader::new(&program, &page)).collect();
    slow[0].begins();
    for n in 1..=5 {
        // Each of its own, so that none is answered from the cache; those of the same address too.
        for from in [POLITE, SLOW] {
            assert_eq!(polite(&program, from, &format!("/v1/plans?limit={n}")).0, 200);
        }
        assert_eq!(polite(&program, POLITE, &format!("{page}&lastNObservations={n}")).0, 200);
        slow.iter_mut().for_each(Reader::sip);
    }
    // They were within their time, and nobody was served at their cost.
    let ends: Vec<_> =
        slow.into_iter().map(|reader| reader.finish().expect("a page that broke off")).collect();
    let served = ends.iter().filter(|end| **end == whole).count();
    let refused = ends.iter().filter(|(status, _)| *status == 429).count();
    assert!(served > 0, "{served} {refused}");
    assert_eq!(served + refused, 36);
}

#[test]
fn slow_readers_of_streams_leave_bulk_reads_and_exports_to_others() {
    let scratch = Scratch::new();
    let program = start_limited_demo(&scratch.0, &database(&scratch.0));
    let whole = polite(&program, POLITE, BULK);
    assert_eq!(whole.0, 200);
    let mut slow: Vec<Reader> = (0..8).map(|_| Reader::new(&program, BULK)).collect();
    slow.iter_mut().for_each(Reader::begins);
    assert!(polite(&program, POLITE, BULK) == whole);
    slow.iter_mut().for_each(Reader::sip);
    let (status, archive) = polite(&program, POLITE, "/v1/export.zip");
    assert_eq!((status, &archive[..2]), (200, b"PK".as_slice()));
    slow.iter_mut().for_each(Reader::sip);
    // Its own address has no more of these; everything else it has.
    let (status, body) = polite(&program, SLOW, BULK);
    assert_eq!(status, 429);
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["type"], "/problems/too-many-requests");
    slow.iter_mut().for_each(Reader::sip);
    assert_eq!(polite(&program, SLOW, "/v1/plans?limit=3").0, 200);
    for reader in slow {
        assert!(reader.finish() == Some(whole.clone()), "a slow reader within its time gets all");
    }
    assert_eq!(polite(&program, SLOW, BULK).0, 200, "the places are free again");
}

#[test]
fn every_response_of_any_length_is_one_of_the_share_of_its_address() {
    let scratch = Scratch::new();
    let program = start_limited_demo(&scratch.0, &database(&scratch.0));
    for (path, length) in [
        ("/v1/comparisons?indicator=recorded-crime-quarterly&method=yoy&startPeriod=2003", 20 * SIP),
        ("/v1/spc?indicator=recorded-crime-quarterly", 3 * SIP),
    ] {
        let whole = polite(&program, POLITE, path);
        assert!(whole.0 == 200 && whole.1.len() > length, "{path} {} {}", whole.0, whole.1.len());
        let mut slow: Vec<Reader> = (0..8).map(|_| Reader::new(&program, path)).collect();
        slow.iter_mut().for_each(Reader::begins);
        assert!(polite(&program, POLITE, path) == whole, "{path}");
        assert_eq!(polite(&program, SLOW, path).0, 429, "{path}");
        assert_eq!(polite(&program, SLOW, BULK).0, 429, "{path}");
        drop(slow);
        until("the places are free again", || polite(&program, SLOW, path).0 == 200);
    }
}

#[test]
fn a_reader_that_takes_nothing_is_cut_off_and_the_log_says_so() {
    let scratch = Scratch::new();
    let log = scratch.0.join("log");
    let program = start_logging_to(&log, &scratch.0, &database(&scratch.0));
    let mut slow = [Reader::new(&program, &format!("{BULK}&limit=10000")), Reader::new(&program, BULK)];
    slow.iter_mut().for_each(Reader::begins);
    let cut = || {
        let text = std::fs::read_to_string(&log).unwrap();
        let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        lines
            .into_iter()
            .filter(|line| line["message"] == "a reader was too slow: its connection was ended")
            .collect::<Vec<_>>()
    };
    until("both are cut off", || cut().len() == 2);
    let lines = cut();
    for line in &lines {
        assert_eq!(
            (&line["operation"], &line["peer"]),
            (&"list_observations".into(), &SLOW.into()),
            "{line}"
        );
    }
    for reader in slow {
        assert_eq!(reader.finish(), None);
    }
    assert_eq!(polite(&program, SLOW, "/v1/plans?limit=3").0, 200);
}
