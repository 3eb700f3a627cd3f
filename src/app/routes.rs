//! The routes: the table of operations by path, and the responses to `OPTIONS`.

use std::sync::OnceLock;

use actix_web::http::Method as HttpMethod;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::State;
use crate::http::operation::{Method, Operation};

/// The operations of one path.
pub struct Route {
    pub path: &'static str,
    operations: Vec<&'static Operation>,
}

/// Every path, from the table of operations.
pub fn routes() -> &'static [Route] {
    static ROUTES: OnceLock<Vec<Route>> = OnceLock::new();
    ROUTES.get_or_init(|| {
        let mut routes: Vec<Route> = vec![];
        for operation in crate::resources::operations() {
            match routes.iter_mut().find(|route| route.path == operation.path) {
                Some(route) => route.operations.push(operation),
                None => routes.push(Route { path: &operation.path, operations: vec![operation] }),
            }
        }
        routes
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
            "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Range, Range, X-API-Key, traceparent",
        ));
        response.insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"));
    }
    response.finish()
}
