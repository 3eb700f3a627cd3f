//! What a search costs where many records have its words.

use super::*;

/// The words that are searched for, how many of the records have them, and whether that is few: then few rows may be
/// examined. Else all that have them are looked at, each a few times.
const SEARCHES: &[(&str, &str, bool)] = &[
    ("rare7", "5", true),
    ("all rare7", "5", true),
    ("rare7777*", "5", true),
    ("nowhere", "none", true),
    ("all nowhere", "none", true),
    ("some3", "a twentieth", false),
    ("all", "all", false),
    ("a*", "all", false),
    ("all some3", "a twentieth", false),
    ("all title f*", "all", false),
    ("a* t* s* r* f* al* ti* ra*", "all", false),
];

/// How often a record may be looked at by a search for words that many have: in the index of words, as a document, as a
/// version, and again for the page.
const TIMES: i64 = 6;

#[actix_web::test]
async fn no_search_for_rare_words_examines_many_rows_and_none_looks_at_a_record_often() {
    let app = TestApp::new().await;
    let mut base = Base::open(&app);
    let kind = app.state.kind("action").unwrap();
    base.load(kind);
    base.load_words();
    let mut table = String::new();
    let many = TIMES * i64::try_from(records()).unwrap();
    // What every start asks: whether the words of a version are missing.
    let missing = Case {
        filter: String::new(),
        sort: String::new(),
        visible_to: String::new(),
        page: "first",
        statement: search::missing_from(None, 1),
    };
    let (examined, plan) = base.examine(&app, &missing);
    assert!(examined <= many, "{examined}: {plan}");
    assert_eq!(search::backfill(&app.state.db, &app.state.kinds).unwrap(), 0);
    let mut wrong = vec![];
    let reference = order(kind, &[]);
    let due = order(kind, &[("due".to_owned(), true)]);
    let middle = base.middle(kind, reference[0].0, reference[0].1);
    let status = base.filters(kind).into_iter().find(|(name, _)| name == "status").unwrap().1;
    for (who, visibility) in base.visibilities(kind) {
        for (words, having, few) in SEARCHES {
            let query = Query::parse(words).unwrap();
            let words_of = || search::matches(&query, base.pg);
            let list = |conditions: &[ColumnFilter], order, position| {
                let list =
                    query_for(conditions, order, position, limit() + 1).unwrap().with_words(words_of());
                list.page(kind, &visibility).one_off()
            };
            let across = |position: Option<&Position>| {
                let after = position.map(|position| paging::after(search::ORDER, position).unwrap());
                search::page(&query, base.pg, &visibility, &[], after, limit() + 1)
            };
            let count =
                query_for(&[], &reference, None, 1).unwrap().with_words(words_of()).total(kind, &visibility);
            let last = Position {
                keys: vec![Val::Int(1), Val::Text("action".to_owned()), middle.keys[0].clone()],
                id: middle.id,
            };
            for (what, statement) in [
                ("list", list(&[], &reference, None)),
                ("list, middle", list(&[], &reference, Some(&middle))),
                ("list by -due", list(&[], &due, None)),
                ("list of a status", list(&status, &reference, None)),
                ("count", count.one_off()),
                ("search", across(None)),
                ("search, middle", across(Some(&last))),
            ] {
                let rows = run(what, &statement, &mut base.conn);
                let case = Case {
                    filter: String::new(),
                    sort: String::new(),
                    visible_to: who.clone(),
                    page: "first",
                    statement,
                };
                let (examined, plan) = base.examine(&app, &case);
                let line = format!(
                    "{who:<14} {words:<28} {having:<11} {what:<17} {rows:>6} rows, {examined:>7}  {plan}"
                );
                writeln!(table, "{line}").unwrap();
                if examined > if *few { most() } else { many } {
                    wrong.push(line);
                }
            }
        }
    }
    println!("visible to, words, records that have them, statement, rows, rows examined, plan\n{table}");
    let database = if on_postgres() { "postgres" } else { "sqlite" };
    let place = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name(format!("plans-of-search-{database}.txt"));
    std::fs::write(place, &table).unwrap();
    assert!(wrong.is_empty(), "{} searches examine too much:\n{}", wrong.len(), wrong.join("\n"));
}

/// Runs a statement of a page, or of a count; gives the number of rows, or what was counted.
fn run(what: &str, statement: &Sql, conn: &mut Conn) -> i64 {
    let statement = statement.clone();
    match what.split(',').next().unwrap() {
        "count" => statement.get_result::<Count>(conn).unwrap().n,
        "search" => i64::try_from(statement.load::<search::Hit>(conn).unwrap().len()).unwrap(),
        _ => i64::try_from(statement.load::<Row>(conn).unwrap().len()).unwrap(),
    }
}

impl Base {
    /// Gives the records words and a content of the usual length.
    pub fn load_words(&mut self) {
        let records = records();
        let id = self.id(ANY, "n");
        let mut words = "'all title some' || (n % 20) || ' rare' || (n / 5)".to_owned();
        for salt in 200..210 {
            write!(words, " || ' f' || ({} % 5000)", scattered(salt)).unwrap();
        }
        let title = "' title all rare' || (n / 5) || ' '";
        if self.pg {
            let series = format!("generate_series(1, {records}::bigint) AS s (n)");
            let index = self.words("SELECT indexdef AS a, NULL AS b FROM pg_indexes WHERE indexname = 'search_words' AND schemaname = current_schema()");
            self.run("DROP INDEX search_words");
            self.run(&format!(
                "INSERT INTO search_doc (record, version, title, words) SELECT {id}, 1, {title}, {words} FROM {series}"
            ));
            self.run(index[0].0.as_deref().unwrap());
            self.run("UPDATE record_version SET content = '{\"x\":\"' || repeat('word ', 160) || '\"}'");
            self.run("VACUUM ANALYZE record_version");
            self.run("VACUUM ANALYZE search_doc");
        } else {
            let series = format!(
                "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {records})"
            );
            self.run(&format!("INSERT INTO search_doc (record, version, title, words) {series} SELECT {id}, 1, {title}, {words} FROM s"));
            self.run("UPDATE record_version SET content = '{\"x\":\"' || hex(zeroblob(400)) || '\"}'");
        }
    }
}
