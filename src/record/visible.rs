//! The one visibility filter.
//!
//! Every list, item, count, include, link, history, change and ETag passes through a [`Visibility`]; nothing else
//! decides what a caller sees. It has the caller's reach of every kind, so that following links from one kind to
//! another shows of each kind only what that kind's rule allows. A caller sees one version of a record: the working
//! version (the head) if it is within reach, otherwise the version that is public at the requested moment.

use super::definition::Definition;
pub use super::row::Audience;
use super::row::Row;
use super::state::{HeadState, State};
use crate::access::actor::Named;
use crate::access::rule::READ_NAMES;
use crate::access::{Action, Actor, Reach, Rule};
use crate::clock::{Id, Ts};
use crate::store::Sql;

mod drafts;

/// What an actor sees of each kind, at a moment.
#[derive(Clone, Debug)]
pub struct Visibility {
    groups: Vec<Group>,
    body: Option<Id>,
    organisation: Option<Named>,
    names: bool,
    moment: Ts,
}

/// Kinds of which the actor has the same reach.
#[derive(Clone, Debug, Default)]
struct Group {
    /// The names of the kinds; empty for all kinds.
    kinds: Vec<&'static str>,
    reach: Vec<Reach>,
    paths: OwnPaths,
}

/// The references that make a record an organisation's own or place it in an area, as far as the reach needs them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct OwnPaths {
    /// Paths of references to organisations.
    own: &'static [&'static str],
    /// Paths of references to areas.
    areas: &'static [&'static str],
    /// Whether the actor's organisation is the office of what it owns: see [`Definition::by_owner`].
    by_owner: bool,
}

impl OwnPaths {
    fn of(kind: &Definition, reach: &[Reach]) -> OwnPaths {
        let owns = reach.contains(&Reach::OwnOrganisation);
        OwnPaths {
            own: if owns { kind.own } else { &[] },
            areas: if reach.contains(&Reach::OwnArea) { kind.areas } else { &[] },
            by_owner: owns && kind.by_owner(),
        }
    }
}

impl Visibility {
    /// What the actor reads now, of each kind by the kind's own rule.
    pub fn new<'k>(actor: &Actor, kinds: impl IntoIterator<Item = &'k Definition>, now: Ts) -> Visibility {
        let mut groups: Vec<Group> = vec![];
        for kind in kinds {
            let reach = actor.reach(kind.rule(Action::Read).unwrap_or(&[]));
            let paths = OwnPaths::of(kind, &reach);
            // Reference data has no hidden working versions: it can join any group that sees what is published.
            let same = groups.iter_mut().find(|group| {
                (group.reach == reach && group.paths == paths)
                    || (!kind.workflow
                        && reach == [Reach::Published]
                        && group.reach.contains(&Reach::Published))
            });
            match same {
                Some(group) => group.kinds.push(kind.name),
                None => groups.push(Group { kinds: vec![kind.name], reach, paths }),
            }
        }
        if let [only] = groups.as_mut_slice() {
            only.kinds.clear();
        }
        Visibility { groups, ..Visibility::of(actor, now) }
    }

    /// The records of a kind with which the actor may do something, by the rule of that action.
    pub fn under(actor: &Actor, kind: &Definition, rule: Rule, now: Ts) -> Visibility {
        let reach = actor.reach(rule);
        let paths = OwnPaths::of(kind, &reach);
        Visibility { groups: vec![Group { kinds: vec![], reach, paths }], ..Visibility::of(actor, now) }
    }

    fn of(actor: &Actor, now: Ts) -> Visibility {
        Visibility {
            groups: vec![],
            body: actor.body.as_ref().map(|body| body.id),
            organisation: actor.organisation.clone(),
            names: !actor.reach(READ_NAMES).is_empty(),
            moment: now,
        }
    }

    /// What was public at a moment, the same for everyone.
    pub fn as_of(moment: Ts) -> Visibility {
        let all = Group { reach: vec![Reach::Published], ..Group::default() };
        Visibility { groups: vec![all], body: None, organisation: None, names: false, moment }
    }

    /// What is public at the same moment, for responses that are the same for everyone.
    pub fn public(&self) -> Visibility {
        Visibility::as_of(self.moment)
    }

    /// The moment at which this is seen.
    pub fn moment(&self) -> Ts {
        self.moment
    }

    /// The actor's body.
    pub fn body(&self) -> Option<Id> {
        self.body
    }

    /// The actor's organisation.
    pub fn organisation(&self) -> Option<&Named> {
        self.organisation.as_ref()
    }

    /// Whether the actor learns the names of the people who did something in the body.
    pub fn names_people(&self) -> bool {
        self.names
    }

    fn group(&self, kind: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.kinds.is_empty() || group.kinds.contains(&kind))
    }

    fn reach(&self, kind: &str) -> &[Reach] {
        self.group(kind).map_or(&[], |group| &group.reach)
    }

    /// The actor's body, if the actor reaches all its records of a kind.
    pub fn office_body(&self, kind: &str) -> Option<Id> {
        self.body.filter(|_| self.reach(kind).contains(&Reach::All))
    }

    /// Whether the actor may see working versions of a kind in this state.
    pub fn shows_working_state(&self, kind: &str, state: State) -> bool {
        self.body.is_some() && self.reach(kind).iter().any(|reach| State::shown_by(*reach).contains(&state))
    }

    /// The condition on a row of `record_version`, of any kind, with this alias.
    pub fn filter(&self, alias: &'static str) -> Sql {
        self.grouped(alias, |group| self.condition(alias, &group.reach, group.paths))
    }

    /// The condition on a row of one kind, in `record_version` or in the kind's own table, with this alias.
    pub fn filter_of(&self, kind: &str, alias: &'static str) -> Sql {
        let paths = self.group(kind).map(|group| group.paths).unwrap_or_default();
        self.condition(alias, self.reach(kind), paths)
    }

    /// The condition on a row with a column `kind`, from a condition for the reach of each kind.
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

    fn condition(&self, alias: &'static str, reach: &[Reach], paths: OwnPaths) -> Sql {
        let published = reach.contains(&Reach::Published);
        let heads = self.heads(alias, reach, paths);
        // Both are null or neither is. Without `IS NULL` PostgreSQL takes them for independent, expects a tenth of the
        // rows, and sorts them all where it should walk an index for a page.
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
            // A working version that is public is seen either way. In this form no row's owner is looked up twice.
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

    /// The condition under which a record's working version is seen. It is never null, although reference data has no
    /// body.
    fn heads(&self, alias: &'static str, reach: &[Reach], paths: OwnPaths) -> Option<Sql> {
        let body = self.body?;
        let mut any: Option<Sql> = None;
        for reach in reach {
            let condition = match (reach, &self.organisation) {
                (Reach::Published, _) => continue,
                (Reach::All, _) => Sql::new(""),
                (Reach::Submitted, _) => {
                    Sql::new(" AND ").append(self.not_yet_public(alias, State::AWAITING_PUBLICATION))
                }
                (Reach::PanelShared, _) => {
                    Sql::new(" AND ").append(self.not_yet_public(alias, State::SHARED))
                }
                (Reach::Assigned | Reach::OwnOrganisation | Reach::OwnArea, None) => continue,
                (Reach::Assigned, Some(organisation)) => Sql::new(" AND ")
                    .text(alias)
                    .text(".assigned IS NOT NULL AND ")
                    .text(alias)
                    .text(".assigned = ")
                    .bind(organisation.id),
                (Reach::OwnOrganisation, Some(organisation)) => {
                    Sql::new(" AND ").append(self.own(alias, paths.own, organisation.id))
                }
                (Reach::OwnArea, Some(organisation)) => {
                    if paths.areas.is_empty() {
                        continue;
                    }
                    Sql::new(" AND ")
                        .append(self.not_yet_public(alias, State::SHARED))
                        .text(" AND ")
                        .append(self.of_the_area(alias, paths.areas, organisation.id))
                }
            };
            let one = Sql::new("(")
                .text(alias)
                .text(".body IS NOT NULL AND ")
                .text(alias)
                .text(".body = ")
                .bind(body)
                .append(condition)
                .text(")");
            any = Some(match any {
                None => Sql::new("(").append(one),
                Some(any) => any.text(" OR ").append(one),
            });
        }
        any.map(|any| any.text(")"))
    }

    /// The condition on a record whose working version is in one of these states, or was when its publication was
    /// scheduled. At the scheduled moment the version ceases to be "not yet public", whether or not the sealer has
    /// recorded that already.
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

    /// The condition on a record that the organisation owns, or that is its own by one of these references once it is
    /// submitted.
    fn own(&self, alias: &'static str, paths: &'static [&'static str], organisation: Id) -> Sql {
        // The condition on the body keeps PostgreSQL from first reading all records that the organisation owns, of which
        // a page needs a few.
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

    /// The condition on a record that names the organisation's area, as that is public.
    fn of_the_area(&self, alias: &'static str, paths: &'static [&'static str], organisation: Id) -> Sql {
        let areas = Sql::new(
            " IN (SELECT a.other FROM link a JOIN record_version o ON o.record = a.record AND o.version = a.version
             WHERE o.listed AND o.is_head AND a.member = 'area' AND a.record = ",
        )
        .bind(organisation)
        .text(")");
        named_by_head(alias, paths, areas)
    }

    /// The decision of the filter for a row that was read: as whom the actor sees it, if at all.
    pub fn audience(&self, row: &Row) -> Option<Audience> {
        let own_body = self.body.is_some() && row.body == self.body;
        let is_public = row.is_head && row.public_from.is_some_and(|from| from <= self.moment);
        let not_yet_public = |states: &[State]| {
            states.iter().any(|state| {
                row.head_state == HeadState::Is(*state)
                    || (row.head_state == HeadState::scheduled_from(*state) && !is_public)
            })
        };
        let owner = self
            .organisation
            .as_ref()
            .is_some_and(|organisation| row.owner_reference.as_ref() == Some(&organisation.reference));
        let paths = self.group(&row.kind).map(|group| group.paths).unwrap_or_default();
        let audience = |reach: &Reach| match reach {
            Reach::Published => None,
            Reach::All => Some(Audience::Office),
            Reach::Submitted => not_yet_public(State::AWAITING_PUBLICATION).then_some(Audience::Office),
            Reach::PanelShared => not_yet_public(State::SHARED).then_some(Audience::Panel),
            Reach::Assigned => {
                let organisation = self.organisation.as_ref().map(|organisation| organisation.id);
                (organisation.is_some() && row.assigned == organisation).then_some(Audience::Partner)
            }
            Reach::OwnOrganisation if owner => Some(Audience::Office),
            // The query read the links; the content of the working version names the same records.
            Reach::OwnOrganisation => (not_yet_public(State::AWAITING_PUBLICATION)
                && self.organisation.as_ref().is_some_and(|one| row.names_at(paths.own, &one.reference)))
            .then_some(Audience::Partner),
            // The organisation's area is only in the database: the query has compared it.
            Reach::OwnArea => {
                (!paths.areas.is_empty() && self.organisation.is_some() && not_yet_public(State::SHARED))
                    .then_some(Audience::Partner)
            }
        };
        let reach = self.reach(&row.kind);
        let widest = reach.iter().filter_map(audience).max().filter(|_| row.is_head && own_body);
        widest.or_else(|| {
            (reach.contains(&Reach::Published)
                && row.public_from.is_some_and(|from| from <= self.moment)
                && row.public_to.is_some_and(|to| to > self.moment))
            .then_some(Audience::Public)
        })
    }

    /// Whether the record is within the actor's own reach, not only the public's: a change needs that.
    pub fn covers(&self, row: &Row) -> bool {
        self.audience(row).is_some_and(|audience| audience != Audience::Public)
    }
}

/// The condition on a record whose working version names a certain record at one of these paths.
fn named_by_head(alias: &'static str, paths: &'static [&'static str], other: Sql) -> Sql {
    Sql::new("EXISTS (SELECT 1 FROM record h WHERE h.id = ")
        .text(alias)
        .text(".record AND EXISTS ")
        .append(named(paths, other))
        .text(")")
}

/// The records that the working version of the record `h` names at one of these paths.
fn named(paths: &'static [&'static str], other: Sql) -> Sql {
    Sql::new("(SELECT 1 FROM link own WHERE own.record = h.id AND own.version = h.head_version AND own.member IN (")
        .bind_all(paths.iter().copied())
        .text(") AND own.other")
        .append(other)
        .text(")")
}
