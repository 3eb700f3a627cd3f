//! The one visibility filter.
//!
//! Every list, item, count, include, link, history, change and ETag passes through a [`Visibility`]; nothing else
//! decides what a caller sees. It knows the caller's reach of every kind, so that a walk from one kind to
//! another shows of each only what its own rule shows. A record shows one of its versions: to those who reach its working
//! version that one (the head), to everyone else the one that is public at the moment asked for.

use super::definition::Definition;
pub use super::row::Audience;
use super::row::Row;
use super::state::{HeadState, State};
use crate::access::actor::Named;
use crate::access::{Action, Actor, Reach, Rule};
use crate::clock::{Id, Ts};
use crate::store::Sql;

/// What an actor sees of every kind, at a moment.
#[derive(Clone, Debug)]
pub struct Visibility {
    groups: Vec<Group>,
    body: Option<Id>,
    organisation: Option<Named>,
    moment: Ts,
}

/// Kinds of which the actor has the same reach.
#[derive(Clone, Debug)]
struct Group {
    /// Their names; none for all that there are.
    kinds: Vec<&'static str>,
    reach: Vec<Reach>,
    slice: Slice,
}

/// Which members of a content say whose slice a record is in, as far as a reach asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slice {
    /// Paths of references to organisations.
    own: &'static [&'static str],
    /// Paths of references to areas.
    areas: &'static [&'static str],
}

impl Slice {
    fn of(kind: &Definition, reach: &[Reach]) -> Slice {
        Slice {
            own: if reach.contains(&Reach::OwnOrganisation) { kind.own } else { &[] },
            areas: if reach.contains(&Reach::OwnArea) { kind.areas } else { &[] },
        }
    }
}

/// The states of a working version that the Panel has been shown.
const SHARED: &[State] = &[State::PanelShared];

impl Visibility {
    /// What the actor reads now: of each kind what that kind's own rule says.
    pub fn new<'k>(actor: &Actor, kinds: impl IntoIterator<Item = &'k Definition>, now: Ts) -> Visibility {
        let mut groups: Vec<Group> = vec![];
        for kind in kinds {
            let reach = actor.reach(kind.rule(Action::Read).unwrap_or(&[]));
            let slice = Slice::of(kind, &reach);
            // What has no body has no working version that is hidden: it goes with whoever sees what is public.
            let same = groups.iter_mut().find(|group| {
                (group.reach == reach && group.slice == slice)
                    || (!kind.workflow
                        && reach == [Reach::Published]
                        && group.reach.contains(&Reach::Published))
            });
            match same {
                Some(group) => group.kinds.push(kind.name),
                None => groups.push(Group { kinds: vec![kind.name], reach, slice }),
            }
        }
        if let [only] = groups.as_mut_slice() {
            only.kinds.clear();
        }
        Visibility { groups, ..Visibility::of(actor, now) }
    }

    /// The records of a kind that the actor may do something with, under the rule of that.
    pub fn under(actor: &Actor, kind: &Definition, rule: Rule, now: Ts) -> Visibility {
        let reach = actor.reach(rule);
        let slice = Slice::of(kind, &reach);
        Visibility { groups: vec![Group { kinds: vec![], reach, slice }], ..Visibility::of(actor, now) }
    }

    fn of(actor: &Actor, now: Ts) -> Visibility {
        Visibility {
            groups: vec![],
            body: actor.body.as_ref().map(|body| body.id),
            organisation: actor.organisation.clone(),
            moment: now,
        }
    }

    /// What was public at a moment: the same for everyone.
    pub fn as_of(moment: Ts) -> Visibility {
        let all = Group { kinds: vec![], reach: vec![Reach::Published], slice: Slice::default() };
        Visibility { groups: vec![all], body: None, organisation: None, moment }
    }

    /// The same moment as the public sees it: for what is told to everyone alike.
    pub fn public(&self) -> Visibility {
        Visibility::as_of(self.moment)
    }

    /// The moment looked at.
    pub fn moment(&self) -> Ts {
        self.moment
    }

    fn group(&self, kind: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.kinds.is_empty() || group.kinds.contains(&kind))
    }

    fn reach(&self, kind: &str) -> &[Reach] {
        self.group(kind).map_or(&[], |group| &group.reach)
    }

    /// The body whose every record of a kind is reached: its office also sees what was withdrawn before it was
    /// public.
    pub fn office_body(&self, kind: &str) -> Option<Id> {
        self.body.filter(|_| self.reach(kind).contains(&Reach::All))
    }

    /// The condition on a row of `record_version` of any kind, by its alias.
    pub fn filter(&self, alias: &'static str) -> Sql {
        self.grouped(alias, |group| self.condition(alias, &group.reach, group.slice))
    }

    /// The condition on a row of one kind: in `record_version` or in the kind's own table, by its alias.
    pub fn filter_of(&self, kind: &str, alias: &'static str) -> Sql {
        let slice = self.group(kind).map(|group| group.slice).unwrap_or_default();
        self.condition(alias, self.reach(kind), slice)
    }

    /// The condition on a row with a `kind`, put together from that of each reach.
    pub fn by_kind(&self, alias: &'static str, condition: impl Fn(&[Reach]) -> Sql) -> Sql {
        self.grouped(alias, |group| condition(&group.reach))
    }

    fn grouped(&self, alias: &'static str, condition: impl Fn(&Group) -> Sql) -> Sql {
        if let [only] = self.groups.as_slice() {
            return condition(only);
        }
        let mut all = Sql::new("(");
        for (n, group) in self.groups.iter().enumerate() {
            all = all
                .text(if n == 0 { "(" } else { " OR (" })
                .text(alias)
                .text(".kind IN (")
                .bind_all(group.kinds.iter().copied())
                .text(") AND ")
                .append(condition(group))
                .text(")");
        }
        all.text(")")
    }

    fn condition(&self, alias: &'static str, reach: &[Reach], slice: Slice) -> Sql {
        let published = reach.contains(&Reach::Published);
        let heads = self.heads(alias, reach, slice);
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
            // A working version that is public is seen either way. So said, no row is looked up twice to know whose it is.
            (Some(heads), true) => listed
                .text("((")
                .text(alias)
                .text(".is_head AND (")
                .append(public())
                .text(" OR ")
                .append(heads.clone())
                .text(")) OR (NOT ")
                .text(alias)
                .text(".is_head AND ")
                .append(public())
                .text(" AND NOT ")
                .append(heads)
                .text("))"),
            (Some(heads), false) => listed.append(heads).text(" AND ").text(alias).text(".is_head"),
        }
    }

    /// The condition on a record under which its working version is seen. Never null: shared records have
    /// no body.
    fn heads(&self, alias: &'static str, reach: &[Reach], slice: Slice) -> Option<Sql> {
        let body = self.body?;
        let mut any: Option<Sql> = None;
        for reach in reach {
            let more = match (reach, &self.organisation) {
                (Reach::Published, _) => continue,
                (Reach::All, _) => Sql::new(""),
                (Reach::Submitted, _) => {
                    Sql::new(" AND ").append(self.not_yet_public(alias, State::AWAITING_PUBLICATION))
                }
                (Reach::PanelShared, _) => Sql::new(" AND ").append(self.not_yet_public(alias, SHARED)),
                (Reach::Assigned | Reach::OwnOrganisation | Reach::OwnArea, None) => continue,
                (Reach::Assigned, Some(organisation)) => Sql::new(" AND ")
                    .text(alias)
                    .text(".assigned IS NOT NULL AND ")
                    .text(alias)
                    .text(".assigned = ")
                    .bind(organisation.id),
                (Reach::OwnOrganisation, Some(organisation)) => {
                    Sql::new(" AND ").append(self.own(alias, slice.own, organisation.id))
                }
                (Reach::OwnArea, Some(organisation)) => {
                    if slice.areas.is_empty() {
                        continue;
                    }
                    Sql::new(" AND ")
                        .append(self.not_yet_public(alias, SHARED))
                        .text(" AND ")
                        .append(self.of_the_area(alias, slice.areas, organisation.id))
                }
            };
            let one = Sql::new("(")
                .text(alias)
                .text(".body IS NOT NULL AND ")
                .text(alias)
                .text(".body = ")
                .bind(body)
                .append(more)
                .text(")");
            any = Some(match any {
                None => Sql::new("(").append(one),
                Some(any) => any.text(" OR ").append(one),
            });
        }
        any.map(|any| any.text(")"))
    }

    /// The condition on a record whose working version is in one of these states, or scheduled out of one. What is
    /// scheduled ceases to be "not yet public" at its moment, whether or not the clock's job has told of it.
    fn not_yet_public(&self, alias: &'static str, states: &'static [State]) -> Sql {
        let scheduled = states.iter().map(|state| HeadState::scheduled_from(*state));
        Sql::new("(")
            .text(alias)
            .text(".head_state IN (")
            .bind_all(states.iter().copied())
            .text(") OR (")
            .text(alias)
            .text(".head_state IN (")
            .bind_all(scheduled)
            .text(") AND NOT (")
            .text(alias)
            .text(".is_head AND ")
            .text(alias)
            .text(".public_from <= ")
            .bind(self.moment)
            .text(")))")
    }

    /// The condition on a record that the organisation owns, or that names it in its slice and is handed in.
    fn own(&self, alias: &'static str, paths: &'static [&'static str], organisation: Id) -> Sql {
        // The words on the body keep PostgreSQL from reading all that the organisation owns beforehand: a page needs a few.
        let mut own = Sql::new("EXISTS (SELECT 1 FROM record h WHERE h.id = ")
            .text(alias)
            .text(".record AND ")
            .text(alias)
            .text(".body IS NOT NULL AND (h.owner = ")
            .bind(organisation);
        if !paths.is_empty() {
            own = own
                .text(" OR (")
                .append(self.not_yet_public(alias, State::AWAITING_PUBLICATION))
                .text(" AND EXISTS ")
                .append(named(paths, Sql::new(" = ").bind(organisation)))
                .text(")");
        }
        own.text("))")
    }

    /// The condition on a record that names the area of the organisation, as that is on record publicly.
    fn of_the_area(&self, alias: &'static str, paths: &'static [&'static str], organisation: Id) -> Sql {
        let areas = Sql::new(
            " IN (SELECT a.other FROM link a JOIN record_version o ON o.record = a.record AND o.version = a.version
             WHERE o.listed AND o.is_head AND a.member = 'area' AND a.record = ",
        )
        .bind(organisation)
        .text(")");
        named_by_head(alias, paths, areas)
    }

    /// The same decision on a row in hand: as whom the actor sees it, `None` if it does not.
    pub fn audience(&self, row: &Row) -> Option<Audience> {
        let own_body = self.body.is_some() && row.body == self.body;
        let come = row.is_head && row.public_from.is_some_and(|from| from <= self.moment);
        let not_yet_public = |states: &[State]| {
            states.iter().any(|state| {
                row.head_state == HeadState::Is(*state)
                    || (row.head_state == HeadState::scheduled_from(*state) && !come)
            })
        };
        let owner = self
            .organisation
            .as_ref()
            .is_some_and(|organisation| row.owner_reference.as_ref() == Some(&organisation.reference));
        let slice = self.group(&row.kind).map(|group| group.slice).unwrap_or_default();
        let as_whom = |reach: &Reach| match reach {
            Reach::Published => None,
            Reach::All => Some(Audience::Office),
            Reach::Submitted => not_yet_public(State::AWAITING_PUBLICATION).then_some(Audience::Office),
            Reach::PanelShared => not_yet_public(SHARED).then_some(Audience::Panel),
            Reach::Assigned => {
                let organisation = self.organisation.as_ref().map(|organisation| organisation.id);
                (organisation.is_some() && row.assigned == organisation).then_some(Audience::Partner)
            }
            Reach::OwnOrganisation if owner => Some(Audience::Office),
            // The query has looked at the links; the content of the working version says the same.
            Reach::OwnOrganisation => (not_yet_public(State::AWAITING_PUBLICATION)
                && self.organisation.as_ref().is_some_and(|one| names(row, slice.own, &one.reference)))
            .then_some(Audience::Partner),
            // The organisation's area is only in the database; such a row is in hand because the query let it through.
            Reach::OwnArea => {
                (!slice.areas.is_empty() && self.organisation.is_some() && not_yet_public(SHARED))
                    .then_some(Audience::Partner)
            }
        };
        let reach = self.reach(&row.kind);
        let most = reach.iter().filter_map(as_whom).max().filter(|_| row.is_head && own_body);
        most.or_else(|| {
            (reach.contains(&Reach::Published)
                && row.public_from.is_some_and(|from| from <= self.moment)
                && row.public_to.is_some_and(|to| to > self.moment))
            .then_some(Audience::Public)
        })
    }

    /// Whether the actor's own reach (not the public's) covers the record of this row: what a change needs.
    pub fn covers(&self, row: &Row) -> bool {
        self.audience(row).is_some_and(|audience| audience != Audience::Public)
    }
}

/// The condition on a record whose working version names another at one of these paths.
fn named_by_head(alias: &'static str, paths: &'static [&'static str], other: Sql) -> Sql {
    Sql::new("EXISTS (SELECT 1 FROM record h WHERE h.id = ")
        .text(alias)
        .text(".record AND EXISTS ")
        .append(named(paths, other))
        .text(")")
}

/// The names that the working version of the record `h` has at one of these paths.
fn named(paths: &'static [&'static str], other: Sql) -> Sql {
    Sql::new("(SELECT 1 FROM link own WHERE own.record = h.id AND own.version = h.head_version AND own.member IN (")
        .bind_all(paths.iter().copied())
        .text(") AND own.other")
        .append(other)
        .text(")")
}

/// Whether a content names an organisation at one of these paths.
fn names(row: &Row, paths: &[&str], reference: &str) -> bool {
    let Ok(content) = row.content_value() else { return false };
    paths.iter().any(|path| match path.split_once("/*") {
        None => content.pointer(&format!("/{path}")).and_then(|name| name.as_str()) == Some(reference),
        Some((list, rest)) => {
            let items = content.pointer(&format!("/{list}")).and_then(|items| items.as_array());
            items
                .into_iter()
                .flatten()
                .any(|item| item.pointer(rest).and_then(|name| name.as_str()) == Some(reference))
        }
    })
}
