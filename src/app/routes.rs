//! The routes: the table of operations by path, and the responses to `OPTIONS`.

use std::sync::OnceLock;

use actix_web::http::Method as HttpMethod;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse};
use matchit::{Params, Router};

use crate::http::State;
use crate::http::operation::{Method, Operation};

/// The operations of one path.
pub struct Route {
    pub path: &'static str,
    operations: Vec<&'static Operation>,
}

/// The route of a path, with the values of its parameters as they are in the path. Actix would try one route after the
/// other, those with parameters by a regular expression each; with some 200 routes that took most of a cached response's
/// time. A fixed segment takes precedence over a parameter: `/v1/services/totals` is no service.
pub fn matching(path: &str) -> Option<(&'static Route, Params<'static, '_>)> {
    // The index is at `/v1/` too: programs append the names of lists to that.
    let path = if path == "/v1/" { "/v1" } else { path };
    let found = router().at(path).ok()?;
    Some((found.value, found.params))
}

/// The operation that a request calls, if there is one.
pub fn operation_for(request: &HttpRequest) -> Option<&'static Operation> {
    let (route, _) = matching(request.match_info().as_str())?;
    route.find(request.method())
}

/// Every path, from the table of operations.
#[expect(clippy::expect_used, reason = "two routes of one path must stop the start, and a test finds it")]
fn router() -> &'static Router<Route> {
    static ROUTER: OnceLock<Router<Route>> = OnceLock::new();
    ROUTER.get_or_init(|| {
        let mut routes: Vec<Route> = vec![];
        for operation in crate::resources::operations() {
            match routes.iter_mut().find(|route| route.path == operation.path) {
                Some(route) => route.operations.push(operation),
                None => routes.push(Route { path: &operation.path, operations: vec![operation] }),
            }
        }
        let mut router = Router::new();
        for route in routes {
            router.insert(route.path, route).expect("two routes for one path");
        }
        router
    })
}

impl Route {
    pub fn find(&self, method: &HttpMethod) -> Option<&'static Operation> {
        let method = match *method {
            HttpMethod::GET | HttpMethod::HEAD => Method::Get,
            HttpMethod::POST => Method::Post,
            HttpMethod::PUT => Method::Put,
            HttpMethod::PATCH => Method::Patch,
            _ => return None,
        };
        self.operations.iter().copied().find(|operation| operation.method == method)
    }

    /// Whether it is there only where the office has turned it on.
    pub fn is_optional(&self) -> bool {
        self.operations.iter().all(|operation| operation.optional)
    }

    /// Whether an operation of it leaves its caller unnamed.
    pub fn is_unnamed(&self) -> bool {
        self.operations.iter().any(|operation| operation.unnamed)
    }

    pub fn allow(&self) -> String {
        let mut names = vec![];
        for operation in &self.operations {
            names.push(operation.method.name());
            if operation.method == Method::Get {
                names.push("HEAD");
            }
        }
        names.push("OPTIONS");
        names.join(", ")
    }
}

/// The headers that scripts of other origins may send.
const ALLOWED: &str = "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range, X-API-Key, traceparent";

/// `OPTIONS`: the methods of an address, and what scripts of other origins may do.
pub fn options(state: &State, route: &Route, request: &HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    response.insert_header((header::ALLOW, route.allow()));
    let text = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let (Some(origin), Some(method)) = (text(header::ORIGIN), text(header::ACCESS_CONTROL_REQUEST_METHOD))
    else {
        return response.finish();
    };
    let read = matches!(method, "GET" | "HEAD");
    let trusted = state.cors_origins.iter().any(|known| known == origin);
    if read || trusted {
        let allowed = if read { "*" } else { origin };
        response.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed));
        response.insert_header((
            header::ACCESS_CONTROL_ALLOW_METHODS,
            if trusted { route.allow() } else { "GET, HEAD, OPTIONS".to_owned() },
        ));
        response.insert_header((
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            match state.db.has_replicas() {
                true => format!("{ALLOWED}, X-Position"),
                false => ALLOWED.to_owned(),
            },
        ));
        response.insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"));
    }
    response.finish()
}

#[cfg(test)]
mod tests {
    use super::matching;

    #[test]
    fn every_operation_is_found_by_its_path_with_its_parameters() {
        for operation in crate::resources::operations() {
            let (mut path, mut expected) = (String::new(), vec![]);
            for segment in operation.path.split('/').skip(1) {
                // A parameter can have an ending: `{name}.svg`.
                match segment.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
                    None => path = format!("{path}/{segment}"),
                    Some((name, ending)) => {
                        let value = format!("body:{}%2F", expected.len());
                        path = format!("{path}/{value}{ending}");
                        expected.push((name, value));
                    }
                }
            }
            let (route, found) = matching(&path).unwrap();
            assert_eq!(route.path, operation.path);
            let found: Vec<(&str, String)> =
                found.iter().map(|(name, value)| (name, value.to_owned())).collect();
            assert_eq!(found, expected, "{path}");
            assert_eq!(matching(&format!("{path}/")).is_some(), path == "/v1", "{path}/");
        }
        for path in ["", "/", "/v1//", "/v1/plans//history", "//v1/plans", "/v1/plans/a/b/c"] {
            assert!(matching(path).is_none(), "{path} is no route");
        }
    }
}
