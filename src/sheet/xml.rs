//! The events of a part of a workbook.

use std::borrow::Cow;
use std::io::{BufReader, Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use crate::validation::characters::brief;
use crate::workbook;

/// The most bytes of a text of a cell.
const MAX_TEXT: usize = 256 << 10;

/// A part of a workbook while it is read.
pub struct Part<R: Read> {
    reader: Reader<BufReader<R>>,
    buffer: Vec<u8>,
}

/// What a part has next.
pub enum Node {
    /// An element begins: its name without a prefix, and its attributes.
    Start(String, Attributes),
    /// An element of this name ends.
    End(String),
    Text(String),
    /// The part ends.
    Eof,
}

/// The attributes of an element, by their names without a prefix.
#[derive(Default)]
pub struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether an attribute is set to yes.
    pub fn is(&self, name: &str) -> bool {
        matches!(self.get(name), Some("1" | "true"))
    }

    /// An attribute that is a number, or none if it is not there or no number.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.trim().parse().ok()
    }

    fn of(tag: &BytesStart<'_>) -> Result<Attributes, String> {
        let mut all = vec![];
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let value = quick_xml::escape::unescape(&attribute.value).map_err(|error| error.to_string())?;
            all.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
        }
        Ok(Attributes(all))
    }
}

/// Opens a part of an archive. None if there is no part of that name.
pub fn open<'a, 'b>(
    archive: &'a mut ZipArchive<Cursor<&'b [u8]>>,
    name: &str,
) -> Result<Option<Part<impl Read + use<'a, 'b>>>, String> {
    open_of(archive, name, ".xml")
}

/// Opens a list of relationships of an archive. None if there is no part of that name.
pub fn open_links<'a, 'b>(
    archive: &'a mut ZipArchive<Cursor<&'b [u8]>>,
    name: &str,
) -> Result<Option<Part<impl Read + use<'a, 'b>>>, String> {
    open_of(archive, name, ".rels")
}

/// The part of that name. Names are compared without regard to case, as all readers of workbooks do.
pub fn index_of(archive: &ZipArchive<Cursor<&[u8]>>, name: &str) -> Option<usize> {
    let lower = name.to_ascii_lowercase();
    (0..archive.len()).find(|n| {
        archive
            .name_for_index(*n)
            .and_then(Result::ok)
            .is_some_and(|name| name.replace('\\', "/").to_ascii_lowercase() == lower)
    })
}

/// The most bytes of the texts of a row, which is whole in memory before anybody looks at it.
const MAX_ROW: usize = 16 << 20;

/// Counts a text of a row. Fails where the row has too much.
pub fn count_text(bytes: &mut usize, text: &str) -> Result<(), String> {
    *bytes = bytes.saturating_add(text.len());
    match *bytes > MAX_ROW {
        true => Err(format!("A row has more than {} MiB of text. Shorten it.", MAX_ROW >> 20)),
        false => Ok(()),
    }
}

/// The file says which part is what. One that was not checked as what it is opened as could cost anything.
fn open_of<'a, 'b>(
    archive: &'a mut ZipArchive<Cursor<&'b [u8]>>,
    name: &str,
    ending: &str,
) -> Result<Option<Part<impl Read + use<'a, 'b>>>, String> {
    let lower = name.to_ascii_lowercase();
    let Some(index) = index_of(archive, name) else { return Ok(None) };
    if !lower.ends_with(ending) || !workbook::is_checked(&lower) {
        return Err(format!("The part `{}` is not XML by its name. Save the workbook again.", brief(name)));
    }
    let part = archive.by_index(index).map_err(|error| format!("A part cannot be unpacked: {error}."))?;
    let mut reader = Reader::from_reader(BufReader::new(part));
    reader.config_mut().expand_empty_elements = true;
    Ok(Some(Part { reader, buffer: vec![] }))
}

impl<R: Read> Part<R> {
    /// What comes next.
    pub fn next(&mut self) -> Result<Node, String> {
        loop {
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer).map_err(broken)?;
            return Ok(match event {
                Event::Start(tag) => Node::Start(tag.local_name().as_ref().to_owned(), Attributes::of(&tag)?),
                Event::End(tag) => Node::End(tag.local_name().as_ref().to_owned()),
                Event::Text(text) => Node::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Node::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(reference) => Node::Text(resolved(&reference)?),
                Event::Eof => Node::Eof,
                Event::DocType(_) => return Err("The workbook declares entities of its own.".to_owned()),
                _ => continue,
            });
        }
    }

    /// The next element that begins, whatever ends before it.
    pub fn next_start(&mut self) -> Result<Option<(String, Attributes)>, String> {
        loop {
            match self.next()? {
                Node::Start(name, attributes) => return Ok(Some((name, attributes))),
                Node::Eof => return Ok(None),
                _ => {}
            }
        }
    }

    /// Goes on behind the end of an element, without a look at what is before it.
    pub fn skip_until_end_of(&mut self, name: &str) -> Result<(), String> {
        loop {
            self.buffer.clear();
            match self.reader.read_event_into(&mut self.buffer).map_err(broken)? {
                Event::End(tag) if tag.local_name().as_ref() == name => return Ok(()),
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// The text of an element that has begun, up to its end.
    pub fn text_until(&mut self, name: &str) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Node::Text(more) => push(&mut text, &more)?,
                Node::End(end) if end == name => return Ok(text),
                Node::Eof => return Err(format!("`{name}` does not end.")),
                _ => {}
            }
        }
    }
}

/// Adds to a text that must not be too long.
pub fn push(text: &mut String, more: &str) -> Result<(), String> {
    if text.len() + more.len() > MAX_TEXT {
        return Err(format!("A cell has more than {} KiB of text.", MAX_TEXT >> 10));
    }
    text.push_str(more);
    Ok(())
}

fn broken(error: quick_xml::Error) -> String {
    format!("It is not XML in UTF-8: {error}.")
}

fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(broken)? {
        return Ok(character.to_string());
    }
    let name: Cow<'_, str> = reference.xml10_content();
    match name.as_ref() {
        "amp" => Ok("&".to_owned()),
        "lt" => Ok("<".to_owned()),
        "gt" => Ok(">".to_owned()),
        "quot" => Ok("\"".to_owned()),
        "apos" => Ok("'".to_owned()),
        other => Err(format!("The entity `{}` is not known.", other.chars().take(40).collect::<String>())),
    }
}
