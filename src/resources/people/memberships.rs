//! `/v1/memberships`: what people and clients belong to, from when to when.

use std::cell::RefCell;

use diesel::prelude::*;
use serde_json::json;

use super::administration::{
    administered, found, interval, not_oneself, not_past, organisation, own_body, private, with_path_param,
};
use super::dto::{self, Member};
use super::inputs::{self, MembershipEnd};
use crate::access::membership::{self, Holder, Membership, MembershipFilter, NewMembership};
use crate::access::person;
use crate::clock::{Id, Ts};
use crate::http::kinds::{cursor_param, format_param, limit_param, list_reply, values};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::ORGANISATION;
use crate::record::read;
use crate::store::tables::client;
use crate::store::{Conn, Val};

pub fn operations() -> Vec<Operation> {
    vec![list_row(), create_row(), get_row(), end_row()]
}

fn row(method: Method, path: &str, id: &str, summary: &str, handler: Handler) -> Operation {
    with_path_param(administered(method, path, id, summary, handler), "membership", "The membership, by id.")
}

fn list_row() -> Operation {
    let mut list =
        row(Method::Get, "/v1/memberships", "list_memberships", "List memberships", Handler::Read(list));
    list.description =
        "Current, past and future memberships of the caller's own body: who, in which organisation, in which roles, from when to when.".to_owned();
    list.params = vec![
        Param::new("subject", ParamType::Text(128), "Only memberships of this person or client, by id."),
        Param::new(
            "organisation",
            ParamType::Reference,
            "Only memberships in this organisation, by reference or id.",
        ),
        Param::new(
            "current",
            ParamType::Bool,
            "With `true` only memberships that hold now, with `false` only the others.",
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
        "Create a membership",
        Handler::Write(create),
    );
    create.description = "Gives a person or a client of the caller's own body roles in an organisation, for an interval of time. Memberships of a subject must not overlap (409). Nobody grants themselves a role. A machine client cannot hold a role that needs a person, nor can a member of one kind of organisation hold the roles of another: the office's roles are for members of an office (`policing_body_office`), the Panel's for a Panel, the force's for a force. People who sign in with an OpenID provider have the roles that its claims grant (409).".to_owned();
    create.body = Some(BodySpec::of::<inputs::NewMembership>(
        json!({"subject": "person-0123456789abcdef", "organisation": "opcc-derbyshire", "roles": ["publisher"], "valid_from": "2027-04-01T00:00:00Z"}),
    ));
    create.answers =
        vec![Answer::named(201, "The membership.", "Membership").untagged().with_headers(&["Location"])];
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
    end.description = "Ends a membership at once, or at a later moment. Within two seconds of that moment its roles are refused everywhere; the account remains, and sees what the public sees. Nobody ends their own membership.".to_owned();
    end.before_body = Some(|call, conn| {
        let body = own_body(call)?;
        own(call, conn, body.id).map(|_| ())
    });
    end.body = Some(BodySpec::optional_of::<MembershipEnd>(json!({})));
    end.answers = vec![Answer::named(200, "The membership.", "Membership").untagged()];
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

/// The organisation that a filter names; 400 if there is none.
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
    let now = call.state.clock.now();
    let reader = RefCell::new(&mut *conn);
    let (input, (organisation, (valid_from, valid_to))) =
        call.input_with(|input: &inputs::NewMembership, faults| {
            let interval = interval(&input.membership, now, faults);
            let conn = &mut reader.borrow_mut();
            Ok((
                organisation(call, conn, &input.membership.organisation, &input.membership.roles, faults)?,
                interval,
            ))
        })?;
    let organisation = found(organisation)?;
    let subject = input.subject.as_str();
    let holder = check_subject(conn, subject, body.id)?;
    not_oneself(call, subject, "Nobody grants themselves a role; ask another administrator.")?;
    let new = NewMembership {
        subject,
        holder,
        body: body.id,
        organisation,
        roles: &input.membership.roles,
        valid_from,
        valid_to,
        created_by: call.actor.name(),
    };
    let id = membership::create(conn, &call.state.clock, &new)?;
    let roles: Vec<&str> = input.membership.roles.iter().map(|role| role.name()).collect();
    let detail = json!({"membership": id, "subject": subject, "holds": roles, "in": organisation, "valid_from": valid_from, "valid_to": valid_to});
    call.note(conn, "membership_created", detail)?;
    let created = membership::find(conn, id)?
        .ok_or_else(|| Problem::internal("a membership just created is not there"))?;
    let created = Member::of(&created, now);
    let location = created.self_link.clone();
    Ok(private(&created)?.status(201).header("Location", location))
}

/// The kind of subject, if it is of this body. Its row is locked until the membership is created.
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
                "{subject} signs in at {issuer}, whose claims grant the roles."
            )));
        }
        return match person.revoked_at {
            Some(at) => Err(Problem::conflict(format!("{subject} was revoked at {at}."))),
            None => Ok(Holder::Person),
        };
    }
    let row = client::table.find(subject).select((client::stands_for_person, client::revoked_at));
    let machine: Option<(bool, Option<Ts>)> = match conn {
        Conn::Pg(conn) => row.for_update().first(conn),
        // SQLite has one writer at a time.
        Conn::Lite(conn) => row.first(conn),
    }
    .optional()?;
    let (stands_for_person, revoked_at) = machine.ok_or_else(unknown)?;
    if !membership::has_been(conn, subject, body)? {
        return Err(unknown());
    }
    if revoked_at.is_some() {
        return Err(Problem::conflict(format!("{subject} was revoked.")));
    }
    // Only the demo has clients that stand for a person, and `serve` refuses such a database.
    Ok(if stands_for_person { Holder::Person } else { Holder::Machine })
}

fn end(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = own_body(call)?;
    let found = own(call, conn, body.id)?;
    not_oneself(call, &found.subject, "Nobody ends their own membership; ask another administrator.")?;
    let now = call.state.clock.now();
    let (input, ()) = call.input_with(|input: &MembershipEnd, faults| {
        not_past(input.valid_to, "/valid_to", now, faults);
        Ok(())
    })?;
    let at = input.valid_to.unwrap_or(now);
    // A membership that has not begun never holds.
    let at = at.max(found.valid_from);
    if !membership::end(conn, found.id, at)? {
        let ended = found.valid_to.map(|end| end.to_string()).unwrap_or_default();
        return Err(Problem::conflict(format!(
            "It ends at {ended} already, and an end cannot be moved to a later moment."
        )));
    }
    call.note(
        conn,
        "membership_ended",
        json!({"membership": found.id, "subject": found.subject, "valid_to": at}),
    )?;
    private(&Member::of(&Membership { valid_to: Some(at), ..found }, now))
}
