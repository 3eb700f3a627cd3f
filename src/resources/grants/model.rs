//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, GrantContent};
use super::formats;
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{
    Column, CrossRecordCheck, Definition, Foreign, Format, Include, Kind, Linked, Reference, Ty,
};
use crate::resources::funds::awards;
use crate::store::Conn;

pub struct Grant;

impl Kind for Grant {
    type Content = GrantContent;

    const DEFINITION: Definition = Definition {
        // `grant` is a reserved word in SQL.
        table: "grant_award",
        about: "A grant: an award of money with its recipient and its funder, as defined by the 360Giving standard.",
        rules: rule::OFFICE_WITH_OWN,
        own: &["recipient/organisation"],
        areas: &["beneficiary_locations/*/area"],
        columns: &[
            Column::new("title", Ty::Text).sorted(),
            Column::new("identifier", Ty::Text).equal(),
            Column::new("award_date", Ty::Date).range().sorted(),
            Column::new("amount_awarded", Ty::Money).range().sorted(),
            Column::new("recipient", Ty::Ref("organisation")).at("recipient/organisation").equal(),
            Column::new("fund", Ty::Ref("fund")).equal(),
            Column::new("status", Ty::Text).equal(),
        ],
        references: &[
            Reference::new("recipient/organisation", "organisation", "awarded_to"),
            Reference::new("funder/organisation", "organisation", "awarded_by"),
            Reference::new("beneficiary_locations/*/area", "area", "benefits_area"),
            Reference::new("fund", "fund", "paid_from").in_thread(),
            Reference::new("objectives/*", "objective", "delivers").in_thread(),
            Reference::new("priorities/*", "priority", "delivers").in_thread(),
        ],
        linked: &Linked::OF_OBJECTIVES_AND_PRIORITIES,
        includes: &[
            Include::Named { name: "recipient", path: "recipient/organisation" },
            Include::Named { name: "funder", path: "funder/organisation" },
            Include::Named { name: "fund", path: "fund" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
        ],
        demo: include_str!("../../../demo/grants.jsonl"),
        ..Definition::office("grant", "grants")
    };

    const FORMATS: &'static [Format] = &[
        Format {
            name: "360giving",
            content_type: formats::PACKAGE,
            schema: Some("GivingPackage"),
            about: "a 360Giving Data Standard 1.4 package of at most 10,000 grants if no `limit` is given. The standard requires at least one grant.",
            default_limit: 10_000,
            write: formats::package,
        },
        Format {
            name: "360giving-csv",
            content_type: "text/csv; charset=utf-8",
            schema: None,
            about: "the same grants as a 360Giving spreadsheet.",
            default_limit: 10_000,
            write: formats::spreadsheet,
        },
    ];

    const FOREIGN: Option<Foreign> = Some(Foreign {
        recognises: formats::recognises,
        recognises_json: formats::recognises_json,
        key: "identifier",
        read: formats::read,
        differences: formats::differences,
    });

    const CHECKS_OTHER_RECORDS: bool = true;

    const CROSS_CHECK_BY: Option<&'static str> = Some("fund");

    fn cross_check(
        conn: &mut Conn,
        this: &CrossRecordCheck<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        awards::grant(conn, this, faults)
    }

    fn example() -> Value {
        dto::example()
    }
}
