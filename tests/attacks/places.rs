//! Places are held only for the work that they bound.

use std::time::Duration;

use onrecord::http::places::Holder;

use crate::releases::{draft, indicator};
use crate::support::{HANG, TestApp};

const ROWS: &str = "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2025-01,1\n";

#[actix_web::test]
async fn files_that_are_read_keep_nobody_from_a_change() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let release = draft(&app, "force_analyst", "REL-1", serde_json::json!({})).await;
    let holder = |name: &str| Holder::Credential(name.to_owned());
    let first = app.state.files.take(&holder("a"), HANG).await.unwrap();
    let _second = app.state.files.take(&holder("b"), HANG).await.unwrap();
    app.draft("objective").await;
    app.put_observations("force_analyst", &release, ROWS).await.problem(503);
    drop(first);
    app.put_observations("force_analyst", &release, ROWS).await.expect(200);
}

#[actix_web::test]
async fn a_file_is_read_before_the_place_of_a_change_is_taken() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let release = draft(&app, "force_analyst", "REL-1", serde_json::json!({})).await;
    let mut all = vec![];
    // All there are, each taken by somebody else.
    while let Ok(place) =
        app.state.writers.take(&Holder::Credential(all.len().to_string()), Duration::ZERO).await
    {
        all.push(place);
    }
    assert!(!all.is_empty());
    // It is refused for what is in it, so it was read.
    let wrong = ROWS.replace(",1\n", ",one\n");
    app.put_observations("force_analyst", &release, &wrong).await.problem(422);
    app.put_observations("force_analyst", &release, ROWS).await.problem(503);
    drop(all);
    app.put_observations("force_analyst", &release, ROWS).await.expect(200);
    // Both places of files are free again, whatever became of the requests.
    let holder = |name: &str| Holder::Credential(name.to_owned());
    let _first = app.state.files.take(&holder("a"), HANG).await.unwrap();
    let _second = app.state.files.take(&holder("b"), HANG).await.unwrap();
    assert_eq!(app.state.arriving.bytes(), 0);
}
