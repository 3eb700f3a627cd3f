//! What pages must never do: show what the caller's JSON does not, or let a text become markup.

use std::collections::BTreeSet;

use onrecord::config::{Limits, Rates};
use serde_json::{Value, json};

use crate::pages::{page, text_of};
use crate::support::{TestApp, withdrawer, writer};

/// Pages that show something of many records.
const OVERVIEWS: &[&str] = &[
    "/",
    "/v1/changes",
    "/v1/changes?since=2010-01-01&net=true&limit=200",
    "/v1/clocks",
    "/v1/money?by=organisation",
    "/v1/money?by=fund",
    "/v1/search?q=hidden",
    "/v1/plans/derbyshire-pcc:PLAN-2013",
    "/v1/plans/derbyshire-pcc:PLAN-2013/scorecard?since=2010-01-01",
    "/panel/derbyshire-pcc:PLAN-2013?since=2010-01-01",
    "/panel/derbyshire-pcc:PLAN-2021",
];

/// A draft of a kind whose texts all say the same, as far as the kind takes it; none if no text is free.
async fn planted(app: &TestApp, kind: &str, text: &str) -> Option<String> {
    let kind = app.state.kind(kind).unwrap();
    let whole = app.fresh(kind);
    let mut body = whole.clone();
    body["note"] = json!("a note");
    let is_text = |name: &str, value: &Value| name != "reference" && value.is_string();
    let mut names: Vec<String> = body
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, value)| is_text(name, value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in &names {
        body[name.as_str()] = json!(text);
    }
    let path = format!("/v1/{}", kind.def.path);
    // What the kind refuses goes back to the example.
    for _ in 0..4 {
        let made = app.post(writer(kind), &path, body.clone()).await;
        if made.status == 201 {
            return (!names.is_empty()).then(|| made.header("location").unwrap().to_owned());
        }
        let problem = made.json();
        let refused: Vec<String> = problem["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("{problem}"))
            .iter()
            .filter_map(|fault| fault["pointer"].as_str()?.split('/').nth(1).map(str::to_owned))
            .collect();
        for name in refused {
            names.retain(|own| *own != name);
            body[name.as_str()] = whole[name.as_str()].clone();
        }
    }
    panic!("{}: no draft could be made", kind.def.name);
}

#[actix_web::test]
async fn no_page_shows_what_the_caller_may_not_read() {
    let app = TestApp::new().await;
    let hidden = "hiddenplanted";
    for kind in app.state.kinds.clone().iter().filter(|kind| kind.def.workflow) {
        let name = kind.def.name;
        let Some(draft) = planted(&app, name, hidden).await else { continue };
        // What is drafted, submitted, and withdrawn again after it was public.
        let who = Some(writer(kind));
        assert!(page(&app, who, &draft).await.expect(200).text().contains(hidden), "{name}");
        assert_eq!(page(&app, None, &draft).await.status, 404, "{name}");
        app.step(writer(kind), &draft, "submit", json!({})).await;
        assert_eq!(page(&app, None, &draft).await.status, 404, "{name}");
        let list = page(&app, None, &format!("/v1/{}?limit=200", kind.def.path)).await.expect(200);
        assert!(!list.text().contains(hidden), "{name}");
    }
    for path in OVERVIEWS {
        let answer = page(&app, None, path).await.expect(200);
        let text = text_of(&answer.text());
        let text = text.replace("hidden:", "").replace("value=\"hidden\"", "");
        assert!(!text.contains(hidden), "{path}");
    }
}

#[actix_web::test]
async fn each_state_of_each_kind_has_the_status_of_its_json() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        let address = app.published(kind.def.name).await;
        let mut seen = BTreeSet::new();
        for path in [address.clone(), format!("{address}/versions"), format!("{address}/thread")] {
            let json = app.get(None, &path).await;
            assert_eq!(page(&app, None, &path).await.status, json.status, "{path}");
            seen.insert(json.status);
        }
        if !kind.def.workflow {
            continue;
        }
        let gone = app.step(withdrawer(kind), &address, "withdraw", json!({"reason": "made in error"})).await;
        if gone.status != 200 {
            continue;
        }
        // The tombstone is a page with the same facts.
        let json = app.get(None, &address).await;
        let shown = page(&app, None, &address).await;
        assert_eq!((shown.status, json.status), (410, 410), "{address}");
        let text = text_of(&shown.text());
        assert!(text.contains("made in error"), "{text}");
        assert!(text.contains(json.json()["title"].as_str().unwrap()), "{text}");
    }
}

#[actix_web::test]
async fn too_many_requests_are_a_page_too() {
    let rates = Rates { address: 1, ..Rates::default() };
    let app = TestApp::with_limits(Limits { rates, ..Limits::default() }).await;
    page(&app, None, "/v1/plans").await.expect(200);
    for path in ["/v1/plans", "/"] {
        let refused = page(&app, None, path).await;
        assert_eq!(refused.status, 429, "{path}");
        assert_eq!(refused.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(refused.header("retry-after").is_some());
    }
}

/// Texts that would be markup or a script if they were not escaped.
const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!--<script>-->",
    "https://a.example/\" onmouseover=\"alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "/v1/\" onmouseover=\"alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<mark>planted</mark><img src=x>",
];

/// The tags of our own templates, and no attribute that could run anything.
pub fn assert_harmless(html: &str, about: &str) {
    let body = html.split_once("</style>").unwrap().1;
    for bad in
        ["<script", "<img src=x", "<svg", "href=\"javascript", "href=\"data:", " onmouseover=\"", "<!--"]
    {
        assert!(!body.contains(bad), "{bad} in {about}");
    }
    for part in body.split('<').skip(1) {
        let tag = part.split(['>', ' ']).next().unwrap().trim_start_matches('/');
        assert!(tag.chars().all(|letter| letter.is_ascii_alphanumeric()), "<{tag} in {about}");
        let inside = part.split('>').next().unwrap();
        // What stands outside of quotes are the names of attributes.
        let mut names = String::new();
        let mut is_quoted = false;
        for letter in inside.chars() {
            match letter {
                '"' => is_quoted = !is_quoted,
                letter if !is_quoted => names.push(letter),
                _ => {}
            }
        }
        assert!(!is_quoted, "<{inside} in {about}");
        for name in names.split_whitespace() {
            assert!(!name.starts_with("on"), "{name} in {about}");
        }
    }
}

#[actix_web::test]
async fn no_text_of_any_kind_becomes_markup() {
    let app = TestApp::new().await;
    let kinds: Vec<&str> =
        app.state.kinds.iter().filter(|kind| kind.def.workflow).map(|kind| kind.def.name).collect();
    let mut tried = 0;
    for kind in kinds {
        for payload in PAYLOADS {
            let Some(address) = planted(&app, kind, payload).await else { continue };
            tried += 1;
            let def = app.state.kind(kind).unwrap();
            let html = page(&app, Some(writer(def)), &address).await.expect(200).text();
            assert_harmless(&html, &format!("{kind}: {payload}"));
            assert!(text_of(&html).contains(payload), "{kind}: {payload}");
        }
        let def = app.state.kind(kind).unwrap();
        let list = page(&app, Some(writer(def)), &format!("/v1/{}?limit=200", def.def.path)).await;
        assert_harmless(&list.text(), kind);
    }
    assert!(tried > 60, "{tried}");
    for query in ["%3Cscript%3E", "%22%3E%3Cimg%20src%3Dx%3E", "javascript:alert(1)"] {
        for path in ["/v1/search?q=", "/v1/plans?q=", "/v1/changes?since=", "/v1/nothing/", "/v1/money?by="] {
            let html = page(&app, None, &format!("{path}{query}")).await.text();
            assert_harmless(&html, &format!("{path}{query}"));
        }
    }
}
