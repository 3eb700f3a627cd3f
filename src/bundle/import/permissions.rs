//! The kinds that a caller may create and change.

use super::{Run, Who};
use crate::access::{Action, Actor, rule};
use crate::bundle::files::Bundle;
use crate::bundle::part::Contents;
use crate::problem::{self, Fault, Problem};

impl Run<'_> {
    /// A caller may import the kinds that it may create one by one.
    pub(super) fn authorise(&self, bundle: &Bundle) -> Result<(), Problem> {
        let Who::Caller { .. } = &self.import.who else { return Ok(()) };
        let mut faults = vec![];
        for part in &bundle.parts {
            let permitted = match part.contents {
                Contents::Kind(n) => self.may_create(n) || self.may_edit(n),
                Contents::Withdrawn => false,
            };
            if !permitted {
                let detail = "Your roles do not permit you to create or change records of this kind; GET /v1/me lists what they permit.";
                faults.push(Fault::pointer("", "forbidden", detail).in_file(&part.name, None));
            }
        }
        if faults.is_empty() {
            return Ok(());
        }
        Err(Problem::new(&problem::FORBIDDEN, "Nothing has been changed.").with(faults))
    }

    /// Whether the importer may create records of a kind.
    pub(super) fn may_create(&self, n: usize) -> bool {
        match &self.import.who {
            Who::Operator { .. } => true,
            // Others create records one by one.
            Who::Caller { actor, .. } => {
                !actor.reach(rule::IMPORT_NEW).is_empty() && self.reaches(actor, n, Action::Create)
            }
        }
    }

    /// Whether the importer may change records of a kind.
    pub(super) fn may_edit(&self, n: usize) -> bool {
        matches!(&self.import.who, Who::Caller { actor, .. } if self.reaches(actor, n, Action::Edit))
    }

    fn reaches(&self, actor: &Actor, n: usize, action: Action) -> bool {
        let rule = self.kinds[n].rule(action).unwrap_or(&[]);
        !actor.reach(rule).is_empty() && !self.kinds[n].bars(actor)
    }
}
