//! Pages of figures and money: what they must say beside a number so that nobody reads more in it than there is.

use serde_json::{Value, json};

use crate::pages::{page, text_of};
use crate::pages_for_readers::{json_of, shown};
use crate::support::TestApp;

const PLAN: &str = "/v1/plans/derbyshire-pcc:PLAN-2021";
const TWICE: &str = "A fund already includes its services and grants, and may contain another fund";

#[actix_web::test]
async fn every_page_of_an_earlier_day_says_so_and_leads_to_now() {
    let app = TestApp::new().await;
    let series = "/v1/series/recorded-crime-quarterly.E23000018.theft-offences.P3M";
    for (path, name) in [
        ("/v1/pledges/derbyshire-pcc:PLEDGE-1".to_owned(), "as_of"),
        ("/v1/pledges".to_owned(), "as_of"),
        ("/v1/funds?sort=-amount".to_owned(), "as_of"),
        (format!("{PLAN}/scorecard"), "as_of"),
        ("/v1/money?by=priority".to_owned(), "as_of"),
        ("/v1/search?q=burglary".to_owned(), "as_of"),
        (format!("{series}/observations"), "asOf"),
        (format!("{series}/spc"), "asOf"),
    ] {
        let joint = if path.contains('?') { '&' } else { '?' };
        let html = page(&app, None, &format!("{path}{joint}{name}=2024-01-15")).await.expect(200).text();
        let text = text_of(&html);
        assert!(text.contains("As it was on 15 January 2024."), "{path}: {text}");
        let now = format!("href=\"{}", path.replace('&', "&#38;"));
        let link = html.split(">As it is now</a>").next().unwrap().rsplit("<a ").next().unwrap();
        assert!(link.starts_with(&now) && !link.contains(&format!("{name}=")), "{path}: {link}");
        let current = shown(&app, &path).await;
        assert!(!current.contains("As it was on"), "{path}");
        // It is the same page of another day: its title stays.
        let title = |html: &str| html.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap().to_owned();
        assert_eq!(title(&html), title(&page(&app, None, &path).await.text()), "{path}");
        assert!(!html.contains("<p class=\"kind\"></p>"), "{path}");
    }
}

#[actix_web::test]
async fn a_record_is_cited_with_its_version() {
    let app = TestApp::new().await;
    for path in
        [PLAN, "/v1/pledges/derbyshire-pcc:PLEDGE-1", "/v1/pledges/derbyshire-pcc:PLEDGE-1?as_of=2024-01-15"]
    {
        let record = json_of(&app, path).await;
        let version = format!("{}/versions/{}", record["self"].as_str().unwrap(), record["version"]);
        let cited = shown(&app, path).await.split("Cite this").nth(1).unwrap().to_owned();
        assert!(cited.contains(&format!("{version}. Retrieved ")), "{path}: {cited}");
        // What is cited shows the same, and cites itself.
        let again = shown(&app, &version).await;
        assert!(
            again.split("Cite this").nth(1).unwrap().contains(&format!("{version}. Retrieved ")),
            "{again}"
        );
    }
}

#[actix_web::test]
async fn a_verdict_never_stands_without_what_limits_it() {
    let app = TestApp::new().await;
    let card = json_of(&app, &format!("{PLAN}/scorecard")).await;
    let indicators =
        card["rows"].as_array().unwrap().iter().flat_map(|row| row["indicators"].as_array().unwrap());
    let mut unstable = 0;
    let text = shown(&app, &format!("{PLAN}/scorecard")).await;
    let on_paper = shown(&app, "/panel/derbyshire-pcc:PLAN-2021").await;
    let short = "more than a third of the values are signals: the limits say little";
    let mut charts = std::collections::BTreeSet::new();
    for indicator in indicators {
        let Some(spc) = indicator["spc"].as_str() else { continue };
        let chart = json_of(&app, spc).await;
        let codes: Vec<&Value> =
            chart["receipt"]["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
        assert_eq!(json!(codes), indicator["variation_warnings"], "{spc}");
        if codes.contains(&&json!("unstable_phase")) && indicator["variation"].is_string() {
            unstable += 1;
            charts.insert(spc.to_owned());
        }
    }
    assert!(unstable > 0, "the demo has no such chart");
    assert_eq!((text.matches(short).count(), on_paper.matches(short).count()), (unstable, unstable));
    for spc in charts {
        let (series, _) = spc.split_once("/spc").unwrap();
        for path in [spc.as_str(), series] {
            let lead = shown(&app, path).await;
            assert!(
                lead.contains("they do not vary around a single level, so the limits say little"),
                "{path}: {lead}"
            );
        }
    }
}

#[actix_web::test]
async fn a_change_has_a_colour_only_where_it_is_more_than_noise() {
    let app = TestApp::new().await;
    let html = page(&app, None, &format!("{PLAN}/scorecard")).await.expect(200).text();
    let card = json_of(&app, &format!("{PLAN}/scorecard")).await;
    let rows = card["rows"].as_array().unwrap();
    let indicators: Vec<&Value> = rows.iter().flat_map(|row| row["indicators"].as_array().unwrap()).collect();
    let count = |favourable: bool, is_real: bool| {
        let of = |one: &&&Value| {
            let real = ["improvement", "concern", "neutral_high", "neutral_low"];
            one["comparison"]["favourable"] == favourable
                && one["variation"].as_str().is_some_and(|code| real.contains(&code)) == is_real
        };
        indicators.iter().filter(of).count()
    };
    assert!(count(false, false) > 0, "the demo has no such change");
    for (words, class, favourable) in [("worse", "bad", false), ("better", "good", true)] {
        let coloured = format!("<span class=\"word {class}\">{words}</span>");
        let plain = format!("<span class=\"soft\">{words}</span>");
        assert_eq!(html.matches(&coloured).count(), count(favourable, true), "{words}");
        assert_eq!(html.matches(&plain).count(), count(favourable, false), "{words}");
    }
    // An only value is compared with nothing, and nobody reads why.
    assert!(!text_of(&html).contains(": a value is not published"), "{html}");
}

#[actix_web::test]
async fn money_has_a_line_for_each_sum_and_says_what_counts_twice() {
    let app = TestApp::new().await;
    for by in ["fund", "priority", "objective", "organisation", "year"] {
        let path = format!("/v1/money?by={by}&limit=200");
        let (money, html) = (json_of(&app, &path).await, page(&app, None, &path).await.expect(200).text());
        let text = text_of(&html);
        assert!(text.contains(TWICE), "{path}");
        let (mut sums, mut about) = (0, 0);
        for row in money["data"].as_array().unwrap() {
            for group in ["/funds/in", "/funds/out", "/services", "/grants"] {
                for figure in row.pointer(group).unwrap().as_object().unwrap().values() {
                    sums += usize::from(!figure["sum"].is_null());
                    about += usize::from(figure["exact"] == false);
                }
            }
            let figures = ["/funds/in", "/funds/out", "/services", "/grants"];
            let mut all =
                figures.iter().flat_map(|group| row.pointer(group).unwrap().as_object().unwrap().values());
            assert_eq!(row["exact"], json!(all.all(|figure| figure["exact"] == true)), "{row}");
        }
        let table = html.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
        assert_eq!(table.matches("<tr>").count(), sums, "{path}");
        assert_eq!(table.matches('≈').count(), about, "{path}: exact sums are not about something");
        assert!(!text.contains("/P1Y"), "{path}");
    }
    assert!(shown(&app, "/v1/money?by=year").await.contains("2013/14"));
    // Priorities are named with their plans, and what belongs to none with its own note.
    let text = shown(&app, "/v1/money?by=priority&limit=200").await;
    for plan in ["derbyshire-pcc:PLAN-2021", "derbyshire-pcc:PLAN-2024"] {
        let title = json_of(&app, &format!("/v1/plans/{plan}")).await["title"].as_str().unwrap().to_owned();
        assert!(text.contains(&title), "{title}");
    }
    let (before, note) = text.split_once("Money that delivers no priority.").unwrap();
    assert!(before.trim_end().ends_with("Not linked with any priority"), "{before} | {note}");
}

#[actix_web::test]
async fn lists_of_funds_services_and_grants_show_their_sums() {
    let app = TestApp::new().await;
    for (path, field) in [("funds", "amount"), ("services", "value"), ("decisions", "value")] {
        let path = format!("/v1/{path}?limit=50");
        let (list, text) = (json_of(&app, &path).await, shown(&app, &path).await);
        let mut sums = 0;
        for row in list["data"].as_array().unwrap() {
            let Some(amount) = row[field]["amount"].as_str() else { continue };
            let digits = text.replace(',', "");
            assert!(digits.contains(&format!("£{}", amount.trim_end_matches(".00"))), "{path}: {amount}");
            sums += 1;
        }
        assert!(sums > 0, "{path}");
    }
}

#[actix_web::test]
async fn what_has_no_due_date_is_not_said_to_be_on_time() {
    let app = TestApp::new().await;
    let rows = json_of(&app, "/v1/recommendations?limit=200").await;
    let has_day =
        |row: &&Value| row["clocks"].as_array().unwrap().iter().any(|clock| clock["due"].is_string());
    let rows = rows["data"].as_array().unwrap().clone();
    let without = rows.iter().find(|row| !has_day(row)).unwrap();
    let path = format!("/v1/recommendations?report={}", without["report"].as_str().unwrap());
    let of_report = json_of(&app, &path).await;
    assert!(of_report["data"].as_array().unwrap().iter().all(|row| !has_day(&row)), "{of_report}");
    let text = shown(&app, &path).await;
    assert!(text.contains("None has a due date on record, so nobody can say whether any is late."), "{text}");
    assert!(!text.contains("0 are overdue"), "{text}");
}

#[actix_web::test]
async fn a_link_to_json_is_one() {
    let app = TestApp::new().await;
    for path in [
        "/v1/series/recorded-crime-quarterly.E23000018.theft-offences.P3M",
        PLAN,
        "/v1/money",
        "/",
        "/v1/plans",
    ] {
        let html = page(&app, None, path).await.expect(200).text();
        for link in html
            .split("<a href=\"")
            .skip(1)
            .filter(|link| link.split("</a>").next().unwrap().contains("JSON)"))
        {
            let address = link.split('"').next().unwrap().replace("&#38;", "&");
            let answer = page(&app, None, &address).await.expect(200);
            assert_eq!(answer.header("content-type"), Some("application/json"), "{path}: {address}");
        }
    }
}

#[actix_web::test]
async fn an_indicator_shows_its_headline_as_the_page_of_the_series_does() {
    let app = TestApp::new().await;
    for indicator in
        ["IND-RECORDED-CRIME-QUARTERLY", "IND-BURGLARY-ATTENDANCE-RATE", "IND-CALL-ANSWER-TIME-999"]
    {
        let path = format!("/v1/indicators/derbyshire-pcc:{indicator}");
        let id = json_of(&app, &path).await["id"].as_str().unwrap().to_owned();
        let list = json_of(&app, &format!("/v1/series?indicator={id}&limit=200")).await;
        let html = page(&app, None, &path).await.expect(200).text();
        let keys: Vec<&str> =
            list["data"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
        let shown_key = html.split("/v1/series/").nth(1).unwrap().split('/').next().unwrap();
        assert!(keys.contains(&shown_key), "{shown_key}");
        for key in &keys {
            assert!(html.contains(&format!("/v1/series/{key}")), "{indicator}: {key}");
        }
        // What the page of the series has, this one has too: from the sentence to the downloads.
        let series = page(&app, None, &format!("/v1/series/{shown_key}")).await.expect(200).text();
        let part = |html: &str| {
            let from = html.find("<p class=\"lead\">").unwrap();
            let to = html.find("The chart as a picture (PNG)").unwrap();
            html[from..to].to_owned()
        };
        assert_eq!(part(&html), part(&series), "{indicator}");
    }
    let quarterly = shown(&app, "/v1/indicators/derbyshire-pcc:IND-RECORDED-CRIME-QUARTERLY").await;
    assert!(quarterly.contains("Figures: Derbyshire, Theft offences") && quarterly.contains("Other series"));
}

#[actix_web::test]
async fn an_indicator_without_figures_leads_to_what_is_alike() {
    let app = TestApp::new().await;
    let html = page(&app, None, "/v1/indicators/derbyshire-pcc:IND-BURGLARY").await.expect(200).text();
    let links: Vec<String> = html
        .split("href=\"/v1/series?")
        .skip(1)
        .map(|link| format!("/v1/series?{}", link.split('"').next().unwrap().replace("&#38;", "&")))
        .collect();
    assert!(!links.is_empty(), "{html}");
    for link in links {
        let list = json_of(&app, &link).await;
        assert!(!list["data"].as_array().unwrap().is_empty(), "{link}");
        assert!(shown(&app, &link).await.contains("urglary"), "{link}");
    }
    let said = shown(&app, "/v1/indicators/derbyshire-pcc:IND-STALKING-CIVIL-ORDERS").await;
    let statement = said.split("What was said of it").nth(1).unwrap();
    assert!(statement.contains("Civil (stalking) orders secured are increasing."), "{said}");
}

#[actix_web::test]
async fn a_list_of_series_names_its_indicator_and_has_a_way_on() {
    let app = TestApp::new().await;
    for (indicator, has) in [("IND-POPULATION", true), ("IND-BURGLARY", false)] {
        let record = json_of(&app, &format!("/v1/indicators/derbyshire-pcc:{indicator}")).await;
        let path = format!("/v1/series?indicator={}", record["id"].as_str().unwrap());
        let html = page(&app, None, &path).await.expect(200).text();
        let title = format!("Series of figures: {}", record["title"].as_str().unwrap());
        assert!(html.contains(&format!("<title>{title} ")), "{path}");
        assert!(html.contains(&format!("href=\"{}\"", record["self"].as_str().unwrap())), "{path}");
        assert_eq!(html.contains("No figures are on record."), !has, "{path}");
    }
}

#[actix_web::test]
async fn one_value_is_shown_as_that() {
    let app = TestApp::new().await;
    let record = json_of(&app, "/v1/indicators/derbyshire-pcc:IND-POPULATION").await;
    let path = format!(
        "/v1/series?indicator={}&c[ETHNIC_GROUP]=BME&c[AREA]=E06000015",
        record["id"].as_str().unwrap()
    );
    let key = json_of(&app, &path).await["data"][0]["key"].as_str().unwrap().to_owned();
    let html = page(&app, None, &format!("/v1/series/{key}")).await.expect(200).text();
    let text = text_of(&html);
    assert!(text.contains("on 27 Mar 2011.") && !text.contains("in 27 Mar 2011"), "{text}");
    assert!(!text.contains("ordinary ups and downs") && !text.contains("a value is not published"), "{text}");
    assert!(html.contains("chart.svg?kind=line") && !html.contains("kind=spc"), "{html}");
    let svg = app.get(None, &format!("/v1/series/{key}/chart.svg?kind=line")).await.expect(200).text();
    assert!(svg.contains("Latest value: 49,001 on 27 Mar 2011"), "{svg}");
}

#[actix_web::test]
async fn a_chart_is_legible_on_a_phone_and_says_where_it_is_from() {
    let app = TestApp::new().await;
    let path = "/v1/series/recorded-crime-quarterly.E23000018.theft-offences.P3M";
    let html = page(&app, None, path).await.expect(200).text();
    let picture = html.split("<picture>").nth(1).unwrap().split("</picture>").next().unwrap();
    let mut found = 0;
    for part in picture.replace("&#38;", "&").split('"').filter(|part| part.starts_with("/v1/")) {
        let svg = app.get(None, part).await.expect(200).text();
        // The page has the title; who cannot see the picture hears it.
        assert!(
            svg.contains("<title>Recorded crime")
                && !svg.contains(
                    ">Recorded crime in the East Midlands, by quarter: Derbyshire, Theft offences</text>"
                ),
            "{svg}"
        );
        found += 1;
    }
    assert_eq!(found, 4);
    assert!(
        picture.contains("media=\"(max-width: 40rem)\" srcset=\"/v1/series/")
            && picture.contains("width=360")
    );
    // The downloads are of the chart that is shown, with its title.
    assert!(html.contains("chart.png?kind=spc\""), "{html}");
    let svg = app.get(None, &format!("{path}/chart.svg?kind=spc")).await.expect(200).text();
    let source =
        json_of(&app, &format!("{path}/spc")).await["receipt"]["source"][0].as_str().unwrap().to_owned();
    let title = json_of(&app, &format!("/v1/sources/{source}")).await["title"].as_str().unwrap().to_owned();
    let words: String = svg
        .split("<text")
        .map(|text| text.split('>').nth(1).unwrap_or_default().split('<').next().unwrap())
        .collect::<Vec<_>>()
        .join(" ");
    assert!(words.contains(&title) && words.contains("Figures as of 19 Oct 2023."), "{title}: {words}");
    assert!(!words.contains(&format!("Source: {source}")), "{words}");
}

#[actix_web::test]
async fn a_statement_is_in_words() {
    let app = TestApp::new().await;
    let text = shown(&app, "/v1/statements/derbyshire-pcc:ST-002-005").await;
    for words in ["Group of offences", "Residential burglary", "How it is compared", "exactly that"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let fields = text.split("Said by").nth(1).unwrap();
    assert!(!fields.contains("OFFENCE") && !fields.contains("residential-burglary"), "{fields}");
    // A value is written as people write it, with its unit.
    let check = json_of(&app, "/v1/statements/derbyshire-pcc:ST-002-011/checks").await;
    assert_eq!(check["now"]["receipt"]["formula"], json!("The value of Jan to Dec 2023 is £4,400,000."));
}

#[actix_web::test]
async fn the_page_of_a_meeting_names_the_body() {
    let app = TestApp::new().await;
    let html = page(&app, None, "/panel/derbyshire-pcc:PLAN-2021").await.expect(200).text();
    let head = text_of(&html).split("The plan in brief").next().unwrap().to_owned();
    assert!(head.contains("Police and Crime Commissioner for Derbyshire"), "{head}");
    assert!(html.contains("<span class=\"soft ref\">ST-002-"), "references are not cut");
}

#[actix_web::test]
async fn what_a_source_does_not_state_is_not_no() {
    let app = TestApp::new().await;
    let path = "/v1/decisions/derbyshire-pcc:DEC-2013-BUDGET";
    let record = json_of(&app, path).await;
    assert_eq!((&record["significant"], &record["delegated"]), (&Value::Null, &Value::Null));
    let text = shown(&app, path).await;
    let fields = text.split("Not on record").next().unwrap();
    assert!(!fields.contains("Significant") && !fields.contains("Delegated"), "{fields}");
    // Who filters for those that are not significant gets those that say so.
    for value in ["true", "false"] {
        let list = json_of(&app, &format!("/v1/decisions?significant={value}&limit=200")).await;
        assert!(
            list["data"].as_array().unwrap().iter().all(|row| row["significant"] == (value == "true")),
            "{list}"
        );
    }
}
