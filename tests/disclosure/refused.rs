//! What is not published: figures that the public could work out, and what cannot be protected.

use serde_json::json;

use super::{FIRST, draft, indicator, published, rows, submitted};
use crate::support::TestApp;

#[actix_web::test]
async fn a_release_that_gives_an_earlier_ones_hidden_figure_away_is_refused() {
    let app = TestApp::new().await;
    indicator(&app, "t5", json!({})).await;
    // Without Amber the total is no sum yet.
    published(&app, "REL-V1", &[("ALL", "2025-01", "55"), ("B", "2025-01", "12"), ("C", "2025-01", "40")])
        .await;
    let (second, answer) = submitted(&app, "REL-V2", &[("A", "2025-01", "3")], json!({})).await;
    assert_eq!(answer["disclosure"]["open_count"], 1, "{answer}");
    let open = &answer["disclosure"]["open"][0];
    assert_eq!(
        (open["series"].as_str(), open["least"].as_i64(), open["most"].as_i64()),
        (Some("t-victims.A.irregular"), Some(3), Some(3))
    );
    assert_eq!(open["sums"][0]["sum"], "AREA: ALL = 3 parts, Jan 2025");
    let refused = app.step("publisher", &second, "publish", json!({})).await;
    assert!(
        refused.text().contains("AREA: ALL = 3 parts") && refused.text().contains("out of this release"),
        "{}",
        refused.text()
    );
    assert_eq!(refused.problem(409), ["disclosure_open"]);
    // Nobody sees anything of it meanwhile.
    let seen = app.get(Some("editor"), &format!("{second}/observations")).await.expect(200).json();
    assert_eq!(seen["data"][0]["value"], "3");
    app.step("publisher", &second, "share", json!({})).await.expect(200);
    let panel = app.get(Some("panel_member"), &format!("{second}/observations")).await.expect(200).json();
    assert_eq!(
        (panel["data"][0]["value"].is_null(), panel["data"][0]["CONF_STATUS"].as_str()),
        (true, Some("N"))
    );
}

#[actix_web::test]
async fn a_correction_does_not_give_away_what_stays_hidden() {
    let app = TestApp::new().await;
    indicator(&app, "t5", json!({})).await;
    published(&app, "REL-V1", FIRST).await;
    app.set_time("2026-11-02T11:30:00Z");
    // Brook protects Amber. To show its new figure beside the old total is safe only if the total changes with it.
    let (second, answer) = submitted(&app, "REL-V2", &[("B", "2025-01", "2153")], json!({})).await;
    assert_eq!(
        (answer["disclosure"]["secondary"].as_i64(), answer["disclosure"]["open_count"].as_i64()),
        (Some(1), Some(0)),
        "{answer}"
    );
    app.step("publisher", &second, "publish", json!({})).await.expect(200);
    let public = app.get(None, "/v1/series/t-victims.B.irregular/observations").await.expect(200).text();
    assert!(!public.contains("2153"), "{public}");
}

#[actix_web::test]
async fn a_small_count_that_was_public_before_is_named() {
    let app = TestApp::new().await;
    let address = indicator(&app, "none", json!({})).await;
    let first = published(&app, "REL-V1", FIRST).await;
    let profile = json!({"disclosure_profile": "t5"});
    assert_eq!(app.patch("editor", &address, profile.clone()).await.problem(422), ["figures_out"]);
    app.step("publisher2", &first, "withdraw", json!({"reason": "Small counts."})).await.expect(200);
    app.patch("editor", &address, profile).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    app.set_time("2026-11-02T11:30:00Z");
    let (second, answer) = submitted(&app, "REL-V2", FIRST, json!({})).await;
    assert_eq!(
        answer["disclosure"]["open"][0]["mend"].as_str().unwrap().split(' ').next(),
        Some("derbyshire-pcc:REL-V1")
    );
    let refused = app.step("publisher", &second, "publish", json!({})).await;
    assert!(refused.text().contains("redact derbyshire-pcc:REL-V1"), "{}", refused.text());
    refused.problem(409);
}

#[actix_web::test]
async fn the_profile_and_the_codes_of_published_figures_stay_safe() {
    let app = TestApp::new().await;
    let codes = json!({"dimensions": [{"code": "AREA", "name": "Area", "codes": [
        {"code": "ALL", "name": "All areas"}, {"code": "A", "name": "Amber", "parent": "ALL"},
        {"code": "B", "name": "Brook"}, {"code": "C", "name": "Crich", "parent": "ALL"}]}]});
    // Brook is no part of the total, so that nothing adds up.
    let address = indicator(&app, "t5", codes).await;
    published(&app, "REL-V1", &[("ALL", "2025-01", "55"), ("A", "2025-01", "3"), ("B", "2025-01", "12")])
        .await;
    for profile in ["none", "t5_r5"] {
        assert_eq!(
            app.patch("editor", &address, json!({"disclosure_profile": profile})).await.problem(422),
            ["figures_out"]
        );
    }
    let without = |b: serde_json::Value| {
        json!({"dimensions": [{"code": "AREA", "name": "Area", "codes": [
        {"code": "ALL", "name": "All areas"}, {"code": "A", "name": "Amber", "parent": "ALL"}, b,
        {"code": "C", "name": "Crich", "parent": "ALL", "to": "2024-12-31"}]}]})
    };
    // With Crich ended and without Brook, Amber would be the whole of the total: 55, and yet 1 to 4.
    let refused = app.patch("editor", &address, without(json!({"code": "B", "name": "Brook"}))).await;
    assert!(!refused.problem(422).is_empty());
}

#[actix_web::test]
async fn what_cannot_be_protected_is_refused_with_every_fault() {
    let app = TestApp::new().await;
    indicator(&app, "t5", json!({})).await;
    let address = draft(&app, "REL-V1", json!({})).await;
    let text = "AREA,TIME_PERIOD,value,CONF_STATUS\nA,2025-01,3,A\nB,2025-01,7,N\nC,2025-01-01/P10D,5,\n";
    let faults = app.put_observations("force_analyst", &address, text).await.problem(422);
    assert_eq!(faults, ["conf_status", "conf_status", "period"]);
    app.put_observations("force_analyst", &address, &rows(FIRST)).await.expect(200);
}

#[actix_web::test]
async fn tables_that_are_too_large_for_an_exact_answer_are_refused() {
    let app = TestApp::new().await;
    let mut codes = vec![json!({"code": "ALL", "name": "All"})];
    codes.extend(
        (0..450).map(|n| json!({"code": format!("X{n}"), "name": format!("Part {n}"), "parent": "ALL"})),
    );
    indicator(&app, "t5", json!({"dimensions": [{"code": "AREA", "name": "Area", "codes": codes}]})).await;
    let address = draft(&app, "REL-V1", json!({})).await;
    let mut text = "AREA,TIME_PERIOD,value\nALL,2025-01,1350\n".to_owned();
    (0..450).for_each(|n| text.push_str(&format!("X{n},2025-01,3\n")));
    let refused = app.put_observations("force_analyst", &address, &text).await;
    assert!(refused.text().contains("hang together"), "{}", refused.text());
    assert_eq!(refused.problem(422), ["too_large_to_audit"]);
}

#[actix_web::test]
async fn parents_of_codes_are_codes_of_the_dimension_and_no_circle() {
    let app = TestApp::new().await;
    let body = |codes: serde_json::Value| {
        json!({
        "reference": "IND-P", "slug": "t-parents", "title": "T", "definition": "D.", "unit": "COUNT", "decimals": 0,
        "measure_type": "count", "polarity": "contextual", "frequency": "P1M", "disclosure_profile": "t5",
        "definition_version": 1, "dimensions": [{"code": "AREA", "name": "Area", "codes": codes}]})
    };
    let unknown = body(json!([{"code": "A", "name": "A", "parent": "Z"}]));
    assert_eq!(app.post("editor", "/v1/indicators", unknown).await.problem(422), ["unknown_code"]);
    let circle =
        body(json!([{"code": "A", "name": "A", "parent": "B"}, {"code": "B", "name": "B", "parent": "A"},
        {"code": "C", "name": "C", "parent": "C"}, {"code": "D", "name": "D", "parent": "A"}]));
    assert_eq!(
        app.post("editor", "/v1/indicators", circle).await.problem(422),
        ["circular", "circular", "circular"]
    );
}
