//! How far a recommendation has come on a day, from what is known of it. Pure: it reads nothing.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Serialize;

use super::facts::{AnswerFact, Facts, ProgressFact, VerificationFact};
use crate::resources::codes::codes_of;
use crate::resources::progress::ProgressStatus;
use crate::resources::verifications::VerificationFinding;

/// How far a recommendation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It was made.
    Made,
    /// It was answered, whatever the position.
    Answered,
    /// An organisation has reported that it works on it.
    InProgress,
    /// Every organisation that it is addressed to, and every other that reports on it, claims to have done it.
    Claimed,
    /// What they claim was verified by others.
    Verified,
    /// It is closed.
    Closed,
}

/// The codes of the stages.
pub static STAGES: LazyLock<Vec<String>> = LazyLock::new(codes_of::<Stage>);

impl Facts {
    /// The stage on a day of a recommendation that is addressed to these organisations; `closed_on` is the day on which it was
    /// closed.
    pub fn stage(&self, addressed_to: &[String], closed_on: Option<NaiveDate>, today: NaiveDate) -> Stage {
        let reported = self.reported(today);
        let all_completed = || reported.iter().all(|progress| progress.completed(today).is_some());
        match () {
            () if closed_on.is_some_and(|day| day <= today) => Stage::Closed,
            () if self.verified(addressed_to, today).is_some() => Stage::Verified,
            () if self.all_reported(addressed_to, today) && all_completed() => Stage::Claimed,
            () if reported.iter().any(|progress| progress.has_begun(today)) => Stage::InProgress,
            () if self.answer(today).is_some() => Stage::Answered,
            () => Stage::Made,
        }
    }

    /// The latest answer on a day.
    pub fn answer(&self, today: NaiveDate) -> Option<&AnswerFact> {
        let answers = self.answers.iter().filter(|answer| answer.responded_on <= today);
        answers.max_by_key(|answer| answer.responded_on)
    }

    /// The day of the first answer, on a day.
    pub fn answered_on(&self, today: NaiveDate) -> Option<NaiveDate> {
        self.answers.iter().map(|answer| answer.responded_on).filter(|day| *day <= today).min()
    }

    /// Whether each organisation that it is addressed to has reported by a day; if it is addressed to none, whether any has.
    fn all_reported(&self, addressed_to: &[String], today: NaiveDate) -> bool {
        let reported = self.reported(today);
        let has_reported = |one: &String| reported.iter().any(|progress| progress.by == *one);
        !reported.is_empty() && addressed_to.iter().all(has_reported)
    }

    /// The verification that verified it last, if it is verified on a day.
    pub fn verified(&self, addressed_to: &[String], today: NaiveDate) -> Option<&VerificationFact> {
        if !self.all_reported(addressed_to, today) {
            return None;
        }
        let reported = self.reported(today);
        let verified: Option<Vec<&VerificationFact>> =
            reported.iter().map(|progress| progress.verified(today)).collect();
        verified?.into_iter().max_by_key(|verification| verification.on)
    }

    /// The day on which an organisation completed it, on a day: its last report says so, and nobody has found since that
    /// it is not so. Without an organisation, the day on which the last of all that report on it did.
    pub fn completed(&self, by: Option<&str>, today: NaiveDate) -> Option<NaiveDate> {
        let reported = self.reported(today).into_iter();
        let theirs = reported.filter(|progress| by.is_none_or(|by| progress.by == by));
        let completed: Option<Vec<NaiveDate>> = theirs.map(|progress| progress.completed(today)).collect();
        completed?.into_iter().max()
    }

    /// The progress of which something was reported by a day.
    fn reported(&self, today: NaiveDate) -> Vec<&ProgressFact> {
        self.progress.iter().filter(|progress| progress.last(today).is_some()).collect()
    }
}

impl ProgressFact {
    /// The day and status of the last entry by a day.
    fn last(&self, today: NaiveDate) -> Option<(NaiveDate, ProgressStatus)> {
        self.entries.iter().rfind(|(on, _)| *on <= today).copied()
    }

    fn has_begun(&self, today: NaiveDate) -> bool {
        self.last(today).is_some_and(|(_, status)| status != ProgressStatus::NotStarted)
    }

    /// The day of the last entry, if it says that the work is complete and nobody has since found that it is not. That stands
    /// until somebody finds that it is: a finding in between takes nothing back.
    fn completed(&self, today: NaiveDate) -> Option<NaiveDate> {
        let (on, status) = self.last(today)?;
        let decided =
            self.later(on, today, &[VerificationFinding::NotVerified, VerificationFinding::Verified]);
        let refuted = decided.is_some_and(|later| later.finding == VerificationFinding::NotVerified);
        (status == ProgressStatus::Complete && !refuted).then_some(on)
    }

    /// The last verification, if the last entry says that the work is complete and this finds that it is.
    fn verified(&self, today: NaiveDate) -> Option<&VerificationFact> {
        let since = self.completed(today)?;
        self.later(since, today, &VerificationFinding::ALL)
            .filter(|later| later.finding == VerificationFinding::Verified)
    }

    /// The last verification with one of these findings by another organisation from one day to another: nobody verifies their
    /// own progress. Of several on a day the least favourable counts, in whatever order they were recorded.
    fn later(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        findings: &[VerificationFinding],
    ) -> Option<&VerificationFact> {
        let others = self.verifications.iter().filter(|one| one.by != self.by);
        let within = others.filter(|one| from <= one.on && one.on <= to && findings.contains(&one.finding));
        within.max_by_key(|one| (one.on, one.finding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, n).unwrap()
    }

    fn progress(entries: &[(u32, ProgressStatus)], found: &[(u32, VerificationFinding)]) -> ProgressFact {
        let verification = |(on, finding): &(u32, VerificationFinding)| VerificationFact {
            on: day(*on),
            finding: *finding,
            by: "office".to_owned(),
        };
        ProgressFact {
            by: "force".to_owned(),
            entries: entries.iter().map(|(on, status)| (day(*on), *status)).collect(),
            verifications: found.iter().map(verification).collect(),
        }
    }

    fn stage(all: Vec<ProgressFact>, today: u32) -> Stage {
        Facts { progress: all, ..Facts::default() }.stage(&[], None, day(today))
    }

    #[test]
    fn the_last_entry_and_what_was_found_since_decide() {
        use ProgressStatus::{Complete, InProgress, NotStarted};
        use VerificationFinding::{NotVerified, Partly, Verified};
        let done = || progress(&[(2, InProgress), (5, Complete)], &[]);
        for (today, expected) in [(1, Stage::Made), (2, Stage::InProgress), (5, Stage::Claimed)] {
            assert_eq!(stage(vec![done()], today), expected);
        }
        assert_eq!(stage(vec![progress(&[(2, NotStarted)], &[])], 9), Stage::Made);
        for (found, expected) in [
            (vec![(5, Verified)], Stage::Verified),
            (vec![(4, Verified)], Stage::Claimed),
            (vec![(6, Partly)], Stage::Claimed),
            (vec![(6, Verified), (7, NotVerified)], Stage::InProgress),
            (vec![(6, NotVerified), (7, Verified)], Stage::Verified),
            (vec![(10, Verified)], Stage::Claimed),
        ] {
            assert_eq!(
                stage(vec![progress(&[(2, InProgress), (5, Complete)], &found)], 9),
                expected,
                "{found:?}"
            );
        }
        // Reopened by an entry after the verification.
        let again = progress(&[(5, Complete), (8, InProgress)], &[(6, Verified)]);
        assert_eq!(stage(vec![again], 9), Stage::InProgress);
        // Nobody verifies their own progress, and nobody refutes it either.
        for finding in [Verified, NotVerified] {
            let mut own = progress(&[(5, Complete)], &[(6, finding)]);
            own.by = "office".to_owned();
            assert_eq!(stage(vec![own], 9), Stage::Claimed, "{finding:?}");
        }
        // Two organisations: both must have done it.
        assert_eq!(stage(vec![done(), progress(&[(3, InProgress)], &[])], 9), Stage::InProgress);
        let verified = progress(&[(5, Complete)], &[(6, Verified)]);
        assert_eq!(stage(vec![done(), verified], 9), Stage::Claimed);
        assert_eq!(Facts::default().stage(&[], Some(day(3)), day(3)), Stage::Closed);
        assert_eq!(Facts::default().stage(&[], Some(day(4)), day(3)), Stage::Made);
        // One of those that it is addressed to has not reported.
        let facts =
            Facts { progress: vec![progress(&[(5, Complete)], &[(6, Verified)])], ..Facts::default() };
        let addressed_to = |other: &str| [facts.progress[0].by.clone(), other.to_owned()];
        assert_eq!(facts.stage(&addressed_to("another"), None, day(9)), Stage::InProgress);
        assert_eq!(facts.stage(&addressed_to("another")[..1], None, day(9)), Stage::Verified);
    }
}
