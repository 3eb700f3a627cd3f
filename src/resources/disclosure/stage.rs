//! Decides what the public sees of a release: when its figures are submitted, and again when they are published.

use super::finding::Finding;
use super::indicator::{content_of, other_version, public_content};
use super::plan::{Loaded, NewRelease, Plan, load, plan};
use super::rows::{closed, side};
use crate::clock::Ts;
use crate::problem::{self, Problem};
use crate::resources::indicators::IndicatorContent;
use crate::resources::series::{self, ReleaseObservations};
use crate::stats::disclosure::{Hidden, Shown};
use crate::stats::status::ObsStatus;
use crate::store::Conn;

/// How many cells of a release are hidden or rounded, and what the public could work out all the same.
#[derive(Clone, Debug)]
pub struct Hits {
    pub profile: &'static str,
    pub primary: u64,
    pub secondary: u64,
    pub rounded: u64,
    pub open: Vec<Finding>,
}

/// What is needed to decide on a release, or to see what was decided. It is read first: to work it out takes no connection.
pub struct Review {
    content: IndicatorContent,
    release: ReleaseObservations,
    at: Ts,
    loaded: Loaded,
}

impl Review {
    /// Reads it: with the staged cells of the release, or what it published. None if its indicator is not protected.
    pub fn read(
        conn: &mut Conn,
        release: &ReleaseObservations,
        at: Ts,
        now: Ts,
    ) -> Result<Option<Review>, Problem> {
        let Some(content) = content_of(conn, release.indicator, now)? else { return Ok(None) };
        if !content.disclosure_profile.protects() {
            return Ok(None);
        }
        let loaded = load(conn, release.measure, new_release(release, at).as_ref())?;
        Ok(Some(Review { content, release: release.clone(), at, loaded }))
    }

    /// Works out what the public sees of the release.
    pub fn plan(self) -> Result<(IndicatorContent, Plan), Problem> {
        let plan = plan(&self.content, self.loaded, new_release(&self.release, self.at).as_ref())?;
        Ok((self.content, plan))
    }
}

fn new_release(release: &ReleaseObservations, at: Ts) -> Option<NewRelease<'_>> {
    release.valid_from.is_none().then(|| NewRelease { release, reference: "this release".to_owned(), at })
}

/// Decides on the staged cells of a release that has just been submitted, and conceals what the public may not see.
pub fn protect_staged(
    conn: &mut Conn,
    release: ReleaseObservations,
    at: Ts,
    now: Ts,
) -> Result<(ReleaseObservations, Option<Hits>), Problem> {
    match Review::read(conn, &release, at, now)? {
        None => Ok((release, None)),
        Some(review) => {
            let (content, plan) = review.plan()?;
            let hits = hits(&content, &plan, release.number);
            let release = conceal(conn, &release, &content, &plan, at)?;
            Ok((release, Some(hits)))
        }
    }
}

/// The hits of a release that is stored already.
pub fn hits_of(
    conn: &mut Conn,
    release: &ReleaseObservations,
    at: Ts,
    now: Ts,
) -> Result<Option<Hits>, Problem> {
    let planned = Review::read(conn, release, at, now)?.map(Review::plan).transpose()?;
    Ok(planned.map(|(content, plan)| hits(&content, &plan, release.number)))
}

/// The hits of a release of the plan.
pub fn hits(content: &IndicatorContent, plan: &Plan, release: i64) -> Hits {
    let mut hits = Hits {
        profile: content.disclosure_profile.code(),
        primary: 0,
        secondary: 0,
        rounded: 0,
        open: plan.findings.clone(),
    };
    for shown in plan.cells_of(release).filter_map(|cell| plan.shown(cell)) {
        match shown {
            Shown::Hidden(Hidden::Primary | Hidden::SmallTotal) => hits.primary += 1,
            Shown::Hidden(Hidden::Secondary) => hits.secondary += 1,
            Shown::Rounded(_) => hits.rounded += 1,
            Shown::Value(_) | Shown::Unpublished => {}
        }
    }
    hits
}

/// Stores the staged cells as the public may see them. While the public could work something out, it may see none of them.
fn conceal(
    conn: &mut Conn,
    release: &ReleaseObservations,
    content: &IndicatorContent,
    plan: &Plan,
    at: Ts,
) -> Result<ReleaseObservations, Problem> {
    let safe = plan.is_safe();
    let cells = plan.cells_of(release.number).map(|planned| {
        let mut cell = planned.cell.clone();
        let submitted = &cell.submitted;
        // Hidden before it was submitted: there is nothing to conceal.
        let is_hidden = submitted.statuses().is_some_and(|(obs, _)| obs == ObsStatus::Suppressed);
        cell.shown = match plan.shown(planned) {
            _ if submitted.is_deleted() || is_hidden => None,
            _ if !safe => Some(closed(submitted)),
            Some(shown) => side(submitted, shown),
            None => None,
        };
        cell
    });
    let cells: Vec<_> = cells.collect();
    series::restage(conn, release, &cells, Some(content.disclosure_profile.code()), at)
}

/// Before the staged cells of a release are published: refuses if the public could work out what is hidden, and decides anew
/// on what it sees, since others may have been published since they were submitted. `from` is when the release becomes public,
/// `at` the moment of publication that its cells have.
pub fn before_publication(
    conn: &mut Conn,
    release: &ReleaseObservations,
    (from, at): (Ts, Ts),
    now: Ts,
) -> Result<(), Problem> {
    let refused = |why: &str| Problem::conflict(format!("This release cannot be published: {why}."));
    let Some(content) = public_content(conn, release.indicator, from)? else {
        return Err(refused("its indicator has no version that is public then"));
    };
    if let Some(why) = content.publication_refusal() {
        return Err(refused(why));
    }
    if !content.disclosure_profile.protects() {
        return match release.profile {
            None => Ok(()),
            Some(_) => restore(conn, release, at),
        };
    }
    series::lock_measure(conn, release.measure)?;
    if let Some(why) = other_version(conn, release.indicator, &content, from)? {
        return Err(refused(why));
    }
    let others = series::published_releases(conn, release.measure)?;
    if let Some(other) = others.iter().find(|other| other.valid_from > now) {
        return Err(refused(&format!(
            "{} is scheduled, and of an indicator under disclosure control one release is published at a time. Wait until it is public, or return it",
            other.full_reference()
        )));
    }
    let new = NewRelease { release, reference: "this release".to_owned(), at };
    let loaded = load(conn, release.measure, Some(&new)).map_err(as_conflict)?;
    let plan = plan(&content, loaded, Some(&new)).map_err(as_conflict)?;
    if !plan.is_safe() {
        let mut detail =
            "This release cannot be published: the public could work out figures that must stay hidden."
                .to_owned();
        if let Some(first) = plan.findings.first() {
            detail.push_str(&format!(" {}", first.sentence()));
        }
        return Err(Problem::conflict(detail).with(plan.findings.iter().map(Finding::fault).collect()));
    }
    conceal(conn, release, &content, &plan, at)?;
    Ok(())
}

/// Figures that cannot be protected are no fault of the request that publishes them.
fn as_conflict(mut problem: Problem) -> Problem {
    if problem.kind.status == problem::UNPROCESSABLE.status {
        problem.kind = &problem::CONFLICT;
        if let Some(first) = problem.errors.first() {
            problem.detail = format!("This release cannot be published: {}", first.detail);
        }
    }
    problem
}

/// Stages the cells as they were submitted: the version of the indicator that is public conceals nothing.
fn restore(conn: &mut Conn, release: &ReleaseObservations, at: Ts) -> Result<(), Problem> {
    let mut cells = series::staged_cells(conn, release, i64::MAX)?;
    for cell in &mut cells {
        cell.shown = None;
    }
    series::restage(conn, release, &cells, None, at)?;
    Ok(())
}
