//! `health`: the question of a container's health check.

use std::io::{Read, Write};

/// Asks a health address, over plain TCP: the image has no other tool.
pub fn health(url: &str) -> Result<(), String> {
    let rest = url.strip_prefix("http://").ok_or("give an http:// address")?;
    let (host, path) =
        rest.split_once('/').map_or((rest, String::from("/")), |(host, path)| (host, format!("/{path}")));
    let mut stream = std::net::TcpStream::connect(host).map_err(|error| format!("{host}: {error}"))?;
    let patience = Some(std::time::Duration::from_secs(5));
    stream.set_read_timeout(patience).map_err(|error| error.to_string())?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        .map_err(|error| error.to_string())?;
    let mut answer = [0u8; 12];
    stream.read_exact(&mut answer).map_err(|error| error.to_string())?;
    if &answer == b"HTTP/1.1 200" { Ok(()) } else { Err("it does not answer 200".to_owned()) }
}
