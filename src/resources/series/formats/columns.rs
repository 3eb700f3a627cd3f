//! The columns of the CSV, in order, with all that its metadata says of them.

use crate::http::csv::guarded;
use crate::resources::series::cell::{Frame, Labels};

/// A column.
pub struct Column {
    /// Its name for programs, whatever the labels.
    pub name: String,
    /// What stands in the header.
    pub title: String,
    /// The datatype of its cells (CSVW).
    pub datatype: &'static str,
    /// Whether it has a value in every row.
    pub required: bool,
    /// What it holds.
    pub about: String,
}

/// What one column is, in the terms of SDMX.
enum Part {
    /// A component of the structure: it has a name beside its id.
    Component(&'static str),
    /// Anything else: it has none.
    Custom,
}

use Part::{Component, Custom};

/// What every row begins with.
const HEAD: &[(&str, &str, &str)] = &[
    ("STRUCTURE", "string", "The kind of structure that the row is of."),
    ("STRUCTURE_ID", "string", "The indicator, as agency and id."),
    ("STRUCTURE_NAME", "string", "The title of the indicator."),
    ("ACTION", "string", "I: for information. D: the cell was taken away."),
];

/// What follows the dimensions: name, part, datatype, whether every row has it, what it is.
const TAIL: &[(&str, Part, &str, bool, &str)] = &[
    ("FREQ", Component("Frequency"), "string", true, "How long a period is, and by how much it moves on."),
    (
        "TIME_PERIOD",
        Component("Time period"),
        "string",
        true,
        "The period (ISO 8601). A quarter is of the calendar.",
    ),
    ("OBS_VALUE", Component("Observation value"), "decimal", false, "The value, exactly."),
    ("NUMERATOR", Component("Numerator"), "decimal", false, "What stands above the line of a ratio."),
    ("DENOMINATOR", Component("Denominator"), "decimal", false, "What stands below the line of a ratio."),
    ("UNIT_MEASURE", Component("Unit of measure"), "string", false, "The unit of the value."),
    (
        "DECIMALS",
        Component("Decimals"),
        "integer",
        false,
        "How many decimals the value is shown with elsewhere.",
    ),
    (
        "OBS_STATUS",
        Component("Observation status"),
        "string",
        false,
        "A normal, B break, E estimated, P provisional, U low reliability, M cannot exist, O missing, Q suppressed.",
    ),
    (
        "CONF_STATUS",
        Component("Confidentiality status"),
        "string",
        false,
        "F free, A primary, D secondary, N internal, E embargoed.",
    ),
    (
        "SHORTHAND",
        Custom,
        "string",
        false,
        "The same for people: [c] confidential, [b] break, [e] estimated, [p] provisional, [u] low reliability, [x] not available, [r] revised.",
    ),
    ("COMPLETE", Custom, "boolean", false, "Whether the figures of the period are complete."),
    ("PERIOD_WORDS", Custom, "string", true, "The period in words."),
    ("LABEL", Custom, "string", false, "The financial year or quarter, where the period is one."),
    ("REVISED", Custom, "boolean", true, "Whether an earlier value was replaced."),
    ("REVISION", Custom, "integer", true, "The number of the revision, from 1."),
    ("RELEASE", Custom, "string", true, "The release that the row came by."),
    ("WITHDRAWN", Custom, "dateTime", false, "When that release was withdrawn: its cells are not published."),
    ("VALID_FROM", Custom, "dateTime", true, "Since when the row is valid."),
    (
        "VALID_TO",
        Custom,
        "dateTime",
        false,
        "Until when it was. Told in a history only (`includeHistory=true`).",
    ),
    ("REASON", Custom, "string", false, "Why it was revised, or is as it is."),
    ("NOTE", Custom, "string", false, "A remark."),
];

/// Members that the JSON has beside the columns' names.
const MEMBERS: &[&str] = &["INDICATOR"];

/// True for what no dimension may be called, since a column or a member of an answer has that name.
///
/// The name of a dimension's name (`AREA_NAME`) is not told from a dimension `AREA_NAME`, so that one is refused, too.
pub fn reserved(code: &str) -> bool {
    let head = HEAD.iter().map(|(name, ..)| *name);
    let tail = TAIL.iter().map(|(name, ..)| *name);
    code.ends_with("_NAME") || head.chain(tail).chain(MEMBERS.iter().copied()).any(|name| name == code)
}

/// The columns of an answer.
pub fn columns(frame: &Frame) -> Vec<Column> {
    let mut list = List { labels: frame.labels, columns: vec![] };
    for (name, datatype, about) in HEAD {
        if *name != "STRUCTURE_NAME" || frame.labels == Labels::Name {
            list.push(name, name, datatype, true, about);
        }
    }
    for dimension in &frame.dimensions {
        list.component(&dimension.code, &dimension.name, "string", true, "A dimension.");
    }
    for (name, part, datatype, required, about) in TAIL {
        match part {
            Component(label) => list.component(name, label, datatype, *required, about),
            Custom => list.push(name, name, datatype, *required, about),
        }
    }
    list.columns
}

struct List {
    labels: Labels,
    columns: Vec<Column>,
}

impl List {
    fn push(&mut self, name: &str, title: &str, datatype: &'static str, required: bool, about: &str) {
        let (name, title, about) = (name.to_owned(), guarded(title), about.to_owned());
        self.columns.push(Column { name, title, datatype, required, about });
    }

    /// A component as SDMX-CSV tells it: by its id, by its id and its name in one cell, or in two.
    fn component(&mut self, id: &str, name: &str, datatype: &'static str, required: bool, about: &str) {
        match self.labels {
            Labels::Code => self.push(id, id, datatype, required, about),
            Labels::Both => self.push(id, &format!("{id}: {name}"), datatype, required, about),
            Labels::Name => {
                self.push(id, id, datatype, required, about);
                let named = self.unlike(id, name);
                self.push(&format!("{id}_NAME"), &named, "string", false, &format!("The name of {id}."));
            }
        }
    }

    /// The name, or one that no column has yet: a table's columns are told apart by their titles.
    fn unlike(&self, id: &str, name: &str) -> String {
        let taken =
            |title: &str| reserved(title) || self.columns.iter().any(|column| column.title == guarded(title));
        if taken(name) { format!("{name} ({id})") } else { name.to_owned() }
    }
}
