//! Machine clients: their accounts, and as whom they act.

use diesel::prelude::*;

use super::actor::Actor;
use super::membership::{self, Holder, Membership, NewMembership};
use super::role::Role;
use super::secret::NewSecret;
use crate::clock::{Clock, Id, Ts};
use crate::hex::hex;
use crate::problem::Problem;
use crate::store::tables::client;
use crate::store::{Conn, Sql};

#[derive(Clone, Debug, Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = client)]
struct Row {
    id: String,
    label: String,
    stands_for_person: bool,
    created_at: Ts,
    created_by: String,
    revoked_at: Option<Ts>,
}

/// A client, with its membership.
#[derive(Clone, Debug)]
pub struct Client {
    /// The public name, chosen by us.
    pub id: String,
    /// What the client is for, in words.
    pub label: String,
    /// Set for the demo's clients that publish, approve and administer.
    pub stands_for_person: bool,
    pub created_at: Ts,
    pub created_by: String,
    pub revoked_at: Option<Ts>,
    /// The membership that had begun last at the requested moment, whether or not it still holds.
    pub membership: Option<Membership>,
}

impl Client {
    /// The client of that id, revoked or not, as it is at that moment.
    pub fn find(conn: &mut Conn, id: &str, at: Ts) -> Result<Option<Client>, Problem> {
        let rows = client::table.find(id).select(Row::as_select()).load(conn)?;
        Ok(with_memberships(conn, rows, at)?.pop())
    }

    /// All clients, the oldest first.
    pub fn all(conn: &mut Conn, at: Ts) -> Result<Vec<Client>, Problem> {
        let rows =
            client::table.order((client::created_at, client::id)).select(Row::as_select()).load(conn)?;
        with_memberships(conn, rows, at)
    }

    /// A page of the clients that a body's administrators manage, the oldest first, after the given one.
    pub fn page(
        conn: &mut Conn,
        body: Id,
        after: Option<(Ts, String)>,
        limit: i64,
        at: Ts,
    ) -> Result<Vec<Client>, Problem> {
        let mut sql = managed_by(body);
        if let Some((created, id)) = after {
            sql = sql.text(" AND (c.created_at, c.id) > (").bind(created).text(", ").bind(id).text(")");
        }
        let rows = sql.text(" ORDER BY c.created_at, c.id LIMIT ").bind(limit).load(conn)?;
        with_memberships(conn, rows, at)
    }

    /// The client of that id, if that body's administrators manage it.
    pub fn of_body(conn: &mut Conn, id: &str, body: Id, at: Ts) -> Result<Option<Client>, Problem> {
        let rows = managed_by(body).text(" AND c.id = ").bind(id).load(conn)?;
        Ok(with_memberships(conn, rows, at)?.pop())
    }

    /// The roles of the client's membership, whether or not it still holds.
    pub fn roles(&self) -> Vec<Role> {
        self.membership.as_ref().map(Membership::roles).unwrap_or_default()
    }

    /// As whom the client acts at that moment; `None` once it is revoked, and while it has no membership.
    pub fn actor(&self, at: Ts) -> Option<Actor> {
        if self.revoked_at.is_some() {
            return None;
        }
        let membership = self.membership.as_ref().filter(|membership| membership.holds(at))?;
        Some(Actor {
            subject: Some(self.id.clone()),
            roles: membership.roles(),
            body: Some(membership.body()),
            organisation: Some(membership.organisation()),
            stands_for_person: self.stands_for_person,
        })
    }
}

fn with_memberships(conn: &mut Conn, rows: Vec<Row>, at: Ts) -> Result<Vec<Client>, Problem> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let mut memberships = membership::latest(conn, &ids, at)?;
    let client = |row: Row| Client {
        membership: memberships.remove(&row.id),
        id: row.id,
        label: row.label,
        stands_for_person: row.stands_for_person,
        created_at: row.created_at,
        created_by: row.created_by,
        revoked_at: row.revoked_at,
    };
    Ok(rows.into_iter().map(client).collect())
}

/// Selects the clients whose latest membership, begun or not, is of that body.
fn managed_by(body: Id) -> Sql {
    Sql::new(
        "SELECT c.id, c.label, c.stands_for_person, c.created_at, c.created_by, c.revoked_at FROM client c
         WHERE EXISTS (SELECT 1 FROM membership m WHERE m.subject = c.id AND m.body = ",
    )
    .bind(body)
    .text(" AND m.valid_from = (SELECT max(l.valid_from) FROM membership l WHERE l.subject = c.id))")
}

/// A client to create.
pub struct NewClient<'a> {
    pub label: &'a str,
    /// The policing body.
    pub body: Id,
    pub organisation: Id,
    pub roles: &'a [Role],
    /// Only `demo` sets this.
    pub stands_for_person: bool,
    pub created_by: &'a str,
}

/// Creates a client with that secret, and with a membership that begins now; returns the client's id.
pub fn create(
    conn: &mut Conn,
    clock: &Clock,
    new: &NewClient<'_>,
    secret: &NewSecret,
) -> Result<String, Problem> {
    let id = format!("client-{}", hex(&clock.random::<8>()));
    let now = clock.now();
    let row = Row {
        id: id.clone(),
        label: new.label.to_owned(),
        stands_for_person: new.stands_for_person,
        created_at: now,
        created_by: new.created_by.to_owned(),
        revoked_at: None,
    };
    diesel::insert_into(client::table).values(&row).execute(conn)?;
    secret.store(conn, &id, now)?;
    let membership = NewMembership {
        subject: &id,
        holder: if new.stands_for_person { Holder::Person } else { Holder::Machine },
        body: new.body,
        organisation: new.organisation,
        roles: new.roles,
        valid_from: now,
        valid_to: None,
        created_by: new.created_by,
    };
    membership::create(conn, clock, &membership)?;
    Ok(id)
}

/// Revokes a client. False if there is none of that id, or it is revoked already.
pub fn revoke(conn: &mut Conn, id: &str, now: Ts) -> Result<bool, Problem> {
    let revoked = diesel::update(client::table.find(id).filter(client::revoked_at.is_null()))
        .set(client::revoked_at.eq(now))
        .execute(conn)?;
    Ok(revoked == 1)
}

/// How many clients that stand for a person are not revoked: `serve` refuses a database with one.
pub fn standing_for_persons(conn: &mut Conn) -> Result<i64, Problem> {
    let clients = client::table.filter(client::stands_for_person).filter(client::revoked_at.is_null());
    Ok(clients.count().get_result(conn)?)
}
