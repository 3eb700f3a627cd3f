//! A column of a kind's table: its type, and how lists filter and sort by it.

use serde_json::Value;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    /// Text, compared by code point.
    Text,
    /// A whole number.
    Int,
    /// True or false.
    Bool,
    /// A day.
    Date,
    /// A sum of money, stored in pence; taken from the field's `amount`.
    Money,
    /// The id of a record of that kind.
    Ref(&'static str),
}

/// How lists filter by a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// They do not.
    No,
    /// `name=value`.
    Equal,
    /// `name=value`, `name[gte]=value`, `name[lt]=value`.
    Range,
}

/// How lists sort by a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// They do not.
    No,
    /// By the column itself, which is never null.
    Yes,
    /// By one of two further columns, which hold the greatest and the least value in place of null: so nulls come last
    /// in both directions, and an index serves both.
    Nullable {
        /// The column to sort ascending by: null is the greatest value.
        asc: &'static str,
        /// The column to sort descending by: null is the least value.
        desc: &'static str,
    },
}

/// Other forms in which people write a value.
#[derive(Clone, Copy, Debug)]
pub struct Forms {
    /// All the forms in words, after "Give".
    pub words: &'static str,
    /// Reads another form, as the field has it.
    pub read: fn(&str) -> Option<String>,
}

/// A column of a kind's own table, filled from a field of the content.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The name of its parameter, and of its field unless `path` says otherwise.
    pub name: &'static str,
    /// The field in the content: names separated by `/`.
    pub path: &'static str,
    /// The column's name in the table.
    pub column: &'static str,
    /// The type.
    pub ty: Ty,
    /// How lists filter by it.
    pub filter: Filter,
    /// How lists sort by it.
    pub sort: Sort,
    /// True where no two working versions may have the same value.
    pub unique: bool,
    /// Other forms in which people write its values in a filter.
    pub forms: Option<Forms>,
    /// True where the column was added to the table of a kind that was released without it.
    pub added: bool,
}

impl Column {
    /// A column with the same name in the table and in the content, which lists neither filter nor sort by.
    pub const fn new(name: &'static str, ty: Ty) -> Column {
        Column {
            name,
            path: name,
            column: name,
            ty,
            filter: Filter::No,
            sort: Sort::No,
            unique: false,
            forms: None,
            added: false,
        }
    }

    /// Is filled from a nested field.
    pub const fn at(mut self, path: &'static str) -> Column {
        self.path = path;
        self
    }

    /// Is unique among working versions. The migration must have the unique index.
    pub const fn unique(mut self) -> Column {
        self.unique = true;
        self
    }

    /// A filter also takes other forms of a value.
    pub const fn forms(mut self, forms: Forms) -> Column {
        self.forms = Some(forms);
        self
    }

    /// Was added to the table of a kind that was released without it. The audit trail does not commit to the column, so
    /// that the records of before stay as it says; `verify` compares it with the content, as it does every column.
    pub const fn added(mut self) -> Column {
        self.added = true;
        self
    }

    /// The value of the field in a content; null where anything on the path is missing.
    pub fn value_in<'a>(&self, content: &'a Value) -> &'a Value {
        self.path.split('/').fold(content, |value, step| &value[step])
    }

    /// Has another name in the table, where SQL reserves the field's name.
    pub const fn stored_as(mut self, column: &'static str) -> Column {
        self.column = column;
        self
    }

    /// Lists filter by equality.
    pub const fn equal(mut self) -> Column {
        self.filter = Filter::Equal;
        self
    }

    /// Lists filter by equality and by range.
    pub const fn range(mut self) -> Column {
        self.filter = Filter::Range;
        self
    }

    /// Lists sort by it. For columns that are never null.
    pub const fn sorted(mut self) -> Column {
        self.sort = Sort::Yes;
        self
    }

    /// Lists sort by it, with nulls last: needs two further columns in the table.
    pub const fn sorted_nulls_last(mut self, asc: &'static str, desc: &'static str) -> Column {
        self.sort = Sort::Nullable { asc, desc };
        self
    }
}
