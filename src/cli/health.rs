//! `health`: a container's health check.

use std::io::{Read, Write};

/// Requests a health address over plain TCP, since the image has no other tool for it.
pub fn health(url: &str) -> Result<(), String> {
    let rest = url.strip_prefix("http://").ok_or("give an http:// address")?;
    let (host, path) =
        rest.split_once('/').map_or((rest, String::from("/")), |(host, path)| (host, format!("/{path}")));
    let mut stream = std::net::TcpStream::connect(host).map_err(|error| format!("{host}: {error}"))?;
    let timeout = Some(std::time::Duration::from_secs(5));
    stream.set_read_timeout(timeout).map_err(|error| error.to_string())?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        .map_err(|error| error.to_string())?;
    let mut response = [0u8; 12];
    stream.read_exact(&mut response).map_err(|error| error.to_string())?;
    if &response == b"HTTP/1.1 200" { Ok(()) } else { Err("it did not return 200".to_owned()) }
}
