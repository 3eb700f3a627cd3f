//! Every operation, called with every media type that the document says it takes and in every one that the document says it
//! answers in, and with media types that the document does not name.

use std::collections::BTreeSet;

use onrecord::access::Action;
use onrecord::access::audit::heads;
use onrecord::http::operation::{Method, Operation};
use serde_json::{Value, json};

use crate::a_first::sweep::in_state;
use crate::bundles::{archive, zipped};
use crate::giving_forms;
use crate::inputs::{address, bearer_of};
use crate::support::document::{self, resolved};
use crate::support::{Answer, Request, TestApp, address_of, caller, publisher, withdrawer, writer};

const CSV: &str = "text/csv";
const JSON: &str = "application/json";
const ZIP: &str = "application/zip";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// A call that succeeds, but for its body.
struct Ready {
    path: String,
    /// What `Authorization` holds, if the caller needs to be known.
    bearer: Option<String>,
    etag: Option<String>,
}

impl Ready {
    fn request<'a>(&self, app: &'a TestApp, method: &str) -> Request<'a> {
        let mut request = app.request(method, &self.path);
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", bearer);
        }
        match &self.etag {
            Some(etag) => request.if_match(etag),
            None => request,
        }
    }
}

/// What the document says of an operation.
fn described<'d>(document: &'d Value, operation: &Operation) -> &'d Value {
    &document["paths"][&operation.path][operation.method.name().to_lowercase()]
}

/// The media types that it takes.
fn request_types(document: &Value, operation: &Operation) -> Vec<String> {
    let body = &described(document, operation)["requestBody"];
    let (_, body) = resolved(document, body);
    body["content"].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect()
}

/// The media types of its successes.
fn answered(document: &Value, operation: &Operation) -> BTreeSet<String> {
    let responses = described(document, operation)["responses"].as_object().unwrap();
    let successes = responses.iter().filter(|(status, _)| status.starts_with('2'));
    successes
        .flat_map(|(_, response)| resolved(document, response).1["content"].as_object())
        .flat_map(|all| all.keys().cloned())
        .collect()
}

/// Somebody who may call it, with a record in a state in which the call succeeds.
async fn ready(app: &TestApp, operation: &Operation) -> Ready {
    let (mut who, mut path) = (caller(operation), operation.path.clone());
    match (operation.kind, operation.action) {
        (Some(kind), action) if path.contains("{id}") => {
            let name = kind.def.name;
            let state = match action {
                Some(Action::Return | Action::Approve | Action::Share | Action::Publish) => "submitted",
                Some(Action::Withdraw) => "published",
                _ if operation.writes() => "draft",
                _ => "published",
            };
            let record = match kind.def.workflow {
                true => in_state(app, name, state).await,
                false => app.draft(name).await,
            };
            match action {
                Some(Action::Withdraw) => who = Some(withdrawer(kind)),
                Some(Action::Publish | Action::Share | Action::Return) => who = Some(publisher(kind)),
                Some(Action::Approve | Action::Redact) => {}
                _ if operation.id.starts_with("redact_") || !operation.writes() => {}
                _ => who = Some(writer(kind)),
            }
            if action == Some(Action::Publish) && !kind.def.approvals.is_empty() {
                app.step("commissioner", &record, "approve", json!({})).await.expect(200);
            }
            path = address_of(&path, record.rsplit('/').next().unwrap());
            if operation.if_match {
                let etag = app.get(who, &record).await.expect(200).etag().to_owned();
                return Ready {
                    path,
                    bearer: who.map(|who| format!("Bearer {}", app.token(who))),
                    etag: Some(etag),
                };
            }
        }
        (Some(_), _) => {}
        (None, _) => path = other_address(app, operation).await,
    }
    let bearer = match operation.id.as_str() {
        "change_password" => Some(bearer_of(app, &format!("change-{}", app.next())).await),
        _ => who.map(|who| format!("Bearer {}", app.token(who))),
    };
    Ready { path, bearer, etag: None }
}

/// The address of an operation that is of no kind.
async fn other_address(app: &TestApp, operation: &Operation) -> String {
    match operation.id.as_str() {
        "get_audit_consistency" => {
            sign_a_head(app);
            "/.well-known/onrecord/consistency?first=1&second=1".to_owned()
        }
        "get_audit_inclusion" => {
            let record = app.get(None, "/v1/plans?limit=1").await.expect(200).json();
            let id = record["data"][0]["id"].as_str().unwrap().to_owned();
            sign_a_head(app);
            format!("/.well-known/onrecord/inclusion?record={id}&version=1")
        }
        _ => match &operation.example {
            // A dataset of JSON-stat has no history.
            Some(example) => example.path.replace("&includeHistory=true", ""),
            None => address(app, operation).await.0,
        },
    }
}

/// Signs the head of the day that has ended.
fn sign_a_head(app: &TestApp) {
    app.seal_and_catch_up();
    app.set_time("2026-11-03T08:00:00Z");
    let state = &app.state;
    heads::sign_ended_days(&state.db, &state.clock, &state.keys, &state.public_url).unwrap();
}

/// A body of that media type with which the call succeeds.
async fn body(app: &TestApp, document: &Value, operation: &Operation, media_type: &str) -> Vec<u8> {
    let rows = "AREA,TIME_PERIOD,value\nE23000018,1971-01-01,7\n";
    let download = async |path: &str| app.get(Some("editor"), path).await.expect(200).body;
    match (operation.id.as_str(), media_type) {
        ("replace_release_observations", CSV | "application/vnd.sdmx.data+csv") => rows.as_bytes().to_vec(),
        ("replace_release_observations", JSON) => {
            json!({"observations": [{"AREA": "E23000018", "TIME_PERIOD": "1971-01-01", "value": "7"}]})
                .to_string()
                .into_bytes()
        }
        ("replace_release_observations", XLSX) => xlsx(rows),
        ("replace_release_observations", ODS) => ods(rows),
        ("create_import", CSV) => download("/v1/plans?format=csv").await,
        ("create_import", JSON) => download("/v1/plans").await,
        ("create_import", ZIP) => {
            let plan = app.fresh(app.state.kind("plan").unwrap());
            archive(&[("plans.jsonl", vec![plan])])
        }
        ("create_grant_import", CSV) => sheet_of_a_grant(app).into_bytes(),
        ("create_grant_import" | "create_import", XLSX) => xlsx(&sheet_of_a_grant(app)),
        ("create_grant_import" | "create_import", ODS) => ods(&sheet_of_a_grant(app)),
        ("create_grant_import", JSON) => {
            let mut grant = giving_forms::json_grant();
            grant["id"] = json!(format!("360G-somewhere-{}", app.next()));
            giving_forms::package_of(grant).to_string().into_bytes()
        }
        ("create_token", "application/x-www-form-urlencoded") => {
            let (id, secret) = app.make_client(&[onrecord::access::Role::Editor]);
            format!("grant_type=client_credentials&client_id={id}&client_secret={secret}").into_bytes()
        }
        (_, media_type) if media_type.ends_with("json") => {
            json_body(app, document, operation).await.to_string().into_bytes()
        }
        (id, media_type) => panic!("{id} takes {media_type}: say here how such a body is made"),
    }
}

/// A 360Giving spreadsheet of one grant that is not on record, as CSV without quotes.
fn sheet_of_a_grant(app: &TestApp) -> String {
    let identifier = format!("360G-somewhere-{}", app.next());
    String::from_utf8(giving_forms::changed(&[("Identifier", &identifier)])).unwrap()
}

async fn json_body(app: &TestApp, document: &Value, operation: &Operation) -> Value {
    match operation.id.as_str() {
        "sign_in" => {
            let login = format!("sign-{}", app.next());
            bearer_of(app, &login).await;
            json!({"login": login, "password": "three quiet rivers"})
        }
        "change_password" => {
            json!({"password": "three quiet rivers", "new_password": "four quieter streams"})
        }
        "create_membership" => {
            // Of someone whose membership has ended: nobody has two at a time.
            let end =
                onrecord::resources::operations().iter().find(|row| row.id == "end_membership").unwrap();
            let (path, _) = address(app, end).await;
            let ended = app.post("admin", &path, example(document, end)).await.expect(200).json();
            json!({
                "subject": ended["subject"], "organisation": "victim-support", "roles": ["partner_reader"],
                "valid_from": "2027-01-01T00:00:00Z",
            })
        }
        "accept_inbox_question" => json!({"reference": format!("T-{}", app.next())}),
        "merge_inbox_question" => {
            let list = app.get(Some("editor"), "/v1/question-inbox?limit=200").await.expect(200).json();
            let mut other = app.fresh(app.state.kind("question").unwrap());
            other["meeting"] = list["data"].as_array().unwrap().last().unwrap()["meeting"].clone();
            let made = app.post("editor", "/v1/questions", other).await.expect(201).json();
            json!({"same_as": made["id"]})
        }
        "create_person" => {
            json!({"login": format!("new-{}", app.next()), "label": "New", "organisation": "opcc-derbyshire", "roles": ["editor"]})
        }
        _ => match operation.kind {
            Some(kind) if operation.id.starts_with("create_") => app.fresh(kind),
            Some(kind) if operation.id.starts_with("replace_") => {
                let mut content = app.fresh(kind);
                content.as_object_mut().unwrap().shift_remove("reference");
                content
            }
            Some(_) if ["share_", "publish_"].iter().any(|verb| operation.id.starts_with(verb)) => json!({}),
            _ => example(document, operation),
        },
    }
}

/// The document's example of a body of JSON.
fn example(document: &Value, operation: &Operation) -> Value {
    let (_, body) = resolved(document, &described(document, operation)["requestBody"]);
    let content = body["content"].as_object().unwrap().values().next().unwrap();
    let shown = &content["examples"]["example"];
    let example = content.get("example").unwrap_or_else(|| &resolved(document, shown).1["value"]);
    assert!(example.is_object(), "{} has no example: {content}", operation.id);
    example.clone()
}

fn cells(rows: &str, cell: impl Fn(&str) -> String, row: impl Fn(&str) -> String) -> String {
    rows.lines().map(|line| row(&line.split(',').map(&cell).collect::<String>())).collect()
}

fn xlsx(rows: &str) -> Vec<u8> {
    const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let link = |kind: &str, to: &str| {
        format!(
            "<Relationships><Relationship Id=\"r1\" Type=\"{REL}/{kind}\" Target=\"{to}\"/></Relationships>"
        )
    };
    let rows = cells(
        rows,
        |text| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>"),
        |row| format!("<row>{row}</row>"),
    );
    zipped([
        ("_rels/.rels", link("officeDocument", "xl/workbook.xml").as_bytes()),
        ("xl/_rels/workbook.xml.rels", link("worksheet", "worksheets/sheet1.xml").as_bytes()),
        (
            "xl/workbook.xml",
            b"<workbook><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>".as_slice(),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>").as_bytes(),
        ),
    ])
}

fn ods(rows: &str) -> Vec<u8> {
    let rows = cells(
        rows,
        |text| {
            format!(
                "<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>"
            )
        },
        |row| format!("<table:table-row>{row}</table:table-row>"),
    );
    let content = format!(
        "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\">\
         <office:body><office:spreadsheet><table:table table:name=\"a\">{rows}</table:table></office:spreadsheet></office:body>\
         </office:document-content>"
    );
    zipped([("mimetype", ODS.as_bytes()), ("content.xml", content.as_bytes())])
}

/// The media type of an answer, without what says that it is text.
fn media_type(answer: &Answer) -> String {
    answer.header("content-type").unwrap_or_default().trim_end_matches("; charset=utf-8").to_owned()
}

#[actix_web::test]
async fn every_operation_takes_and_answers_in_each_media_type_of_the_document_and_in_no_other() {
    let document = document::value();
    let mut all_taken: BTreeSet<String> = onrecord::resources::operations()
        .iter()
        .flat_map(|operation| request_types(document, operation))
        .collect();
    all_taken.extend(["text/plain", "application/xml", "multipart/form-data"].map(str::to_owned));
    let app = TestApp::new().await;
    // So that there is a file of the standard to get, and that one can come in.
    app.published("grant").await;
    giving_forms::need_organisations(&app).await;
    let mut calls = 0;
    for operation in onrecord::resources::operations() {
        let (id, method) = (&operation.id, operation.method.name());
        let answers = answered(document, operation);
        if operation.method == Method::Get {
            let at = ready(&app, operation).await;
            let seen = read_in_every_way(&app, operation, &at, &answers).await;
            assert_eq!(seen, answers, "{id}: what it answers in, and what the document says");
            at.request(&app, method).header("accept", "application/x-nothing").send().await.problem(406);
            calls += seen.len();
            continue;
        }
        let types = request_types(document, operation);
        assert_eq!(types.is_empty(), operation.body.is_none(), "{id}");
        for one in &types {
            let at = ready(&app, operation).await;
            at.request(&app, method)
                .header("accept", "application/x-nothing")
                .body(one, body(&app, document, operation, one).await)
                .send()
                .await
                .problem(406);
            // The same call with a media type that it does not take, before the one with which it succeeds.
            for other in all_taken.iter().filter(|other| {
                operation.body.as_ref().is_some_and(|spec| !spec.media_types.contains(&other.as_str()))
            }) {
                let answer = at.request(&app, method).body(other, "x").send().await;
                assert_eq!(answer.status, 415, "{id} takes {other}: {}", answer.text());
                answer.problem(415);
            }
            for accept in answers.iter().map(Some).chain([None]) {
                let at = ready(&app, operation).await;
                let mut request =
                    at.request(&app, method).body(one, body(&app, document, operation, one).await);
                if let Some(accept) = accept {
                    request = request.header("accept", accept);
                }
                let answer = request.send().await;
                assert!(
                    (200..300).contains(&answer.status),
                    "{id} {one}: {} {}",
                    answer.status,
                    answer.text()
                );
                if let Some(accept) = accept {
                    assert_eq!(media_type(&answer), *accept, "{id} {one}");
                }
                calls += 1;
            }
        }
    }
    assert!(calls > 400, "{calls}");
}

/// The media types in which it answers: as `Accept` names each, and by each `format`.
async fn read_in_every_way(
    app: &TestApp,
    operation: &Operation,
    at: &Ready,
    answers: &BTreeSet<String>,
) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for accept in answers {
        let answer = at.request(app, "GET").header("accept", accept).send().await;
        assert_eq!(answer.status, 200, "{} {accept}: {}", operation.id, answer.text());
        seen.insert(media_type(&answer));
    }
    let formats = operation.params.iter().find(|param| param.name == "format").map(|param| param.ty.schema());
    let joint = if at.path.contains('?') { '&' } else { '?' };
    for format in formats.iter().flat_map(|schema| schema["enum"].as_array().unwrap()) {
        let path = format!("{}{joint}format={}", at.path, format.as_str().unwrap());
        let by_format = Ready { path, bearer: at.bearer.clone(), etag: None };
        let answer = by_format.request(app, "GET").send().await.expect(200);
        // Pages are described once for all, and not with each operation.
        if format == "html" {
            assert_eq!(media_type(&answer), "text/html", "{}", operation.id);
            continue;
        }
        seen.insert(media_type(&answer));
    }
    seen
}

#[actix_web::test]
async fn a_parameter_is_required_in_the_document_where_the_server_requires_it() {
    let document = document::value();
    let app = TestApp::new().await;
    let mut required = 0;
    for operation in onrecord::resources::operations().iter().filter(|row| row.method == Method::Get) {
        let at = ready(&app, operation).await;
        let bare = Ready { path: at.path.split('?').next().unwrap().to_owned(), ..at };
        let answer = bare.request(&app, "GET").send().await;
        let parameters = described(document, operation)["parameters"].as_array().into_iter().flatten();
        let declared: BTreeSet<&str> = parameters
            .map(|parameter| resolved(document, parameter).1)
            .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true)
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        if declared.is_empty() {
            assert_eq!(answer.status, 200, "{}: {}", operation.id, answer.text());
            continue;
        }
        required += declared.len();
        let codes = answer.problem(400);
        assert!(codes.iter().all(|code| code == "required"), "{}: {codes:?}", operation.id);
        // One by one: each is named, where the others are there.
        let whole = ready(&app, operation).await;
        let query = whole.path.split_once('?').unwrap().1.to_owned();
        for name in declared {
            let rest: Vec<&str> =
                query.split('&').filter(|pair| pair.split('=').next() != Some(name)).collect();
            let path = format!("{}?{}", bare.path, rest.join("&"));
            let answer =
                Ready { path, bearer: bare.bearer.clone(), etag: None }.request(&app, "GET").send().await;
            assert_eq!(answer.problem(400), ["required"], "{} without {name}", operation.id);
            assert_eq!(answer.json()["errors"][0]["parameter"], name, "{}", operation.id);
        }
    }
    assert!(required >= 7, "{required}");
}
