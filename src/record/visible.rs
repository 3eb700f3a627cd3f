//! The one visibility filter.
//!
//! Every list, item, count, include, link, history, change and ETag passes through [`Sight::filter`]; nothing
//! else decides what a caller sees. A record shows one of its versions: to those who reach its working
//! version that one (the head), to everyone else the one that is public at the moment asked for.

use super::read::Row;
use crate::access::{Actor, Reach, Rule};
use crate::clock::{Id, Ts};
use crate::store::Sql;

/// What an actor sees under a rule, at a moment.
#[derive(Clone, Debug)]
pub struct Sight {
    reach: Vec<Reach>,
    body: Option<Id>,
    organisation: Option<Id>,
    moment: Ts,
}

/// As whom a row is shown: which type of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The published version, to anyone.
    Public,
    /// The working version, to the organisation that it is assigned to.
    Partner,
    /// The working version, to the office and its auditors.
    Office,
}

impl Sight {
    /// What the actor sees now.
    pub fn new(actor: &Actor, rule: Rule, now: Ts) -> Sight {
        Sight {
            reach: actor.reach(rule),
            body: actor.body.as_ref().map(|body| body.id),
            organisation: actor.organisation.as_ref().map(|organisation| organisation.id),
            moment: now,
        }
    }

    /// What was public at a moment: the same for everyone.
    pub fn as_of(moment: Ts) -> Sight {
        Sight { reach: vec![Reach::Published], body: None, organisation: None, moment }
    }

    /// The moment looked at.
    pub fn moment(&self) -> Ts {
        self.moment
    }

    /// The body whose every record is reached: its office also sees what was withdrawn before it was public.
    pub fn office_body(&self) -> Option<Id> {
        self.body.filter(|_| self.reach.contains(&Reach::All))
    }

    /// The condition on a row of `record_version` or of a kind's table, by its alias.
    pub fn filter(&self, alias: &'static str) -> Sql {
        let published = self.reach.contains(&Reach::Published);
        let heads = self.heads(alias);
        // Both are null or neither is, and saying so keeps PostgreSQL from taking them for independent: it would
        // expect a tenth of the rows that there are, and sort them all rather than walk an index for a page.
        let public = || {
            Sql::new(alias)
                .text(".public_from <= ")
                .bind(self.moment)
                .text(" AND (")
                .text(alias)
                .text(".public_to IS NULL OR ")
                .text(alias)
                .text(".public_to > ")
                .bind(self.moment)
                .text(")")
        };
        let listed = Sql::new(alias).text(".listed AND ");
        match (heads, published) {
            (None, true) => listed.append(public()),
            (None, false) => listed.text("1 = 0"),
            (Some(heads), true) => listed
                .text("((")
                .append(heads.clone())
                .text(" AND ")
                .text(alias)
                .text(".is_head) OR (NOT ")
                .append(heads)
                .text(" AND ")
                .append(public())
                .text("))"),
            (Some(heads), false) => listed.append(heads).text(" AND ").text(alias).text(".is_head"),
        }
    }

    /// The condition on a record under which its working version is seen. Never null: shared records have
    /// no body.
    fn heads(&self, alias: &'static str) -> Option<Sql> {
        let body = self.body?;
        let mut any: Option<Sql> = None;
        for reach in &self.reach {
            let mut one = match reach {
                Reach::Published => continue,
                _ => Sql::new("(")
                    .text(alias)
                    .text(".body IS NOT NULL AND ")
                    .text(alias)
                    .text(".body = ")
                    .bind(body),
            };
            match reach {
                Reach::Submitted => {
                    // What is scheduled ceases to be "not yet public" at its moment, whether or not the
                    // clock's job has told of it.
                    one = one
                        .text(" AND (")
                        .text(alias)
                        .text(".head_state IN ('submitted', 'panel_shared') OR (")
                        .text(alias)
                        .text(".head_state = 'scheduled' AND NOT (")
                        .text(alias)
                        .text(".is_head AND ")
                        .text(alias)
                        .text(".public_from <= ")
                        .bind(self.moment)
                        .text(")))");
                }
                Reach::Assigned => {
                    let Some(organisation) = self.organisation else {
                        continue;
                    };
                    one = one
                        .text(" AND ")
                        .text(alias)
                        .text(".assigned IS NOT NULL AND ")
                        .text(alias)
                        .text(".assigned = ")
                        .bind(organisation);
                }
                Reach::All | Reach::Published => {}
            }
            one.push(")");
            any = Some(match any {
                None => Sql::new("(").append(one),
                Some(any) => any.text(" OR ").append(one),
            });
        }
        any.map(|any| any.text(")"))
    }

    /// The same decision on a row in hand: as whom the actor sees it, `None` if it does not.
    pub fn audience(&self, row: &Row) -> Option<Audience> {
        let own_body = self.body.is_some() && row.body == self.body;
        let reaches = |reach: &Reach| match reach {
            Reach::Published => false,
            Reach::All => own_body,
            Reach::Submitted => {
                let come = row.is_head && row.public_from.is_some_and(|from| from <= self.moment);
                own_body
                    && match row.head_state.as_str() {
                        "submitted" | "panel_shared" => true,
                        "scheduled" => !come,
                        _ => false,
                    }
            }
            Reach::Assigned => own_body && self.organisation.is_some() && row.assigned == self.organisation,
        };
        let office = self.reach.iter().any(|reach| *reach != Reach::Assigned && reaches(reach));
        let partner = self.reach.iter().any(reaches);
        if row.is_head && office {
            Some(Audience::Office)
        } else if row.is_head && partner {
            Some(Audience::Partner)
        } else if self.reach.contains(&Reach::Published)
            && row.public_from.is_some_and(|from| from <= self.moment)
            && row.public_to.is_some_and(|to| to > self.moment)
        {
            Some(Audience::Public)
        } else {
            None
        }
    }

    /// Whether the actor's own reach (not the public's) covers the record of this row: what a change needs.
    pub fn covers(&self, row: &Row) -> bool {
        matches!(self.audience(row), Some(Audience::Office | Audience::Partner))
    }
}
