//! `/v1/people`: who has an account in a body.

use serde_json::json;

use super::dto::{self, Person};
use super::{
    administered, administered_one, not_oneself, organisation, own_body, private, read_body, shown, span,
};
use crate::access::Role;
use crate::access::password;
use crate::access::person::{self, NewPerson};
use crate::clock::Id;
use crate::http::input::Empty;
use crate::http::kinds::{cursor_param, format_param, limit_param, list_reply, values};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::store::Conn;

const ABOUT: &str = "Only the people of the caller's own body are there.";

/// This room's rows of the table.
pub fn operations() -> Vec<Operation> {
    vec![list_row(), create_row(), get_row(), reset_row(), revoke_row()]
}

fn row(method: Method, path: &str, id: &str, summary: &str, handler: Handler) -> Operation {
    administered_one(administered(method, path, id, summary, handler), "person", "The person, by id.")
}

fn list_row() -> Operation {
    let mut list = row(Method::Get, "/v1/people", "list_people", "List people", Handler::Read(list));
    list.description = format!("Who has an account, the oldest first, with what they hold now. {ABOUT}");
    list.params = vec![limit_param(), cursor_param(), format_param()];
    list.answers = vec![Answer::named(200, "A page of people.", "PersonList").or_csv()];
    list
}

fn create_row() -> Operation {
    let mut create =
        row(Method::Post, "/v1/people", "create_person", "Make a local account", Handler::Blocking(create));
    create.description = "Makes an account with its first membership, in the caller's own body. The answer holds a first password, once: hand it over in person; the first sign-in takes it only together with one of the person's own. Repeated, it is 409, since the login is taken.".to_owned();
    create.body = Some(BodySpec::json(
        dto::new_person(),
        json!({"login": "ada@office.example", "label": "Ada Example", "organisation": "opcc-derbyshire", "roles": ["editor"]}),
    ));
    create.answers = vec![Answer::named(201, "The account, and its first password.", "PersonAccount")];
    create.problems.extend([409, 422]);
    create.heavy = true;
    create
}

fn get_row() -> Operation {
    let mut get = row(Method::Get, "/v1/people/{person}", "get_person", "Get a person", Handler::Read(get));
    get.description = format!("An account, with what its holder holds now. {ABOUT}");
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
    reset.description = "The old password is no longer good; the new one is in the answer, once, and has to be changed with the next sign-in. Who had to wait after failures need not wait any more. Tokens that were had before run out within ten minutes; revoke the person where that is too long. Nobody resets their own.".to_owned();
    reset.body = Some(BodySpec::optional_of::<Empty>(json!({})));
    reset.answers = vec![Answer::named(200, "The account, and its first password.", "PersonAccount")];
    reset.problems.extend([409, 422]);
    reset.heavy = true;
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
    revoke.description = "For good: within two seconds their tokens are refused everywhere. What they did stays on record under their id. Nobody revokes themselves.".to_owned();
    revoke.body = Some(BodySpec::optional_of::<Empty>(json!({})));
    revoke.answers = vec![Answer::named(200, "The person.", "Person")];
    revoke.problems.extend([409, 422]);
    revoke
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let paged = PageRequest::own(call, "people");
    let mut people = person::page(conn, body.id, paged.after_created()?, paged.rows_to_read())?;
    let page = paged.truncate_created(&mut people, |person| (person.created_at, &person.id))?;
    let rows = shown(conn, &people, call.state.clock.now())?;
    list_reply(call, dto::PERSON, &values(rows)?, &page)
}

/// The person of the path, if they are of that body.
fn own(call: &Call, conn: &mut Conn, body: Id) -> Result<person::Person, Problem> {
    let found = person::find_for_update(conn, call.segment("person"))?;
    found.filter(|person| person.body == Some(body)).ok_or_else(Problem::not_found)
}

fn told(call: &Call, conn: &mut Conn, person: person::Person) -> Result<Person, Problem> {
    let mut shown = shown(conn, &[person], call.state.clock.now())?;
    shown.pop().ok_or_else(|| Problem::internal("a person that is not shown"))
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let found = person::find(conn, call.segment("person"))?;
    let found = found.filter(|person| person.body == Some(body.id)).ok_or_else(Problem::not_found)?;
    Reply::value(&told(call, conn, found)?)
}

fn create(call: &Call) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let (wanted, mut faults) = read_body(call, &dto::new_person())?;
    let now = call.state.clock.now();
    let (valid_from, valid_to) = span(&wanted, now, &mut faults);
    let organisation = call.state.db.read(|conn| organisation(call, conn, &wanted, &mut faults))?;
    let Some(organisation) = organisation.filter(|_| faults.is_empty()) else {
        return Err(Problem::unprocessable(faults));
    };
    let first = password::first(&call.state.clock);
    let new = NewPerson {
        login: &person::login(wanted["login"].as_str().unwrap_or_default()),
        label: wanted["label"].as_str().unwrap_or_default(),
        hash: &password::hash(&first, &call.state.clock)?,
        body: body.id,
        organisation,
        roles: &dto::roles(&wanted),
        valid_from,
        valid_to,
        created_by: call.actor.name(),
    };
    let made = call.state.db.write(|conn| {
        let id = person::create(conn, &call.state.clock, &new)?;
        let made = person::find(conn, &id)?.ok_or_else(|| Problem::internal("a person just made"))?;
        let roles = dto::roles(&wanted).into_iter().map(Role::name).collect::<Vec<_>>();
        call.note(conn, "person_created", json!({"person": id, "holds": roles, "in": organisation}))?;
        told(call, conn, made)
    })?;
    let location = made.self_link.clone();
    Ok(with_password(&made, &first)?.status(201).header("Location", location))
}

fn reset(call: &Call) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let subject = call.segment("person");
    // Who is not there is told before the work of a hash.
    let found = call.state.db.read(|conn| person::find(conn, subject))?;
    if found.is_none_or(|person| person.body != Some(body.id)) {
        return Err(Problem::not_found());
    }
    not_oneself(call, subject, "Nobody resets their own password: change it at /v1/me/password.")?;
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
            return Err(Problem::conflict(format!("{subject} is revoked; make a new account.")));
        }
        let person = person::Person { must_change: true, ..person };
        if let Some(login) = &person.login {
            call.state.waits.forget(login);
        }
        call.note(conn, "password_reset", json!({"person": subject}))?;
        told(call, conn, person)
    })?;
    with_password(&person, &first)
}

fn with_password(person: &Person, first: &str) -> Result<Reply, Problem> {
    let mut value = serde_json::to_value(person).map_err(Problem::internal)?;
    value["first_password"] = json!(first);
    private(&value)
}

fn revoke(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let person = own(call, conn, body.id)?;
    not_oneself(call, &person.id, "Nobody revokes themselves; another administrator does.")?;
    call.input::<Empty>()?;
    let now = call.state.clock.now();
    if !person::revoke(conn, &person.id, now)? {
        return Err(Problem::conflict(format!("{} is revoked already.", person.id)));
    }
    call.note(conn, "person_revoked", json!({"person": person.id}))?;
    let person = person::Person { revoked_at: Some(now), ..person };
    private(&told(call, conn, person)?)
}
