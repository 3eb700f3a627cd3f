//! Disclosure control as an indicator declares it: its profile, the parents of its codes, and whether its observations can be
//! protected.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::dto::{DisclosureProfile, IndicatorContent, MeasureType, Unit};
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::stats::disclosure::{Axis, Profile};
use crate::store::Conn;

/// Why observations that are no counts of people cannot be published under a profile.
const NOT_COUNTS: &str = "only counts of people can be protected. Publish the counts under an indicator of their own, with the unit COUNT, whole numbers and the measure type `count` or `stock`";

impl DisclosureProfile {
    /// The code of the profile.
    pub const fn code(self) -> &'static str {
        match self {
            DisclosureProfile::None => "none",
            DisclosureProfile::T5 => "t5",
            DisclosureProfile::T5R5 => "t5_r5",
        }
    }

    /// The profile as the arithmetic knows it.
    pub const fn of_stats(self) -> Profile {
        match self {
            DisclosureProfile::None => Profile::None,
            DisclosureProfile::T5 => Profile::T5,
            DisclosureProfile::T5R5 => Profile::T5R5,
        }
    }

    /// How far a shown count can be from the one that was counted, if counts are rounded.
    pub const fn rounded_by_up_to(self) -> Option<i64> {
        match self {
            DisclosureProfile::None | DisclosureProfile::T5 => None,
            DisclosureProfile::T5R5 => Some(2),
        }
    }

    /// Whether small numbers are protected.
    pub fn protects(self) -> bool {
        self != DisclosureProfile::None
    }
}

impl IndicatorContent {
    /// Why observations of this indicator cannot be published; none if they can.
    pub fn publication_refusal(&self) -> Option<&'static str> {
        let counts = self.unit == Unit::Count
            && self.decimals == 0
            && matches!(self.measure_type, MeasureType::Count | MeasureType::Stock);
        (self.disclosure_profile.protects() && !counts).then_some(NOT_COUNTS)
    }

    /// Whether a period is the sum of its parts. Numbers on a day are not.
    pub fn sums_over_time(&self) -> bool {
        self.measure_type == MeasureType::Count
    }

    /// Its dimensions with the parents and the lives of their codes.
    pub fn axes(&self) -> Vec<Axis> {
        let axis = |dimension: &super::dto::Dimension| {
            let parents =
                dimension.codes.iter().filter_map(|code| Some((code.code.clone(), code.parent.clone()?)));
            let lives = dimension.codes.iter().map(|code| (code.code.clone(), (code.from, code.to)));
            Axis {
                name: dimension.code.clone(),
                parents: parents.collect(),
                lives: lives.collect::<BTreeMap<_, _>>(),
            }
        };
        self.dimensions.iter().map(axis).collect()
    }
}

/// The schema of the computed fields of an indicator.
pub fn schema() -> Value {
    json!({"type": "object", "properties": {
        "figures_publishable": {
            "type": "boolean", "readOnly": true,
            "description": "`true` if observations of the indicator can be published.",
        },
        "figures_refused_because": {
            "type": ["string", "null"], "maxLength": 200, "readOnly": true,
            "description": "Why they cannot be published; null if they can.",
        },
    }})
}

/// The computed fields of each indicator, from its content alone.
pub fn computed(_conn: &mut Conn, rows: &[Row], _visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    rows.iter()
        .map(|row| {
            let content: IndicatorContent = row.content()?;
            let refusal = content.publication_refusal();
            Ok(json!({"figures_publishable": refusal.is_none(), "figures_refused_because": refusal}))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_counts_of_people_are_published_under_a_profile() {
        let refused = |profile: &str, unit: &str, measure_type: &str| {
            let mut content = super::super::dto::example();
            content["disclosure_profile"] = json!(profile);
            content["unit"] = json!(unit);
            content["measure_type"] = json!(measure_type);
            let content: IndicatorContent = serde_json::from_value(content).unwrap();
            assert_eq!(content.disclosure_profile.code(), profile);
            content.publication_refusal().is_some()
        };
        for (profile, unit, measure_type, expected) in [
            ("none", "PERCENT", "ratio", false),
            ("none", "COUNT", "count", false),
            ("t5", "COUNT", "count", false),
            ("t5_r5", "COUNT", "stock", false),
            ("t5", "PERCENT", "ratio", true),
            ("t5_r5", "COUNT", "mean", true),
            ("t5", "GBP", "count", true),
        ] {
            assert_eq!(refused(profile, unit, measure_type), expected, "{profile} {unit} {measure_type}");
        }
        assert!(serde_json::from_value::<DisclosureProfile>(json!("one to come")).is_err());
    }
}
