//! Hidden figures in bundles, in the audit of the whole record, and on the command line.

use diesel::RunQueryDsl;
use onrecord::clock::Clock;
use onrecord::resources::audit_disclosure;
use onrecord::store::Sql;
use serde_json::{Value, json};

use super::{FIRST, indicator, published, rows};
use crate::bundles::{archive, exported, faults_of, imported, unzipped, zipped};
use crate::process;
use crate::support::{TestApp, whole_observations};

/// The values and statuses of an area, as the public reads them.
async fn public(app: &TestApp, area: &str) -> Vec<Value> {
    let path = format!("/v1/series/t-victims.{area}.irregular/observations");
    let answer = app.get(None, &path).await.expect(200).json();
    whole_observations(&answer)
        .iter()
        .map(|one| json!([one["value"], one["OBS_STATUS"], one["CONF_STATUS"]]))
        .collect()
}

#[actix_web::test]
async fn an_export_has_nothing_that_is_hidden_and_can_be_imported_elsewhere() {
    let app = TestApp::new().await;
    indicator(&app, "t5", json!({})).await;
    published(&app, "REL-V1", FIRST).await;
    app.set_time("2026-11-02T11:30:00Z");
    published(&app, "REL-V2", &[("C", "2025-01", "4001"), ("ALL", "2025-01", "6157")]).await;
    let bytes = exported(&app).await;
    let files = unzipped(&bytes);
    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("note of A 2025") && !text.contains("note of B 2025"), "{name}");
        // The figures of other indicators have any number.
        assert!(!name.contains("REL-V") || !text.contains("2153"), "{name}");
    }
    let elsewhere = TestApp::empty().await;
    elsewhere.set_time("2026-11-02T11:31:00Z");
    imported(&elsewhere, bytes).unwrap();
    for area in ["ALL", "A", "B", "C"] {
        assert_eq!(public(&app, area).await, public(&elsewhere, area).await, "{area}");
    }
    assert_eq!(public(&elsewhere, "A").await, [json!([null, "Q", "A"])]);
    let found = audit_disclosure(&elsewhere.state.db, Clock::system().now()).unwrap();
    assert!(found.findings.is_empty() && found.not_audited.is_empty() && found.hidden >= 2, "{found:?}");
}

/// A bundle of a protected indicator with these releases, each with its file.
fn bundle(releases: &[(&str, &str, String)]) -> Vec<u8> {
    let indicator = json!({
        "reference": "IND-V", "body": "derbyshire-pcc", "owner": "opcc-derbyshire", "published_at": "2018-01-01T00:00:00Z",
        "slug": "t-victims", "title": "Victims of the test", "definition": "Victims.", "unit": "COUNT", "decimals": 0,
        "measure_type": "count", "polarity": "lower_is_better", "frequency": "irregular", "disclosure_profile": "t5",
        "definition_version": 1, "dimensions": [{"code": "AREA", "name": "Area", "codes": [
            {"code": "ALL", "name": "All areas"}, {"code": "A", "name": "Amber", "parent": "ALL"},
            {"code": "B", "name": "Brook", "parent": "ALL"}, {"code": "C", "name": "Crich", "parent": "ALL"}]}],
    });
    let release = |(reference, at, _): &(&str, &str, String)| {
        json!({
            "reference": reference, "body": "derbyshire-pcc", "owner": "opcc-derbyshire", "title": reference,
            "indicator": "derbyshire-pcc:IND-V", "published_at": at,
        })
    };
    let lines = archive(&[
        ("indicators.jsonl", vec![indicator]),
        ("releases.jsonl", releases.iter().map(release).collect()),
    ]);
    let lines = unzipped(&lines);
    let files: Vec<(String, &String)> =
        releases.iter().map(|(reference, _, rows)| (format!("observations/{reference}.csv"), rows)).collect();
    let lines = lines.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    zipped(lines.chain(files.iter().map(|(name, text)| (name.as_str(), text.as_bytes()))))
}

#[actix_web::test]
async fn an_import_hides_what_must_be_hidden_and_refuses_what_gives_it_away() {
    let app = TestApp::new().await;
    imported(&app, bundle(&[("REL-V1", "2025-03-01T00:00:00Z", rows(FIRST))])).unwrap();
    assert_eq!(public(&app, "A").await, [json!([null, "Q", "A"])]);
    assert_eq!(public(&app, "B").await, [json!([null, "Q", "D"])]);
    let app = TestApp::new().await;
    let open = bundle(&[
        (
            "REL-V1",
            "2025-03-01T00:00:00Z",
            rows(&[("ALL", "2025-01", "55"), ("B", "2025-01", "12"), ("C", "2025-01", "40")]),
        ),
        ("REL-V2", "2025-04-01T00:00:00Z", rows(&[("A", "2025-01", "3")])),
    ]);
    let problem = imported(&app, open).err().unwrap();
    assert!(problem.to_string().contains("AREA: ALL = 3 parts"), "{problem}");
    assert_eq!(faults_of(&problem).iter().map(|fault| fault.3).collect::<Vec<_>>(), ["conflict"]);
}

#[actix_web::test]
async fn the_audit_finds_a_hidden_figure_that_is_shown_by_a_fault_and_the_command_fails() {
    let app = TestApp::new().await;
    indicator(&app, "t5", json!({})).await;
    published(&app, "REL-V1", FIRST).await;
    let now = Clock::system().now();
    assert!(audit_disclosure(&app.state.db, now).unwrap().findings.is_empty());
    let command = || {
        let file = app.file()?.to_string_lossy().into_owned();
        Some(process::run(&["disclosure-audit"], &[("DATABASE_URL", file.as_str())]))
    };
    if let Some((ok, out, error)) = command() {
        assert!(ok && out.contains("1 indicators") && out.contains("2 of their figures"), "{out} {error}");
    }
    // What protects Amber is shown, as somebody with the database could do.
    app.write(|conn| {
        Sql::new("UPDATE observation SET value = 2153000000, flags = 0 WHERE series IN (SELECT series FROM concealed WHERE value = 2153000000)").execute(conn).unwrap();
        Sql::new("DELETE FROM concealed WHERE value = 2153000000").execute(conn).unwrap();
    });
    let found = audit_disclosure(&app.state.db, now).unwrap();
    assert_eq!(found.findings.len(), 1, "{found:?}");
    let finding = &found.findings[0];
    assert_eq!((finding.series.as_str(), finding.least, finding.most), ("t-victims.A.irregular", 3, 3));
    assert_eq!(finding.sums[0].release, "derbyshire-pcc:REL-V1");
    if let Some((ok, out, error)) = command() {
        assert!(
            !ok && out.contains("t-victims.A.irregular, Jan 2025") && error.contains("1 figures"),
            "{out} {error}"
        );
    }
}
