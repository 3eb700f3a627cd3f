//! The pages that readers come for: the scorecard, the meeting, figures, statements, what is due, money, history, changes,
//! search and the first page. Each says what the JSON says.

use serde_json::{Value, json};

use crate::pages::{page, sentences, text_of};
use crate::support::TestApp;

const PLAN: &str = "/v1/plans/derbyshire-pcc:PLAN-2021";
const SERIES: &str = "/v1/series/recorded-crime-quarterly.E23000018.theft-offences.P3M";

/// The text of a page.
pub async fn shown(app: &TestApp, path: &str) -> String {
    let answer = page(app, None, path).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
    text_of(&answer.text())
}

/// What a page says of a change: the name of the record and what happened, around what it is.
fn words_of(change: &Value) -> impl Iterator<Item = &str> {
    let sentence = change["sentence"].as_str().unwrap();
    let title = change["title"].as_str().unwrap();
    let what = change["verdict"].is_null().then(|| sentence.rsplit_once(") ").unwrap().1);
    std::iter::once(title).chain(what)
}

pub async fn json_of(app: &TestApp, path: &str) -> Value {
    app.get(None, path).await.expect(200).json()
}

#[actix_web::test]
async fn a_scorecard_says_of_each_aim_what_its_json_says() {
    let app = TestApp::new().await;
    let path = format!("{PLAN}/scorecard?since=2024-01-15");
    let (card, text) = (json_of(&app, &path).await, shown(&app, &path).await);
    let mut figures = 0;
    for row in card["rows"].as_array().unwrap() {
        let mut said = vec![row["title"].as_str().unwrap().to_owned()];
        for pledge in row["pledges"].as_array().unwrap() {
            said.push(pledge["wording"].as_str().unwrap().to_owned());
        }
        for change in row["changed"].as_array().unwrap() {
            said.extend(words_of(change).map(str::to_owned));
        }
        for indicator in row["indicators"].as_array().unwrap() {
            said.push(indicator["title"].as_str().unwrap().to_owned());
            said.extend(indicator["latest"]["words"].as_str().map(str::to_owned));
            said.extend(indicator["headline"]["words"].as_str().map(str::to_owned));
            figures += usize::from(!indicator["latest"].is_null());
        }
        for sentence in said {
            assert!(text.contains(&sentence), "the page does not say: {sentence}");
        }
    }
    assert!(figures > 5, "{figures}");
    // Numbers with their units, changes with their sign and tone, verdicts and ratings in words.
    for words in [
        "98.1%",
        "6 seconds",
        "6,115",
        "+847 (+16.1%)",
        "worse",
        "within the usual ups and downs",
        "£4,400,000",
    ] {
        assert!(text.contains(words), "{words}");
    }
    for words in ["not yet rated", "has not rated it", "below target", "out of date", "estimated"] {
        assert!(text.contains(words), "{words}");
    }
    let html = page(&app, None, &path).await.text();
    assert!(html.contains("kind=sparkline") && html.contains("alt=\"The last 24 values of"), "no sparkline");
    assert!(html.len() < 150_000, "{}", html.len());
    // Without a day there is a form for one and nothing of changes.
    let without = shown(&app, &format!("{PLAN}/scorecard")).await;
    assert!(without.contains("What has changed since") && !without.contains("was published"));
}

#[actix_web::test]
async fn a_plan_shows_its_scorecard_in_brief_with_ways_on() {
    let app = TestApp::new().await;
    let html = page(&app, None, PLAN).await.expect(200).text();
    let card = json_of(&app, &format!("{PLAN}/scorecard")).await;
    for row in card["rows"].as_array().unwrap() {
        assert!(html.contains(row["record"]["self"].as_str().unwrap()), "{row}");
    }
    let address = card["plan"]["self"].as_str().unwrap();
    let id = card["plan"]["id"].as_str().unwrap();
    for link in [format!("{address}/scorecard"), format!("/panel/{id}"), format!("{address}/versions")] {
        assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
    }
}

#[actix_web::test]
async fn the_page_of_a_meeting_is_made_of_other_answers_of_the_same_caller() {
    let app = TestApp::new().await;
    let path = "/panel/derbyshire-pcc:PLAN-2021?since=2024-01-15";
    let value = json_of(&app, path).await;
    assert_eq!(value["scorecard"], json_of(&app, &format!("{PLAN}/scorecard?since=2024-01-15")).await);
    let body = "derbyshire-pcc";
    let open = "overdue,running,not_started,no_date,not_on_record,not_public";
    assert_eq!(value["clocks"], json_of(&app, &format!("/v1/clocks?body={body}&state={open}")).await);
    let list =
        json_of(&app, &format!("/v1/statements?body={body}&said_on[gte]=2024-01-15&sort=-said_on&limit=20"))
            .await;
    let rows = list["data"].as_array().unwrap();
    assert!(!rows.is_empty());
    for (row, check) in rows.iter().zip(value["statements"].as_array().unwrap()) {
        let own = json_of(&app, &format!("{}/checks", row["self"].as_str().unwrap())).await;
        assert_eq!(*check, own);
    }
    let text = shown(&app, path).await;
    for clock in value["clocks"]["data"].as_array().unwrap() {
        assert!(text.contains(clock["title"].as_str().unwrap()), "{clock}");
    }
    for check in value["statements"].as_array().unwrap() {
        assert!(text.contains(check["claim"].as_str().unwrap()), "{check}");
        assert!(text.contains(check["verdict_words"].as_str().unwrap()), "{check}");
    }
    // A plan that the caller may not see has no such page; its office has one.
    let draft = app.draft("plan").await;
    let hidden = draft.replace("/v1/plans/", "/panel/");
    assert_eq!(page(&app, None, &hidden).await.status, 404);
    app.get(None, &hidden).await.problem(404);
    page(&app, Some("editor"), &hidden).await.expect(200);
    app.get(None, "/panel/derbyshire-pcc:PLAN-2021?since=2999-01-01").await.problem(400);
}

#[actix_web::test]
async fn a_series_says_its_verdict_with_the_receipt_and_has_all_values() {
    let app = TestApp::new().await;
    let text = shown(&app, SERIES).await;
    let compared = json_of(&app, &format!("{SERIES}/comparisons?method=yoy")).await;
    let chart = json_of(&app, &format!("{SERIES}/spc")).await;
    for said in [&compared["data"][0]["receipt"]["formula"], &chart["receipt"]["formula"]] {
        assert!(text.contains(said.as_str().unwrap()), "{said}");
    }
    assert!(
        text.contains("6,115")
            && text.contains("+847 (+16.1%)")
            && text.contains("within the usual ups and downs")
    );
    // The sentence says from which values the limits are.
    let phase = chart["phases"].as_array().unwrap().last().unwrap();
    let words = |day: &Value| {
        let points = chart["points"].as_array().unwrap();
        points.iter().find(|point| point["TIME_PERIOD"] == *day).unwrap()["period"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let limits = format!(
        "(limits from {} values, {} until {})",
        phase["values_of_limits"],
        words(&phase["first_period"]),
        words(&phase["last_period"])
    );
    assert!(text.contains(&limits), "{limits}: {text}");
    let observations = json_of(&app, &format!("{SERIES}/observations?limit=10000")).await;
    let cells = observations["data"][0]["observations"].as_array().unwrap().clone();
    assert!(cells.len() > 20);
    for cell in cells {
        assert!(text.contains(cell["period"].as_str().unwrap()), "{cell}");
    }
    let html = page(&app, None, SERIES).await.text();
    for link in ["chart.svg?kind=spc", "observations?format=csv", "chart.png", "/v1/releases/"] {
        assert!(html.contains(link), "{link}");
    }
    // A series without a control chart says why.
    let yearly = shown(&app, "/v1/series/burglary-attendance-rate.E23000018.P1Y").await;
    assert!(yearly.contains("98.1%"), "{yearly}");
}

#[actix_web::test]
async fn a_statement_begins_with_its_verdict_then_and_now() {
    let app = TestApp::new().await;
    let path = "/v1/statements/derbyshire-pcc:ST-002-005";
    let (check, text) = (json_of(&app, &format!("{path}/checks")).await, shown(&app, path).await);
    let verdict = text.find(check["verdict_words"].as_str().unwrap()).unwrap();
    assert!(verdict < text.find("Said by").unwrap());
    for side in ["then", "now"] {
        assert!(text.contains(check[side]["receipt"]["formula"].as_str().unwrap()));
    }
    // What is the same then and now is read once, with its unit.
    let both = "When it was said, and now";
    let is_same = check["then"]["receipt"]["formula"] == check["now"]["receipt"]["formula"];
    assert!(is_same && text.matches("How it is computed").count() > 0 && text.contains(both), "{text}");
    assert_eq!(text.matches(check["now"]["receipt"]["formula"].as_str().unwrap()).count(), 1);
    let quantity = json_of(&app, path).await["quantity"].clone();
    assert_eq!(quantity, "change_pct");
    let result = check["now"]["result"].as_str().unwrap().replace('-', "−");
    assert!(text.contains(&format!("{result}%")), "{result}%: {text}");
    let list = shown(&app, "/v1/statements?verdict=reproduced").await;
    assert!(list.contains("the figures confirm it"), "{list}");
}

#[actix_web::test]
async fn what_is_due_and_money_are_tables() {
    let app = TestApp::new().await;
    let (clocks, text) = (json_of(&app, "/v1/clocks").await, shown(&app, "/v1/clocks").await);
    for clock in clocks["data"].as_array().unwrap() {
        assert!(
            text.contains(clock["title"].as_str().unwrap())
                && text.contains(clock["basis"].as_str().unwrap())
        );
    }
    assert!(text.contains("10 January 2022") && text.contains("the record cannot tell"));
    for by in ["fund", "priority", "objective", "organisation", "year"] {
        let path = format!("/v1/money?by={by}");
        let (money, html) = (json_of(&app, &path).await, page(&app, None, &path).await.expect(200).text());
        let rows = money["data"].as_array().unwrap();
        for title in rows.iter().filter_map(|row| row["title"].as_str()) {
            assert!(text_of(&html).contains(title), "{path}: {title}");
        }
        for group in
            ["fund", "priority", "objective", "organisation", "year"].iter().filter(|group| **group != by)
        {
            assert!(html.contains(&format!("href=\"/v1/money?by={group}\"")), "{path}: {group}");
        }
    }
    let funds = page(&app, None, "/v1/money?by=fund").await.text();
    assert!(funds.contains("href=\"/v1/grants?fund=") && funds.contains("class=\"n\""));
}

#[actix_web::test]
async fn the_history_shows_words_that_were_inserted_and_deleted() {
    let app = TestApp::new().await;
    let address = app.published("plan").await;
    let summary = "Keep the streets safe for everybody in the county.";
    app.patch("editor", &address, json!({"summary": summary})).await.expect(200);
    app.ready("plan", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let summary = "Keep the roads safe for everybody in the county and the city.";
    app.patch("editor", &address, json!({"summary": summary})).await.expect(200);
    app.ready("plan", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let history = page(&app, None, &format!("{address}/versions")).await.expect(200).text();
    let link = format!("{address}/versions/2/diff/3");
    assert!(history.contains(&format!("href=\"{link}\"")), "{history}");
    let html = page(&app, None, &link).await.expect(200).text();
    for part in ["<del>streets</del> <ins>roads</ins>", "<ins>roads</ins>", "safe for everybody in the"] {
        assert!(html.contains(part), "{part}: {html}");
    }
}

#[actix_web::test]
async fn a_pledge_shows_both_readings_side_by_side() {
    let app = TestApp::new().await;
    let html = page(&app, None, "/v1/pledges/derbyshire-pcc:PLEDGE-1").await.expect(200).text();
    let table =
        html.split("<caption>Both ratings</caption>").nth(1).unwrap().split("</table>").next().unwrap();
    for words in ["The office", "not yet rated", "The Panel", "has not rated it"] {
        assert!(table.contains(words), "{words}: {table}");
    }
}

#[actix_web::test]
async fn changes_are_sentences_since_a_day() {
    let app = TestApp::new().await;
    let path = "/v1/changes?since=2024-01-15&net=true";
    let (changes, html) = (json_of(&app, path).await, page(&app, None, path).await.expect(200).text());
    let text = text_of(&html);
    let rows = changes["data"].as_array().unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        assert!(words_of(row).all(|words| text.contains(words)), "{row}");
    }
    assert!(html.contains("type=\"date\"") && html.contains("value=\"2024-01-15\""));
    // Who names no day gets the latest changes first; the list itself begins with the first, as before.
    let feed = json_of(&app, "/v1/changes?limit=1").await;
    let latest = shown(&app, "/v1/changes").await;
    let last = json_of(&app, "/v1/services/derbyshire-pcc:SVC-OFFENDER-SUPPORT").await;
    let newest = latest.find(last["title"].as_str().unwrap()).unwrap();
    let day = latest.find("12 May 2026").unwrap();
    assert!(latest.contains("What has changed lately") && day < newest);
    assert!(newest < latest.find("31 March 2025").unwrap(), "{latest}");
    let oldest = feed["data"][0]["title"].as_str().unwrap();
    assert!(!latest.contains(oldest), "{latest}");
    let first = shown(&app, "/v1/changes?limit=50").await;
    assert!(first.contains(oldest), "{first}");
    let none = shown(&app, &format!("/v1/changes?since={}&net=true", app.state.now().plus_seconds(60))).await;
    assert!(none.contains("Nothing has changed since then"), "{none}");
}

#[actix_web::test]
async fn a_search_has_a_form_marks_and_ways_on() {
    let app = TestApp::new().await;
    // Without words there is the form; a program is refused as before.
    let empty = page(&app, None, "/v1/search").await.expect(200).text();
    assert!(empty.contains("name=\"q\"") && empty.contains("role=\"search\""));
    app.get(None, "/v1/search").await.problem(400);
    let found = page(&app, None, "/v1/search?q=burglary").await.expect(200).text();
    assert!(found.contains("<mark>burglary</mark>") && found.contains("value=\"burglary\""));
    assert!(found.contains("kind=indicator\""), "no facet");
    // A title is said once where other words were found too.
    let title = "Burglary more than halved: more than −50%.";
    assert_eq!(text_of(&found).matches(title).count(), 1);
    let nothing = page(&app, None, "/v1/search?q=zebrafish").await.expect(200).text();
    assert!(text_of(&nothing).contains("Nothing on record has all of these words: zebrafish"));
    assert!(nothing.contains("href=\"/v1/pledges\""));
    // What is wrong is said, with the form still there to try again from the links.
    assert_eq!(page(&app, None, "/v1/search?q=a&kind=nonsense").await.status, 400);
}

#[actix_web::test]
async fn the_first_page_names_the_body_and_shows_the_plan_in_brief() {
    let app = TestApp::new().await;
    let html = page(&app, None, "/").await.expect(200).text();
    let text = text_of(&html);
    let latest = json_of(&app, "/v1/plans?sort=-from&limit=1").await;
    for words in
        ["Police and Crime Commissioner for Derbyshire", latest["data"][0]["title"].as_str().unwrap()]
    {
        assert!(text.contains(words), "{words}");
    }
    for link in ["/v1/pledges", "/v1/money?by=priority", "/v1/recommendations", "/v1/export.zip", "/docs/"] {
        assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
    }
    // The latest changes, in sentences: the last of the feed.
    let mut cursor = String::new();
    let mut last = Value::Null;
    loop {
        let feed = json_of(&app, &format!("/v1/changes?limit=200{cursor}")).await;
        let rows = feed["data"].as_array().unwrap();
        let Some(row) = rows.last() else { break };
        last = row.clone();
        cursor = format!("&cursor={}", feed["page"]["next"].as_str().unwrap());
    }
    assert!(words_of(&last).all(|words| text.contains(words)), "{last}");
    // Without any record it is still a page.
    let empty = TestApp::empty().await;
    let text = text_of(&page(&empty, None, "/").await.expect(200).text());
    assert!(text.contains("The open accountability record"));
}

#[actix_web::test]
async fn each_page_says_how_to_cite_it_and_titles_stand_for_references() {
    let app = TestApp::new().await;
    for path in [PLAN, "/v1/plans", "/v1/changes", "/v1/clocks", SERIES, "/v1/money"] {
        assert!(shown(&app, path).await.contains("Retrieved "), "{path}");
    }
    // A reference to a record that the caller reads is shown with its title.
    let mut said = vec![];
    sentences(&json_of(&app, "/v1/office-terms/derbyshire-pcc:TERM-PCC-2021").await["title"], &mut said);
    let html = page(&app, None, PLAN).await.text();
    assert!(html.contains("href=\"/v1/office-terms/derbyshire-pcc:TERM-PCC-2021\""));
    // Its sources have their licences and their links.
    let plan = json_of(&app, PLAN).await;
    for one in plan["sources"].as_array().unwrap() {
        let source = json_of(&app, &format!("/v1/sources/{}", one["source"].as_str().unwrap())).await;
        for said in [&source["title"], &source["licence"], &source["publisher"]] {
            assert!(text_of(&html).contains(said.as_str().unwrap()), "{said}");
        }
        let url = source["url"].as_str().map(|url| url.replace('&', "&#38;"));
        assert!(url.is_none_or(|url| html.contains(&format!("href=\"{url}\""))), "{}", source["url"]);
    }
    assert!(!html.contains(">derbyshire-pcc:PLAN-2013</a>"), "the plan before it has a title");
}

#[actix_web::test]
async fn recommendations_are_a_table_of_whom_they_are_for_and_what_is_due() {
    let app = TestApp::new().await;
    let path = "/v1/recommendations?limit=200";
    let rows = json_of(&app, path).await;
    let rows = rows["data"].as_array().unwrap();
    let open = rows.iter().filter(|row| row["open"] == true).count();
    let text = shown(&app, path).await;
    let lead = format!("Of the {} recommendations here {open} are open.", rows.len());
    assert!(text.contains(&lead), "{lead} is not in {text}");
    for row in rows {
        for said in [&row["wording"], &row["reference"]] {
            assert!(said.as_str().is_none_or(|said| text.contains(said)), "{said}");
        }
    }
}

#[actix_web::test]
async fn a_feed_reader_and_a_data_portal_get_what_they_can_read() {
    let app = TestApp::new().await;
    for (path, accept, media_type) in [
        ("/v1/changes.atom", "application/xml", "application/atom+xml"),
        ("/v1/changes.atom", "text/xml", "application/atom+xml"),
        ("/v1/changes.atom", "application/rss+xml", "application/atom+xml"),
        ("/v1/changes.atom", "application/rss+xml;q=0.9, */*;q=0.1", "application/atom+xml"),
        ("/catalogue.jsonld", "application/json", "application/ld+json"),
        ("/sitemap.xml", "text/xml", "application/xml"),
        ("/.well-known/api-catalog", "application/json", "application/linkset+json"),
    ] {
        let answer = app.request("GET", path).header("accept", accept).send().await.expect(200);
        assert!(answer.header("content-type").unwrap().starts_with(media_type), "{path} {accept}");
    }
    for (path, accept) in [("/v1/changes.atom", "image/png"), ("/catalogue.jsonld", "application/xml")] {
        app.request("GET", path).header("accept", accept).send().await.problem(406);
    }
}

#[actix_web::test]
async fn pages_about_links_lists_and_series_are_in_the_words_of_a_reader() {
    let app = TestApp::new().await;
    let thread = json_of(&app, &format!("{PLAN}/thread")).await;
    let text = shown(&app, &format!("{PLAN}/thread")).await;
    for node in thread["nodes"].as_array().unwrap() {
        assert!(text.contains(node["title"].as_str().unwrap()), "{node}");
        assert!(!text.contains(node["id"].as_str().unwrap()), "an id is for programs");
    }
    let html = page(&app, None, PLAN).await.text();
    for words in ["What it is linked with", "The whole scorecard", "not linked with its aims"] {
        assert!(html.contains(words), "{words}");
    }
    assert!(shown(&app, &format!("{PLAN}/orphans")).await.contains("Unlinked records"));
    let index = page(&app, None, "/v1").await.expect(200).text();
    for kind in &app.state.kinds {
        assert!(index.contains(&format!("href=\"/v1/{}\"", kind.def.path)), "{kind:?}");
    }
    assert!(index.contains("Everything on record") && !index.contains("application/json, "));
    for (below, words) in [
        ("observations", vec!["Values, the latest first", "6,115"]),
        ("comparisons?method=previous,yoy", vec!["with the same period a year before", "+847 (+16.1%)"]),
        ("vintages", vec!["Publications and revisions"]),
        ("spc", vec!["Upper limit", "within the usual ups and downs"]),
    ] {
        let text = shown(&app, &format!("{SERIES}/{below}")).await;
        for words in words {
            assert!(text.contains(words), "{below}: {words}: {text}");
        }
    }
    // A sum is shown with its currency, a change in per cent as one.
    let proposal = "/v1/proposals/derbyshire-pcc:PRECEPT-2023";
    let (json, text) = (json_of(&app, proposal).await, shown(&app, proposal).await);
    assert_eq!((&json["change"], &json["change_pct"]), (&json!("15.00"), &json!("6.0")));
    assert!(text.contains("£15.00") && text.contains("6.0%"), "{text}");
    let due = text.split("What is due").nth(1).unwrap();
    for clock in json["clocks"].as_array().unwrap() {
        assert!(due.contains(clock["basis"].as_str().unwrap()), "{clock}");
    }
    // The figures of an indicator stand before its definition. What a form sends is no link.
    let indicator = shown(&app, "/v1/indicators/derbyshire-pcc:IND-BURGLARY-ATTENDANCE-RATE").await;
    assert!(indicator.find("Values, verdict and downloads") < indicator.find("Definition"), "{indicator}");
    let meeting = page(&app, None, "/v1/meetings/derbyshire-pcc:PANEL-2024-03-21").await.text();
    assert!(!meeting.contains("/questions\""), "{meeting}");
}
