//! New records of a bundle that name each other in a circle. What is on record names none of them, so every circle lies in the
//! bundle.

use std::collections::BTreeMap;

use super::Run;
use crate::allowance::amount;
use crate::bundle::own_name::OwnName;
use crate::bundle::part::Part;
use crate::clock::Id;
use crate::problem::Problem;
use crate::record::circles;
use crate::record::links;
use crate::record::resolve::Resolved;
use crate::store::Conn;

/// How many circles are told.
const MOST: usize = 100;

impl Run<'_> {
    /// Notes the records of its own kind that the last version of a record names.
    pub(super) fn note_own_names(
        &mut self,
        part: &Part,
        n: usize,
        line: u64,
        record: Id,
        resolved: &Resolved,
    ) -> Result<(), Problem> {
        for reference in circles::own_references(self.kinds[n]) {
            for link in resolved.links.iter().filter(|link| link.reference == reference.path) {
                self.allowance.hold(amount(part.name.len()) + 128)?;
                self.own_names.push(OwnName {
                    kind: n,
                    file: part.name.clone(),
                    line,
                    path: link.reference,
                    position: link.position,
                    record,
                    other: link.other,
                });
            }
        }
        Ok(())
    }

    /// Adds a fault for each circle, at the line of its first record.
    pub(super) fn refuse_circles(&mut self, conn: &mut Conn) -> Result<(), Problem> {
        let names = std::mem::take(&mut self.own_names);
        let mut next: BTreeMap<(usize, &str), BTreeMap<Id, Vec<Id>>> = BTreeMap::new();
        for name in &names {
            let of_path = next.entry((name.kind, name.path)).or_default();
            of_path.entry(name.record).or_default().push(name.other);
        }
        for ((n, path), of_path) in &next {
            for circle in circles::circles(of_path, MOST) {
                let [record, between @ ..] = circle.as_slice() else { continue };
                let other = between.first().unwrap_or(record);
                let mut own = names.iter().filter(|name| name.kind == *n && name.path == *path);
                let Some(name) = own.find(|name| name.record == *record && name.other == *other) else {
                    continue;
                };
                let pointer = links::pointer(name.path, name.position);
                let fault = circles::fault(conn, self.kinds[*n], pointer, *record, between)?;
                self.add_fault_in(&name.file, Some(name.line), fault);
            }
        }
        Ok(())
    }
}
