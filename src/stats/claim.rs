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
        }
    }
}

/// The verdict on a claim, with whether it was judged on later figures because nothing of its day is on record.
///
/// The results are to be computed with a `low_base` of 0: what was claimed of a small base is judged all the same.
pub fn verdict(
    claim: &Claim,
    then: Option<&Result<Fraction, Reason>>,
    now: &Result<Fraction, Reason>,
) -> (Verdict, bool) {
    let no_vintage_then = then.is_none();
    let verdict = match then.unwrap_or(now) {
        Err(reason) => of_reason(*reason),
        Ok(result) if !claim.holds(result) => Verdict::NotReproduced,
        Ok(_) => match now {
            Ok(now) if !claim.holds(now) => Verdict::ReproducedThenRevised,
            // What has been hidden or withdrawn since does not say that the claim was wrong.
            _ => Verdict::Reproduced,
        },
    };
    (verdict, no_vintage_then)
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
        for (then, now, expected) in [
            (Some(&right), &right, ("reproduced", false)),
            (Some(&right), &wrong, ("reproduced_then_revised", false)),
            (Some(&right), &hidden, ("reproduced", false)),
            (Some(&wrong), &right, ("not_reproduced", false)),
            (None, &right, ("reproduced", true)),
            (None, &wrong, ("not_reproduced", true)),
            (Some(&hidden), &right, ("suppressed", false)),
            (None, &Err(Reason::MissingBaseline), ("missing_baseline", true)),
            (None, &Err(Reason::BreakBetween), ("not_like_for_like", true)),
            (None, &Err(Reason::NotPublished), ("not_published", true)),
        ] {
            let (verdict, later) = verdict(&claim, then, now);
            assert_eq!((verdict.code(), later), expected);
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
