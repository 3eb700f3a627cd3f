//! 401 responses, each with the `WWW-Authenticate` challenge of its credential.

use crate::problem::{self, Problem};

/// 401 for an access token that is not accepted (RFC 6750, section 3.1).
pub fn invalid(detail: &str) -> Problem {
    Problem::new(&problem::UNAUTHENTICATED, detail).header(
        "WWW-Authenticate",
        format!("Bearer realm=\"onrecord\", error=\"invalid_token\", error_description=\"{detail}\""),
    )
}

/// 401 for an API key that is not accepted.
pub fn invalid_key(detail: &str) -> Problem {
    Problem::new(&problem::UNAUTHENTICATED, detail)
        .header("WWW-Authenticate", "ApiKey realm=\"onrecord\", header=\"X-API-Key\"")
}

/// 401 for a request without the access token that it needs.
pub fn missing() -> Problem {
    Problem::new(&problem::UNAUTHENTICATED, "This needs an access token; get one at /oauth/token.")
        .header("WWW-Authenticate", "Bearer realm=\"onrecord\"")
}
