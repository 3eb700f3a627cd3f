//! The resource modules: one for each kind of record, and one for each group of operations that belong to no kind
//! (tokens and signing in, people and credentials, the caller, search, the audit trail, the service itself).

mod access;
mod actions;
mod areas;
mod assessments;
mod audit;
mod bodies;
mod bundles;
mod changes;
mod charts;
mod clocks;
mod codes;
mod comparisons;
mod control_charts;
mod counter_assessments;
mod credentials;
mod dates;
mod decisions;
mod disclosure;
mod discovery;
mod documents;
mod fixed;
mod funds;
mod grants;
mod groups;
mod indicators;
mod link_conditions;
mod me;
mod meetings;
mod money;
mod named;
mod oauth;
mod objectives;
mod office_terms;
mod organisations;
mod panel;
mod panel_decisions;
mod papers;
mod people;
mod plans;
mod pledges;
mod priorities;
mod progress;
mod proposals;
mod questions;
mod receipts;
mod received;
mod recommendations;
mod redactions;
mod releases;
mod reports;
mod resident_questions;
mod responses;
mod rules;
mod scorecard;
mod search;
mod series;
mod service;
mod services;
pub(crate) mod shared;
mod sign_in;
mod sources;
mod statements;
mod themes;
mod threats;
mod tracking;
mod verifications;

pub use access::{AccessRow, AccessWords};
pub use audit::{AuditEntry, AuditFilter, Consistency, HeadLine, Inclusion, audit_page};
pub use changes::{ATOM, Change, feeds_of as changes_feeds, latest as latest_changes};
pub use clocks::{
    ClockKind, ClockList, ClockRequest, ClockState, ClockedKind, Filter as ClockFilter, Order as ClockOrder,
    clocks_in_order, reader as clock_reader,
};
pub use comparisons::ComparisonResult;
pub use control_charts::{ControlChart, ControlChartLine};
pub use credentials::{ApiKey, Client, ClientSecret, NewApiKey};
pub use disclosure::{RecordAudit, audit_record as audit_disclosure};
pub use discovery::{Index, site_map};
pub use grants::{package_schema as giving_package_schema, threesixty_giving};
pub use groups::GROUPS;
pub use indicators::IndicatorContent;
pub use me::Me;
pub use money::MoneyRow;
pub use oauth::{OauthMetadata, Token, TokenError, TokenRequest, key_set_schema};
pub use people::{Member, Person, PersonAccount};
pub use plans::PlanOrphans;
pub use receipts::list_schema as result_list_schema;
pub use received::{TABLES as QUESTION_TABLES, destroy_old as destroy_questions};
pub use releases::{FiguresSummary, Release, ReleaseDisclosure, ReleaseObservation};
pub use resident_questions::{InboxQuestion, QuestionReceipt, ReceivedQuestion};
pub use scorecard::Scorecard;
pub use search::Hit;
pub use series::{
    SeriesLine, SeriesView, Vintage, about_column, datatype_of_column, observation_schemas,
    verify as verify_observations,
};
pub use service::{DOCUMENT, document_licence, problem_page};
pub use services::ServiceTotal;
pub use statements::StatementCheck;

use std::sync::{Arc, OnceLock};

use crate::access::Actor;
use crate::http::accept::{PAGE, PARQUET, WORKBOOK};
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, State, kinds, table};
use crate::problem::Problem;
use crate::record::kind::{Kind, KindDef};
use crate::record::kind_checks;

/// Every kind, in the order in which an import reads them: a kind refers only to itself and to kinds before it.
const KINDS: &[fn() -> &'static KindDef] = &[
    KindDef::of::<sources::Source>,
    KindDef::of::<areas::Area>,
    KindDef::of::<organisations::Organisation>,
    KindDef::of::<bodies::PolicingBody>,
    KindDef::of::<themes::Theme>,
    KindDef::of::<office_terms::OfficeTerm>,
    KindDef::of::<plans::Plan>,
    KindDef::of::<priorities::Priority>,
    KindDef::of::<objectives::Objective>,
    KindDef::of::<actions::Action>,
    KindDef::of::<pledges::Pledge>,
    KindDef::of::<funds::Fund>,
    KindDef::of::<indicators::Indicator>,
    KindDef::of::<releases::Release>,
    KindDef::of::<services::Service>,
    KindDef::of::<grants::Grant>,
    KindDef::of::<assessments::Assessment>,
    KindDef::of::<counter_assessments::CounterAssessment>,
    KindDef::of::<reports::Report>,
    KindDef::of::<recommendations::Recommendation>,
    KindDef::of::<papers::Paper>,
    KindDef::of::<meetings::Meeting>,
    KindDef::of::<statements::Statement>,
    KindDef::of::<questions::Question>,
    KindDef::of::<decisions::Decision>,
    KindDef::of::<proposals::Proposal>,
    KindDef::of::<panel_decisions::PanelDecision>,
    KindDef::of::<responses::Response>,
    KindDef::of::<progress::Progress>,
    KindDef::of::<verifications::Verification>,
    KindDef::of::<threats::Threat>,
];

/// Every kind, built once.
pub fn kinds() -> Vec<&'static KindDef> {
    static ALL: OnceLock<Vec<&'static KindDef>> = OnceLock::new();
    ALL.get_or_init(|| {
        let all: Vec<&'static KindDef> = KINDS.iter().map(|build| build()).collect();
        kind_checks::check_all(&all);
        all
    })
    .clone()
}

/// The whole table of operations, built once.
pub fn operations() -> &'static [Operation] {
    static TABLE: OnceLock<Vec<Operation>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let kinds = kinds();
        let mut all = vec![];
        // Before the operations of every kind, so that `totals` is not read as the id of a service.
        all.extend(of_kind::<services::Service>(&kinds, services::operations));
        all.extend(of_kind::<grants::Grant>(&kinds, bundles::of_grants));
        for kind in &kinds {
            all.extend(kinds::operations(kind));
        }
        all.extend(of_kind::<plans::Plan>(&kinds, plans::operations));
        all.extend(of_kind::<plans::Plan>(&kinds, scorecard::operations));
        all.extend(of_kind::<plans::Plan>(&kinds, panel::operations));
        all.extend(of_kind::<statements::Statement>(&kinds, statements::operations));
        all.extend(of_kind::<releases::Release>(&kinds, releases::operations));
        all.extend(of_kind::<indicators::Indicator>(&kinds, series::operations));
        all.extend(comparisons::operations());
        all.extend(control_charts::operations());
        all.extend(charts::operations());
        all.extend(of_kind::<funds::Fund>(&kinds, money::operations));
        all.extend(resident_questions::operations());
        all.extend(bundles::operations());
        all.extend(search::operations(&kinds));
        all.extend(changes::operations(&kinds));
        all.extend(clocks::operations());
        all.extend(audit::operations());
        all.extend(redactions::operations());
        all.extend(me::operations());
        all.extend(access::operations(&kinds));
        all.extend(oauth::operations());
        all.extend(sign_in::operations());
        all.extend(people::operations());
        all.extend(credentials::operations());
        all.extend(discovery::operations());
        all.extend(service::operations());
        for operation in &mut all {
            // What is counted of residents' questions changes without a publication.
            if operation.kind.is_some_and(|kind| kind.is::<meetings::Meeting>()) {
                operation.dated = false;
            }
            let has_csv =
                operation.answers.iter().flat_map(Answer::media_types).any(|name| name == "text/csv");
            if has_csv {
                operation.params.push(kinds::for_param());
            }
            add_workbook(operation);
            add_parquet(operation);
            if is_for_readers(operation) {
                add_page(operation);
            }
        }
        access::keep_rows(&all);
        discovery::keep_links(&all);
        all
    });
    table::keep(table);
    table
}

/// Judges some of the statements on which a publication can have changed the verdict; returns whether none waits any more.
pub fn judge_statements(state: &Arc<State>) -> Result<bool, Problem> {
    let is_check = |operation: &&Operation| operation.id == statements::CHECK;
    let check = operations().iter().find(is_check);
    let check = check.ok_or_else(|| Problem::internal("there is no operation that checks statements"))?;
    statements::judge_some(&Call::bare(state, &check.spec, &Actor::public()))
}

/// Operations without a kind that have pages.
const FOR_READERS: &[&str] = &[
    "get_index",
    "list_changes",
    "search_records",
    "list_clocks",
    "get_question_receipt",
    "list_money",
    "list_series",
    "get_series",
    "list_series_observations",
    "list_series_comparisons",
    "get_series_control_chart",
    "list_series_vintages",
];

/// Whether an operation has pages: lists and records of kinds, what is about one of them, and those that are named above.
fn is_for_readers(operation: &Operation) -> bool {
    let reads = matches!(operation.handler, Handler::Read(_));
    let is_of_kind = operation.kind.is_some()
        && reads
        && (operation.path.starts_with("/v1/") || operation.path.starts_with("/panel/"));
    let is_json = operation
        .answers
        .iter()
        .any(|answer| answer.status == 200 && answer.media_type == "application/json");
    operation.method == Method::Get && is_json && (is_of_kind || FOR_READERS.contains(&operation.id.as_str()))
}

/// Makes an operation that has CSV available as a workbook, by `Accept` and by `format=xlsx`.
fn add_workbook(operation: &mut Operation) {
    if !operation.answers.iter().any(|answer| answer.csv) {
        return;
    }
    operation.answers.iter_mut().filter(|answer| answer.csv).for_each(|answer| answer.workbook = true);
    add_format(operation, WORKBOOK);
}

/// Operations without a kind that are available as Parquet. The lists of kinds are, too.
const TYPED: &[&str] = &["list_observations", "list_series_observations"];

/// Makes an operation whose columns have types available as Parquet, by `Accept` and by `format=parquet`.
fn add_parquet(operation: &mut Operation) {
    let path = operation.kind.map(|kind| kind.def.path);
    let is_list_of_kind = path.is_some_and(|path| operation.path == format!("/v1/{path}"));
    let is_read = operation.method == Method::Get;
    if is_read && (is_list_of_kind || TYPED.contains(&operation.id.as_str())) {
        operation.answers.iter_mut().filter(|answer| answer.csv).for_each(|answer| answer.parquet = true);
        add_format(operation, PARQUET);
    }
}

/// Adds a format to those that `format=` can name.
fn add_format(operation: &mut Operation, name: &'static str) {
    let format = operation.params.iter_mut().find(|param| param.name == "format");
    if let Some(ParamType::OneOf(names)) = format.map(|param| &mut param.ty) {
        names.push(name);
    }
}

/// Makes an operation available as a page, by `Accept` and by `format=html`.
fn add_page(operation: &mut Operation) {
    let successes = operation.answers.iter_mut().filter(|answer| answer.status == 200);
    successes.for_each(|answer| answer.page = true);
    let has_format = |param: &&mut Param| param.name == "format";
    match operation.params.iter_mut().find(has_format).map(|param| &mut param.ty) {
        Some(ParamType::OneOf(names)) => names.push(PAGE),
        _ => {
            let about = "The format of the response, instead of the `Accept` header.";
            operation.params.push(Param::new("format", ParamType::OneOf(vec!["json", PAGE]), about));
        }
    }
}

/// The operations that a module declares with one kind's definition.
fn of_kind<K: Kind>(
    kinds: &[&'static KindDef],
    operations: fn(&'static KindDef) -> Vec<Operation>,
) -> Vec<Operation> {
    kinds.iter().copied().find(|kind| kind.is::<K>()).map(operations).unwrap_or_default()
}

/// The kinds of people and organisations that ask questions without an account.
pub fn codes_of_askers() -> Vec<String> {
    codes::codes_of::<resident_questions::Asker>()
}

/// The rule table as a page in Markdown: `docs/access.md`.
pub fn access_page() -> String {
    access::page(&kinds(), operations())
}
