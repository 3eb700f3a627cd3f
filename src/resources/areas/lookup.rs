//! What comparisons need of areas: their people by year, and which areas are alike.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use chrono::NaiveDate;
use diesel::prelude::*;

use super::dto::{AreaContent, AreaParent};
use crate::http::Call;
use crate::problem::Problem;
use crate::record::read::COLUMNS;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::stats::comparison::population_year;
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::stats::point::Point;
use crate::store::{Conn, Sql};

/// Millionths of one person.
const ONE: i64 = 1_000_000;

/// All areas of the record.
pub struct Areas {
    all: Vec<AreaContent>,
    /// The position of each area, by its ONS code and by its reference.
    by_code: HashMap<String, usize>,
    /// A hash of all areas: what is computed with their people changes with them.
    pub digest: [u8; 32],
}

impl Areas {
    /// The areas that are public now.
    pub fn of(call: &Call, conn: &mut Conn) -> Result<Arc<Areas>, Problem> {
        call.remembered(conn, ("areas", 0), |conn| Areas::read(conn, &Visibility::as_of(call.now())))
    }

    fn read(conn: &mut Conn, visibility: &Visibility) -> Result<Areas, Problem> {
        let rows: Vec<Row> = Sql::new("SELECT ")
            .text(COLUMNS)
            .text(" FROM record_version v WHERE v.kind = ")
            .bind("area")
            .text(" AND ")
            .append(visibility.filter_of("area", "v"))
            .load(conn)?;
        let mut rows = rows;
        rows.sort_by_key(|row| row.record);
        let mut hash = Context::new(&SHA256);
        let mut areas = Areas { all: vec![], by_code: HashMap::new(), digest: [0; 32] };
        let mut references = vec![];
        for row in &rows {
            hash.update(&row.digest);
            let content: AreaContent = row.content()?;
            let index = areas.all.len();
            if let Some(code) = &content.ons_code {
                areas.by_code.entry(code.clone()).or_insert(index);
            }
            references.push((row.reference.clone(), index));
            areas.all.push(content);
        }
        for (reference, index) in references {
            areas.by_code.entry(reference).or_insert(index);
        }
        areas.digest.copy_from_slice(hash.finish().as_ref());
        Ok(areas)
    }

    fn get(&self, code: &str) -> Option<&AreaContent> {
        self.by_code.get(code).and_then(|index| self.all.get(*index))
    }

    /// The codes by which figures can name an area: its reference, and its ONS code if it has one.
    pub fn names_of<'a>(&'a self, reference: &'a str) -> Vec<&'a str> {
        let ons_code = self.get(reference).and_then(|area| area.ons_code.as_deref());
        let mut names = vec![reference];
        names.extend(ons_code.filter(|code| *code != reference));
        names
    }

    /// The population of an area, as a cell of the year for which it is known: that of most of the period's days, otherwise
    /// the nearest, of two the earlier. None if none is on record.
    pub fn population(&self, code: &str, period: Period) -> Option<Point> {
        self.populations(&[code], period).pop().flatten()
    }

    /// The populations of areas that are compared with each other: all of one year, since areas grow at different rates. It is
    /// the year that most of them have; of several the one nearest to the period, of two the earlier. None for an area
    /// without a population of that year.
    pub fn populations(&self, codes: &[&str], period: Period) -> Vec<Option<Point>> {
        let known = |code: &str| self.get(code).map_or(&[][..], |area| &area.population);
        let year_of_period = i64::from(population_year(period));
        let mut areas_of: BTreeMap<i64, usize> = BTreeMap::new();
        for one in codes.iter().flat_map(|code| known(code)) {
            *areas_of.entry(one.year).or_default() += 1;
        }
        let best = areas_of
            .iter()
            .min_by_key(|(year, areas)| (Reverse(**areas), (**year - year_of_period).abs(), **year));
        let year = best.map(|(year, _)| *year);
        let of_year = |code: &&str| {
            let one = known(code).iter().find(|one| Some(one.year) == year)?;
            let period = Period::parse(&format!("{:04}", one.year)).ok()?;
            Some(Point::of(period, Scaled::from_raw(one.people.checked_mul(ONE)?)))
        };
        codes.iter().map(of_year).collect()
    }

    /// Whether two areas are of the same kind and lie in the same area on a day, and both exist then.
    pub fn are_siblings(&self, one: &str, other: &str, day: NaiveDate) -> bool {
        let (Some(one), Some(other)) = (self.get(one), self.get(other)) else { return false };
        let exists = |area: &AreaContent| {
            area.from.is_none_or(|from| from <= day) && area.to.is_none_or(|to| day < to)
        };
        let parents = parents_on(other, day);
        one.area_kind == other.area_kind
            && exists(one)
            && exists(other)
            && parents_on(one, day).iter().any(|parent| parents.contains(parent))
    }

    /// Two of these areas of which the first lies in the second on a day: directly, or in an area that does.
    pub fn part_and_whole<'a>(&self, codes: &[&'a str], day: NaiveDate) -> Option<(&'a str, &'a str)> {
        let index = |code: &str| self.by_code.get(code).copied();
        let named: HashMap<usize, &str> =
            codes.iter().filter_map(|code| Some((index(code)?, *code))).collect();
        codes.iter().find_map(|part| {
            let (mut open, mut seen) = (vec![*part], HashSet::from([index(part)?]));
            while let Some(area) = open.pop().and_then(|code| self.get(code)) {
                for parent in parents_on(area, day) {
                    let Some(above) = index(parent).filter(|above| seen.insert(*above)) else { continue };
                    if let Some(whole) = named.get(&above) {
                        return Some((*part, *whole));
                    }
                    open.push(parent);
                }
            }
            None
        })
    }
}

/// The areas that contain an area on a day.
fn parents_on(area: &AreaContent, day: NaiveDate) -> Vec<&str> {
    let contains = |parent: &&AreaParent| {
        parent.from.is_none_or(|from| from <= day) && parent.to.is_none_or(|to| day < to)
    };
    area.parents.iter().filter(contains).map(|parent| parent.area.as_str()).collect()
}
