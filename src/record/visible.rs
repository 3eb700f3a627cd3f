//! The one visibility filter.
//!
//! Every list, item, count, include, link, history, change and ETag passes through a [`Sight`]; nothing else
//! decides what a caller sees. It knows the caller's reach of every kind, so that a walk from one kind to
//! another shows of each only what its own rule shows. A record shows one of its versions: to those who reach its working
//! version that one (the head), to everyone else the one that is public at the moment asked for.

use super::kind::KindDef;
use super::read::Row;
use crate::access::{Action, Actor, Reach, Rule};
use crate::clock::{Id, Ts};
use crate::store::Sql;

/// What an actor sees of every kind, at a moment.
#[derive(Clone, Debug)]
pub struct Sight {
    groups: Vec<Group>,
    body: Option<Id>,
    organisation: Option<Id>,
    moment: Ts,
}

/// Kinds of which the actor has the same reach.
#[derive(Clone, Debug)]
struct Group {
    /// Their names; none for all that there are.
    kinds: Vec<&'static str>,
    reach: Vec<Reach>,
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
    /// What the actor reads now: of each kind what that kind's own rule says.
    pub fn new(actor: &Actor, kinds: &[&'static KindDef], now: Ts) -> Sight {
        let mut groups: Vec<Group> = vec![];
        for kind in kinds {
            let reach = actor.reach(kind.rule(Action::Read).unwrap_or(&[]));
            // What has no body has no working version that is hidden: it goes with whoever sees what is public.
            let same = groups.iter_mut().find(|group| {
                group.reach == reach
                    || (!kind.def.workflow
                        && reach == [Reach::Published]
                        && group.reach.contains(&Reach::Published))
            });
            match same {
                Some(group) => group.kinds.push(kind.def.name),
                None => groups.push(Group { kinds: vec![kind.def.name], reach }),
            }
        }
        if let [only] = groups.as_mut_slice() {
            only.kinds.clear();
        }
        Sight { groups, ..Sight::of(actor, now) }
    }

    /// What the actor may do something with, under the rule of that.
    pub fn under(actor: &Actor, rule: Rule, now: Ts) -> Sight {
        let reach = actor.reach(rule);
        Sight { groups: vec![Group { kinds: vec![], reach }], ..Sight::of(actor, now) }
    }

    fn of(actor: &Actor, now: Ts) -> Sight {
        Sight {
            groups: vec![],
            body: actor.body.as_ref().map(|body| body.id),
            organisation: actor.organisation.as_ref().map(|organisation| organisation.id),
            moment: now,
        }
    }

    /// What was public at a moment: the same for everyone.
    pub fn as_of(moment: Ts) -> Sight {
        let all = Group { kinds: vec![], reach: vec![Reach::Published] };
        Sight { groups: vec![all], body: None, organisation: None, moment }
    }

    /// The same moment as the public sees it: for what is told to everyone alike.
    pub fn public(&self) -> Sight {
        Sight::as_of(self.moment)
    }

    /// The moment looked at.
    pub fn moment(&self) -> Ts {
        self.moment
    }

    fn reach(&self, kind: &str) -> &[Reach] {
        let group = self.groups.iter().find(|group| group.kinds.is_empty() || group.kinds.contains(&kind));
        group.map_or(&[], |group| &group.reach)
    }

    /// The body whose every record of a kind is reached: its office also sees what was withdrawn before it was
    /// public.
    pub fn office_body(&self, kind: &str) -> Option<Id> {
        self.body.filter(|_| self.reach(kind).contains(&Reach::All))
    }

    /// The condition on a row of `record_version` of any kind, by its alias.
    pub fn filter(&self, alias: &'static str) -> Sql {
        self.by_kind(alias, |reach| self.condition(alias, reach))
    }

    /// The condition on a row of one kind: in `record_version` or in the kind's own table, by its alias.
    pub fn filter_of(&self, kind: &str, alias: &'static str) -> Sql {
        self.condition(alias, self.reach(kind))
    }

    /// The condition on a row with a `kind`, put together from that of each reach.
    pub fn by_kind(&self, alias: &'static str, condition: impl Fn(&[Reach]) -> Sql) -> Sql {
        if let [only] = self.groups.as_slice() {
            return condition(&only.reach);
        }
        let mut all = Sql::new("(");
        for (n, group) in self.groups.iter().enumerate() {
            all = all
                .text(if n == 0 { "(" } else { " OR (" })
                .text(alias)
                .text(".kind IN (")
                .bind_all(group.kinds.iter().copied())
                .text(") AND ")
                .append(condition(&group.reach))
                .text(")");
        }
        all.text(")")
    }

    fn condition(&self, alias: &'static str, reach: &[Reach]) -> Sql {
        let published = reach.contains(&Reach::Published);
        let heads = self.heads(alias, reach);
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
    fn heads(&self, alias: &'static str, reach: &[Reach]) -> Option<Sql> {
        let body = self.body?;
        let mut any: Option<Sql> = None;
        for reach in reach {
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
        let reach = self.reach(&row.kind);
        let office = reach.iter().any(|reach| *reach != Reach::Assigned && reaches(reach));
        let partner = reach.iter().any(reaches);
        if row.is_head && office {
            Some(Audience::Office)
        } else if row.is_head && partner {
            Some(Audience::Partner)
        } else if reach.contains(&Reach::Published)
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
