//! Search by words: the same words found on both databases, within reach, by rank, with highlights.

use onrecord::record::search;
use onrecord::store::{Count, Sql};
use serde_json::{Value, json};

use crate::support::TestApp;

/// Themes with words that are told apart in many ways; their references, titles and summaries.
const THEMES: &[(&str, &str, Option<&str>)] = &[
    ("w-cafe", "Café culture", None),
    ("w-cafe2", "CAFE\u{301} by night", None),
    ("w-f1", "Women\u{2019}s safety zqa", Some("It isn't only at night.")),
    ("w-f2", "womens refuge", None),
    ("w-coop", "Co-operation zqb", None),
    ("w-cooperation", "Cooperation zqc", None),
    ("w-digits", "Zqd 1,000 homes by 2031/32", None),
    ("w-superscript", "Zqe 40m² of ﬁre damage", None),
    ("w-greek", "Οδός ΟΔΟΣ", None),
    ("w-script", "Zqf <script>alert(1)</script> & \"more\"", None),
    ("w-nordic", "Ærø straße", None),
    ("w-stem", "Burglaries zqg", Some("One burglary, two burglars.")),
    ("w-quote", "Zqh 'quoted' or not", None),
];

/// A query, and which of the themes it finds, in order.
const QUERIES: &[(&str, &[&str])] = &[
    ("cafe", &["w-cafe", "w-cafe2"]),
    ("CAFÉ", &["w-cafe", "w-cafe2"]),
    ("cafe\u{301} culture", &["w-cafe"]),
    ("womens", &["w-f1", "w-f2"]),
    ("women's", &["w-f1", "w-f2"]),
    ("women\u{2019}s refuge", &["w-f2"]),
    ("women zqa", &[]),
    ("women* zqa", &["w-f1"]),
    ("isnt night zqa", &["w-f1"]),
    ("co-operation", &["w-coop", "w-cooperation"]),
    ("co-operat*", &["w-coop", "w-cooperation"]),
    ("operation co zqb", &["w-coop"]),
    ("cooperation", &["w-coop", "w-cooperation"]),
    ("1,000 zqd", &["w-digits"]),
    ("000 2031 32", &["w-digits"]),
    ("1000 zqd", &[]),
    ("40m2 fire", &["w-superscript"]),
    ("40m\u{b2}", &["w-superscript"]),
    ("ΟΔΟΣ", &["w-greek"]),
    ("οδοσ", &["w-greek"]),
    ("ærø", &["w-nordic"]),
    ("ÆRØ STRASSE", &[]),
    ("Straße", &["w-nordic"]),
    ("burglary zqg", &["w-stem"]),
    ("burgl* zqg", &["w-stem"]),
    ("burgle zqg", &[]),
    ("zqg OR nothing", &[]),
    ("-zqg", &["w-stem"]),
    ("\"zqg burglaries\"", &["w-stem"]),
    ("(zqg) & !'burglars':*", &["w-stem"]),
    ("zqh quoted", &["w-quote"]),
    ("script alert 1", &["w-script"]),
    (
        "zq*",
        &["w-coop", "w-cooperation", "w-digits", "w-f1", "w-quote", "w-script", "w-stem", "w-superscript"],
    ),
    ("w-coop", &["w-coop"]),
    ("title:zqa", &[]),
    ("zqa NEAR zqb", &[]),
];

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

async fn with_themes() -> TestApp {
    let app = TestApp::new().await;
    for (reference, title, summary) in THEMES {
        let body =
            json!({"reference": reference, "title": title, "summary": summary, "theme_kind": "threat"});
        app.post("admin", "/v1/themes", body).await.expect(201);
    }
    app
}

async fn rows(app: &TestApp, who: Option<&str>, path: &str) -> Vec<Value> {
    app.get(who, path).await.expect(200).json()["data"].as_array().unwrap().clone()
}

fn references(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["reference"].as_str().unwrap()).collect()
}

async fn found(app: &TestApp, who: Option<&str>, words: &str) -> Vec<Value> {
    rows(app, who, &format!("/v1/search?q={}", encoded(words))).await
}

#[actix_web::test]
async fn the_same_words_are_found_whatever_the_database() {
    let app = with_themes().await;
    for (query, expected) in QUERIES {
        let path = format!("/v1/search?kind=theme&limit=200&q={}", encoded(query));
        let hits = rows(&app, None, &path).await;
        let mut all = references(&hits);
        // Those with more of the words in their title come first; here it is which are found.
        all.sort_unstable();
        assert_eq!(&all, expected, "search {query}");
        let list = rows(&app, None, &format!("/v1/themes?limit=200&q={}", encoded(query))).await;
        assert_eq!(&references(&list), expected, "list {query}");
        for hit in &hits {
            let marks = hit["highlights"].to_string();
            assert!(marks.contains("<mark>"), "{query}: {hit}");
        }
    }
}

#[actix_web::test]
async fn a_query_without_words_or_with_too_many_says_what_would_be_right() {
    let app = TestApp::new().await;
    for path in ["/v1/search", "/v1/plans"] {
        assert_eq!(app.get(None, &format!("{path}?q=%2A%20-%20%22")).await.problem(400), ["no_word"]);
        assert_eq!(app.get(None, &format!("{path}?q=")).await.problem(400), ["length"]);
        let many = (0..9).map(|n| format!("w{n}")).collect::<Vec<_>>().join("+");
        assert_eq!(app.get(None, &format!("{path}?q={many}")).await.problem(400), ["too_many"]);
        let long = "a".repeat(201);
        assert_eq!(app.get(None, &format!("{path}?q={long}")).await.problem(400), ["length"]);
        assert_eq!(app.get(None, &format!("{path}?q=a&q=b")).await.problem(400), ["repeated"]);
    }
    assert_eq!(app.get(None, "/v1/search").await.problem(400), ["required"]);
    assert_eq!(
        app.get(None, "/v1/search?q=a&kind=plam&as_of=2099-01-01T00:00:00Z&cursor=x").await.problem(400),
        ["unknown", "out_of_range", "invalid"]
    );
}

#[actix_web::test]
async fn highlights_are_escaped_and_say_where() {
    let app = with_themes().await;
    let hits = found(&app, None, "zqf script more").await;
    assert_eq!(
        hits[0]["highlights"],
        json!([{
            "member": "title",
            "text": "<mark>Zqf</mark> &lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt; &amp; &quot;<mark>more</mark>&quot;",
        }, {"member": "reference", "text": "w-<mark>script</mark>"}])
    );
    let hits = found(&app, None, "isn't zqa").await;
    assert_eq!(
        hits[0]["highlights"],
        json!([
            {"member": "title", "text": "Women\u{2019}s safety <mark>zqa</mark>"},
            {"member": "summary", "text": "It <mark>isn&#39;t</mark> only at night."},
        ])
    );
    assert_eq!(hits[0]["title"], "Women\u{2019}s safety zqa");
    assert_eq!(hits[0]["self"], json!(format!("/v1/themes/{}", hits[0]["id"].as_str().unwrap())));
    assert_eq!(hits[0]["version"], 1);
    assert!(hits[0]["published_at"].is_string());
    assert!(hits[0]["body"].is_null());
}

#[actix_web::test]
async fn rank_is_the_words_in_the_title_then_kind_then_reference_and_pages_keep_it() {
    let app = TestApp::new().await;
    for (reference, title, summary) in [
        ("r-1", "Nothing", "yya yyb yyc"),
        ("r-2", "yya", "yyb yyc"),
        ("r-3", "Yyb and YYA", "yyc"),
        ("r-4", "yyc yyb yya yya", ""),
        ("r-5", "Other", "yya, yyb; yyc"),
    ] {
        let body =
            json!({"reference": reference, "title": title, "summary": summary, "theme_kind": "threat"});
        let body = if summary.is_empty() {
            json!({"reference": reference, "title": title, "theme_kind": "threat"})
        } else {
            body
        };
        app.post("admin", "/v1/themes", body).await.expect(201);
    }
    let body = json!({"reference": "r-0", "name": "yya yyb yyc", "organisation_kind": "other"});
    app.post("admin", "/v1/organisations", body).await.expect(201);
    let whole = found(&app, None, "yya yyb yyc").await;
    assert_eq!(references(&whole), ["r-0", "r-4", "r-3", "r-2", "r-1", "r-5"]);
    let ranks: Vec<i64> = whole.iter().map(|hit| hit["rank"].as_i64().unwrap()).collect();
    assert_eq!(ranks, [3, 3, 2, 1, 0, 0]);
    let begun = found(&app, None, "yy* yya").await;
    assert_eq!(references(&begun), ["r-0", "r-2", "r-3", "r-4", "r-1", "r-5"]);
    for limit in 1..=6 {
        let base = format!("/v1/search?q=yya%20yyb%20yyc&limit={limit}");
        let (mut seen, mut next) = (vec![], base.clone());
        loop {
            let page = app.get(None, &next).await.expect(200).json();
            seen.extend(page["data"].as_array().unwrap().clone());
            match page["page"]["next"].as_str() {
                None => break,
                Some(cursor) => next = format!("{base}&cursor={cursor}"),
            }
        }
        assert_eq!(seen, whole, "by {limit}");
    }
    let only = rows(&app, None, "/v1/search?q=yya%20yyb%20yyc&kind=organisation,plan").await;
    assert_eq!(references(&only), ["r-0"]);
    // A cursor is of its words, kinds and caller.
    let page = app.get(None, "/v1/search?q=yya&limit=1").await.expect(200).json();
    let cursor = page["page"]["next"].as_str().unwrap();
    for query in ["q=yyb", "q=yya&kind=theme"] {
        assert_eq!(
            app.get(None, &format!("/v1/search?{query}&cursor={cursor}")).await.problem(400),
            ["invalid"]
        );
    }
    assert_eq!(
        app.get(Some("editor"), &format!("/v1/search?q=yya&cursor={cursor}")).await.problem(400),
        ["invalid"]
    );
    let page = app.get(None, "/v1/themes?q=yya&limit=1").await.expect(200).json();
    let cursor = page["page"]["next"].as_str().unwrap();
    assert_eq!(app.get(None, &format!("/v1/themes?q=yyb&cursor={cursor}")).await.problem(400), ["invalid"]);
}

#[actix_web::test]
async fn words_narrow_a_list_together_with_all_else_that_it_takes() {
    let app = TestApp::new().await;
    let all = app.get(None, "/v1/actions?q=victim*&count=true&limit=200").await.expect(200).json();
    let total = all["page"]["total"].as_i64().unwrap();
    assert!(total > 1, "the demo has them");
    assert_eq!(all["data"].as_array().unwrap().len(), usize::try_from(total).unwrap());
    let back = rows(&app, None, "/v1/actions?q=victim*&sort=-reference&fields=reference&limit=200").await;
    let mut expected = references(all["data"].as_array().unwrap());
    expected.reverse();
    assert_eq!(references(&back), expected);
    let mut paged = vec![];
    let mut next = "/v1/actions?q=victim*&limit=1".to_owned();
    loop {
        let page = app.get(None, &next).await.expect(200).json();
        paged.extend(page["data"].as_array().unwrap().clone());
        match page["page"]["next"].as_str() {
            None => break,
            Some(cursor) => next = format!("/v1/actions?q=victim*&limit=1&cursor={cursor}"),
        }
    }
    assert_eq!(&paged, all["data"].as_array().unwrap());
    let objective = all["data"][0]["objective"].as_str().unwrap();
    let some = app
        .get(None, &format!("/v1/actions?q=victim*&objective={objective}&count=true&include=objective"))
        .await
        .expect(200)
        .json();
    assert!(some["page"]["total"].as_i64().unwrap() <= total);
    assert_eq!(some["included"]["objective"].as_array().unwrap().len(), 1);
    let csv = app.get(None, "/v1/actions?q=victim*&format=csv&limit=200").await.expect(200);
    assert_eq!(
        csv::Reader::from_reader(csv.body.as_slice()).records().count(),
        usize::try_from(total).unwrap()
    );
    let csv = app.get(None, "/v1/search?q=victim*&format=csv&limit=200").await.expect(200);
    let mut reader = csv::Reader::from_reader(csv.body.as_slice());
    assert_eq!(
        reader.headers().unwrap().iter().collect::<Vec<_>>().join(","),
        "id,kind,reference,body,title,self,version,published_at,rank,highlights"
    );
    assert_eq!(reader.records().count(), found(&app, None, "victim*").await.len());
}

#[actix_web::test]
async fn a_draft_is_found_by_its_office_and_by_others_once_it_is_published() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    app.patch("editor", &address, json!({"title": "Zyxdraft plan"})).await.expect(200);
    for who in
        [None, Some("partner"), Some("panel_member"), Some("auditor"), Some("admin"), Some("other_editor")]
    {
        assert!(found(&app, who, "zyxdraft").await.is_empty(), "{who:?}");
        assert!(rows(&app, who, "/v1/plans?q=zyxdraft").await.is_empty(), "{who:?}");
    }
    for who in ["editor", "publisher", "commissioner"] {
        let hits = found(&app, Some(who), "zyxdraft").await;
        assert_eq!(hits.len(), 1, "{who}");
        assert_eq!((&hits[0]["version"], &hits[0]["published_at"]), (&Value::Null, &Value::Null));
        assert_eq!(hits[0]["body"], "derbyshire-pcc");
    }
    app.ready("plan", &address).await;
    assert_eq!(found(&app, Some("auditor"), "zyxdraft").await.len(), 1);
    assert!(found(&app, None, "zyxdraft").await.is_empty());
    app.step("publisher", &address, "publish", json!({"publish_at": "2026-11-01T12:00:00Z"}))
        .await
        .expect(200);
    assert!(found(&app, None, "zyxdraft").await.is_empty());
    app.set_time("2026-11-01T12:00:00Z");
    assert_eq!(found(&app, None, "zyxdraft").await.len(), 1);
    // What the office does next hides nothing and shows nothing.
    app.patch("editor", &address, json!({"title": "Zyxnext plan"})).await.expect(200);
    assert_eq!(found(&app, None, "zyxdraft").await.len(), 1);
    assert!(found(&app, None, "zyxnext").await.is_empty());
    assert!(found(&app, Some("editor"), "zyxdraft").await.is_empty(), "the office sees its working version");
    assert_eq!(found(&app, Some("editor"), "zyxnext").await.len(), 1);
}

#[actix_web::test]
async fn a_superseded_version_is_found_only_as_of_its_time_and_a_withdrawn_record_never() {
    let app = TestApp::new().await;
    let body = json!({"reference": "s-1", "title": "Zyxone", "theme_kind": "threat"});
    let address =
        app.post("admin", "/v1/themes", body).await.expect(201).header("location").unwrap().to_owned();
    app.set_time("2026-11-01T11:40:00Z");
    app.patch("admin", &address, json!({"title": "Zyxtwo"})).await.expect(200);
    let then = "&as_of=2026-11-01T11:35:00Z";
    assert!(found(&app, None, "zyxone").await.is_empty());
    assert_eq!(found(&app, None, "zyxtwo").await.len(), 1);
    for path in ["/v1/search?q=zyxone", "/v1/themes?q=zyxone"] {
        assert_eq!(rows(&app, None, &format!("{path}{then}")).await.len(), 1);
    }
    assert!(rows(&app, None, &format!("/v1/search?q=zyxtwo{then}")).await.is_empty());

    let address = app.draft("plan").await;
    app.patch("editor", &address, json!({"title": "Zyxgone"})).await.expect(200);
    app.ready("plan", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    assert_eq!(found(&app, None, "zyxgone").await.len(), 1);
    app.set_time("2026-11-01T11:50:00Z");
    app.step("publisher2", &address, "withdraw", json!({"reason": "by mistake"})).await.expect(200);
    for who in [None, Some("editor"), Some("auditor")] {
        assert!(found(&app, who, "zyxgone").await.is_empty(), "{who:?}");
        let then = rows(&app, who, "/v1/search?q=zyxgone&as_of=2026-11-01T11:45:00Z").await;
        assert!(then.is_empty(), "{who:?}");
    }
}

#[actix_web::test]
async fn what_was_stored_before_the_index_is_indexed_once() {
    let app = with_themes().await;
    let count = |text: &'static str| {
        app.state
            .db
            .read(|conn| {
                let count: Count = diesel::RunQueryDsl::get_result(Sql::new(text), conn)?;
                Ok(count.n)
            })
            .unwrap()
    };
    let all = count("SELECT count(*) AS n FROM search_doc");
    assert_eq!(all, count("SELECT count(*) AS n FROM record_version"));
    let index = || search::backfill(&app.state.db, &app.state.kinds).unwrap();
    assert_eq!(index(), 0, "every version was indexed as it was stored");
    let before = found(&app, None, "women*").await;
    app.write(|conn| {
        diesel::RunQueryDsl::execute(Sql::new("DELETE FROM search_doc"), conn).unwrap();
    });
    assert!(found(&app, None, "women*").await.is_empty());
    assert_eq!(i64::try_from(index()).unwrap(), all);
    assert_eq!(index(), 0);
    assert_eq!(found(&app, None, "women*").await, before);
}

#[test]
fn every_kind_has_words_to_be_found_by() {
    for kind in onrecord::resources::kinds() {
        let words = kind.words();
        assert_eq!(words[0], kind.def.title);
        assert!(words.iter().all(|path| kind.has_path(path)), "{words:?}");
    }
}
