//! Records that name others of their kind: none leads back to itself, in whatever kind, by a draft, a publication or an import.

use std::collections::BTreeSet;

use onrecord::bundle::Bundle;
use onrecord::record::circles;
use serde_json::{Value, json};

use crate::reports::{body_of, faults, make, name_of, publish};
use crate::support::{Answer, TestApp, writer};

/// What makes a record of a kind name another one by each reference to its own kind.
fn naming(kind: &str, path: &str, other: &str) -> Option<Value> {
    Some(match (kind, path) {
        ("recommendation", "under") => json!({"under": other}),
        ("report", "follows") => json!({"follows": other}),
        ("plan" | "office_term", "predecessor") => json!({"predecessor": other}),
        ("policing_body", "predecessors/*") => json!({"predecessors": [other]}),
        ("area", "parents/*/area") => json!({"parents": [{"area": other}]}),
        ("source", "sources/*/source") => json!({"sources": [{"source": other}]}),
        ("proposal", "revises") => json!({"revises": other}),
        ("meeting", "postponed_to") => json!({"status": "postponed", "postponed_to": other}),
        ("meeting", "minutes/confirmed_at") => {
            json!({"status": "held", "held_on": "2026-10-01", "agenda_published_on": null, "questions": null,
                "minutes": {"state": "confirmed", "confirmed_at": other}})
        }
        _ => return None,
    })
}

fn id_of(address: &str) -> String {
    address.rsplit('/').next().unwrap().to_owned()
}

/// The detail of the fault with that code.
fn detail(answer: &Answer, code: &str) -> String {
    let body = answer.json();
    let fault = body["errors"].as_array().unwrap().iter().find(|fault| fault["code"] == code);
    fault.unwrap_or_else(|| panic!("no {code} in {body}"))["detail"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn two_records_of_one_kind_do_not_name_each_other() {
    let app = TestApp::new().await;
    let mut tried = BTreeSet::new();
    for kind in app.state.kinds.iter().copied() {
        for reference in circles::own_references(kind) {
            let (name, path) = (kind.def.name, reference.path);
            let of = |other: &str| {
                naming(name, path, other)
                    .unwrap_or_else(|| panic!("say how a {name} names another by {path}"))
            };
            let who = writer(kind);
            let (one, two) = (make(&app, who, name, json!({})).await, make(&app, who, name, json!({})).await);
            let own = app.patch(who, &one, of(&id_of(&one))).await;
            assert!(detail(&own, "own_record").contains("itself"), "{name}: {}", own.text());
            app.patch(who, &one, of(&id_of(&two))).await.expect(200);
            let back = app.patch(who, &two, of(&id_of(&one))).await;
            back.problem(422);
            let reference = |answer: Value| answer["reference"].as_str().unwrap().to_owned();
            let one = reference(app.get(Some(who), &one).await.json());
            let two = reference(app.get(Some(who), &two).await.json());
            let said = detail(&back, "circle");
            assert!(said.contains(&format!("{two} → {one} → {two}")), "{name} {path}: {said}");
            tried.insert(format!("{name} {path}"));
        }
    }
    assert_eq!(tried.len(), 10, "{tried:?}");
}

#[actix_web::test]
async fn a_longer_way_back_is_named_and_one_that_ends_is_allowed() {
    let app = TestApp::new().await;
    let mut all: Vec<String> = vec![];
    for _ in 0..14 {
        let under = all.last().map_or(Value::Null, |last| json!(id_of(last)));
        all.push(make(&app, "editor", "recommendation", json!({"under": under})).await);
    }
    let first = all[0].clone();
    let refused = app.patch("editor", &first, json!({"under": id_of(&all[2])})).await;
    assert_eq!(faults(&refused), ["/under circle"]);
    let mut names = vec![];
    for address in &all[..3] {
        names.push(app.get(Some("editor"), address).await.json()["reference"].as_str().unwrap().to_owned());
    }
    let way = format!("{} → {} → {} → {}", names[0], names[2], names[1], names[0]);
    assert!(detail(&refused, "circle").contains(&way), "{way}: {}", refused.text());
    // A long one is told by its beginning.
    let refused = app.patch("editor", &first, json!({"under": id_of(&all[13])})).await;
    assert!(detail(&refused, "circle").contains("→ 3 more →"), "{}", refused.text());
    // What ends elsewhere leads back to nothing, and once the circle is open, it may.
    app.patch("editor", &first, json!({"under": "derbyshire-pcc:REC-CHILD-PROTECTION-2021-1"}))
        .await
        .expect(200);
    app.patch("editor", &all[2], json!({"under": null})).await.expect(200);
    app.patch("editor", &first, json!({"under": id_of(&all[13])})).await.expect(200);
}

#[actix_web::test]
async fn a_publication_makes_no_circle_of_what_is_public_or_scheduled() {
    let app = TestApp::new().await;
    let one = make(&app, "editor", "recommendation", json!({})).await;
    publish(&app, "editor", &one).await;
    let two = make(&app, "editor", "recommendation", json!({"under": id_of(&one)})).await;
    publish(&app, "editor", &two).await;
    // The drafts name each other in no circle, but what is public would.
    app.patch("editor", &two, json!({"under": null})).await.expect(200);
    app.patch("editor", &one, json!({"under": id_of(&two)})).await.expect(200);
    app.step("editor", &one, "submit", json!({})).await.expect(200);
    app.step("editor", &two, "submit", json!({})).await.expect(200);
    let refused = app.step("publisher", &one, "publish", json!({})).await;
    assert_eq!(refused.problem(409), ["circle"], "{}", refused.text());
    // Scheduled after the other it may come out.
    let at = |minute: &str| json!({"publish_at": format!("2026-11-01T12:{minute}:00Z")});
    app.step("publisher", &two, "publish", at("10")).await.expect(200);
    assert_eq!(app.step("publisher", &one, "publish", at("05")).await.problem(409), ["circle"]);
    app.step("publisher", &one, "publish", at("10")).await.expect(200);
}

#[actix_web::test]
async fn the_way_back_leads_over_what_others_have_published() {
    let app = TestApp::new().await;
    let panels =
        json!({"made_by": "derbyshire-police-and-crime-panel", "report_kind": "panel", "duty": "none"});
    let offices = make(&app, "editor", "report", json!({})).await;
    publish(&app, "editor", &offices).await;
    let mut follows = panels.clone();
    follows["follows"] = json!(name_of(&app, "editor", &offices).await);
    let panels = make(&app, "panel_officer", "report", follows).await;
    publish(&app, "panel_officer", &panels).await;
    let back = json!({"follows": id_of(&panels)});
    assert_eq!(faults(&app.patch("editor", &offices, back.clone()).await), ["/follows circle"]);
    // Of the Panel's draft, in which it follows nothing, the office learns nothing.
    app.patch("panel_officer", &panels, json!({"follows": null})).await.expect(200);
    assert_eq!(faults(&app.patch("editor", &offices, back.clone()).await), ["/follows circle"]);
    app.step("panel_officer", &panels, "submit", json!({})).await.expect(200);
    app.step("panel_officer2", &panels, "publish", json!({})).await.expect(200);
    app.patch("editor", &offices, back).await.expect(200);
}

#[actix_web::test]
async fn an_import_makes_no_circle() {
    let app = TestApp::new().await;
    let n = app.state.kinds.iter().position(|kind| kind.def.name == "report").unwrap();
    let line = |reference: &str, follows: &str| {
        let mut line = body_of(&app, "report", &json!({}));
        line["reference"] = json!(reference);
        line["follows"] = json!(format!("derbyshire-pcc:{follows}"));
        line["body"] = json!("derbyshire-pcc");
        line["owner"] = json!("opcc-derbyshire");
        line
    };
    let ring = vec![line("R-1", "R-2"), line("R-2", "R-3"), line("R-3", "R-1"), line("R-4", "R-4")];
    let problem = app.import(Bundle::of_records(n, "reports", ring)).unwrap_err();
    let found: Vec<(u64, &str, &str)> =
        problem.errors.iter().map(|fault| (fault.line.unwrap(), fault.code, fault.detail.as_str())).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((found[0].0, found[0].1, found[1].0, found[1].1), (1, "circle", 4, "own_record"));
    assert!(found[0].2.contains("R-1 → R-2 → R-3 → R-1"), "{}", found[0].2);
    app.get(None, "/v1/reports/derbyshire-pcc:R-1").await.expect(404);
    let open = vec![line("R-1", "R-2"), line("R-2", "R-3"), line("R-3", "REP-VETTING-2022")];
    app.import(Bundle::of_records(n, "reports", open)).unwrap();
}
