//! Records of one kind that name each other must not lead in a circle: a recommendation is not a part of its own part, and a
//! report does not follow one that follows it.
//!
//! A draft is compared with what its owner sees: the owner's own working versions, and what others have published. A
//! publication is compared with what is public, and with what the same owner has scheduled. Of another owner's plans nobody
//! is told.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use diesel::RunQueryDsl;
use diesel::sql_types as st;

use super::kind::{KindDef, Reference};
use super::links;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// The most links that are followed from one record.
const MOST: usize = 10_000;
/// How many records of a circle are named.
const NAMED: usize = 10;

/// Which versions are followed.
#[derive(Clone, Copy, Debug)]
pub enum Following {
    /// The working versions of the owner, and what others have published by now.
    Drafts,
    /// What is public from a moment on.
    PublicFrom(Ts),
}

/// A record whose names are followed.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The record. It may be new.
    pub record: Id,
    /// The organisation that owns it, by reference.
    pub owner: Option<&'a str>,
    /// The moment.
    pub now: Ts,
}

/// A name of another record: the path of the reference, the position, the record.
pub type Naming<'n> = (&'n str, i64, Id);

/// The references of a kind to records of the same kind.
pub fn own_references(kind: &KindDef) -> impl Iterator<Item = &Reference> {
    kind.references().filter(|reference| reference.kind == kind.def.name)
}

/// Adds a fault for each name by which a record leads back to itself.
pub fn refuse(
    conn: &mut Conn,
    kind: &KindDef,
    start: Start<'_>,
    names: &[Naming<'_>],
    following: Following,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    for reference in own_references(kind) {
        let named: Vec<&Naming<'_>> = names.iter().filter(|(path, ..)| *path == reference.path).collect();
        if named.is_empty() {
            continue;
        }
        let links = follow(conn, reference.path, start, &named, following)?;
        let is_whole = links.len() < MOST;
        let mut next: HashMap<Id, Vec<Id>> = HashMap::new();
        for link in links {
            next.entry(link.record).or_default().push(link.other);
        }
        for (path, position, other) in named {
            let pointer = links::pointer(path, *position);
            match chain(&next, *other, start.record) {
                Some(between) => faults.push(fault(conn, kind, pointer, start.record, &between)?),
                None if is_whole => {}
                None => {
                    let detail = format!(
                        "More than {MOST} records follow one another from here, so nobody can say whether they lead back. Leave this out."
                    );
                    faults.push(Fault::pointer(pointer, "too_many", detail));
                }
            }
        }
    }
    Ok(())
}

/// The records from one to another by their names, without the last; none if nothing leads there.
pub fn chain(next: &HashMap<Id, Vec<Id>>, from: Id, to: Id) -> Option<Vec<Id>> {
    if from == to {
        return Some(vec![]);
    }
    let mut before: HashMap<Id, Id> = HashMap::new();
    let mut waiting = VecDeque::from([from]);
    while let Some(record) = waiting.pop_front() {
        for other in next.get(&record).into_iter().flatten().copied() {
            if other == to {
                let mut all = vec![record];
                while let Some(earlier) = all.last().and_then(|last| before.get(last)).copied() {
                    all.push(earlier);
                }
                all.reverse();
                return Some(all);
            }
            if other != from && !before.contains_key(&other) {
                before.insert(other, record);
                waiting.push_back(other);
            }
        }
    }
    None
}

/// Circles among records by their names, at most so many: at least one where there is any. Each begins with the record of it
/// that is reached first.
pub fn circles(next: &BTreeMap<Id, Vec<Id>>, most: usize) -> Vec<Vec<Id>> {
    let mut found = vec![];
    let mut done: HashSet<Id> = HashSet::new();
    for first in next.keys() {
        // The records on the way, each with how many of its names were followed.
        let mut way: Vec<(Id, usize)> = vec![(*first, 0)];
        let mut on_way: HashMap<Id, usize> = HashMap::from([(*first, 0)]);
        while let Some((record, followed)) = way.last_mut() {
            let record = *record;
            let other = next.get(&record).and_then(|others| others.get(*followed)).copied();
            *followed += 1;
            let Some(other) = other.filter(|_| !done.contains(&record)) else {
                way.pop();
                on_way.remove(&record);
                done.insert(record);
                continue;
            };
            if let Some(begin) = on_way.get(&other) {
                found.push(way.iter().skip(*begin).map(|(record, _)| *record).collect());
                if found.len() == most {
                    return found;
                }
            } else if !done.contains(&other) {
                on_way.insert(other, way.len());
                way.push((other, 0));
            }
        }
    }
    found
}

/// The fault of a name that leads back to the record over these others.
pub fn fault(
    conn: &mut Conn,
    kind: &KindDef,
    pointer: String,
    record: Id,
    between: &[Id],
) -> Result<Fault, Problem> {
    if between.is_empty() {
        let detail = format!("This is the {} itself. Name another one, or leave it out.", kind.def.one);
        return Ok(Fault::pointer(pointer, "own_record", detail));
    }
    let shown: BTreeSet<Id> = between.iter().copied().take(NAMED).collect();
    let names = references(conn, &shown)?;
    let name = |id: &Id| names.get(id).cloned().unwrap_or_else(|| "another".to_owned());
    let mut steps: Vec<String> = between.iter().take(NAMED).map(name).collect();
    if let Some(more) = between.len().checked_sub(NAMED).filter(|more| *more > 0) {
        steps.push(format!("{more} more"));
    }
    let own = references(conn, &BTreeSet::from([record]))?;
    let own = own.get(&record).map_or("this", String::as_str);
    let detail = format!(
        "This leads back to the {} itself: {own} → {} → {own}. Name another one here, or change one of those first.",
        kind.def.one,
        steps.join(" → ")
    );
    Ok(Fault::pointer(pointer, "circle", detail))
}

#[derive(diesel::QueryableByName)]
struct Step {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = Uid)]
    other: Id,
}

/// The links that lead on from the records named, one after the other.
fn follow(
    conn: &mut Conn,
    path: &str,
    start: Start<'_>,
    named: &[&Naming<'_>],
    following: Following,
) -> Result<Vec<Step>, Problem> {
    let others: BTreeSet<Id> =
        named.iter().map(|(.., other)| *other).filter(|other| *other != start.record).collect();
    if others.is_empty() {
        return Ok(vec![]);
    }
    let link = || {
        Sql::new("link l ON l.member = ")
            .bind(path)
            .text(" JOIN record_version v ON v.record = l.record AND v.version = l.version AND v.listed AND ")
            .append(seen(start, following))
    };
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    Sql::new(
        "WITH RECURSIVE chain(record, other) AS (SELECT l.record, l.other FROM (SELECT 1 AS one) o JOIN ",
    )
    .append(link())
    .text(" WHERE l.record IN (")
    .bind_all(others)
    .text(") UNION SELECT l.record, l.other FROM chain c JOIN ")
    .append(link())
    .text(" AND l.record = c.other WHERE c.other <> ")
    .bind(start.record)
    .text(") SELECT record, other FROM chain LIMIT ")
    .bind(most)
    .one_off()
    .load(conn)
    .map_err(Problem::from)
}

/// The condition on the version `v`.
fn seen(start: Start<'_>, following: Following) -> Sql {
    let public =
        |from: Ts| Sql::new("v.public_from <= ").bind(start.now).text(" AND v.public_to > ").bind(from);
    let own = match following {
        Following::Drafts => Sql::new("v.is_head"),
        Following::PublicFrom(from) => Sql::new("v.public_to > ").bind(from),
    };
    // As they are public now: when another owner's schedule takes effect is not to be found out here.
    let others = public(start.now);
    let Some(owner) = start.owner else { return others };
    Sql::new("(v.owner_reference = ")
        .bind(owner)
        .text(" AND ")
        .append(own)
        .text(" OR (v.owner_reference IS NULL OR v.owner_reference <> ")
        .bind(owner)
        .text(") AND ")
        .append(others)
        .text(")")
}

#[derive(diesel::QueryableByName)]
struct Named {
    #[diesel(sql_type = Uid)]
    id: Id,
    #[diesel(sql_type = st::Text)]
    reference: String,
}

fn references(conn: &mut Conn, records: &BTreeSet<Id>) -> Result<BTreeMap<Id, String>, Problem> {
    let rows: Vec<Named> = Sql::new("SELECT r.id, r.reference FROM record r WHERE r.id IN (")
        .bind_all(records.iter().copied())
        .text(")")
        .one_off()
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row.reference)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_way_back_is_found_and_a_circle_elsewhere_is_none() {
        let id = |n: u8| {
            Id::parse(&format!("00000000-0000-7000-8000-0000000000{n:02}")).unwrap_or_else(|| panic!("{n}"))
        };
        let ways = [(2, vec![3, 4]), (3, vec![5]), (4, vec![1]), (5, vec![1, 3]), (6, vec![7]), (7, vec![6])];
        let next: HashMap<Id, Vec<Id>> =
            ways.iter().map(|(from, to)| (id(*from), to.iter().map(|to| id(*to)).collect())).collect();
        assert_eq!(chain(&next, id(2), id(1)), Some(vec![id(2), id(4)]));
        assert_eq!(chain(&next, id(3), id(1)), Some(vec![id(3), id(5)]));
        assert_eq!(chain(&next, id(1), id(1)), Some(vec![]));
        assert_eq!(chain(&next, id(6), id(1)), None);
        assert_eq!(chain(&next, id(8), id(1)), None);
        let next: BTreeMap<Id, Vec<Id>> = next.into_iter().collect();
        assert_eq!(circles(&next, 9), [vec![id(3), id(5)], vec![id(6), id(7)]]);
        assert_eq!(circles(&next, 1).len(), 1);
        let own = BTreeMap::from([(id(1), vec![id(2)]), (id(2), vec![id(2), id(1)])]);
        assert_eq!(circles(&own, 9), [vec![id(2)], vec![id(1), id(2)]]);
        let none = BTreeMap::from([(id(1), vec![id(2), id(3)]), (id(2), vec![id(3)])]);
        assert_eq!(circles(&none, 9), Vec::<Vec<Id>>::new());
    }
}
