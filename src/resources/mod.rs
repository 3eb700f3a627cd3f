//! The rooms. One line for each kind of record; every one looks the same. Beside them the few operations
//! that are of no kind: tokens and signing in, people and credentials, who am I, the search, the trail, the service itself.

mod access;
mod actions;
mod areas;
mod assessments;
mod audit;
mod bodies;
mod bundles;
mod changes;
mod counter_assessments;
mod credentials;
mod funds;
mod grants;
mod indicators;
mod me;
mod money;
mod oauth;
mod objectives;
mod office_terms;
mod organisations;
mod people;
mod plans;
mod pledges;
mod priorities;
mod redactions;
mod releases;
mod search;
mod series;
mod service;
mod services;
pub(crate) mod shared;
mod sign_in;
mod sources;
mod themes;
mod ties;

pub use access::{AccessRow, AccessWords, page as access_page};
pub use audit::{AuditEntry, AuditWanted, Consistency, HeadLine, Inclusion, audit_page};
pub use changes::Change;
pub use credentials::schemas as credential_schemas;
pub use grants::threesixty_giving;
pub use me::Me;
pub use money::MoneyRow;
pub use oauth::schemas as token_schemas;
pub use people::schemas as people_schemas;
pub use plans::PlanOrphans;
pub use releases::{FiguresSummary, schemas as release_schemas};
pub use search::Hit;
pub use series::{prove as prove_figures, schemas as series_schemas};
pub use service::problem_page;
pub use services::ServiceTotal;

use crate::http::kinds;
use crate::http::operation::Operation;
use crate::record::kind::KindDef;

/// Every kind, in the order in which an import reads them: no kind names one that comes after it, except itself.
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
];

/// Every kind, made once.
pub fn kinds() -> Vec<&'static KindDef> {
    static ALL: std::sync::OnceLock<Vec<&'static KindDef>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        let all: Vec<&'static KindDef> = KINDS.iter().map(|make| make()).collect();
        all.iter().for_each(|kind| kind.check_among(&all));
        all
    })
    .clone()
}

/// The whole table of operations, made once.
pub fn operations() -> &'static [Operation] {
    static TABLE: std::sync::OnceLock<Vec<Operation>> = std::sync::OnceLock::new();
    TABLE.get_or_init(|| {
        let mut all = vec![];
        // Before the services themselves, of which none can be called `totals`.
        all.extend(services::operations());
        for kind in kinds() {
            all.extend(kinds::operations(kind));
        }
        all.extend(plans::operations());
        all.extend(releases::operations());
        all.extend(series::operations());
        all.extend(money::operations());
        all.extend(bundles::operations());
        all.extend(search::operations());
        all.extend(changes::operations());
        all.extend(audit::operations());
        all.extend(redactions::operations());
        all.extend(me::operations());
        all.extend(access::operations());
        all.extend(oauth::operations());
        all.extend(sign_in::operations());
        all.extend(people::operations());
        all.extend(credentials::operations());
        all.extend(service::operations());
        all
    })
}
