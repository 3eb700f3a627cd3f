//! The rooms. One line for each kind of record; every one looks the same. Beside them the few operations
//! that are of no kind: tokens, who am I, the change feed, the service itself.

mod actions;
mod areas;
mod bodies;
mod changes;
mod me;
mod oauth;
mod objectives;
mod organisations;
mod plans;
mod priorities;
mod service;
pub(crate) mod shared;
mod sources;
mod themes;

pub use changes::Change;
pub use me::Me;
pub use oauth::schemas as token_schemas;
pub use service::problem_page;

use crate::http::kinds;
use crate::http::operation::Operation;
use crate::record::kind::KindDef;

/// Every kind, in the order in which an import reads them: nothing names what comes after it but its own
/// kind. With each the demo's record that the document shows.
const KINDS: &[(fn() -> &'static KindDef, &str)] = &[
    (KindDef::of::<sources::Source>, "police-and-crime-plan-2013"),
    (KindDef::of::<areas::Area>, "E23000018"),
    (KindDef::of::<organisations::Organisation>, "derbyshire-constabulary"),
    (KindDef::of::<bodies::PolicingBody>, "derbyshire-pcc"),
    (KindDef::of::<themes::Theme>, "alcohol-related-crime"),
    (KindDef::of::<plans::Plan>, "derbyshire-pcc:PLAN-2013"),
    (KindDef::of::<priorities::Priority>, "derbyshire-pcc:PRI-3"),
    (KindDef::of::<objectives::Objective>, "derbyshire-pcc:OBJ-3"),
    (KindDef::of::<actions::Action>, "derbyshire-pcc:ACT-3-2"),
];

/// Every kind, made once.
pub fn kinds() -> Vec<&'static KindDef> {
    static ALL: std::sync::OnceLock<Vec<&'static KindDef>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| KINDS.iter().map(|(make, _)| make()).collect()).clone()
}

/// The whole table of operations.
pub fn operations() -> Vec<Operation> {
    let mut all = vec![];
    for (kind, (_, example)) in kinds().into_iter().zip(KINDS) {
        all.extend(kinds::operations(kind, example));
    }
    all.extend(changes::operations());
    all.extend(me::operations());
    all.extend(oauth::operations());
    all.extend(service::operations());
    all
}
