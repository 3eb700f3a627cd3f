//! Bad input: each kind of it is a 4xx problem that names every fault with its place and says what would be
//! right, and nothing has changed. What can be is asked of every kind, so that a new one is covered at once.

use actix_web::http::Method;
use diesel::RunQueryDsl;
use onrecord::config::Limits;
use onrecord::http::params::ParamType;
use onrecord::record::kind::{Filter, KindDef, Ty};
use onrecord::store::{Count, Sql};
use serde_json::{Value, json};

use crate::support::{Answer, Request, TestApp, caller, publisher, writer};

/// What must not move: the rows of the tables, and the tags of these addresses and of their lists.
#[derive(Debug, PartialEq)]
struct Marks {
    rows: Vec<(&'static str, i64)>,
    tags: Vec<(String, u16, String)>,
}

async fn marks(app: &TestApp, addresses: &[&str]) -> Marks {
    const TABLES: &[(&str, &str)] = &[
        ("record", "SELECT count(*) AS n FROM record"),
        ("record_version", "SELECT count(*) AS n FROM record_version"),
        ("change", "SELECT count(*) AS n FROM change"),
        ("link", "SELECT count(*) AS n FROM link"),
        ("idempotency", "SELECT count(*) AS n FROM idempotency"),
        ("approval", "SELECT count(*) AS n FROM approval"),
        ("scheduled", "SELECT count(*) AS n FROM scheduled"),
        ("client", "SELECT count(*) AS n FROM client"),
    ];
    let rows = TABLES
        .iter()
        .map(|(name, text)| {
            let row: Count = app.state.db.read(|conn| Ok(Sql::new(text).get_result(conn)?)).unwrap();
            (*name, row.n)
        })
        .collect();
    let mut paths: Vec<String> = addresses.iter().map(|address| (*address).to_owned()).collect();
    for kind in &app.state.kinds {
        paths.push(format!("/v1/{}", kind.def.path));
    }
    let mut tags = vec![];
    for path in paths {
        for who in [None, Some("editor")] {
            let answer = app.get(who, &path).await;
            let tag = answer.header("etag").unwrap_or_default().to_owned();
            tags.push((format!("{path} for {who:?}"), answer.status, tag));
        }
    }
    Marks { rows, tags }
}

/// Where a fault is said to be: a pointer as it is, a parameter behind `?`, a header behind `#`.
fn place(error: &Value) -> String {
    if let Some(parameter) = error["parameter"].as_str() {
        format!("?{parameter}")
    } else if let Some(header) = error["header"].as_str() {
        format!("#{}", header.to_lowercase())
    } else {
        error["pointer"].as_str().unwrap().to_owned()
    }
}

/// The faults of a problem: place, code, detail.
#[track_caller]
fn faults(answer: &Answer, status: u16) -> Vec<(String, String, String)> {
    answer.problem(status);
    answer.json()["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| {
            let text = |member: &str| error[member].as_str().unwrap().to_owned();
            (place(error), text("code"), text("detail"))
        })
        .collect()
}

/// Asserts that exactly these faults are named, each with its place and code and with these words.
#[track_caller]
fn names(answer: &Answer, status: u16, expected: &[(&str, &str, &str)]) {
    let mut found = faults(answer, status);
    found.sort();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let given: Vec<(&str, &str)> =
        found.iter().map(|(place, code, _)| (place.as_str(), code.as_str())).collect();
    let wanted: Vec<(&str, &str)> = expected.iter().map(|(place, code, _)| (*place, *code)).collect();
    assert_eq!(given, wanted, "{}", answer.text());
    for ((_, _, detail), (place, _, words)) in found.iter().zip(&expected) {
        assert!(detail.contains(words), "at {place} the detail does not say `{words}`: {detail}");
    }
}

/// Asserts that every fault is at this place, and that one of them has this code and these words.
#[track_caller]
fn names_at(answer: &Answer, status: u16, at: &str, code: &str, words: &str) {
    let found = faults(answer, status);
    assert!(found.iter().all(|(place, _, _)| place == at), "{}", answer.text());
    assert!(
        found.iter().any(|(_, one, detail)| one == code && detail.contains(words)),
        "no `{code}` with `{words}`: {}",
        answer.text()
    );
}

fn list(kind: &KindDef) -> String {
    format!("/v1/{}", kind.def.path)
}

/// The kind's example under a reference of its own.
fn example(app: &TestApp, kind: &KindDef) -> Value {
    app.fresh(kind)
}

/// The members of a kind's content with their schemas.
fn members(kind: &KindDef) -> Vec<(String, Value)> {
    kind.schema["properties"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect()
}

fn is_a(schema: &Value, ty: &str) -> bool {
    schema["type"] == ty || schema["type"].as_array().is_some_and(|all| all.contains(&json!(ty)))
}

/// The same name with its last two letters changed over; twice where it has one.
fn misspelt(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let last = letters.len() - 1;
    if last == 0 {
        return name.repeat(2);
    }
    letters.swap(last, last - 1);
    letters.into_iter().collect()
}

/// Names this record at that path (`themes/*`, `sources/*/source`): the first of a list, and the only one; what
/// stands beside it stays.
fn name_at(value: &mut Value, path: &str, name: &str) {
    let (step, rest) = path.split_once('/').unwrap_or((path, ""));
    match step {
        "" => *value = json!(name),
        "*" => {
            let mut first = value.get(0).cloned().unwrap_or(Value::Null);
            name_at(&mut first, rest, name);
            *value = json!([first]);
        }
        member => {
            if !value.is_object() {
                *value = json!({});
            }
            name_at(&mut value[member], rest, name);
        }
    }
}

/// A path of the table with its places filled in by what the demo has.
fn filled(operation: &onrecord::http::operation::Operation) -> String {
    let id = match operation.kind {
        Some(kind) if kind.def.workflow => "derbyshire-pcc:NOTHING",
        _ => "nothing",
    };
    operation.path.replace("{id}", id).replace("{n}", "1").replace("{slug}", "not-found")
}

fn with_payload<'a>(request: Request<'a>, text: &str) -> Request<'a> {
    request.body("application/json", text.as_bytes())
}

// ---- names ------------------------------------------------------------------------------------------------

#[actix_web::test]
async fn an_unknown_member_is_named_with_the_one_that_was_meant_in_every_kind() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    for kind in app.state.kinds.clone() {
        let wrong = misspelt(kind.def.title);
        let mut body = example(&app, kind);
        body[&wrong] = json!("x");
        let meant = format!("did you mean `{}`?", kind.def.title);
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[(format!("/{wrong}").as_str(), "unknown_member", meant.as_str())]);
        // Known names are listed, also where none is near; a `/` in a name is escaped in its pointer.
        let mut body = example(&app, kind);
        body["xx/yy~zz-nothing-like-it"] = json!(1);
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[("/xx~1yy~0zz-nothing-like-it", "unknown_member", "change_reason")]);
        let mut body = example(&app, kind);
        body["sources"] = json!([{"source": "police-and-crime-plan-2013", "locatr": "p. 1"}]);
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[("/sources/0/locatr", "unknown_member", "did you mean `locator`?")]);
    }
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn an_unknown_parameter_is_refused_by_every_operation_with_the_one_that_was_meant() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    for operation in onrecord::resources::operations() {
        let send = async |query: &str| {
            let path = format!("{}?{query}", filled(operation));
            let mut request = app.request(operation.method.name(), &path).as_actor(caller(operation));
            if operation.writes() && !operation.gives_token() {
                request = request.json(&json!({}));
            }
            request.send().await
        };
        let answer = send("zzzzzzzzzz=1").await;
        names(&answer, 400, &[("?zzzzzzzzzz", "unknown", "`zzzzzzzzzz` is not a known parameter")]);
        for param in &operation.params {
            let wrong = misspelt(&param.name.replace(['[', ']'], "_"));
            let answer = send(&format!("{wrong}=1")).await;
            let found = faults(&answer, 400);
            assert_eq!(found.len(), 1, "{}", answer.text());
            assert_eq!((found[0].0.as_str(), found[0].1.as_str()), (format!("?{wrong}").as_str(), "unknown"));
            assert!(
                found[0].2.contains(&format!("`{}`", param.name)) || found[0].2.contains(&param.name),
                "{}: {}",
                operation.id,
                found[0].2
            );
        }
        // Names are case-sensitive, and every unknown one is named.
        let answer = send("AAAAAAAAAA=1&BBBBBBBBBB=2").await;
        names(&answer, 400, &[("?AAAAAAAAAA", "unknown", ""), ("?BBBBBBBBBB", "unknown", "")]);
    }
    let near = app.get(None, "/v1/plans?limitt=5").await;
    names(&near, 400, &[("?limitt", "unknown", "did you mean `limit`?")]);
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn an_unknown_code_is_refused_in_bodies_and_filters_and_the_known_ones_are_listed() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let mut tried = 0;
    for kind in app.state.kinds.clone() {
        for (member, _) in members(kind) {
            let Some(codes) = kind.codes(&member) else {
                continue;
            };
            tried += 1;
            let wrong = misspelt(&codes[0]);
            let pointer = format!("/{member}");
            let meant = format!("did you mean `{}`?", codes[0]);
            let mut body = example(&app, kind);
            body[&member] = json!(wrong);
            let answer = app.post(writer(kind), &list(kind), body).await;
            names(&answer, 422, &[(&pointer, "unknown_code", &meant)]);
            for code in &codes {
                assert!(answer.text().contains(code.as_str()), "{}", answer.text());
            }
            for other in [json!(""), json!("no such thing at all"), json!(7), json!([]), json!({})] {
                let mut body = example(&app, kind);
                body[&member] = other;
                let answer = app.post(writer(kind), &list(kind), body).await;
                let found = faults(&answer, 422);
                assert!(
                    !found.is_empty() && found.iter().all(|(place, _, _)| *place == pointer),
                    "{}",
                    answer.text()
                );
            }
            let filters =
                kind.def.columns.iter().any(|column| column.name == member && column.filter != Filter::No);
            if filters {
                let answer = app.get(None, &format!("{}?{member}={wrong}", list(kind))).await;
                names(&answer, 400, &[(&format!("?{member}"), "unknown_code", &meant)]);
            }
        }
    }
    assert!(tried >= 6, "only {tried} members with codes");
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn a_name_of_nothing_and_a_name_of_what_is_hidden_get_the_same_answer() {
    let app = TestApp::new().await;
    let mut hidden = std::collections::BTreeMap::new();
    for kind in app.workflow_kinds() {
        let address = app.draft(kind).await;
        let who = writer(app.state.kind(kind).unwrap());
        let record = app.get(Some(who), &address).await.expect(200).json();
        let reference = record["reference"].as_str().unwrap().to_owned();
        let id = record["id"].as_str().unwrap().to_owned();
        hidden.insert(kind, (id, format!("derbyshire-pcc:{reference}")));
    }
    let before = marks(&app, &[]).await;
    let mut tried = 0;
    for kind in app.state.kinds.clone() {
        for reference in kind.references() {
            let who = match writer(kind) {
                "editor" => "other_editor",
                "panel_officer" => "other_panel_officer",
                other => other,
            };
            let ask = async |name: &str| {
                let pointer = format!("/{}", reference.path.replace('*', "0"));
                let mut body = kind.example.clone();
                body["reference"] = json!("T-SAME");
                name_at(&mut body, reference.path, name);
                let answer = app.post(who, &list(kind), body).await;
                let words = "on record here. Give its id";
                names(&answer, 422, &[(&pointer, "not_found", words)]);
                answer.comparable()
            };
            let of_nothing = ask("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000").await;
            assert_eq!(ask("nothing-of-this-name").await, of_nothing);
            assert_eq!(ask("derbyshire-pcc:NOTHING").await, of_nothing);
            if let Some((id, name)) = hidden.get(reference.kind) {
                tried += 1;
                assert_eq!(ask(id).await, of_nothing, "{kind:?} {}", reference.path);
                assert_eq!(ask(name).await, of_nothing, "{kind:?} {}", reference.path);
            }
            // A record of another kind is nothing here.
            let of_another = match reference.kind {
                "source" => "E23000018",
                _ => "police-and-crime-plan-2013",
            };
            assert_eq!(ask(of_another).await, of_nothing);
        }
        for column in kind.def.all_columns().filter(|column| column.filter != Filter::No) {
            let Ty::Ref(other) = column.ty else { continue };
            for who in [None, Some("other_editor"), Some("partner")] {
                let ask = async |name: &str| {
                    let answer = app.get(who, &format!("{}?{}={name}", list(kind), column.name)).await;
                    names(&answer, 400, &[(&format!("?{}", column.name), "not_found", "on record here")]);
                    answer.comparable()
                };
                let of_nothing = ask("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000").await;
                assert_eq!(ask("derbyshire-pcc:NOTHING").await, of_nothing);
                // An action's working version is seen by the organisation it is assigned to.
                if let Some((id, name)) = hidden.get(other) {
                    tried += 1;
                    assert_eq!(ask(id).await, of_nothing);
                    assert_eq!(ask(name).await, of_nothing);
                }
            }
        }
    }
    assert!(tried >= 8, "only {tried} names of hidden records");
    for (kind, (id, name)) in &hidden {
        let path = app.state.path_of(kind).unwrap();
        for (method, verb) in [
            ("GET", ""),
            ("PUT", ""),
            ("PATCH", ""),
            ("GET", "/versions"),
            ("GET", "/thread"),
            ("POST", "/submit"),
        ] {
            let ask = async |name: &str| {
                let answer = app
                    .request(method, &format!("/v1/{path}/{name}{verb}"))
                    .as_role("other_editor")
                    .if_match("\"x\"")
                    .json(&json!({}))
                    .send()
                    .await;
                answer.problem(404);
                answer.comparable()
            };
            let of_nothing = ask("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000").await;
            assert_eq!(ask(id).await, of_nothing, "{method} {kind} {verb}");
            assert_eq!(ask(name).await, of_nothing, "{method} {kind} {verb}");
            assert_eq!(ask("derbyshire-pcc:NOTHING").await, of_nothing);
            assert_eq!(ask("not..a:name:at:all").await, of_nothing);
        }
    }
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn an_unknown_include_field_or_sort_key_is_refused_wherever_they_are_taken() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for operation in onrecord::resources::operations() {
        for param in &operation.params {
            let ParamType::Some { of, most, .. } = &param.ty else {
                continue;
            };
            tried += 1;
            let ask = async |value: &str| {
                app.get(None, &format!("{}?{}={value}", filled(operation), param.name)).await
            };
            let at = format!("?{}", param.name);
            let wrong = misspelt(&of[0]);
            let meant = format!("did you mean `{}`?", of[0]);
            names(&ask(&wrong).await, 400, &[(&at, "unknown", &meant)]);
            names(&ask("").await, 400, &[(&at, "unknown", of[0].as_str())]);
            let good = &of[0];
            let answer = ask(&format!("{good},{wrong}")).await;
            names(&answer, 400, &[(&at, "unknown", &meant)]);
            names(&ask(&format!("{good},{good}")).await, 400, &[(&at, "repeated", good)]);
            names(&ask(&format!("{good},")).await, 400, &[(&at, "unknown", good)]);
            names(&ask(&format!("%20{good}")).await, 400, &[(&at, "unknown", good)]);
            if param.name != "sort" {
                names(&ask(&format!("-{good}")).await, 400, &[(&at, "unknown", good)]);
            }
            if of.len() > *most {
                let answer = ask(&of[..=*most].join(",")).await;
                names(&answer, 400, &[(&at, "too_many", &most.to_string())]);
            }
        }
    }
    assert!(tried >= 27, "only {tried} parameters of names");
    // A member of the office's form is no member of the public's.
    let answer = app.get(Some("editor"), "/v1/plans?fields=contributors").await;
    names(&answer, 400, &[("?fields", "unknown", "reference")]);
    let answer = app.get(None, "/v1/plans?format=xml").await;
    names(&answer, 400, &[("?format", "unknown", "csv")]);
    let answer = app.get(None, "/v1/plans?count=yes").await;
    names(&answer, 400, &[("?count", "invalid", "`true` or `false`")]);
    let answer = app.get(None, "/v1/plans?include=priorities&format=csv").await;
    names(&answer, 400, &[("?include", "not_in_csv", "JSON")]);
}

// ---- values -----------------------------------------------------------------------------------------------

#[actix_web::test]
async fn a_number_out_of_range_or_of_another_type_is_refused_in_every_member() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let mut tried = 0;
    for kind in app.state.kinds.clone() {
        for (member, schema) in members(kind) {
            if !is_a(&schema, "integer") {
                continue;
            }
            tried += 1;
            let least = schema["minimum"].as_i64().unwrap();
            let most = schema["maximum"].as_i64().unwrap();
            let pointer = format!("/{member}");
            let send = async |number: &str| {
                let mut body = example(&app, kind);
                body[&member] = json!("HERE");
                let text = body.to_string().replace("\"HERE\"", number);
                with_payload(app.request("POST", &list(kind)).as_role(writer(kind)), &text).send().await
            };
            let (under, over) = ((least - 1).to_string(), (most + 1).to_string());
            for number in [under.as_str(), "-1", "-9223372036854775808", "-1e30"] {
                let words = format!("The least is {least}");
                names(&send(number).await, 422, &[(&pointer, "out_of_range", &words)]);
            }
            let huge = [
                over.as_str(),
                "9223372036854775807",
                "9223372036854775808",
                "18446744073709551616",
                "1000000000000000000000000000000",
                "1e30",
            ];
            for number in huge {
                let words = format!("The most is {most}");
                names(&send(number).await, 422, &[(&pointer, "out_of_range", &words)]);
            }
            for other in ["\"3\"", "3.5", "true", "[3]", "{}", "\"\""] {
                names_at(&send(other).await, 422, &pointer, "type", "integer");
            }
        }
    }
    assert!(tried >= 4, "only {tried} numbers");
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn a_day_that_the_calendar_does_not_have_is_refused_in_bodies_and_filters() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let mut tried = 0;
    for kind in app.state.kinds.clone() {
        for (member, schema) in members(kind) {
            if schema["format"] != "date" {
                continue;
            }
            tried += 1;
            let pointer = format!("/{member}");
            let send = async |day: Value| {
                let mut body = example(&app, kind);
                body[&member] = day;
                app.post(writer(kind), &list(kind), body).await
            };
            for day in ["2013-02-30", "2013-13-01", "2013-00-10", "30.02.2013", "2013-2-3", "x", ""] {
                let answer = send(json!(day)).await;
                names_at(&answer, 422, &pointer, "format", "2013-03-31");
            }
            for day in ["2013-02-28T00:00:00Z", " 2013-02-28", "+12013-02-01"] {
                let answer = send(json!(day)).await;
                names_at(&answer, 422, &pointer, "format", "2013-03-31");
            }
            names(&send(json!(20130228)).await, 422, &[(&pointer, "type", "string")]);
        }
        for column in kind.def.all_columns() {
            if column.ty != Ty::Date || column.filter == Filter::No {
                continue;
            }
            let mut filters = vec![column.name.to_owned()];
            if column.filter == Filter::Range {
                filters.push(format!("{}[gte]", column.name));
                filters.push(format!("{}[lt]", column.name));
            }
            for filter in filters {
                for day in ["2013-02-30", "2013-2-3", "20130228", "today", "", "2013-02-28T00:00:00Z"] {
                    let answer = app.get(None, &format!("{}?{filter}={day}", list(kind))).await;
                    names(&answer, 400, &[(&format!("?{filter}"), "invalid", "YYYY-MM-DD")]);
                }
            }
        }
    }
    assert!(tried >= 8, "only {tried} days");
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn an_end_before_its_beginning_is_refused_wherever_a_kind_has_both() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let mut tried = 0;
    for kind in app.state.kinds.clone() {
        let names_of: Vec<String> = members(kind).into_iter().map(|(name, _)| name).collect();
        if !(names_of.iter().any(|name| name == "from") && names_of.iter().any(|name| name == "to")) {
            continue;
        }
        tried += 1;
        let mut body = example(&app, kind);
        body["from"] = json!("2020-01-02");
        body["to"] = json!("2020-01-01");
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[("/to", "out_of_range", "before `from` (2020-01-02)")]);
    }
    assert!(tried >= 4, "only {tried} spans");
    let area = json!({
        "reference": "T-A", "name": "x", "area_kind": "town",
        "parents": [{"area": "E07000037", "from": "2020-01-02", "to": "2019-01-01"}],
        "population": [{"year": 2011, "people": 1}, {"year": 2011, "people": 2}],
    });
    let answer = app.post("admin", "/v1/areas", area).await;
    names(
        &answer,
        422,
        &[("/parents/0/to", "out_of_range", "2020-01-02"), ("/population/1/year", "duplicate", "2011")],
    );
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn text_that_is_too_long_or_empty_is_refused_in_every_member() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    for kind in app.state.kinds.clone() {
        let mut texts = members(kind);
        texts.push(("reference".to_owned(), json!({"type": "string", "maxLength": 64})));
        texts.push(("change_reason".to_owned(), json!({"type": "string", "maxLength": 2000})));
        let mut tried = 0;
        for (member, schema) in texts {
            let moment = schema["format"] == "date" || schema["format"] == "date-time";
            let Some(most) = schema["maxLength"].as_u64().filter(|_| !moment) else {
                continue;
            };
            tried += 1;
            let pointer = format!("/{member}");
            let send = async |text: String| {
                let mut body = example(&app, kind);
                body[&member] = json!(text);
                app.post(writer(kind), &list(kind), body).await
            };
            let most_text = usize::try_from(most).unwrap();
            let long = send("x".repeat(most_text + 1)).await;
            names_at(&long, 422, &pointer, "too_long", &format!("At most {most} characters"));
            // Characters are counted, not bytes.
            let wide = send("é".repeat(most_text + 1)).await;
            names_at(&wide, 422, &pointer, "too_long", &format!("At most {most} characters"));
            names_at(&send(String::new()).await, 422, &pointer, "too_short", "At least");
            let mut body = example(&app, kind);
            body[&member] = json!({"text": "x"});
            let answer = app.post(writer(kind), &list(kind), body).await;
            names_at(&answer, 422, &pointer, "type", "string");
        }
        assert!(tried >= 4, "{kind:?} has only {tried} texts");
        // In lists, too.
        let mut body = example(&app, kind);
        body["sources"] =
            json!([{"source": "police-and-crime-plan-2013", "locator": "x".repeat(201)}, {"source": ""}]);
        let answer = app.post(writer(kind), &list(kind), body).await;
        let found = faults(&answer, 422);
        for (at, code) in [("/sources/0/locator", "too_long"), ("/sources/1/source", "too_short")] {
            assert!(found.iter().any(|(place, one, _)| place == at && one == code), "{}", answer.text());
        }
        let mut body = example(&app, kind);
        body["sources"] = json!(vec![json!({"source": "police-and-crime-plan-2013"}); 51]);
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[("/sources", "too_many", "At most 50 items")]);
    }
    for reference in ["-x", ".", "a b", "a/b", "a:b", "ä", "x\n"] {
        let mut body = app.state.kind("plan").unwrap().example.clone();
        body["reference"] = json!(reference);
        let answer = app.post("editor", "/v1/plans", body).await;
        names(&answer, 422, &[("/reference", "pattern", "[A-Za-z0-9]")]);
    }
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn a_null_character_is_refused_in_every_text_in_queries_and_in_paths() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    for kind in app.state.kinds.clone() {
        for (member, schema) in members(kind) {
            if !is_a(&schema, "string") {
                continue;
            }
            let mut body = example(&app, kind);
            body[&member] = json!("a\0b");
            let answer = app.post(writer(kind), &list(kind), body).await;
            names(&answer, 422, &[(&format!("/{member}"), "null_character", "leave it out")]);
        }
        let mut body = example(&app, kind);
        body["note"] = json!("\0");
        body["sources"] = json!([{"source": "x\0"}]);
        let answer = app.post(writer(kind), &list(kind), body).await;
        names(&answer, 422, &[("/note", "null_character", ""), ("/sources/0/source", "null_character", "")]);
        for query in ["%00=1", "limit=%00", "cursor=%00", "reference=a%00b", "sort=%00"] {
            let answer = app.get(None, &format!("{}?{query}", list(kind))).await;
            let found = faults(&answer, 400);
            assert_eq!(found.len(), 1, "{}", answer.text());
            assert_eq!(found[0].1, "encoding");
            assert!(found[0].2.contains("U+0000"), "{}", found[0].2);
        }
        for path in ["%00", "a%00", "derbyshire-pcc%3A%00", "x%00/versions", "x%00/thread"] {
            app.get(None, &format!("{}/{path}", list(kind))).await.problem(404);
        }
    }
    let named = json!({"titl\0e": "x"});
    let answer = app.post("editor", "/v1/plans", named).await;
    let found = faults(&answer, 422);
    let named = found.iter().any(|(place, code, _)| place == "/titl\0e" && code == "null_character");
    assert!(named, "{}", answer.text());
    app.get(None, "/problems/%00").await.problem(404);
    app.get(None, "/%00").await.problem(404);
    assert_eq!(marks(&app, &[]).await, before);
}

// ---- syntax -----------------------------------------------------------------------------------------------

#[actix_web::test]
async fn bytes_that_are_not_utf_8_are_refused_in_bodies_queries_and_paths() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    let tag = app.get(Some("editor"), &address).await.etag().to_owned();
    let bodies: &[(&[u8], &str)] = &[
        (b"{\"title\":\"\xff\"}", "byte 10"),
        (b"{\"title\":\"\xc0\xaf\"}", "byte 10"),
        (b"{\"title\":\"\xed\xa0\x80\"}", "byte 10"),
        (b"\xef\xbb\xbf\xfe{}", "byte 3"),
        (b"\xff\xfe{\0}\0", "byte 0"),
    ];
    for (body, words) in bodies {
        for (method, path) in [("POST", "/v1/plans"), ("PUT", &address), ("PATCH", &address)] {
            let answer = app
                .request(method, path)
                .as_role("editor")
                .if_match(&tag)
                .body("application/json", *body)
                .send()
                .await;
            names(&answer, 400, &[("", "encoding", words)]);
        }
    }
    for query in ["limit=%ff", "%ff=1", "reference=%c3%28", "reference=%ed%a0%80", "sort=%f0%28"] {
        let answer = app.get(None, &format!("/v1/plans?{query}")).await;
        let found = faults(&answer, 400);
        assert_eq!(found.len(), 1, "{}", answer.text());
        assert_eq!(found[0].1, "encoding");
        assert!(found[0].2.contains("UTF-8"), "{}", found[0].2);
    }
    for path in ["/v1/plans/%ff", "/v1/themes/%c3%28", "/%ff", "/problems/%ff", "/v1/plans/%ff/thread"] {
        app.get(None, path).await.problem(404);
    }
    // A lone surrogate as an escape is no character either.
    let answer = with_payload(app.request("POST", "/v1/plans").as_role("editor"), "{\"title\":\"\\ud800\"}")
        .send()
        .await;
    names(&answer, 400, &[("", "syntax", "Not JSON at line 1")]);
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn a_body_that_is_not_strict_json_is_refused_with_its_place() {
    let app = TestApp::new().await;
    let address = app.draft("objective").await;
    let before = marks(&app, &[&address]).await;
    let tag = app.get(Some("editor"), &address).await.etag().to_owned();
    let deep = |n: usize| format!("{{\"note\":{}{}}}", "[".repeat(n - 1), "]".repeat(n - 1));
    let deep_objects = format!("{}1{}", "{\"a\":".repeat(33), "}".repeat(33));
    let bodies = [
        ("{\"title\":\"a\",\"title\":\"b\"}".to_owned(), "/title", "duplicate_key", "once"),
        ("{\"title\":\"a\",\"titl\\u0065\":\"a\"}".to_owned(), "/title", "duplicate_key", "once"),
        (
            "{\"sources\":[{\"source\":\"a\",\"source\":\"a\"}]}".to_owned(),
            "/sources/0/source",
            "duplicate_key",
            "once",
        ),
        ("{\"number\":NaN}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":Infinity}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":-Infinity}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":1e400}".to_owned(), "", "syntax", "number out of range"),
        ("{\"number\":-1e400}".to_owned(), "", "syntax", "number out of range"),
        ("{\"number\":01}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":+1}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":0x10}".to_owned(), "", "syntax", "line 1, column"),
        ("{'number':1}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":1,}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"number\":1}\n// a remark".to_owned(), "", "syntax", "line 2"),
        ("{\"number\":1} {}".to_owned(), "", "syntax", "line 1, column"),
        ("{\"title\":\"a\nb\"}".to_owned(), "", "syntax", "line 2"),
        ("{\"number\":1".to_owned(), "", "syntax", "line 1, column"),
        ("\u{feff}{\"number\":1}".to_owned(), "", "syntax", "line 1, column"),
        (deep(33), "", "syntax", "nested more than 32 deep"),
        (deep_objects, "", "syntax", "nested more than 32 deep"),
        ("[".repeat(100_000), "", "syntax", "nested more than 32 deep"),
        (" \n\t ".to_owned(), "", "empty", "send a JSON object"),
        (String::new(), "", "empty", "send a JSON object"),
    ];
    for (body, at, code, words) in &bodies {
        for (method, path) in [("POST", "/v1/objectives"), ("PUT", &address), ("PATCH", &address)] {
            let request = app.request(method, path).as_role("editor").if_match(&tag);
            let answer = with_payload(request, body).send().await;
            names(&answer, 400, &[(*at, *code, *words)]);
        }
    }
    // 32 deep is read: what is wrong with it then is its schema.
    let request = app.request("POST", "/v1/objectives").as_role("editor");
    let answer = with_payload(request, &deep(32)).send().await;
    assert!(faults(&answer, 422).iter().any(|(place, code, _)| place == "/note" && code == "type"));
    // Two members given twice are two faults.
    let request = app.request("POST", "/v1/objectives").as_role("editor");
    let answer = with_payload(request, "{\"a\":1,\"a\":2,\"b\":1,\"b\":2,\"b\":3}").send().await;
    names(
        &answer,
        400,
        &[("/a", "duplicate_key", ""), ("/b", "duplicate_key", ""), ("/b", "duplicate_key", "")],
    );
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn a_body_that_is_no_object_is_refused_everywhere() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    let tag = app.get(Some("editor"), &address).await.etag().to_owned();
    let submit = format!("{address}/submit");
    for body in ["[]", "\"text\"", "null", "true", "7", "[{\"title\":\"x\"}]"] {
        for (method, path) in
            [("POST", "/v1/plans"), ("PUT", &address), ("PATCH", &address), ("POST", &submit)]
        {
            let request = app.request(method, path).as_role("editor").if_match(&tag);
            let answer = with_payload(request, body).send().await;
            names(&answer, 422, &[("", "type", "object")]);
        }
    }
    for kind in app.state.kinds.clone() {
        for body in ["[]", "null"] {
            let request = app.request("POST", &list(kind)).as_role(writer(kind));
            names(&with_payload(request, body).send().await, 422, &[("", "type", "object")]);
        }
    }
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn a_step_that_takes_no_members_names_those_that_came() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    for body in [json!({"reason": "x"}), json!({"a": 1, "b": null})] {
        let answer = app.step("editor", &address, "submit", body.clone()).await;
        let found = faults(&answer, 422);
        for name in body.as_object().unwrap().keys() {
            let named =
                found.iter().any(|(place, code, _)| *place == format!("/{name}") && code == "unknown_member");
            assert!(named, "{}", answer.text());
        }
    }
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn the_type_coding_and_size_of_a_body_are_checked_before_it_is_read() {
    let limits = Limits { body_bytes: 5_000, ..Limits::default() };
    let app = TestApp::with_limits(limits).await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    let tag = app.get(Some("editor"), &address).await.etag().to_owned();
    let body = || json!({"reference": "T-X", "title": "x", "from": "2025-04-01"}).to_string();
    let post = || app.request("POST", "/v1/plans").as_role("editor");

    for wrong in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "application/merge-patch+json",
        "application/jsonx",
        "multipart/form-data",
        "*/*",
        "json",
        "application/json; charset=latin-1",
        "application/json; charset=iso-8859-1",
        "application/json;charset=utf-16",
    ] {
        let answer = post().body(wrong, body()).send().await;
        assert_eq!(faults(&answer, 415), vec![], "{wrong}");
        assert!(answer.text().contains("application/json"), "{wrong}: {}", answer.text());
        assert!(answer.text().contains("UTF-8"), "{wrong}: {}", answer.text());
        let answer = app
            .request("PATCH", &address)
            .as_role("editor")
            .if_match(&tag)
            .body(wrong, "{\"title\":\"y\"}")
            .send()
            .await;
        if wrong != "application/merge-patch+json" {
            answer.problem(415);
            assert!(answer.text().contains("merge-patch"), "{}", answer.text());
        }
    }
    // The patch in its own type was the one that was right: that one has made a version. Not so the rest.
    let after_patch = marks(&app, &[&address]).await;
    assert_ne!(after_patch, before);
    let before = after_patch;

    // No type at all, and two of them.
    let answer =
        app.request("POST", "/v1/plans").as_role("editor").header("content-length", "2").send().await;
    answer.problem(415);
    let answer =
        post().body("application/json", body()).header("content-type", "application/json").send().await;
    answer.problem(415);

    for coding in
        ["gzip", "br", "zstd", "deflate", "compress", "x-unknown", "gzip, gzip", "identity, gzip", ""]
    {
        let answer = post().header("content-encoding", coding).body("application/json", body()).send().await;
        answer.problem(415);
        assert!(answer.text().contains("uncompressed"), "{coding}: {}", answer.text());
    }
    for (one, two) in [("gzip", "gzip"), ("identity", "gzip"), ("identity", "identity")] {
        let answer = post()
            .header("content-encoding", one)
            .header("content-encoding", two)
            .body("application/json", body())
            .send()
            .await;
        answer.problem(415);
    }

    let large = json!({"reference": "T-X", "title": "x", "from": "2025-04-01", "summary": "x".repeat(5_000)});
    let large = large.to_string();
    // By what it says of itself, and by what it is.
    let answer = post()
        .header("content-length", &large.len().to_string())
        .body("application/json", large.clone())
        .send()
        .await;
    answer.problem(413);
    assert!(answer.text().contains("5000 bytes"), "{}", answer.text());
    let answer = post().body("application/json", large.clone()).send().await;
    answer.problem(413);
    assert!(answer.text().contains("5000 bytes"), "{}", answer.text());
    let answer = post().header("content-length", "10").body("application/json", large).send().await;
    answer.problem(413);
    let form = format!("grant_type={}", "x".repeat(5_000));
    let answer =
        app.request("POST", "/oauth/token").body("application/x-www-form-urlencoded", form).send().await;
    answer.problem(413);
    assert_eq!(marks(&app, &[&address]).await, before);
}

// ---- all faults at once -----------------------------------------------------------------------------------

#[actix_web::test]
async fn a_body_with_many_faults_has_all_of_them_named() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let body = json!({
        "reference": "not a reference",
        "plan": "derbyshire-pcc:NOTHING",
        "number": 0,
        "title": "x".repeat(201),
        "summary": "",
        "success_mesure": "x",
        "themes": ["alcohol-related-crime", "nothing-of-this-name", 7],
        "sources": [{"locator": "p. 1"}],
    });
    let answer = app.post("editor", "/v1/objectives", body).await;
    names(
        &answer,
        422,
        &[
            ("/reference", "pattern", "[A-Za-z0-9]"),
            ("/plan", "not_found", "body:REFERENCE"),
            ("/number", "out_of_range", "The least is 1"),
            ("/title", "too_long", "200"),
            ("/summary", "too_short", "At least 1"),
            ("/success_mesure", "unknown_member", "did you mean `success_measure`?"),
            ("/themes/1", "not_found", "No theme"),
            ("/themes/2", "type", "string"),
            ("/sources/0/source", "required", "`source` is required"),
        ],
    );
    assert!(answer.json()["detail"].as_str().unwrap().contains("9 faults"));
    // An empty one misses all that is required, in every kind.
    for kind in app.state.kinds.clone() {
        let answer = app.post(writer(kind), &list(kind), json!({})).await;
        let mut expected = vec![("/reference".to_owned(), "required".to_owned())];
        for name in kind.schema["required"].as_array().unwrap() {
            expected.push((format!("/{}", name.as_str().unwrap()), "required".to_owned()));
        }
        expected.sort();
        let mut found: Vec<(String, String)> =
            faults(&answer, 422).into_iter().map(|(place, code, _)| (place, code)).collect();
        found.sort();
        assert_eq!(found, expected, "{kind:?}");
    }
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn a_null_character_does_not_hide_the_other_faults_of_its_body() {
    let app = TestApp::new().await;
    let body = json!({"reference": "T-1", "title": "a\0", "from": "2013-02-30", "sumary": "x"});
    let answer = app.post("editor", "/v1/plans", body).await;
    names(
        &answer,
        422,
        &[
            ("/title", "null_character", ""),
            ("/from", "format", ""),
            ("/sumary", "unknown_member", "`summary`"),
        ],
    );
}

#[actix_web::test]
async fn what_a_schema_cannot_say_is_named_beside_what_it_says() {
    let app = TestApp::new().await;
    let body = json!({
        "reference": "T-1", "title": "x", "from": "2020-01-02", "to": "2020-01-01", "sumary": "x",
    });
    let answer = app.post("editor", "/v1/plans", body).await;
    names(&answer, 422, &[("/to", "out_of_range", "2020-01-02"), ("/sumary", "unknown_member", "`summary`")]);
}

#[actix_web::test]
async fn a_query_with_many_faults_has_all_of_them_named() {
    let app = TestApp::new().await;
    let answer = app
            .get(
                None,
                "/v1/objectives?limit=0&sort=titel&count=maybe&fields=nme&include=plans&limmit=3&format=xml&as_of=noon&plan=%20",
            )
            .await;
    names(
        &answer,
        400,
        &[
            ("?limit", "out_of_range", "from 1 to 200"),
            ("?sort", "unknown", "`title`"),
            ("?count", "invalid", "`true`"),
            ("?fields", "unknown", "reference"),
            ("?include", "unknown", "`plan`"),
            ("?limmit", "unknown", "`limit`"),
            ("?format", "unknown", "csv"),
            ("?as_of", "invalid", "RFC 3339"),
            ("?plan", "invalid", "id or a reference"),
        ],
    );
}

#[actix_web::test]
async fn what_only_the_record_can_tell_of_a_query_is_named_all_at_once() {
    let app = TestApp::new().await;
    let answer = app
            .get(
                None,
                "/v1/objectives?plan=derbyshire-pcc:NO&priority=derbyshire-pcc:NO&as_of=2030-01-01T00:00:00Z&cursor=x",
            )
            .await;
    names(
        &answer,
        400,
        &[
            ("?plan", "not_found", "on record here"),
            ("?priority", "not_found", "on record here"),
            ("?as_of", "out_of_range", "up to now"),
            ("?cursor", "invalid", "begin again"),
        ],
    );
}

#[actix_web::test]
async fn a_fault_in_a_parameter_does_not_hide_those_that_only_the_record_can_tell() {
    let app = TestApp::new().await;
    let answer = app.get(None, "/v1/objectives?plan=derbyshire-pcc:NO&limit=0").await;
    names(&answer, 400, &[("?plan", "not_found", ""), ("?limit", "out_of_range", "")]);
}

// ---- lists ------------------------------------------------------------------------------------------------

#[actix_web::test]
async fn a_limit_that_is_no_number_from_1_to_200_is_refused_by_every_list() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for operation in onrecord::resources::operations() {
        // Lists of figures have pages of up to 10,000; one in a record's address needs that record.
        let figures = operation.id.ends_with("_observations");
        if figures
            || operation.path.contains('{')
            || !operation.params.iter().any(|param| param.name == "limit")
        {
            continue;
        }
        tried += 1;
        for limit in
            ["-1", "0", "201", "ten", "", "5.0", "1e2", "05", "%2B5", "9223372036854775808", "%D9%A3", "5,6"]
        {
            let answer = app.get(caller(operation), &format!("{}?limit={limit}", operation.path)).await;
            names(&answer, 400, &[("?limit", "out_of_range", "a whole number from 1 to 200")]);
        }
        let who = caller(operation);
        let answer = app.get(who, &format!("{}?limit=5&limit=5", operation.path)).await;
        names(&answer, 400, &[("?limit", "repeated", "once")]);
        // A search has to be given words, a list of series an indicator.
        let words = match operation.id.as_str() {
            "search_records" => "&q=a",
            "list_series" => "&indicator=all-crime",
            _ => "",
        };
        app.get(who, &format!("{}?limit=1{words}", operation.path)).await.expect(200);
        app.get(who, &format!("{}?limit=200{words}", operation.path)).await.expect(200);
    }
    assert!(tried >= 10, "only {tried} lists");
    for depth in ["0", "99", "x", ""] {
        let path = format!("/v1/objectives/derbyshire-pcc:OBJ-3/thread?depth={depth}");
        let answer = app.get(None, &path).await;
        names(&answer, 400, &[("?depth", "out_of_range", "a whole number from 1")]);
    }
}

#[actix_web::test]
async fn a_repeated_parameter_is_refused_whatever_it_is() {
    let app = TestApp::new().await;
    for operation in onrecord::resources::operations() {
        for param in &operation.params {
            let good = match &param.ty {
                ParamType::Int(least, _) => least.to_string(),
                ParamType::Bool => "true".to_owned(),
                ParamType::Text(_) | ParamType::Each(_) | ParamType::Reference => "x".to_owned(),
                ParamType::Date => "2020-01-01".to_owned(),
                ParamType::Money => "1000.50".to_owned(),
                ParamType::Moment => "2020-01-01T00:00:00Z".to_owned(),
                ParamType::OneOf(of) => of[0].to_owned(),
                ParamType::Code(of) => of[0].clone(),
                ParamType::Some { of, .. } => of[0].clone(),
            };
            let name = match &param.ty {
                ParamType::Each(_) => format!("{}[AREA]", param.name),
                _ => param.name.clone(),
            };
            let path = format!("{}?{name}={good}&{name}={good}", filled(operation));
            let mut request = app.request(operation.method.name(), &path).as_actor(caller(operation));
            if operation.writes() {
                request = request.json(&json!({}));
            }
            names(&request.send().await, 400, &[(&format!("?{name}"), "repeated", "once")]);
        }
    }
}

#[actix_web::test]
async fn a_cursor_that_is_not_of_this_list_is_refused() {
    let app = TestApp::new().await;
    let page = app.get(None, "/v1/actions?limit=2").await.expect(200).json();
    let cursor = page["page"]["next"].as_str().unwrap().to_owned();
    let follow = format!("/v1/actions?limit=2&cursor={cursor}");
    app.get(None, &follow).await.expect(200);
    // Another size of page, other members and a count change nothing of the order.
    for with in ["limit=5", "count=true", "fields=id", "include=objective", "format=csv"] {
        app.get(None, &format!("/v1/actions?cursor={cursor}&{with}")).await.expect(200);
    }
    let invalid = [("?cursor", "invalid", "begin again without one")];

    // Altered anywhere.
    for n in 0..cursor.len() {
        let mut bytes = cursor.clone().into_bytes();
        bytes[n] = if bytes[n] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(bytes).unwrap();
        let answer = app.get(None, &format!("/v1/actions?cursor={altered}")).await;
        names(&answer, 400, &invalid);
    }
    for forged in [
        &cursor[1..],
        &cursor[..cursor.len() - 1],
        &cursor[..10],
        &format!("{cursor}A"),
        &format!("{cursor}="),
        "x",
        "AAAAAAAAAAAAAAAA",
        "eyJrZXlzIjpbXSwiaWQiOm51bGx9",
        "%20",
        "0",
        "null",
        "%C3%A9",
    ] {
        let answer = app.get(None, &format!("/v1/actions?cursor={forged}")).await;
        names(&answer, 400, &invalid);
    }
    let answer = app.get(None, "/v1/actions?cursor=").await;
    names(&answer, 400, &[("?cursor", "length", "1 to 4000")]);
    let answer = app.get(None, &format!("/v1/actions?cursor={}", "A".repeat(4_001))).await;
    names(&answer, 400, &[("?cursor", "length", "1 to 4000")]);

    // Another list, another filter, another order, another moment.
    for other in [
        "/v1/objectives?limit=2",
        "/v1/areas?limit=2",
        "/v1/changes?limit=2",
        "/v1/actions?status=completed",
        "/v1/actions?sort=due",
        "/v1/actions?sort=-reference",
        "/v1/actions?objective=derbyshire-pcc:OBJ-1",
        "/v1/actions?as_of=2026-11-01T11:30:00Z",
    ] {
        let answer = app.get(None, &format!("{other}&cursor={cursor}")).await;
        names(&answer, 400, &invalid);
    }
    // Another actor, both ways, and among two of one role.
    for who in ["editor", "partner", "admin", "other_editor"] {
        names(&app.get(Some(who), &follow).await, 400, &invalid);
    }
    let page = app.get(Some("editor"), "/v1/actions?limit=2").await.expect(200).json();
    let theirs = format!("/v1/actions?limit=2&cursor={}", page["page"]["next"].as_str().unwrap());
    app.get(Some("editor"), &theirs).await.expect(200);
    for who in [None, Some("editor2"), Some("publisher")] {
        names(&app.get(who, &theirs).await, 400, &invalid);
    }
    // One of every list, at every other list.
    let mut cursors = vec![];
    for kind in &app.state.kinds {
        let page = app.get(None, &format!("{}?limit=1", list(kind))).await.json();
        let next = page["page"]["next"].as_str().map(str::to_owned);
        cursors.extend(next.map(|next| (list(kind), next)));
    }
    assert!(cursors.len() >= 7, "only {} lists with two pages", cursors.len());
    for (from, cursor) in &cursors {
        for (to, _) in &cursors {
            let answer = app.get(None, &format!("{to}?limit=1&cursor={cursor}")).await;
            if from == to {
                answer.expect(200);
            } else {
                names(&answer, 400, &invalid);
            }
        }
    }
    // The feed's own cursors are bound to their reader, and live for ever.
    let feed = app.get(None, "/v1/changes?limit=2").await.expect(200).json();
    let feed = format!("/v1/changes?cursor={}", feed["page"]["next"].as_str().unwrap());
    names(&app.get(Some("editor"), &feed).await, 400, &invalid);

    app.set_time("2026-11-02T11:00:00Z");
    app.get(None, &follow).await.expect(200);
    app.set_time("2026-11-02T13:30:00Z");
    let answer = app.get(None, &follow).await;
    names(&answer, 400, &[("?cursor", "expired", "begin again without one")]);
    app.get(None, &feed).await.expect(200);
    app.set_time("2029-11-02T13:30:00Z");
    app.get(None, &feed).await.expect(200);
}

#[actix_web::test]
async fn a_moment_to_come_or_that_is_none_is_refused_wherever_as_of_is_taken() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for operation in onrecord::resources::operations() {
        if !operation.params.iter().any(|param| param.name == "as_of") {
            continue;
        }
        tried += 1;
        let path = filled(operation);
        for who in [None, Some("editor")] {
            for moment in ["2026-11-01T11:30:00.000001Z", "2026-11-01T11:31:00Z", "9999-12-31T23:59:59Z"] {
                let answer = app.get(who, &format!("{path}?as_of={moment}")).await;
                names(&answer, 400, &[("?as_of", "out_of_range", "2026-11-01T11:30:00Z")]);
            }
        }
        for moment in [
            "",
            "now",
            "2026-11-01",
            "2026-11-01T11:30:00",
            "2026-02-30T00:00:00Z",
            "2026-11-01T25:00:00Z",
            "2026-11-01T11:30:00+00:00",
            "1793532600",
        ] {
            let answer = app.get(None, &format!("{path}?as_of={moment}")).await;
            names(&answer, 400, &[("?as_of", "invalid", "RFC 3339")]);
        }
    }
    assert!(tried >= 27, "only {tried} operations with as_of");
}

// ---- changes ----------------------------------------------------------------------------------------------

#[actix_web::test]
async fn a_change_without_the_records_own_tag_is_refused_in_every_kind() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        let address = app.draft(kind.def.name).await;
        let who = writer(kind);
        let old = app.get(Some(who), &address).await.expect(200).etag().to_owned();
        let title = kind.def.title;
        app.patch(who, &address, json!({title: "Another wording"})).await.expect(200);
        let now = app.get(Some(who), &address).await.etag().to_owned();
        assert_ne!(old, now);
        let of_list = app.get(Some(who), &list(kind)).await.etag().to_owned();
        let of_fields = app.get(Some(who), &format!("{address}?fields=id")).await.etag().to_owned();
        let before = marks(&app, &[&address]).await;
        let mut content = kind.example.clone();
        content.as_object_mut().unwrap().shift_remove("reference");
        let submit = format!("{address}/submit");
        let mut targets =
            vec![("PUT", address.clone(), content), ("PATCH", address.clone(), json!({title: "x"}))];
        if kind.def.workflow {
            targets.push(("POST", submit, json!({})));
        }
        for (method, path, body) in targets {
            let send = async |tags: &[&str]| {
                let mut request = app.request(method, &path).as_role(who);
                for tag in tags {
                    request = request.if_match(tag);
                }
                request.json(&body).send().await
            };
            for none in [&[][..], &["*"], &[" * "]] {
                let answer = send(none).await;
                assert_eq!(faults(&answer, 428), vec![]);
                assert!(answer.text().contains("If-Match"), "{}", answer.text());
            }
            let weak = format!("W/{now}");
            let both = format!("{old}, {weak}");
            for stale in [&old, "\"x\"", "\"\"", &weak, &both, &of_list, &of_fields] {
                let answer = send(&[stale]).await;
                assert_eq!(faults(&answer, 412), vec![], "{stale}");
                assert!(answer.text().contains("has changed since"), "{}", answer.text());
            }
            let bare = now.trim_matches('"');
            for malformed in
                [bare, "", "abc", "\"", "'x'", &format!("\"{bare}"), &format!("{now},"), "\"a\"b\""]
            {
                names(&send(&[malformed]).await, 400, &[("#if-match", "syntax", "double quotes")]);
            }
            names(&send(&[&now, &now]).await, 400, &[("#if-match", "repeated", "once")]);
        }
        assert_eq!(marks(&app, &[&address]).await, before, "{kind:?}");
    }
}

#[actix_web::test]
async fn a_member_that_no_body_sets_is_refused_where_it_differs_in_every_kind() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        let address = app.draft(kind.def.name).await;
        let who = writer(kind);
        let answer = app.get(Some(who), &address).await.expect(200);
        let (record, tag) = (answer.json(), answer.etag().to_owned());
        let before = marks(&app, &[&address]).await;
        let content_names: Vec<String> = members(kind).into_iter().map(|(name, _)| name).collect();
        let envelope: Vec<String> = record
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| !content_names.contains(name) && *name != "change_reason")
            .cloned()
            .collect();
        assert!(envelope.len() >= 9, "{envelope:?}");
        let mut content = kind.example.clone();
        content.as_object_mut().unwrap().shift_remove("reference");
        let send = async |method: &str, body: &Value| {
            app.request(method, &address).as_role(who).if_match(&tag).json(body).send().await
        };
        for (method, base) in [("PUT", content), ("PATCH", json!({}))] {
            let mut all = base.clone();
            for name in &envelope {
                let mut body = base.clone();
                body[name] = json!("another");
                all[name] = json!("another");
                let answer = send(method, &body).await;
                names(&answer, 422, &[(&format!("/{name}"), "read_only", "leave it out, or as it is")]);
            }
            let found = faults(&send(method, &all).await, 422);
            assert_eq!(found.len(), envelope.len(), "{found:?}");
        }
        // A new record cannot set them either.
        for name in envelope.iter().filter(|name| *name != "reference") {
            let mut body = example(&app, kind);
            body[name] = record[name].clone();
            let answer = app.post(who, &list(kind), body).await;
            names(&answer, 422, &[(&format!("/{name}"), "unknown_member", "is not a known member")]);
        }
        assert_eq!(marks(&app, &[&address]).await, before, "{kind:?}");
        // As they are they may stand: what was read can be sent back.
        let mut whole = record.clone();
        if let Some(object) = whole.as_object_mut() {
            object.shift_remove("change_reason");
        }
        send("PUT", &whole).await.expect(200);
    }
}

#[actix_web::test]
async fn a_patch_that_would_leave_a_record_wrong_is_refused() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        let address = app.draft(kind.def.name).await;
        let who = writer(kind);
        let before = marks(&app, &[&address]).await;
        let required: Vec<&str> =
            kind.schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        for name in &required {
            let answer = app.patch(who, &address, json!({*name: null})).await;
            names(&answer, 422, &[(&format!("/{name}"), "required", "is required")]);
        }
        let wrong = misspelt(kind.def.title);
        let answer = app
            .patch(
                who,
                &address,
                json!({wrong.as_str(): "x", "change_reason": 7, "note": "", "sources": null}),
            )
            .await;
        names(
            &answer,
            422,
            &[
                (&format!("/{wrong}"), "unknown_member", kind.def.title),
                ("/change_reason", "type", "string"),
                ("/note", "too_short", "At least 1"),
            ],
        );
        let tag = app.get(Some(who), &address).await.etag().to_owned();
        let answer =
            app.request("PUT", &address).as_role(who).if_match(&tag).json(&json!({"note": "x"})).send().await;
        let mut found: Vec<String> = faults(&answer, 422).into_iter().map(|(place, _, _)| place).collect();
        found.sort();
        let mut wanted: Vec<String> = required.iter().map(|name| format!("/{name}")).collect();
        wanted.sort();
        assert_eq!(found, wanted);
        assert_eq!(marks(&app, &[&address]).await, before, "{kind:?}");
    }
}

#[actix_web::test]
async fn a_patch_that_changes_nothing_at_all_is_refused_as_its_schema_says() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    let answer = app.patch("editor", &address, json!({})).await;
    answer.problem(422);
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn an_unknown_member_that_a_patch_empties_is_refused_too() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    let answer = app.patch("editor", &address, json!({"sumary": null})).await;
    names(&answer, 422, &[("/sumary", "unknown_member", "did you mean `summary`?")]);
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn a_step_in_the_wrong_state_is_409_and_says_which_state_would_be_right() {
    let app = TestApp::new().await;
    for kind in app.workflow_kinds() {
        let def = app.state.kind(kind).unwrap();
        let (author, publisher) = (writer(def), publisher(def));
        let draft = app.draft(kind).await;
        let submitted = app.draft(kind).await;
        app.ready(kind, &submitted).await;
        let published = app.published(kind).await;
        let scheduled = app.draft(kind).await;
        app.ready(kind, &scheduled).await;
        app.step(publisher, &scheduled, "publish", json!({"publish_at": "2026-11-01T12:00:00Z"}))
            .await
            .expect(200);
        let all = [draft.as_str(), &submitted, &published, &scheduled];
        let before = marks(&app, &all).await;
        let reason = json!({"reason": "x"});
        let steps = [
            (&draft, "draft", publisher, "publish", json!({})),
            (&draft, "draft", publisher, "return", reason.clone()),
            (&draft, "draft", "commissioner", "approve", json!({})),
            (&submitted, "submitted", author, "submit", json!({})),
            (&published, "published", author, "submit", json!({})),
            (&published, "published", publisher, "publish", json!({})),
            (&published, "published", publisher, "return", reason.clone()),
            (&published, "published", "commissioner", "approve", json!({})),
            (&scheduled, "published", author, "submit", json!({})),
            (&scheduled, "published", publisher, "publish", json!({})),
            (&scheduled, "published", "commissioner", "approve", json!({})),
        ];
        for (address, state, who, verb, body) in steps {
            if verb == "approve" && app.state.kind(kind).unwrap().def.approvals.is_empty() {
                continue;
            }
            let answer = app.step(who, address, verb, body).await;
            assert_eq!(faults(&answer, 409), vec![], "{kind} {verb}");
            let text = answer.text();
            assert!(text.contains(&format!("is {state}; only one that is")), "{verb}: {text}");
        }
        let answer = app.patch(author, &scheduled, json!({"note": "x"})).await;
        answer.problem(409);
        assert!(answer.text().contains("return it before"), "{}", answer.text());
        // A reference that is in use.
        let record = app.get(Some(author), &draft).await.json();
        let mut body = app.state.kind(kind).unwrap().example.clone();
        body["reference"] = record["reference"].clone();
        let answer = app.post(author, &list(app.state.kind(kind).unwrap()), body).await;
        names(&answer, 409, &[("/reference", "taken", "already in use")]);
        assert_eq!(marks(&app, &all).await, before, "{kind}");
    }
}

#[actix_web::test]
async fn a_publication_at_a_moment_that_cannot_be_kept_is_refused() {
    let app = TestApp::new().await;
    for kind in app.workflow_kinds() {
        let def = app.state.kind(kind).unwrap();
        let publisher = publisher(def);
        let address = app.draft(kind).await;
        app.ready(kind, &address).await;
        let before = marks(&app, &[&address]).await;
        for (at, code, words) in [
            (json!("2026-11-01T11:29:00Z"), "out_of_range", "leave it out to do it at once"),
            (json!("2026-11-01T11:30:00Z"), "out_of_range", "leave it out to do it at once"),
            (json!("2001-01-01T00:00:00Z"), "out_of_range", "leave it out to do it at once"),
            (json!("2026-11-01T12:00:30Z"), "not_a_minute", "whole minutes"),
            (json!("2026-11-01T12:00:00.5Z"), "not_a_minute", "whole minutes"),
            (json!("2126-11-01T12:00:00Z"), "out_of_range", "within ten years"),
            (json!("noon"), "format", "2024-03-21T00:00:00Z"),
            (json!(""), "format", "2024-03-21T00:00:00Z"),
            (json!("2026-11-01"), "format", "2024-03-21T00:00:00Z"),
            (json!("2026-11-01T12:00:00"), "format", "2024-03-21T00:00:00Z"),
            (json!("2026-02-30T12:00:00Z"), "format", "2024-03-21T00:00:00Z"),
            (json!(1_793_534_400), "type", "string"),
            (json!(["2026-11-01T12:00:00Z"]), "type", "string"),
        ] {
            let answer = app.step(publisher, &address, "publish", json!({"publish_at": at})).await;
            names_at(&answer, 422, "/publish_at", code, words);
        }
        let answer =
            app.step(publisher, &address, "publish", json!({"publish_on": "2026-11-01T12:00:00Z"})).await;
        names(&answer, 422, &[("/publish_on", "unknown_member", "did you mean `publish_at`?")]);
        // A step that wants a reason wants one.
        for (body, at, code) in [
            (json!({}), "/reason", "required"),
            (json!({"reason": ""}), "/reason", "too_short"),
            (json!({"reason": "x".repeat(2_001)}), "/reason", "too_long"),
            (json!({"reason": null}), "/reason", "type"),
            (json!({"reason": "x\0"}), "/reason", "null_character"),
        ] {
            for verb in ["return", "withdraw"] {
                let answer = app.step(publisher, &address, verb, body.clone()).await;
                names_at(&answer, 422, at, code, "");
            }
        }
        assert_eq!(marks(&app, &[&address]).await, before, "{kind}");
    }
}

#[actix_web::test]
async fn an_idempotency_key_is_checked_and_a_refused_request_does_not_use_it_up() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let send = async |key: &str, body: Value| {
        app.request("POST", "/v1/plans")
            .as_role("editor")
            .header("idempotency-key", key)
            .json(&body)
            .send()
            .await
    };
    let good = json!({"reference": "T-KEY", "title": "x", "from": "2025-04-01"});
    let long = "k".repeat(129);
    for key in ["", "a b", &long] {
        let answer = send(key, good.clone()).await;
        names(&answer, 400, &[("#idempotency-key", "length", "1 to 128 visible ASCII")]);
    }
    let answer = app
        .request("POST", "/v1/plans")
        .as_role("editor")
        .header("idempotency-key", "a")
        .header("idempotency-key", "a")
        .json(&good)
        .send()
        .await;
    names(&answer, 400, &[("#idempotency-key", "repeated", "once")]);
    let answer = send("key-1", json!({"reference": "T-KEY", "title": "", "from": "2025-04-01"})).await;
    names(&answer, 422, &[("/title", "too_short", "At least 1")]);
    assert_eq!(marks(&app, &[]).await, before);
    send("key-1", good.clone()).await.expect(201);
    let before = marks(&app, &[]).await;
    let mut other = good;
    other["title"] = json!("y");
    let answer = send("key-1", other).await;
    names(&answer, 422, &[("#idempotency-key", "reused", "another body")]);
    assert_eq!(marks(&app, &[]).await, before);
}

#[actix_web::test]
async fn no_answer_to_bad_input_shows_what_lies_beneath() {
    let app = TestApp::new().await;
    let before = marks(&app, &[]).await;
    let paths = [
        "/v1/plans?reference='%20OR%201=1--",
        "/v1/plans?reference=%27%3B%20DROP%20TABLE%20record%3B--",
        "/v1/plans/derbyshire-pcc:'%20OR%201=1--",
        "/v1/themes/..%2f..%2fetc%2fpasswd",
        "/v1/themes/%2e%2e/%2e%2e/Cargo.toml",
        "/docs/..%2f..%2fCargo.toml",
        "/problems/..%2fsrc",
        "/v1/plans?sort=title;select",
        "/v1/plans?cursor='",
    ];
    for path in paths {
        let answer = app.get(None, path).await;
        assert!((200..500).contains(&answer.status), "{path}: {}", answer.text());
        let text = answer.text().to_lowercase();
        for word in ["select ", "sqlite", "postgres", "panicked", "src/", "[dependencies]", "root:"] {
            let echoed = path.to_lowercase().contains(word.trim());
            assert!(echoed || !text.contains(word), "{path} shows {word}: {text}");
        }
    }
    // What stands in a quotation is data: it is stored as it came.
    let title = "Robert'); DROP TABLE record;-- \u{1f600} \\ \" % _";
    let body = json!({"reference": "T-SQL", "title": title, "from": "2025-04-01"});
    assert_eq!(marks(&app, &[]).await, before);
    let made = app.post("editor", "/v1/plans", body).await.expect(201).json();
    assert_eq!(made["title"], json!(title));
}

#[actix_web::test]
async fn what_comes_with_a_method_that_is_not_served_changes_nothing() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let before = marks(&app, &[&address]).await;
    for method in ["DELETE", "TRACE", "CONNECT", "PROPFIND", "POST"] {
        assert!(Method::from_bytes(method.as_bytes()).is_ok());
        let answer = app
            .request(method, &address)
            .as_role("editor")
            .if_match("*")
            .json(&json!({"title": "x"}))
            .send()
            .await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some("GET, HEAD, PUT, PATCH, OPTIONS"));
    }
    assert_eq!(marks(&app, &[&address]).await, before);
}

#[actix_web::test]
async fn of_very_many_faults_the_first_hundred_are_listed() {
    let app = TestApp::new().await;
    let members: serde_json::Map<String, Value> =
        (0..20_000).map(|n| (format!("unknown{n}"), json!(1))).collect();
    let answer = app.post("editor", "/v1/plans", Value::Object(members)).await;
    assert_eq!(answer.problem(422).len(), 100);
    assert!(answer.text().contains("The first 100 are listed."));
    let nulls: Vec<&str> = vec!["\0"; 60_000];
    let answer =
        app.patch("partner", "/v1/actions/derbyshire-pcc:ACT-1-4", json!({"status_evidence": nulls})).await;
    assert_eq!(answer.problem(422).len(), 100);
    let partners: Vec<String> = (0..60_000).map(|n| format!("o{n}")).collect();
    let answer =
        app.patch("editor", "/v1/actions/derbyshire-pcc:ACT-1-4", json!({"partners": partners})).await;
    assert_eq!(answer.problem(422), ["too_many"]);
    let long = "k".repeat(900_000);
    let answer = app.post("editor", "/v1/plans", json!({long: 1})).await;
    assert!(answer.body.len() < 10_000, "{}", answer.body.len());
    answer.problem(422);
    let many = "a&".repeat(4_000);
    let answer = app.get(None, &format!("/v1/plans?{many}")).await;
    assert_eq!(answer.problem(400).len(), 100);
    for day in ["-9999-1-01", "2026-1-%20%201", "%2B99999-1-1", "0000-01-01", "2026-1-001"] {
        assert_eq!(
            app.get(None, &format!("/v1/actions?due[gte]={day}")).await.problem(400),
            ["invalid"],
            "{day}"
        );
    }
}
