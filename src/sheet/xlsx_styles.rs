//! The styles of cells of Office Open XML.

use std::collections::HashMap;
use std::io::Cursor;
use std::rc::Rc;

use zip::ZipArchive;

use super::format::{Format, built_in};
use super::raised::Position;
use super::xml::{self, Attributes, Node};

/// A style of cells: the format of its numbers, and where its characters stand.
pub struct Style {
    pub format: Rc<Format>,
    pub position: Position,
}

/// Where the characters of a font stand.
pub fn position_of(attributes: &Attributes) -> Position {
    match attributes.get("val") {
        Some("superscript") => Position::Raised,
        Some("subscript") => Position::Lowered,
        _ => Position::Line,
    }
}

/// The styles of cells. A format that several styles name is stored once.
pub fn styles_of(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Vec<Style>, String> {
    let Some(mut part) = xml::open(archive, name)? else { return Ok(vec![]) };
    let mut own: HashMap<usize, Rc<Format>> = HashMap::new();
    let mut fonts: Vec<Position> = vec![];
    let mut all = vec![];
    let (mut is_of_cells, mut is_of_fonts) = (false, false);
    loop {
        match part.next()? {
            Node::Start(name, attributes) => match name.as_str() {
                "numFmt" => {
                    if let (Some(id), Some(code)) =
                        (attributes.number("numFmtId"), attributes.get("formatCode"))
                    {
                        own.insert(id, Rc::new(Format::parse(code)));
                    }
                }
                "fonts" => is_of_fonts = true,
                "font" if is_of_fonts => fonts.push(Position::Line),
                "vertAlign" if is_of_fonts => {
                    if let Some(last) = fonts.last_mut() {
                        *last = position_of(&attributes);
                    }
                }
                "cellXfs" => is_of_cells = true,
                "xf" if is_of_cells => {
                    let id = attributes.number("numFmtId").unwrap_or(0);
                    let known = own.entry(id).or_insert_with(|| Rc::new(Format::parse(built_in(id))));
                    let font = attributes.number("fontId").and_then(|font| fonts.get(font));
                    all.push(Style { format: known.clone(), position: font.copied().unwrap_or_default() });
                }
                _ => {}
            },
            Node::End(name) if name == "fonts" => is_of_fonts = false,
            Node::End(name) if name == "cellXfs" => is_of_cells = false,
            Node::Eof => return Ok(all),
            _ => {}
        }
    }
}
