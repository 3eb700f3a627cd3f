//! The documentation, the pages of problems, health and readiness.

use super::*;

/// The number of operations of a document. Its size is bounded by it: the document grows with the API, and only so.
fn operations_of(document: &Value) -> usize {
    let paths = document["paths"].as_object().unwrap();
    paths.values().map(|path| path.as_object().unwrap().keys().filter(|key| is_method(key)).count()).sum()
}

fn is_method(key: &str) -> bool {
    ["get", "put", "post", "delete", "patch"].contains(&key)
}

#[actix_web::test]
async fn the_document_is_served_as_it_is_checked_in_without_its_indentation() {
    let app = TestApp::new().await;
    let answer = app.get(None, "/openapi.json").await.expect(200);
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/onrecord.v1.json")).unwrap();
    let document = answer.json();
    assert_eq!(answer.body, serde_json::to_vec(&document).unwrap());
    let mut indented = serde_json::to_vec_pretty(&document).unwrap();
    indented.push(b'\n');
    assert!(indented == file, "openapi/onrecord.v1.json is another document");
    let (bytes, operations) = (answer.body.len(), operations_of(&document));
    // 64 bytes more than before: the examples of comparisons and control charts have receipts, as their answers do.
    assert!(
        bytes <= 4_224 * operations,
        "{bytes} bytes for {operations} operations: keep the document small"
    );
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    for path in routes().keys() {
        assert!(document["paths"][path].is_object(), "{path}");
    }
}

#[actix_web::test]
async fn the_document_is_short_over_the_wire() {
    let app = TestApp::new().await;
    let plain = app.get(None, "/openapi.json").await.expect(200);
    let bare = plain.etag().strip_suffix('"').unwrap().to_owned();
    let operations = operations_of(&plain.json());
    for coding in ["gzip", "br", "zstd"] {
        let ask = || app.request("GET", "/openapi.json").header("accept-encoding", coding);
        let answer = ask().send().await.expect(200);
        assert_eq!(answer.header("content-encoding"), Some(coding));
        assert!(answer.body.len() <= 432 * operations, "{coding}: {} bytes", answer.body.len());
        assert!(answer.header("vary").unwrap().contains("Accept-Encoding"));
        assert_eq!(answer.header("content-type"), plain.header("content-type"));
        let tag = answer.etag().to_owned();
        assert_eq!(tag, format!("{bare}-{coding}\""));
        // It is the same each time, and the caller who has it is not sent it again.
        assert_eq!(ask().send().await.expect(200).body, answer.body);
        assert_eq!(ask().header("if-none-match", &tag).send().await.status, 304);
        // Its length is known before it is sent.
        let accept = format!("Accept-Encoding: {coding}\r\n");
        let requests = ["GET", "HEAD"].map(|method| super::plain(method, "/openapi.json", &accept));
        let sent = over_a_socket(&app, requests.to_vec()).await;
        let length = answer.body.len().to_string();
        for raw in &sent {
            let header = |name: &str| raw.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value);
            assert_eq!(header("content-length"), Some(&length), "{coding}");
            assert_eq!(header("etag"), Some(&tag), "{coding}");
        }
        assert_eq!(sent[0].body, answer.body);
        assert!(sent[1].body.is_empty());
    }
}

#[actix_web::test]
async fn the_pages_of_the_documentation_are_short_over_the_wire_and_have_tags() {
    let app = TestApp::new().await;
    let path = "/docs/plans";
    let plain = app.get(None, path).await.expect(200);
    let bare = plain.etag().strip_suffix('"').unwrap().to_owned();
    for (coding, kind) in [("gzip", ContentEncoding::Gzip), ("br", ContentEncoding::Brotli)] {
        let answer = app.request("GET", path).header("accept-encoding", coding).send().await.expect(200);
        assert_eq!(answer.header("content-encoding"), Some(coding));
        assert!(answer.body.len() < plain.body.len() / 3, "{coding}: {} bytes", answer.body.len());
        assert_eq!(decoded(&answer, kind).await, plain.body);
        assert_eq!(answer.etag(), format!("{bare}-{coding}\""));
        let again = app.request("GET", path).header("if-none-match", answer.etag()).send().await;
        assert_eq!(again.status, 304);
        assert_eq!(again.header("cache-control"), plain.header("cache-control"));
        assert!(again.body.is_empty());
    }
    app.get(None, "/docs/nothing.js").await.problem(404);
}

#[actix_web::test]
async fn the_page_of_every_kind_of_problem_is_there() {
    let app = TestApp::new().await;
    for kind in problem::TYPES {
        let answer = app.get(None, &format!("/problems/{}", kind.slug)).await.expect(200);
        let page = answer.json();
        assert_eq!(page["type"], json!(format!("/problems/{}", kind.slug)));
        assert_eq!(page["title"], json!(kind.title));
        assert_eq!(page["status"], json!(kind.status));
        assert_eq!(page["meaning"], json!(kind.meaning));
    }
    app.get(None, "/problems/nothing").await.problem(404);
    // What a problem names as its type is where that page is.
    for path in ["/v1/nothing", "/v1/plans?limit=0", "/v1/plans/x?zzz=1"] {
        let problem = app.get(None, path).await.json();
        let page = app.get(None, problem["type"].as_str().unwrap()).await.expect(200).json();
        assert_eq!(page["title"], problem["title"]);
        assert_eq!(page["status"], problem["status"]);
    }
}

#[actix_web::test]
async fn the_documentation_is_whole_inside_the_binary() {
    let app = TestApp::new().await;
    for path in ["/", "/docs"] {
        let answer = app.get(None, path).await.expect(308);
        assert_eq!(answer.header("location"), Some("/docs/"));
    }
    let page = app.get(None, "/docs/").await.expect(200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"),
        "{policy}"
    );
    for path in onrecord::pages::docs_addresses().unwrap() {
        let page = app.get(None, &path).await.expect(200);
        let most = if path == "/docs/" { 150_000 } else { 300_000 };
        assert!(page.body.len() < most, "{path} has {} bytes", page.body.len());
        let html = page.text();
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("SERVER-OF"), "{path}");
        for part in html.split("href=\"").skip(1) {
            let link = part.split('"').next().unwrap();
            let (address, anchor) = link.split_once('#').unwrap_or((link, ""));
            let to = if address.is_empty() { path.as_str() } else { address };
            if to.starts_with("/docs/") {
                let there = app.get(None, to).await.expect(200).text();
                let id = format!("id=\"{anchor}\"");
                assert!(anchor.is_empty() || there.contains(&id), "{path}: {link} leads nowhere");
            } else if to.starts_with('/') && to != "/" && !to.starts_with("/v1/") {
                app.get(None, to).await.expect(200);
            }
        }
    }
}

#[actix_web::test]
async fn the_documentation_is_searched_without_a_program_and_says_when_it_finds_nothing() {
    let app = TestApp::new().await;
    let find = async |query: &str| app.get(None, &format!("/docs/?q={query}")).await.expect(200).text();
    let page = find("withdraw%20Plan").await;
    assert!(page.contains("href=\"/docs/plans#withdraw_plan\""), "operations by their names");
    let page = find("if-none-match").await;
    assert!(page.contains("href=\"/docs/guides/api\""), "and guides by their texts");
    let page = find("zzzz+%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert!(page.contains("No operation and no guide") && !page.contains("<script"), "{page}");
    assert!(find("").await.contains("Give one word or more"));
    app.get(None, "/docs/?q=%FF").await.problem(400);
    app.get(None, &format!("/docs/?q={}", "a".repeat(201))).await.problem(400);
    let refused = app.request("GET", "/docs/nothing").header("accept", "text/html").send().await;
    assert_eq!((refused.status, refused.header("content-type")), (404, Some("text/html; charset=utf-8")));
}

#[actix_web::test]
async fn health_and_readiness_are_served_and_never_cached() {
    let app = TestApp::new().await;
    for (path, status) in [("/healthz", "ok"), ("/readyz", "ready")] {
        let answer = app.get(None, path).await.expect(200);
        assert_eq!(answer.json(), json!({"status": status}));
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
        assert!(answer.header("etag").is_none());
        app.get(Some("auditor"), path).await.expect(200);
    }
    let jwks = app.get(None, "/.well-known/jwks.json").await.expect(200).json();
    assert_eq!(jwks["keys"][0]["kid"], json!(app.state.keys.kid()));
    assert!(jwks["keys"][0].get("d").is_none());
}
