//! The styles of an OpenDocument workbook that raise or lower characters.

use std::collections::HashMap;
use std::io::Cursor;

use zip::ZipArchive;

use super::raised::Position;
use super::xml::{self, Attributes};

/// The part with the styles that people name.
const STYLES: &str = "styles.xml";

/// Where the characters of each style stand, by the family and the name of the style.
#[derive(Default)]
pub struct Styles {
    positions: HashMap<(String, String), Position>,
    /// The style that is being read.
    present: (String, String),
}

impl Styles {
    /// The styles that people name. Those of the content are added while it is read.
    pub fn of(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Styles, String> {
        let mut styles = Styles::default();
        let Some(mut part) = xml::open(archive, STYLES)? else { return Ok(styles) };
        while let Some((name, attributes)) = part.next_start()? {
            styles.add(&name, &attributes);
        }
        Ok(styles)
    }

    /// Notes what an element says of a style.
    pub fn add(&mut self, name: &str, attributes: &Attributes) {
        let get = |name: &str| attributes.get(name).unwrap_or_default().to_owned();
        match name {
            "style" => {
                self.present = (get("family"), get("name"));
                let parent = self.positions.get(&(get("family"), get("parent-style-name"))).copied();
                if let Some(parent) = parent {
                    self.positions.insert(self.present.clone(), parent);
                }
            }
            "default-style" => self.present = (get("family"), String::new()),
            "text-properties" => {
                if let Some(position) = attributes.get("text-position") {
                    self.positions.insert(self.present.clone(), position_of(position));
                }
            }
            _ => {}
        }
    }

    /// Where the characters of a cell stand.
    pub fn of_cell(&self, attributes: &Attributes) -> Position {
        self.find("table-cell", attributes).unwrap_or_default()
    }

    /// Where the characters of a part of a text stand, inside of what stands there.
    pub fn of_text(&self, attributes: &Attributes, outer: Option<Position>) -> Position {
        let own = self.find("text", attributes).or_else(|| self.find("paragraph", attributes));
        own.or(outer).unwrap_or_default()
    }

    fn find(&self, family: &str, attributes: &Attributes) -> Option<Position> {
        if self.positions.is_empty() {
            return None;
        }
        let name = attributes.get("style-name")?;
        self.positions.get(&(family.to_owned(), name.to_owned())).copied()
    }
}

/// `super 58%`, `sub`, or by how much of its height: `33% 58%`, `-33% 58%`.
fn position_of(text: &str) -> Position {
    let first = text.split_whitespace().next().unwrap_or_default();
    let is_nothing = first.trim_end_matches('%').bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-'));
    match first {
        "super" => Position::Raised,
        "sub" => Position::Lowered,
        _ if is_nothing => Position::Line,
        _ if first.starts_with('-') => Position::Lowered,
        _ => Position::Raised,
    }
}
