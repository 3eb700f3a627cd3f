//! Who people and clients are, for the readers of what they did: label, roles, organisation. Looked up when it is read:
//! records and the audit trail hold ids only, so that a name can be corrected or removed.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;
use serde_json::Value;

use super::membership;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::{Conn, Sql};

/// A person or a client that did something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Who {
    /// The id of the person or client; null for readers who do not learn who it was.
    #[schema(max_length = 128)]
    pub id: Option<String>,
    /// What people call them; only for the office and its auditors.
    #[schema(max_length = 200)]
    pub label: Option<String>,
    /// Their roles.
    #[schema(max_items = 20)]
    pub roles: Vec<String>,
    /// The organisation that they acted for, by reference.
    #[schema(max_length = 64)]
    pub organisation: Option<String>,
}

impl Who {
    /// Who it was, without a name: for readers who learn only for whom somebody acted.
    pub fn unnamed(self) -> Who {
        Who { id: None, label: None, ..self }
    }

    /// Takes roles and organisation from the details of an entry of the audit trail, which say what held at that time.
    pub fn as_of(self, detail: &Value) -> Who {
        let texts = |value: &Value| -> Option<Vec<String>> {
            Some(value.as_array()?.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect())
        };
        Who {
            roles: texts(&detail["roles"]).unwrap_or(self.roles),
            organisation: detail["organisation"].as_str().map(str::to_owned).or(self.organisation),
            ..self
        }
    }
}

#[derive(QueryableByName)]
struct Labelled {
    #[diesel(sql_type = st::Text)]
    id: String,
    #[diesel(sql_type = st::Text)]
    label: String,
    #[diesel(sql_type = st::Bool)]
    of_body: bool,
}

/// The people and clients of these ids that belong to a body or have belonged to it, with the roles that they hold or held
/// last at that moment. People of an OpenID provider have the roles of their latest entry in the audit trail. What is of
/// another body is not named.
pub fn of(conn: &mut Conn, ids: &BTreeSet<&str>, body: Id, at: Ts) -> Result<HashMap<String, Who>, Problem> {
    let ids: Vec<&str> = ids.iter().copied().collect();
    let mut all = HashMap::new();
    for ids in ids.chunks(500) {
        let memberships = membership::latest_in(conn, ids, body, at)?;
        let labelled: Vec<Labelled> = Sql::new("SELECT p.id, p.label, (p.body IS NOT NULL AND p.body = ")
            .bind(body)
            .text(") AS of_body FROM person p WHERE p.id IN (")
            .bind_all(ids.iter().copied())
            .text(") UNION ALL SELECT c.id, c.label, ")
            .bind(false)
            .text(" AS of_body FROM client c WHERE c.id IN (")
            .bind_all(ids.iter().copied())
            .text(")")
            .one_off()
            .load(conn)?;
        for Labelled { id, label, of_body } in labelled {
            let who = match memberships.get(&id) {
                Some(one) => Who {
                    roles: one.roles().iter().map(|role| role.name().to_owned()).collect(),
                    organisation: Some(one.organisation_reference.clone()),
                    ..Who::default()
                },
                None if of_body => Who::default().as_of(&latest_detail(conn, &id, body)?),
                None => continue,
            };
            all.insert(id.clone(), Who { id: Some(id), label: Some(label), ..who });
        }
    }
    Ok(all)
}

/// The details of somebody's latest entry in the trail of a body; null if there is none.
fn latest_detail(conn: &mut Conn, id: &str, body: Id) -> Result<Value, Problem> {
    #[derive(QueryableByName)]
    struct Detail {
        #[diesel(sql_type = st::Text)]
        detail: String,
    }
    let latest: Option<Detail> =
        Sql::new("SELECT a.detail FROM audit a WHERE a.seq IS NOT NULL AND a.body IS NOT NULL AND a.body = ")
            .bind(body)
            .text(" AND a.actor = ")
            .bind(id)
            .text(" AND a.detail IS NOT NULL ORDER BY a.at DESC, a.seq DESC LIMIT 1")
            .get_result(conn)
            .optional()?;
    Ok(latest.and_then(|row| serde_json::from_str(&row.detail).ok()).unwrap_or_default())
}
