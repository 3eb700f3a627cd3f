//! A column of a kind's table: what it holds, how lists filter and sort by it.

use serde_json::Value;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    /// Text, compared by code point.
    Text,
    /// A whole number.
    Int,
    /// Yes or no.
    Bool,
    /// A day.
    Date,
    /// A sum of money, held in pence; taken from the `amount` of what stands there.
    Money,
    /// The id of a record of that kind.
    Ref(&'static str),
}

/// How a list can be narrowed by a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Not at all.
    No,
    /// `name=value`.
    Equal,
    /// `name=value`, `name[gte]=value`, `name[lt]=value`.
    Range,
}

/// How a list can be ordered by a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Not at all.
    No,
    /// By the column itself, which is never null.
    Yes,
    /// By one of two columns that hold the greatest and the least value in place of null, so that nulls come
    /// last both ways and an index serves both.
    Nullable {
        /// Ascending: null is the greatest.
        asc: &'static str,
        /// Descending: null is the least.
        desc: &'static str,
    },
}

/// A column of the kind's own table, taken from its content.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in parameters, and in the content where it is not nested.
    pub name: &'static str,
    /// Where in the content it is taken from: member names separated by `/`.
    pub path: &'static str,
    /// Its name in the table.
    pub column: &'static str,
    /// What it holds.
    pub ty: Ty,
    /// How it filters.
    pub filter: Filter,
    /// How it sorts.
    pub sort: Sort,
    /// True where no two records' working versions may have the same.
    pub unique: bool,
}

impl Column {
    /// A column of the same name in table and content, that neither filters nor sorts.
    pub const fn new(name: &'static str, ty: Ty) -> Column {
        Column { name, path: name, column: name, ty, filter: Filter::No, sort: Sort::No, unique: false }
    }

    /// The same, taken from inside a member.
    pub const fn at(mut self, path: &'static str) -> Column {
        self.path = path;
        self
    }

    /// The same, unique among working versions; the migration has the index that sees to it.
    pub const fn unique(mut self) -> Column {
        self.unique = true;
        self
    }

    /// What stands in its place in a content; null where anything on the way is.
    pub fn member<'a>(&self, content: &'a Value) -> &'a Value {
        self.path.split('/').fold(content, |value, step| &value[step])
    }

    /// The same, under another name in the table (where SQL reserves it).
    pub const fn stored_as(mut self, column: &'static str) -> Column {
        self.column = column;
        self
    }

    /// The same, filtering by equality.
    pub const fn equal(mut self) -> Column {
        self.filter = Filter::Equal;
        self
    }

    /// The same, filtering by range.
    pub const fn range(mut self) -> Column {
        self.filter = Filter::Range;
        self
    }

    /// The same, sorting.
    pub const fn sorted(mut self) -> Column {
        self.sort = Sort::Yes;
        self
    }

    /// The same, sorting with nulls last.
    pub const fn sorted_nulls_last(mut self, asc: &'static str, desc: &'static str) -> Column {
        self.sort = Sort::Nullable { asc, desc };
        self
    }
}
