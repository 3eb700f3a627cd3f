//! The parts of a page. One template writes them all, so that every text is escaped in one place.

use askama::Template;
use serde_json::Value;

use super::shown::Shown;

/// A part of a page.
#[derive(Clone, Debug)]
pub enum Block {
    /// What the page is about, above its title.
    Kind(Shown),
    /// The title.
    Title(String),
    /// A heading of level 2 or 3, which a link can name.
    Heading { level: u8, id: String, words: Shown },
    /// The sentence that says most.
    Lead(Shown),
    /// A paragraph.
    Text(Shown),
    /// A paragraph that says less.
    Note(Shown),
    /// A value of any form.
    Value(Shown),
    /// A table.
    Grid(Grid),
    /// Ways to other pages.
    Links(Vec<(String, String)>),
    /// Lines of a list.
    Items(Vec<Shown>),
    /// A form.
    Form(Form),
    /// What is shown when the reader opens it, and on paper.
    Folded { summary: String, blocks: Vec<Block> },
    /// Parts that belong together.
    Part { name: &'static str, blocks: Vec<Block> },
    /// A picture, and what it is of.
    Figure { picture: Shown, words: Shown },
}

/// A table. The first cell of each row is its heading.
#[derive(Clone, Debug)]
pub struct Grid {
    pub caption: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Shown>>,
    /// Whether it fills the page, so that tables below one another line up.
    pub is_wide: bool,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    pub title: String,
    pub is_number: bool,
}

/// A form.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub action: String,
    pub is_search: bool,
    /// Whether sending it changes something.
    pub is_change: bool,
    pub hidden: Vec<(String, String)>,
    pub fields: Vec<Field>,
    pub button: &'static str,
}

/// A field of a form.
#[derive(Clone, Debug, Default)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    /// The label, where it follows from a kind.
    pub words: String,
    /// The type of the input, where there are no options.
    pub input: &'static str,
    pub value: String,
    pub is_required: bool,
    /// The values to choose from, each with its words.
    pub options: Vec<(String, String)>,
    /// What was wrong with what was sent.
    pub faults: Vec<String>,
}

impl Field {
    /// The attributes of an input that was sent with a fault.
    fn state(&self) -> &'static str {
        if self.faults.is_empty() { "" } else { " aria-invalid=\"true\"" }
    }
}

#[derive(Template)]
#[template(path = "block.html")]
struct BlockPage<'a> {
    block: &'a Block,
}

impl Block {
    /// The part as HTML.
    pub fn html(&self) -> askama::Result<String> {
        BlockPage { block: self }.render()
    }

    /// A heading without an anchor.
    pub fn heading(level: u8, words: &str) -> Block {
        Block::Heading { level, id: String::new(), words: Shown::Text(words.to_owned()) }
    }

    /// A paragraph of text.
    pub fn text(words: &str) -> Block {
        Block::Text(Shown::Text(words.to_owned()))
    }

    /// The way to the next page, if there is one.
    pub fn next(address: Option<String>) -> Option<Block> {
        address.map(|address| Block::Links(vec![(address, "The next page".to_owned())]))
    }

    /// A soft paragraph of text.
    pub fn note(words: &str) -> Block {
        Block::Note(Shown::Text(words.to_owned()))
    }
}

impl Grid {
    /// A table without rows. A title that begins with `#` is that of a column of numbers.
    pub fn new(caption: &str, titles: &[&str]) -> Grid {
        let column = |title: &&str| Column {
            title: title.trim_start_matches('#').to_owned(),
            is_number: title.starts_with('#'),
        };
        Grid {
            caption: caption.to_owned(),
            columns: titles.iter().map(column).collect(),
            rows: vec![],
            is_wide: false,
        }
    }

    /// The table without columns in which nothing is stated: they say nothing.
    pub fn without_empty_columns(self) -> Grid {
        let says =
            |n: &usize| self.rows.iter().any(|row| row.get(*n).is_some_and(|cell| *cell != Shown::Nothing));
        let shown: Vec<usize> = (0..self.columns.len()).filter(|n| *n == 0 || says(n)).collect();
        let pick = |row: &Vec<Shown>| shown.iter().filter_map(|n| row.get(*n).cloned()).collect();
        Grid {
            columns: shown.iter().filter_map(|n| self.columns.get(*n).cloned()).collect(),
            rows: self.rows.iter().map(pick).collect(),
            ..self
        }
    }

    /// The name of the table in the style: on a phone, rows of several columns become cards.
    pub fn class(&self) -> &'static str {
        match self.columns.len() {
            0..=2 => "pair",
            _ if self.is_wide => "cards figures",
            _ => "cards",
        }
    }

    /// The cells of a row with their columns.
    pub fn cells<'a>(&'a self, row: &'a [Shown]) -> impl Iterator<Item = (&'a Column, &'a Shown)> {
        self.columns.iter().zip(row)
    }
}

/// Parts of a page as HTML.
pub fn html(blocks: &[Block]) -> askama::Result<String> {
    let mut all = String::new();
    for block in blocks {
        all.push_str(&block.html()?);
        all.push('\n');
    }
    Ok(all)
}

/// A link with the address and the words of two fields.
pub fn link(address: &Value, words: &Value) -> Shown {
    let words = words.as_str().unwrap_or_default().to_owned();
    match address.as_str().filter(|address| address.starts_with("/v1/")) {
        Some(address) => Shown::Link { address: address.to_owned(), words },
        None => Shown::Text(words),
    }
}

/// The text of a field; empty where there is none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The elements of a list; none where there is no list.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The value as text.
pub fn words(text: impl Into<String>) -> Shown {
    Shown::Text(text.into())
}
