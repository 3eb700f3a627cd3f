//! Meetings, papers and questions: what the demo has, what they refuse, and who answers.

use serde_json::{Value, json};

use crate::reports::{body_of, faults, make, name_of, publish};
use crate::support::TestApp;

#[actix_web::test]
async fn the_board_of_february_2013_is_on_record_with_what_its_source_says() {
    let app = TestApp::new().await;
    let meeting =
        app.get(None, "/v1/meetings/derbyshire-pcc:SGB-2013-02?include=papers").await.expect(200).json();
    assert_eq!((&meeting["held_on"], &meeting["date_basis"]), (&json!("2013-02-18"), &json!("inferred")));
    assert_eq!(meeting["agenda"].as_array().unwrap().len(), 2);
    assert_eq!(meeting["minutes"]["state"], "none");
    let attendance = meeting["attendance"].as_array().unwrap();
    assert_eq!(attendance.len(), 2);
    assert!(attendance.iter().all(|one| one["present"] == "present" && one.get("name").is_none()));
    assert_eq!(meeting["clear_days"], Value::Null, "when the agenda was published is not known");
    assert_eq!(
        meeting["included"]["papers"].as_array().unwrap().len(),
        2,
        "a paper of two items is included once"
    );
    // What the office and the Panel keep stands in one list.
    let panels = app.get(None, "/v1/meetings?series=panel&sort=-held_on").await.expect(200).json();
    let days: Vec<&str> =
        panels["data"].as_array().unwrap().iter().map(|one| one["held_on"].as_str().unwrap()).collect();
    assert!(days.len() > 5 && days.windows(2).all(|pair| pair[0] > pair[1]), "{days:?}");
    // The meeting is found by what was put before it, and the paper by where it was put.
    let of_paper = "/v1/meetings?paper=derbyshire-pcc:PAPER-PSM-2024-03&sort=reference";
    let found = app.get(None, of_paper).await.expect(200).json();
    let found: Vec<&Value> = found["data"].as_array().unwrap().iter().map(|one| &one["reference"]).collect();
    assert_eq!(found, ["PANEL-2024-03-21", "PSM-2024-03"]);
    let paper = "/v1/papers/derbyshire-pcc:PAPER-PSM-2024-03?include=meetings";
    assert_eq!(
        app.get(None, paper).await.expect(200).json()["included"]["meetings"].as_array().unwrap().len(),
        2
    );
}

#[actix_web::test]
async fn a_meeting_says_all_that_is_wrong_at_once() {
    let app = TestApp::new().await;
    let paper = "derbyshire-pcc:PAPER-PSM-2024-03";
    let changes = json!({
        "held_on": null, "postponed_to": "derbyshire-pcc:SGB-2013-02", "time": "25:00",
        "agenda": [
            {"number": 2, "title": "A", "part": "open", "ground": "commercial"},
            {"number": 2, "title": "B", "part": "exempt", "papers": [paper, "derbyshire-pcc:NO-PAPER", paper]},
            {"number": 1, "title": "C", "part": "exempt", "ground": "commercial", "papers": [paper]},
        ],
        "minutes": {"state": "none", "confirmed_at": "derbyshire-pcc:PSM-2022", "doc": {"title": "Minutes"}},
    });
    let body = body_of(&app, "meeting", &changes);
    let answer = app.post("editor", "/v1/meetings", body).await;
    assert_eq!(
        faults(&answer),
        [
            "/agenda/0/ground not_here",
            "/agenda/1/number order",
            "/agenda/1/papers/1 not_found",
            "/agenda/1/papers/2 duplicate",
            "/agenda/2/number order",
            "/held_on required",
            "/minutes/confirmed_at not_here",
            "/minutes/doc not_here",
            "/postponed_to not_here",
            "/time pattern",
        ]
    );
    let stated = json!({"date_basis": "not_stated"});
    let answer = app.post("editor", "/v1/meetings", body_of(&app, "meeting", &stated)).await;
    assert_eq!(faults(&answer), ["/held_on not_here"]);
    let late = json!({"questions": {"close_on": "2026-11-16", "answer_days": 10}});
    let answer = app.post("editor", "/v1/meetings", body_of(&app, "meeting", &late)).await;
    assert_eq!(faults(&answer), ["/questions/close_on out_of_range"]);
    let without = json!({"date_basis": "not_stated", "held_on": null});
    let address = make(&app, "editor", "meeting", without).await;
    let itself = json!({"status": "postponed", "postponed_to": name_of(&app, "editor", &address).await});
    assert_eq!(faults(&app.patch("editor", &address, itself).await), ["/postponed_to own_record"]);
}

#[actix_web::test]
async fn a_meeting_counts_the_clear_days_and_the_questions_that_the_reader_sees() {
    let app = TestApp::new().await;
    let address = make(&app, "editor", "meeting", json!({})).await;
    publish(&app, "editor", &address).await;
    let counts = async || {
        let meeting = app.get(None, &address).await.expect(200).json();
        let counts = &meeting["question_counts"];
        assert_eq!(counts["received"], counts["accepted"], "{counts}");
        let counts = json!({"accepted": counts["accepted"], "answered": counts["answered"]});
        (meeting["clear_days"].clone(), counts)
    };
    // From 30 October to 16 November.
    assert_eq!(counts().await, (json!(16), json!({"accepted": 0, "answered": 0})));
    let meeting = name_of(&app, "editor", &address).await;
    let answered = make(&app, "editor", "question", json!({"meeting": meeting})).await;
    let open = make(&app, "editor", "question", json!({"meeting": meeting, "answers": []})).await;
    assert_eq!(counts().await.1, json!({"accepted": 0, "answered": 0}), "a draft tells nothing");
    for question in [&answered, &open] {
        publish(&app, "editor", question).await;
    }
    assert_eq!(counts().await.1, json!({"accepted": 2, "answered": 1}));
}

#[actix_web::test]
async fn the_office_answers_a_question_of_the_panel_and_changes_nothing_else() {
    let app = TestApp::new().await;
    let changes = json!({"asked_by": "panel", "assigned_organisation": "opcc-derbyshire", "answers": []});
    let address = make(&app, "panel_officer", "question", changes).await;
    publish(&app, "panel_officer", &address).await;
    let refused = app.patch("editor", &address, json!({"text": "Another question"})).await;
    refused.problem(403);
    assert!(refused.text().contains("not_yours"), "{}", refused.text());
    let answers = json!([{"by": "opcc-derbyshire", "role": "Commissioner", "on": "2026-11-01", "text": "Soon.", "in_meeting": false}]);
    app.patch("editor", &address, json!({"answers": answers})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.problem(403);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("panel_officer2", &address, "publish", json!({})).await.expect(200);
    assert_eq!(app.get(None, &address).await.expect(200).json()["answers"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn who_may_not_see_a_paper_of_an_item_does_not_see_that_it_is_named() {
    let app = TestApp::new().await;
    let draft = make(&app, "editor", "paper", json!({"drafted_by": null})).await;
    let draft = name_of(&app, "editor", &draft).await;
    let agenda = json!([
        {"number": 1, "title": "A", "part": "open", "papers": ["derbyshire-pcc:PAPER-PSM-2022-VAWG"]},
        {"number": 2, "title": "B", "part": "open", "papers": [draft, "derbyshire-pcc:PAPER-PSM-2024-03"]},
    ]);
    let address = make(&app, "editor", "meeting", json!({"agenda": agenda})).await;
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    let refused = app.step("publisher", &address, "publish", json!({})).await;
    assert_eq!(refused.problem(409), ["not_public"]);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/agenda/1/papers/0");
    app.step("publisher", &address, "share", json!({})).await.expect(200);
    let papers = |meeting: Value| meeting["agenda"][1]["papers"].as_array().unwrap().len();
    assert_eq!(papers(app.get(Some("editor"), &address).await.expect(200).json()), 2);
    let shared = app.get(Some("panel_officer"), &address).await.expect(200).json();
    assert_eq!(papers(shared.clone()), 1);
    assert_eq!(shared["agenda"][0]["papers"].as_array().unwrap().len(), 1);
    assert!(!shared.to_string().contains(&draft));
}

/// The office can return its own scheduled publication, whatever the Panel has scheduled that the office cannot see.
#[actix_web::test]
async fn nobody_schedules_a_version_that_names_another_owner_s_before_that_is_public() {
    let app = TestApp::new().await;
    let paper = make(&app, "editor", "paper", json!({"drafted_by": null})).await;
    app.step("editor", &paper, "submit", json!({})).await.expect(200);
    app.step("publisher", &paper, "share", json!({})).await.expect(200);
    app.step("publisher", &paper, "publish", json!({"publish_at": "2026-12-01T03:00:00Z"})).await.expect(200);
    let named = name_of(&app, "editor", &paper).await;
    let agenda = json!([{"number": 1, "title": "A", "part": "open", "papers": [named]}]);
    let meeting = make(&app, "panel_officer", "meeting", json!({"agenda": agenda})).await;
    app.step("panel_officer", &meeting, "submit", json!({})).await.expect(200);
    let later = json!({"publish_at": "2026-12-01T04:00:00Z"});
    let refused = app.step("panel_officer2", &meeting, "publish", later).await;
    assert_eq!(refused.problem(409), ["not_public"]);
    app.step("publisher", &paper, "return", json!({"reason": "Not yet."})).await.expect(200);
    // Of one owner both can be scheduled, and the first cannot be returned alone.
    let own = make(&app, "editor", "meeting", json!({"agenda": agenda})).await;
    app.step("editor", &paper, "submit", json!({})).await.expect(200);
    app.step("publisher", &paper, "publish", json!({"publish_at": "2026-12-01T03:00:00Z"})).await.expect(200);
    app.step("editor", &own, "submit", json!({})).await.expect(200);
    app.step("publisher", &own, "publish", json!({"publish_at": "2026-12-01T04:00:00Z"})).await.expect(200);
    app.step("publisher", &paper, "return", json!({"reason": "Not yet."})).await.problem(409);
}

#[actix_web::test]
async fn a_statement_names_the_meeting_at_which_it_was_said() {
    let app = TestApp::new().await;
    let said = async || {
        let path = "/v1/statements?meeting=derbyshire-pcc:PSM-2024-03&limit=200&fields=reference";
        let found = app.get(None, path).await.expect(200).json();
        let name = |row: &serde_json::Value| row["reference"].as_str().unwrap().to_owned();
        found["data"].as_array().unwrap().iter().map(name).collect::<Vec<_>>()
    };
    // What the station reported of the meeting.
    let demo = said().await;
    assert!(demo.contains(&"ST-002-005".to_owned()), "{demo:?}");
    let address = make(&app, "editor", "statement", json!({"meeting": "derbyshire-pcc:PSM-2024-03"})).await;
    publish(&app, "editor", &address).await;
    assert_eq!(said().await.len(), demo.len() + 1);
}
