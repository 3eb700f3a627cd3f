//! Who the tests are: the clients, their roles and their organisations.

use diesel::RunQueryDsl;
use onrecord::access::{Action, Grant, Reach, Role};
use onrecord::bundle::{self, Bundle, Import, Summary, Who};
use onrecord::clock::Id;
use onrecord::http::State;
use onrecord::http::operation::Operation;
use onrecord::problem::Problem;
use onrecord::record::due;
use onrecord::record::kind::KindDef;
use onrecord::record::read::{self, Name};
use onrecord::record::visible::Visibility;
use onrecord::store::{Sql, Val};
use serde_json::json;

use super::{LONG_AGO, at};

/// The actors of the tests: name, roles, organisation. Two of a role where two pairs of eyes need them.
pub const ACTORS: &[(&str, &[Role], &str)] = &[
    ("editor", &[Role::Editor], "opcc-derbyshire"),
    ("editor2", &[Role::Editor], "opcc-derbyshire"),
    ("publisher", &[Role::Publisher], "opcc-derbyshire"),
    ("publisher2", &[Role::Publisher], "opcc-derbyshire"),
    ("editor_publisher", &[Role::Editor, Role::Publisher], "opcc-derbyshire"),
    ("commissioner", &[Role::Commissioner], "opcc-derbyshire"),
    ("finance_officer", &[Role::FinanceOfficer], "opcc-derbyshire"),
    ("data_protection", &[Role::DataProtection], "opcc-derbyshire"),
    ("data_protection2", &[Role::DataProtection], "opcc-derbyshire"),
    ("partner_reader", &[Role::PartnerReader], "victim-support"),
    ("partner", &[Role::PartnerWriter], "victim-support"),
    ("other_partner", &[Role::PartnerWriter], "derby-city-council"),
    ("force_analyst", &[Role::ForceAnalyst], "derbyshire-constabulary"),
    ("force_officer", &[Role::ForceOfficer], "derbyshire-constabulary"),
    ("panel_member", &[Role::PanelMember], "derbyshire-police-and-crime-panel"),
    ("panel_officer", &[Role::PanelOfficer], "derbyshire-police-and-crime-panel"),
    ("panel_officer2", &[Role::PanelOfficer], "derbyshire-police-and-crime-panel"),
    ("auditor", &[Role::Auditor], "jarac-derbyshire"),
    ("admin", &[Role::Admin], "opcc-derbyshire"),
];

/// Actors of another policing body: every reach ends at theirs.
pub const STRANGERS: &[(&str, &[Role])] = &[
    ("other_editor", &[Role::Editor]),
    ("other_publisher", &[Role::Publisher]),
    ("other_auditor", &[Role::Auditor]),
    ("other_partner_reader", &[Role::PartnerReader]),
    ("other_force_analyst", &[Role::ForceAnalyst]),
    ("other_panel_member", &[Role::PanelMember]),
    ("other_data_protection", &[Role::DataProtection]),
    ("other_panel_officer", &[Role::PanelOfficer]),
];

/// Whether an actor of one role may call an operation at all.
pub fn is_for(who: Option<&str>, operation: &Operation) -> bool {
    let holds = |role: Role| match who {
        None => role == Role::Public,
        Some(who) => ACTORS.iter().any(|(name, roles, _)| *name == who && roles.contains(&role)),
    };
    operation.rule.iter().any(|grant| holds(grant.role))
}

/// Whom an operation is for: the public, or the first actor who may call it.
pub fn caller(operation: &Operation) -> Option<&'static str> {
    let actors = ACTORS.iter().map(|(name, ..)| Some(*name));
    std::iter::once(None).chain(actors).find(|who| is_for(*who, operation)).flatten()
}

/// Who writes a kind: the first whom its rules name.
pub fn writer(kind: &KindDef) -> &'static str {
    kind.rule(Action::Create).unwrap()[0].role.name()
}

/// Who publishes what [`writer`] wrote.
pub fn publisher(kind: &KindDef) -> &'static str {
    publisher_of(kind, writer(kind))
}

/// Who publishes what a maker wrote: the first who may, of the maker's own organisation where only the owner may.
pub fn publisher_of(kind: &KindDef, maker: &str) -> &'static str {
    another(first_who_may(kind, Action::Publish, maker), maker)
}

/// Who withdraws what [`publisher`] published.
pub fn withdrawer(kind: &KindDef) -> &'static str {
    withdrawer_of(kind, writer(kind))
}

/// Who withdraws what [`publisher_of`] published.
pub fn withdrawer_of(kind: &KindDef, maker: &str) -> &'static str {
    another(first_who_may(kind, Action::Withdraw, maker), publisher_of(kind, maker))
}

fn first_who_may(kind: &KindDef, action: Action, maker: &str) -> &'static str {
    let organisation = |name: &str| ACTORS.iter().find(|(one, ..)| *one == name).map(|(_, _, of)| *of);
    let fits = |grant: &&Grant| {
        grant.reach.contains(&Reach::All) || organisation(grant.role.name()) == organisation(maker)
    };
    kind.rule(action).unwrap().iter().find(fits).unwrap().role.name()
}

/// The actor of that name, or the second of it where the first is the one.
fn another(who: &'static str, one: &str) -> &'static str {
    match who {
        "publisher" if one == who => "publisher2",
        "panel_officer" if one == who => "panel_officer2",
        who => who,
    }
}

/// A second policing body, and the clients of both.
pub fn furnish(state: &State) {
    let elsewhere = json!({
        "reference": "elsewhere-pcc", "name": "Elsewhere", "body_kind": "commissioner", "area": "E12000004",
    });
    let kind = state.kinds.iter().position(|kind| kind.def.path == "bodies").unwrap();
    import(state, Bundle::of_records(kind, "bodies", vec![elsewhere])).unwrap();
    make_actors(state);
}

/// The clients of the tests, where their bodies and organisations are on record.
pub fn make_actors(state: &State) {
    let body = id_of(state, "policing_body", "derbyshire-pcc");
    let elsewhere = id_of(state, "policing_body", "elsewhere-pcc");
    for (name, roles, organisation) in ACTORS {
        make_actor(state, name, roles, body, organisation);
    }
    for (name, roles) in STRANGERS {
        make_actor(state, name, roles, elsewhere, "derbyshire-constabulary");
    }
    catch_up_and_seal(state);
}

/// A client of that name. Its secret is never used: the tests' tokens are issued directly.
pub fn make_actor(state: &State, name: &str, roles: &[Role], body: Id, organisation: &str) {
    let organisation = id_of(state, "organisation", organisation);
    let roles: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    let client =
        Sql::new("INSERT INTO client (id, label, stands_for_person, created_at, created_by) VALUES (")
            .bind_all([Val::from(name), "test".into(), false.into(), at(LONG_AGO).into(), "test".into()])
            .text(")");
    // Past the checks of a membership: some of these are what no client may be.
    let membership = Sql::new(
        "INSERT INTO membership (id, subject, body, organisation, roles, valid_from, created_at, created_by) VALUES (",
    )
    .bind_all([
        Val::from(state.clock.new_id()),
        name.into(),
        body.into(),
        organisation.into(),
        roles.join(" ").into(),
        at(LONG_AGO).into(),
        at(LONG_AGO).into(),
        "test".into(),
    ])
    .text(")");
    state
        .db
        .write(|conn| {
            client.execute(conn)?;
            membership.execute(conn)?;
            Ok(())
        })
        .unwrap();
}

pub fn id_of(state: &State, kind: &str, reference: &str) -> Id {
    let kind = state.kind(kind).unwrap();
    let name = Name::parse(kind, reference).unwrap();
    let visibility = Visibility::as_of(state.now());
    let row = state.db.read(|conn| read::one(conn, kind, &name, &visibility)).unwrap();
    row.unwrap_or_else(|| panic!("no {kind:?} {reference}")).record
}

/// Imports a bundle, as the operator does.
pub fn import(state: &State, mut bundle: Bundle) -> Result<Summary, Problem> {
    let who = Who::Operator { body: None, owner: None, published_at: None };
    let import = Import { state, who, now: state.now(), request: None, progress: &mut |_| {} };
    let summary = state.db.write(|conn| bundle::import(conn, &mut bundle, import));
    catch_up_and_seal(state);
    summary
}

/// Numbers the change feed and seals the audit trail, as the server does in the background.
pub fn catch_up_and_seal(state: &State) {
    due::catch_up(&state.db, &state.clock, &state.kinds, state.now()).unwrap();
    state.refusals.write(&state.db, &state.clock).unwrap();
    assert!(due::seal_audit(&state.db, usize::MAX).unwrap());
}
