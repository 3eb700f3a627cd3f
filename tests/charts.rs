//! Pictures of series: what they show agrees with the JSON, nothing in them overlaps, and nothing can be put into them.

use roxmltree::{Document, Node};
use serde_json::{Value, json};
use skrifa::raw::TableProvider;
use skrifa::{FontRef, MetadataProvider};

use crate::comparisons::{DERBYSHIRE, indicator, released, rows};
use crate::support::{Answer, TestApp};

const ROBBERY: &str = "recorded-crime-quarterly.E23000018.robbery.P3M";
const ROLLING: &str = "recorded-crime-rolling-year.E23000018.robbery.P1Y-P3M";

async fn picture(app: &TestApp, key: &str, query: &str) -> Answer {
    app.get(None, &format!("/v1/series/{key}/chart.svg?{query}")).await
}

/// The picture's text, which must be well-formed.
async fn svg(app: &TestApp, key: &str, query: &str) -> String {
    let answer = picture(app, key, query).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
    let text = answer.text();
    check(&text);
    text
}

/// What holds for every picture: it is well-formed, says what it is, has nothing that runs or loads, stays within its edges,
/// and no two of its texts overlap.
fn check(text: &str) {
    let document = Document::parse(text).unwrap();
    let root = document.root_element();
    assert_eq!((root.tag_name().name(), root.attribute("role")), ("svg", Some("img")));
    let mut parts = root.children().filter(Node::is_element).map(|node| node.tag_name().name().to_owned());
    assert_eq!((parts.next().unwrap().as_str(), parts.next().unwrap().as_str()), ("title", "desc"));
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        let known = ["svg", "title", "desc", "g", "rect", "line", "path", "polygon", "circle", "text"]
            .contains(&name);
        assert!(known, "{name}");
        let refused = |name: &str| name.starts_with("on") || ["href", "style", "id"].contains(&name);
        assert!(node.attributes().all(|attribute| !refused(attribute.name())), "{node:?}");
    }
    let size = |name: &str| number(&root, name);
    let boxes: Vec<(Box4, &str)> =
        texts(&document).iter().map(|node| (box_of(node), node.text().unwrap())).collect();
    for (n, ([left, top, right, bottom], text)) in boxes.iter().enumerate() {
        let inside = 0 <= *left && 0 <= *top && *right <= size("width") && *bottom <= size("height");
        assert!(inside, "{text} is not within the picture: {left} {top} {right} {bottom}");
        for ([l, t, r, b], other) in &boxes[n + 1..] {
            let apart = right <= l || r <= left || bottom <= t || b <= top;
            assert!(apart, "{text} and {other} overlap");
        }
    }
}

/// Left, top, right, bottom; in tenths of a pixel.
type Box4 = [i64; 4];

fn texts<'a>(document: &'a Document<'a>) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.tag_name().name() == "text" && node.text().is_some()).collect()
}

/// An attribute in tenths.
fn number(node: &Node<'_, '_>, name: &str) -> i64 {
    let text = node.attribute(name).unwrap();
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let size = whole.trim_start_matches('-').parse::<i64>().unwrap() * 10 + tenth.parse::<i64>().unwrap();
    if whole.starts_with('-') { -size } else { size }
}

fn box_of(node: &Node<'_, '_>) -> Box4 {
    let (x, y, size) = (number(node, "x"), number(node, "y"), number(node, "font-size"));
    let width = width_of(node.text().unwrap(), size, node.attribute("font-weight") == Some("bold"));
    let left = match node.attribute("text-anchor") {
        Some("end") => x - width,
        Some("middle") => x - width / 2,
        _ => x,
    };
    // From the top of the capitals to the foot of the letters.
    [left, y - size * 72 / 100, left + width, y + size * 20 / 100]
}

/// The width by the font itself.
fn width_of(text: &str, size: i64, bold: bool) -> i64 {
    let bytes: &[u8] = match bold {
        true => include_bytes!("../src/resources/charts/font/Arimo-Bold.ttf"),
        false => include_bytes!("../src/resources/charts/font/Arimo-Regular.ttf"),
    };
    let font = FontRef::new(bytes).unwrap();
    let metrics = font.hmtx().unwrap();
    let advance = |letter: char| {
        font.charmap().map(letter).and_then(|glyph| metrics.advance(glyph)).map_or(2_048, i64::from)
    };
    text.chars().map(advance).sum::<i64>() * size / 2_048
}

fn all_text(text: &str) -> String {
    let document = Document::parse(text).unwrap();
    texts(&document).iter().map(|node| node.text().unwrap()).collect::<Vec<_>>().join(" ")
}

fn element(text: &str, name: &str) -> String {
    let document = Document::parse(text).unwrap();
    let found = document.descendants().find(|node| node.tag_name().name() == name).unwrap();
    found.text().unwrap().to_owned()
}

/// How many elements of a name are in the groups of a class.
fn count(text: &str, class: &str, name: &str) -> usize {
    let document = Document::parse(text).unwrap();
    let groups = document.descendants().filter(|node| node.attribute("class") == Some(class));
    groups.flat_map(|group| group.children()).filter(|node| node.tag_name().name() == name).count()
}

/// A number as a sentence has it.
fn grouped(text: &str) -> String {
    let (whole, places) = text.split_once('.').map_or((text, String::new()), |(a, b)| (a, format!(".{b}")));
    let digits: Vec<char> = whole.trim_start_matches('-').chars().collect();
    let mut grouped = if whole.starts_with('-') { "−".to_owned() } else { String::new() };
    for (n, digit) in digits.iter().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(*digit);
    }
    grouped + &places
}

async fn monthly(app: &TestApp, slug: &str, values: &[i64], more: Value) -> String {
    let mut fields = json!({"frequency": "P1M"});
    for (name, value) in more.as_object().unwrap() {
        fields[name] = value.clone();
    }
    indicator(app, slug, fields).await;
    let of: Vec<(String, String)> = values
        .iter()
        .enumerate()
        .map(|(n, value)| (format!("{}-{:02}", 2020 + n / 12, n % 12 + 1), value.to_string()))
        .collect();
    let of: Vec<(&str, &str)> = of.iter().map(|(month, value)| (month.as_str(), value.as_str())).collect();
    released(app, slug, &rows(&of), json!({})).await;
    format!("{slug}.{DERBYSHIRE}.P1M")
}

#[actix_web::test]
async fn a_picture_agrees_with_the_json_of_its_series() {
    let app = TestApp::new().await;
    let chart =
        app.get(None, &format!("/v1/series/{ROBBERY}/spc?startPeriod=2016-04")).await.expect(200).json();
    let latest =
        chart["points"].as_array().unwrap().iter().rfind(|point| point["value"].is_string()).unwrap();
    let (value, period) = (latest["value"].as_str().unwrap(), latest["period"].as_str().unwrap());
    for (kind, width) in
        ["line", "bar", "spc"].into_iter().flat_map(|kind| [320, 390, 720, 1_600].map(|width| (kind, width)))
    {
        let text = svg(&app, ROBBERY, &format!("kind={kind}&width={width}&startPeriod=2016-04")).await;
        assert!(text.contains(&format!("width=\"{width}\"")), "{text}");
        assert!(all_text(&text).contains(&grouped(value)), "{text}");
        let said = element(&text, "desc");
        assert!(said.starts_with(&format!("Latest value: {} in {period}", grouped(value))), "{said}");
        assert!(said.contains("variation"), "the verdict: {said}");
        assert!(element(&text, "title").contains("Robbery"), "{text}");
        for part in ["Source: ", "Licence: ", "Figures as of "] {
            assert!(all_text(&text).contains(part), "{part} in {text}");
        }
        if kind == "spc" {
            let limits = &chart["phases"].as_array().unwrap().last().unwrap()["limits"];
            for (name, field) in
                [("Upper limit", "upper_limit"), ("Mean", "centre"), ("Lower limit", "lower_limit")]
            {
                let expected = format!("{name} {}", grouped(limits[field].as_str().unwrap()));
                assert!(all_text(&text).contains(&expected), "{expected} in {text}");
            }
            let signals = chart["points"].as_array().unwrap().iter().filter(|point| {
                point["value"].is_string() && point["signals"].as_array().is_some_and(|all| !all.is_empty())
            });
            assert_eq!(count(&text, "series", "polygon"), signals.count(), "{text}");
            assert_eq!(count(&text, "phase", "line"), 3 * chart["phases"].as_array().unwrap().len());
        }
    }
    // The address below the picture gives it again.
    let text = svg(&app, ROBBERY, "kind=spc&startPeriod=2016-04&width=1600").await;
    let address = all_text(&text);
    let address = address.rsplit_once("/v1/").unwrap().1.split(' ').next().unwrap().to_owned();
    let again = app.get(None, &format!("/v1/{address}&width=1600")).await.expect(200).text();
    assert_eq!(count(&again, "series", "circle"), count(&text, "series", "circle"), "{address}");
    assert_eq!(element(&again, "desc"), element(&text, "desc"));
}

#[actix_web::test]
async fn gaps_breaks_targets_and_what_is_not_final_can_be_seen_without_colour() {
    let app = TestApp::new().await;
    let more = json!({
        "breaks": [{"date": "2020-11-01", "reason": "recording_change", "summary": "Calls are counted by the new system."}],
        "targets": [{"value": "120", "operator": "le"}, {"value": "90", "operator": "le", "to": "2020-03-31"}],
        "baselines": [{"period": "2020-01", "label": "Before the change"}],
    });
    let key = monthly(&app, "t-seen", &[100, 110].repeat(7), more).await;
    app.set_time("2026-11-02T10:00:00Z");
    let rows = "AREA,TIME_PERIOD,value,OBS_STATUS,CONF_STATUS,complete\n\
                E23000018,2020-05,,Q,A,true\nE23000018,2020-06,,Q,A,true\nE23000018,2020-08,999,A,F,false\n\
                E23000018,2021-02,107,A,F,true\nE23000018,2021-04,105,P,F,true\n";
    released(&app, "t-seen", rows, json!({})).await;
    for kind in ["line", "bar"] {
        let text = svg(&app, &key, &format!("kind={kind}")).await;
        let words = all_text(&text);
        for part in [
            "Suppressed: May to Jun 2020.",
            "Not complete, so not drawn: Aug 2020.",
            "No figure: Mar 2021.",
            "1 Nov 2020, recording change: Calls are counted by the new system.",
            "Recording change, Nov 2020",
            "Target ≤ 120",
            "Target ≤ 90 until 31 Mar 2020.",
            "Baseline Jan 2020: 100",
            "Before the change",
            "Revised",
            "Hollow: provisional or estimated",
            "No value",
        ] {
            assert!(words.contains(part), "{part} in {words}");
        }
        assert!(!text.contains("999"), "what is not complete is not drawn: {text}");
        assert_eq!(count(&text, "gaps", "path"), 3, "{text}");
        assert_eq!((count(&text, "target", "line"), count(&text, "baseline", "line")), (2, 1));
        assert_eq!(count(&text, "breaks", "line"), 1);
        let hollow = text.matches("fill=\"#ffffff\" stroke").count();
        assert!(hollow >= 2, "the point and the key: {text}");
    }
    let line = svg(&app, &key, "kind=line").await;
    // Jan to Apr, Jul, Sep to Oct, Nov to Feb, Apr: no line leads over a gap or a break.
    assert_eq!(count(&line, "series", "path"), 3, "{line}");
    assert!(element(&line, "desc").contains("105 in Apr 2021 (not final)"), "{line}");
    // As it was before the second release.
    let past = svg(&app, &key, "asOf=2026-11-01T12:00:00Z").await;
    assert!(!past.contains("Suppressed") && element(&past, "desc").contains("in Feb 2021"), "{past}");
    let part = svg(&app, &key, "startPeriod=2020-09&endPeriod=2020-12").await;
    assert!(element(&part, "desc").contains("in Dec 2020"), "{part}");
}

#[actix_web::test]
async fn an_axis_that_does_not_begin_at_zero_says_so() {
    let app = TestApp::new().await;
    let close = monthly(&app, "t-close", &[51_687, 51_790, 51_900, 51_800].repeat(3), json!({})).await;
    let text = svg(&app, &close, "").await;
    assert!(all_text(&text).contains("The axis begins at 51,500, not at 0."), "{text}");
    let bars = svg(&app, &close, "kind=bar").await;
    assert!(!bars.contains("not at 0") && all_text(&bars).contains("60,000"), "{bars}");
    let wide = monthly(&app, "t-wide", &[3, 12, 7], json!({})).await;
    assert!(!svg(&app, &wide, "").await.contains("not at 0"));
}

#[actix_web::test]
async fn a_title_is_text_whatever_it_is() {
    let app = TestApp::new().await;
    let attack = "</title><script>alert(1)</script><image href=\"http://x/\"/>&amp;\"' onload=x";
    let encoded: String = attack.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for kind in ["line", "spc", "bar", "sparkline"] {
        let text = svg(&app, ROBBERY, &format!("kind={kind}&title={encoded}")).await;
        assert_eq!(element(&text, "title"), attack);
        assert!(!text.contains("<script") && !text.contains("<image"), "{text}");
    }
    let long = "word+".repeat(39) + "end";
    let text = svg(&app, ROBBERY, &format!("width=320&title={long}")).await;
    assert!(all_text(&text).contains('…') && element(&text, "title").ends_with("end"), "{text}");
    picture(&app, ROBBERY, "title=a%00b").await.problem(400);
    let too_long = "x".repeat(201);
    picture(&app, ROBBERY, &format!("title={too_long}")).await.problem(400);
}

#[actix_web::test]
async fn what_cannot_be_drawn_is_refused_with_what_would_work() {
    let app = TestApp::new().await;
    let six =
        ["E23000020", "E23000021", "E23000022"].map(|area| ROBBERY.replace("E23000018", area)).join(",");
    for (key, query, status, codes) in [
        (ROBBERY, "kind=pie", 400, vec!["unknown"]),
        (ROBBERY, "width=319", 400, vec!["out_of_range"]),
        (ROBBERY, "width=1601", 400, vec!["out_of_range"]),
        (ROBBERY, "theme=blue", 400, vec!["unknown"]),
        (ROBBERY, "colour=red", 400, vec!["unknown"]),
        (ROLLING, "kind=spc", 422, vec!["overlapping_periods"]),
        (ROLLING, "kind=spc&every=P1Y", 400, vec!["required"]),
        (ROBBERY, "kind=spc&every=P1Y&anchor=03", 422, vec!["not_for_this_frequency"]),
        (ROBBERY, "fix=5", 400, vec!["not_applicable"]),
        (ROBBERY, &format!("kind=spc&compare={six}"), 400, vec!["not_applicable"]),
        (ROBBERY, "kind=sparkline&width=400", 400, vec!["not_applicable"]),
        (ROBBERY, &format!("compare={six},a,b,c,d"), 400, vec!["too_many"]),
        (ROBBERY, &format!("compare={ROBBERY}"), 400, vec!["repeated"]),
        (ROBBERY, "compare=no-such.E23000018.P3M", 400, vec!["unknown"]),
        (ROBBERY, &format!("compare={ROLLING}"), 400, vec!["other_frequency"]),
        (
            "recorded-crime-yearly.E23000018.burglary.P1Y",
            "compare=gross-expenditure.E23000018.P1Y",
            400,
            vec!["other_unit"],
        ),
        (ROBBERY, "startPeriod=2020&endPeriod=2019", 400, vec!["order"]),
        ("no-such.E23000018.P3M", "", 404, vec![]),
    ] {
        let answer = picture(&app, key, query).await;
        assert_eq!(answer.problem(status), codes, "{query}: {}", answer.text());
    }
    assert_eq!(picture(&app, ROBBERY, "fix=5&compare=x&width=1").await.status, 400);
    app.request("GET", &format!("/v1/series/{ROBBERY}/chart.svg"))
        .header("accept", "application/json")
        .send()
        .await
        .problem(406);
    // As an image of a browser asks for it.
    let image = app.request("GET", &format!("/v1/series/{ROBBERY}/chart.svg"));
    image.header("accept", "image/avif,image/webp,image/*,*/*;q=0.8").send().await.expect(200);
}

#[actix_web::test]
async fn what_its_reader_may_not_see_is_not_drawn() {
    let app = TestApp::new().await;
    let key = monthly(&app, "t-hidden", &[100, 110, 105], json!({})).await;
    let before = picture(&app, &key, "").await.expect(200);
    crate::comparisons::submitted(&app, "t-hidden", &rows(&[("2020-03", "7777")]), json!({})).await;
    let after = picture(&app, &key, "").await.expect(200);
    assert_eq!((before.etag(), before.text()), (after.etag(), after.text()));
    indicator(&app, "t-draft", json!({"frequency": "P1M"})).await;
    crate::comparisons::submitted(&app, "t-draft", &rows(&[("2020-03", "7777")]), json!({})).await;
    picture(&app, "t-draft.E23000018.P1M", "").await.problem(404);
    assert_eq!(picture(&app, &key, "compare=t-draft.E23000018.P1M").await.problem(400), ["unknown"]);
}

#[actix_web::test]
async fn a_picture_has_the_headers_of_a_file_that_cannot_run() {
    let app = TestApp::new().await;
    let answer = picture(&app, ROBBERY, "").await.expect(200);
    let policy = answer.header("content-security-policy").unwrap();
    assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'", "nothing in it may run or load");
    let name = answer.header("content-disposition").unwrap();
    assert!(
        name.starts_with("inline; filename=\"") && name.contains("-chart-") && name.ends_with(".svg\""),
        "{name}"
    );
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(answer.header("x-source").is_some(), "the source");
    let again = app.request("GET", &format!("/v1/series/{ROBBERY}/chart.svg"));
    assert_eq!(again.header("if-none-match", answer.etag()).send().await.status, 304);
}

#[actix_web::test]
async fn a_sparkline_has_the_latest_points_and_no_axes() {
    let app = TestApp::new().await;
    let values: Vec<i64> = (0..40).map(|n| 100 + n * 7 % 13).collect();
    let key = monthly(&app, "t-spark", &values, json!({})).await;
    let text = svg(&app, &key, "kind=sparkline").await;
    let document = Document::parse(&text).unwrap();
    let path = document.descendants().find(|node| node.tag_name().name() == "path").unwrap();
    assert_eq!(path.attribute("d").unwrap().matches(['M', 'L']).count(), 24);
    assert!(texts(&document).is_empty() && text.contains("width=\"160\" height=\"40\""), "{text}");
    assert!(element(&text, "desc").contains("in Apr 2023"), "{text}");
}

/// The relative luminance of a colour, and the contrast of two (WCAG 2.2).
#[expect(clippy::float_arithmetic, reason = "the definition of contrast has a power of 2.4")]
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[actix_web::test]
async fn texts_and_shapes_have_enough_contrast_in_each_theme() {
    let app = TestApp::new().await;
    let others = ["E23000020", "E23000021", "E23000022"].map(|area| ROBBERY.replace("E23000018", area));
    let more = ["burglary", "theft-offences"].map(|offence| ROBBERY.replace("robbery", offence));
    let compare = others.into_iter().chain(more).collect::<Vec<_>>().join(",");
    let mut compared = 0;
    for theme in ["light", "dark", "print"] {
        for query in
            ["kind=spc".to_owned(), format!("compare={compare}"), format!("kind=bar&compare={compare}")]
        {
            let text = svg(&app, ROBBERY, &format!("{query}&theme={theme}")).await;
            let document = Document::parse(&text).unwrap();
            let of = |node: &Node<'_, '_>, name: &str| node.attribute(name).map(str::to_owned);
            let ground = document.descendants().find(|node| node.tag_name().name() == "rect").unwrap();
            let ground = of(&ground, "fill").unwrap();
            for node in document.descendants().filter(Node::is_element) {
                let class = node.parent_element().and_then(|parent| parent.attribute("class"));
                let (colour, least) = match node.tag_name().name() {
                    "text" => (of(&node, "fill").unwrap(), 4.5),
                    // The lines of the grid only help the eye.
                    "line" if class == Some("values") => continue,
                    "line" | "path" | "polygon" | "circle" if class != Some("gaps") => {
                        (of(&node, "stroke").unwrap(), 3.0)
                    }
                    _ => continue,
                };
                assert!(contrast(&colour, &ground) >= least, "{theme}: {colour} on {ground} in {node:?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "{compared}");
}

#[actix_web::test]
async fn several_series_have_labels_of_their_own() {
    let app = TestApp::new().await;
    let areas = ["E23000019", "E23000020", "E23000021", "E23000022"];
    let others: Vec<String> = areas.iter().map(|area| ROBBERY.replace("E23000018", area)).collect();
    let compare = others[..3].join(",");
    for width in [320, 720, 1_600] {
        let text = svg(&app, ROBBERY, &format!("compare={compare}&width={width}")).await;
        let document = Document::parse(&text).unwrap();
        let dashes: Vec<Option<&str>> = document
            .descendants()
            .filter(|node| node.attribute("class") == Some("series"))
            .map(|group| group.first_element_child().unwrap().attribute("stroke-dasharray"))
            .collect();
        let different: std::collections::BTreeSet<_> = dashes.iter().collect();
        assert_eq!((dashes.len(), different.len()), (4, 4), "lines differ without their colour");
        assert!(all_text(&text).contains("Derbyshire"), "{text}");
        let bars = svg(&app, ROBBERY, &format!("kind=bar&compare={compare}&width={width}")).await;
        assert_eq!(count(&bars, "series", "rect"), 4);
        for key in others[..3].iter().map(String::as_str).chain([ROBBERY]) {
            let chart = app.get(None, &format!("/v1/series/{key}/spc")).await.expect(200).json();
            let value = chart["points"].as_array().unwrap().last().unwrap()["value"].clone();
            assert!(all_text(&bars).contains(&grouped(value.as_str().unwrap())), "{key} in {bars}");
        }
    }
}

#[actix_web::test]
async fn a_png_has_the_width_of_its_svg() {
    let app = TestApp::new().await;
    for (query, width) in
        [("", 720), ("width=320", 320), ("kind=spc&width=1600&theme=dark", 1_600), ("kind=sparkline", 160)]
    {
        let answer = app.get(None, &format!("/v1/series/{ROBBERY}/chart.png?{query}")).await.expect(200);
        assert_eq!(answer.header("content-type"), Some("image/png"));
        assert!(answer.header("content-disposition").unwrap().ends_with(".png\""));
        let image = resvg::tiny_skia::Pixmap::decode_png(&answer.body).unwrap();
        let text = svg(&app, ROBBERY, query).await;
        let document = Document::parse(&text).unwrap();
        assert_eq!(image.width(), width);
        assert!(i64::from(image.height()) - number(&document.root_element(), "height") / 10 <= 1);
        // The letters are there: a good deal of the head is not the background.
        let ground = image.pixel(0, 0).unwrap();
        let other = image.pixels().iter().filter(|pixel| **pixel != ground).count();
        assert!(other > 200, "{query}: {other}");
    }
    app.get(None, &format!("/v1/series/{ROBBERY}/chart.png?width=5000")).await.problem(400);
    app.get(None, &format!("/v1/series/{ROLLING}/chart.png?kind=spc")).await.problem(422);
}

#[actix_web::test]
async fn each_verdict_has_an_icon() {
    let app = TestApp::new().await;
    for (name, title) in [
        ("common_cause", "Ordinary variation"),
        ("improvement", "Improvement"),
        ("concern", "Concern"),
        ("neutral_high", "Change to higher values"),
        ("neutral_low", "Change to lower values"),
        ("insufficient_data", "Too few values"),
        ("consistent_pass", "Passes the target"),
        ("consistent_fail", "Fails the target"),
        ("hit_or_miss", "Meets the target only sometimes"),
    ] {
        let answer = app.get(None, &format!("/v1/icons/{name}.svg?theme=dark")).await.expect(200);
        assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
        assert!(answer.header("content-disposition").unwrap().contains(&format!("icons-{name}-")));
        let text = answer.text();
        check(&text);
        assert_eq!(element(&text, "title"), title);
    }
    app.get(None, "/v1/icons/joy.svg").await.problem(404);
    app.get(None, "/v1/icons/improvement.svg?theme=blue").await.problem(400);
    app.get(None, "/v1/icons/improvement").await.problem(404);
}

/// What a picture consists of: each part with its elements and its texts, but for the notes, which have the server's address.
fn outline(text: &str) -> String {
    let document = Document::parse(text).unwrap();
    let mut lines = vec![];
    for part in document.root_element().children().filter(Node::is_element) {
        let name = part.attribute("class").unwrap_or(part.tag_name().name());
        let mut counts = std::collections::BTreeMap::new();
        for node in part.children().filter(Node::is_element) {
            *counts.entry(node.tag_name().name()).or_insert(0) += 1;
        }
        let counts: Vec<String> = counts.iter().map(|(name, count)| format!(" {count} {name}")).collect();
        let words: Vec<&str> =
            part.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
        let words = if name == "notes" { String::new() } else { words.join(" | ") };
        lines.push(format!("{name}:{} {words}", counts.join(",")).trim_end().to_owned());
    }
    lines.join("\n")
}

#[actix_web::test]
async fn pictures_of_the_demo_have_the_parts_that_they_had() {
    let app = TestApp::new().await;
    let of = async |query: &str| outline(&svg(&app, ROBBERY, query).await);
    insta::assert_snapshot!("chart_line", of("kind=line").await);
    insta::assert_snapshot!("chart_spc", of("kind=spc").await);
    let compare = ["E23000019", "E23000020"].map(|area| ROBBERY.replace("E23000018", area)).join(",");
    insta::assert_snapshot!("chart_bar", of(&format!("kind=bar&compare={compare}")).await);
}
