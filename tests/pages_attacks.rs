//! Attacks on readers of pages: texts that would be markup, in every text that a kind takes; pages within other pages; ways to
//! other hosts. What is tried follows from the schemas and the table of operations, so a new kind is tried too.

use onrecord::record::kind::KindDef;
use serde_json::{Map, Value, json};

use crate::pages::{BROWSER, page, text_of};
use crate::pages_safety::assert_harmless;
use crate::support::document::{self, resolved};
use crate::support::{Answer, TestApp, caller, writer};

/// Forty texts that would be markup or a script somewhere: in HTML, in an attribute, in an address, in a style, in a template.
const PAYLOADS: &[&str] = &[
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/x",
    "https://a.example/\" onmouseover=\"alert(1)",
    "/v1/\" onmouseover=\"alert(1)",
    "/v1/'><script>alert(1)</script>",
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</details></section></main><script>",
    "\"><img src=x onerror=alert(1)>",
    "'><img src=x onerror=alert(1)>",
    "<img src=x:x onerror=alert(1)//",
    "<img src=\"x\"onerror=\"alert(1)\">",
    "'><svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi//xlink:href=\"data:x,<script>\">",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc=\"<script>alert(1)</script>\">",
    "<object data=javascript:alert(1)>",
    "<embed src=//evil.example>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content=0;//evil.example>",
    "<form action=//evil.example><button>go",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<style>@import '//evil.example';</style>",
    "<div style=\"background:url(//evil.example)\">",
    "<!--<script>-->",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62;",
    "{{7*7}} ${7*7} <%= 7*7 %> <mark>x</mark>",
];

/// What a short text can have.
const SHORT: &str = "<b x>";
/// What every ordinary text has room for.
const ROOM: usize = 190;

/// The payloads, as many at a time as a text has room for; those that must come first do so.
fn groups() -> Vec<String> {
    let mut all: Vec<String> = PAYLOADS[..8].iter().map(|payload| (*payload).to_owned()).collect();
    let (mut at, mut last) = (0, all.len());
    for payload in &PAYLOADS[8..] {
        // Spread over the groups, then over new ones.
        let place = (at..last).find(|place| all[*place].len() + payload.len() < ROOM);
        match place {
            Some(place) => {
                all[place] = format!("{} {payload}", all[place]);
                at = if all[place].len() + 40 > ROOM { place + 1 } else { at };
            }
            None => {
                all.push((*payload).to_owned());
                last = all.len();
            }
        }
    }
    all
}

/// A value with a text wherever the schema takes one, and what it must have besides. None for what has no text.
fn filled(schema: &Value, is_required: bool, depth: usize) -> Option<Value> {
    let (_, schema) = resolved(document::value(), schema);
    let choices = ["oneOf", "anyOf"].iter().find_map(|name| schema[*name].as_array());
    if let Some(choices) = choices {
        return choices.iter().find_map(|one| filled(one, is_required, depth + 1));
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.first().cloned().filter(|_| is_required);
    }
    let is = |name: &str| {
        schema["type"] == name || schema["type"].as_array().is_some_and(|all| all.contains(&json!(name)))
    };
    if is("string") {
        return match (schema["format"].as_str(), schema.get("pattern")) {
            (None, None) => Some(json!(SHORT)),
            (Some("date"), _) => is_required.then(|| json!("2024-01-15")),
            _ => None,
        };
    }
    if is("integer") {
        return is_required.then(|| schema.get("minimum").cloned().unwrap_or(json!(1)));
    }
    if is("boolean") {
        return is_required.then(|| json!(true));
    }
    if is("array") && depth < 8 {
        return Some(json!([filled(&schema["items"], true, depth + 1)?]));
    }
    let fields = fields(schema);
    if fields.is_empty() || depth >= 8 {
        return None;
    }
    let mut object = Map::new();
    for (name, field, is_required) in fields {
        match filled(field, is_required, depth + 1) {
            Some(value) => object.insert(name.clone(), value),
            None if is_required => return None,
            None => None,
        };
    }
    Some(Value::Object(object))
}

/// The fields of an object with all its parts, and whether each is required.
fn fields(schema: &Value) -> Vec<(&String, &Value, bool)> {
    let (_, schema) = resolved(document::value(), schema);
    let is_required =
        |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let own = schema["properties"].as_object().into_iter().flatten();
    let mut all: Vec<(&String, &Value, bool)> =
        own.map(|(name, field)| (name, field, is_required(name))).collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        all.extend(fields(part));
    }
    all
}

/// The places of all texts.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    match value {
        Value::String(_) => all.push(at.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| places(item, &format!("{at}/{n}"), all));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| places(field, &format!("{at}/{name}"), all));
        }
        _ => {}
    }
}

/// A body that a kind takes, and the places of the texts in it that can be anything.
async fn body_of(app: &TestApp, kind: &KindDef, text: &str) -> (Value, Vec<String>) {
    let example = app.fresh(kind);
    let name: String = kind.def.name.split('_').map(|part| part[..1].to_uppercase() + &part[1..]).collect();
    let schema = json!({"$ref": format!("#/components/schemas/New{name}")});
    let mut body = example.clone();
    for (field, schema, _) in fields(&schema) {
        if (body[field].is_null() || body[field] == json!([]))
            && let Some(value) = filled(schema, false, 0)
        {
            body[field.as_str()] = value;
        }
    }
    let mut free = vec![];
    places(&body, "", &mut free);
    free.retain(|place| place != "/reference");
    let set = |body: &mut Value, free: &[String], text: &str| {
        free.iter().for_each(|place| *body.pointer_mut(place).unwrap() = json!(text));
    };
    let path = format!("/v1/{}", kind.def.path);
    for round in 0..12 {
        set(&mut body, &free, text);
        let made = app.post(writer(kind), &path, body.clone()).await;
        if made.status == 201 {
            body["reference"] = json!("NEXT");
            return (body, free);
        }
        let problem = made.json();
        for fault in problem["errors"].as_array().unwrap_or_else(|| panic!("{}: {problem}", kind.def.name)) {
            let place = fault["pointer"].as_str().unwrap();
            let field = place.split('/').nth(1).unwrap_or_default();
            let was = example.pointer(place).filter(|value| !value.is_null() && round < 6);
            match (was, body.pointer(place).is_some() && free.iter().any(|one| one == place)) {
                (Some(was), true) => *body.pointer_mut(place).unwrap() = was.clone(),
                // A field that the example has as a whole, or that it has not.
                _ => match example.get(field) {
                    Some(was) => body[field] = was.clone(),
                    None => {
                        body.as_object_mut().unwrap().shift_remove(field);
                    }
                },
            }
            let fits = |one: &String| match was {
                Some(_) => one != place,
                None => one.split('/').nth(1) != Some(field),
            };
            free.retain(fits);
            free.retain(|one| body.pointer(one).is_some_and(Value::is_string));
        }
    }
    panic!("{}: no draft could be made of {body}", kind.def.name);
}

#[actix_web::test]
async fn forty_payloads_through_every_text_of_every_kind_stay_texts() {
    assert_eq!(PAYLOADS.len(), 40);
    let groups = groups();
    let joined = groups.join("\n");
    assert!(
        PAYLOADS.iter().all(|payload| joined.contains(payload))
            && groups.iter().all(|text| text.len() <= ROOM)
    );
    let app = TestApp::new().await;
    let (mut nested, mut drafts) = (0, 0);
    for kind in app.state.kinds.clone().iter().filter(|kind| kind.def.workflow) {
        let who = Some(writer(kind));
        let path = format!("/v1/{}", kind.def.path);
        let longest = groups.iter().max_by_key(|text| text.len()).unwrap();
        for texts in [groups.as_slice(), &[SHORT.to_owned()]] {
            let model = if texts.len() > 1 { longest.as_str() } else { SHORT };
            let (body, free) = body_of(&app, kind, model).await;
            nested += free.iter().filter(|place| place.matches('/').count() > 1).count();
            for text in texts {
                let mut body = body.clone();
                let fresh = app.fresh(kind);
                body["reference"] = fresh["reference"].clone();
                for column in kind.def.columns.iter().filter(|column| column.unique) {
                    body[column.name] = fresh[column.name].clone();
                }
                for place in &free {
                    *body.pointer_mut(place).unwrap() = json!(text);
                }
                let made = app.post(writer(kind), &path, body).await.expect(201);
                let address = made.header("location").unwrap().to_owned();
                let html = page(&app, who, &address).await.expect(200).text();
                assert_harmless(&html, &format!("{address}: {text}"));
                assert!(
                    free.is_empty() || text_of(&html).contains(text.as_str()),
                    "{address} does not show {text}"
                );
                drafts += 1;
            }
        }
        for path in [format!("{path}?limit=200"), "/v1/search?q=alert".to_owned()] {
            let html = page(&app, who, &path).await.expect(200).text();
            assert_harmless(&html, &path);
        }
    }
    assert!(drafts > 200 && nested > 20, "{drafts} drafts, {nested} texts within others");
}

/// The addresses of pages and of what is no page: one for each operation that is read, and all of the documentation.
fn addresses() -> Vec<(Option<&'static str>, String)> {
    let mut all: Vec<(Option<&str>, String)> = onrecord::resources::operations()
        .iter()
        .filter_map(|operation| Some((caller(operation), operation.example.as_ref()?.path.clone())))
        .collect();
    let others =
        ["/", "/docs", "/v1/nothing", "/v1/plans?limit=no", "/docs/nothing", "/nothing", "/v1/search", "//"];
    all.extend(others.map(|path| (None, path.to_owned())));
    all.extend(onrecord::pages::docs_addresses().unwrap().into_iter().map(|path| (None, path)));
    all
}

#[actix_web::test]
async fn nothing_can_be_shown_within_a_page_of_another_host() {
    let app = TestApp::new().await;
    let mut count = 0;
    for (who, path) in addresses() {
        for accept in [BROWSER, "*/*"] {
            let answer = app.request("GET", &path).as_actor(who).header("accept", accept).send().await;
            assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
            let policy = answer.header("content-security-policy").unwrap_or_default();
            assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
            assert!(
                policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
                "{path}: {policy}"
            );
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
}

const EVIL: &str = "evil.example";

/// An answer leads to no other host: not by its headers, and not by a link of its page.
fn assert_stays(answer: &Answer, about: &str) {
    for name in ["location", "link", "content-location", "refresh"] {
        for value in answer.headers_of(name) {
            // A link of ours can repeat what was searched for, in its query.
            for target in value.split(['<', ' ']).map(|one| one.trim_end_matches(['>', ';', ','])) {
                let host = target.split('?').next().unwrap_or_default();
                assert!(!host.contains(EVIL), "{about}: {name} is {value}");
            }
        }
    }
    if let Some(location) = answer.header("location") {
        let is_own = location.starts_with('/') && !location.starts_with("//") && !location.contains('\\');
        assert!(is_own, "{about} leads to {location}");
    }
    if answer.header("content-type").is_some_and(|name| name.starts_with("text/html")) {
        for attribute in ["href=\"", "action=\"", "src=\"", "srcset=\""] {
            for part in answer.text().split(attribute).skip(1) {
                let address = part.split('"').next().unwrap();
                let is_away = ["//", "/\\", "http"].iter().any(|start| address.starts_with(start));
                assert!(!(is_away && address.contains(EVIL)), "{about} links to {address}");
            }
        }
    }
}

#[actix_web::test]
async fn no_address_leads_to_another_host_whatever_a_request_says() {
    let app = TestApp::new().await;
    for path in [
        "//evil.example",
        "//evil.example/docs",
        "/docs//evil.example",
        "///evil.example/%2e%2e",
        "/%2f%2fevil.example",
        "/%5cevil.example",
        "/docs/%2f%2fevil.example",
        "/docs/..%2f..%2f%2fevil.example",
        "/v1//evil.example",
        "/v1/?next=//evil.example",
        "/?next=https://evil.example",
        "/docs?next=https://evil.example&redirect=//evil.example",
        "/docs/?q=//evil.example",
        "/v1/search?q=https%3A%2F%2Fevil.example",
        "/v1/plans?cursor=https://evil.example",
        "/panel/%2f%2fevil.example",
    ] {
        for accept in [BROWSER, "*/*"] {
            let answer = app.request("GET", path).header("accept", accept).send().await;
            assert!(answer.status != 500, "{path}");
            assert_stays(&answer, path);
        }
    }
    // The host that a request names is not repeated: addresses follow from the setting.
    for (who, path) in addresses() {
        for accept in [BROWSER, "*/*"] {
            let answer = app
                .request("GET", &path)
                .as_actor(who)
                .header("accept", accept)
                .header("host", EVIL)
                .header("x-forwarded-host", EVIL)
                .header("forwarded", "host=evil.example;proto=https")
                .send()
                .await;
            assert_stays(&answer, &path);
            let body = String::from_utf8_lossy(&answer.body);
            assert!(!body.contains(EVIL), "{path} repeats the host of the request");
        }
    }
    // What makes a record leads to that record.
    let plan = app.state.kind("plan").unwrap();
    let made = app
        .request("POST", "/v1/plans")
        .as_role(writer(plan))
        .header("host", EVIL)
        .header("x-forwarded-host", EVIL)
        .json(&app.fresh(plan))
        .send()
        .await
        .expect(201);
    assert_stays(&made, "POST /v1/plans");
}
