//! What a subject belongs to: a policing body, an organisation in it, and the roles there, from a moment to a moment.
//!
//! A subject is a client or a person with a local account, by its id. At any moment at most one of its memberships
//! holds, so that nobody has the slices of two organisations at a time.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;

use super::actor::Named;
use super::role::Role;
use crate::clock::{Clock, Id, Ts};
use crate::problem::{Fault, Problem};
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Count, Sql, Val};

/// A membership as it is stored, with the names of what it belongs to.
#[derive(Clone, Debug, QueryableByName)]
pub struct Membership {
    /// Its id.
    #[diesel(sql_type = Uid)]
    pub id: Id,
    /// Whose it is.
    #[diesel(sql_type = st::Text)]
    pub subject: String,
    /// The policing body.
    #[diesel(sql_type = Uid)]
    pub body: Id,
    /// That body's reference.
    #[diesel(sql_type = st::Text)]
    pub body_reference: String,
    /// The organisation.
    #[diesel(sql_type = Uid)]
    pub organisation: Id,
    /// That organisation's reference.
    #[diesel(sql_type = st::Text)]
    pub organisation_reference: String,
    /// The roles, with spaces between.
    #[diesel(sql_type = st::Text)]
    pub roles: String,
    /// Since when.
    #[diesel(sql_type = Tstz)]
    pub valid_from: Ts,
    /// Until when; null for one without an end.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub valid_to: Option<Ts>,
    /// When it was written.
    #[diesel(sql_type = Tstz)]
    pub created_at: Ts,
    /// By whom.
    #[diesel(sql_type = st::Text)]
    pub created_by: String,
}

/// What every reading of memberships begins with; conditions follow behind ` WHERE `.
pub const SELECT: &str = "SELECT m.id, m.subject, m.body, b.reference AS body_reference, m.organisation,
    o.reference AS organisation_reference, m.roles, m.valid_from, m.valid_to, m.created_at, m.created_by
    FROM membership m JOIN record b ON b.id = m.body JOIN record o ON o.id = m.organisation";

impl Membership {
    /// The roles.
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

/// That a membership holds at a moment.
fn holds(at: Ts) -> Sql {
    Sql::new("(m.valid_from <= ")
        .bind(at)
        .text(" AND (m.valid_to IS NULL OR m.valid_to > ")
        .bind(at)
        .text("))")
}

/// Which memberships a list has.
#[derive(Default)]
pub struct Wanted<'a> {
    /// Only this subject's.
    pub subject: Option<&'a str>,
    /// Only those in this organisation.
    pub organisation: Option<Id>,
    /// Only those that hold, or only those that do not.
    pub current: Option<bool>,
}

/// A page of a body's memberships, by when they begin, behind this one.
pub fn page(
    conn: &mut Conn,
    body: Id,
    wanted: &Wanted<'_>,
    after: Option<(Ts, Id)>,
    limit: i64,
    at: Ts,
) -> Result<Vec<Membership>, Problem> {
    Ok(of_body(body, wanted, after, limit, at).load(conn)?)
}

/// The statement of that page.
pub fn of_body(body: Id, wanted: &Wanted<'_>, after: Option<(Ts, Id)>, limit: i64, at: Ts) -> Sql {
    let mut sql = Sql::new(SELECT).text(" WHERE m.body = ").bind(body);
    if let Some(subject) = wanted.subject {
        sql = sql.text(" AND m.subject = ").bind(subject);
    }
    if let Some(organisation) = wanted.organisation {
        sql = sql.text(" AND m.organisation = ").bind(organisation);
    }
    match wanted.current {
        Some(true) => sql = sql.text(" AND ").append(holds(at)),
        Some(false) => sql = sql.text(" AND NOT ").append(holds(at)),
        None => {}
    }
    if let Some((from, id)) = after {
        sql = sql.text(" AND (m.valid_from, m.id) > (").bind(from).text(", ").bind(id).text(")");
    }
    sql.text(" ORDER BY m.valid_from, m.id LIMIT ").bind(limit).one_off()
}

/// Whether that subject has, or has had, a membership of that body.
pub fn has_been(conn: &mut Conn, subject: &str, body: Id) -> Result<bool, Problem> {
    let count: Count = Sql::new("SELECT count(*) AS n FROM membership WHERE subject = ")
        .bind(subject)
        .text(" AND body = ")
        .bind(body)
        .get_result(conn)?;
    Ok(count.n > 0)
}

/// The membership of that id.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Membership>, Problem> {
    Ok(Sql::new(SELECT).text(" WHERE m.id = ").bind(id).get_result(conn).optional()?)
}

/// For each of the subjects the membership that had begun last at that moment, whether it still holds or not.
pub fn latest(conn: &mut Conn, subjects: &[String], at: Ts) -> Result<HashMap<String, Membership>, Problem> {
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Membership> = Sql::new(SELECT)
        .text(" WHERE m.subject IN (")
        .bind_all(subjects.iter().map(String::as_str))
        .text(") AND m.valid_from = (SELECT max(l.valid_from) FROM membership l WHERE l.subject = m.subject AND l.valid_from <= ")
        .bind(at)
        .text(")")
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.subject.clone(), row)).collect())
}

/// Who is to hold a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A machine client: it never decides, publishes or administers.
    Machine,
    /// A person, or the demo's client that stands for one.
    Person,
}

/// What a new membership is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewMembership<'a> {
    /// Whose it is.
    pub subject: &'a str,
    /// What holds it.
    pub holder: Holder,
    /// The policing body.
    pub body: Id,
    /// The organisation.
    pub organisation: Id,
    /// The roles.
    pub roles: &'a [Role],
    /// Since when.
    pub valid_from: Ts,
    /// Until when; `None` for one without an end.
    pub valid_to: Option<Ts>,
    /// Who makes it.
    pub created_by: &'a str,
}

/// What is wrong with a set of roles for such a holder, one fault for each at the pointer that is given.
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

/// Makes a membership; gives its id. 422 for what its holder cannot have, 409 where another holds at some of the time.
pub fn create(conn: &mut Conn, clock: &Clock, new: &NewMembership<'_>) -> Result<Id, Problem> {
    let mut faults = vec![];
    check_roles(new.roles, new.holder, "/roles", &mut faults);
    if new.valid_to.is_some_and(|end| end <= new.valid_from) {
        faults.push(Fault::pointer("/valid_to", "range", "A membership ends after it begins."));
    }
    if !faults.is_empty() {
        return Err(Problem::unprocessable(faults));
    }
    lock(conn, new.subject)?;
    if overlaps(conn, new)? {
        return Err(Problem::conflict(
            "The subject has another membership in that time; end it before this one begins.",
        ));
    }
    let id = clock.new_id();
    let roles: Vec<_> = new.roles.iter().map(|role| role.name()).collect();
    Sql::new("INSERT INTO membership (id, subject, body, organisation, roles, valid_from, valid_to, created_at, created_by) VALUES (")
        .bind_all([
            Val::Id(id),
            new.subject.into(),
            new.body.into(),
            new.organisation.into(),
            roles.join(" ").into(),
            new.valid_from.into(),
            new.valid_to.into(),
            clock.now().into(),
            new.created_by.into(),
        ])
        .text(")")
        .execute(conn)?;
    Ok(id)
}

/// One writer at a time for a subject's memberships. SQLite has one writer for everything.
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
    let mut sql = Sql::new("SELECT count(*) AS n FROM membership WHERE subject = ")
        .bind(new.subject)
        .text(" AND (valid_to IS NULL OR valid_to > ")
        .bind(new.valid_from)
        .text(")");
    if let Some(end) = new.valid_to {
        sql = sql.text(" AND valid_from < ").bind(end);
    }
    Ok(sql.get_result::<Count>(conn)?.n > 0)
}

/// Ends a membership at that moment; one that has not begun by then is taken away, as it never was. False when there is
/// none of that id, or when it ends by then anyhow.
pub fn end(conn: &mut Conn, id: Id, at: Ts) -> Result<bool, Problem> {
    let gone = Sql::new("DELETE FROM membership WHERE id = ")
        .bind(id)
        .text(" AND valid_from >= ")
        .bind(at)
        .execute(conn)?;
    if gone == 1 {
        return Ok(true);
    }
    let ended = Sql::new("UPDATE membership SET valid_to = ")
        .bind(at)
        .text(" WHERE id = ")
        .bind(id)
        .text(" AND (valid_to IS NULL OR valid_to > ")
        .bind(at)
        .text(")")
        .execute(conn)?;
    Ok(ended == 1)
}
