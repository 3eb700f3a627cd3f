//! A grant that is checked, and where the remarks about it belong.

use serde_json::Value;

use super::sheet::{Grant, LOCATIONS, Place, Sheet};

/// A grant that is checked.
pub struct CheckedGrant<'a> {
    pub sheet: &'a mut Sheet,
    pub row: &'a Grant,
}

impl CheckedGrant<'_> {
    /// The text of a field of the grant itself (`""`) or of one of its parts; empty if there is none.
    pub fn text(&self, group: &str, field: &str) -> &str {
        let fields = &self.row.fields;
        let value = if group.is_empty() {
            fields.get(field)
        } else {
            fields.get(group).and_then(|group| group.get(field))
        };
        value.and_then(Value::as_str).unwrap_or_default()
    }

    /// The row and the title of a field's column; none if the file has no such column, or if the cell has an error
    /// already.
    pub fn place(&self, group: &str, field: &str) -> Option<(Place, String)> {
        let found = self.sheet.place_of(self.row, group, field)?;
        (!self.sheet.is_wrong(found.0, &found.1)).then_some(found)
    }

    pub fn error(&mut self, group: &str, field: &str, code: &'static str, detail: String) {
        if let Some((place, title)) = self.place(group, field) {
            self.sheet.error(place, &title, code, detail);
        }
    }

    pub fn warning(&mut self, group: &str, field: &str, code: &'static str, detail: String) {
        if let Some((place, title)) = self.place(group, field) {
            self.sheet.warning(place, &title, code, detail);
        }
    }

    /// Adds a warning about a field of a location.
    pub fn location_warning(&mut self, n: usize, field: &str, code: &'static str, detail: String) {
        let Some((place, item)) = self.row.locations.get(n).copied() else { return };
        if let Some(title) = self.sheet.title(place.table, LOCATIONS, item, field)
            && !self.sheet.is_wrong(place, &title)
        {
            self.sheet.warning(place, &title, code, detail);
        }
    }
}
