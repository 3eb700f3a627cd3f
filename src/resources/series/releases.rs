//! The releases of an indicator, as all answers about its observations need them: which they are, and what of them decides
//! on an answer.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use super::cell::ReleaseInfo;
use super::queries::reading::{self, PublishedRelease};
use crate::clock::Ts;
use crate::http::Call;
use crate::problem::Problem;
use crate::store::Conn;

/// All releases of an indicator that were or will be published, the earliest first.
pub struct Releases {
    all: Vec<PublishedRelease>,
    by_number: HashMap<i64, Arc<ReleaseInfo>>,
    /// After each release: what decides on answers that have releases up to this one.
    summaries: Vec<Summary>,
}

/// What some releases say together.
#[derive(Clone, Copy, Default)]
pub struct Summary {
    /// A hash of the releases, their observations and withdrawals.
    pub digest: [u8; 32],
    /// The latest publication or withdrawal.
    pub updated: Option<Ts>,
}

impl Releases {
    pub fn new(all: Vec<PublishedRelease>) -> Releases {
        let by_number = all.iter().map(|release| (release.number, Arc::new(info(release)))).collect();
        let mut summary = Summary::default();
        let summaries = all.iter().map(|release| {
            summary = summary.with(release);
            summary
        });
        Releases { summaries: summaries.collect(), by_number, all }
    }

    fn read(conn: &mut Conn, measure: i64) -> Result<Releases, Problem> {
        Ok(Releases::new(reading::published_releases(conn, measure)?))
    }

    /// The releases of an indicator, by its number in the tables of observations.
    pub fn of(call: &Call, conn: &mut Conn, measure: i64) -> Result<Arc<Releases>, Problem> {
        call.remembered(conn, ("releases", measure), |conn| Releases::read(conn, measure))
    }

    /// These releases if they have all of those numbers. Otherwise a release was published after they were read, and they
    /// are read again.
    pub fn with_all(
        self: Arc<Releases>,
        conn: &mut Conn,
        measure: i64,
        mut numbers: impl Iterator<Item = i64>,
    ) -> Result<Arc<Releases>, Problem> {
        match numbers.all(|number| self.by_number.contains_key(&number)) {
            true => Ok(self),
            false => Ok(Arc::new(Releases::read(conn, measure)?)),
        }
    }

    /// Those that were published by a moment.
    pub fn until(&self, at: Ts) -> &[PublishedRelease] {
        let count = self.all.partition_point(|release| release.valid_from <= at);
        self.all.get(..count).unwrap_or_default()
    }

    /// What those that were published by a moment say together.
    pub fn summary(&self, at: Ts) -> Summary {
        let until = self.until(at);
        let last = until.len().checked_sub(1);
        let mut summary = last.and_then(|last| self.summaries.get(last)).copied().unwrap_or_default();
        if summary.updated > Some(at) {
            // One of them was withdrawn later.
            let moments = until.iter().flat_map(|release| [Some(release.valid_from), release.ended_at]);
            summary.updated = moments.flatten().filter(|moment| *moment <= at).max();
        }
        summary
    }

    /// What cells say of the release with this number.
    pub fn info(&self, number: i64) -> Option<&Arc<ReleaseInfo>> {
        self.by_number.get(&number)
    }
}

impl Summary {
    fn with(self, release: &PublishedRelease) -> Summary {
        let mut hash = Context::new(&SHA256);
        hash.update(&self.digest);
        hash.update(&release.number.to_be_bytes());
        hash.update(&release.digest);
        for moment in [Some(release.valid_from), release.ended_at] {
            hash.update(&moment.map_or(0, Ts::micros).to_be_bytes());
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(hash.finish().as_ref());
        Summary { digest, updated: self.updated.max(Some(release.valid_from)).max(release.ended_at) }
    }
}

fn info(release: &PublishedRelease) -> ReleaseInfo {
    ReleaseInfo { number: release.number, reference: release.full_reference(), withdrawn: release.ended_at }
}
