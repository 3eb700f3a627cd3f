//! The names by which paths, fields and filters give a record.

use super::kind::KindDef;
use crate::clock::Id;
use crate::store::Sql;

/// The name of a record, as paths and fields give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// Its id.
    Id(Id),
    /// Its body's reference and its own.
    InBody(String, String),
    /// The reference of reference data.
    Shared(String),
}

impl Name {
    /// Parses an id, `body:REFERENCE` (kinds with a body) or `reference` (reference data); `None` for any other text.
    pub fn parse(kind: &KindDef, text: &str) -> Option<Name> {
        Name::parse_as(kind.def.workflow, text)
    }

    /// [`Name::parse`] for a kind of which only `workflow` is known.
    pub fn parse_as(workflow: bool, text: &str) -> Option<Name> {
        if let Some(id) = Id::parse(text) {
            return Some(Name::Id(id));
        }
        if !workflow {
            return is_reference(text).then(|| Name::Shared(text.to_owned()));
        }
        let (body, reference) = text.split_once(':')?;
        (is_reference(body) && is_reference(reference))
            .then(|| Name::InBody(body.to_owned(), reference.to_owned()))
    }

    /// The condition that a column holds the id of a record of this name.
    pub fn is(&self, kind: &KindDef, column: &'static str) -> Sql {
        let operator = if self.can_be_several(kind) { " IN " } else { " = " };
        Sql::new(column).text(operator).append(self.id(kind))
    }

    /// Whether records of several owners can have the name.
    pub(super) fn can_be_several(&self, kind: &KindDef) -> bool {
        matches!(self, Name::InBody(..)) && kind.def.named_by_owner()
    }

    /// The SQL expression of the record's id.
    fn id(&self, kind: &KindDef) -> Sql {
        match self {
            Name::Id(id) => Sql::new("").bind(*id),
            Name::InBody(body, reference) => Sql::new("(SELECT r.id FROM record r WHERE r.kind = ")
                .bind(kind.def.name)
                .text(" AND r.reference = ")
                .bind(reference.as_str())
                .text(" AND r.body = (SELECT b.id FROM record b WHERE b.body IS NULL AND b.kind = ")
                .bind(super::BODY)
                .text(" AND b.reference = ")
                .bind(body.as_str())
                .text("))"),
            Name::Shared(reference) => {
                Sql::new("(SELECT r.id FROM record r WHERE r.body IS NULL AND r.kind = ")
                    .bind(kind.def.name)
                    .text(" AND r.reference = ")
                    .bind(reference.as_str())
                    .text(")")
            }
        }
    }
}

/// Whether a text can be a reference: it must fit into a URL and into `body:reference`.
pub fn is_reference(text: &str) -> bool {
    let mut chars = text.chars();
    text.len() <= 64
        && Id::parse(text).is_none()
        && chars.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}
