//! Operation × role × (own, another's, none) × state, generated from the rule table. What is to be expected is worked out
//! here by a small model of the rules, in words of its own: nothing of it asks the filter that it checks.

use diesel::RunQueryDsl;
use onrecord::access::{Action, Reach, Role, Rule};
use onrecord::http::operation::{Method, Operation};
use onrecord::record::kind::KindDef;
use onrecord::store::Sql;
use serde_json::{Value, json};

use crate::support::{ACTORS, STRANGERS, TestApp, address_of, at, publisher_of, withdrawer_of, writer};

/// The states in which a record can be found.
pub const STATES: &[&str] = &[
    "draft",
    "submitted",
    "shared",
    "embargoed",
    "scheduled",
    "scheduled_shared",
    "published",
    "redrafted",
    "withdrawn",
];

/// When it is going to be public, in the states in which that is known.
pub const TO_COME: &str = "2026-11-01T12:00:00Z";

/// Takes a draft of `maker`'s into a state.
pub async fn bring_to(app: &TestApp, kind: &KindDef, maker: &str, address: &str, state: &str) {
    if state == "draft" {
        return;
    }
    let publisher = publisher_of(kind, maker);
    app.fill(kind, maker, address).await;
    app.step(maker, address, "submit", json!({})).await.expect(200);
    let early = ["submitted", "shared", "embargoed"].contains(&state);
    if !early && !kind.def.approvals.is_empty() {
        app.step("commissioner", address, "approve", json!({})).await.expect(200);
    }
    if ["shared", "embargoed", "scheduled_shared"].contains(&state) {
        let body = if state == "embargoed" { json!({"embargo_until": TO_COME}) } else { json!({}) };
        app.step(publisher, address, "share", body).await.expect(200);
    }
    if state.starts_with("scheduled") {
        app.step(publisher, address, "publish", json!({"publish_at": TO_COME})).await.expect(200);
    }
    if ["published", "redrafted", "withdrawn"].contains(&state) {
        app.step(publisher, address, "publish", json!({})).await.expect(200);
    }
    if state == "redrafted" {
        app.patch(maker, address, json!({"note": "The next version."})).await.expect(200);
    }
    if state == "withdrawn" {
        app.step(withdrawer_of(kind, maker), address, "withdraw", json!({"reason": "By mistake."}))
            .await
            .expect(200);
    }
}

/// A record of a kind's example in a state, made by whoever writes it; its address.
pub async fn in_state(app: &TestApp, kind: &str, state: &str) -> String {
    let kind = app.state.kind(kind).unwrap();
    let address = app.draft(kind.def.name).await;
    bring_to(app, kind, writer(kind), &address, state).await;
    address
}

/// A client of the charity's in a role, whose membership has ended.
fn make_former(app: &TestApp, name: &str, role: Role) {
    let body = app.id_of("policing_body", "derbyshire-pcc");
    app.make_actor(name, &[role], body, "victim-support");
    app.write(|conn| {
        Sql::new("UPDATE membership SET valid_to = ")
            .bind(at("2026-10-31T00:00:00Z"))
            .text(" WHERE subject = ")
            .bind(name)
            .execute(conn)
            .unwrap();
    });
}

/// Who asks, as the model knows them.
#[derive(Clone)]
struct Asker {
    name: Option<String>,
    roles: Vec<Role>,
    /// Whether the membership is in the body of the record.
    own_body: bool,
    /// Whether there is a membership still.
    member: bool,
    organisation: Option<&'static str>,
    /// The area of that organisation.
    area: Option<&'static str>,
}

/// What the model knows of a record.
struct Subject<'a> {
    kind: &'a KindDef,
    state: &'a str,
    owner: String,
    assigned: Option<String>,
    /// The organisations whose service or award it is.
    of: Vec<String>,
    /// The areas that it is about.
    areas: Vec<String>,
}

/// The model: whether a role's reaches in a rule cover the working version.
fn reaches(rule: Rule, asker: &Asker, subject: &Subject<'_>) -> bool {
    if !asker.own_body || !subject.kind.def.workflow {
        return false;
    }
    let shared = ["shared", "embargoed", "scheduled_shared"].contains(&subject.state);
    let is_submitted = shared || ["submitted", "scheduled"].contains(&subject.state);
    let mine = |organisation: &str| asker.organisation == Some(organisation);
    rule.iter().filter(|grant| asker.roles.contains(&grant.role)).flat_map(|grant| grant.reach).any(|reach| {
        match reach {
            Reach::Published => false,
            Reach::PanelShared => shared,
            Reach::OwnOrganisation => {
                mine(&subject.owner) || (is_submitted && subject.of.iter().any(|one| mine(one)))
            }
            Reach::OwnArea => shared && subject.areas.iter().any(|one| asker.area == Some(one)),
            Reach::Assigned => subject.assigned.as_deref().is_some_and(mine),
            Reach::Submitted => is_submitted,
            Reach::All => true,
        }
    })
}

/// The model: which status an operation answers, sent with a tag that nothing has and a body that no schema takes.
fn expected(operation: &Operation, asker: &Asker, subject: &Subject<'_>) -> u16 {
    let item = operation.path.contains("{id}");
    let listed = operation.rule.iter().any(|grant| asker.roles.contains(&grant.role));
    let public = ["published", "redrafted"].contains(&subject.state) || !subject.kind.def.workflow;
    let read = subject.kind.rule(Action::Read).unwrap();
    let seen = public || reaches(read, asker, subject);
    match (operation.method, item) {
        // A token without a membership behind it opens nothing, not even what is public.
        _ if asker.name.is_some() && !asker.member => 401,
        (Method::Get, false) => 200,
        (Method::Get, true) if subject.state == "withdrawn" => 410,
        (Method::Get, true) if !seen => 404,
        // Its first publication is not there before it has come.
        (Method::Get, true) if operation.path.contains("/versions/{n}") && !public => 404,
        // Not what every reader of the record reads.
        (Method::Get, true) if operation.rule != read && !reaches(operation.rule, asker, subject) => 404,
        (Method::Get, true) => 200,
        _ if asker.name.is_none() => 401,
        (_, false) if listed => 422,
        (_, false) => 403,
        // What is to be redacted has to go, whatever became of it and whichever version was read.
        _ if !operation.if_match && reaches(operation.rule, asker, subject) => 422,
        _ if subject.state == "withdrawn" => 410,
        _ if !seen => 404,
        _ if subject.kind.def.workflow && !reaches(operation.rule, asker, subject) => 403,
        _ if !listed => 403,
        _ => 412,
    }
}

async fn call(app: &TestApp, asker: &Asker, operation: &Operation, id: &str) -> crate::support::Answer {
    let path = address_of(&operation.path, id);
    let mut request = app.request(operation.method.name(), &path).as_actor(asker.name.as_deref());
    if operation.method != Method::Get {
        request = request.if_match("\"AAAAAAAAAAAAAAAAAAAAAAAA\"").json(&json!({"nonsense": true}));
    }
    request.send().await
}

/// The areas of the askers' organisations, as the demo has them.
fn area_of(organisation: &str) -> Option<&'static str> {
    match organisation {
        "derby-city-council" => Some(DERBY),
        "victim-support" => None,
        _ => Some("E23000018"),
    }
}

/// Derby, whose council is one of the askers' organisations.
const DERBY: &str = "E06000015";

/// Everyone: the body's, another body's, those of an organisation that has no part in anything, and each role once with a
/// membership that has ended.
fn askers(app: &TestApp) -> Vec<Asker> {
    let mut all = vec![Asker {
        name: None,
        roles: vec![Role::Public],
        own_body: false,
        member: false,
        organisation: None,
        area: None,
    }];
    all.extend(ACTORS.iter().map(|(name, roles, organisation)| Asker {
        name: Some((*name).to_owned()),
        roles: roles.to_vec(),
        own_body: true,
        member: true,
        organisation: Some(organisation),
        area: area_of(organisation),
    }));
    all.extend(STRANGERS.iter().map(|(name, roles)| Asker {
        name: Some((*name).to_owned()),
        roles: roles.to_vec(),
        own_body: false,
        member: true,
        // Of the force: the same organisation, and yet not in this body.
        organisation: Some("derbyshire-constabulary"),
        area: area_of("derbyshire-constabulary"),
    }));
    let body = app.id_of("policing_body", "derbyshire-pcc");
    let mut add = |name: String, role: Role, member: bool, organisation: Option<&'static str>| {
        let own_body = member;
        let area = organisation.and_then(area_of);
        all.push(Asker { name: Some(name), roles: vec![role], own_body, member, organisation, area });
    };
    // In the body, of an organisation that nothing here is about.
    for role in
        [Role::OpenData, Role::PartnerReader, Role::PartnerWriter, Role::ForceAnalyst, Role::ForceOfficer]
    {
        let name = format!("unrelated_{}", role.name());
        app.make_actor(&name, &[role], body, "jarac-derbyshire");
        add(name, role, true, Some("jarac-derbyshire"));
    }
    for role in Role::ALL.iter().filter(|role| **role != Role::Public) {
        let name = format!("former_{}", role.name());
        make_former(app, &name, *role);
        add(name, *role, false, None);
    }
    all
}

/// Names an organisation at a path such as `providers/*`.
pub fn name_at(body: &mut Value, path: &str, organisation: &str) {
    match path.split_once('/') {
        None => body[path] = json!(organisation),
        Some((member, "*")) => body[member] = json!([organisation]),
        Some((member, rest)) => name_at(&mut body[member], rest, organisation),
    }
}

/// Who is told by a content to own a slice of the record.
fn named_at(content: &Value, path: &str) -> Vec<String> {
    match path.split_once('/') {
        None => content[path].as_str().map(str::to_owned).into_iter().collect(),
        Some((member, "*")) => {
            content[member].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
        }
        Some((member, rest)) => named_at(&content[member], rest),
    }
}

/// The records that differ in whose they are: who makes one, and what its content names instead of the example's.
fn variants(kind: &KindDef) -> Vec<(&'static str, Option<(&'static str, &'static str)>)> {
    // The tests' partner agency is called `partner`.
    let maker = |role: Role| if role == Role::PartnerWriter { "partner" } else { role.name() };
    let mut all: Vec<_> =
        kind.rule(Action::Create).unwrap().iter().map(|grant| (maker(grant.role), None)).collect();
    if let Some(member) = kind.def.assigned {
        // The force's too, beside the partner's of the example.
        all.push((writer(kind), Some((member, "derbyshire-constabulary"))));
        if kind.def.by_owner() {
            // The Panel's, assigned to the office: the office reads and reports, and does nothing else.
            all.push(("panel_officer", Some((member, "opcc-derbyshire"))));
        }
    }
    if let Some(path) = kind.def.own.first() {
        all.push((writer(kind), Some((*path, "derby-city-council"))));
    }
    let by_area = kind.rule(Action::Read).unwrap().iter().any(|grant| grant.reach.contains(&Reach::OwnArea));
    if let Some(path) = kind.def.areas.first().filter(|_| by_area) {
        all.push((writer(kind), Some((*path, DERBY))));
    }
    all
}

/// One kind of each set of rules that differ in anything that decides.
fn one_of_each(app: &TestApp) -> Vec<&'static KindDef> {
    let mut chosen: Vec<&'static KindDef> = vec![];
    for kind in &app.state.kinds {
        let same = |other: &&&KindDef| {
            other.def.rules == kind.def.rules
                && other.def.approvals == kind.def.approvals
                && other.def.barred == kind.def.barred
                && other.def.assigned.is_some() == kind.def.assigned.is_some()
                && other.def.own.is_empty() == kind.def.own.is_empty()
                && other.def.areas.is_empty() == kind.def.areas.is_empty()
                && other.def.separate == kind.def.separate
        };
        if !chosen.iter().any(|other| same(&other)) {
            chosen.push(kind);
        }
    }
    chosen
}

#[actix_web::test]
async fn every_operation_by_every_role_in_every_state_answers_as_the_rules_say() {
    let app = TestApp::new().await;
    let askers = askers(&app);
    let kinds = one_of_each(&app);
    let (mut swept, mut statuses) = (0, std::collections::BTreeMap::<u16, usize>::new());
    for kind in &kinds {
        let kind = *kind;
        let table: Vec<&Operation> = onrecord::resources::operations()
            .iter()
            .filter(|row| row.kind.is_some_and(|of| of.def.name == kind.def.name))
            .collect();
        let states = if kind.def.workflow { STATES } else { &["published"] };
        for (n, (maker, named)) in variants(kind).into_iter().enumerate() {
            for state in states {
                let mut body = app.fresh(kind);
                if let Some((path, organisation)) = named {
                    name_at(&mut body, path, organisation);
                }
                let assigned = kind.def.assigned.and_then(|member| body[member].as_str().map(str::to_owned));
                let of = kind.def.own.iter().flat_map(|path| named_at(&body, path)).collect();
                let areas = kind.def.areas.iter().flat_map(|path| named_at(&body, path)).collect();
                let made = app.post(maker, &format!("/v1/{}", kind.def.path), body).await.expect(201);
                let address = made.header("location").unwrap().to_owned();
                let owner = made.json()["owner"].as_str().unwrap_or_default().to_owned();
                if kind.def.workflow {
                    bring_to(&app, kind, maker, &address, state).await;
                }
                let subject = Subject { kind, state, owner, assigned, of, areas };
                let id = address.rsplit('/').next().unwrap();
                let before = app.get(Some(maker), &address).await.comparable();
                for operation in &table {
                    // What is of no record is the same in every state.
                    if !operation.path.contains("{id}") && (n > 0 || *state != states[0]) {
                        continue;
                    }
                    for asker in &askers {
                        // Another body's have one slice, nothing, whatever the record names; and whose membership has
                        // ended is refused before any record is looked for.
                        let again = n > 0 || (!asker.member && *state != states[0]);
                        if again && !asker.own_body && asker.name.is_some() {
                            continue;
                        }
                        let answer = call(&app, asker, operation, id).await;
                        let context = format!(
                            "{:?} {} of a {state} {} made by {maker}, {named:?}",
                            asker.name, operation.id, kind.def.name
                        );
                        let expected = expected(operation, asker, &subject);
                        assert_eq!(answer.status, expected, "{context}: {}", answer.text());
                        if answer.status == 200 && operation.path == format!("/v1/{}/{{id}}", kind.def.path) {
                            // The working version counts its edits, the public one does not.
                            let head = reaches(kind.rule(Action::Read).unwrap(), asker, &subject);
                            assert_eq!(answer.json().get("edit").is_some(), head, "{context}");
                        }
                        swept += 1;
                        *statuses.entry(answer.status).or_default() += 1;
                    }
                }
                assert_eq!(
                    app.get(Some(maker), &address).await.comparable(),
                    before,
                    "nothing of it changed anything"
                );
            }
        }
    }
    println!("{swept} calls on {} sets of rules: {statuses:?}", kinds.len());
    assert!(swept > 15_000, "{swept}");
    assert!(statuses.len() >= 7, "{statuses:?}");
}
