//! Pages about recommendations and what is due: what cannot be known, what was promised, and the fields that a reader chose.

use onrecord::resources;
use serde_json::json;

use crate::pages::{page, text_of};
use crate::pages_for_readers::json_of;
use crate::reports::{make, publish};
use crate::support::TestApp;

/// The text of a page in one line.
async fn shown(app: &TestApp, path: &str) -> String {
    let text = text_of(&page(app, None, path).await.expect(200).text());
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[actix_web::test]
async fn nothing_is_said_to_be_in_time_that_nobody_can_know() {
    let app = TestApp::new().await;
    let rec = json!({"reference": "REC-DUE", "act_by": "2022-05-16"});
    let address = make(&app, "editor", "recommendation", rec).await;
    publish(&app, "editor", &address).await;
    let text = shown(&app, "/v1/recommendations").await;
    assert!(text.contains("The public record cannot say whether any is overdue."), "{text}");
    assert!(!text.contains("0 are overdue"), "{text}");
}

#[actix_web::test]
async fn a_list_shows_what_was_asked_for_with_it_and_what_was_promised() {
    let app = TestApp::new().await;
    let path = "/v1/recommendations?addressed_to=derbyshire-constabulary&closing=open&fields=number,wording,stage,position&sort=reference&include=responses,progress";
    let text = shown(&app, path).await;
    assert!(text.contains("On record for these there are no responses, no progress."), "{text}");
    let response = make(&app, "editor", "response", json!({})).await;
    publish(&app, "editor", &response).await;
    let progress = make(&app, "editor", "progress", json!({})).await;
    publish(&app, "editor", &progress).await;
    let json = json_of(&app, path).await;
    let first = &json["data"][0];
    let names: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(names, ["number", "wording", "stage", "position"], "programs get what they asked for");
    let text = shown(&app, path).await;
    for said in [
        first["wording"].as_str().unwrap(),
        "Position: accepted",
        "What became of it: in progress",
        "Agree on one form for referrals with all partners. by 31 March 2027",
        "REC-CHILD-PROTECTION-2021-2 rejected Other training takes its place.",
        "20 October 2026: in progress The form was agreed with the county.",
    ] {
        assert!(text.contains(said), "{said} is not in {text}");
    }
    let html = page(&app, None, path).await.expect(200).text();
    for heading in ["<h1>Recommendations</h1>", "<h2>Responses</h2>", "<h2>Progress</h2>"] {
        assert!(html.contains(heading), "{heading} is not in {html}");
    }
    assert!(html.contains("href=\"/v1/recommendations/"), "each leads to its page");
}

#[actix_web::test]
async fn a_page_of_some_fields_is_headed_by_its_record() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for kind in &app.state.kinds {
        let list = json_of(&app, &format!("/v1/{}?limit=1&sort=reference", kind.def.path)).await;
        let Some(record) = list["data"].get(0) else { continue };
        let address = record["self"].as_str().unwrap();
        for path in [
            format!("{address}?fields=reference"),
            format!("/v1/{}?limit=1&sort=reference&fields=state", kind.def.path),
        ] {
            let html = page(&app, None, &path).await.expect(200).text();
            let text = text_of(&html);
            let title = record[kind.def.title].as_str().unwrap();
            let title: String = title.chars().take(150).collect();
            assert!(text.contains(&title), "{path}: {title} is not in {text}");
            for operation in resources::operations().iter().filter(|one| one.path.ends_with(&kind.def.path)) {
                assert!(
                    !html.contains(&format!("<h1>{}", operation.summary)),
                    "{path}: {}",
                    operation.summary
                );
            }
            assert!(!html.contains("<h1>Get "), "{path}");
            tried += 1;
        }
        let chosen = json_of(&app, &format!("{address}?fields=reference")).await;
        assert_eq!(chosen.as_object().unwrap().len(), 1, "{chosen}");
    }
    assert!(tried > 30, "{tried}");
}

#[actix_web::test]
async fn who_verified_it_has_a_name() {
    let app = TestApp::new().await;
    let recommendation = make(&app, "editor", "recommendation", json!({"act_by": null})).await;
    publish(&app, "editor", &recommendation).await;
    let id = recommendation.rsplit('/').next().unwrap();
    let entries = json!([{"on": "2026-10-20", "status": "complete", "summary": "Done."}]);
    let progress = json!({"recommendation": id, "status": "complete", "entries": entries});
    let progress = make(&app, "editor", "progress", progress).await;
    publish(&app, "editor", &progress).await;
    let id = progress.rsplit('/').next().unwrap();
    let verification =
        make(&app, "editor", "verification", json!({"progress": id, "finding": "verified"})).await;
    publish(&app, "editor", &verification).await;
    assert_eq!(json_of(&app, &recommendation).await["verified_by"], "opcc-derbyshire");
    let name = json_of(&app, "/v1/organisations/opcc-derbyshire").await["name"].as_str().unwrap().to_owned();
    let text = shown(&app, &recommendation).await;
    assert!(text.contains(&format!("Verified by {name}")), "{text}");
}

#[actix_web::test]
async fn the_form_of_what_is_due_shows_the_states_that_were_asked_for() {
    let app = TestApp::new().await;
    for (requested, option) in [
        ("not_public,not_on_record", "value=\"not_on_record,not_public\" selected>Cannot be known<"),
        ("overdue,not_public,not_on_record", "value=\"overdue,not_public,not_on_record\" selected>"),
        ("", "value=\"\" selected>Everything<"),
    ] {
        let html = page(&app, None, &format!("/v1/clocks?state={requested}")).await.expect(200).text();
        assert!(html.contains(option), "{requested}: {option} is not in {html}");
    }
}

#[actix_web::test]
async fn two_counts_of_recommendations_say_what_each_counts() {
    let app = TestApp::new().await;
    let plan = "/v1/plans/derbyshire-pcc:PLAN-2013";
    let unlinked = shown(&app, &format!("{plan}/orphans")).await;
    assert!(unlinked.contains("The scorecard of the plan counts others"), "{unlinked}");
    let recommendation = make(&app, "editor", "recommendation", json!({})).await;
    publish(&app, "editor", &recommendation).await;
    for path in [format!("{plan}/scorecard"), plan.to_owned()] {
        let text = shown(&app, &path).await;
        assert!(
            text.contains("Counted are the open recommendations that name a priority or an objective"),
            "{path}: {text}"
        );
    }
}
