//! Whether observations of an indicator can be published: not if small numbers would have to be suppressed first.

use serde_json::{Value, json};

use super::dto::{DisclosureProfile, IndicatorContent};
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::store::Conn;

/// Why observations cannot be published under a profile that asks for disclosure control.
pub const NO_DISCLOSURE_CONTROL: &str =
    "figures of this indicator cannot be published until disclosure control is built";

/// Why observations with this profile cannot be published; none if they can.
pub fn publication_refusal(profile: DisclosureProfile) -> Option<&'static str> {
    match profile {
        DisclosureProfile::None => None,
        DisclosureProfile::T5 | DisclosureProfile::T5R5 => Some(NO_DISCLOSURE_CONTROL),
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
            let refusal = publication_refusal(content.disclosure_profile);
            Ok(json!({"figures_publishable": refusal.is_none(), "figures_refused_because": refusal}))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_observations_that_need_no_disclosure_control_are_published() {
        let refused = |profile: &str| {
            let profile = serde_json::from_value(json!(profile)).unwrap();
            publication_refusal(profile).is_some()
        };
        assert!(!refused("none"));
        assert!(refused("t5") && refused("t5_r5"));
        assert!(serde_json::from_value::<DisclosureProfile>(json!("one to come")).is_err());
    }
}
