//! Recommendations: how they are closed, and what they refuse.

use serde_json::json;

use crate::reports::{body_of, faults, make, name_of, publish};
use crate::support::TestApp;

#[actix_web::test]
async fn closing_needs_a_day_a_reason_and_the_maker_s_own_document() {
    let app = TestApp::new().await;
    let source = "hmicfrs-child-protection-2022";
    for (changes, expected) in [
        (json!({"closing": "implemented"}), vec!["/closed_on required", "/closed_why required"]),
        (
            json!({"closing": "implemented", "closed_on": "2022-10-21", "closed_why": "Done."}),
            vec!["/closed_source required"],
        ),
        (
            json!({"closed_on": "2022-10-21", "closed_source": source}),
            vec!["/closed_on not_here", "/closed_source not_here"],
        ),
        (
            json!({"act_by": "2021-11-15", "respond_by": "2021-01-01"}),
            vec!["/act_by out_of_range", "/respond_by out_of_range"],
        ),
        (json!({"made_by": "home-office"}), vec!["/made_by mismatch"]),
        (json!({"addressed_to": ["ehrc", "ehrc"]}), vec!["/addressed_to/1 duplicate"]),
    ] {
        let answer =
            app.post("editor", "/v1/recommendations", body_of(&app, "recommendation", &changes)).await;
        assert_eq!(faults(&answer), expected, "{changes}");
    }
    let closed = json!({"closing": "implemented", "closed_on": "2022-10-21", "closed_why": "Done.", "closed_source": source});
    make(&app, "editor", "recommendation", closed).await;
}

#[actix_web::test]
async fn the_panel_closes_its_own_without_a_source_and_nobody_else_s() {
    let app = TestApp::new().await;
    let by = "derbyshire-police-and-crime-panel";
    let report = make(&app, "panel_officer", "report", json!({"made_by": by, "report_kind": "panel"})).await;
    let report_name = name_of(&app, "panel_officer", &report).await;
    let of_panel = json!({"report": report_name, "made_by": by, "made_on": null, "act_by": null});
    let address = make(&app, "panel_officer", "recommendation", of_panel).await;
    let closing =
        json!({"closing": "implemented", "closed_on": "2026-10-01", "closed_why": "The office did it."});
    // Published with its report, then closed by its owner.
    publish(&app, "panel_officer", &report).await;
    publish(&app, "panel_officer", &address).await;
    app.get(Some("editor"), &address).await.expect(200);
    app.patch("editor", &address, closing.clone()).await.problem(403);
    app.patch("panel_officer", &address, closing.clone()).await.expect(200);
    let inspectorates = make(&app, "panel_officer", "recommendation", json!({})).await;
    assert_eq!(
        faults(&app.patch("panel_officer", &inspectorates, closing).await),
        ["/closed_source required"]
    );
}

#[actix_web::test]
async fn it_belongs_to_a_recommendation_of_the_same_report() {
    let app = TestApp::new().await;
    let above = "derbyshire-pcc:REC-CHILD-PROTECTION-2021-1";
    let address = make(&app, "editor", "recommendation", json!({"under": above})).await;
    let itself = name_of(&app, "editor", &address).await;
    assert_eq!(faults(&app.patch("editor", &address, json!({"under": itself})).await), ["/under own_record"]);
    let other = json!({"report": "derbyshire-pcc:REP-VETTING-2022"});
    assert_eq!(faults(&app.patch("editor", &address, other).await), ["/under other_report"]);
}

#[actix_web::test]
async fn no_check_tells_of_a_draft_of_the_other_owner() {
    let app = TestApp::new().await;
    // The office drafts that another organisation made its report: the Panel learns nothing of it.
    let report = "/v1/reports/derbyshire-pcc:REP-VETTING-2022";
    app.patch("editor", report, json!({"made_by": "home-office"})).await.expect(200);
    let of_report = json!({"report": "derbyshire-pcc:REP-VETTING-2022"});
    make(&app, "panel_officer", "recommendation", of_report.clone()).await;
    let own = body_of(&app, "recommendation", &of_report);
    assert_eq!(faults(&app.post("editor", "/v1/recommendations", own).await), ["/made_by mismatch"]);
}
