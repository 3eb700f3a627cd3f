//! The columns of the CSV, with what its metadata says about them.

use crate::http::csv::Audience;
use crate::resources::series::cell::{Labels, ResponseInfo};

/// A column of the CSV.
pub struct Column {
    /// The name for programs, which does not depend on `labels`.
    pub name: String,
    /// The text in the header.
    pub title: String,
    /// The datatype of the cells, as CSVW names it.
    pub datatype: &'static str,
    /// Whether every row has a value.
    pub required: bool,
    pub about: String,
}

/// What a column is, in the terms of SDMX.
enum Part {
    /// A component of the structure, which has a name.
    Component(&'static str),
    /// A custom column, which has none.
    Custom,
}

use Part::{Component, Custom};

/// The first columns: name, datatype, description.
const HEAD: &[(&str, &str, &str)] = &[
    ("STRUCTURE", "string", "The kind of structure that the row belongs to."),
    ("STRUCTURE_ID", "string", "The indicator, as agency, id and version."),
    ("STRUCTURE_NAME", "string", "The title of the indicator."),
    ("ACTION", "string", "I for information, D if the cell was deleted."),
];

/// The columns after the dimensions: name, part, datatype, whether every row has a value, description.
const TAIL: &[(&str, Part, &str, bool, &str)] = &[
    (
        "FREQ",
        Component("Frequency"),
        "string",
        true,
        "The length of a period and, for rolling periods, the step between them.",
    ),
    (
        "TIME_PERIOD",
        Component("Time period"),
        "string",
        true,
        "The period, in ISO 8601. Quarters are calendar quarters.",
    ),
    ("OBS_VALUE", Component("Observation value"), "decimal", false, "The exact value."),
    ("NUMERATOR", Component("Numerator"), "decimal", false, "The numerator of a ratio."),
    ("DENOMINATOR", Component("Denominator"), "decimal", false, "The denominator of a ratio."),
    ("UNIT_MEASURE", Component("Unit of measure"), "string", false, "The unit of the value."),
    ("DECIMALS", Component("Decimals"), "integer", false, "The number of decimals for display."),
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
        "Both statuses and revisions in shorthand: [c] confidential, [b] break, [e] estimated, [p] provisional, [u] low reliability, [x] not available, [r] revised.",
    ),
    ("COMPLETE", Custom, "boolean", false, "Whether the observations of the period are complete."),
    ("PERIOD_WORDS", Custom, "string", true, "The period in words."),
    ("LABEL", Custom, "string", false, "The name of the financial year or quarter, if the period is one."),
    ("REVISED", Custom, "boolean", true, "Whether the value replaced an earlier one."),
    ("REVISION", Custom, "integer", true, "The number of the revision, from 1."),
    ("RELEASE", Custom, "string", true, "The release that published the row."),
    (
        "WITHDRAWN",
        Custom,
        "dateTime",
        false,
        "When that release was withdrawn. Its cells are no longer published.",
    ),
    ("VALID_FROM", Custom, "dateTime", true, "When the row became valid."),
    (
        "VALID_TO",
        Custom,
        "dateTime",
        false,
        "When the row ceased to be valid. Only with `includeHistory=true`.",
    ),
    ("REASON", Custom, "string", false, "Why the value is what it is, or why it was revised."),
    ("NOTE", Custom, "string", false, "A note."),
];

/// The columns that people get beside the period: its days.
const DAYS: &[(&str, &str)] =
    &[("period_start", "The first day of the period."), ("period_end", "The last day of the period.")];

/// Names that only the JSON formats use.
const JSON_NAMES: &[&str] = &["INDICATOR"];

/// True if a dimension may not have this code, since a column or a field of a response has this name.
///
/// Codes that end in `_NAME` are reserved too: `AREA_NAME` is the column with the names of the dimension `AREA`.
pub fn reserved(code: &str) -> bool {
    let head = HEAD.iter().map(|(name, ..)| *name);
    let tail = TAIL.iter().map(|(name, ..)| *name);
    let days = DAYS.iter().map(|(name, _)| *name);
    code.ends_with("_NAME")
        || head.chain(tail).chain(days).chain(JSON_NAMES.iter().copied()).any(|name| name == code)
}

/// The columns of a response.
pub fn columns(info: &ResponseInfo) -> Vec<Column> {
    let mut list = List { labels: info.labels, audience: info.audience, columns: vec![] };
    let is_people = info.audience.is_people();
    let mut head: Vec<_> = HEAD.iter().collect();
    if is_people {
        // What names a row comes first: the id and the title of the indicator.
        head[..3].rotate_left(1);
    }
    for (name, datatype, about) in head {
        if *name != "STRUCTURE_NAME" || info.labels == Labels::Name || is_people {
            list.push(name, name, datatype, true, about);
        }
    }
    for dimension in &info.dimensions {
        list.component(&dimension.code, &dimension.name, "string", true, "A dimension.");
    }
    for (name, part, datatype, required, about) in TAIL {
        match part {
            Component(label) => {
                list.component(name, label, datatype, *required, about);
                if is_people && *name == "TIME_PERIOD" {
                    for (name, about) in DAYS {
                        list.push(name, name, "date", true, about);
                    }
                }
            }
            Custom => list.push(name, name, datatype, *required, about),
        }
    }
    list.columns
}

struct List {
    labels: Labels,
    audience: Audience,
    columns: Vec<Column>,
}

impl List {
    fn push(&mut self, name: &str, title: &str, datatype: &'static str, required: bool, about: &str) {
        let (name, title, about) =
            (name.to_owned(), self.audience.text(title).into_owned(), about.to_owned());
        self.columns.push(Column { name, title, datatype, required, about });
    }

    /// Adds a component as SDMX-CSV has it: its id, its id and name in one column, or in two columns.
    fn component(&mut self, id: &str, name: &str, datatype: &'static str, required: bool, about: &str) {
        match self.labels {
            Labels::Code => self.push(id, id, datatype, required, about),
            Labels::Both => self.push(id, &format!("{id}: {name}"), datatype, required, about),
            Labels::Name => {
                self.push(id, id, datatype, required, about);
                let title = self.unique_title(id, name);
                self.push(&format!("{id}_NAME"), &title, "string", false, &format!("The name of {id}."));
            }
        }
    }

    /// The name, made unique if another column has it as its title.
    fn unique_title(&self, id: &str, name: &str) -> String {
        let in_use = |title: &str| {
            reserved(title) || self.columns.iter().any(|column| column.title == self.audience.text(title))
        };
        if in_use(name) { format!("{name} ({id})") } else { name.to_owned() }
    }
}

/// The datatype of a column of that name, if it is one that every CSV of figures has.
pub fn datatype(name: &str) -> Option<&'static str> {
    let head = HEAD.iter().map(|(name, datatype, _)| (*name, *datatype));
    let tail = TAIL.iter().map(|(name, _, datatype, ..)| (*name, *datatype));
    let days = DAYS.iter().map(|(name, _)| (*name, "date"));
    let mut all = head.chain(tail).chain(days);
    all.find(|(known, _)| *known == name).map(|(_, datatype)| datatype)
}

/// What a column of that name says, if it is one that every CSV of figures has.
pub fn about(name: &str) -> Option<&'static str> {
    let head = HEAD.iter().map(|(name, _, about)| (*name, *about));
    let tail = TAIL.iter().map(|(name, .., about)| (*name, *about));
    let mut all = head.chain(tail).chain(DAYS.iter().copied());
    all.find(|(known, _)| *known == name).map(|(_, about)| about)
}
