//! What you may not see does not exist: "exists but hidden" and "never existed" give equal answers, and
//! nothing that an unentitled caller can ask changes when a hidden record is added.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::{Connection, InstrumentationEvent};
use onrecord::access::Role;
use onrecord::config::Limits;
use onrecord::http::operation::Method;
use serde_json::json;

use crate::a_first::sweep::in_state;
use crate::access_matrix::{PANELS, assigned_to, reads_drafts};
use crate::support::{ACTORS, Answer, STRANGERS, TestApp, address_of, writer};

/// A holder of the role of open data keys.
const KEY_HOLDER: &str = "key_holder";

fn make_key_holder(app: &TestApp) {
    let body = app.id_of("policing_body", "derbyshire-pcc");
    app.make_actor(KEY_HOLDER, &[Role::OpenData], body, "jarac-derbyshire");
}

/// Everyone: no credential, every role of the body, other bodies' roles, the holder of a key.
fn everyone() -> Vec<(Option<&'static str>, &'static [Role], bool)> {
    let public: (Option<&str>, &[Role], bool) = (None, &[Role::Public], false);
    let ours = ACTORS.iter().map(|(name, roles, _)| (Some(*name), *roles, true));
    let others = STRANGERS.iter().map(|(name, roles)| (Some(*name), *roles, false));
    let key = (Some(KEY_HOLDER), [Role::OpenData].as_slice(), false);
    std::iter::once(public).chain(ours).chain(others).chain([key]).collect()
}

/// Those who may not see the kind's example in this state, written down by hand.
fn unentitled_to(kind: &str, state: &str) -> Vec<Option<&'static str>> {
    let is_submitted = state != "draft";
    let shared = ["shared", "embargoed", "scheduled_shared"].contains(&state);
    let entitled = |role: Role, who: Option<&str>| match role {
        Role::Auditor => is_submitted,
        Role::PanelMember => shared,
        Role::PanelOfficer => shared || PANELS.contains(&kind),
        // The examples of some are assigned to these ones' organisations.
        Role::PartnerWriter | Role::ForceOfficer if assigned_to(kind).is_some() => who == assigned_to(kind),
        // And those of a service and of an award name it.
        Role::PartnerReader | Role::PartnerWriter if ["service", "grant"].contains(&kind) => {
            is_submitted && who != Some("other_partner")
        }
        role => reads_drafts(role, kind),
    };
    everyone()
        .into_iter()
        .filter(|(who, roles, ours)| !ours || !roles.iter().any(|role| entitled(*role, *who)))
        .map(|(who, ..)| who)
        .collect()
}

/// A hidden record of a kind in a state; its address.
async fn hidden(app: &TestApp, kind: &str, state: &str) -> String {
    in_state(app, kind, state).await
}

/// Counts the statements that this application's one reading connection and its one writing connection are given.
fn statements(app: &TestApp) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let on = |conn: &mut onrecord::store::Conn| {
        let counted = count.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            let InstrumentationEvent::StartQuery { query, .. } = event else { return };
            // The caller's client and memberships are cached for a moment: they are not always read.
            let text = query.to_string().replace(['`', '"'], "");
            if !["FROM client", "FROM membership m"].iter().any(|cached| text.contains(cached)) {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Ok(())
    };
    app.state.db.read(on).unwrap();
    app.state.db.write(on).unwrap();
    count
}

/// The same request for an address, as the operation takes it.
async fn ask(app: &TestApp, who: Option<&str>, method: Method, head: bool, path: &str) -> Answer {
    let name = if head { "HEAD" } else { method.name() };
    let mut request = app.request(name, path).as_actor(who);
    if method != Method::Get {
        request = request.if_match("\"AAAAAAAAAAAAAAAAAAAAAAAA\"").json(&json!({"reason": "x"}));
    }
    request.send().await
}

/// What is asked of everyone; the rest of a kind's operations of those in [`AT_LENGTH`], since they all begin with the
/// same search for the record.
fn asked_of_all(id: &str) -> bool {
    ["get_", "update_", "publish_"].iter().any(|verb| id.starts_with(verb))
}

/// One of each: no credential, one of the body without this slice, one of another body.
const AT_LENGTH: &[Option<&str>] = &[None, Some("other_partner"), Some("other_editor")];

#[actix_web::test]
async fn a_hidden_record_answers_as_one_that_never_was_on_every_route() {
    let app = TestApp::with_limits(Limits { connections: 1, ..Default::default() }).await;
    make_key_holder(&app);
    let count = statements(&app);
    let counted = || count.swap(0, Ordering::SeqCst);
    let mut compared = 0;
    for state in ["draft", "submitted", "shared", "scheduled"] {
        for kind in app.workflow_kinds() {
            let address = hidden(&app, kind, state).await;
            let id = address.rsplit('/').next().unwrap().to_owned();
            let who = writer(app.state.kind(kind).unwrap());
            let row = app.get(Some(who), &address).await.expect(200).json();
            let reference = format!("derbyshire-pcc:{}", row["reference"].as_str().unwrap());
            let never = app.state.clock.new_id().to_string();
            let never_reference = "derbyshire-pcc:NEVER-1".to_owned();
            let unentitled = unentitled_to(kind, state);
            for operation in onrecord::resources::operations()
                .iter()
                .filter(|row| row.kind.is_some_and(|of| of.def.name == kind))
            {
                if !operation.path.contains("{id}") {
                    continue;
                }
                for (there, nowhere) in [(&id, &never), (&reference, &never_reference)] {
                    let path = |name: &str| address_of(&operation.path, name);
                    for who in unentitled.iter().copied() {
                        let at_length = AT_LENGTH.contains(&who);
                        if !at_length && (!asked_of_all(&operation.id) || there == &reference) {
                            continue;
                        }
                        for head in [false, true] {
                            if head && (operation.method != Method::Get || !at_length) {
                                continue;
                            }
                            let context = format!(
                                "{who:?} {} {} of a {state} {kind}",
                                operation.method.name(),
                                operation.path
                            );
                            counted();
                            let one = ask(&app, who, operation.method, head, &path(there)).await;
                            let queries = counted();
                            let other = ask(&app, who, operation.method, head, &path(nowhere)).await;
                            assert_eq!(one.comparable(), other.comparable(), "{context}");
                            assert_eq!(queries, counted(), "{context}: statements");
                            let expected = if who.is_none() && operation.writes() { 401 } else { 404 };
                            assert_eq!(one.status, expected, "{context}: {}", one.text());
                            assert!(expected == 401 || queries > 0, "{context}: nothing was counted");
                            compared += 1;
                        }
                    }
                }
            }
        }
    }
    println!("{compared} pairs compared");
    assert!(compared > 8_000, "{compared}");
}

/// Every question that an unentitled caller can ask around the demo's records.
fn questions(app: &TestApp) -> Vec<String> {
    let mut questions =
        vec!["/v1/changes".to_owned(), "/v1/changes?format=csv".to_owned(), "/v1/me".to_owned()];
    for kind in &app.state.kinds {
        let base = format!("/v1/{}", kind.def.path);
        for query in [
            "",
            "?count=true",
            "?limit=2&count=true",
            "?format=csv",
            "?limit=1&sort=-reference",
            "?as_of=2026-11-01T11:29:00Z",
            "?q=zyxhidden&count=true",
            "?q=t*&count=true&limit=2",
        ] {
            questions.push(format!("{base}{query}"));
        }
        questions.push(format!("/v1/search?q=zyx*&kind={}", kind.def.name));
        questions.push(format!("/v1/search?q=a*&kind={}&limit=2", kind.def.name));
        for column in kind.def.all_columns() {
            if column.sort != onrecord::record::kind::Sort::No {
                questions.push(format!("{base}?sort={0}&fields=reference,{0}", column.name));
            }
        }
        for include in kind.def.includes {
            questions.push(format!("{base}?include={}", include.name()));
        }
    }
    for operation in onrecord::resources::operations() {
        if let Some(example) = &operation.example {
            questions.push(example.path.clone());
        }
    }
    for (kind, reference, path) in [
        ("plan", "derbyshire-pcc:PLAN-2013", "plans"),
        ("plan", "derbyshire-pcc:PLAN-2021", "plans"),
        ("objective", "derbyshire-pcc:OBJ-2", "objectives"),
    ] {
        questions.push(format!("/v1/{path}/{reference}/thread?depth=6"));
        let includes: Vec<&str> =
            app.state.kind(kind).unwrap().def.includes.iter().map(|one| one.name()).collect();
        questions.push(format!("/v1/{path}/{reference}?include={}", includes.join(",")));
        questions.push(format!("/v1/{path}/{reference}/versions"));
    }
    for query in [
        "q=zyxhidden",
        "q=ZYX*&format=csv",
        "q=secret%20title",
        "q=the&limit=3",
        "q=p*%20t*&limit=1",
        "q=p*&limit=200",
        "q=zyxhidden&as_of=2026-11-01T11:30:00Z",
        "q=the%20zyxhidden%20one&limit=1",
        "q=",
    ] {
        questions.push(format!("/v1/search?{query}"));
    }
    questions.push("/v1/priorities?plan=derbyshire-pcc:PLAN-2021&count=true".to_owned());
    questions.push("/v1/actions?objective=derbyshire-pcc:OBJ-2&count=true".to_owned());
    questions.push("/v1/objectives?plan=derbyshire-pcc:T-1".to_owned());
    for plan in ["PLAN-2013", "PLAN-2021"] {
        questions.push(format!("/v1/plans/derbyshire-pcc:{plan}/orphans"));
        questions.push(format!("/v1/plans/derbyshire-pcc:{plan}/orphans?format=csv"));
    }
    for by in ["fund", "priority", "organisation", "year"] {
        questions.push(format!("/v1/money?by={by}"));
    }
    for by in ["provider", "area", "priority", "delivery_status"] {
        questions.push(format!("/v1/services/totals?by={by}"));
    }
    questions.push("/v1/actions?assigned_organisation=victim-support&count=true".to_owned());
    questions.push("/v1/services?provider=victim-support&count=true".to_owned());
    questions.push("/v1/services?area=E23000018&count=true".to_owned());
    questions
}

#[actix_web::test]
async fn nothing_changes_for_others_when_a_hidden_record_is_added_or_edited() {
    let app = TestApp::new().await;
    let questions = questions(&app);
    // Who sees none of these drafts, of whatever kind: that of an action is assigned to `partner`, the Panel's reading is
    // its clerk's, the indicator the analyst's too.
    let askers: Vec<Option<&str>> = everyone()
        .into_iter()
        .map(|(who, ..)| who)
        .filter(|who| app.workflow_kinds().iter().all(|kind| unentitled_to(kind, "draft").contains(who)))
        .collect();
    assert!(askers.len() > 12, "{askers:?}");
    make_key_holder(&app);
    let mut before = vec![];
    for who in &askers {
        for question in &questions {
            before.push(app.get(*who, question).await.comparable());
        }
    }
    // Each kind's example hangs on public records: its plan, its objective, its themes and areas.
    for kind in app.workflow_kinds() {
        let draft = app.draft(kind).await;
        let who = writer(app.state.kind(kind).unwrap());
        let mut change = json!({"note": "still hidden"});
        change[app.state.kind(kind).unwrap().def.title] = json!("The zyxhidden one");
        app.patch(who, &draft, change).await.expect(200);
        let path = format!("/v1/search?q=zyxhidden&kind={kind}");
        let seen = app.get(Some(who), &path).await.expect(200).json();
        assert_eq!(seen["data"].as_array().unwrap().len(), 1, "the office finds it");
    }
    // A public record with a hidden next version.
    app.patch("editor", "/v1/plans/derbyshire-pcc:PLAN-2013", json!({"title": "A secret title"}))
        .await
        .expect(200);
    app.patch("editor", "/v1/objectives/derbyshire-pcc:OBJ-2", json!({"priority": "derbyshire-pcc:PRI-1"}))
        .await
        .expect(200);
    app.seal_and_catch_up();
    let mut n = 0;
    for who in &askers {
        for question in &questions {
            let after = app.get(*who, question).await.comparable();
            assert_eq!(before[n], after, "{who:?} asks {question}");
            n += 1;
        }
    }
    println!("{n} answers compared");
}

#[actix_web::test]
async fn a_publication_that_was_scheduled_shows_the_auditor_no_draft_that_comes_after_it() {
    let app = TestApp::new().await;
    let address = hidden(&app, "action", "scheduled").await;
    assert!(app.get(Some("auditor"), &address).await.expect(200).text().contains("contributors"));
    app.set_time("2026-11-01T12:00:00Z");
    let before = app.get(Some("auditor"), &address).await.expect(200);
    let list = app.get(Some("auditor"), "/v1/actions?limit=200").await.expect(200);
    app.patch("editor", &address, json!({"note": "hidden"})).await.expect(200);
    assert_eq!(app.get(Some("auditor"), &address).await.comparable(), before.comparable());
    assert_eq!(app.get(Some("auditor"), "/v1/actions?limit=200").await.comparable(), list.comparable());
}

#[actix_web::test]
async fn the_office_sees_what_is_hidden_from_others() {
    // The comparison above would also hold if nobody saw anything.
    let app = TestApp::new().await;
    for kind in app.workflow_kinds() {
        let path = app.state.kind(kind).unwrap().def.path;
        let count = |answer: Answer| answer.json()["page"]["total"].as_i64().unwrap();
        let list = format!("/v1/{path}?count=true");
        let writer = writer(app.state.kind(kind).unwrap());
        let (office, public) = (app.get(Some(writer), &list).await, app.get(None, &list).await);
        let (office, public) = (count(office), count(public));
        let address = hidden(&app, kind, "draft").await;
        assert_eq!(count(app.get(Some(writer), &list).await), office + 1);
        assert_eq!(count(app.get(None, &list).await), public);
        let readers: &[&str] = match PANELS.contains(&kind) {
            true => &["panel_officer", "panel_officer2"],
            false => &["editor", "editor2", "publisher", "commissioner"],
        };
        for who in readers {
            app.get(Some(who), &address).await.expect(200);
        }
        app.ready(kind, &address).await;
        app.get(Some("auditor"), &address).await.expect(200);
    }
}

#[actix_web::test]
async fn a_withdrawn_draft_answers_as_one_that_never_was() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    app.step("publisher", &address, "withdraw", json!({"reason": "made by mistake"})).await.expect(200);
    let never = format!("/v1/plans/{}", app.state.clock.new_id());
    make_key_holder(&app);
    for who in unentitled_to("plan", "draft") {
        let (one, other) = (app.get(who, &address).await, app.get(who, &never).await);
        assert_eq!(one.comparable(), other.comparable(), "{who:?}");
    }
    assert_eq!(app.get(Some("editor"), &address).await.status, 410);
}

#[actix_web::test]
async fn a_partner_does_not_learn_what_its_assigned_action_hangs_on() {
    let app = TestApp::new().await;
    let objective = app.draft("objective").await;
    let id = objective.rsplit('/').next().unwrap().to_owned();
    let mut body = app.state.kind("action").unwrap().example.clone();
    body["reference"] = json!("ACT-HIDDEN");
    body["objective"] = json!(id);
    let action = app.post("editor", "/v1/actions", body).await.expect(201);
    let reference =
        app.get(Some("editor"), &objective).await.json()["reference"].as_str().unwrap().to_owned();
    let address = action.header("location").unwrap().to_owned();
    let seen = app.get(Some("partner"), &address).await.expect(200);
    assert!(seen.json()["objective"].is_null(), "{}", seen.text());
    assert!(!seen.text().contains(&reference));
    assert!(!seen.text().contains("contributors"), "the office's members are not the partner's");
    let included = app.get(Some("partner"), &format!("{address}?include=objective")).await.expect(200);
    assert_eq!(included.json()["included"]["objective"], json!([]));
    // It can still do its part.
    let patched = app.patch("partner", &address, json!({"status": "not_started"})).await.expect(200);
    assert_eq!(patched.json()["status"], json!("not_started"));
    let stored = app.get(Some("editor"), &address).await.json();
    assert_eq!(stored["objective"], json!(format!("derbyshire-pcc:{reference}")));
}

#[actix_web::test]
async fn a_draft_assignment_tells_nobody_of_the_draft() {
    let app = TestApp::new().await;
    let askers = ["auditor", "panel_member", "admin", "other_partner"];
    let mut before = vec![];
    for who in askers {
        before.push(app.get(Some(who), "/v1/me").await.comparable());
    }
    for organisation in ["jarac-derbyshire", "derbyshire-police-and-crime-panel", "opcc-derbyshire"] {
        let address = "/v1/actions/derbyshire-pcc:ACT-1-2";
        app.patch("editor", address, json!({"assigned_organisation": organisation})).await.expect(200);
        for (who, before) in askers.iter().zip(&before) {
            assert_eq!(app.get(Some(who), "/v1/me").await.comparable(), *before, "{who} {organisation}");
        }
    }
}

#[actix_web::test]
async fn an_auditor_reads_no_draft_that_was_not_submitted() {
    let app = TestApp::new().await;
    let objective = app.draft("objective").await;
    let id = objective.rsplit('/').next().unwrap().to_owned();
    let mut body = app.state.kind("action").unwrap().example.clone();
    body["reference"] = json!("ACT-AUDIT");
    body["wording"] = json!("names a SECRET");
    body["objective"] = json!(id);
    let address =
        app.post("editor", "/v1/actions", body).await.expect(201).header("location").unwrap().to_owned();
    app.patch("editor", &address, json!({"wording": "names nobody", "change_reason": "took the SECRET out"}))
        .await
        .expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    let reference =
        app.get(Some("editor"), &objective).await.json()["reference"].as_str().unwrap().to_owned();
    let seen = app.get(Some("auditor"), &address).await.expect(200);
    assert!(
        !seen.text().contains(&format!(":{reference}\"")),
        "its objective was not submitted: {}",
        seen.text()
    );
    assert!(!app.get(Some("auditor"), &format!("{address}/versions")).await.text().contains("SECRET"));
    app.get(Some("auditor"), &format!("{address}/versions/e1")).await.problem(404);
    let draft = app.draft("plan").await;
    app.step("publisher", &draft, "withdraw", json!({"reason": "a SECRET reason"})).await.expect(200);
    let mut path = "/v1/changes?limit=200".to_owned();
    loop {
        let page = app.get(Some("auditor"), &path).await.expect(200).json();
        assert!(!page["data"].to_string().contains("SECRET"));
        if page["data"].as_array().unwrap().is_empty() {
            break;
        }
        path = format!("/v1/changes?limit=200&cursor={}", page["page"]["next"].as_str().unwrap());
    }
}

#[actix_web::test]
async fn a_partner_cannot_confirm_a_hidden_name_by_guessing_it() {
    let app = TestApp::new().await;
    let objective = app.draft("objective").await;
    let row = app.get(Some("editor"), &objective).await.json();
    let mut body = app.state.kind("action").unwrap().example.clone();
    body["reference"] = json!("ACT-GUESS");
    body["objective"] = row["id"].clone();
    let address =
        app.post("editor", "/v1/actions", body).await.expect(201).header("location").unwrap().to_owned();
    let right = json!(format!("derbyshire-pcc:{}", row["reference"].as_str().unwrap()));
    for (right, wrong) in
        [(right, json!("derbyshire-pcc:OBJ-NONE")), (row["id"].clone(), json!(app.state.clock.new_id()))]
    {
        let one = app.patch("partner", &address, json!({"objective": right, "status": "bogus"})).await;
        let other = app.patch("partner", &address, json!({"objective": wrong, "status": "bogus"})).await;
        assert_eq!(one.comparable(), other.comparable());
        assert_eq!(one.problem(403), ["not_yours"]);
    }
    // What it reads, hidden names as null, can be put back.
    let read = app.get(Some("partner"), &address).await;
    let put =
        app.request("PUT", &address).as_role("partner").if_match(read.etag()).json(&read.json()).send().await;
    put.expect(200);
    assert_eq!(
        app.get(Some("editor"), &address).await.json()["objective"],
        json!(format!("derbyshire-pcc:{}", row["reference"].as_str().unwrap()))
    );
}

#[actix_web::test]
async fn a_key_does_not_bring_back_what_was_withdrawn() {
    let app = TestApp::new().await;
    let mut body = app.state.kind("action").unwrap().example.clone();
    body["reference"] = json!("ACT-KEY");
    let send = || {
        app.request("POST", "/v1/actions").as_role("editor").header("idempotency-key", "k").json(&body).send()
    };
    let address = send().await.expect(201).header("location").unwrap().to_owned();
    app.step("publisher", &address, "withdraw", json!({"reason": "x"})).await.expect(200);
    send().await.problem(410);
}

#[actix_web::test]
async fn a_reference_never_has_the_form_of_an_id() {
    let app = TestApp::new().await;
    let id = app.id_of("organisation", "victim-support").to_string();
    let body = json!({"reference": id, "name": "A false one", "organisation_kind": "other"});
    assert_eq!(app.post("admin", "/v1/organisations", body).await.problem(422), ["pattern"]);
}
