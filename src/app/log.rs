//! The line in the log for each request.

use std::net::IpAddr;
use std::time::Duration;

use actix_web::HttpRequest;

use crate::clock::Id;

/// What a request's line in the log says beyond the request and the status.
pub struct LogFields {
    /// The id of the operation.
    pub operation: &'static str,
    /// The name of the caller.
    pub actor: String,
    /// The address of the caller.
    pub address: Option<IpAddr>,
    /// What stands for the path, where the log must have neither that nor who called.
    pub masked: Option<&'static str>,
    /// The cause of a failure, which the response does not state.
    pub cause: Option<String>,
}

impl Default for LogFields {
    fn default() -> LogFields {
        LogFields { operation: "none", actor: "unknown".to_owned(), address: None, masked: None, cause: None }
    }
}

/// Logs a request after its response is made.
pub fn write(request: &HttpRequest, id: Id, status: u16, duration: Duration, fields: &LogFields) {
    let LogFields { operation, actor, address, masked, cause } = fields;
    // Headers can tell who called, too.
    let header = |name| request.headers().get(name).filter(|_| masked.is_none())?.to_str().ok();
    let trace = header("traceparent").and_then(traceparent).unwrap_or_default();
    let agent = header("user-agent").map(shortened);
    let micros = duration.as_micros() as u64;
    let path = masked.unwrap_or(request.path());
    let address = address.map(tracing::field::display);
    match (cause, status) {
        (Some(cause), 500..) => tracing::error!(
            request_id = %id, trace, method = %request.method(), path, operation,
            actor, address, agent, status, micros, cause, "request failed"
        ),
        _ => tracing::info!(
            request_id = %id, trace, method = %request.method(), path, operation,
            actor, address, agent, status, micros, "request"
        ),
    }
}

/// As much of the name of the caller's program as the log stores.
fn shortened(agent: &str) -> &str {
    const MOST_BYTES: usize = 200;
    // `to_str` has let ASCII through only, so every byte is a letter's end.
    agent.get(..MOST_BYTES).unwrap_or(agent)
}

/// The caller's `traceparent`, if it has the form of W3C Trace Context. Anything else stays out of the log.
fn traceparent(text: &str) -> Option<&str> {
    let pieces: Vec<&str> = text.split('-').collect();
    let hex = |piece: &str| piece.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let lengths: Vec<usize> = pieces.iter().map(|piece| piece.len()).collect();
    let formed = lengths == [2, 32, 16, 2] && pieces.iter().all(|piece| hex(piece)) && pieces[0] != "ff";
    let not_zero = |piece: &str| piece.bytes().any(|byte| byte != b'0');
    (formed && not_zero(pieces[1]) && not_zero(pieces[2])).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::traceparent;

    #[test]
    fn a_traceparent_is_logged_only_in_its_exact_form() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(traceparent(good), Some(good));
        for bad in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "Bearer secret",
        ] {
            assert_eq!(traceparent(bad), None, "{bad}");
        }
    }
}
