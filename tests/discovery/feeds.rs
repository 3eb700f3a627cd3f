//! Feeds, as a feed reader reads them.

use std::collections::BTreeSet;

use onrecord::clock::Ts;
use serde_json::json;

use super::{BASE, links};
use crate::support::{Answer, TestApp};

const ATOM: &str = "http://www.w3.org/2005/Atom";

/// An entry, as far as the tests look at it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    id: String,
    title: String,
    updated: Ts,
    address: String,
}

/// Reads a feed by the rules of RFC 4287 and what common readers refuse.
fn read(answer: &Answer) -> Vec<Entry> {
    assert_eq!(answer.header("content-type"), Some("application/atom+xml"));
    let text = answer.text();
    let document = roxmltree::Document::parse(&text).unwrap();
    let feed = document.root_element();
    assert!(feed.has_tag_name((ATOM, "feed")));
    let one = |node: roxmltree::Node<'_, '_>, name: &str| -> String {
        let found: Vec<_> = node.children().filter(|child| child.has_tag_name((ATOM, name))).collect();
        assert_eq!(found.len(), 1, "{name} in {text}");
        found[0].text().unwrap_or_default().to_owned()
    };
    let link = |node: roxmltree::Node<'_, '_>, rel: &str, media_type: &str| -> String {
        let found: Vec<_> = node
            .children()
            .filter(|child| child.has_tag_name((ATOM, "link")))
            .filter(|child| {
                child.attribute("rel") == Some(rel) && child.attribute("type") == Some(media_type)
            })
            .collect();
        assert_eq!(found.len(), 1, "{rel} {media_type} in {text}");
        found[0].attribute("href").unwrap().to_owned()
    };
    let moment = |text: String| Ts::parse(&text).unwrap_or_else(|| panic!("{text} is no moment of RFC 3339"));
    assert_eq!(link(feed, "self", "application/atom+xml"), one(feed, "id"));
    assert!(link(feed, "alternate", "text/html").starts_with(BASE));
    let author = feed.children().find(|child| child.has_tag_name((ATOM, "author"))).unwrap();
    assert!(!one(author, "name").is_empty());
    assert!(!one(feed, "title").is_empty());
    let updated = moment(one(feed, "updated"));
    let mut all = vec![];
    for entry in feed.children().filter(|child| child.has_tag_name((ATOM, "entry"))) {
        let id = one(entry, "id");
        assert!(id.starts_with("urn:uuid:"), "{id}");
        let title = one(entry, "title");
        assert!(!title.trim().is_empty());
        assert!(!one(entry, "summary").is_empty());
        all.push(Entry {
            id,
            title,
            updated: moment(one(entry, "updated")),
            address: link(entry, "alternate", "text/html").strip_prefix(BASE).unwrap().to_owned(),
        });
    }
    let ids: BTreeSet<&String> = all.iter().map(|entry| &entry.id).collect();
    assert_eq!(ids.len(), all.len(), "ids are unique");
    assert!(all.iter().all(|entry| entry.updated <= updated));
    all
}

async fn feed(app: &TestApp, who: Option<&str>, path: &str) -> Vec<Entry> {
    read(&app.get(who, path).await.expect(200))
}

#[actix_web::test]
async fn a_feed_has_the_latest_entries_of_the_change_feed_with_the_same_sentences() {
    let app = TestApp::new().await;
    let mut changes = vec![];
    let mut cursor = String::new();
    loop {
        let page = app.get(None, &format!("/v1/changes?limit=200{cursor}")).await.expect(200).json();
        let rows = page["data"].as_array().unwrap().clone();
        if rows.is_empty() {
            break;
        }
        changes.extend(rows);
        cursor = format!("&cursor={}", page["page"]["next"].as_str().unwrap());
    }
    changes.reverse();
    let entries = feed(&app, None, "/v1/changes.atom?limit=200").await;
    assert_eq!(entries.len(), 200);
    for (entry, change) in entries.iter().zip(&changes) {
        assert_eq!(entry.id, format!("urn:uuid:{}", change["id"].as_str().unwrap()));
        assert_eq!(entry.title, change["sentence"]);
        assert_eq!(entry.address, change["self"]);
    }
    // By kind.
    let of_kind: Vec<&str> =
        changes.iter().filter(|row| row["kind"] == "pledge").map(|row| row["id"].as_str().unwrap()).collect();
    let entries = feed(&app, None, "/v1/changes.atom?kind=pledge&limit=200").await;
    let ids: Vec<&str> = entries.iter().map(|entry| entry.id.strip_prefix("urn:uuid:").unwrap()).collect();
    assert_eq!(ids, of_kind);
}

#[actix_web::test]
async fn a_feed_of_a_record_a_plan_or_an_organisation_has_what_belongs_to_it() {
    let app = TestApp::new().await;
    let plan = app.get(None, "/v1/plans/derbyshire-pcc:PLAN-2013").await.expect(200).json();
    let own = plan["self"].as_str().unwrap();
    for name in ["derbyshire-pcc:PLAN-2013", plan["id"].as_str().unwrap()] {
        let of_record = feed(&app, None, &format!("/v1/changes.atom?record=plans/{name}&limit=200")).await;
        assert!(!of_record.is_empty() && of_record.iter().all(|entry| entry.address == own), "{of_record:?}");
        let of_plan = feed(&app, None, &format!("/v1/changes.atom?plan={name}&limit=200")).await;
        let addresses: BTreeSet<&str> = of_plan.iter().map(|entry| entry.address.as_str()).collect();
        for kind in ["priorities", "objectives"] {
            let list = app.get(None, &format!("/v1/{kind}?plan={name}&limit=200")).await.expect(200).json();
            for row in list["data"].as_array().unwrap() {
                assert!(addresses.contains(row["self"].as_str().unwrap()), "{row}");
            }
        }
        // Nothing of another plan.
        let other = app.get(None, "/v1/plans?limit=200").await.expect(200).json();
        for row in other["data"].as_array().unwrap().iter().filter(|row| row["self"] != own) {
            // The plan that followed names it, and the one after that names a record which does.
            let follows = ["derbyshire-pcc:PLAN-2013", "derbyshire-pcc:PLAN-2021"];
            let names_it = row["predecessor"].as_str().is_some_and(|name| follows.contains(&name));
            assert!(names_it || !addresses.contains(row["self"].as_str().unwrap()), "{row}");
        }
    }
    let of_office = feed(&app, None, "/v1/changes.atom?organisation=opcc-derbyshire&limit=200").await;
    assert!(!of_office.is_empty());
    for entry in &of_office {
        let record = app.get(None, &entry.address).await.expect(200).text();
        assert!(record.contains("opcc-derbyshire"), "{}", entry.address);
    }
}

#[actix_web::test]
async fn a_feed_never_has_more_than_the_change_feed_shows() {
    let app = TestApp::new().await;
    let draft = app.draft("plan").await;
    let id = draft.rsplit('/').next().unwrap();
    for path in
        ["/v1/changes.atom", "/v1/changes.atom?kind=plan", "/v1/changes.atom?organisation=opcc-derbyshire"]
    {
        assert!(!app.get(None, path).await.expect(200).text().contains(id), "{path}");
    }
    let of_draft = format!("/v1/changes.atom?record=plans/{id}");
    app.get(None, &of_draft).await.problem(404);
    app.get(None, "/v1/changes.atom?record=plans/0199d1a5-0000-7000-8000-000000000000").await.problem(404);
    app.get(None, &format!("/v1/changes.atom?plan={id}")).await.problem(400);
    // Who sees it in the change feed sees it here, and no shared cache may store it.
    let answer = app.get(Some("editor"), &of_draft).await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert_eq!(read(&answer).len(), 1);
    // A withdrawn record says so in its feed.
    let published = crate::a_first::sweep::in_state(&app, "plan", "withdrawn").await;
    let id = published.rsplit('/').next().unwrap();
    let entries = feed(&app, None, &format!("/v1/changes.atom?record=plans/{id}")).await;
    assert!(entries[0].title.contains("was withdrawn"), "{entries:?}");
}

/// Nobody reads in a withdrawn record whom it named: the feed of an organisation or a plan does not say it either.
#[actix_web::test]
async fn a_feed_does_not_tell_what_a_withdrawn_record_named() {
    let app = TestApp::new().await;
    let address = app.draft("service").await;
    app.patch(
        "editor",
        &address,
        json!({"providers": ["victim-support"], "objectives": ["derbyshire-pcc:OBJ-2"]}),
    )
    .await
    .expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let feeds = ["organisation=victim-support", "plan=derbyshire-pcc:PLAN-2013"];
    let has = async |query: &str| {
        let entries = feed(&app, None, &format!("/v1/changes.atom?{query}&limit=200")).await;
        entries.iter().any(|entry| entry.address == address)
    };
    for query in feeds {
        assert!(has(query).await, "{query}");
    }
    app.step("publisher2", &address, "withdraw", json!({"reason": "A mistake."})).await.expect(200);
    for query in feeds {
        assert!(!has(query).await, "{query}");
    }
    assert!(has("kind=service").await);
}

#[actix_web::test]
async fn a_feed_is_kept_until_something_changes_and_its_entries_stay_what_they_were() {
    let app = TestApp::new().await;
    let path = "/v1/changes.atom?kind=plan";
    let before = app.get(None, path).await.expect(200);
    let again = app.request("GET", path).header("if-none-match", before.etag()).send().await;
    assert_eq!(again.status, 304);
    app.set_time("2026-11-03T11:30:00Z");
    assert_eq!(app.request("GET", path).header("if-none-match", before.etag()).send().await.status, 304);
    let made = crate::a_first::sweep::in_state(&app, "plan", "published").await;
    let after = app.get(None, path).await.expect(200);
    assert_ne!(after.etag(), before.etag());
    let (before, after) = (read(&before), read(&after));
    assert_eq!(after[0].address, made);
    assert_eq!(after[1..], before[..]);
}

#[actix_web::test]
async fn markup_in_a_title_is_text_in_a_feed() {
    let app = TestApp::new().await;
    for payload in
        ["<script>alert(1)</script>", "]]><x/>", "&lt;b&gt; &amp; \"quoted\" 'so'", "émigré – naïve"]
    {
        let body = json!({"reference": format!("T-{}", app.next()), "title": payload, "summary": payload, "from": "2025-04-01"});
        let made = app.post("editor", "/v1/plans", body).await.expect(201);
        let id = made.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
        let entries = feed(&app, Some("editor"), &format!("/v1/changes.atom?record=plans/{id}")).await;
        assert!(entries[0].title.contains(payload), "{entries:?}");
    }
}

#[actix_web::test]
async fn faults_of_a_feed_are_all_named() {
    let app = TestApp::new().await;
    let answer =
        app.get(None, "/v1/changes.atom?plan=derbyshire-pcc:NO&organisation=nobody&record=colours/red").await;
    answer.problem(400);
    let faults = answer.json()["errors"].as_array().unwrap().clone();
    for name in ["plan", "organisation", "record"] {
        assert!(faults.iter().any(|fault| fault["parameter"] == name), "{name}: {faults:?}");
    }
    app.get(None, "/v1/changes.atom?kind=colour").await.problem(400);
    app.get(None, "/v1/changes.atom?limit=0").await.problem(400);
}

#[actix_web::test]
async fn lists_and_records_name_their_feeds() {
    let app = TestApp::new().await;
    for (path, feed) in [
        ("/v1/pledges", "/v1/changes.atom?kind=pledge"),
        ("/v1/changes", "/v1/changes.atom"),
        ("/v1/plans/derbyshire-pcc:PLAN-2013", "/v1/changes.atom?plan=derbyshire-pcc:PLAN-2013"),
        ("/v1/plans/derbyshire-pcc:PLAN-2013", "/v1/changes.atom?record=plans/derbyshire-pcc:PLAN-2013"),
        ("/v1/organisations/opcc-derbyshire", "/v1/changes.atom?organisation=opcc-derbyshire"),
    ] {
        let answer = app.get(None, path).await.expect(200);
        let link = format!("<{feed}>; rel=\"alternate\"; type=\"application/atom+xml\"");
        assert!(links(&answer).contains(&link), "{path}: {:?}", links(&answer));
        app.get(None, feed).await.expect(200);
    }
}
