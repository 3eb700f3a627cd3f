//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, ThemeContent};
use crate::record::kind::{Column, Definition, Kind, Ty};

pub struct Theme;

impl Kind for Theme {
    type Content = ThemeContent;

    const DEFINITION: Definition = Definition {
        about: "A theme: a threat, an emerging threat or a national requirement that priorities and objectives address.",
        columns: &[Column::new("title", Ty::Text).sorted(), Column::new("theme_kind", Ty::Text).equal()],
        demo: include_str!("../../../demo/themes.jsonl"),
        shown: "alcohol-related-crime",
        ..Definition::reference("theme", "themes")
    };

    fn example() -> Value {
        dto::example()
    }
}
