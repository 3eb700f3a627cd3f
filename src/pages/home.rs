//! The first page: whose record this is, what changed last, the plan in brief, and ways in.

use std::sync::Arc;

use serde_json::Value;

use super::block::{Block, Field, Form, html, items, text, words};
use super::layout::{Around, page};
use super::shown::{Shown, label};
use super::{changes, scorecard};
use crate::access::Actor;
use crate::http::table::{find, other};
use crate::http::{Call, State};
use crate::problem::Problem;
use crate::resources::latest_changes;
use crate::store::{Conn, Db};

/// How many of the latest changes are shown.
const LATEST: i64 = 6;

/// Ways in, with what a reader finds there.
const WAYS: &[(&str, &str)] = &[
    ("/v1/pledges", "Pledges: what was promised, and was it done?"),
    ("/v1/indicators", "Figures: crime, response times and more"),
    ("/v1/statements", "Statements: what was said, and do the figures confirm it?"),
    ("/v1/money?by=priority", "Money: where it comes from and where it goes"),
    ("/v1/recommendations", "Recommendations of inspectors, and what became of them"),
    ("/v1/clocks", "What is due, and by when"),
];

/// The first page, as the public sees it.
pub fn home(state: &Arc<State>, db: &Db) -> Result<String, Problem> {
    let operation = find("list_changes").ok_or_else(|| Problem::internal("there is no change feed"))?;
    let call = Call { db: db.clone(), ..Call::bare(state, &operation.spec, &Actor::public()) };
    let latest = serde_json::to_value(latest_changes(&call, LATEST)?).map_err(Problem::internal)?;
    let blocks = db.read(|conn| blocks(&call, conn, &latest))?;
    let feeds = [("All changes".to_owned(), "/v1/changes.atom".to_owned())];
    let around =
        Around { title: "The open accountability record", json: None, feeds: &feeds, site: &state.site };
    page(around, html(&blocks).map_err(Problem::internal)?)
}

fn blocks(call: &Call, conn: &mut Conn, latest: &Value) -> Result<Vec<Block>, Problem> {
    let plans = other(call, conn, "list_plans", &[], "sort=-from&limit=1")?;
    let plan = &plans["data"][0];
    let body = match plan["body"].as_str() {
        Some(body) => other(call, conn, "get_policing_body", &[("id", body)], "")?,
        None => Value::Null,
    };
    let name = body["name"].as_str();
    let mut all = vec![
        Block::Title(match name {
            Some(name) => format!("{name}: the record"),
            None => "The open accountability record of a policing body".to_owned(),
        }),
        Block::Lead(words(
            "What was promised, planned, paid for and achieved: each record with its source, its earlier versions, and what it is linked with.",
        )),
        Block::Form(Form {
            action: "/v1/search".to_owned(),
            is_search: true,
            fields: vec![Field {
                name: "q",
                label: "Search the record",
                input: "search",
                is_required: true,
                ..Field::default()
            }],
            button: "Search",
            ..Form::default()
        }),
        Block::heading(2, "Look up"),
        Block::Links(
            WAYS.iter().map(|(address, words)| ((*address).to_owned(), (*words).to_owned())).collect(),
        ),
    ];
    if let Some(id) = plan["id"].as_str() {
        let card = other(call, conn, "get_plan_scorecard", &[("id", id)], "")?;
        let address = text(&plan["self"]);
        all.push(Block::Heading {
            level: 2,
            id: String::new(),
            words: Shown::Link { address: address.to_owned(), words: text(&plan["title"]).to_owned() },
        });
        all.push(Block::Grid(scorecard::brief(&card, false)));
        all.push(Block::Links(vec![
            (format!("{address}/scorecard"), "The whole scorecard".to_owned()),
            (format!("/panel/{id}"), "One page for a meeting, to print".to_owned()),
        ]));
    }
    let rows = items(latest);
    if !rows.is_empty() {
        all.push(Block::heading(2, "Latest changes"));
        all.push(Block::Items(rows.iter().map(changes::line).collect()));
        all.push(Block::Links(vec![("/v1/changes".to_owned(), "All changes since a day".to_owned())]));
    }
    all.push(Block::heading(2, "Everything on record"));
    let lists = call.state.kinds.iter().map(|kind| (format!("/v1/{}", kind.def.path), label(kind.def.many)));
    all.push(Block::Folded {
        summary: "All kinds of records".to_owned(),
        blocks: vec![Block::Links(lists.collect())],
    });
    all.push(Block::heading(2, "Download"));
    all.push(Block::Links(vec![
        ("/v1/export.zip".to_owned(), "Everything that is public, in one file (ZIP)".to_owned()),
        ("/catalogue.jsonld".to_owned(), "The catalogue of these files, for data portals".to_owned()),
        ("/docs/".to_owned(), "For developers: the API".to_owned()),
        ("/openapi.json".to_owned(), "For developers: the OpenAPI document".to_owned()),
    ]));
    all.push(Block::note("Programs can read every page as JSON at the same address."));
    Ok(all)
}
