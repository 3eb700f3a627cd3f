//! `/v1/people`: the people with an account in a body.

use serde_json::json;

use super::administration::{
    administered, found, interval, not_oneself, organisation, own_body, private, with_path_param,
};
use super::dto::{self, Person, PersonAccount};
use super::inputs;
use crate::access::person::{self, NewPerson};
use crate::access::{membership, password};
use crate::clock::{Id, Ts};
use crate::http::input::Empty;
use crate::http::kinds::{cursor_param, format_param, limit_param, list_reply, values};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation, Queue};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::store::Conn;

const ABOUT: &str = "Only people of the caller's own body are found.";

pub fn operations() -> Vec<Operation> {
    vec![list_row(), create_row(), get_row(), reset_row(), revoke_row()]
}

fn row(method: Method, path: &str, id: &str, summary: &str, handler: Handler) -> Operation {
    with_path_param(administered(method, path, id, summary, handler), "person", "The person, by id.")
}

fn list_row() -> Operation {
    let mut list = row(Method::Get, "/v1/people", "list_people", "List people", Handler::Read(list));
    list.description =
        format!("Everyone with an account, the oldest account first, with their current roles. {ABOUT}");
    list.params = vec![limit_param(), cursor_param(), format_param()];
    list.answers = vec![Answer::named(200, "A page of people.", "PersonList").or_csv()];
    list
}

fn create_row() -> Operation {
    let mut create =
        row(Method::Post, "/v1/people", "create_person", "Create a local account", Handler::Blocking(create));
    create.description = "Creates an account with its first membership, in the caller's own body. The response contains a first password, which is shown only once: give it to the person yourself. The first sign-in accepts it only together with a new password. A repeated request returns 409, since the login is taken.".to_owned();
    create.body = Some(BodySpec::of::<inputs::NewPerson>(
        json!({"login": "ada@office.example", "label": "Ada Example", "organisation": "opcc-derbyshire", "roles": ["editor"]}),
    ));
    create.answers = vec![
        Answer::named(201, "The account, and its first password.", "PersonAccount")
            .untagged()
            .with_headers(&["Location"]),
    ];
    create.problems.extend([409, 422]);
    create.queue = Queue::Heavy;
    create
}

fn get_row() -> Operation {
    let mut get = row(Method::Get, "/v1/people/{person}", "get_person", "Get a person", Handler::Read(get));
    get.description = format!("An account, with its current roles. {ABOUT}");
    get.answers = vec![Answer::named(200, "The person.", "Person")];
    get
}

fn reset_row() -> Operation {
    let mut reset = row(
        Method::Post,
        "/v1/people/{person}/reset-password",
        "reset_person_password",
        "Give a person a new first password",
        Handler::Blocking(reset),
    );
    reset.description = "Replaces the password. The response shows the new one, only once; it must be changed at the next sign-in. A wait after failed sign-ins ends. Earlier access tokens expire within ten minutes; revoke the person if that is too long. Nobody resets their own password.".to_owned();
    reset.before_body = Some(before_change);
    reset.body = Some(BodySpec::optional_of::<Empty>(json!({})));
    reset.answers =
        vec![Answer::named(200, "The account, and its first password.", "PersonAccount").untagged()];
    reset.problems.extend([409, 422]);
    reset.queue = Queue::Heavy;
    reset
}

fn revoke_row() -> Operation {
    let mut revoke = row(
        Method::Post,
        "/v1/people/{person}/revoke",
        "revoke_person",
        "Revoke a person",
        Handler::Write(revoke),
    );
    revoke.description = "Revokes the person for good: within two seconds their tokens are refused everywhere. What they did stays on record under their id. Nobody revokes themselves.".to_owned();
    revoke.before_body = Some(before_change);
    revoke.body = Some(BodySpec::optional_of::<Empty>(json!({})));
    revoke.answers = vec![Answer::named(200, "The person.", "Person").untagged()];
    revoke.problems.extend([409, 422]);
    revoke
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let paged = PageRequest::own(call, "people");
    let mut people = person::page(conn, body.id, paged.after_created()?, paged.rows_to_read())?;
    let page = paged.truncate_created(&mut people, |person| (person.created_at, &person.id))?;
    let rows = with_memberships(conn, &people, call.state.clock.now())?;
    list_reply(call, dto::PERSON, &values(rows)?, &page)
}

/// The person of the path, if they are of that body, with their row locked.
fn own(call: &Call, conn: &mut Conn, body: Id) -> Result<person::Person, Problem> {
    let found = person::find_for_update(conn, call.segment("person"))?;
    found.filter(|person| person.body == Some(body)).ok_or_else(Problem::not_found)
}

/// The people, each with the membership that holds now.
fn with_memberships(conn: &mut Conn, people: &[person::Person], now: Ts) -> Result<Vec<Person>, Problem> {
    let ids: Vec<String> = people.iter().map(|person| person.id.clone()).collect();
    let memberships = membership::latest(conn, &ids, now)?;
    let current = |person: &person::Person| memberships.get(&person.id).filter(|one| one.holds(now));
    Ok(people.iter().map(|person| Person::of(person, current(person))).collect())
}

fn with_membership(call: &Call, conn: &mut Conn, person: person::Person) -> Result<Person, Problem> {
    let mut all = with_memberships(conn, &[person], call.state.clock.now())?;
    all.pop().ok_or_else(|| Problem::internal("a person is missing"))
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let found = person::find(conn, call.segment("person"))?;
    let found = found.filter(|person| person.body == Some(body.id)).ok_or_else(Problem::not_found)?;
    Reply::value(&with_membership(call, conn, found)?)
}

fn create(call: &Call) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let now = call.state.clock.now();
    let (input, (organisation, (valid_from, valid_to))) =
        call.input_with(|input: &inputs::NewPerson, faults| {
            let interval = interval(&input.membership, now, faults);
            let db = &call.state.db;
            let organisation = db.read(|conn| {
                organisation(call, conn, &input.membership.organisation, &input.membership.roles, faults)
            })?;
            Ok((organisation, interval))
        })?;
    let first = password::first(&call.state.clock);
    let new = NewPerson {
        login: &person::login(&input.login),
        label: &input.label,
        hash: &password::hash(&first, &call.state.clock)?,
        body: body.id,
        organisation: found(organisation)?,
        roles: &input.membership.roles,
        valid_from,
        valid_to,
        created_by: call.actor.name(),
    };
    let created = call.state.db.write(|conn| {
        let id = person::create(conn, &call.state.clock, &new)?;
        let created = person::find(conn, &id)?;
        let created = created.ok_or_else(|| Problem::internal("a person just created is not there"))?;
        let roles: Vec<&str> = input.membership.roles.iter().map(|role| role.name()).collect();
        call.note(conn, "person_created", json!({"person": id, "holds": roles, "in": new.organisation}))?;
        with_membership(call, conn, created)
    })?;
    let location = created.self_link.clone();
    Ok(with_password(created, first)?.status(201).header("Location", location))
}

fn reset(call: &Call) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let subject = call.segment("person");
    // An unknown person is refused before a hash is computed.
    call.state.db.read(|conn| before_change(call, conn))?;
    not_oneself(call, subject, "Nobody resets their own password: change yours at /v1/me/password.")?;
    call.input::<Empty>()?;
    let first = password::first(&call.state.clock);
    let hash = password::hash(&first, &call.state.clock)?;
    let person = call.state.db.write(|conn| {
        let person = own(call, conn, body.id)?;
        if let Some(issuer) = &person.issuer {
            return Err(Problem::conflict(format!(
                "{subject} signs in at {issuer} and has no password here."
            )));
        }
        if !person::set_password(conn, subject, &hash, true, None)? {
            return Err(Problem::conflict(format!("{subject} is revoked; create a new account.")));
        }
        let person = person::Person { must_change: true, ..person };
        if let Some(login) = &person.login {
            call.state.waits.forget(login);
        }
        call.note(conn, "password_reset", json!({"person": subject}))?;
        with_membership(call, conn, person)
    })?;
    with_password(person, first)
}

fn with_password(person: Person, first_password: String) -> Result<Reply, Problem> {
    private(&PersonAccount { person, first_password })
}

/// Before the body of a change of an account: whether there is such a person in the caller's body. Without a lock.
fn before_change(call: &Call, conn: &mut Conn) -> Result<(), Problem> {
    let body = own_body(call)?;
    let found = person::find(conn, call.segment("person"))?;
    found.filter(|person| person.body == Some(body.id)).map(|_| ()).ok_or_else(Problem::not_found)
}

fn revoke(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let person = own(call, conn, body.id)?;
    not_oneself(call, &person.id, "Nobody revokes themselves; ask another administrator.")?;
    call.input::<Empty>()?;
    let now = call.state.clock.now();
    if !person::revoke(conn, &person.id, now)? {
        return Err(Problem::conflict(format!("{} is revoked already.", person.id)));
    }
    call.note(conn, "person_revoked", json!({"person": person.id}))?;
    let person = person::Person { revoked_at: Some(now), ..person };
    private(&with_membership(call, conn, person)?)
}
