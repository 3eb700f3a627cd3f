//! Pages for people: what they show, to whom, and that no text becomes markup.

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// What a browser sends.
pub const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";

pub async fn page(app: &TestApp, who: Option<&str>, path: &str) -> Answer {
    app.request("GET", path).as_actor(who).header("accept", BROWSER).send().await
}

/// The text of a page as a reader sees it.
pub fn text_of(html: &str) -> String {
    let body = html.split_once("</style>").unwrap().1;
    let mut text = String::new();
    for part in body.split('<').skip(1) {
        text.push_str(part.split_once('>').unwrap().1);
        text.push(' ');
    }
    for (entity, letter) in [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
    {
        text = text.replace(entity, letter);
    }
    text
}

/// The texts of a value that are longer than a code.
pub fn sentences(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains(' ') => all.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| sentences(item, all)),
        Value::Object(fields) => fields.values().for_each(|field| sentences(field, all)),
        _ => {}
    }
}

#[actix_web::test]
async fn every_kind_has_pages_that_say_what_the_json_says() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        // All of them: a page has an order of its own.
        let list = format!("/v1/{}?limit=200", kind.def.path);
        let answer = page(&app, None, &list).await.expect(200);
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{list}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        let rows = app.get(None, &list).await.expect(200).json();
        for row in rows["data"].as_array().unwrap().iter().take(5) {
            let address = row["self"].as_str().unwrap();
            assert!(answer.text().contains(&format!("href=\"{address}\"")), "{address} is not in {list}");
            let record = page(&app, None, address).await.expect(200);
            let shown = text_of(&record.text());
            let mut said = vec![];
            let json = app.get(None, address).await.expect(200).json();
            sentences(&json, &mut said);
            for sentence in said {
                assert!(shown.contains(&sentence), "{address} does not show: {sentence}");
            }
        }
    }
    // Who prefers no page gets none.
    for accept in ["*/*", "application/json", "application/json, text/html;q=0.5"] {
        let answer = app.request("GET", "/v1/plans").header("accept", accept).send().await.expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
    }
    let answer = page(&app, None, "/v1/plans?format=csv").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
}

/// The words of a text that are codes of the API: with underscores, or in the capitals of units and frequencies. Addresses
/// and what follows them are none.
pub fn bare_codes(text: &str) -> Vec<&str> {
    let words = text.split(|letter: char| letter.is_whitespace() || "(),;:“”·".contains(letter));
    let is_address = |word: &&str| word.contains('/') && !word.starts_with("P1Y");
    let is_code = |word: &&str| {
        let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        let is_lower = word.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
        let capitals =
            ["COUNT", "PERCENT", "GBP", "RATIO", "SECONDS", "MINUTES", "HOURS", "TIME", "OBS", "FREQ"];
        let periods = ["P1M", "P3M", "P6M", "P1Y", "P1Y-P3M", "P1Y-P1M"];
        plain && (word.contains('_') && is_lower || capitals.contains(word) || periods.contains(word))
            || word.starts_with("RATE_")
    };
    words.filter(|word| !is_address(word)).filter(is_code).collect()
}

#[test]
fn a_bare_code_is_found() {
    let text = "Duty police_act_s55 · Unit: COUNT; P1Y-P3M, RATE_1000 and REL_1 of /v1/a_b, kept. In Time.";
    assert_eq!(bare_codes(text), ["police_act_s55", "COUNT", "P1Y-P3M", "RATE_1000"]);
}

/// How many pages of one shape are read.
const OF_A_SHAPE: usize = 5;

/// An address without what names a record or a value: pages of one shape are made by the same code. Series of one frequency
/// are of one shape.
fn shape(path: &str) -> String {
    let (address, query) = path.split_once('?').unwrap_or((path, ""));
    let parts = address.split('/').enumerate().map(|(n, part)| match n {
        3 if address.starts_with("/v1/series/") => part.rsplit('.').next().unwrap(),
        2 if address.starts_with("/panel/") => "{id}",
        3 if address.starts_with("/v1/") => "{id}",
        _ if part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() => "{n}",
        _ => part,
    });
    let names: Vec<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
    format!("{}?{}", parts.collect::<Vec<_>>().join("/"), names.join("&"))
}

#[actix_web::test]
async fn every_link_of_a_page_answers() {
    let app = TestApp::new().await;
    let mut waiting = std::collections::VecDeque::from(["/".to_owned()]);
    let mut seen = std::collections::BTreeSet::new();
    let mut shapes = std::collections::BTreeMap::<String, usize>::new();
    while let Some(path) = waiting.pop_front() {
        let read = shapes.entry(shape(&path)).or_default();
        if *read >= OF_A_SHAPE || !seen.insert(path.clone()) {
            continue;
        }
        *read += 1;
        let answer = page(&app, None, &path).await;
        assert!(answer.status < 400, "{path}: {}", answer.status);
        if !answer.header("content-type").is_some_and(|name| name.starts_with("text/html")) {
            continue;
        }
        // What people wrote may name a code; what the pages say may not.
        if !path.starts_with("/docs/") {
            let text = text_of(&answer.text());
            let main = text.split("Cite ").next().unwrap();
            assert_eq!(bare_codes(main), Vec::<&str>::new(), "{path}: {main}");
        }
        for part in answer.text().split("href=\"").skip(1) {
            let link = part.split('"').next().unwrap().replace("&#38;", "&");
            let link = link.split('#').next().unwrap().to_owned();
            if link.starts_with('/') && !link.starts_with("/v1/export") {
                waiting.push_back(link);
            }
        }
    }
    assert!(seen.len() > 1_000 && shapes.len() > 250, "{} pages of {} shapes", seen.len(), shapes.len());
}

#[actix_web::test]
async fn a_problem_is_a_page_with_the_same_facts() {
    let app = TestApp::new().await;
    for (path, status) in [
        ("/v1/nothing", 404),
        ("/v1/plans/derbyshire-pcc:NO", 404),
        ("/v1/plans?limit=many&sort=colour", 400),
        ("/v1/search?q=a&limit=many", 400),
    ] {
        let problem = app.get(None, path).await;
        assert_eq!(problem.status, status, "{path}");
        let answer = page(&app, None, path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        let shown = text_of(&answer.text());
        let facts = problem.json();
        for fact in [&facts["title"], &facts["detail"]] {
            assert!(shown.contains(fact.as_str().unwrap()), "{path}: {fact}");
        }
        for fault in facts["errors"].as_array().into_iter().flatten() {
            assert!(shown.contains(fault["detail"].as_str().unwrap()), "{path}: {fault}");
        }
    }
    // To a program a problem stays a problem, and so it does where there is no page.
    app.get(None, "/v1/plans?limit=many").await.problem(400);
    app.request("GET", "/v1/me").header("accept", "text/html").send().await.problem(406);
}

#[actix_web::test]
async fn a_draft_has_a_page_for_those_who_read_it_and_for_nobody_else() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    page(&app, Some("editor"), &address).await.expect(200);
    let hidden = page(&app, None, &address).await;
    assert_eq!(hidden.status, 404);
    let shown = page(&app, Some("editor"), &address).await;
    assert_eq!(shown.header("cache-control"), Some("private, no-store"));
    let reference = app.get(Some("editor"), &address).await.json()["reference"].as_str().unwrap().to_owned();
    for path in ["/", "/v1/plans", "/v1/changes"] {
        assert!(!page(&app, None, path).await.text().contains(&reference), "{path}");
    }
}

#[actix_web::test]
async fn markup_in_a_text_is_text() {
    let app = TestApp::new().await;
    for payload in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'><svg/onload=alert(1)>",
        "javascript:alert(1)",
        "</style><script>alert(1)</script>",
        "{{ 7*7 }}{% raw %}",
        "&lt;script&gt;",
        "https://a.example/\"onmouseover=\"alert(1)",
    ] {
        let body = json!({"reference": format!("T-{}", app.next()), "title": payload, "summary": payload, "from": "2025-04-01", "note": payload});
        let made = app.post("editor", "/v1/plans", body).await.expect(201);
        let address = made.header("location").unwrap().to_owned();
        let list = format!("/v1/plans?limit=200&q={}", "script");
        for path in [address.as_str(), "/v1/plans?limit=200", list.as_str(), "/v1/plans?q=%22%3E%3Cscript%3E"]
        {
            let html = page(&app, Some("editor"), path).await.text();
            let body = html.split_once("</style>").unwrap().1;
            for bad in ["<script", "<img src=x", "<svg/", "href=\"javascript", "\"onmouseover=\"", "49{%"] {
                assert!(!body.contains(bad), "{payload} on {path}");
            }
        }
        let shown = page(&app, Some("editor"), &address).await.text();
        assert!(text_of(&shown).contains(payload), "{payload}");
    }
}

#[actix_web::test]
async fn a_page_and_its_json_name_each_other_and_format_wins_over_accept() {
    let app = TestApp::new().await;
    let plan = "/v1/plans/derbyshire-pcc:PLAN-2013";
    for path in ["/v1", "/v1/plans", plan, &format!("{plan}/versions"), "/v1/changes", "/v1/search?q=crime"] {
        let joint = if path.contains('?') { '&' } else { '?' };
        let (html, json) = (format!("{path}{joint}format=html"), format!("{path}{joint}format=json"));
        let by_format = app.get(None, &html).await.expect(200);
        let by_accept = page(&app, None, path).await.expect(200);
        assert_eq!(by_format.header("content-type"), Some("text/html; charset=utf-8"), "{html}");
        assert!(
            by_accept
                .headers_of("link")
                .contains(&format!("<{json}>; rel=\"alternate\"; type=\"application/json\"").as_str())
        );
        assert!(
            by_format
                .headers_of("link")
                .contains(&format!("<{json}>; rel=\"alternate\"; type=\"application/json\"").as_str())
        );
        assert!(by_accept.text().contains(&format!(
            "rel=\"alternate\" type=\"application/json\" href=\"{}\"",
            json.replace('&', "&#38;")
        )));
        // A browser that follows the link gets the JSON.
        let plain = page(&app, None, &json).await.expect(200);
        assert_eq!(plain.header("content-type"), Some("application/json"), "{json}");
        assert!(
            plain
                .headers_of("link")
                .contains(&format!("<{html}>; rel=\"alternate\"; type=\"text/html\"").as_str())
        );
    }
    let home = app.get(None, "/?format=html").await.expect(200);
    assert_eq!(home.header("content-type"), Some("text/html; charset=utf-8"));
    // A fault is in the form that was requested.
    let fault = app.get(None, "/v1/plans?format=html&limit=many").await;
    assert_eq!((fault.status, fault.header("content-type")), (400, Some("text/html; charset=utf-8")));
    // What has no page says which formats it has.
    app.get(None, "/v1/access?format=html").await.problem(400);
    assert_eq!(app.get(None, "/v1/plans?format=html&for=spreadsheet").await.status, 400);
}

#[actix_web::test]
async fn every_operation_with_a_page_takes_format_html_and_no_other_does() {
    for operation in onrecord::resources::operations() {
        let takes = operation.params.iter().filter(|param| param.name == "format").any(|param| {
            param.ty.schema()["enum"].as_array().is_some_and(|names| names.contains(&json!("html")))
        });
        // A form that is sent has its page by what the browser accepts.
        assert_eq!(takes, operation.has_page() && !operation.writes(), "{}", operation.id);
    }
}

#[actix_web::test]
async fn no_cache_can_give_a_page_to_a_program_or_json_to_a_browser() {
    let app = TestApp::new().await;
    for path in ["/v1/plans", "/v1/plans/derbyshire-pcc:PLAN-2013", "/v1/changes", "/v1"] {
        // In turns, so that whatever was stored for one is there for the other.
        for _ in 0..2 {
            for (accept, expected) in [
                (BROWSER, "text/html; charset=utf-8"),
                ("application/json", "application/json"),
                ("*/*", "application/json"),
                ("text/html", "text/html; charset=utf-8"),
            ] {
                let answer = app.request("GET", path).header("accept", accept).send().await.expect(200);
                assert_eq!(answer.header("content-type"), Some(expected), "{path} {accept}");
                let vary = answer.header("vary").unwrap();
                assert!(vary.split(", ").any(|name| name == "Accept"), "{vary}");
            }
        }
        let html = page(&app, None, path).await.etag().to_owned();
        let json = app.get(None, path).await.etag().to_owned();
        assert_ne!(html, json, "{path}: a tag stands for one form");
        // The tag of one form never answers a request for the other with 304.
        let other = app.request("GET", path).header("if-none-match", &html).send().await;
        assert_eq!(other.status, 200, "{path}");
        let other =
            app.request("GET", path).header("accept", BROWSER).header("if-none-match", &json).send().await;
        assert_eq!(other.status, 200, "{path}");
    }
    // Refusals differ by `Accept` too.
    let refused = page(&app, None, "/v1/nothing").await;
    assert!(refused.header("vary").unwrap().contains("Accept"));
    assert_eq!(refused.header("cache-control"), Some("no-store"));
}
