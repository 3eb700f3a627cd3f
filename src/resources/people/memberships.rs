//! `/v1/memberships`: what people and clients belong to, from when to when.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::json;

use super::dto::{self, Member};
use super::{
    administered, administered_one, moment, not_oneself, organisation, own_body, private, read_body, span,
};
use crate::access::Role;
use crate::access::membership::{self, Holder, Membership, MembershipFilter, NewMembership};
use crate::access::person;
use crate::clock::Id;
use crate::http::kinds::{cursor_param, format_param, limit_param, list_reply, values};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::ORGANISATION;
use crate::record::read;
use crate::store::{Conn, Sql, Val};

/// This room's rows of the table.
pub fn operations() -> Vec<Operation> {
    vec![list_row(), create_row(), get_row(), end_row()]
}

fn row(method: Method, path: &str, id: &str, summary: &str, handler: Handler) -> Operation {
    administered_one(administered(method, path, id, summary, handler), "membership", "The membership, by id.")
}

fn list_row() -> Operation {
    let mut list =
        row(Method::Get, "/v1/memberships", "list_memberships", "List memberships", Handler::Read(list));
    list.description =
        "Who belongs or has belonged to the caller's own body, as what, from when to when.".to_owned();
    list.params = vec![
        Param::new("subject", ParamType::Text(128), "Only those of this person or client, by id."),
        Param::new(
            "organisation",
            ParamType::Reference,
            "Only those in this organisation, by reference or id.",
        ),
        Param::new(
            "current",
            ParamType::Bool,
            "With `true` only those that hold now, with `false` only the others.",
        ),
        limit_param(),
        cursor_param(),
        format_param(),
    ];
    list.answers = vec![Answer::named(200, "A page of memberships.", "MembershipList").or_csv()];
    list
}

fn create_row() -> Operation {
    let mut create = row(
        Method::Post,
        "/v1/memberships",
        "create_membership",
        "Make a membership",
        Handler::Write(create),
    );
    create.description = "Gives a person or a client of the caller's own body an organisation and roles, from when to when. Nobody has two at a time: 409 where it would overlap with another. Nobody grants themselves a role. A machine gets no role that a person has to hold; who is vouched for by an OpenID provider has what that says.".to_owned();
    create.body = Some(BodySpec::json(
        dto::new_membership(),
        json!({"subject": "person-0123456789abcdef", "organisation": "opcc-derbyshire", "roles": ["publisher"], "valid_from": "2027-04-01T00:00:00Z"}),
    ));
    create.answers = vec![Answer::named(201, "The membership.", "Membership")];
    create.problems.extend([409, 422]);
    create
}

fn get_row() -> Operation {
    let mut get = row(
        Method::Get,
        "/v1/memberships/{membership}",
        "get_membership",
        "Get a membership",
        Handler::Read(get),
    );
    get.description = "A membership of the caller's own body.".to_owned();
    get.answers = vec![Answer::named(200, "The membership.", "Membership")];
    get
}

fn end_row() -> Operation {
    let mut end = row(
        Method::Post,
        "/v1/memberships/{membership}/end",
        "end_membership",
        "End a membership",
        Handler::Write(end),
    );
    end.description = "At once, or at a moment to come. Within two seconds of it its roles are gone everywhere; the account remains, with what the public sees. Nobody ends their own.".to_owned();
    end.body = Some(BodySpec::optional(dto::end_body(), json!({})));
    end.answers = vec![Answer::named(200, "The membership.", "Membership")];
    end.problems.extend([409, 422]);
    end
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let now = call.state.clock.now();
    let paged = PageRequest::own(call, "memberships");
    let after = paged.after(|keys| match keys {
        [Val::Ts(from), Val::Id(id)] => Some((*from, *id)),
        _ => None,
    })?;
    let filter = MembershipFilter {
        subject: call.params.text("subject"),
        organisation: match call.params.text("organisation") {
            None => None,
            Some(text) => Some(filtered(call, conn, text)?),
        },
        current: call.params.has("current").then(|| call.params.flag("current")),
    };
    let mut rows = membership::page(conn, body.id, &filter, after, paged.rows_to_read(), now)?;
    let page = paged.truncate(&mut rows, |last| vec![Val::Ts(last.valid_from), Val::Id(last.id)])?;
    let rows = rows.iter().map(|row| Member::of(row, now));
    list_reply(call, dto::MEMBER, &values(rows)?, &page)
}

/// The organisation of a filter; 400 where there is none.
fn filtered(call: &Call, conn: &mut Conn, text: &str) -> Result<Id, Problem> {
    let row = match call.state.kind(ORGANISATION) {
        Some(kind) => read::by_name(conn, kind, text, &call.visibility())?,
        None => None,
    };
    row.map(|row| row.record).ok_or_else(|| {
        Problem::bad_request(vec![Fault::parameter(
            "organisation",
            "not_found",
            "There is no such organisation; they are listed at /v1/organisations.",
        )])
    })
}

/// The membership of the path, if it is of that body.
fn own(call: &Call, conn: &mut Conn, body: Id) -> Result<Membership, Problem> {
    let found = match Id::parse(call.segment("membership")) {
        Some(id) => membership::find(conn, id)?,
        None => None,
    };
    found.filter(|one| one.body == body).ok_or_else(Problem::not_found)
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    Reply::value(&Member::of(&own(call, conn, body.id)?, call.state.clock.now()))
}

fn create(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let (wanted, mut faults) = read_body(call, &dto::new_membership())?;
    let now = call.state.clock.now();
    let (valid_from, valid_to) = span(&wanted, now, &mut faults);
    let organisation = organisation(call, conn, &wanted, &mut faults)?;
    let Some(organisation) = organisation.filter(|_| faults.is_empty()) else {
        return Err(Problem::unprocessable(faults));
    };
    let subject = wanted["subject"].as_str().unwrap_or_default();
    let holder = check_subject(conn, subject, body.id)?;
    not_oneself(call, subject, "Nobody grants themselves a role; another administrator does.")?;
    let new = NewMembership {
        subject,
        holder,
        body: body.id,
        organisation,
        roles: &dto::roles(&wanted),
        valid_from,
        valid_to,
        created_by: call.actor.name(),
    };
    let id = membership::create(conn, &call.state.clock, &new)?;
    let roles = dto::roles(&wanted).into_iter().map(Role::name).collect::<Vec<_>>();
    let detail = json!({"membership": id, "subject": subject, "holds": roles, "in": organisation, "valid_from": valid_from, "valid_to": valid_to});
    call.note(conn, "membership_created", detail)?;
    let made = membership::find(conn, id)?.ok_or_else(|| Problem::internal("a membership just made"))?;
    let made = Member::of(&made, now);
    let location = made.self_link.clone();
    Ok(private(&made)?.status(201).header("Location", location))
}

#[derive(QueryableByName)]
struct Machine {
    #[diesel(sql_type = st::Bool)]
    stands_for_person: bool,
    #[diesel(sql_type = st::Bool)]
    revoked: bool,
}

/// What the subject is, if it is of this body. Its row is held until the membership is made.
fn check_subject(conn: &mut Conn, subject: &str, body: Id) -> Result<Holder, Problem> {
    let unknown = || {
        Problem::unprocessable(vec![Fault::pointer(
            "/subject",
            "not_found",
            "There is no such person or client in your body; people are listed at /v1/people.",
        )])
    };
    if subject.starts_with(person::PREFIX) {
        let found = person::find_for_update(conn, subject)?.filter(|person| person.body == Some(body));
        let person = found.ok_or_else(unknown)?;
        if let Some(issuer) = &person.issuer {
            return Err(Problem::conflict(format!(
                "{subject} signs in at {issuer}, whose claims say what they may do."
            )));
        }
        return match person.revoked_at {
            Some(at) => Err(Problem::conflict(format!("{subject} was revoked at {at}."))),
            None => Ok(Holder::Person),
        };
    }
    let lock = if conn.is_pg() { " FOR UPDATE" } else { "" };
    let machine: Option<Machine> =
        Sql::new("SELECT stands_for_person, revoked_at IS NOT NULL AS revoked FROM client WHERE id = ")
            .bind(subject)
            .text(lock)
            .get_result(conn)
            .optional()?;
    let machine = machine.ok_or_else(unknown)?;
    if !membership::has_been(conn, subject, body)? {
        return Err(unknown());
    }
    if machine.revoked {
        return Err(Problem::conflict(format!("{subject} was revoked.")));
    }
    // The demo's clients may stand for a person; it is not served to anybody.
    Ok(if machine.stands_for_person { Holder::Person } else { Holder::Machine })
}

fn end(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let found = own(call, conn, body.id)?;
    not_oneself(call, &found.subject, "Nobody ends their own membership; another administrator does.")?;
    let (wanted, mut faults) = read_body(call, &dto::end_body())?;
    let now = call.state.clock.now();
    let at = moment(&wanted, "valid_to", now, &mut faults).unwrap_or(now);
    if !faults.is_empty() {
        return Err(Problem::unprocessable(faults));
    }
    // One that has not begun never holds.
    let at = at.max(found.valid_from);
    if !membership::end(conn, found.id, at)? {
        let ended = found.valid_to.map(|end| end.to_string()).unwrap_or_default();
        return Err(Problem::conflict(format!("It ends at {ended} already; an end is not put off.")));
    }
    call.note(
        conn,
        "membership_ended",
        json!({"membership": found.id, "subject": found.subject, "valid_to": at}),
    )?;
    private(&Member::of(&Membership { valid_to: Some(at), ..found }, now))
}
