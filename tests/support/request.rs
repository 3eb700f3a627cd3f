//! Requests and what the application answers.

use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test;
use serde_json::{Value, json};

use super::TestApp;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// All headers of a name.
    pub fn headers_of(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).map(|value| value.to_str().unwrap()).collect()
    }

    pub fn etag(&self) -> &str {
        self.header("etag").unwrap_or_else(|| panic!("no etag in {self:?}"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Asserts the status and gives the answer back.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Asserts that it is a problem of that status in the one form, and gives its faults' codes.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Vec<String> {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text());
        let body = self.json();
        for member in ["type", "title", "status", "detail", "instance"] {
            assert!(!body[member].is_null(), "{member} is missing in {body}");
        }
        assert_eq!(body["status"], json!(status));
        assert!(body["type"].as_str().unwrap().starts_with("/problems/"));
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        for error in &errors {
            let places = ["pointer", "parameter", "header", "column"];
            assert_eq!(places.iter().filter(|place| error[**place].is_string()).count(), 1, "{error}");
            assert!(!error["detail"].as_str().unwrap().is_empty());
        }
        errors.iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
    }

    /// What may be compared between two answers: all but date, what is left of a limit, request id and the id in a
    /// problem.
    pub fn comparable(&self) -> (u16, Vec<(String, String)>, String) {
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .filter(|(name, _)| !["date", "ratelimit", "x-request-id"].contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        let mut text = self.text();
        if let Some(id) = self.header("x-request-id") {
            text = text.replace(id, "<request>");
        }
        (self.status, headers, text)
    }
}

/// A request being put together.
pub struct Request<'a> {
    app: &'a TestApp,
    request: test::TestRequest,
}

impl<'a> Request<'a> {
    pub fn new(app: &'a TestApp, method: &str, path: &str) -> Request<'a> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Request { app, request: test::TestRequest::default().method(method).uri(path) }
    }

    pub fn as_role(self, who: &str) -> Request<'a> {
        let token = self.app.token(who);
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// `None` is the public.
    pub fn as_actor(self, who: Option<&str>) -> Request<'a> {
        match who {
            None => self,
            Some(who) => self.as_role(who),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Request<'a> {
        let name = HeaderName::try_from(name).unwrap();
        self.request = self.request.append_header((name, HeaderValue::from_str(value).unwrap()));
        self
    }

    /// A header of any bytes that HTTP lets through.
    pub fn raw_header(mut self, name: &'static str, value: &[u8]) -> Request<'a> {
        let value = HeaderValue::from_bytes(value).unwrap();
        self.request = self.request.append_header((HeaderName::from_static(name), value));
        self
    }

    pub fn if_match(self, etag: &str) -> Request<'a> {
        self.header("if-match", etag)
    }

    pub fn json(mut self, body: &Value) -> Request<'a> {
        self.request =
            self.request.append_header(("content-type", "application/json")).set_payload(body.to_string());
        self
    }

    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Request<'a> {
        self.request = self.request.append_header(("content-type", content_type)).set_payload(body.into());
        self
    }

    /// The peer that it comes from.
    pub fn peer(mut self, address: &str) -> Request<'a> {
        self.request = self.request.peer_addr(std::net::SocketAddr::new(address.parse().unwrap(), 4711));
        self
    }

    pub async fn send(self) -> Answer {
        (self.app.service)(self.request.to_request()).await
    }
}

/// The address of a path of the table of operations: of the record with this name, and of its first version.
pub fn address_of(path: &str, id: &str) -> String {
    path.replace("{id}", id).replace("{n}", "1").replace("{m}", "1").replace("{slug}", "not-found")
}
