//! The verdicts on a statement.

use serde::Serialize;

use crate::stats::claim::Verdict;

/// What the figures say of a statement, or why they say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatementVerdict {
    /// The figures confirm it.
    Reproduced,
    /// The figures of the day bore it out; revised since, they no longer do.
    ReproducedThenRevised,
    /// The figures do not confirm it.
    NotReproduced,
    /// The figure on record is the statement itself.
    OnlySource,
    /// There is nothing with which it can be compared.
    MissingBaseline,
    /// The source does not say of which period it speaks.
    AmbiguousPeriod,
    /// The two cannot be compared like for like.
    NotLikeForLike,
    /// The figures are not published.
    NotPublished,
    /// A figure is hidden so that no person can be identified.
    Suppressed,
    /// The figures are rounded so that no person can be identified, and do not tell.
    Rounded,
    /// No series on record measures it.
    NoSeries,
    /// It states no figure and no direction.
    NoFigure,
}

impl StatementVerdict {
    /// The code in the API and in the database.
    pub fn code(self) -> &'static str {
        match self {
            StatementVerdict::Reproduced => Verdict::Reproduced.code(),
            StatementVerdict::ReproducedThenRevised => Verdict::ReproducedThenRevised.code(),
            StatementVerdict::NotReproduced => Verdict::NotReproduced.code(),
            StatementVerdict::MissingBaseline => Verdict::MissingBaseline.code(),
            StatementVerdict::NotLikeForLike => Verdict::NotLikeForLike.code(),
            StatementVerdict::NotPublished => Verdict::NotPublished.code(),
            StatementVerdict::Suppressed => Verdict::Suppressed.code(),
            StatementVerdict::Rounded => Verdict::Rounded.code(),
            StatementVerdict::OnlySource => "only_source",
            StatementVerdict::AmbiguousPeriod => "ambiguous_period",
            StatementVerdict::NoSeries => "no_series",
            StatementVerdict::NoFigure => "no_figure",
        }
    }
}

impl From<Verdict> for StatementVerdict {
    fn from(verdict: Verdict) -> StatementVerdict {
        match verdict {
            Verdict::Reproduced => StatementVerdict::Reproduced,
            Verdict::ReproducedThenRevised => StatementVerdict::ReproducedThenRevised,
            Verdict::NotReproduced => StatementVerdict::NotReproduced,
            Verdict::MissingBaseline => StatementVerdict::MissingBaseline,
            Verdict::NotLikeForLike => StatementVerdict::NotLikeForLike,
            Verdict::NotPublished => StatementVerdict::NotPublished,
            Verdict::Suppressed => StatementVerdict::Suppressed,
            Verdict::Rounded => StatementVerdict::Rounded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StatementVerdict;
    use crate::resources::codes::codes_of;

    #[test]
    fn the_code_in_the_database_is_the_one_in_the_api() {
        use StatementVerdict::*;
        let all = [
            Reproduced,
            ReproducedThenRevised,
            NotReproduced,
            OnlySource,
            MissingBaseline,
            AmbiguousPeriod,
            NotLikeForLike,
            NotPublished,
            Suppressed,
            Rounded,
            NoSeries,
            NoFigure,
        ];
        assert_eq!(all.map(StatementVerdict::code).to_vec(), codes_of::<StatementVerdict>());
    }
}
