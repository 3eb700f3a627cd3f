//! How many statements an answer costs: as many for a page of forty rows as for one of two.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::{Connection, InstrumentationEvent};
use onrecord::bundle::Bundle;
use onrecord::http::operation::Method;
use onrecord::record::kind::KindDef;
use serde_json::{Value, json};

use crate::support::{TestApp, is_for, on_postgres, whole_observations, writer};

/// How many records a page has: few, and as many as show what each of them costs.
const FEW: usize = 2;
const MANY: usize = 40;

/// How many statements more a request can cost that reads what is remembered until something is committed, such as an
/// indicator and its releases. On PostgreSQL a commit to any database of the server counts, and other tests commit to theirs
/// meanwhile. One statement for each row or figure would be dozens.
const READ_ONCE: usize = 2;
const READ_AGAIN: usize = 8;

/// Whether two requests cost as many statements as each other.
pub fn cost_the_same(few: usize, many: usize) -> bool {
    few.abs_diff(many) <= if on_postgres() { READ_AGAIN } else { READ_ONCE }
}

/// Counts the statements that the reading connections are given.
pub struct Counter(Arc<AtomicUsize>);

impl Counter {
    /// On the one connection that this application reads by.
    pub fn on(app: &TestApp) -> Counter {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        app.state
            .db
            .read(|conn| {
                let counted = counted.clone();
                conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                    let InstrumentationEvent::StartQuery { query, .. } = event else { return };
                    // The caller's client and memberships are cached for a moment: they are not always read.
                    let text = query.to_string().replace(['`', '"'], "");
                    if !text.contains("FROM client WHERE (client.id =")
                        && !text.contains("FROM membership l WHERE l.subject = m.subject")
                    {
                        counted.fetch_add(1, Ordering::SeqCst);
                    }
                });
                Ok(())
            })
            .unwrap();
        Counter(count)
    }

    /// The statements of one answer, and how many rows it has.
    pub async fn of(&self, app: &TestApp, who: Option<&str>, path: &str) -> (usize, usize) {
        let before = self.0.load(Ordering::SeqCst);
        let answer = app.get(who, path).await.expect(200);
        let statements = self.0.load(Ordering::SeqCst) - before;
        let rows = match answer.header("content-type") {
            Some("application/json") => {
                let body = answer.json();
                match body.get("usual") {
                    Some(_) => whole_observations(&body).len(),
                    None => {
                        let data = body["data"].as_array().or_else(|| body["grants"].as_array());
                        data.map_or(1, Vec::len)
                    }
                }
            }
            _ => csv::Reader::from_reader(answer.body.as_slice()).records().count(),
        };
        (statements, rows)
    }
}

/// An application with one reading connection, and forty records of every kind more than the demo's, which name
/// the same as the kind's example.
async fn filled() -> TestApp {
    let limits = onrecord::config::Limits { connections: 1, ..Default::default() };
    let app = TestApp::with_limits(limits).await;
    for (n, kind) in app.state.kinds.clone().into_iter().enumerate() {
        let lines = (0..MANY).map(|_| published_line(&app, kind)).collect();
        app.import(Bundle::of_records(n, kind.def.path, lines))
            .unwrap_or_else(|problem| panic!("{kind:?}: {:#?}", problem.errors));
    }
    app
}

fn published_line(app: &TestApp, kind: &KindDef) -> Value {
    let mut line = app.fresh(kind);
    line["published_at"] = json!("2026-10-01T00:00:00Z");
    if kind.def.name == "progress" {
        // An organisation reports once on a recommendation, and the one of the example is left for drafts.
        let demo = app.state.kind("organisation").unwrap().def.demo;
        let mut all: Vec<Value> = demo.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        all.retain(|one| one["reference"] != line["by"]);
        // Each line takes two numbers.
        let number = usize::try_from(app.next()).unwrap() / 2;
        line["by"] = all[number % all.len()]["reference"].clone();
    }
    if kind.def.workflow {
        line["body"] = json!("derbyshire-pcc");
        line["owner"] = json!("opcc-derbyshire");
    }
    line
}

#[actix_web::test]
async fn a_page_of_forty_costs_as_many_statements_as_one_of_two() {
    let app = filled().await;
    let counter = Counter::on(&app);
    let compared = Cell::new(0);
    // What is included is not asked for further where two rows have none of it, nor are names weighed for a caller
    // where none of the rows names what only some may see: `more` says how many statements the forty may cost beyond the two. What is
    // included can have computed fields, such as the counts and the clocks of a report. One for each row would be dozens.
    let no_more_than = async |who: Option<&str>, path: &str, rows: bool, more: usize| {
        let joint = if path.contains('?') { '&' } else { '?' };
        let few = counter.of(&app, who, &format!("{path}{joint}limit={FEW}")).await;
        let many = counter.of(&app, who, &format!("{path}{joint}limit={MANY}")).await;
        if rows {
            assert_eq!((few.1, many.1), (FEW, MANY), "{path}: the rows");
        }
        assert!(few.0 > 0, "{path}: nothing was counted");
        let (few, many) = (few.0, many.0);
        assert!(
            cost_the_same(few, many) || (few..=few + more).contains(&many),
            "{path} as {who:?}: {few} statements for {FEW} rows, {many} for {MANY}"
        );
        compared.set(compared.get() + 1);
    };
    let same = async |who: Option<&str>, path: &str, rows: bool| {
        let more = if who.is_some() { 5 } else { 0 };
        no_more_than(who, path, rows, more).await;
    };
    for kind in app.state.kinds.clone() {
        let list = format!("/v1/{}", kind.def.path);
        let includes: Vec<&str> = kind.def.includes.iter().map(|include| include.name()).collect();
        for who in [None, Some(writer(kind)), Some("auditor"), Some("partner")] {
            let of_caller = if who.is_some() { 10 } else { 0 };
            same(who, &list, true).await;
            same(who, &format!("{list}?count=true"), true).await;
            same(who, &format!("{list}?as_of=2026-11-01T00:00:00Z"), true).await;
            same(who, &format!("{list}?fields=reference"), true).await;
            same(who, &format!("{list}?sort=-reference&format=csv"), true).await;
            same(who, &format!("{list}?q=t*"), false).await;
            for include in &includes {
                no_more_than(who, &format!("{list}?include={include}"), true, 10 + of_caller).await;
            }
            if includes.len() > 1 {
                let all: Vec<&str> = includes.iter().copied().take(5).collect();
                no_more_than(
                    who,
                    &format!("{list}?include={}", all.join(",")),
                    true,
                    5 + of_caller + 4 * all.len(),
                )
                .await;
            }
            for format in kind.formats {
                same(who, &format!("{list}?format={}", format.name), false).await;
            }
            same(who, &format!("/v1/search?q=t*&kind={}", kind.def.name), false).await;
        }
    }
    // Every other operation that gives pages.
    for operation in onrecord::resources::operations() {
        let pages = operation.method == Method::Get
            && operation.kind.is_none()
            // Their statements look like those that ask for a caller's standing, which are not counted.
            && !["/v1/memberships", "/v1/clients"].contains(&operation.path.as_str())
            // It is neither JSON nor CSV, and compared below.
            && !operation.path.ends_with(".atom")
            && operation.params.iter().any(|param| param.name == "limit");
        if pages {
            let has = |name: &str| operation.params.iter().any(|param| param.name == name);
            let path =
                operation.path.replace("{key}", "recorded-crime-rolling-year.E23000018.homicide.P1Y-P3M");
            let path = match (has("q"), has("indicator")) {
                (true, _) => format!("{path}?q=t*"),
                (_, true) => format!("{path}?indicator=recorded-crime-rolling-year"),
                _ => path,
            };
            let words = path.contains('?');
            // Of what a test's demo has none, or not so many, only the statements are compared.
            let filled = is_for(None, operation)
                && !operation.path.starts_with("/.well-known")
                && !operation.id.ends_with("_vintages");
            let callers = [None, Some("editor"), Some("auditor"), Some("partner"), Some("admin")];
            for who in callers.into_iter().filter(|who| is_for(*who, operation)) {
                same(who, &path, filled).await;
                same(who, &format!("{path}{}format=csv", if words { '&' } else { '?' }), filled).await;
            }
        }
    }
    same(None, "/v1/changes.atom", false).await;
    println!("{} pages compared", compared.get());
    assert!(compared.get() > app.state.kinds.len() * 4 * 6);
}

#[actix_web::test]
async fn a_history_and_a_thread_cost_as_many_statements_however_much_hangs_on_them() {
    let app = filled().await;
    let counter = Counter::on(&app);
    // A record with one version and one with many, of every kind.
    for kind in app.state.kinds.clone() {
        let few = app.draft(kind.def.name).await;
        let many = app.draft(kind.def.name).await;
        let who = writer(kind);
        for n in 0..12 {
            app.patch(who, &many, json!({"note": format!("edit {n}")})).await.expect(200);
        }
        for of in ["/versions", "/versions?format=csv", ""] {
            let one = counter.of(&app, Some(who), &format!("{few}{of}")).await;
            let another = counter.of(&app, Some(who), &format!("{many}{of}")).await;
            let (one, many) = (one.0, another.0);
            assert!(cost_the_same(one, many), "{kind:?} {of}: {one} for one version, {many} for thirteen");
        }
    }
    // A plan on which two objectives hang, and one on which forty do: by their level, not by their number.
    let objective = app.state.kind("objective").unwrap();
    let n = app.state.kinds.iter().position(|kind| kind.def.name == "objective").unwrap();
    let mut plans = vec![];
    for (size, children) in [FEW, MANY].into_iter().enumerate() {
        let at = app.state.kinds.iter().position(|kind| kind.def.name == "plan").unwrap();
        let mut plan = published_line(&app, app.state.kind("plan").unwrap());
        plan["reference"] = json!(format!("WIDE-{size}"));
        app.import(Bundle::of_records(at, "plans", vec![plan])).unwrap();
        let lines = (0..children)
            .map(|_| {
                let mut line = published_line(&app, objective);
                line["plan"] = json!(format!("derbyshire-pcc:WIDE-{size}"));
                line
            })
            .collect();
        app.import(Bundle::of_records(n, "objectives", lines)).unwrap();
        plans.push(format!("/v1/plans/derbyshire-pcc:WIDE-{size}"));
    }
    let includes: Vec<&str> =
        app.state.kind("plan").unwrap().def.includes.iter().map(|include| include.name()).collect();
    let include = format!("?include={}", includes.join(","));
    for of in ["/thread", "/thread?depth=6", include.as_str()] {
        for who in [None, Some("editor"), Some("auditor")] {
            let few = counter.of(&app, who, &format!("{}{of}", plans[0])).await;
            let many = counter.of(&app, who, &format!("{}{of}", plans[1])).await;
            assert!(few.0 > 0);
            assert!(cost_the_same(few.0, many.0), "{of} as {who:?}: {} and {}", few.0, many.0);
        }
    }
}

#[actix_web::test]
async fn what_is_computed_from_figures_costs_as_many_statements_for_many_of_them_as_for_two() {
    use crate::comparisons::{indicator, released};
    let limits = onrecord::config::Limits { connections: 1, ..Default::default() };
    let app = TestApp::with_limits(limits).await;
    let baselines = json!([{"period": "1990-01", "pinned_to": "2026-10-31"}]);
    indicator(&app, "t-long", json!({"frequency": "P1M", "baselines": baselines})).await;
    let mut rows = "AREA,TIME_PERIOD,value\nt-one,1990-01,7\nt-one,2024-12,7\nt-two,2024-12,7\n".to_owned();
    for month in 0..420 {
        rows.push_str(&format!("E23000018,{}-{:02},{}\n", 1990 + month / 12, month % 12 + 1, 100 + month));
    }
    released(&app, "t-long", &rows, json!({})).await;
    let counter = Counter::on(&app);
    let methods = "previous,yoy,ytd,rolling12,baseline,since,rate,against_target,peer_rank,peer_mean";
    let compared =
        format!("comparisons?method={methods}&base=1990-01&self=true&mean=pooled&peers=t-two,OTHER");
    // Another address each time, since the answer to the same one is remembered.
    for (query, more) in [
        (format!("{compared}&period=2024-12"), "&across_break=false"),
        ("spc?screen_outliers=true".to_owned(), "&startPeriod=1990"),
        ("spc?format=csv".to_owned(), "&startPeriod=1990"),
    ] {
        let path = |area: &str| {
            let other = if area == "t-one" { "E23000018" } else { "t-one" };
            format!("/v1/series/t-long.{area}.P1M/{query}").replace("OTHER", other)
        };
        // What is remembered until something is committed is read by this one.
        let first = counter.of(&app, None, &path("t-one")).await;
        let few = counter.of(&app, None, &format!("{}{more}", path("t-one"))).await;
        let many = counter.of(&app, None, &path("E23000018")).await;
        println!("{query}: {} statements at first", first.0);
        assert!(
            few.0 > 0 && cost_the_same(few.0, many.0),
            "{query}: {} statements for two figures, {} for 420",
            few.0,
            many.0
        );
    }
}

/// The most statements of a plain change, with the beginning and the end of its transaction and, on SQLite, its savepoint: `POST` and `PUT`. Each is a round
/// trip on PostgreSQL, which therefore inserts into several tables with one.
const MOST_ON_POSTGRES: [usize; 2] = [14, 25];
const MOST_ON_SQLITE: [usize; 2] = [19, 29];

#[actix_web::test]
async fn a_plain_change_costs_a_bounded_number_of_statements() {
    let limits = onrecord::config::Limits { connections: 1, ..Default::default() };
    let app = TestApp::with_limits(limits).await;
    let texts = Arc::new(std::sync::Mutex::new(vec![]));
    let noted = texts.clone();
    app.state
        .db
        .on_writer(|conn| {
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    noted.lock().unwrap().push(query.to_string());
                }
            });
        })
        .unwrap();
    let drained = || std::mem::take(&mut *texts.lock().unwrap());
    let kind = app.state.kind("action").unwrap();
    let mut counts = vec![];
    for _ in 0..2 {
        drained();
        let made = app.post("editor", "/v1/actions", app.fresh(kind)).await.expect(201);
        let create = drained();
        let mut body = made.json();
        body["wording"] = json!("Another wording.");
        let address = made.header("location").unwrap().to_owned();
        app.request("PUT", &address)
            .as_role("editor")
            .if_match(made.etag())
            .json(&body)
            .send()
            .await
            .expect(200);
        counts.push((create, drained()));
    }
    // The first time tables and types are looked up, too.
    let (create, replace) = counts.pop().unwrap();
    let most = if on_postgres() { MOST_ON_POSTGRES } else { MOST_ON_SQLITE };
    for (what, statements, most) in [("POST", &create, most[0]), ("PUT", &replace, most[1])] {
        let lines = statements.join("\n");
        assert!(statements.len() <= most, "{what}: {} statements\n{lines}", statements.len());
    }
}

#[actix_web::test]
async fn a_page_of_forty_rows_costs_as_many_statements_as_one_of_two() {
    let limits = onrecord::config::Limits { connections: 1, ..Default::default() };
    let app = TestApp::with_limits(limits).await;
    let counter = Counter::on(&app);
    let mut titles = 0;
    for path in ["statements", "indicators", "services", "pledges", "papers", "themes"] {
        let mut counts = vec![];
        for limit in [FEW, MANY] {
            let path = format!("/v1/{path}?limit={limit}&format=html");
            let before = counter.0.load(Ordering::SeqCst);
            let page = app.get(None, &path).await.expect(200);
            counts.push(counter.0.load(Ordering::SeqCst) - before);
            titles += page.text().matches("href=\"/v1/").count();
        }
        assert!(counts[1] <= counts[0] + 1, "{path}: {counts:?}");
        assert!(counts[1] < 15, "{path}: {counts:?}");
    }
    assert!(titles > 200, "{titles} links");
}
