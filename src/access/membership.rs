//! Memberships: to which policing body and organisation a subject belongs, and in which roles, in an interval of time.
//!
//! A subject is a client or a person with a local account, by id. At any moment at most one of its memberships holds, so
//! that nobody acts for two organisations at once.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types as st;

use super::actor::Named;
use super::role::Role;
use crate::clock::{Clock, Id, Ts};
use crate::problem::{Fault, Problem};
use crate::store::tables::membership;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// A membership as it is stored, with the references of its body and organisation.
#[derive(Clone, Debug, QueryableByName)]
pub struct Membership {
    #[diesel(sql_type = Uid)]
    pub id: Id,
    #[diesel(sql_type = st::Text)]
    pub subject: String,
    /// The policing body.
    #[diesel(sql_type = Uid)]
    pub body: Id,
    #[diesel(sql_type = st::Text)]
    pub body_reference: String,
    #[diesel(sql_type = Uid)]
    pub organisation: Id,
    #[diesel(sql_type = st::Text)]
    pub organisation_reference: String,
    /// The roles' names, separated by spaces.
    #[diesel(sql_type = st::Text)]
    pub roles: String,
    #[diesel(sql_type = Tstz)]
    pub valid_from: Ts,
    /// None for a membership without an end.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub valid_to: Option<Ts>,
    #[diesel(sql_type = Tstz)]
    pub created_at: Ts,
    #[diesel(sql_type = st::Text)]
    pub created_by: String,
}

/// Every statement that reads memberships begins with this; a condition follows.
const SELECT: &str = "SELECT m.id, m.subject, m.body, b.reference AS body_reference, m.organisation,
    o.reference AS organisation_reference, m.roles, m.valid_from, m.valid_to, m.created_at, m.created_by
    FROM membership m JOIN record b ON b.id = m.body JOIN record o ON o.id = m.organisation WHERE ";

impl Membership {
    pub fn roles(&self) -> Vec<Role> {
        self.roles.split(' ').filter_map(Role::parse).collect()
    }

    /// The body, by id and reference.
    pub fn body(&self) -> Named {
        Named { id: self.body, reference: self.body_reference.clone() }
    }

    /// The organisation, by id and reference.
    pub fn organisation(&self) -> Named {
        Named { id: self.organisation, reference: self.organisation_reference.clone() }
    }

    /// Whether it holds at that moment.
    pub fn holds(&self, at: Ts) -> bool {
        self.valid_from <= at && self.valid_to.is_none_or(|end| at < end)
    }
}

/// The membership of a subject that holds at that moment.
pub fn of(conn: &mut Conn, subject: &str, at: Ts) -> Result<Option<Membership>, Problem> {
    Ok(latest(conn, &[subject.to_owned()], at)?.remove(subject).filter(|membership| membership.holds(at)))
}

/// The condition that a membership holds at that moment.
fn holds(at: Ts) -> Sql {
    Sql::new("(m.valid_from <= ")
        .bind(at)
        .text(" AND (m.valid_to IS NULL OR m.valid_to > ")
        .bind(at)
        .text("))")
}

/// The filters of a list of memberships.
#[derive(Default)]
pub struct MembershipFilter<'a> {
    pub subject: Option<&'a str>,
    pub organisation: Option<Id>,
    /// Only memberships that hold now (true), or only those that do not (false).
    pub current: Option<bool>,
}

/// A page of a body's memberships, by when they begin, after the given one.
pub fn page(
    conn: &mut Conn,
    body: Id,
    filter: &MembershipFilter<'_>,
    after: Option<(Ts, Id)>,
    limit: i64,
    at: Ts,
) -> Result<Vec<Membership>, Problem> {
    Ok(of_body(body, filter, after, limit, at).load(conn)?)
}

/// The statement of that page.
pub fn of_body(body: Id, filter: &MembershipFilter<'_>, after: Option<(Ts, Id)>, limit: i64, at: Ts) -> Sql {
    let mut sql = Sql::new(SELECT).text("m.body = ").bind(body);
    if let Some(subject) = filter.subject {
        sql = sql.text(" AND m.subject = ").bind(subject);
    }
    if let Some(organisation) = filter.organisation {
        sql = sql.text(" AND m.organisation = ").bind(organisation);
    }
    match filter.current {
        Some(true) => sql = sql.text(" AND ").append(holds(at)),
        Some(false) => sql = sql.text(" AND NOT ").append(holds(at)),
        None => {}
    }
    if let Some((from, id)) = after {
        sql = sql.text(" AND (m.valid_from, m.id) > (").bind(from).text(", ").bind(id).text(")");
    }
    sql.text(" ORDER BY m.valid_from, m.id LIMIT ").bind(limit).one_off()
}

/// Whether the subject has, or has had, a membership of that body.
pub fn has_been(conn: &mut Conn, subject: &str, body: Id) -> Result<bool, Problem> {
    let memberships =
        membership::table.filter(membership::subject.eq(subject)).filter(membership::body.eq(body));
    Ok(diesel::select(exists(memberships)).get_result(conn)?)
}

/// The membership of that id.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Membership>, Problem> {
    Ok(Sql::new(SELECT).text("m.id = ").bind(id).get_result(conn).optional()?)
}

/// For each subject the membership that had begun last at that moment, whether or not it still holds.
pub fn latest(conn: &mut Conn, subjects: &[String], at: Ts) -> Result<HashMap<String, Membership>, Problem> {
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Membership> = Sql::new(SELECT)
        .text("m.subject IN (")
        .bind_all(subjects.iter().map(String::as_str))
        .text(") AND m.valid_from = (SELECT max(l.valid_from) FROM membership l WHERE l.subject = m.subject AND l.valid_from <= ")
        .bind(at)
        .text(")")
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.subject.clone(), row)).collect())
}

/// For each subject its membership of a body that had begun last at that moment, whether or not it still holds.
pub fn latest_in(
    conn: &mut Conn,
    subjects: &[&str],
    body: Id,
    at: Ts,
) -> Result<HashMap<String, Membership>, Problem> {
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Membership> = Sql::new(SELECT)
        .text("m.body = ")
        .bind(body)
        .text(" AND m.subject IN (")
        .bind_all(subjects.iter().copied())
        .text(") AND m.valid_from = (SELECT max(l.valid_from) FROM membership l WHERE l.subject = m.subject AND l.body = m.body AND l.valid_from <= ")
        .bind(at)
        .text(")")
        .one_off()
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.subject.clone(), row)).collect())
}

/// The kind of subject that holds a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A machine client. It never publishes, approves or administers.
    Machine,
    /// A person, or a client of the demo that stands for one.
    Person,
}

/// A membership to create.
#[derive(Clone, Copy, Debug)]
pub struct NewMembership<'a> {
    pub subject: &'a str,
    pub holder: Holder,
    /// The policing body.
    pub body: Id,
    pub organisation: Id,
    pub roles: &'a [Role],
    pub valid_from: Ts,
    /// `None` for a membership without an end.
    pub valid_to: Option<Ts>,
    pub created_by: &'a str,
}

/// Adds a fault for each role that such a holder cannot have; `pointer` is where the roles are in the request.
pub fn check_roles(roles: &[Role], holder: Holder, pointer: &str, faults: &mut Vec<Fault>) {
    if roles.is_empty() {
        faults.push(Fault::pointer(pointer, "required", "Give at least one role."));
    }
    for (n, role) in roles.iter().enumerate() {
        let at = format!("{pointer}/{n}");
        if !role.needs_membership() {
            let why = format!("`{}` is not a member's role.", role.name());
            faults.push(Fault::pointer(at, "role", why));
        } else if holder == Holder::Machine && role.needs_person() {
            let why = format!("`{}` is a person's role; a machine client never holds it.", role.name());
            faults.push(Fault::pointer(at, "role", why));
        } else if roles[..n].contains(role) {
            faults.push(Fault::pointer(at, "repeated", format!("`{}` is named twice.", role.name())));
        }
    }
}

/// Adds a fault for each role that members of an organisation of that kind cannot have.
pub fn check_kind(kind: &str, roles: &[Role], pointer: &str, faults: &mut Vec<Fault>) {
    for (n, role) in roles.iter().enumerate() {
        if let Some(why) = role.unfit_for(kind) {
            faults.push(Fault::pointer(format!("{pointer}/{n}"), "role", why));
        }
    }
}

#[derive(QueryableByName)]
struct OfKind {
    #[diesel(sql_type = st::Text)]
    kind: String,
}

/// The kind of an organisation, as it is on record now.
pub fn organisation_kind(conn: &mut Conn, organisation: Id) -> Result<Option<String>, Problem> {
    let found: Option<OfKind> = Sql::new(
        "SELECT o.organisation_kind AS kind FROM organisation o WHERE o.listed AND o.is_head AND o.record = ",
    )
    .bind(organisation)
    .get_result(conn)
    .optional()?;
    Ok(found.map(|found| found.kind))
}

/// A membership with roles that its organisation's kind does not allow: older than that rule, or than a change of the
/// kind.
#[derive(Clone, Debug)]
pub struct Unfit {
    pub membership: Membership,
    /// Why, for each such role.
    pub why: Vec<String>,
}

/// The memberships that hold now or later, of people and clients that are not revoked, with roles that their organisation's
/// kind does not allow.
pub fn unfit(conn: &mut Conn, at: Ts) -> Result<Vec<Unfit>, Problem> {
    #[derive(QueryableByName)]
    struct WithKind {
        #[diesel(embed)]
        membership: Membership,
        #[diesel(sql_type = st::Text)]
        organisation_kind: String,
    }
    let rows: Vec<WithKind> = Sql::new(
        "SELECT m.id, m.subject, m.body, b.reference AS body_reference, m.organisation,
         o.reference AS organisation_reference, m.roles, m.valid_from, m.valid_to, m.created_at, m.created_by,
         k.organisation_kind
         FROM membership m JOIN record b ON b.id = m.body JOIN record o ON o.id = m.organisation
         JOIN organisation k ON k.record = m.organisation AND k.listed AND k.is_head
         WHERE (m.valid_to IS NULL OR m.valid_to > ",
    )
    .bind(at)
    .text(
        ") AND NOT EXISTS (SELECT 1 FROM person p WHERE p.id = m.subject AND p.revoked_at IS NOT NULL)
         AND NOT EXISTS (SELECT 1 FROM client c WHERE c.id = m.subject AND c.revoked_at IS NOT NULL)
         ORDER BY m.body, m.valid_from, m.id",
    )
    .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let roles = row.membership.roles();
            let why = roles.iter().filter_map(|role| role.unfit_for(&row.organisation_kind)).collect();
            Unfit { membership: row.membership, why }
        })
        .filter(|one| !one.why.is_empty())
        .collect())
}

/// Creates a membership; returns its id. 422 for roles that its holder or a member of its organisation cannot have, 409 if it overlaps with another.
pub fn create(conn: &mut Conn, clock: &Clock, new: &NewMembership<'_>) -> Result<Id, Problem> {
    let mut faults = vec![];
    check_roles(new.roles, new.holder, "/roles", &mut faults);
    if let Some(kind) = organisation_kind(conn, new.organisation)? {
        check_kind(&kind, new.roles, "/roles", &mut faults);
    }
    if new.valid_to.is_some_and(|end| end <= new.valid_from) {
        faults.push(Fault::pointer("/valid_to", "range", "A membership must end after it begins."));
    }
    if !faults.is_empty() {
        return Err(Problem::unprocessable(faults));
    }
    lock(conn, new.subject)?;
    if overlaps(conn, new)? {
        return Err(Problem::conflict(
            "The subject has another membership at that time; end it before this one begins.",
        ));
    }
    let id = clock.new_id();
    let roles: Vec<_> = new.roles.iter().map(|role| role.name()).collect();
    diesel::insert_into(membership::table)
        .values((
            membership::id.eq(id),
            membership::subject.eq(new.subject),
            membership::body.eq(new.body),
            membership::organisation.eq(new.organisation),
            membership::roles.eq(roles.join(" ")),
            membership::valid_from.eq(new.valid_from),
            membership::valid_to.eq(new.valid_to),
            membership::created_at.eq(clock.now()),
            membership::created_by.eq(new.created_by),
        ))
        .execute(conn)?;
    Ok(id)
}

/// Admits one writer at a time to a subject's memberships. SQLite has one writer for everything.
fn lock(conn: &mut Conn, subject: &str) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("SELECT pg_advisory_xact_lock(hashtextextended('membership ' || ")
            .bind(subject)
            .text(", 0))")
            .execute(conn)?;
    }
    Ok(())
}

fn overlaps(conn: &mut Conn, new: &NewMembership<'_>) -> Result<bool, Problem> {
    let later =
        membership::table.filter(membership::subject.eq(new.subject)).filter(ends_after(new.valid_from));
    let overlaps = match new.valid_to {
        Some(end) => diesel::select(exists(later.filter(membership::valid_from.lt(end)))).get_result(conn),
        None => diesel::select(exists(later)).get_result(conn),
    };
    Ok(overlaps?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn ends_after(at: Ts) -> _ {
    membership::valid_to.is_null().or(membership::valid_to.gt(at))
}

/// Ends a membership at that moment; one that begins later is deleted, since it never held. False if there is none of
/// that id, or it ends by then already.
pub fn end(conn: &mut Conn, id: Id, at: Ts) -> Result<bool, Problem> {
    let one = membership::table.find(id);
    if diesel::delete(one.filter(membership::valid_from.ge(at))).execute(conn)? == 1 {
        return Ok(true);
    }
    let ended = diesel::update(one.filter(ends_after(at))).set(membership::valid_to.eq(at)).execute(conn)?;
    Ok(ended == 1)
}
