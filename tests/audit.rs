//! The audit trail: what is written, that nothing in it or in the records can be changed unseen.

use diesel::prelude::*;
use diesel::sql_types as st;
use onrecord::access::audit::verify::{self, Stop};
use onrecord::access::audit::{self, Entry};
use onrecord::clock::Id;
use onrecord::record::kind::KindDef;
use onrecord::record::trail;
use onrecord::record::verify::{Checked, check_records};
use onrecord::record::write_context::WriteContext;
use onrecord::store::{Conn, Sql};
use serde_json::json;

use crate::support::{TestApp, on_postgres};

/// What `onrecord verify` finds: what it looked at, or what is broken.
pub fn verified(app: &TestApp) -> Result<(verify::Checked, Checked), String> {
    verified_as(app, &app.state.kinds)
}

/// The same, where a test has kinds of its own.
pub fn verified_as(app: &TestApp, kinds: &[&'static KindDef]) -> Result<(verify::Checked, Checked), String> {
    let outcome = |stop: Stop| match stop {
        Stop::Broken(what) => what,
        Stop::Failed(problem) => panic!("{}", problem.detail_or_cause()),
    };
    let chain = verify::trail(&app.state.db, |_| {}).map_err(outcome)?;
    let records = check_records(&app.state.db, kinds, |_| {}).map_err(outcome)?;
    Ok((chain, records))
}

/// Statements of a test, outside any transaction.
pub fn execute(app: &TestApp, statements: &[String]) {
    app.state
        .db
        .on_writer(|conn| {
            for text in statements {
                let done = match conn {
                    Conn::Pg(conn) => diesel::sql_query(text).execute(conn),
                    Conn::Lite(conn) => diesel::sql_query(text).execute(conn),
                };
                done.unwrap_or_else(|error| panic!("{error}: {text}"));
            }
        })
        .unwrap();
}

#[derive(QueryableByName)]
struct Texts {
    #[diesel(sql_type = st::Text)]
    a: String,
    #[diesel(sql_type = st::Text)]
    b: String,
    #[diesel(sql_type = st::Text)]
    c: String,
}

fn texts(app: &TestApp, text: &str) -> Vec<(String, String, String)> {
    let rows: Vec<Texts> = app
        .state
        .db
        .read(|conn| {
            Ok(match conn {
                Conn::Pg(conn) => diesel::sql_query(text).load(conn),
                Conn::Lite(conn) => diesel::sql_query(text).load(conn),
            }
            .unwrap_or_else(|error| panic!("{error}: {text}")))
        })
        .unwrap();
    rows.into_iter().map(|row| (row.a, row.b, row.c)).collect()
}

/// Everything that can happen to records.
pub async fn lives(app: &TestApp) {
    for kind in app.workflow_kinds() {
        app.published(kind).await;
    }
    // Returned, approved again, shared, scheduled, called back; withdrawn by another.
    let address = app.draft("objective").await;
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "return", json!({"reason": "no source"})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "share", json!({})).await.expect(200);
    app.step("commissioner", &address, "approve", json!({})).await.expect(200);
    let later = json!({"publish_at": "2026-11-01T12:00:00Z"});
    app.step("publisher", &address, "publish", later.clone()).await.expect(200);
    app.step("publisher", &address, "return", json!({"reason": "not yet"})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("commissioner", &address, "approve", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", later).await.expect(200);
    app.set_time("2026-11-01T12:00:30Z");
    app.seal_and_catch_up();
    app.patch("editor", &address, json!({"note": "a second version"})).await.expect(200);
    let withdrawn = app.published("pledge").await;
    app.step("publisher2", &withdrawn, "withdraw", json!({"reason": "made in error"})).await.expect(200);
    // One approved and scheduled, so that both tables hold a row.
    let waiting = app.draft("priority").await;
    app.ready("priority", &waiting).await;
    let later = json!({"publish_at": "2026-12-01T12:00:00Z"});
    app.step("publisher", &waiting, "publish", later).await.expect(200);
    app.seal_and_catch_up();
}

#[actix_web::test]
async fn after_a_full_life_everything_is_as_the_trail_says() {
    let app = TestApp::new().await;
    let (before, _) = verified(&app).unwrap();
    lives(&app).await;
    let (chain, records) = verified(&app).unwrap();
    assert!(chain.entries > before.entries + 50, "{before:?} {chain:?}");
    assert_eq!((chain.redacted, records.redacted), (0, 0));
    assert_eq!(chain.nodes, chain.entries / 256);
    assert!(records.versions > records.records);
    let unsealed = app.state.db.read(verify::unsealed).unwrap();
    assert_eq!(unsealed, 0);
}

/// The tables that a flip of any byte of is found.
fn tables(app: &TestApp) -> Vec<String> {
    let shared = ["audit", "record", "record_version", "link", "approval", "scheduled"];
    let own = app.state.kinds.iter().map(|kind| kind.def.table.to_owned());
    shared.into_iter().map(str::to_owned).chain(own).collect()
}

/// The columns of a table: name, type, whether it is of the primary key.
fn columns(app: &TestApp, table: &str) -> Vec<(String, String, bool)> {
    let text = match on_postgres() {
        true => format!(
            "SELECT c.column_name::text AS a, c.data_type::text AS b, CASE WHEN EXISTS (SELECT 1 FROM information_schema.key_column_usage k
             JOIN information_schema.table_constraints t USING (constraint_schema, constraint_name)
             WHERE t.constraint_type = 'PRIMARY KEY' AND t.table_schema = current_schema() AND t.table_name = c.table_name
             AND k.column_name = c.column_name) THEN 'key' ELSE '' END AS c
             FROM information_schema.columns c WHERE c.table_schema = current_schema() AND c.table_name = '{table}'"
        ),
        false => format!(
            "SELECT name AS a, type AS b, CASE WHEN pk > 0 THEN 'key' ELSE '' END AS c FROM pragma_table_info('{table}')"
        ),
    };
    texts(app, &text).into_iter().map(|(name, ty, key)| (name, ty, key == "key")).collect()
}

/// A column's value in some row, the same with a byte flipped, and the condition on the row: as SQL.
fn flip(
    app: &TestApp,
    table: &str,
    column: &str,
    ty: &str,
    keys: &[String],
) -> Option<(String, String, String)> {
    let pg = on_postgres();
    let quote =
        |column: &str| if pg { format!("quote_literal({column}::text)") } else { format!("quote({column})") };
    let key: Vec<String> = keys.iter().map(|key| format!("'{key} = ' || {}", quote(key))).collect();
    let flipped = match ty {
        "TEXT" | "BLOB" => format!("hex(CAST({column} AS BLOB))"),
        "INTEGER" => format!("quote(({column} | 4096) - ({column} & 4096))"),
        "text" => quote(&format!("(chr(ascii({column}) # 1) || substr({column}, 2))")),
        "bytea" => quote(&format!("set_byte({column}, 0, get_byte({column}, 0) # 1)")),
        "bigint" => quote(&format!("({column} # 4096)")),
        "boolean" => quote(&format!("(NOT {column})")),
        "uuid" => quote(&format!(
            "(translate(left({column}::text, 1), '0123456789abcdef', '1032547698badcfe') || substr({column}::text, 2))"
        )),
        "timestamp with time zone" => quote(&format!("({column} + interval '1 microsecond')")),
        "date" => quote(&format!("({column} + 1)")),
        other => panic!("{table}.{column} is a {other}"),
    };
    let filled = match ty {
        "TEXT" | "text" => format!("{column} <> ''"),
        _ => format!("{column} IS NOT NULL"),
    };
    let mut rows = texts(
        app,
        &format!(
            "SELECT {} AS a, {flipped} AS b, {} AS c FROM {table} WHERE {filled} ORDER BY {column} LIMIT 1",
            quote(column),
            key.join(" || ' AND ' || ")
        ),
    );
    let (old, mut new, row) = rows.pop()?;
    if matches!(ty, "TEXT" | "BLOB") {
        // Text that is no UTF-8 any more: whoever writes into the file can do that.
        let first = u8::from_str_radix(&new[..2], 16).unwrap() ^ 0x81;
        new = format!("X'{first:02X}{}'", &new[2..]);
        if ty == "TEXT" {
            new = format!("CAST({new} AS TEXT)");
        }
    }
    Some((old, new, row))
}

#[actix_web::test]
async fn a_byte_flipped_in_any_column_is_found() {
    let app = TestApp::new().await;
    lives(&app).await;
    verified(&app).unwrap();
    let off = match on_postgres() {
        true => vec![
            "SET session_replication_role = replica".to_owned(),
            "ALTER TABLE record_version DROP CONSTRAINT record_version_state_check".to_owned(),
        ],
        false => vec![
            "PRAGMA foreign_keys = OFF".to_owned(),
            "PRAGMA ignore_check_constraints = ON".to_owned(),
            "DROP TRIGGER audit_not_changed".to_owned(),
        ],
    };
    let (mut tried, mut missed) = (0, vec![]);
    for table in tables(&app) {
        let columns = columns(&app, &table);
        let keys: Vec<String> =
            columns.iter().filter(|column| column.2).map(|column| column.0.clone()).collect();
        for (column, ty, _) in &columns {
            let Some((old, new, row)) = flip(&app, &table, column, ty, &keys) else { continue };
            let column_now = format!("{column} = {old}");
            let changed = row.replace(&column_now, &format!("{column} = {new}"));
            let mut statements = off.clone();
            statements.push(format!("UPDATE {table} SET {column} = {new} WHERE {row}"));
            if !off.is_empty() && !on_postgres() {
                statements[2] = "DROP TRIGGER IF EXISTS audit_not_changed".to_owned();
            } else {
                statements[1] =
                    "ALTER TABLE record_version DROP CONSTRAINT IF EXISTS record_version_state_check"
                        .to_owned();
            }
            execute(&app, &statements);
            if verified(&app).is_ok() {
                missed.push(format!("{table}.{column}"));
            }
            let mut statements = off[..1].to_vec();
            statements.push(format!("UPDATE {table} SET {column} = {old} WHERE {changed}"));
            execute(&app, &statements);
            tried += 1;
        }
    }
    assert_eq!(missed, Vec::<String>::new());
    assert!(tried > 200, "{tried}");
    // Everything is as it was again: each flip was found by itself.
    verified(&app).unwrap();
}

fn id(address: &str) -> Id {
    Id::parse(address.rsplit('/').next().unwrap()).unwrap()
}

/// A redaction among those that people read.
fn list(app: &TestApp, id: Id, record: Id) {
    let now = app.state.now();
    app.write(|conn| {
        Sql::new("INSERT INTO redaction (id, record, reason, redacted_at, redacted_by, review_due) VALUES (")
            .bind_all([
                onrecord::store::Val::Id(id),
                record.into(),
                "why".into(),
                now.into(),
                "dpo".into(),
                now.into(),
            ])
            .text(")")
            .execute(conn)
            .unwrap();
    });
}

#[actix_web::test]
async fn a_redaction_leaves_the_chain_whole_and_only_one_on_record_explains_what_is_gone() {
    let app = TestApp::new().await;
    let address = app.published("objective").await;
    let record = id(&address);
    app.patch("editor", &address, json!({"note": "a name that must go"})).await.expect(200);
    app.seal_and_catch_up();
    let gone = app.state.db.write(|conn| audit::redact(conn, record, Some(&[2]))).unwrap();
    assert_eq!(gone, 1);
    let broken = verified(&app).unwrap_err();
    assert!(
        broken.contains("no redaction on record explains it") && broken.contains("event edited"),
        "{broken}"
    );
    let actor =
        onrecord::access::Actor { subject: Some("dpo".to_owned()), ..onrecord::access::Actor::public() };
    let kind = app.state.kind("objective").unwrap();
    let context = WriteContext {
        actor: &actor,
        now: app.state.now(),
        clock: &app.state.clock,
        request: None,
        operation: "redact_objective",
    };
    let first = app.state.clock.new_id();
    app.write(|conn| {
        Sql::new("UPDATE record_version SET content = '{}', title = '' WHERE version = 2 AND record = ")
            .bind(record)
            .execute(conn)
            .unwrap();
        Sql::new("DELETE FROM objective WHERE version = 2 AND record = ").bind(record).execute(conn).unwrap();
        let subject = trail::current(conn, record).unwrap();
        let why = json!({"edits": [2], "redaction": first});
        trail::write(
            conn,
            &context,
            kind,
            &subject.about(None),
            onrecord::record::event::Event::Redacted,
            why,
        )
        .unwrap();
    });
    app.seal_and_catch_up();
    // An entry alone, which whoever writes into the database can add, explains nothing: nobody would be asked to look at it.
    assert!(verified(&app).unwrap_err().contains("no redaction on record explains it"));
    list(&app, first, record);
    let (chain, records) = verified(&app).unwrap();
    assert_eq!((chain.redacted, records.redacted), (1, 1));
    // All of it: that the first redaction was done stays on record.
    let second = app.state.clock.new_id();
    app.write(|conn| {
        assert_eq!(audit::redact(conn, record, None).unwrap(), 4);
        let subject = trail::current(conn, record).unwrap();
        let why = json!({"edits": null, "redaction": second});
        trail::write(
            conn,
            &context,
            kind,
            &subject.about(None),
            onrecord::record::event::Event::Redacted,
            why,
        )
        .unwrap();
    });
    list(&app, second, record);
    app.seal_and_catch_up();
    assert_eq!(verified(&app).unwrap().0.redacted, 5);
}

#[actix_web::test]
async fn the_database_refuses_to_change_or_to_delete_what_is_on_record() {
    let app = TestApp::new().await;
    let refused = |text: &'static str| {
        let done = app.state.db.write(|conn| Ok(Sql::new(text).execute(conn)?));
        let outcome = done.unwrap_err().detail_or_cause();
        assert!(outcome.contains("append-only"), "{outcome}: {text}");
    };
    refused("DELETE FROM audit");
    refused("UPDATE audit SET actor = 'nobody'");
    refused("UPDATE audit SET hash = NULL, seq = NULL");
    refused("UPDATE audit SET detail = NULL");
    refused("UPDATE audit SET salt = NULL, detail = NULL, event = 'x'");
    refused("DELETE FROM audit_node");
    refused("UPDATE audit_node SET position = 5");
    if on_postgres() {
        refused("TRUNCATE audit");
    }
    // The sealer's way is open once.
    app.write(|conn| {
        let entry = Entry::new(app.state.now(), "export", "somebody", &json!({}));
        audit::record(conn, &app.state.clock, &entry).unwrap();
    });
    app.seal_and_catch_up();
    refused("UPDATE audit SET seq = seq + 1 WHERE event = 'export'");
    verified(&app).unwrap();
}

#[actix_web::test]
async fn records_from_before_the_trail_get_their_first_entries_once() {
    let app = TestApp::new().await;
    let (_, before) = verified(&app).unwrap();
    let off = match on_postgres() {
        true => "ALTER TABLE audit DISABLE TRIGGER USER",
        false => "DROP TRIGGER audit_not_deleted",
    };
    let nodes = match on_postgres() {
        true => "ALTER TABLE audit_node DISABLE TRIGGER USER",
        false => "DROP TRIGGER audit_node_not_deleted",
    };
    let all = [off, nodes, "DELETE FROM audit", "DELETE FROM audit_node"].map(str::to_owned);
    execute(&app, &all);
    assert!(verified(&app).unwrap_err().contains("no entry"));
    let done = trail::baseline(&app.state.db, &app.state.clock, &app.state.kinds).unwrap();
    assert_eq!(done as u64, before.records);
    assert_eq!(trail::baseline(&app.state.db, &app.state.clock, &app.state.kinds).unwrap(), 0);
    app.seal_and_catch_up();
    assert_eq!(verified(&app).unwrap().1, before);
}

#[actix_web::test]
async fn the_trail_says_who_did_what_in_which_request_and_why() {
    let app = TestApp::new().await;
    let address = app.draft("objective").await;
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    let back = app.step("publisher", &address, "return", json!({"reason": "no source"})).await.expect(200);
    app.seal_and_catch_up();
    let record = id(&address);
    let all = app.get(Some("auditor"), &format!("/v1/audit?record={record}")).await.expect(200).json();
    let events: Vec<_> = all["data"].as_array().unwrap().iter().map(|row| row["event"].clone()).collect();
    assert_eq!(events, ["returned", "submitted", "created"]);
    let row = &all["data"][0];
    assert_eq!(row["actor"], "publisher");
    assert_eq!(row["request"], back.header("x-request-id").unwrap());
    assert_eq!(row["kind"], "objective");
    assert_eq!(row["body"], "derbyshire-pcc");
    assert_eq!(
        row["detail"],
        json!({
            "credential": "publisher", "operation": "return_objective", "organisation": "opcc-derbyshire",
            "reason": "no source", "roles": ["publisher"],
        })
    );
    // Filters and the cursor.
    let path = format!("/v1/audit?record={record}&limit=2");
    let first = app.get(Some("auditor"), &path).await.expect(200).json();
    let cursor = first["page"]["next"].as_str().unwrap();
    let second = app.get(Some("auditor"), &format!("{path}&cursor={cursor}")).await.expect(200).json();
    assert_eq!(second["data"][0]["event"], "created");
    assert_eq!(second["page"]["next"], json!(null));
    let some =
        app.get(Some("auditor"), "/v1/audit?event=submitted&actor=editor&at[gte]=2026-11-01T00:00:00Z").await;
    assert_eq!(some.expect(200).json()["data"].as_array().unwrap().len(), 1);
    let none = app.get(Some("auditor"), "/v1/audit?at[lt]=2026-11-01T00:00:00Z").await.expect(200).json();
    assert_eq!(none["data"], json!([]));
    let csv = app.get(Some("auditor"), "/v1/audit?format=csv&limit=1").await.expect(200).text();
    assert!(
        csv.starts_with(
            "id,at,event,actor,request,record,kind,reference,body,edit,detail,redacted,who,changed,changed_complete\n"
        ),
        "{csv}"
    );
    app.get(Some("auditor"), "/v1/audit?record=nonsense").await.problem(400);
}

#[actix_web::test]
async fn each_reads_of_the_trail_what_is_theirs() {
    let app = TestApp::new().await;
    app.get(None, "/v1/audit").await.problem(401);
    let draft = id(&app.draft("objective").await);
    let panels = app.draft("counter_assessment").await;
    let hidden = id(&panels);
    let public = id(&app.published("counter_assessment").await);
    let assigned = app.published("action").await;
    app.patch("partner", &assigned, json!({"status": "complete"})).await;
    app.seal_and_catch_up();
    let count = async |who: &str, record: Id| {
        let answer = app.get(Some(who), &format!("/v1/audit?record={record}")).await.expect(200).json();
        answer["data"].as_array().unwrap().clone()
    };
    assert_eq!(count("auditor", draft).await.len(), 1);
    assert_eq!(count("auditor", hidden).await.len(), 1);
    assert_eq!(count("publisher", draft).await.len(), 1);
    for who in ["publisher", "commissioner", "admin"] {
        assert_eq!(count(who, hidden).await.len(), 0, "{who}");
        // What everybody was told, and nothing of how it came to it.
        let outcome = count(who, public).await;
        assert_eq!(outcome.len(), 1, "{who}");
        assert_eq!(outcome[0]["event"], "published");
        assert_eq!(outcome[0]["detail"].is_null(), who == "admin");
    }
    assert_eq!(count("admin", draft).await.len(), 0);
    // Who wrote it knows that; nobody else of theirs does, nor another body's auditor.
    assert_eq!(count("editor", draft).await.len(), 1);
    for who in ["editor2", "panel_member", "partner", "finance_officer", "other_auditor", "other_publisher"] {
        assert_eq!(count(who, draft).await.len(), 0, "{who}");
    }
    let own = app.get(Some("editor"), "/v1/audit?limit=200").await.expect(200).json();
    assert!(own["data"].as_array().unwrap().iter().all(|row| row["actor"] == "editor"));
}

#[actix_web::test]
async fn sign_ins_exports_and_refusals_are_on_record() {
    let app = TestApp::new().await;
    let (client, secret) = app.make_client(&[onrecord::access::Role::PartnerWriter]);
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
    app.request("POST", "/oauth/token")
        .body("application/x-www-form-urlencoded", form)
        .send()
        .await
        .expect(200);
    app.get(None, "/v1/export.zip").await.expect(200);
    for _ in 0..3 {
        app.get(None, "/v1/audit").await.problem(401);
    }
    app.post("editor", "/v1/themes", json!({})).await.problem(403);
    app.set_time("2026-11-01T11:31:00Z");
    app.seal_and_catch_up();
    let of = async |event: &str| {
        let rows = app.get(Some("auditor"), &format!("/v1/audit?event={event}")).await.expect(200).json();
        rows["data"].as_array().unwrap().clone()
    };
    assert_eq!(of("signed_in").await[0]["actor"], client.as_str());
    assert_eq!(of("export").await.len(), 1);
    let refused = of("refused").await;
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0]["detail"], json!({"refusals": {"401": 3, "403": 1}}));
    verified(&app).unwrap();
}

#[actix_web::test]
async fn outsiders_are_given_heads_that_hold_together_and_nothing_behind_them() {
    use onrecord::access::audit::{heads, tree};
    let app = TestApp::new().await;
    let sign = || {
        let state = &app.state;
        heads::sign_ended_days(&state.db, &state.clock, &state.keys, &state.public_url).unwrap();
    };
    let get = async |path: &str| app.get(None, &format!("/.well-known/onrecord/{path}")).await;
    let public = id(&app.published("objective").await);
    let draft = id(&app.draft("objective").await);
    sign();
    assert_eq!(get("heads").await.expect(200).json()["data"], json!([]), "the day has not ended");
    let receipt = format!("inclusion?record={public}&version=1");
    let nothing = get(&receipt).await;
    nothing.problem(404);
    app.seal_and_catch_up();
    app.set_time("2026-11-03T08:00:00Z");
    sign();
    app.published("objective").await;
    app.seal_and_catch_up();
    app.set_time("2026-11-04T08:00:00Z");
    sign();
    let rows = get("heads").await.expect(200).json()["data"].as_array().unwrap().clone();
    let days: Vec<_> = rows.iter().map(|row| row["day"].clone()).collect();
    assert_eq!(days, ["2026-11-03", "2026-11-02", "2026-11-01"]);
    let sizes: Vec<u64> = rows.iter().map(|row| row["size"].as_u64().unwrap()).collect();
    assert!(sizes[0] > sizes[1] && sizes[1] == sizes[2], "{sizes:?}");
    let (chain, _) = verified(&app).unwrap();
    assert_eq!(chain.heads, 3);
    let keys = app.state.db.read(heads::keys).unwrap();
    let payloads: Vec<_> =
        rows.iter().map(|row| heads::open(row["jws"].as_str().unwrap(), &keys).unwrap()).collect();
    assert_eq!(payloads[0]["log"], "http://127.0.0.1:8080");
    // The same root by the leaves, one after the other.
    let root = app.state.db.read(|conn| tree::root(conn, sizes[0])).unwrap();
    assert_eq!(payloads[0]["root"], onrecord::hex::hex(&root));
    let proof = get(&format!("consistency?first={}&second={}", sizes[2], sizes[0])).await.expect(200).json();
    assert!(!proof["proof"].as_array().unwrap().is_empty());
    get(&format!("consistency?first=1&second={}", sizes[0] + 1)).await.problem(404);
    get("consistency?first=2&second=1").await.problem(400);
    let found = get(&receipt).await.expect(200).json();
    assert_eq!(found["size"], sizes[0]);
    // What one may not see, and what is nothing, are alike.
    let hidden = get(&format!("inclusion?record={draft}&version=1")).await;
    let nobody = get(&format!("inclusion?record={}&version=1", app.state.clock.new_id())).await;
    assert_eq!(hidden.comparable(), nobody.comparable());
    hidden.problem(404);
    // A head that says something else than was signed is found.
    let off = match on_postgres() {
        true => "ALTER TABLE audit_head DISABLE TRIGGER USER",
        false => "DROP TRIGGER audit_head_not_changed",
    };
    execute(
        &app,
        &[off.to_owned(), "UPDATE audit_head SET size = size - 1 WHERE day = '2026-11-02'".to_owned()],
    );
    assert!(verified(&app).unwrap_err().contains("the head of 2026-11-02"));
}
