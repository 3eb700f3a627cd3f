//! The life of a record: who may take which step, in which state, and what others see meanwhile.

use serde_json::json;

use crate::a_first::sweep::in_state;
use crate::support::{TestApp, publisher, withdrawer, writer};

#[actix_web::test]
async fn every_kind_goes_from_draft_to_public_by_two_pairs_of_eyes() {
    let app = TestApp::new().await;
    for kind in app.workflow_kinds() {
        let address = app.draft(kind).await;
        app.get(None, &address).await.problem(404);
        let def = app.state.kind(kind).unwrap();
        app.fill(def, writer(def), &address).await;
        app.step(writer(def), &address, "submit", json!({})).await.expect(200);
        let needs = !def.def.approvals.is_empty();
        if needs {
            let early = app.step("publisher", &address, "publish", json!({})).await;
            early.problem(409);
            assert!(early.text().contains("commissioner"), "{}", early.text());
            app.step("commissioner", &address, "approve", json!({})).await.expect(200);
            app.step("commissioner", &address, "approve", json!({})).await.problem(409);
        } else {
            app.step(publisher(def), &address, "approve", json!({})).await.problem(404);
        }
        let public = app.step(publisher(def), &address, "publish", json!({})).await.expect(200).json();
        assert_eq!(public["state"], "published");
        assert_eq!(public["version"], 1);
        let seen = app.get(None, &address).await.expect(200).json();
        assert_eq!(seen["published_at"], json!("2026-11-01T11:30:00Z"));
        assert!(
            seen.get("contributors").is_none() && seen.get("author").is_none() && seen.get("edit").is_none()
        );
    }
}

#[actix_web::test]
async fn nobody_publishes_what_they_wrote_since_the_last_publication() {
    let app = TestApp::new().await;
    let address = app.published("action").await;
    app.patch("editor_publisher", &address, json!({"note": "mine"})).await.expect(200);
    app.patch("editor", &address, json!({"note": "ours"})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("editor_publisher", &address, "publish", json!({})).await.problem(403);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    // Since then they have written nothing.
    app.patch("editor", &address, json!({"note": "again"})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("editor_publisher", &address, "publish", json!({})).await.expect(200);
}

#[actix_web::test]
async fn an_approval_is_of_one_version_only() {
    let app = TestApp::new().await;
    let address = app.draft("objective").await;
    app.ready("objective", &address).await;
    app.patch("editor", &address, json!({"title": "Another title"})).await.expect(200);
    let head = app.get(Some("editor"), &address).await.json();
    assert_eq!(head["state"], "draft", "a change of what was submitted is a draft again");
    assert_eq!(head["approvals"], json!([]));
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.problem(409);
}

#[actix_web::test]
async fn a_returned_version_is_a_draft_with_the_reason() {
    let app = TestApp::new().await;
    let address = app.draft("priority").await;
    app.step("publisher", &address, "return", json!({"reason": "not submitted"})).await.problem(409);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.problem(409);
    assert_eq!(app.step("publisher", &address, "return", json!({})).await.problem(422), ["required"]);
    let back =
        app.step("commissioner", &address, "return", json!({"reason": "no source"})).await.expect(200).json();
    assert_eq!(back["state"], "draft");
    assert_eq!(back["returned_reason"], "no source");
}

#[actix_web::test]
async fn version_two_is_drafted_while_version_one_is_public() {
    let app = TestApp::new().await;
    let address = app.published("plan").await;
    let first = app.get(None, &address).await.expect(200);
    app.set_time("2026-11-01T11:40:00Z");
    app.patch("editor", &address, json!({"title": "The second title"})).await.expect(200);
    let meanwhile = app.get(None, &address).await.expect(200);
    assert_eq!(meanwhile.body, first.body);
    assert_eq!(meanwhile.etag(), first.etag());
    app.ready("plan", &address).await;
    app.set_time("2026-11-01T11:45:00Z");
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let second = app.get(None, &address).await.expect(200).json();
    assert_eq!((&second["title"], &second["version"]), (&json!("The second title"), &json!(2)));
    // The past is as it was.
    let then = app.get(None, &format!("{address}?as_of=2026-11-01T11:44:59Z")).await.expect(200);
    assert_eq!(then.json()["title"], first.json()["title"]);
    let list = app.get(None, "/v1/plans?as_of=2026-11-01T11:44:59Z&sort=-reference").await.expect(200);
    assert!(list.text().contains(first.json()["title"].as_str().unwrap()));
    assert!(!list.text().contains("The second title"));
    app.get(None, &format!("{address}?as_of=2026-11-01T11:29:59Z")).await.problem(404);
    let versions = app.get(None, &format!("{address}/versions")).await.expect(200).json();
    let states: Vec<_> =
        versions["data"].as_array().unwrap().iter().map(|line| line["state"].clone()).collect();
    assert_eq!(states, [json!("published"), json!("superseded")]);
    for n in [1, 2] {
        let one = app.get(None, &format!("{address}/versions/{n}")).await.expect(200).json();
        assert_eq!(one["version"], n);
    }
    for nothing in ["0", "3", "01", "e1", "x", "-1"] {
        app.get(None, &format!("{address}/versions/{nothing}")).await.problem(404);
    }
    assert_eq!(
        app.get(Some("editor"), &format!("{address}/versions/e1")).await.expect(200).json()["edit"],
        1
    );
}

#[actix_web::test]
async fn a_withdrawal_is_made_by_another_publisher_and_is_for_good() {
    let app = TestApp::new().await;
    for kind in app.workflow_kinds() {
        let address = app.published(kind).await;
        let def = app.state.kind(kind).unwrap();
        let owner = app.get(None, &address).await.json()["owner"].clone();
        app.step(publisher(def), &address, "withdraw", json!({"reason": "wrong"})).await.problem(403);
        let tag = app.get(Some(withdrawer(def)), &address).await.etag().to_owned();
        app.step(withdrawer(def), &address, "withdraw", json!({"reason": "wrong plan"})).await.expect(200);
        for path in [
            address.clone(),
            format!("{address}?as_of=2026-11-01T11:30:00Z"),
            format!("{address}/versions"),
            format!("{address}/versions/1"),
            format!("{address}/thread"),
        ] {
            let gone = app.get(None, &path).await;
            gone.problem(410);
            let tombstone = &gone.json()["tombstone"];
            assert_eq!(tombstone["reason"], "wrong plan");
            assert_eq!(tombstone["withdrawn_by"], owner);
        }
        app.request("PATCH", &address)
            .as_role(writer(def))
            .if_match(&tag)
            .json(&json!({"note": "x"}))
            .send()
            .await
            .problem(410);
        let list = app
            .get(
                None,
                &format!(
                    "/v1/{}?as_of=2026-11-01T11:30:00Z&limit=200",
                    app.state.kind(kind).unwrap().def.path
                ),
            )
            .await;
        assert!(!list.text().contains(address.rsplit('/').next().unwrap()));
    }
}

#[actix_web::test]
async fn what_is_published_names_only_what_the_public_can_follow() {
    let app = TestApp::new().await;
    let plan = app.draft("plan").await;
    let id = plan.rsplit('/').next().unwrap().to_owned();
    let mut body = app.state.kind("priority").unwrap().example.clone();
    body["reference"] = json!("PRI-X");
    body["plan"] = json!(id);
    let address =
        app.post("editor", "/v1/priorities", body).await.expect(201).header("location").unwrap().to_owned();
    app.ready("priority", &address).await;
    let refused = app.step("publisher", &address, "publish", json!({})).await;
    assert_eq!(refused.problem(409), ["not_public"]);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/plan");
    // Both at the same minute will do.
    app.ready("plan", &plan).await;
    app.step("publisher", &plan, "publish", json!({"publish_at": "2026-11-01T12:00:00Z"})).await.expect(200);
    app.step("publisher", &address, "publish", json!({"publish_at": "2026-11-01T11:59:00Z"}))
        .await
        .problem(409);
    app.step("publisher", &address, "publish", json!({"publish_at": "2026-11-01T12:00:00Z"}))
        .await
        .expect(200);
}

#[actix_web::test]
async fn reference_data_is_public_at_once_and_its_history_is_kept() {
    let app = TestApp::new().await;
    for (n, kind) in app.state.kinds.iter().filter(|kind| !kind.def.workflow).enumerate() {
        let moment = |minute: usize| format!("2026-11-01T11:{:02}:00Z", 32 + 2 * n + minute);
        app.set_time(&moment(0));
        let address = app.draft(kind.def.name).await;
        let first = app.get(None, &address).await.expect(200).json();
        app.set_time(&moment(1));
        let title = kind.def.title;
        let tag = app.get(Some("admin"), &address).await.etag().to_owned();
        let changed = app
            .request("PATCH", &address)
            .as_role("admin")
            .if_match(&tag)
            .json(&json!({title: "Renamed"}))
            .send()
            .await;
        changed.expect(200);
        assert_eq!(app.get(None, &address).await.json()[title], "Renamed");
        let before = app.get(None, &format!("{address}?as_of={}", moment(0))).await.expect(200).json();
        assert_eq!(before[title], first[title]);
        assert_eq!(
            app.get(None, &format!("{address}/versions")).await.json()["data"].as_array().unwrap().len(),
            2
        );
        assert_eq!(
            app.get(None, &format!("{address}/versions/2")).await.expect(200).json()[title],
            "Renamed"
        );
    }
}

#[actix_web::test]
async fn a_partner_changes_status_and_evidence_of_its_action_and_nothing_else() {
    let app = TestApp::new().await;
    let address = "/v1/actions/derbyshire-pcc:ACT-1-4";
    let evidence = json!([{"date": "2026-10-31", "summary": "The first quarter's figures were shared."}]);
    let done =
        app.patch("partner", address, json!({"status": "in_progress", "status_evidence": evidence})).await;
    assert_eq!(done.expect(200).json()["state"], "draft");
    assert_eq!(app.get(None, address).await.json()["status"], "not_reported", "the office publishes");
    let refused = app
        .patch("partner", address, json!({"wording": "Less", "due": "2030-01-01", "status": "completed"}))
        .await;
    assert_eq!(refused.problem(403), ["not_yours", "not_yours"]);
    assert_eq!(
        app.get(Some("partner"), address).await.json()["status"],
        "in_progress",
        "nothing has changed"
    );
    for verb in ["publish", "withdraw", "return", "share"] {
        app.step("partner", address, verb, json!({"reason": "x"})).await.problem(403);
    }
    // Another's action is a public record to it, and no more.
    app.patch("partner", "/v1/actions/derbyshire-pcc:ACT-1-1", json!({"status": "completed"}))
        .await
        .problem(403);
    app.patch("other_partner", address, json!({"status": "completed"})).await.problem(403);
    app.step("editor", address, "submit", json!({})).await.expect(200);
    app.step("publisher", address, "publish", json!({})).await.expect(200);
    assert_eq!(app.get(None, address).await.json()["status"], "in_progress");
}

#[actix_web::test]
async fn what_was_read_can_be_put_back_as_it_is() {
    let app = TestApp::new().await;
    for kind in &app.state.kinds {
        let who = writer(kind);
        let address = app.draft(kind.def.name).await;
        let read = app.get(Some(who), &address).await.expect(200);
        let put =
            app.request("PUT", &address).as_role(who).if_match(read.etag()).json(&read.json()).send().await;
        let put = put.expect(200).json();
        let before = read.json();
        for member in kind.field_names() {
            assert_eq!(put[member], before[member], "{kind:?} {member}");
        }
    }
}

#[actix_web::test]
async fn a_record_that_names_what_was_withdrawn_can_still_be_changed() {
    let app = TestApp::new().await;
    let objective = app.published("objective").await;
    let id = objective.rsplit('/').next().unwrap().to_owned();
    let mut body = app.state.kind("action").unwrap().example.clone();
    body["reference"] = json!("ACT-ORPHAN");
    body["objective"] = json!(id);
    let action = app
        .post("editor", "/v1/actions", body.clone())
        .await
        .expect(201)
        .header("location")
        .unwrap()
        .to_owned();
    app.step("publisher2", &objective, "withdraw", json!({"reason": "merged"})).await.expect(200);
    app.patch("editor", &action, json!({"note": "its objective was withdrawn"})).await.expect(200);
    app.ready("action", &action).await;
    app.step("publisher", &action, "publish", json!({})).await.expect(200);
    // Nothing new may name it.
    body["reference"] = json!("ACT-ORPHAN-2");
    assert_eq!(app.post("editor", "/v1/actions", body).await.problem(422), ["not_found"]);
}

#[actix_web::test]
async fn what_is_shared_is_the_panels_at_once_until_an_edit_or_a_return_takes_it_away() {
    let app = TestApp::new().await;
    for kind in app.workflow_kinds() {
        let def = app.state.kind(kind).unwrap();
        let (writer, publisher) = (writer(def), publisher(def));
        let address = in_state(&app, kind, "submitted").await;
        app.get(Some("panel_member"), &address).await.problem(404);
        app.step(publisher, &address, "share", json!({})).await.expect(200);
        let seen = app.get(Some("panel_member"), &address).await.expect(200).json();
        assert_eq!(seen["state"], "panel_shared", "{kind}");
        assert_eq!(seen["embargo_until"], json!(null));
        assert!(seen.get("contributors").is_none() && seen.get("author").is_none(), "{seen}");
        app.get(Some("panel_officer"), &address).await.expect(200);
        let reference = &seen["reference"];
        let list = format!("/v1/{}?sort=-reference&limit=200", def.def.path);
        let listed = |answer: &crate::support::Answer| {
            answer.json()["data"].as_array().unwrap().iter().any(|row| row["reference"] == *reference)
        };
        assert!(listed(&app.get(Some("panel_member"), &list).await), "{kind}");
        assert!(!listed(&app.get(None, &list).await));
        for who in
            [None, Some("other_partner"), Some("finance_officer"), Some("admin"), Some("other_panel_member")]
        {
            app.get(who, &address).await.problem(404);
        }
        let second = match publisher {
            "publisher" => "publisher2",
            other => other,
        };
        app.step(second, &address, "return", json!({"reason": "Not yet."})).await.expect(200);
        app.get(Some("panel_member"), &address).await.problem(404);
        assert!(!listed(&app.get(Some("panel_member"), &list).await));
        // Again, and taken away by an edit.
        app.step(writer, &address, "submit", json!({})).await.expect(200);
        app.step(publisher, &address, "share", json!({})).await.expect(200);
        app.get(Some("panel_member"), &address).await.expect(200);
        app.patch(writer, &address, json!({"note": "Once more."})).await.expect(200);
        app.get(Some("panel_member"), &address).await.problem(404);
        assert_eq!(app.get(Some(writer), &address).await.json()["state"], "draft");
    }
}

#[actix_web::test]
async fn a_publisher_shares_what_is_submitted_and_written_by_others() {
    let app = TestApp::new().await;
    let address = app.draft("pledge").await;
    app.step("publisher", &address, "share", json!({})).await.problem(409);
    app.patch("editor_publisher", &address, json!({"note": "mine"})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    for who in ["editor", "commissioner", "data_protection"] {
        app.step(who, &address, "share", json!({})).await.problem(403);
    }
    let by_its_author = app.step("editor_publisher", &address, "share", json!({})).await;
    by_its_author.problem(403);
    assert!(by_its_author.text().contains("somebody else must share it"), "{}", by_its_author.text());
    let share = |who| app.request("POST", &format!("{address}/share")).as_actor(who).if_match("\"x\"").send();
    assert_eq!(share(Some("panel_officer")).await.status, 404);
    assert_eq!(share(None).await.status, 401);
    app.step("publisher", &address, "share", json!({})).await.expect(200);
    app.step("publisher", &address, "share", json!({})).await.problem(409);
    // The Panel reads it and takes no step with it.
    for verb in ["share", "publish", "withdraw", "submit"] {
        let body = if verb == "withdraw" { json!({"reason": "x"}) } else { json!({}) };
        app.step("panel_officer", &address, verb, body).await.problem(403);
    }
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    app.step("publisher", &address, "share", json!({})).await.problem(409);
    // The Panel's own is shared by its other clerk.
    let reading = in_state(&app, "counter_assessment", "submitted").await;
    app.step("panel_officer", &reading, "share", json!({})).await.problem(403);
    app.step("panel_officer2", &reading, "share", json!({})).await.expect(200);
    app.get(Some("panel_member"), &reading).await.expect(200);
    app.get(Some("publisher"), &reading).await.problem(404);
}

#[actix_web::test]
async fn an_approval_outlives_the_sharing_of_the_same_version() {
    let app = TestApp::new().await;
    let address = in_state(&app, "objective", "shared").await;
    app.step("publisher", &address, "publish", json!({})).await.problem(409);
    app.step("commissioner", &address, "approve", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    // And one that was given before.
    let address = in_state(&app, "objective", "submitted").await;
    app.step("commissioner", &address, "approve", json!({})).await.expect(200);
    app.step("publisher", &address, "share", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
}

#[actix_web::test]
async fn nothing_is_published_before_its_embargo_ends_and_the_panel_sees_it_meanwhile() {
    let app = TestApp::new().await;
    let address = in_state(&app, "pledge", "submitted").await;
    for wrong in ["2026-11-01T11:00:00Z", "2026-11-01T12:00:30Z", "tomorrow"] {
        app.step("publisher", &address, "share", json!({"embargo_until": wrong})).await.problem(422);
    }
    app.step("publisher", &address, "share", json!({"embargo_until": "2026-11-01T12:00:00Z"}))
        .await
        .expect(200);
    let seen = app.get(Some("panel_officer"), &address).await.expect(200).json();
    assert_eq!(seen["embargo_until"], "2026-11-01T12:00:00Z");
    let early = app.step("publisher", &address, "publish", json!({})).await;
    early.problem(409);
    assert!(early.text().contains("embargo until 2026-11-01T12:00:00Z"), "{}", early.text());
    app.step("publisher", &address, "publish", json!({"publish_at": "2026-11-01T11:59:00Z"}))
        .await
        .problem(409);
    app.step("publisher", &address, "publish", json!({"publish_at": "2026-11-01T12:00:00Z"}))
        .await
        .expect(200);
    // Scheduled: the Panel keeps seeing it, with the embargo; the public not before the minute.
    let seen = app.get(Some("panel_member"), &address).await.expect(200).json();
    assert_eq!(
        (&seen["embargo_until"], &seen["published_at"]),
        (&json!("2026-11-01T12:00:00Z"), &json!("2026-11-01T12:00:00Z"))
    );
    app.get(None, &address).await.problem(404);
    app.set_time("2026-11-01T12:00:00Z");
    let public = app.get(None, &address).await.expect(200);
    assert!(!public.text().contains("embargo"), "{}", public.text());
    assert_eq!(app.get(Some("panel_member"), &address).await.expect(200).json(), public.json());
    // The next draft is not the Panel's, though the version before it was.
    app.patch("editor", &address, json!({"note": "The next."})).await.expect(200);
    assert_eq!(app.get(Some("panel_member"), &address).await.json(), public.json());
}

#[actix_web::test]
async fn an_embargo_ends_by_itself_or_with_a_return() {
    let app = TestApp::new().await;
    let address = in_state(&app, "pledge", "embargoed").await;
    app.set_time("2026-11-01T12:00:00Z");
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let address = in_state(&app, "fund", "submitted").await;
    app.step("publisher", &address, "share", json!({"embargo_until": "2026-11-01T18:00:00Z"}))
        .await
        .expect(200);
    app.step("commissioner", &address, "return", json!({"reason": "Not yet."})).await.expect(200);
    assert_eq!(app.get(Some("editor"), &address).await.json()["embargo_until"], json!(null));
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
}

#[actix_web::test]
async fn what_was_shared_and_is_scheduled_stays_the_panels_until_it_is_returned() {
    let app = TestApp::new().await;
    for kind in app.workflow_kinds() {
        let def = app.state.kind(kind).unwrap();
        let shared = in_state(&app, kind, "scheduled_shared").await;
        app.get(Some("panel_member"), &shared).await.expect(200);
        app.get(None, &shared).await.problem(404);
        // What was never shared is not the Panel's for being scheduled.
        let never = in_state(&app, kind, "scheduled").await;
        app.get(Some("panel_member"), &never).await.problem(404);
        app.get(Some("auditor"), &never).await.expect(200);
        app.step(publisher(def), &shared, "return", json!({"reason": "Not yet."})).await.expect(200);
        app.get(Some("panel_member"), &shared).await.problem(404);
        app.get(Some("auditor"), &shared).await.problem(404);
    }
}

#[actix_web::test]
async fn a_partner_does_not_hold_up_what_the_office_has_submitted() {
    let app = TestApp::new().await;
    for state in ["submitted", "shared", "embargoed", "scheduled", "scheduled_shared"] {
        let address = in_state(&app, "action", state).await;
        let before = app.get(Some("editor"), &address).await.json();
        app.patch("partner", &address, json!({"status": "not_started"})).await.problem(409);
        assert_eq!(app.get(Some("editor"), &address).await.json(), before, "{state}");
    }
    for state in ["draft", "published", "redrafted"] {
        let address = in_state(&app, "action", state).await;
        app.patch("partner", &address, json!({"status": "not_started"})).await.expect(200);
        // Not what it is not assigned to, and not what it is not left to change.
        app.request("PATCH", &address)
            .as_role("other_partner")
            .if_match("\"x\"")
            .json(&json!({"status": "not_started"}))
            .send()
            .await
            .problem(if state == "draft" { 404 } else { 403 });
        app.patch("partner", &address, json!({"wording": "Ours now"})).await.problem(403);
    }
}
