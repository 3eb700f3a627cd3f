//! What is added to the tables of a kind that is on record: the digests of the records of before stay valid, and what is
//! added is checked none the less.

use std::collections::BTreeMap;

use onrecord::record::audited_state;
use onrecord::record::kind::{Column, Companion, KindDef, Ty};
use onrecord::resources;
use onrecord::store::canonical::Shape;

use crate::audit::{execute, lives, verified, verified_as};
use crate::support::{TestApp, on_postgres};

/// The kinds, one of them changed.
pub fn kinds_with(name: &str, change: impl FnOnce(&mut KindDef)) -> Vec<&'static KindDef> {
    let mut kinds = resources::kinds();
    let place = kinds.iter_mut().find(|kind| kind.def.name == name).unwrap();
    let mut kind = place.clone();
    change(&mut kind);
    *place = Box::leak(Box::new(kind));
    kinds
}

/// Pledges with further columns.
fn pledges_with(columns: &[Column]) -> Vec<&'static KindDef> {
    kinds_with("pledge", |kind| kind.def.columns = Box::leak([kind.def.columns, columns].concat().into()))
}

/// The migration that CONTRIBUTING.md shows, without its indexes, and a second column.
fn add_columns(app: &TestApp) {
    let (text, field) = match on_postgres() {
        true => ("text COLLATE \"C\"", "content::jsonb ->> "),
        false => ("TEXT", "content ->> "),
    };
    let fill = |column: &str, field: &str| {
        format!(
            "UPDATE pledge SET {column} = (SELECT {field} FROM record_version v
             WHERE v.record = pledge.record AND v.version = pledge.version)"
        )
    };
    execute(
        app,
        &[
            format!("ALTER TABLE pledge ADD COLUMN planted_wording_kind {text}"),
            fill("planted_wording_kind", &format!("{field}'wording_kind'")),
            format!("ALTER TABLE pledge ADD COLUMN planted_scope {text}"),
            fill("planted_scope", &format!("{field}'scope'")),
        ],
    );
}

// Under names of their own: whoever tries what CONTRIBUTING.md says has columns of the usual names.
const WORDING_KIND: Column = Column::new("wording_kind", Ty::Text).stored_as("planted_wording_kind").equal();
const SCOPE: Column = Column::new("scope", Ty::Text).stored_as("planted_scope").equal();

#[actix_web::test]
async fn a_column_that_a_migration_adds_leaves_the_trail_whole_and_is_checked_against_the_content() {
    let app = TestApp::new().await;
    lives(&app).await;
    let before = verified(&app).unwrap();
    add_columns(&app);
    // Neither a program that knows nothing of the columns nor one that has them added finds fault with the records.
    assert_eq!(verified(&app).unwrap(), before);
    let added = pledges_with(&[WORDING_KIND.added(), SCOPE.added()]);
    assert_eq!(verified_as(&app, &added).unwrap(), before);
    // Not declared as added, they would be part of a state that the trail has no digest of.
    let part_of_state = verified_as(&app, &pledges_with(&[WORDING_KIND, SCOPE])).unwrap_err();
    assert!(part_of_state.contains("the last about it, left it"), "{part_of_state}");
    // What is changed in one is found: another value, a value where the content has none, none where it has one.
    let one = |condition: &str| {
        format!("record = (SELECT record FROM pledge WHERE {condition} ORDER BY reference LIMIT 1)")
    };
    for (column, set, condition) in [
        ("planted_wording_kind", "'verbatim'", "planted_wording_kind = 'paraphrase'"),
        ("planted_wording_kind", "NULL", "planted_wording_kind IS NOT NULL"),
        ("planted_scope", "'everything'", "planted_scope IS NULL"),
        ("planted_scope", "''", "planted_scope IS NULL"),
    ] {
        let save =
            "CREATE TABLE saved AS SELECT record, version, planted_wording_kind, planted_scope FROM pledge";
        execute(
            &app,
            &[save.to_owned(), format!("UPDATE pledge SET {column} = {set} WHERE {}", one(condition))],
        );
        let found = verified_as(&app, &added).unwrap_err();
        assert!(
            found.contains(&format!("the column `{column}` of `pledge` does not follow from the content")),
            "{column} = {set}: {found}"
        );
        // Whoever has no such column does not look at it.
        assert_eq!(verified(&app).unwrap(), before);
        execute(
            &app,
            &[
                "UPDATE pledge SET planted_wording_kind = (SELECT s.planted_wording_kind FROM saved s WHERE s.record = pledge.record
                 AND s.version = pledge.version), planted_scope = (SELECT s.planted_scope FROM saved s WHERE s.record = pledge.record
                 AND s.version = pledge.version)"
                    .to_owned(),
                "DROP TABLE saved".to_owned(),
            ],
        );
        assert_eq!(verified_as(&app, &added).unwrap(), before);
    }
}

const TABLE: &[(&str, Shape)] = &[("record", Shape::Id), ("first", Shape::Text)];
const ADDED: &[(&str, Shape)] = &[("second", Shape::Text), ("third", Shape::Int)];

#[actix_web::test]
async fn a_table_or_a_column_that_follows_from_no_content_is_part_of_the_state_once_it_holds_something() {
    let app = TestApp::new().await;
    app.published("objective").await;
    app.seal_and_catch_up();
    let (id, text, int) = match on_postgres() {
        true => ("uuid", "text COLLATE \"C\"", "bigint"),
        false => ("BLOB", "TEXT", "INTEGER"),
    };
    execute(&app, &[format!("CREATE TABLE aside (record {id} PRIMARY KEY, first {text})")]);
    let companion = |added| &*Box::leak(Box::new([Companion { table: "aside", columns: TABLE, added }]));
    let with_table = kinds_with("objective", |kind| kind.def.companions = companion(&[]));
    let with_columns = kinds_with("objective", |kind| kind.def.companions = companion(ADDED));
    let states = |kinds: &[&'static KindDef]| -> BTreeMap<_, _> {
        let kind = kinds.iter().find(|kind| kind.def.name == "objective").unwrap();
        let record = app.id_of("objective", "derbyshire-pcc:OBJ-1");
        app.state.db.read(|conn| audited_state::of(conn, kind, &[record])).unwrap().into_iter().collect()
    };
    // An empty table changes no state.
    let original = states(&app.state.kinds);
    assert_eq!(states(&with_table), original);
    assert!(verified_as(&app, &with_table).is_ok());
    // A row does.
    execute(
        &app,
        &["INSERT INTO aside SELECT id, 'a' FROM record WHERE kind = 'objective' AND reference = 'OBJ-1'"
            .to_owned()],
    );
    let with_row = states(&with_table);
    assert_ne!(with_row, original);
    // A column that is added and null does not; a value does, and not the same one in another column.
    execute(
        &app,
        &[
            format!("ALTER TABLE aside ADD COLUMN second {text}"),
            format!("ALTER TABLE aside ADD COLUMN third {int}"),
        ],
    );
    assert_eq!(states(&with_columns), with_row);
    let mut seen = vec![with_row.clone()];
    for (second, third) in
        [("'7'", "NULL"), ("NULL", "7"), ("''", "NULL"), ("'7'", "7"), ("'7,third:1:7'", "NULL")]
    {
        execute(&app, &[format!("UPDATE aside SET second = {second}, third = {third}")]);
        let state = states(&with_columns);
        assert!(!seen.contains(&state), "{second} {third}");
        seen.push(state);
    }
    execute(&app, &["UPDATE aside SET second = NULL, third = NULL".to_owned()]);
    assert_eq!(states(&with_columns), with_row);
}

/// What the states of records consisted of at each release, a line for each table of a kind. Lines are added for kinds and
/// tables that are new. A line that is there never changes: the records of existing databases have been committed to with it.
const RELEASED: &str = include_str!("fixtures/audited_state.txt");

#[test]
fn what_the_state_of_a_record_consists_of_never_changes() {
    let mut now = vec![];
    for kind in resources::kinds() {
        for line in audited_state::describe(kind) {
            now.push(format!("{}: {line}", kind.def.name));
        }
    }
    let released: Vec<&str> = RELEASED.lines().collect();
    let added: Vec<&str> = now.iter().map(String::as_str).filter(|line| !released.contains(line)).collect();
    let gone: Vec<&&str> = released.iter().filter(|line| !now.iter().any(|one| one == *line)).collect();
    assert!(
        now == released,
        "The state of records is not what existing databases have committed to. Declare a column that was added as \
         `.added()` (CONTRIBUTING.md, \"How to add a filter\"). Only for a new kind or a new table, add its lines to \
         tests/fixtures/audited_state.txt, in the order of kinds:\n{}\nNo longer there: {gone:?}",
        added.join("\n")
    );
}
