//! Public claims, checked against a computed result: whether it holds, and which base would have made it hold.

use std::cmp::Ordering;

use super::comparison::Reason;
use super::decimal::Scaled;
use super::fraction::Fraction;

/// How a claim states its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// This value, to the decimals with which it is stated.
    Exact(Scaled),
    /// About this value: the result rounds to it. "Halved" is about −50.
    Approx(Scaled),
    /// This or more.
    AtLeast(Scaled),
    /// This or less. "Down by at least two thirds" is at most −66.7.
    AtMost(Scaled),
    /// More than this.
    MoreThan(Scaled),
    /// Less than this. "More than halved" is less than −50.
    LessThan(Scaled),
    /// From one value to another, both included.
    Range(Scaled, Scaled),
    /// Only that it rose.
    Rose,
    /// Only that it fell.
    Fell,
    /// Only that it stayed the same.
    Unchanged,
}

/// A claim: a value as stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub qualifier: Qualifier,
    /// The place to which the value is rounded as stated: 0.1, 1, 1000. Never 0.
    pub step: Scaled,
}

impl Claim {
    /// True if the result is as claimed. A value is compared with the result as the claim would have rounded it; a value
    /// that the result must exceed or stay below is compared with the result as it is.
    pub fn holds(&self, result: &Fraction) -> bool {
        let of = |value: Scaled| Fraction::from(value);
        let step = of(self.step);
        let rounded = result.over(&step).map_or_else(|| result.clone(), |steps| &steps.nearest(0) * &step);
        match self.qualifier {
            Qualifier::Exact(value) | Qualifier::Approx(value) => rounded == of(value),
            Qualifier::AtLeast(value) => rounded >= of(value),
            Qualifier::AtMost(value) => rounded <= of(value),
            Qualifier::MoreThan(value) => *result > of(value),
            Qualifier::LessThan(value) => *result < of(value),
            Qualifier::Range(least, most) => of(least) <= rounded && rounded <= of(most),
            Qualifier::Rose => result.sign() == Ordering::Greater,
            Qualifier::Fell => result.sign() == Ordering::Less,
            Qualifier::Unchanged => result.sign() == Ordering::Equal,
        }
    }

    /// Whether a result is as claimed that lies somewhere between two bounds: `None` if that depends on where.
    fn holds_between(&self, least: &Fraction, most: &Fraction) -> Option<bool> {
        match (self.holds(least), self.holds(most)) {
            // What a claim takes has no hole: with both bounds, it takes all between them.
            (true, true) => Some(true),
            (false, false) => {
                // Only these can hold between two results for which they do not.
                let stated = match self.qualifier {
                    Qualifier::Exact(value) | Qualifier::Approx(value) | Qualifier::Range(value, _) => {
                        Some(Fraction::from(value))
                    }
                    Qualifier::Unchanged => Some(Fraction::from(0)),
                    _ => None,
                };
                match stated.is_some_and(|stated| *least <= stated && stated <= *most) {
                    true => None,
                    false => Some(false),
                }
            }
            _ => None,
        }
    }

    /// Whether a computed result is as claimed: `None` if its figures are too coarse to tell.
    pub fn holds_for(&self, result: &Fraction, precision: &Precision) -> Option<bool> {
        match precision {
            Precision::Exact => Some(self.holds(result)),
            Precision::Between(least, most) => self.holds_between(least, most),
            Precision::Unknown => None,
        }
    }

    /// The number of decimals of the place to which the value is rounded.
    pub fn decimals(&self) -> u32 {
        let mut place = self.step.raw();
        let mut decimals = 0;
        while place > 0 && place < 1_000_000 {
            place *= 10;
            decimals += 1;
        }
        decimals
    }

    /// The stated value, if there is a single one.
    pub fn value(&self) -> Option<Scaled> {
        match self.qualifier {
            Qualifier::Exact(value)
            | Qualifier::Approx(value)
            | Qualifier::AtLeast(value)
            | Qualifier::AtMost(value)
            | Qualifier::MoreThan(value)
            | Qualifier::LessThan(value) => Some(value),
            Qualifier::Range(..) | Qualifier::Rose | Qualifier::Fell | Qualifier::Unchanged => None,
        }
    }
}

/// How exact a result is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precision {
    /// The figures of the claim are as they were counted.
    Exact,
    /// The figures of the claim were rounded: the result of those that were counted lies between these, both included.
    Between(Fraction, Fraction),
    /// The figures of the claim were rounded, and nothing says how far the result is from that of those that were counted.
    Unknown,
}

/// A result that was computed from figures, or why there is none.
pub struct Computed<'a> {
    pub result: &'a Result<Fraction, Reason>,
    pub precision: &'a Precision,
}

/// What the figures say of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It holds, on the figures of its day and on today's.
    Reproduced,
    /// It held on the figures of its day; revised since, they say otherwise.
    ReproducedThenRevised,
    /// It does not hold on the figures of its day.
    NotReproduced,
    /// The base has no value.
    MissingBaseline,
    /// A break lies between, or the figures do not cover the same.
    NotLikeForLike,
    /// The figures are not published.
    NotPublished,
    /// A figure is hidden so that no person can be identified.
    Suppressed,
    /// The figures are rounded so that no person can be identified, and do not tell.
    Rounded,
}

impl Verdict {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Reproduced => "reproduced",
            Verdict::ReproducedThenRevised => "reproduced_then_revised",
            Verdict::NotReproduced => "not_reproduced",
            Verdict::MissingBaseline => "missing_baseline",
            Verdict::NotLikeForLike => "not_like_for_like",
            Verdict::NotPublished => "not_published",
            Verdict::Suppressed => "suppressed",
            Verdict::Rounded => "rounded",
        }
    }
}

impl Verdict {
    /// The verdict in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Reproduced => "The figures confirm it.",
            Verdict::ReproducedThenRevised => {
                "The figures of that day confirmed it; they were revised, and no longer do."
            }
            Verdict::NotReproduced => "The figures do not confirm it.",
            Verdict::MissingBaseline => "There is no figure to compare with.",
            Verdict::NotLikeForLike => "The two cannot be compared like for like.",
            Verdict::NotPublished => "The figures are not published.",
            Verdict::Suppressed => "A figure is hidden so that no person can be identified.",
            Verdict::Rounded => {
                "The figures are rounded so that no person can be identified: they neither confirm it nor refute it."
            }
        }
    }
}

/// The verdict on a claim, with what must be known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub verdict: Verdict,
    /// It was judged by later figures, because nothing of its day is on record.
    pub by_later: bool,
    /// The figures of its day confirmed it, and are no longer published or are hidden now.
    pub gone_since: bool,
}

/// The verdict on a claim.
///
/// The results are to be computed with a `low_base` of 0: what was claimed of a small base is judged all the same.
pub fn verdict(claim: &Claim, then: Option<&Computed<'_>>, now: &Computed<'_>) -> Judgement {
    let by_later = then.is_none();
    let holds = |computed: &Computed<'_>| match computed.result {
        Err(reason) => Err(of_reason(*reason)),
        Ok(result) => claim.holds_for(result, computed.precision).ok_or(Verdict::Rounded),
    };
    let verdict = match (holds(then.unwrap_or(now)), holds(now)) {
        (Err(none), _) => none,
        (Ok(false), _) => Verdict::NotReproduced,
        (Ok(true), Ok(false)) => Verdict::ReproducedThenRevised,
        // What has been hidden or withdrawn since does not say that the claim was wrong.
        (Ok(true), _) => Verdict::Reproduced,
    };
    Judgement { verdict, by_later, gone_since: verdict == Verdict::Reproduced && now.result.is_err() }
}

fn of_reason(reason: Reason) -> Verdict {
    match reason {
        Reason::Suppressed => Verdict::Suppressed,
        Reason::MissingBaseline | Reason::ZeroBaseline | Reason::NoTarget => Verdict::MissingBaseline,
        Reason::BreakBetween
        | Reason::IncompleteWindow
        | Reason::NoPopulation
        | Reason::NoNumeratorOrDenominator
        | Reason::ZeroDenominator
        | Reason::LowBase => Verdict::NotLikeForLike,
        Reason::NotPublished => Verdict::NotPublished,
    }
}

/// The base that would have given the stated change, from the current value: `c − change`.
pub fn base_for_change(current: &Fraction, change: Scaled) -> Fraction {
    current - &Fraction::from(change)
}

/// The base that would have given the stated change in per cent, if it is positive: `100 c ÷ (100 + change)`.
pub fn base_for_percentage(current: &Fraction, percentage: Scaled) -> Option<Fraction> {
    let times = &Fraction::from(100) + &Fraction::from(percentage);
    let base = (&Fraction::from(100) * current).over(&times)?;
    (base.sign() == Ordering::Greater).then_some(base)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str) -> Scaled {
        Scaled::parse(text).unwrap()
    }

    fn result(text: &str) -> Fraction {
        Fraction::from(value(text))
    }

    #[test]
    fn a_claim_holds_as_its_words_say() {
        type Make = fn(Scaled) -> Qualifier;
        for (make, stated, step, computed, holds) in [
            // "Halved."
            (Qualifier::Approx as Make, "-50", "1", "-49.6", true),
            (Qualifier::Approx, "-50", "1", "-50.5", false),
            // "More than halved."
            (Qualifier::LessThan, "-50", "1", "-50.000001", true),
            (Qualifier::LessThan, "-50", "1", "-50", false),
            // "Over 11 % down."
            (Qualifier::LessThan, "-11", "1", "-11.2", true),
            (Qualifier::LessThan, "-11", "1", "-10.9", false),
            // "Down by at least two thirds."
            (Qualifier::AtMost, "-66.7", "0.1", "-66.666667", true),
            (Qualifier::AtMost, "-66.7", "0.1", "-66.6", false),
            (Qualifier::Exact, "-16", "1", "-16.2", true),
            (Qualifier::Exact, "8.7", "0.1", "8.74", true),
            (Qualifier::Exact, "8.7", "0.1", "8.75", false),
            (Qualifier::AtLeast, "30", "1", "29.5", true),
            (Qualifier::MoreThan, "30", "1", "30", false),
            // "Around 17,000."
            (Qualifier::Approx, "17000", "1000", "16500", true),
            (Qualifier::Approx, "17000", "1000", "17500", false),
            (Qualifier::Exact, "172400000", "100000", "172449999", true),
        ] {
            let claim = Claim { qualifier: make(value(stated)), step: value(step) };
            assert_eq!(claim.holds(&result(computed)), holds, "{claim:?} {computed}");
            assert_eq!(claim.value(), Some(value(stated)));
        }
        let range = Claim { qualifier: Qualifier::Range(value("10"), value("12")), step: value("1") };
        assert!(range.holds(&result("12.4")) && !range.holds(&result("12.5")));
        for (qualifier, computed) in
            [(Qualifier::Rose, "0.1"), (Qualifier::Fell, "-0.1"), (Qualifier::Unchanged, "0")]
        {
            let claim = Claim { qualifier, step: value("1") };
            assert!(
                claim.holds(&result(computed))
                    && !claim.holds(&-&result("5")) | (qualifier == Qualifier::Fell)
            );
        }
    }

    #[test]
    fn the_verdict_is_on_the_figures_of_the_day() {
        let claim = Claim { qualifier: Qualifier::Exact(value("-31")), step: value("1") };
        let (right, wrong) = (Ok(result("-31.2")), Ok(result("-25")));
        let hidden = Err(Reason::Suppressed);
        let computed = |result| Computed { result, precision: &Precision::Exact };
        for (then, now, expected) in [
            (Some(&right), &right, ("reproduced", false)),
            (Some(&right), &wrong, ("reproduced_then_revised", false)),
            (Some(&right), &hidden, ("reproduced", false)),
            (Some(&right), &Err(Reason::NotPublished), ("reproduced", false)),
            (Some(&wrong), &right, ("not_reproduced", false)),
            (None, &right, ("reproduced", true)),
            (None, &wrong, ("not_reproduced", true)),
            (Some(&hidden), &right, ("suppressed", false)),
            (None, &Err(Reason::MissingBaseline), ("missing_baseline", true)),
            (None, &Err(Reason::BreakBetween), ("not_like_for_like", true)),
            (None, &Err(Reason::NotPublished), ("not_published", true)),
        ] {
            let judgement = verdict(&claim, then.map(computed).as_ref(), &computed(now));
            assert_eq!((judgement.verdict.code(), judgement.by_later), expected);
            assert_eq!(judgement.gone_since, expected.0 == "reproduced" && now.is_err());
        }
    }

    #[test]
    fn rounded_figures_decide_only_what_every_figure_behind_them_would() {
        let exact = |text| Qualifier::Exact(value(text));
        for (qualifier, bounds, expected) in [
            (exact("53"), ("48", "52"), Some(false)),
            (exact("52"), ("48", "52"), None),
            (exact("50"), ("48", "52"), None),
            (Qualifier::AtLeast(value("48")), ("48", "52"), Some(true)),
            (Qualifier::AtLeast(value("49")), ("48", "52"), None),
            (Qualifier::MoreThan(value("52")), ("48", "52"), Some(false)),
            (Qualifier::Range(value("49"), value("50")), ("48", "52"), None),
            (Qualifier::Range(value("40"), value("60")), ("48", "52"), Some(true)),
            (Qualifier::Range(value("60"), value("70")), ("48", "52"), Some(false)),
            (Qualifier::Rose, ("-1", "3"), None),
            (Qualifier::Rose, ("1", "3"), Some(true)),
            (Qualifier::Fell, ("1", "3"), Some(false)),
            (Qualifier::Unchanged, ("-4", "4"), None),
            (Qualifier::Unchanged, ("1", "9"), Some(false)),
        ] {
            let claim = Claim { qualifier, step: value("1") };
            let precision = Precision::Between(result(bounds.0), result(bounds.1));
            assert_eq!(claim.holds_for(&result("50"), &precision), expected, "{claim:?} {bounds:?}");
            let computed = Ok(result("50"));
            let now = Computed { result: &computed, precision: &precision };
            let code = verdict(&claim, None, &now).verdict.code();
            let codes = [(Some(true), "reproduced"), (Some(false), "not_reproduced"), (None, "rounded")];
            assert!(codes.contains(&(expected, code)), "{code}");
        }
    }

    #[test]
    fn the_base_that_would_have_given_the_claim() {
        let current = result("69");
        assert_eq!(base_for_percentage(&current, value("-31")).unwrap().text(0), "100");
        assert_eq!(base_for_change(&current, value("-31")).text(0), "100");
        assert_eq!(base_for_percentage(&current, value("-100")), None);
        assert_eq!(base_for_percentage(&current, value("-150")), None);
    }

    proptest! {
        #[test]
        fn from_the_base_the_claim_is_reached(current in 1..1_000_000_i64, percentage in -9_900..50_000_i64) {
            let percentage = Scaled::from_raw(percentage * 10_000);
            let current = Fraction::from(current);
            let base = base_for_percentage(&current, percentage).unwrap();
            let change = (&Fraction::from(100) * &(&current - &base)).over(&base).unwrap();
            prop_assert_eq!(change, Fraction::from(percentage));
        }
    }
}
