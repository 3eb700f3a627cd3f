//! How far apart the periods of a series are. A publisher may begin with yearly figures and continue with quarterly ones. A
//! reader who compares a period with the one before must know where that changes.

use super::days::Period;

/// A stretch of a series in which each period begins as many months after the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// How many months lie between two beginnings.
    pub months: u32,
    /// The first period of the stretch.
    pub first: Period,
    /// The last period of the stretch, which is the first of the next stretch.
    pub last: Period,
}

impl Step {
    /// The duration in ISO 8601.
    pub fn text(&self) -> String {
        match self.months {
            months if months.is_multiple_of(12) => format!("P{}Y", months / 12),
            months => format!("P{months}M"),
        }
    }
}

/// The stretches of these periods, which are in order. None where a period does not begin with a month, or two begin together.
pub fn steps(periods: &[Period]) -> Option<Vec<Step>> {
    let mut all: Vec<Step> = vec![];
    for (first, last) in periods.iter().zip(periods.iter().skip(1)) {
        let months = Period::new(first.start, last.start)?.whole_months()?;
        match all.last_mut() {
            Some(step) if step.months == months => step.last = *last,
            _ => all.push(Step { months, first: *first, last: *last }),
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_steps_of_a_series_change_is_told() {
        let of = |texts: &[&str]| {
            let periods: Vec<Period> = texts.iter().map(|text| Period::parse(text).unwrap()).collect();
            steps(&periods).map(|all| {
                let found = all.iter().map(|one| (one.text(), one.first.start, one.last.start));
                found.map(|(step, first, last)| format!("{step} {first} {last}")).collect::<Vec<_>>()
            })
        };
        let years = ["2004-04-01/P1Y", "2005-04-01/P1Y", "2006-04-01/P1Y"];
        assert_eq!(of(&years), Some(vec!["P1Y 2004-04-01 2006-04-01".to_owned()]));
        let then_quarters = [&years[..], &["2006-07-01/P1Y", "2006-10-01/P1Y", "2007-04-01/P1Y"]].concat();
        assert_eq!(
            of(&then_quarters),
            Some(vec![
                "P1Y 2004-04-01 2006-04-01".to_owned(),
                "P3M 2006-04-01 2006-10-01".to_owned(),
                "P6M 2006-10-01 2007-04-01".to_owned(),
            ])
        );
        assert_eq!(of(&["2012-12-11", "2012-12-12"]), None);
        assert_eq!(of(&["2012"]), Some(vec![]));
    }
}
