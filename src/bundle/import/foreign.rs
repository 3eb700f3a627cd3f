//! Records of a file in another standard's format that are on record already, by the standard's own identifier.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use serde_json::json;

use super::{CHUNK, Run, Who};
use crate::bundle::files::Bundle;
use crate::bundle::part::{Contents, Part};
use crate::bundle::place::Place;
use crate::clock::{Id, Ts};
use crate::problem::{At, Fault, Problem};
use crate::record::BODY;
use crate::record::kind::{ConvertedRecord, Foreign, KindDef};
use crate::record::read::{COLUMNS, Row};
use crate::store::{Conn, Sql};

impl Run<'_> {
    /// Leaves out the records of another standard's file that are on record as the file has them, and adds a fault for
    /// each that the file has otherwise: what we gave out comes in again, and an import changes nothing behind a
    /// person's back.
    pub(super) fn leave_out_known(&mut self, conn: &mut Conn, bundle: &mut Bundle) -> Result<(), Problem> {
        for n in 0..bundle.parts.len() {
            let part = bundle.parts[n].clone();
            let (Contents::Kind(kind), Place::Converted(records)) = (part.contents, &part.place) else {
                continue;
            };
            let kind = self.kinds[kind];
            let Some(foreign) = kind.foreign.filter(|_| !part.included && !part.listed) else { continue };
            let Some(body) = self.body_of_import(conn)? else { continue };
            let mut new = vec![];
            for chunk in records.chunks(CHUNK) {
                let known = self.on_record_by_key(conn, kind, &foreign, body, chunk)?;
                for record in chunk {
                    match known.get(key(record, &foreign)) {
                        None => new.push(record.clone()),
                        Some(versions) => self.compare_foreign(&part, kind, &foreign, record, versions)?,
                    }
                }
            }
            bundle.parts[n].place = Place::Converted(Arc::new(new));
        }
        Ok(())
    }

    /// The policing body into which records without a body are imported.
    fn body_of_import(&mut self, conn: &mut Conn) -> Result<Option<Id>, Problem> {
        match &self.import.who {
            Who::Caller { actor, .. } => Ok(actor.body.as_ref().map(|body| body.id)),
            Who::Operator { body: None, .. } => Ok(None),
            Who::Operator { body: Some(name), .. } => {
                let name = name.clone();
                Ok(self.outside(conn, BODY, &name)?.map(|(id, _)| id))
            }
        }
    }

    /// The working and the public versions of the body's records with these keys; none of withdrawn records.
    fn on_record_by_key(
        &self,
        conn: &mut Conn,
        kind: &KindDef,
        foreign: &Foreign,
        body: Id,
        records: &[ConvertedRecord],
    ) -> Result<HashMap<String, Vec<Row>>, Problem> {
        let column = kind.def.columns.iter().find(|column| column.name == foreign.key);
        let column = column.ok_or_else(|| Problem::internal("a key that is no column"))?;
        let keys: Vec<&str> = records.iter().map(|record| key(record, foreign)).collect();
        let rows: Vec<Row> = Sql::new("SELECT ")
            .text(COLUMNS)
            .text(" FROM ")
            .text(kind.def.table)
            .text(" t JOIN record_version v ON v.record = t.record AND v.version = t.version WHERE t.listed AND t.body = ")
            .bind(body)
            .text(" AND (t.is_head OR t.public_to = ")
            .bind(Ts::NEVER)
            .text(") AND t.")
            .text(column.column)
            .text(" IN (")
            .bind_all(keys.iter().copied())
            .text(")")
            .one_off()
            .load(conn)?;
        let mut known: HashMap<String, Vec<Row>> = HashMap::new();
        for row in rows {
            let key = column.value_in(row.content_value()?).as_str().unwrap_or_default().to_owned();
            known.entry(key).or_default().push(row);
        }
        Ok(known)
    }

    fn compare_foreign(
        &mut self,
        part: &Part,
        kind: &KindDef,
        foreign: &Foreign,
        record: &ConvertedRecord,
        versions: &[Row],
    ) -> Result<(), Problem> {
        let mut least: Option<Vec<String>> = None;
        for row in versions {
            let mut shown = row.content_value()?.clone();
            shown["self"] = json!(kind.self_link(row.record));
            shown["published_at"] = json!(row.public_from);
            let differences = (foreign.differences)(&shown, &record.value, &self.import.state.public_url)?;
            if least.as_ref().is_none_or(|least| differences.len() < least.len()) {
                least = Some(differences);
            }
        }
        let differences = least.unwrap_or_default();
        if differences.is_empty() {
            *self.summary.unchanged.entry(kind.def.path).or_default() += 1;
            return Ok(());
        }
        let name = versions.first().map(|row| row.reference.clone()).unwrap_or_default();
        let detail = format!(
            "The {} `{name}` on record has this {} already, and another value for {}. This file adds records and changes none: change the record itself, or leave the row out.",
            kind.def.one,
            foreign.key,
            differences.join(", ")
        );
        let at = record.at.clone().unwrap_or_else(|| At::Pointer(format!("/{}", foreign.key)));
        self.add_fault(part, record.line, Fault::at(at, "taken", detail));
        Ok(())
    }
}

fn key<'a>(record: &'a ConvertedRecord, foreign: &Foreign) -> &'a str {
    record.value[foreign.key].as_str().unwrap_or_default()
}
