//! Figures about few people: what is hidden, what the public sees, and what it could work out.

use onrecord::clock::Clock;
use onrecord::resources;
use onrecord::store::{Count, Sql};
use serde_json::{Value, json};

use crate::support::{TestApp, whole_observations};

mod attack;
mod elsewhere;
mod refused;
mod solver;

/// An indicator of victims by area and type, with the totals of both, published.
pub async fn indicator(app: &TestApp, profile: &str, more: Value) -> String {
    let mut body = json!({
        "reference": "IND-V", "slug": "t-victims", "title": "Victims of the test", "definition": "Victims.",
        "unit": "COUNT", "decimals": 0, "measure_type": "count", "polarity": "lower_is_better",
        "frequency": "irregular", "disclosure_profile": profile, "licence": "OGL-UK-3.0", "definition_version": 1,
        "dimensions": [
            {"code": "AREA", "name": "Area", "codes": [
                {"code": "ALL", "name": "All areas"}, {"code": "A", "name": "Amber", "parent": "ALL"},
                {"code": "B", "name": "Brook", "parent": "ALL"}, {"code": "C", "name": "Crich", "parent": "ALL"}]},
        ],
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = app.post("editor", "/v1/indicators", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    address
}

pub async fn draft(app: &TestApp, reference: &str, more: Value) -> String {
    let mut body = json!({"reference": reference, "title": reference, "indicator": "derbyshire-pcc:IND-V"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.post("force_analyst", "/v1/releases", body).await.expect(201).header("location").unwrap().to_owned()
}

/// Rows of area, period and value, as a file.
pub fn rows(cells: &[(&str, &str, &str)]) -> String {
    let mut text = "AREA,TIME_PERIOD,value,note\n".to_owned();
    for (area, period, value) in cells {
        text.push_str(&format!("{area},{period},{value},note of {area} {period} is {value}\n"));
    }
    text
}

/// A release with these rows, submitted; its address and the answer to the upload.
pub async fn submitted(
    app: &TestApp,
    reference: &str,
    cells: &[(&str, &str, &str)],
    more: Value,
) -> (String, Value) {
    let address = draft(app, reference, more).await;
    let answer = app.put_observations("force_analyst", &address, &rows(cells)).await.expect(200).json();
    app.step("force_analyst", &address, "submit", json!({})).await.expect(200);
    (address, answer)
}

pub async fn published(app: &TestApp, reference: &str, cells: &[(&str, &str, &str)]) -> String {
    let (address, _) = submitted(app, reference, cells, json!({})).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    address
}

/// Series, period, value and both statuses of what a reader gets of a list of observations.
fn shown(observations: &[Value]) -> Vec<(String, String, Option<String>, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let status = |one: &Value| {
        format!("{}/{}", one["OBS_STATUS"].as_str().unwrap(), one["CONF_STATUS"].as_str().unwrap())
    };
    let line = |one: &Value| {
        (text(&one["series"]).unwrap(), text(&one["TIME_PERIOD"]).unwrap(), text(&one["value"]), status(one))
    };
    observations.iter().map(line).collect()
}

/// Area, value and statuses of each observation of a release.
async fn of_release(
    app: &TestApp,
    who: Option<&str>,
    address: &str,
) -> Vec<(String, Option<String>, String)> {
    let answer = app.get(who, &format!("{address}/observations")).await.expect(200).json();
    let all = shown(answer["data"].as_array().unwrap());
    all.into_iter()
        .map(|(series, _, value, status)| (series.split('.').nth(1).unwrap().to_owned(), value, status))
        .collect()
}

fn line(area: &str, value: Option<&str>, status: &str) -> (String, Option<String>, String) {
    (area.to_owned(), value.map(str::to_owned), status.to_owned())
}

pub const FIRST: &[(&str, &str, &str)] =
    &[("ALL", "2025-01", "6155"), ("A", "2025-01", "3"), ("B", "2025-01", "2153"), ("C", "2025-01", "3999")];

#[actix_web::test]
async fn small_counts_and_what_would_give_them_away_are_hidden_from_the_public() {
    let app = TestApp::new().await;
    indicator(&app, "t5", json!({})).await;
    let (address, answer) = submitted(&app, "REL-V1", FIRST, json!({})).await;
    let hits = &answer["disclosure"];
    assert_eq!(
        *hits,
        json!({"profile": "t5", "primary": 1, "secondary": 1, "rounded": 0, "open_count": 0, "open": []})
    );
    let office = [
        line("A", Some("3"), "A/A"),
        line("ALL", Some("6155"), "A/F"),
        line("B", Some("2153"), "A/D"),
        line("C", Some("3999"), "A/F"),
    ];
    let sorted = |mut lines: Vec<(String, Option<String>, String)>| {
        lines.sort();
        lines
    };
    assert_eq!(sorted(of_release(&app, Some("editor"), &address).await), office);
    // The Panel sees of a shared release what the public will see.
    app.step("publisher", &address, "share", json!({})).await.expect(200);
    let public = [
        line("A", None, "Q/A"),
        line("ALL", Some("6155"), "A/F"),
        line("B", None, "Q/D"),
        line("C", Some("3999"), "A/F"),
    ];
    assert_eq!(sorted(of_release(&app, Some("panel_member"), &address).await), public);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    for who in [None, Some("panel_member"), Some("partner")] {
        assert_eq!(sorted(of_release(&app, who, &address).await), public, "{who:?}");
    }
    for who in ["editor", "publisher", "commissioner", "force_analyst"] {
        assert_eq!(sorted(of_release(&app, Some(who), &address).await), office, "{who}");
    }
    let answer = app.get(None, "/v1/series/t-victims.A.irregular/observations").await.expect(200).json();
    let cell = &whole_observations(&answer)[0];
    assert_eq!(
        (cell["value"].clone(), cell["OBS_STATUS"].clone(), cell["CONF_STATUS"].clone()),
        (Value::Null, json!("Q"), json!("A"))
    );
    assert_eq!(cell["note"], Value::Null);
    // A comparison with a hidden figure has no result, and says why.
    let comparison = app
        .get(None, "/v1/series/t-victims.A.irregular/comparisons?method=previous&period=2025-01")
        .await
        .expect(200);
    assert!(comparison.text().contains("suppressed"), "{}", comparison.text());
}

#[actix_web::test]
async fn the_office_reads_what_is_hidden_why_and_what_protects_it_and_nobody_else_does() {
    let app = TestApp::new().await;
    indicator(&app, "t5", json!({})).await;
    let address = published(&app, "REL-V1", FIRST).await;
    let path = format!("{address}/disclosure");
    let answer = app.get(Some("publisher"), &path).await.expect(200).json();
    assert_eq!(answer["disclosure"]["primary"], 1);
    let hidden = answer["hidden"].as_array().unwrap();
    let brief: Vec<_> = hidden
        .iter()
        .map(|one| {
            (&one["series"], &one["value"], &one["why"], &one["CONF_STATUS"], &one["least"], &one["most"])
        })
        .collect();
    assert_eq!(
        json!(brief),
        json!([
            ["t-victims.A.irregular", "3", "primary", "A", 1, 4],
            ["t-victims.B.irregular", "2153", "secondary", "D", 2152, 2155],
        ])
    );
    assert_eq!(
        hidden[0]["sums"],
        json!([{"sum": "AREA: ALL = 3 parts, Jan 2025", "hidden_with": ["t-victims.B.irregular, Jan 2025"]}])
    );
    for who in ["editor", "commissioner", "force_analyst"] {
        app.get(Some(who), &path).await.expect(200);
    }
    for who in [
        None,
        Some("panel_member"),
        Some("auditor"),
        Some("admin"),
        Some("data_protection"),
        Some("other_editor"),
        Some("other_force_analyst"),
        Some("partner"),
    ] {
        app.get(who, &path).await.problem(404);
    }
    // Of an indicator without disclosure control there is nothing.
    let plain = app.get(None, "/v1/releases?limit=1").await.expect(200).json();
    let path = format!("/v1/releases/{}/disclosure", plain["data"][0]["id"].as_str().unwrap());
    let answer = app.get(Some("editor"), &path).await.expect(200).json();
    assert_eq!(answer, json!({"disclosure": null, "hidden": []}));
}

#[actix_web::test]
async fn rounding_is_a_profile_too() {
    let app = TestApp::new().await;
    indicator(&app, "t5_r5", json!({})).await;
    let cells =
        [("A", "2025-01", "0"), ("B", "2025-01", "7"), ("C", "2025-01", "13"), ("ALL", "2025-01", "20")];
    let (address, answer) = submitted(&app, "REL-V1", &cells, json!({})).await;
    assert_eq!(answer["disclosure"]["rounded"], 4, "{answer}");
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let mut public = of_release(&app, None, &address).await;
    public.sort();
    assert_eq!(
        public,
        [
            line("A", Some("0"), "A/F"),
            line("ALL", Some("20"), "A/F"),
            line("B", Some("5"), "A/F"),
            line("C", Some("15"), "A/F"),
        ]
    );
    let mut office = of_release(&app, Some("editor"), &address).await;
    office.sort();
    assert_eq!(office[2], line("B", Some("7"), "A/F"));
}

#[actix_web::test]
async fn what_is_hidden_survives_a_return() {
    let app = TestApp::new().await;
    indicator(&app, "t5", json!({})).await;
    let concealed = || {
        let text = Sql::new("SELECT count(*) AS n FROM concealed");
        app.state.db.read(|conn| Ok(diesel::RunQueryDsl::get_result::<Count>(text.clone(), conn)?.n)).unwrap()
    };
    let (address, _) = submitted(&app, "REL-V1", FIRST, json!({})).await;
    assert_eq!(concealed(), 2);
    app.step("publisher", &address, "publish", json!({"publish_at": "2027-01-04T09:30:00Z"}))
        .await
        .expect(200);
    assert_eq!(concealed(), 2);
    // Of a protected indicator one release is published at a time.
    let (second, _) = submitted(&app, "REL-V2", &[("A", "2025-02", "9")], json!({})).await;
    let refused = app.step("publisher", &second, "publish", json!({})).await.expect(409);
    assert!(refused.text().contains("derbyshire-pcc:REL-V1 is scheduled"), "{}", refused.text());
    app.step("publisher", &address, "return", json!({"reason": "Not yet."})).await.expect(200);
    assert_eq!(
        of_release(&app, Some("editor"), &address)
            .await
            .iter()
            .filter(|one| one.1.as_deref() == Some("3"))
            .count(),
        1
    );
    app.step("force_analyst", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    assert_eq!(concealed(), 2);
    let verified = resources::verify_observations(&app.state.db, |_| {}).unwrap();
    assert!(verified.as_ref().is_ok_and(|one| (one.concealed, one.uncovered) == (2, 0)), "{verified:?}");
    let found = resources::audit_disclosure(&app.state.db, Clock::system().now()).unwrap();
    assert!(found.findings.is_empty() && found.not_audited.is_empty(), "{found:?}");
}

/// A hidden figure that was changed or removed in the database is found.
#[actix_web::test]
async fn a_changed_hidden_figure_is_found() {
    let app = TestApp::new().await;
    indicator(&app, "t5", json!({})).await;
    published(&app, "REL-V3", FIRST).await;
    let run = |statement: &'static str| {
        let changed = app
            .state
            .db
            .write(move |conn| Ok(diesel::RunQueryDsl::execute(Sql::new(statement), conn)?))
            .unwrap();
        assert!(changed > 0, "{statement}");
    };
    let found = || resources::verify_observations(&app.state.db, |_| {}).unwrap();
    assert!(found().is_ok_and(|one| (one.concealed, one.uncovered) == (2, 0)));
    for (statement, back) in [
        (
            "UPDATE concealed SET value = value + 1000000 WHERE value IS NOT NULL",
            "UPDATE concealed SET value = value - 1000000 WHERE value IS NOT NULL",
        ),
        ("UPDATE concealed SET numerator = 7", "UPDATE concealed SET numerator = NULL"),
        ("UPDATE concealed SET ends = ends + 1", "UPDATE concealed SET ends = ends - 1"),
        ("DELETE FROM concealed", ""),
    ] {
        run(statement);
        let what = found().unwrap_err();
        assert!(what.starts_with("the concealed observations of the release REL-V3"), "{what}");
        if !back.is_empty() {
            run(back);
            assert!(found().is_ok(), "{back}");
        }
    }
}
