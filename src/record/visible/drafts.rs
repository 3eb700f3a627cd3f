//! Whose every draft an actor reads: those of the whole body, or those of which the actor's organisation is the owner.

use super::{Group, Visibility};
use crate::access::Reach;
use crate::record::row::Row;
use crate::store::Sql;

impl Visibility {
    /// Whether the actor reads every draft of a record: all of the body's, or as its owner.
    pub fn reads_drafts_of(&self, row: &Row) -> bool {
        let Some(group) = self.group(&row.kind).filter(|_| self.body.is_some() && row.body == self.body)
        else {
            return false;
        };
        let owns = || {
            let organisation = self.organisation.as_ref().map(|organisation| &organisation.reference);
            organisation.is_some() && row.owner_reference.as_ref() == organisation
        };
        group.reach.contains(&Reach::All) || (group.paths.by_owner && owns())
    }

    /// The condition on a record of the actor's body under which the actor reads every draft of it: the kind is read from
    /// the row of one alias, the owner from the row of `record` of the other. Such an office also sees what was withdrawn
    /// before it was public.
    pub fn drafts(&self, alias: &'static str, record: &'static str) -> Sql {
        self.grouped(alias, |group| self.drafts_of_group(group, record))
    }

    /// The condition that a record of one kind is a draft that the actor sees.
    pub fn drafts_of(&self, kind: &str, record: &'static str) -> Sql {
        let none = || Sql::new("1 = 0");
        let Some(body) = self.body else { return none() };
        let group = self.group(kind).map(|group| self.drafts_of_group(group, record));
        Sql::new("(")
            .text(record)
            .text(".body = ")
            .bind(body)
            .text(" AND ")
            .append(group.unwrap_or_else(none))
            .text(")")
    }

    fn drafts_of_group(&self, group: &Group, record: &'static str) -> Sql {
        match &self.organisation {
            _ if group.reach.contains(&Reach::All) => Sql::new("1 = 1"),
            Some(organisation) if group.paths.by_owner => {
                Sql::new(record).text(".owner = ").bind(organisation.id)
            }
            _ => Sql::new("1 = 0"),
        }
    }
}
