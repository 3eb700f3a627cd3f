//! Proposals to the Panel and its decisions: votes, vetoes, revisions, and the days that the law sets.

use serde_json::{Value, json};

use crate::reports::{body_of, faults, make, name_of, publish};
use crate::support::TestApp;

fn gbp(amount: &str) -> Value {
    json!({"amount": amount, "currency": "GBP"})
}

/// The fields of a proposed precept of a year.
fn precept(year: &str, notified_on: &str, band_d: &str, before: &str) -> Value {
    json!({
        "notified_on": notified_on,
        "precept": {"financial_year": format!("{year}-04-01/P1Y"), "band_d": gbp(band_d), "previous_band_d": gbp(before)},
    })
}

/// The fields of a proposed appointment.
fn appointment(notified_on: &str, ignored: Value) -> Value {
    let appointment = json!({
        "office": "Chief Constable", "criteria": "As advertised.", "why": "They are met.", "terms": "Five years.",
        "ignored": ignored,
    });
    json!({"proposal_kind": "appointment", "notified_on": notified_on, "precept": null, "appointment": appointment})
}

/// A published proposal; its name.
async fn proposed(app: &TestApp, changes: Value) -> String {
    let address = make(app, "editor", "proposal", changes).await;
    publish(app, "editor", &address).await;
    name_of(app, "editor", &address).await
}

/// A published decision of the Panel.
async fn decided(app: &TestApp, changes: Value) -> String {
    let address = make(app, "panel_officer", "panel_decision", changes).await;
    publish(app, "panel_officer", &address).await;
    name_of(app, "panel_officer", &address).await
}

/// The fields of a veto.
fn veto(proposal: &str, decided_on: &str, reported_on: &str) -> Value {
    json!({
        "on_plan": null, "on_proposal": proposal, "decided_on": decided_on, "reported_on": reported_on,
        "outcome": "veto", "direction": "too_high", "vote": {"members": 15, "for": 10, "absent": 4},
    })
}

async fn read(app: &TestApp, who: Option<&str>, proposal: &str) -> Value {
    app.get(who, &format!("/v1/proposals/{proposal}")).await.expect(200).json()
}

/// The clocks of a proposal, each with its day and its state.
fn clocks(proposal: &Value) -> Vec<String> {
    let text = |clock: &Value, field: &str| clock[field].as_str().unwrap_or("none").to_owned();
    let clocks = proposal["clocks"].as_array().unwrap().iter();
    clocks.map(|one| [text(one, "clock"), text(one, "due"), text(one, "state")].join(" ")).collect()
}

#[actix_web::test]
async fn a_veto_needs_two_thirds_of_all_members_and_only_a_proposal_is_vetoed() {
    let app = TestApp::new().await;
    let proposal = proposed(&app, json!({})).await;
    let said = async |changes: Value| {
        let mut all = veto(&proposal, "2027-02-04", "2027-02-05");
        for (name, value) in changes.as_object().unwrap() {
            all[name] = value.clone();
        }
        let body = body_of(&app, "panel_decision", &all);
        app.post("panel_officer", "/v1/panel-decisions", body).await
    };
    said(json!({})).await.expect(201);
    for (members, votes) in [(13, 8), (14, 9), (15, 9), (16, 10)] {
        let answer = said(json!({"vote": {"members": members, "for": votes}})).await;
        assert_eq!(faults(&answer), ["/vote/for not_enough"]);
        let words = format!("{} of {members} members", votes + 1);
        assert!(answer.text().contains(&words), "{}", answer.text());
        said(json!({"vote": {"members": members, "for": votes + 1}})).await.expect(201);
    }
    assert_eq!(faults(&said(json!({"vote": null})).await), ["/vote required"]);
    assert_eq!(faults(&said(json!({"vote": {"members": 15, "against": 1}})).await), ["/vote/for required"]);
    let many = json!({"vote": {"members": 15, "for": 10, "against": 3, "abstained": 1, "absent": 2}});
    assert_eq!(faults(&said(many).await), ["/vote/members out_of_range"]);
    let seat = |vote: &str| json!({"appointed_by": "derby-city-council", "vote": vote});
    let vote = |seats: Value| json!({"vote": {"members": 15, "for": 11, "against": 1, "seats": seats}});
    let seats = |n: usize, rest: &str| json!([vec![seat("for"); n], vec![seat(rest); 4]].concat());
    said(vote(seats(11, "absent"))).await.expect(201);
    assert_eq!(faults(&said(vote(seats(11, "against"))).await), ["/vote/against mismatch"]);
    assert_eq!(
        faults(&said(vote(seats(12, "absent"))).await),
        ["/vote/for mismatch", "/vote/seats out_of_range"]
    );
    // The veto of a precept has a direction, and nothing else has one.
    assert_eq!(faults(&said(json!({"direction": null})).await), ["/direction required"]);
    let supported = json!({"outcome": "supported", "vote": null});
    assert_eq!(faults(&said(supported).await), ["/direction not_here"]);
    let office = proposed(&app, appointment("2026-03-02", json!(null))).await;
    assert_eq!(faults(&said(json!({"on_proposal": office})).await), ["/direction not_here"]);
    said(json!({"on_proposal": office, "direction": null})).await.expect(201);
    let plan = json!({"on_proposal": null, "on_plan": "derbyshire-pcc:PLAN-2021"});
    assert_eq!(faults(&said(plan).await), ["/outcome no_veto_here"]);
    let report = json!({"on_proposal": null, "on_report": "derbyshire-pcc:REP-CHILD-PROTECTION-2021"});
    assert_eq!(faults(&said(report).await), ["/outcome no_veto_here"]);
    let both = json!({"on_plan": "derbyshire-pcc:PLAN-2021", "on_decision": "derbyshire-pcc:DEC-33-16"});
    assert_eq!(faults(&said(both).await), ["/on_decision not_here", "/on_plan not_here"]);
    let none = json!({"on_proposal": null, "outcome": "supported", "direction": null});
    assert_eq!(faults(&said(none).await), ["/on_proposal required"]);
    assert_eq!(faults(&said(json!({"reported_on": "2027-02-03"})).await), ["/reported_on out_of_range"]);
}

#[actix_web::test]
async fn a_revision_follows_the_veto_and_is_not_vetoed_again() {
    let app = TestApp::new().await;
    let first = proposed(&app, json!({})).await;
    let revised = |year: &str, band_d: &str| {
        let mut all = precept(year, "2027-02-12", band_d, "305.60");
        all["revises"] = json!(first);
        all
    };
    let said =
        async |changes: Value| app.post("editor", "/v1/proposals", body_of(&app, "proposal", &changes)).await;
    // Before the veto is public nothing is known of its direction.
    said(revised("2027", "330.00")).await.expect(201);
    decided(&app, veto(&first, "2027-02-04", "2027-02-05")).await;
    assert_eq!(faults(&said(revised("2027", "319.60")).await), ["/precept/band_d/amount not_lower"]);
    assert_eq!(faults(&said(revised("2028", "310.00")).await), ["/precept/financial_year mismatch"]);
    let second = proposed(&app, revised("2027", "310.00")).await;
    let again = veto(&second, "2027-02-20", "2027-02-21");
    let answer =
        app.post("panel_officer", "/v1/panel-decisions", body_of(&app, "panel_decision", &again)).await;
    assert_eq!(faults(&answer), ["/outcome no_second_veto"]);
    let mut third = precept("2027", "2027-02-22", "300.00", "305.60");
    third["revises"] = json!(second);
    assert_eq!(faults(&said(third).await), ["/revises no_second_veto"]);
    // The other direction.
    let low = proposed(&app, precept("2026", "2026-01-20", "300.00", "299.00")).await;
    let mut too_low = veto(&low, "2026-02-04", "2026-02-05");
    too_low["direction"] = json!("too_low");
    decided(&app, too_low).await;
    let mut lower = precept("2026", "2026-02-12", "300.00", "299.00");
    lower["revises"] = json!(low);
    assert_eq!(faults(&said(lower.clone()).await), ["/precept/band_d/amount not_higher"]);
    lower["precept"]["band_d"] = gbp("300.01");
    said(lower).await.expect(201);
    let mut other = appointment("2026-03-02", json!(null));
    other["revises"] = json!(first);
    assert_eq!(faults(&said(other).await), ["/revises not_here"]);
    let wrong =
        json!({"precept": null, "appointment": appointment("2026-03-02", json!(null))["appointment"]});
    assert_eq!(faults(&said(wrong).await), ["/appointment not_here", "/precept required"]);
    let days = appointment("2026-03-02", json!({"from": "2026-03-05", "to": "2026-03-04"}));
    assert_eq!(faults(&said(days).await), ["/appointment/ignored/to out_of_range"]);
}

#[actix_web::test]
async fn the_days_of_a_precept_are_those_of_february_before_the_year() {
    let app = TestApp::new().await;
    let first = proposed(&app, precept("2024", "2024-01-25", "279.60", "266.60")).await;
    let shown = read(&app, None, &first).await;
    assert_eq!((&shown["change"], &shown["change_pct"]), (&json!("13.00"), &json!("4.9")));
    assert_eq!(shown["veto_in_force"], false);
    assert_eq!(clocks(&shown), ["precept_notify 2024-02-01 met", "precept_report 2024-02-08 not_on_record"]);
    decided(&app, veto(&first, "2024-02-01", "2024-02-08")).await;
    let shown = read(&app, None, &first).await;
    assert_eq!(shown["veto_in_force"], true);
    assert_eq!(
        clocks(&shown),
        [
            "precept_notify 2024-02-01 met",
            "precept_report 2024-02-08 met",
            "precept_revise 2024-02-15 not_on_record",
            "precept_review 2024-02-22 not_on_record",
            "precept_answer 2024-03-01 not_on_record",
        ]
    );
    // Where the body claims that its record is complete, silence says that it is overdue: to those concerned.
    let from = |kind: &str| json!({"kind": kind, "from": "2024-01-01"});
    let coverage = json!([from("proposal"), from("panel_decision"), from("response")]);
    app.patch("admin", "/v1/bodies/derbyshire-pcc", json!({"coverage": coverage})).await.expect(200);
    let states = async |who: Option<&str>| {
        let all = clocks(&read(&app, who, &first).await);
        all[2..].iter().map(|clock| clock.rsplit(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(None).await, ["not_public"; 3]);
    assert_eq!(states(Some("editor")).await, ["overdue"; 3]);
    assert_eq!(states(Some("panel_officer")).await, ["not_public", "overdue", "not_public"]);
    assert_eq!(states(Some("other_editor")).await, ["not_public"; 3]);
    let mut revision = precept("2024", "2024-02-16", "275.00", "266.60");
    revision["revises"] = json!(first);
    let second = proposed(&app, revision).await;
    assert_eq!(clocks(&read(&app, None, &second).await), Vec::<String>::new());
    assert_eq!(states(Some("editor")).await, ["met_late", "overdue", "overdue"]);
    let supported = json!({"on_plan": null, "on_proposal": second, "decided_on": "2024-02-20", "reported_on": "2024-02-22", "outcome": "supported", "vote": null});
    let review = decided(&app, supported).await;
    let answer =
        json!({"report": null, "panel_decision": review, "responded_on": "2024-03-01", "answers": []});
    let address = make(&app, "editor", "response", answer).await;
    publish(&app, "editor", &address).await;
    assert_eq!(states(Some("editor")).await, ["met_late", "met", "met"]);
    assert_eq!(states(None).await, ["met_late", "met", "met"]);
}

#[actix_web::test]
async fn a_veto_that_is_reported_too_late_lapses() {
    let app = TestApp::new().await;
    let proposal = proposed(&app, json!({})).await;
    app.set_time("2027-02-10T12:00:00Z");
    decided(&app, veto(&proposal, "2027-02-05", "2027-02-09")).await;
    let shown = read(&app, None, &proposal).await;
    assert_eq!(shown["veto_in_force"], false);
    assert_eq!(clocks(&shown), ["precept_notify 2027-02-01 met", "precept_report 2027-02-08 met_late"]);
}

#[actix_web::test]
async fn a_veto_without_a_day_of_report_stands_by_the_day_of_its_decision() {
    let app = TestApp::new().await;
    app.set_time("2027-02-10T12:00:00Z");
    for (decided_on, number) in [("2027-02-08", 5), ("2027-02-09", 2)] {
        let proposal = proposed(&app, json!({})).await;
        let mut unreported = veto(&proposal, decided_on, decided_on);
        unreported["reported_on"] = json!(null);
        decided(&app, unreported).await;
        let shown = read(&app, None, &proposal).await;
        assert_eq!((clocks(&shown).len(), &shown["veto_in_force"]), (number, &json!(false)), "{decided_on}");
    }
}

#[actix_web::test]
async fn the_panel_reports_on_an_appointment_within_three_weeks_without_the_time_of_an_election() {
    let app = TestApp::new().await;
    for (changes, due) in [
        (appointment("2026-03-02", json!(null)), "2026-03-22"),
        (appointment("2024-04-25", json!({"from": "2024-05-02", "to": "2024-05-08"})), "2024-05-22"),
    ] {
        let name = proposed(&app, changes).await;
        let shown = read(&app, None, &name).await;
        assert_eq!(clocks(&shown), [format!("appointment_report {due} not_on_record")]);
        assert_eq!(shown["change"], Value::Null);
        let after = format!("{}23", &due[..8]);
        let reported = |day: &str| {
            let mut all = veto(&name, &due[..10].replace("22", "20"), day);
            all["direction"] = json!(null);
            all
        };
        decided(&app, reported(&after)).await;
        let shown = read(&app, None, &name).await;
        assert_eq!(
            (&shown["veto_in_force"], clocks(&shown)),
            (&json!(false), vec![format!("appointment_report {due} met_late")])
        );
        decided(&app, reported(due)).await;
        let shown = read(&app, None, &name).await;
        assert_eq!(
            (&shown["veto_in_force"], clocks(&shown)),
            (&json!(true), vec![format!("appointment_report {due} met")])
        );
    }
}

#[actix_web::test]
async fn the_panel_sees_a_proposal_before_the_public_does_and_the_office_never_its_drafts() {
    let app = TestApp::new().await;
    let address = make(&app, "editor", "proposal", json!({})).await;
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.get(Some("panel_officer"), &address).await.problem(404);
    app.step("publisher", &address, "share", json!({})).await.expect(200);
    let shown = app.get(Some("panel_officer"), &address).await.expect(200).json();
    assert_eq!(shown["change"], "14.00");
    let name = name_of(&app, "editor", &address).await;
    let decision =
        make(&app, "panel_officer", "panel_decision", veto(&name, "2027-02-04", "2027-02-05")).await;
    app.get(Some("editor"), &decision).await.problem(404);
    app.step("panel_officer", &decision, "submit", json!({})).await.expect(200);
    let early = app.step("panel_officer2", &decision, "publish", json!({})).await;
    assert_eq!(early.problem(409), ["not_public"]);
    app.set_time("2027-02-06T12:00:00Z");
    let before = app.get(Some("editor"), &address).await.expect(200).json();
    assert_eq!(clocks(&before).len(), 2, "the Panel's draft tells nothing: {before}");
}

#[actix_web::test]
async fn a_response_answers_a_report_or_a_decision_of_the_panel() {
    let app = TestApp::new().await;
    let said = async |changes: Value| {
        faults(&app.post("editor", "/v1/responses", body_of(&app, "response", &changes)).await)
    };
    let decision = "derbyshire-pcc:PANEL-PRECEPT-2024";
    assert_eq!(said(json!({"panel_decision": decision})).await, ["/panel_decision not_here"]);
    assert_eq!(said(json!({"report": null, "answers": []})).await, ["/report required"]);
    assert_eq!(
        said(json!({"report": null, "panel_decision": decision})).await,
        ["/answers/0/recommendation other_report", "/answers/1/recommendation other_report"]
    );
    let address =
        make(&app, "editor", "response", json!({"report": null, "panel_decision": decision, "answers": []}))
            .await;
    publish(&app, "editor", &address).await;
    let found = app.get(None, &format!("/v1/responses?panel_decision={decision}")).await.expect(200).json();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn the_demo_has_the_precepts_and_what_the_panel_said_and_nothing_overdue() {
    let app = TestApp::new().await;
    let rises: Vec<String> = ["2022", "2023", "2024", "2025"].map(str::to_owned).to_vec();
    let mut shares = vec![];
    for year in rises {
        let shown = read(&app, None, &format!("derbyshire-pcc:PRECEPT-{year}?include=panel_decisions")).await;
        shares.push(shown["change_pct"].as_str().unwrap().to_owned());
        let decision = &shown["included"]["panel_decisions"][0];
        assert_eq!(decision["outcome"], "supported");
        assert!(decision["vote"].is_null(), "no source counts the votes");
        assert!(clocks(&shown).iter().all(|clock| clock.ends_with(" met")), "{shown}");
    }
    assert_eq!(shares, ["4.1", "6.0", "4.9", "5.0"]);
    for state in ["overdue", "not_public"] {
        for who in [None, Some("editor"), Some("panel_officer")] {
            let found = app.get(who, &format!("/v1/clocks?state={state}")).await.expect(200).json();
            assert_eq!(found["data"], json!([]), "{state} to {who:?}");
        }
    }
}

#[actix_web::test]
async fn a_question_is_answered_within_the_days_that_its_meeting_sets() {
    let app = TestApp::new().await;
    let meeting = |changes: Value| {
        let app = &app;
        async move {
            let address = make(app, "editor", "meeting", changes).await;
            publish(app, "editor", &address).await;
            name_of(app, "editor", &address).await
        }
    };
    let held = json!({"held_on": "2026-10-12", "status": "held", "questions": {"close_on": "2026-10-09", "answer_days": 19}});
    let held = meeting(held).await;
    let bare = meeting(json!({"questions": null})).await;
    let unknown = meeting(json!({"held_on": null, "date_basis": "not_stated"})).await;
    let ask = |meeting: &str, changes: Value| {
        let (app, mut changes) = (&app, changes);
        changes["meeting"] = json!(meeting);
        async move {
            let address = make(app, "editor", "question", changes).await;
            publish(app, "editor", &address).await;
            name_of(app, "editor", &address).await
        }
    };
    let state = async |question: &str| {
        let all = app.get(None, "/v1/clocks?clock=answer").await.expect(200).json();
        let one = all["data"].as_array().unwrap().iter().find(|clock| clock["record"] == question).cloned();
        one.map(|one| json!([one["due"], one["state"], one["days"], one["organisation"]]))
    };
    let open = ask(&held, json!({"answers": []})).await;
    // No coverage is needed: the meeting itself says by when, and everybody sees whether it was answered.
    let force = "derbyshire-constabulary";
    assert_eq!(state(&open).await, Some(json!(["2026-10-31", "overdue", 1, force])));
    let late = json!([{"by": force, "role": "Chief Constable", "on": "2026-11-01", "text": "Now.", "in_meeting": false}]);
    let late = ask(&held, json!({"answers": late})).await;
    assert_eq!(state(&late).await, Some(json!(["2026-10-31", "met_late", 1, force])));
    let answered = ask(&held, json!({"assigned_organisation": null})).await;
    assert_eq!(state(&answered).await, Some(json!(["2026-10-31", "met", null, "opcc-derbyshire"])));
    let not_taken = ask(&held, json!({"answers": [], "taken": "no"})).await;
    assert_eq!(state(&not_taken).await, None);
    let bare = ask(&bare, json!({"answers": []})).await;
    assert_eq!(state(&bare).await, Some(json!([null, "no_date", null, force])));
    let unknown = ask(&unknown, json!({"answers": []})).await;
    assert_eq!(state(&unknown).await, Some(json!([null, "not_started", null, force])));
    let me = app.get(Some("force_officer"), "/v1/me").await.expect(200).json();
    assert!(me["due"].to_string().contains("Answer the question: "), "{}", me["due"]);
}
