//! Machine clients: who they are and what they may be.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::actor::Actor;
use super::membership::{self, Holder, Membership, NewMembership};
use super::role::Role;
use super::secret::Fresh;
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::types::Tstz;
use crate::store::{Conn, Sql, Val};

#[derive(Clone, Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = st::Text)]
    id: String,
    #[diesel(sql_type = st::Text)]
    label: String,
    #[diesel(sql_type = st::Bool)]
    stands_for_person: bool,
    #[diesel(sql_type = Tstz)]
    created_at: Ts,
    #[diesel(sql_type = st::Text)]
    created_by: String,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    revoked_at: Option<Ts>,
}

/// A client, with what it belongs to.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its public name, chosen by us.
    pub id: String,
    /// What it is for, in words.
    pub label: String,
    /// The demo's clients that publish, approve and administer.
    pub stands_for_person: bool,
    /// Since when.
    pub created_at: Ts,
    /// Who made it.
    pub created_by: String,
    /// Until when.
    pub revoked_at: Option<Ts>,
    /// What it belongs to at the moment that was asked for, or belonged to last.
    pub membership: Option<Membership>,
}

const SELECT: &str =
    "SELECT c.id, c.label, c.stands_for_person, c.created_at, c.created_by, c.revoked_at FROM client c";

impl Client {
    /// The client of that id, revoked or not, as it is at that moment.
    pub fn find(conn: &mut Conn, id: &str, at: Ts) -> Result<Option<Client>, Problem> {
        Ok(Client::load(conn, Sql::new(SELECT).text(" WHERE c.id = ").bind(id), at)?.pop())
    }

    /// All clients.
    pub fn all(conn: &mut Conn, at: Ts) -> Result<Vec<Client>, Problem> {
        Client::load(conn, Sql::new(SELECT).text(" ORDER BY c.created_at, c.id"), at)
    }

    fn load(conn: &mut Conn, sql: Sql, at: Ts) -> Result<Vec<Client>, Problem> {
        let rows: Vec<Row> = sql.load(conn)?;
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

    /// A page of the clients whose administrators are those of that body, by when they were made, behind this one.
    pub fn page(
        conn: &mut Conn,
        body: Id,
        after: Option<(Ts, String)>,
        limit: i64,
        at: Ts,
    ) -> Result<Vec<Client>, Problem> {
        let mut sql = Sql::new(SELECT).text(" WHERE ").append(of_body(body));
        if let Some((created, id)) = after {
            sql = sql.text(" AND (c.created_at, c.id) > (").bind(created).text(", ").bind(id).text(")");
        }
        Client::load(conn, sql.text(" ORDER BY c.created_at, c.id LIMIT ").bind(limit), at)
    }

    /// The client of that id, if its administrators are those of that body.
    pub fn of_body(conn: &mut Conn, id: &str, body: Id, at: Ts) -> Result<Option<Client>, Problem> {
        let sql = Sql::new(SELECT).text(" WHERE c.id = ").bind(id).text(" AND ").append(of_body(body));
        Ok(Client::load(conn, sql, at)?.pop())
    }

    /// The roles that it has, or had last.
    pub fn roles(&self) -> Vec<Role> {
        self.membership.as_ref().map(Membership::roles).unwrap_or_default()
    }

    /// Who it is when it asks at that moment; `None` once it is revoked, and while it belongs to nothing.
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

/// Those whose latest membership, begun or not, is of that body.
fn of_body(body: Id) -> Sql {
    Sql::new("EXISTS (SELECT 1 FROM membership m WHERE m.subject = c.id AND m.body = ")
        .bind(body)
        .text(" AND m.valid_from = (SELECT max(l.valid_from) FROM membership l WHERE l.subject = c.id))")
}

/// What a new client is to be.
pub struct NewClient<'a> {
    /// What it is for.
    pub label: &'a str,
    /// Its policing body.
    pub body: Id,
    /// Its organisation.
    pub organisation: Id,
    /// Its roles.
    pub roles: &'a [Role],
    /// Only `demo` sets this.
    pub stands_for_person: bool,
    /// Who makes it.
    pub created_by: &'a str,
}

/// Makes a client with that secret, and its membership from now on; gives its id.
pub fn create(
    conn: &mut Conn,
    clock: &Clock,
    new: &NewClient<'_>,
    secret: &Fresh,
) -> Result<String, Problem> {
    let id = format!("client-{}", hex(&clock.random::<8>()));
    let now = clock.now();
    Sql::new("INSERT INTO client (id, label, stands_for_person, created_at, created_by) VALUES (")
        .bind_all([
            Val::Text(id.clone()),
            new.label.into(),
            new.stands_for_person.into(),
            now.into(),
            new.created_by.into(),
        ])
        .text(")")
        .execute(conn)?;
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

/// Revokes a client. False when there is none of that id that could still be revoked.
pub fn revoke(conn: &mut Conn, id: &str, now: Ts) -> Result<bool, Problem> {
    let n = Sql::new("UPDATE client SET revoked_at = ")
        .bind(now)
        .text(" WHERE id = ")
        .bind(id)
        .text(" AND revoked_at IS NULL")
        .execute(conn)?;
    Ok(n == 1)
}

/// How many clients that stand for a person are not revoked: `serve` refuses a database with one.
pub fn standing_for_persons(conn: &mut Conn) -> Result<i64, Problem> {
    let row: crate::store::Count =
        Sql::new("SELECT count(*) AS n FROM client WHERE stands_for_person AND revoked_at IS NULL")
            .get_result(conn)?;
    Ok(row.n)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
