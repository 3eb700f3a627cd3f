//! Whether figures of an indicator can be published: not where small numbers would have to be kept back first.

use serde_json::{Value, json};

use crate::problem::Problem;
use crate::record::read::Row;
use crate::record::visible::Visibility;
use crate::store::Conn;

/// Why the figures of an indicator cannot be published; none where they can. Only what is certain to need no
/// disclosure control goes out.
pub fn figures_refused(content: &Value) -> Option<&'static str> {
    (content["disclosure_profile"] != "none")
        .then_some("figures of this indicator cannot be published until disclosure control is built")
}

/// What stands beside an indicator.
pub fn schema() -> Value {
    json!({"type": "object", "properties": {
        "figures_publishable": {
            "type": "boolean", "readOnly": true,
            "description": "Whether figures of it can be published.",
        },
        "figures_refused_because": {
            "type": ["string", "null"], "maxLength": 200, "readOnly": true,
            "description": "Why they cannot; null where they can.",
        },
    }})
}

/// Reads it: from the content alone.
pub fn computed(_conn: &mut Conn, rows: &[Row], _sight: &Visibility) -> Result<Vec<Value>, Problem> {
    rows.iter()
        .map(|row| {
            let content: Value = serde_json::from_str(&row.content).map_err(Problem::internal)?;
            let because = figures_refused(&content);
            Ok(json!({"figures_publishable": because.is_none(), "figures_refused_because": because}))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_figures_that_need_no_disclosure_control_go_out() {
        assert_eq!(figures_refused(&json!({"disclosure_profile": "none"})), None);
        for profile in [json!("t5"), json!("t5_r5"), json!("one to come"), Value::Null] {
            assert!(figures_refused(&json!({"disclosure_profile": profile})).is_some(), "{profile}");
        }
    }
}
