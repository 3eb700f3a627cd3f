//! What the arithmetic of statistics takes of an indicator.

use chrono::NaiveDate;

use super::dto::{Baseline, IndicatorContent, MeasureType, Polarity, Unit};
use crate::resources::shared::{Decimal, Operator};
use crate::stats::decimal::Scaled;
use crate::stats::measure::{self, Measure};
use crate::stats::period::Period;
use crate::stats::target::Target;

impl IndicatorContent {
    /// What it measures.
    pub fn measure(&self) -> Measure {
        Measure {
            unit: self.unit.of_measure(),
            measure_type: match self.measure_type {
                MeasureType::Count => measure::MeasureType::Count,
                MeasureType::Ratio => measure::MeasureType::Ratio,
                MeasureType::Mean => measure::MeasureType::Mean,
                MeasureType::Percentile => measure::MeasureType::Percentile,
                MeasureType::Stock => measure::MeasureType::Stock,
            },
            polarity: match self.polarity {
                Polarity::LowerIsBetter => measure::Polarity::LowerIsBetter,
                Polarity::HigherIsBetter => measure::Polarity::HigherIsBetter,
                Polarity::Contextual => measure::Polarity::Contextual,
            },
            frequency: self.frequency.of_periods(),
            decimals: u32::try_from(self.decimals).unwrap_or(0),
        }
    }

    /// Its targets.
    pub fn targets_of_measure(&self) -> Vec<Target> {
        let target = |target: &super::dto::IndicatorTarget| {
            Some(Target {
                value: target.value.scaled()?,
                operator: match target.operator {
                    Operator::Le => measure::Operator::AtMost,
                    Operator::Ge => measure::Operator::AtLeast,
                },
                from: target.from,
                to: target.to,
            })
        };
        self.targets.iter().filter_map(target).collect()
    }

    /// The days from which its values cannot be compared with earlier ones.
    pub fn break_days(&self) -> Vec<NaiveDate> {
        self.breaks.iter().map(|one| one.date).collect()
    }

    /// The position of the dimension of areas, if it has one.
    pub fn area_dimension(&self) -> Option<usize> {
        self.dimensions.iter().position(|dimension| dimension.code == "AREA")
    }
}

impl Baseline {
    /// The period, if it is one of the calendar.
    pub fn period(&self) -> Option<Period> {
        Period::parse(&self.period).ok()
    }

    /// The fixed value, if it has one.
    pub fn fixed_value(&self) -> Option<Scaled> {
        self.value.as_ref().and_then(Decimal::scaled)
    }
}

impl Unit {
    /// The unit as the arithmetic knows it.
    pub fn of_measure(self) -> measure::Unit {
        match self {
            Unit::Count => measure::Unit::Count,
            Unit::Percent => measure::Unit::Percent,
            Unit::Rate1000 => measure::Unit::Rate(1_000),
            Unit::Rate10000 => measure::Unit::Rate(10_000),
            Unit::Rate100000 => measure::Unit::Rate(100_000),
            Unit::Seconds => measure::Unit::Other("seconds"),
            Unit::Minutes => measure::Unit::Other("minutes"),
            Unit::Hours => measure::Unit::Other("hours"),
            Unit::Days => measure::Unit::Other("days"),
            Unit::Gbp => measure::Unit::Pounds,
            Unit::Ratio => measure::Unit::Other(""),
        }
    }

    /// The code of a result's unit: a count divided by people is a rate, everything else has the indicator's own unit.
    pub fn code_of_result(self, unit: measure::Unit) -> &'static str {
        match unit {
            measure::Unit::Rate(1_000) => Unit::Rate1000.code(),
            measure::Unit::Rate(10_000) => Unit::Rate10000.code(),
            measure::Unit::Rate(100_000) => Unit::Rate100000.code(),
            _ => self.code(),
        }
    }
}
