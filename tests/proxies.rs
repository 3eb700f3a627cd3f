//! Behind a proxy: with the settings of docs/operations.md, and with a proxy that compresses and so weakens our tags.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::process::{Scratch, start_demo, token};
use crate::support::{HANG, copy_of_demo, until};

/// An nginx of the test, ended with it.
struct Nginx {
    child: Child,
    address: String,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The path of nginx, which is installed if it is missing.
fn program() -> String {
    let found = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nginx"))
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("tests/nginx does not run: {error}"));
    assert!(found.status.success(), "there is no nginx: {}", String::from_utf8_lossy(&found.stderr));
    String::from_utf8(found.stdout).unwrap().trim().to_owned()
}

/// Starts nginx with one server, in a directory of its own.
fn nginx(directory: &Path, server: &str) -> Nginx {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let server = server.replace("ADDRESS", &address);
    let text = format!(
        "daemon off; master_process off; pid nginx.pid; error_log error.log warn;
         events {{ worker_connections 64; }}
         http {{ access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
         uwsgi_temp_path t4; scgi_temp_path t5; {server} }}"
    );
    std::fs::create_dir_all(directory).unwrap();
    std::fs::write(directory.join("nginx.conf"), text).unwrap();
    let child = Command::new(program())
        .args(["-e", "error.log", "-c", "nginx.conf", "-p"])
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut nginx = Nginx { child, address };
    until("nginx listens", || {
        if nginx.child.try_wait().unwrap().is_some() {
            let mut said = String::new();
            nginx.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("nginx ended: {said}");
        }
        TcpStream::connect(&nginx.address).is_ok()
    });
    nginx
}

/// The server that docs/operations.md shows, without its certificate.
fn documented(demo: &str) -> String {
    let page = include_str!("../docs/operations.md");
    let blocks = page.split("```nginx\n").skip(1).filter_map(|block| Some(block.split_once("\n```")?.0));
    let block =
        blocks.into_iter().find(|block| block.contains("server {")).expect("docs/operations.md shows nginx");
    let lines = block.lines().filter(|line| !line.trim_start().starts_with("ssl_certificate"));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    assert!(text.contains("listen 443 ssl;") && text.contains("http://127.0.0.1:8080"), "{text}");
    text.replace("listen 443 ssl;", "listen ADDRESS;")
        .replace("http://127.0.0.1:8080", &format!("http://{demo}"))
}

/// As councils set it up: the proxy compresses, and asks the service for plain answers.
fn compressing(demo: &str) -> String {
    format!(
        "gzip on; gzip_proxied any; gzip_min_length 20; gzip_types application/json application/problem+json text/csv;
         server {{ listen ADDRESS; location / {{ proxy_pass http://{demo}; proxy_set_header Host $host;
         proxy_set_header Accept-Encoding \"\"; }} }}"
    )
}

struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.head.lines().filter_map(|line| line.split_once(':'));
        found.filter(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    fn etag(&self) -> &str {
        self.header("etag").unwrap_or_else(|| panic!("no ETag: {}", self.head))
    }
}

/// One request on a connection of its own, whose body may be compressed.
fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nhost: api.example.org\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{text}\r\n{body}").as_bytes()).unwrap();
    let mut answer = vec![];
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer with a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Reply { status, head, body: answer[end + 4..].to_vec() }
}

/// Reads, changes with the tag that was read, again with the tag of that answer, and reads under a condition.
fn works(proxy: &str, token: &str, path: &str) -> Vec<String> {
    let bearer = format!("Bearer {token}");
    let mut tags = vec![];
    for coding in ["gzip", "identity", "br", "gzip, br"] {
        let accept = ("accept-encoding", coding);
        let read = ask(proxy, "GET", path, &[("authorization", &bearer), accept], "");
        assert_eq!(read.status, 200, "{}", read.head);
        let mut tag = read.etag().to_owned();
        tags.push(tag.clone());
        for n in [1, 2] {
            let headers = [
                ("authorization", bearer.as_str()),
                accept,
                ("if-match", &tag),
                ("content-type", "application/merge-patch+json"),
            ];
            let body = json!({"title": format!("Safer roads, {coding} {n}")}).to_string();
            let changed = ask(proxy, "PATCH", path, &headers, &body);
            assert_eq!(changed.status, 200, "{coding} {tag}: {}", changed.head);
            // The tag of the version before is refused, weakened or not.
            let late = ask(proxy, "PATCH", path, &headers, &body);
            assert_eq!(late.status, 412, "{coding} {tag}: {}", late.head);
            tag = changed.etag().to_owned();
        }
        let public = ask(proxy, "GET", "/v1/plans", &[accept], "");
        let tag = public.etag().to_owned();
        for sent in [tag.clone(), format!("\"other\", {tag}"), format!("W/\"other\", {tag}, \"more\"")] {
            let again = ask(proxy, "GET", "/v1/plans", &[accept, ("if-none-match", &sent)], "");
            assert_eq!((again.status, again.body.as_slice()), (304, b"".as_slice()), "{coding} {sent}");
            let strong = tag.trim_start_matches("W/");
            assert_eq!(again.etag().trim_start_matches("W/"), strong, "{coding} {sent}");
        }
    }
    tags
}

#[test]
fn changes_work_through_nginx_whether_or_not_it_compresses() {
    let scratch = Scratch::new();
    let data = scratch.0.join("onrecord-data");
    std::fs::create_dir_all(&data).unwrap();
    let database = copy_of_demo(&data);
    let demo = start_demo(&data, database.url());
    let token = token(&demo, &data, "editor");
    let new = json!({"reference": "OBJ-PROXY", "plan": "derbyshire-pcc:PLAN-2021", "title": "Safer roads", "number": 90});
    let headers = [("authorization", &*format!("Bearer {token}")), ("content-type", "application/json")];
    let made = ask(&demo.address, "POST", "/v1/objectives", &headers, &new.to_string());
    assert_eq!(made.status, 201, "{}", made.head);
    let path = made.header("location").unwrap().to_owned();

    let plain = nginx(&scratch.0.join("documented"), &documented(&demo.address));
    let tags = works(&plain.address, &token, &path);
    assert!(tags.iter().all(|tag| !tag.starts_with("W/")), "nothing weakens them: {tags:?}");
    assert!(tags[0].ends_with("-gzip\"") && tags[2].ends_with("-br\""), "the service compresses: {tags:?}");
    let list = ask(&plain.address, "GET", "/v1/plans?limit=1", &[], "");
    let page: Value = serde_json::from_slice(&unchunked(&list)).unwrap();
    assert_eq!(page["data"].as_array().unwrap().len(), 1);

    let council = nginx(&scratch.0.join("compressing"), &compressing(&demo.address));
    let tags = works(&council.address, &token, &path);
    assert!(tags[0].starts_with("W/"), "this proxy weakens what it compresses: {tags:?}");
}

/// The body, of which a proxy may send pieces.
fn unchunked(reply: &Reply) -> Vec<u8> {
    if reply.header("transfer-encoding") != Some("chunked") {
        return reply.body.clone();
    }
    let (mut rest, mut whole) = (reply.body.as_slice(), vec![]);
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
}
