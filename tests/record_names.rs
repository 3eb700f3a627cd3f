//! Names: what is found by one, and that "taken" tells of nothing that the caller does not see.

use std::collections::{BTreeMap, BTreeSet};

use onrecord::record::kind::{Filter, KindDef};
use onrecord::record::resolve::{self, NameInContent};
use serde_json::{Value, json};

use crate::support::{ACTORS, Answer, TestApp, publisher, withdrawer, writer};

async fn make(app: &TestApp, who: &str, kind: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let kind = app.state.kind(kind).unwrap();
    let mut body = app.fresh(kind);
    change(&mut body);
    app.post(who, &format!("/v1/{}", kind.def.path), body).await
}

fn location(answer: &Answer) -> String {
    answer.header("location").unwrap().to_owned()
}

/// What the public is answered, but for what no two answers have in common.
async fn public(app: &TestApp, path: &str) -> (u16, Vec<(String, String)>, String) {
    app.get(None, path).await.comparable()
}

#[actix_web::test]
async fn the_slug_of_a_draft_finds_nothing_and_hides_nothing() {
    let app = TestApp::new().await;
    let address = app.published("indicator").await;
    let slug = app.get(None, &address).await.expect(200).json()["slug"].as_str().unwrap().to_owned();
    let by_slug =
        |slug: &str| ["series", "observations"].map(|path| format!("/v1/{path}?indicator={slug}&limit=10"));
    let mut before = vec![];
    for path in by_slug(&slug).into_iter().chain(by_slug("a-new-slug")) {
        before.push((path.clone(), public(&app, &path).await));
    }
    let statuses: Vec<u16> = before.iter().map(|(_, answer)| answer.0).collect();
    assert_eq!(statuses, [200, 200, 400, 400]);
    app.patch("editor", &address, json!({"slug": "a-new-slug"})).await.expect(200);
    for (path, answer) in &before {
        assert_eq!(public(&app, path).await, *answer, "{path}");
    }
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let statuses = [public(&app, &before[0].0).await.0, public(&app, &before[2].0).await.0];
    assert_eq!(statuses, [400, 200], "the new slug is public, the old one names nothing");
    app.step("publisher2", &address, "withdraw", json!({"reason": "made in error"})).await.expect(200);
    let statuses = [public(&app, &before[0].0).await.0, public(&app, &before[2].0).await.0];
    assert_eq!(statuses, [400, 410]);
}

#[actix_web::test]
async fn a_draft_that_changes_what_names_a_record_changes_no_public_answer() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for kind in app.state.kinds.iter().filter(|kind| kind.def.workflow) {
        let who = writer(kind);
        // Another value in each field by which lists filter, and by which a record is found.
        for column in kind.def.columns.iter().filter(|column| column.filter != Filter::No || column.unique) {
            if column.path.contains('/') || kind.codes(column.path).is_none() && !column.unique {
                continue;
            }
            let address = app.published(kind.def.name).await;
            let old = app.get(None, &address).await.expect(200).json()[column.path].clone();
            let new = match kind.codes(column.path) {
                Some(codes) => codes.into_iter().find(|code| old != *code).unwrap(),
                None => format!("another-{tried}"),
            };
            let mut paths = vec![address.clone(), format!("{address}/versions"), format!("{address}/thread")];
            for value in [old.as_str().unwrap_or_default(), new.as_str()] {
                paths.push(format!("/v1/{}?{}={value}&count=true&limit=1", kind.def.path, column.name));
                if kind.def.name == "indicator" {
                    paths.push(format!("/v1/series?indicator={value}"));
                    paths.push(format!("/v1/observations?indicator={value}"));
                }
            }
            paths.retain(|path| !path.contains("=&"));
            let mut before = vec![];
            for path in &paths {
                before.push(public(&app, path).await);
            }
            let edited = app.patch(who, &address, json!({column.path: new})).await;
            if edited.status == 422 {
                // Another rule of the kind needs more than this one field.
                continue;
            }
            edited.expect(200);
            tried += 1;
            for (path, answer) in paths.iter().zip(before) {
                assert_eq!(public(&app, path).await, answer, "{path} after {} = {new}", column.name);
            }
        }
    }
    assert!(tried > 8, "{tried}");
}

#[actix_web::test]
async fn a_reference_of_one_partner_tells_another_nothing_and_publication_settles_it() {
    let app = TestApp::new().await;
    let named = |body: &mut Value| body["reference"] = json!("REL-SAME");
    let first = location(&make(&app, "partner", "release", named).await.expect(201));
    // The same answer as without the other's draft; twice in one organisation is told.
    let second = location(&make(&app, "other_partner", "release", named).await.expect(201));
    assert_eq!(make(&app, "partner", "release", named).await.problem(409), ["taken"]);
    let name = "/v1/releases/derbyshire-pcc:REL-SAME";
    for (who, address) in [("partner", &first), ("other_partner", &second)] {
        let own = app.get(Some(who), name).await.expect(200).json();
        assert!(address.ends_with(own["id"].as_str().unwrap()), "{who} finds its own");
    }
    app.get(None, name).await.expect(404);
    // The office sees both: the name alone says too little.
    let several = app.get(Some("editor"), name).await;
    several.problem(409);
    assert!(several.text().contains("Give the id"), "{}", several.text());
    app.request("POST", &format!("{name}/redact"))
        .as_role("data_protection")
        .if_match("\"x\"")
        .json(&json!({"reason": "A name in it."}))
        .send()
        .await
        .problem(409);
    let kind = app.state.kind("release").unwrap();
    for (who, address) in [("partner", &first), ("other_partner", &second)] {
        app.fill(kind, who, address).await;
        app.step(who, address, "submit", json!({})).await.expect(200);
    }
    app.step("publisher", &first, "publish", json!({})).await.expect(200);
    for who in [None, Some("partner"), Some("other_partner"), Some("editor")] {
        let found = app.get(who, name).await.expect(200).json();
        assert!(
            first.ends_with(found["id"].as_str().unwrap()),
            "the name is that of the published one: {who:?}"
        );
    }
    app.get(Some("other_partner"), &second).await.expect(200);
    assert_eq!(app.step("publisher", &second, "publish", json!({})).await.problem(409), ["taken"]);
    assert_eq!(make(&app, "force_analyst", "release", named).await.problem(409), ["taken"]);
    app.step("publisher2", &first, "withdraw", json!({"reason": "made in error"})).await.expect(200);
    app.get(None, name).await.expect(410);
    assert_eq!(app.step("publisher", &second, "publish", json!({})).await.problem(409), ["taken"]);
    // Where everybody who writes sees all records of the body, a reference is that of one of them.
    for kind in app.state.kinds.iter().filter(|kind| kind.def.workflow) {
        let by_owner = [
            "release",
            "report",
            "recommendation",
            "progress",
            "verification",
            "paper",
            "meeting",
            "question",
        ];
        let expected = by_owner.contains(&kind.def.name);
        assert_eq!(kind.def.named_by_owner(), expected, "{kind:?}: see migrations 51, 80 and 97");
    }
}

#[actix_web::test]
async fn a_slug_of_another_body_tells_nothing_and_publication_settles_it() {
    let app = TestApp::new().await;
    let slug = |body: &mut Value| {
        body["slug"] = json!("same-slug");
        body["objectives"] = json!([]);
    };
    let ours = location(&make(&app, "editor", "indicator", slug).await.expect(201));
    let theirs = location(&make(&app, "other_editor", "indicator", slug).await.expect(201));
    for who in ["editor2", "force_analyst"] {
        assert_eq!(make(&app, who, "indicator", slug).await.problem(409), ["taken"], "{who}");
    }
    let found = || {
        let app = &app;
        async move { app.get(None, "/v1/series?indicator=same-slug").await.status }
    };
    assert_eq!(found().await, 400);
    app.step("editor", &ours, "submit", json!({})).await.expect(200);
    app.step("other_editor", &theirs, "submit", json!({})).await.expect(200);
    // A publication to come tells the other body nothing: the first that is public keeps the slug.
    let later = json!({"publish_at": "2026-11-01T12:00:00Z"});
    app.step("publisher", &ours, "publish", later).await.expect(200);
    app.step("other_publisher", &theirs, "publish", json!({})).await.expect(200);
    assert_eq!(found().await, 200);
    app.set_time("2026-11-01T12:05:00Z");
    let csv = app.get(None, "/v1/observations?indicator=same-slug&format=json").await.expect(200).json();
    let indicator = csv["indicator"].to_string();
    let id = theirs.rsplit('/').next().unwrap();
    assert!(indicator.contains(id), "{indicator}");
    // Now both are public, and everybody may know.
    for who in ["editor", "other_editor"] {
        assert_eq!(make(&app, who, "indicator", slug).await.problem(409), ["taken"], "{who}");
    }
    let draft = location(
        &make(&app, "other_editor", "indicator", |body| body["objectives"] = json!([])).await.expect(201),
    );
    let refused = app.patch("other_editor", &draft, json!({"slug": "same-slug"})).await;
    assert_eq!(refused.problem(409), ["taken"]);
}

#[actix_web::test]
async fn two_drafts_of_one_slug_in_two_bodies_are_published_once() {
    let app = TestApp::new().await;
    let slug = |body: &mut Value| {
        body["slug"] = json!("once-only");
        body["objectives"] = json!([]);
    };
    let ours = location(&make(&app, "editor", "indicator", slug).await.expect(201));
    let theirs = location(&make(&app, "other_editor", "indicator", slug).await.expect(201));
    app.step("editor", &ours, "submit", json!({})).await.expect(200);
    app.step("other_editor", &theirs, "submit", json!({})).await.expect(200);
    app.step("other_publisher", &theirs, "publish", json!({})).await.expect(200);
    assert_eq!(app.step("publisher", &ours, "publish", json!({})).await.problem(409), ["taken"]);
    app.step("publisher", &ours, "return", json!({"reason": "The slug is in use."})).await.expect(200);
    app.patch("editor", &ours, json!({"slug": "another-one"})).await.expect(200);
    app.step("editor", &ours, "submit", json!({})).await.expect(200);
    app.step(publisher(app.state.kind("indicator").unwrap()), &ours, "publish", json!({})).await.expect(200);
}

/// What a record names of what can be withdrawn: the place, the kind and the name.
fn named(app: &TestApp, kind: &KindDef, record: &Value) -> Vec<(String, &'static KindDef, String)> {
    let found = resolve::names(kind, record).into_iter();
    let of = |name: NameInContent| (name.pointer, app.state.kind(name.reference.kind).unwrap(), name.text);
    found.map(of).filter(|(_, kind, _)| kind.def.workflow).collect()
}

#[actix_web::test]
async fn what_was_public_and_is_withdrawn_stays_named_for_everybody_who_sees_the_record() {
    let app = TestApp::new().await;
    let mut records = vec![];
    let mut withdrawn = BTreeMap::new();
    for kind in app.state.kinds.iter().copied().filter(|kind| kind.def.workflow) {
        let address = app.published(kind.def.name).await;
        let record = app.get(None, &address).await.expect(200).json();
        let names = named(&app, kind, &record);
        let addresses = names.iter().map(|(_, kind, name)| (format!("/v1/{}/{name}", kind.def.path), *kind));
        withdrawn.extend(addresses);
        if !names.is_empty() {
            records.push((kind, address, names));
        }
    }
    for (address, kind) in &withdrawn {
        app.step(withdrawer(kind), address, "withdraw", json!({"reason": "made in error"})).await.expect(200);
    }
    let (mut seen, mut places) = (BTreeMap::new(), BTreeSet::new());
    for (kind, address, names) in &records {
        let who = writer(kind);
        app.patch(who, address, json!({"note": "Another note."})).await.expect(200);
        // The working version as the office sees it, then as the auditor and the Panel do.
        for step in ["as it is", "submit", "share"] {
            match step {
                "submit" => app.step(who, address, step, json!({})).await.expect(200),
                "share" => app.step(publisher(kind), address, step, json!({})).await.expect(200),
                _ => app.get(Some(who), address).await.expect(200),
            };
            for reader in std::iter::once(None).chain(ACTORS.iter().map(|(name, ..)| Some(*name))) {
                let read = app.get(reader, address).await.expect(200).json();
                for (pointer, of, name) in names {
                    assert_eq!(read.pointer(pointer), Some(&json!(name)), "{kind:?} {pointer}, {reader:?}");
                    places.insert((kind.def.name, of.def.name));
                }
                if read["edit"].is_number() {
                    *seen.entry(reader.unwrap()).or_insert(0) += 1;
                }
            }
        }
        // Sent back as it was read, it still has them.
        app.step(publisher(kind), address, "return", json!({"reason": "Once more."})).await.expect(200);
        let read = app.get(Some(who), address).await.expect(200);
        let mut body = read.json();
        body["note"] = json!("As it was read.");
        let sent = app.request("PUT", address).as_role(who).if_match(read.etag()).json(&body).send().await;
        let sent = sent.expect(200).json();
        for (pointer, _, name) in names {
            assert_eq!(sent.pointer(pointer), Some(&json!(name)), "{kind:?} {pointer}, sent back");
        }
    }
    for reader in ["editor", "auditor", "panel_member", "partner", "force_officer", "data_protection"] {
        assert!(
            seen.get(reader).is_some_and(|count| *count > 0),
            "{reader} saw no working version: {seen:?}"
        );
    }
    assert!(places.len() > 20, "{places:?}");
}
