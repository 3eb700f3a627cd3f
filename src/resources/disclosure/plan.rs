//! What the public sees of the figures of a protected indicator: of those that are published, what was decided then; of a new
//! release, what protects them all together.

use std::collections::BTreeMap;

use super::finding::{Finding, SumOfTable};
use super::rows;
use crate::clock::Ts;
use crate::problem::{Fault, Problem};
use crate::resources::indicators::IndicatorContent;
use crate::resources::series::{self, PublishedRelease, ReleaseObservations, SubmittedCell};
use crate::stats::disclosure::{
    self, Audit, Bounds, Hidden, Key, Leak, Rows, Shown, Table, TableFault, TableRow, audit, build, suppress,
};

use crate::store::Conn;

/// The most cells of an indicator, in all its releases, that disclosure control works on.
const MOST_CELLS: usize = 50_000;

/// A release whose cells are not published yet.
pub struct NewRelease<'a> {
    pub release: &'a ReleaseObservations,
    pub reference: String,
    /// When its cells would be published.
    pub at: Ts,
}

/// A cell of a release, and which cell of the table it is.
pub struct PlannedCell {
    pub cell: SubmittedCell,
    /// The number of its publication, in their order.
    vintage: u32,
    /// None if the release takes the cell back, or does not know its number.
    pub index: Option<usize>,
}

/// All cells of a protected indicator, and what the public sees of each.
pub struct Plan {
    table: Table,
    shown: Vec<Shown>,
    /// The cells of all releases.
    pub cells: Vec<PlannedCell>,
    /// The references of the releases, in the order of publication.
    references: Vec<String>,
    /// The number of the new release, if there is one.
    new: Option<i64>,
    /// What the public could work out.
    pub findings: Vec<Finding>,
}

/// The cells of an indicator that are published or scheduled, with those of a new release.
pub struct Loaded {
    cells: Vec<SubmittedCell>,
    releases: Vec<PublishedRelease>,
}

/// Reads the cells of an indicator. Refuses if they are too many.
pub fn load(conn: &mut Conn, measure: i64, new: Option<&NewRelease<'_>>) -> Result<Loaded, Problem> {
    let limit = i64::try_from(MOST_CELLS + 1).unwrap_or(i64::MAX);
    let mut cells = series::published_cells_of_measure(conn, measure, limit)?;
    if let Some(new) = new {
        cells.extend(series::staged_cells(conn, new.release, limit)?);
    }
    if cells.len() > MOST_CELLS {
        let detail = format!(
            "Disclosure control works on at most {MOST_CELLS} figures of an indicator, in all its releases. Split it into several indicators that do not add up with each other."
        );
        return Err(Problem::unprocessable(vec![Fault::pointer("", "too_large_to_audit", detail)]));
    }
    Ok(Loaded { cells, releases: series::published_releases(conn, measure)? })
}

/// Decides what the public sees of a new release, and audits it together with all that is published. Without a new release,
/// it audits what is published.
pub fn plan(
    content: &IndicatorContent,
    loaded: Loaded,
    new: Option<&NewRelease<'_>>,
) -> Result<Plan, Problem> {
    let mut order: Vec<(Ts, i64, String)> = loaded
        .releases
        .iter()
        .map(|release| (release.valid_from, release.number, release.full_reference()))
        .collect();
    if let Some(new) = new {
        order.push((new.at, new.release.number, new.reference.clone()));
    }
    order.sort();
    let vintages: BTreeMap<i64, u32> = order.iter().map(|(_, number, _)| *number).zip(0..).collect();
    let new = new.map(|new| new.release.number);
    let sums_over_time = content.sums_over_time();
    let mut faults = vec![];
    let mut table_rows = vec![];
    let mut cells = vec![];
    for cell in loaded.cells {
        let Some(vintage) = vintages.get(&cell.release).copied() else { continue };
        match rows::row(&cell, new == Some(cell.release), sums_over_time) {
            Ok((people, published)) => {
                let codes = cell.codes.split('.').map(str::to_owned).collect();
                table_rows.push(TableRow {
                    key: Key { codes, period: cell.period },
                    vintage,
                    people,
                    published,
                });
                cells.push(PlannedCell { cell, vintage, index: None });
            }
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(Problem::unprocessable(faults));
    }
    let (table, indexes) = build(&Rows { axes: content.axes(), rows: table_rows, sums_over_time });
    for (cell, index) in cells.iter_mut().zip(indexes) {
        cell.index = index;
    }
    let profile = content.disclosure_profile.of_stats();
    let refused = |fault: TableFault| refusal(&fault);
    let (shown, is_safe) = match new {
        Some(_) => {
            let result = suppress(&table, profile).map_err(refused)?;
            (result.shown, result.safe)
        }
        None => (table.primary(profile), false),
    };
    let references = order.into_iter().map(|(_, _, reference)| reference).collect();
    let mut plan = Plan { table, shown, cells, references, new, findings: vec![] };
    let leaks = if is_safe { vec![] } else { plan.audit().map_err(refused)?.leaks };
    plan.findings = plan.open_small_cells();
    let of_leaks: Vec<Finding> = leaks.iter().filter_map(|leak| plan.finding(leak)).collect();
    plan.findings.extend(of_leaks);
    Ok(plan)
}

/// Why the figures cannot be worked on.
fn refusal(fault: &TableFault) -> Problem {
    Problem::unprocessable(vec![Fault::pointer("", fault.code(), fault.to_string())])
}

impl Plan {
    /// Whether the public can work out nothing that is hidden.
    pub fn is_safe(&self) -> bool {
        self.findings.is_empty()
    }

    /// What the public sees of a cell; none if the release does not show a number of it.
    pub fn shown(&self, cell: &PlannedCell) -> Option<Shown> {
        cell.index.and_then(|index| self.shown.get(index)).copied()
    }

    /// The cells of a release.
    pub fn cells_of(&self, release: i64) -> impl Iterator<Item = &PlannedCell> {
        self.cells.iter().filter(move |cell| cell.cell.release == release)
    }

    /// What the public can work out of each hidden cell.
    pub fn audit(&self) -> Result<Audit, TableFault> {
        audit(&self.table, &self.shown)
    }

    /// What the public can work out of each hidden cell, by its index.
    pub fn bounds(&self) -> Result<BTreeMap<usize, Bounds>, Problem> {
        let audit = self.audit().map_err(|fault| refusal(&fault))?;
        Ok(audit.bounds.into_iter().map(|bounds| (bounds.cell, bounds)).collect())
    }

    /// How many cells are hidden.
    pub fn hidden(&self) -> u64 {
        self.shown.iter().map(|shown| u64::from(matches!(shown, Shown::Hidden(_)))).sum()
    }

    /// Small numbers that are shown all the same, since an earlier release has shown them.
    fn open_small_cells(&self) -> Vec<Finding> {
        let is_small = |people: i64| (1..=disclosure::THRESHOLD).contains(&people);
        let new = self.new;
        let open = self.cells.iter().filter_map(|planned| {
            let index = planned.index?;
            let people = self.table.cells.get(index)?.people.filter(|people| is_small(*people))?;
            let is_open = matches!(self.shown(planned)?, Shown::Value(_) | Shown::Rounded(_));
            let of_new = new.is_none_or(|new| new == planned.cell.release);
            (is_open && of_new).then(|| {
                let before = self.cells.iter().find(|other| other.index == Some(index));
                let reference = self.reference(before.unwrap_or(planned).vintage);
                let mend = match new {
                    Some(_) => format!("{reference} has published it as it is. Take it out of this release; if the number must not be public, redact {reference}."),
                    None => format!("{reference} has published it as it is. If the number must not be public, redact {reference}."),
                };
                Finding::new(&planned.cell, (people, people), vec![], mend)
            })
        });
        open.collect()
    }

    fn reference(&self, vintage: u32) -> &str {
        usize::try_from(vintage).ok().and_then(|n| self.references.get(n)).map_or("", String::as_str)
    }

    /// The first cell of a release that is this cell of the table, preferably one of the new release.
    fn named(&self, index: usize) -> Option<&PlannedCell> {
        let of_index = || self.cells.iter().filter(move |planned| planned.index == Some(index));
        of_index().find(|planned| Some(planned.cell.release) == self.new).or_else(|| of_index().next())
    }

    /// A cell in words: the key of its series and its period.
    fn words(&self, index: usize) -> Option<String> {
        let cell = &self.named(index)?.cell;
        Some(format!("{}, {}", cell.series_key, cell.period.words(cell.frequency)))
    }

    fn finding(&self, leak: &Leak) -> Option<Finding> {
        let Bounds { cell, least, most } = leak.bounds;
        let cell = self.named(cell)?;
        let sums = leak.given_away_by.iter().filter_map(|n| self.sum(*n)).collect();
        let mend = self.mend(leak);
        Some(Finding::new(&cell.cell, (least, most.unwrap_or(least)), sums, mend))
    }

    /// A sum with the release that completes it.
    fn sum(&self, relation: usize) -> Option<SumOfTable> {
        let relation = self.table.relations.get(relation)?;
        let named = relation.parts.iter().chain([&relation.total]).filter_map(|cell| self.named(*cell));
        let last = named.map(|cell| cell.vintage).max()?;
        Some(SumOfTable { sum: relation.name.clone(), release: self.reference(last).to_owned() })
    }

    /// What would keep the cell hidden: figures of the new release without which the sums give nothing away.
    fn mend(&self, leak: &Leak) -> String {
        let relations = leak.given_away_by.iter().filter_map(|n| self.table.relations.get(*n));
        let mut figures: Vec<String> = relations
            .flat_map(|relation| relation.parts.iter().chain([&relation.total]))
            .filter(|cell| self.is_new_and_shown(**cell))
            .filter_map(|cell| self.words(*cell))
            .collect();
        figures.sort_unstable();
        figures.dedup();
        figures.truncate(5);
        match figures.as_slice() {
            _ if self.new.is_none() => "Redact one of the releases that say so.".to_owned(),
            [] => "What is published already gives it away. Take the hidden figure, or the figures that it adds up with, out of this release; if the release that is published must not say so, redact it.".to_owned(),
            figures => format!("Take one of these figures out of this release: {}.", figures.join("; ")),
        }
    }

    fn is_new_and_shown(&self, index: usize) -> bool {
        let is_shown = matches!(self.shown.get(index), Some(Shown::Value(_) | Shown::Rounded(_)));
        is_shown
            && self
                .table
                .cells
                .get(index)
                .is_some_and(|cell| cell.published.is_none() && cell.people != Some(0))
    }

    /// The sums that a cell belongs to, each with the other hidden cells of it.
    pub fn sums_of(&self) -> BTreeMap<usize, Vec<(String, Vec<String>)>> {
        let mut sums: BTreeMap<usize, Vec<(String, Vec<String>)>> = BTreeMap::new();
        for relation in &self.table.relations {
            let all = relation.parts.iter().chain([&relation.total]).copied();
            let hidden: Vec<usize> =
                all.filter(|cell| matches!(self.shown.get(*cell), Some(Shown::Hidden(_)))).collect();
            for cell in &hidden {
                let others = hidden.iter().filter(|other| *other != cell);
                let others = others.filter_map(|other| self.words(*other)).collect();
                sums.entry(*cell).or_default().push((relation.name.clone(), others));
            }
        }
        sums
    }
}

/// Why a cell is hidden, in the API's words.
pub fn why(hidden: Hidden) -> &'static str {
    match hidden {
        Hidden::Primary => "primary",
        Hidden::Secondary => "secondary",
        Hidden::SmallTotal => "small_total",
    }
}
