//! Which requests the log has without the caller's address and without their path: those of residents who put a question, and
//! those that name a receipt, by which one finds the question.

use actix_web::HttpRequest;
use percent_encoding::percent_decode_str;

use super::routes;

/// What stands for the path of what is no address of ours, and names a receipt.
const NO_ROUTE: &str = "/v1/question-receipts/{receipt}";
/// How often an address may have been encoded.
const ENCODED: usize = 3;
/// How many hexadecimal digits a receipt has.
const DIGITS: usize = 32;

/// What stands for the request's path in the log; none if the log may have it. Methods that an address does not take say as much
/// of the caller as those that it takes.
pub fn path(request: &HttpRequest) -> Option<&'static str> {
    let path = request.match_info().as_str();
    match routes::matching(path) {
        Some((route, _)) => match route.find(request.method()) {
            Some(operation) => operation.unnamed.then_some(route.path),
            None => route.is_unnamed().then_some(route.path),
        },
        None => names_receipt(request.path()).then_some(NO_ROUTE),
    }
}

/// What stands for the path of a request that found nothing, if it names a receipt where a record is named.
pub fn path_of_nothing(request: &HttpRequest) -> Option<&'static str> {
    names_receipt(request.path()).then_some(NO_ROUTE)
}

/// Whether an address that is none of ours could have a receipt: mistyped, cut or pasted together.
fn names_receipt(path: &str) -> bool {
    let mut path = path.to_owned();
    for _ in 0..ENCODED {
        path = percent_decode_str(&path).decode_utf8_lossy().into_owned();
    }
    let path = path.to_lowercase();
    let is_digits = |piece: &str| piece.len() >= DIGITS;
    // The ids of records have hyphens.
    path.contains("question-receipts") || path.split(|c: char| !c.is_ascii_hexdigit()).any(is_digits)
}

#[cfg(test)]
mod tests {
    use super::names_receipt;

    #[test]
    fn an_address_with_a_receipt_is_known_in_every_spelling() {
        for path in [
            "/question-receipts/0123456789abcdef0123456789abcdef",
            "/v1/Question-Receipts/0123",
            "/v1/%71uestion%2Dreceipts/0123456789abcdef",
            "/v1/%2571uestion-receipts/x/%ff",
            "/v1/question_receipts/0123456789ABCDEF0123456789abcdef",
            "/v1/0123456789abcdef%30123456789abcdef",
            "/0123456789abcdef0123456789abcdef/withdraw",
        ] {
            assert!(names_receipt(path), "{path}");
        }
        for path in ["/v1/planz", "/v1/01990000-0000-7000-8000-000000000000", "/v1/questions/receipts", "/%"]
        {
            assert!(!names_receipt(path), "{path}");
        }
    }
}
