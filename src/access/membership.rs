//! What a person or a client belongs to, from a moment to a moment. It alone gives roles: no request's words do.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::actor::Named;
use super::role::Role;
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Count, Sql, Val};

/// A membership as it is stored.
#[derive(Clone, Debug, QueryableByName)]
pub struct Membership {
    /// Its id.
    #[diesel(sql_type = Uid)]
    pub id: Id,
    /// The person or client.
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
    /// Since when it holds.
    #[diesel(sql_type = Tstz)]
    pub valid_from: Ts,
    /// Until when, if an end is set.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub valid_to: Option<Ts>,
    /// When it was made.
    #[diesel(sql_type = Tstz)]
    pub created_at: Ts,
    /// By whom.
    #[diesel(sql_type = st::Text)]
    pub created_by: String,
}

const SELECT: &str = "SELECT m.id, m.subject, m.body, b.reference AS body_reference, m.organisation,
    o.reference AS organisation_reference, m.roles, m.valid_from, m.valid_to, m.created_at, m.created_by
    FROM membership m JOIN record b ON b.id = m.body JOIN record o ON o.id = m.organisation WHERE ";

/// That it holds at a moment.
fn holds(now: Ts) -> Sql {
    Sql::new("m.valid_from <= ")
        .bind(now)
        .text(" AND (m.valid_to IS NULL OR m.valid_to > ")
        .bind(now)
        .text(")")
}

/// Which memberships a list has.
#[derive(Default)]
pub struct Wanted<'a> {
    /// Only this subject's.
    pub subject: Option<&'a str>,
    /// Only those in this organisation.
    pub organisation: Option<Id>,
    /// Only those that hold now (or, if false, only those that do not).
    pub current: Option<bool>,
}

impl Membership {
    /// The roles.
    pub fn roles(&self) -> Vec<Role> {
        self.roles.split(' ').filter_map(Role::parse).collect()
    }

    /// Its body.
    pub fn body(&self) -> Named {
        Named { id: self.body, reference: self.body_reference.clone() }
    }

    /// Its organisation.
    pub fn organisation(&self) -> Named {
        Named { id: self.organisation, reference: self.organisation_reference.clone() }
    }

    /// True if it holds at this moment.
    pub fn holds(&self, now: Ts) -> bool {
        self.valid_from <= now && self.valid_to.is_none_or(|end| end > now)
    }
}

/// The membership of that subject that holds now. There is at most one.
pub fn of(conn: &mut Conn, subject: &str, now: Ts) -> Result<Option<Membership>, Problem> {
    let sql = Sql::new(SELECT).text("m.subject = ").bind(subject).text(" AND ").append(holds(now));
    Ok(sql.get_result(conn).optional()?)
}

/// Those that hold now of these subjects.
pub fn of_all(conn: &mut Conn, subjects: &[&str], now: Ts) -> Result<Vec<Membership>, Problem> {
    if subjects.is_empty() {
        return Ok(vec![]);
    }
    let sql = Sql::new(SELECT).text("m.subject IN (").bind_all(subjects.iter().copied());
    Ok(sql.text(") AND ").append(holds(now)).one_off().load(conn)?)
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
    Ok(Sql::new(SELECT).text("m.id = ").bind(id).get_result(conn).optional()?)
}

/// A page of a body's memberships, by when they begin, behind this one.
pub fn page(
    conn: &mut Conn,
    body: Id,
    wanted: &Wanted<'_>,
    after: Option<(Ts, Id)>,
    limit: i64,
    now: Ts,
) -> Result<Vec<Membership>, Problem> {
    let mut sql = Sql::new(SELECT).text("m.body = ").bind(body);
    if let Some(subject) = wanted.subject {
        sql = sql.text(" AND m.subject = ").bind(subject);
    }
    if let Some(organisation) = wanted.organisation {
        sql = sql.text(" AND m.organisation = ").bind(organisation);
    }
    match wanted.current {
        Some(true) => sql = sql.text(" AND ").append(holds(now)),
        Some(false) => sql = sql.text(" AND NOT (").append(holds(now)).text(")"),
        None => {}
    }
    if let Some((from, id)) = after {
        sql = sql.text(" AND (m.valid_from, m.id) > (").bind(from).text(", ").bind(id).text(")");
    }
    Ok(sql.text(" ORDER BY m.valid_from, m.id LIMIT ").bind(limit).one_off().load(conn)?)
}

/// What a new membership is to be.
pub struct NewMembership<'a> {
    /// The person or client.
    pub subject: &'a str,
    /// The policing body.
    pub body: Id,
    /// The organisation.
    pub organisation: Id,
    /// The roles.
    pub roles: &'a [Role],
    /// Since when.
    pub valid_from: Ts,
    /// Until when, if an end is set.
    pub valid_to: Option<Ts>,
    /// Who makes it.
    pub created_by: &'a str,
}

/// Makes a membership; 409 where another of the same subject holds at any moment of its time. The caller holds the
/// subject's row, so that no two are made at once.
pub fn create(conn: &mut Conn, clock: &Clock, new: &NewMembership<'_>) -> Result<Id, Problem> {
    let mut sql = Sql::new(SELECT)
        .text("m.subject = ")
        .bind(new.subject)
        .text(" AND (m.valid_to IS NULL OR m.valid_to > ")
        .bind(new.valid_from)
        .text(")");
    if let Some(end) = new.valid_to {
        sql = sql.text(" AND m.valid_from < ").bind(end);
    }
    let other: Option<Membership> = sql.text(" ORDER BY m.valid_from LIMIT 1").get_result(conn).optional()?;
    if let Some(other) = other {
        let until = other.valid_to.map_or("without an end".to_owned(), |end| format!("until {end}"));
        return Err(Problem::conflict(format!(
            "{} has a membership from {} {until} ({}); end that one first, or let this one begin then.",
            new.subject, other.valid_from, other.id,
        )));
    }
    let id = clock.new_id();
    let roles: Vec<_> = new.roles.iter().map(|role| role.name()).collect();
    Sql::new("INSERT INTO membership (id, subject, body, organisation, roles, valid_from, valid_to, created_at, created_by) VALUES (")
        .bind_all([
            id.into(),
            new.subject.into(),
            new.body.into(),
            new.organisation.into(),
            roles.join(" ").into(),
            Val::Ts(new.valid_from),
            new.valid_to.into(),
            Val::Ts(clock.now()),
            new.created_by.into(),
        ])
        .text(")")
        .execute(conn)?;
    Ok(id)
}

/// Ends a membership at that moment. False where it has ended by then.
pub fn end(conn: &mut Conn, id: Id, at: Ts) -> Result<bool, Problem> {
    let n = Sql::new("UPDATE membership SET valid_to = ")
        .bind(at)
        .text(" WHERE id = ")
        .bind(id)
        .text(" AND (valid_to IS NULL OR valid_to > ")
        .bind(at)
        .text(")")
        .execute(conn)?;
    Ok(n == 1)
}
