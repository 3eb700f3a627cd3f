//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, PledgeContent};
use super::ratings;
use crate::access::rule;
use crate::record::kind::{
    Column, ComputedFields, ComputedFilter, Definition, FilterValues, Include, Kind, Linked, Reference, Ty,
};
use crate::resources::assessments::dto::Rating;
use crate::resources::codes::codes_of;

pub struct Pledge;

impl Kind for Pledge {
    type Content = PledgeContent;

    const DEFINITION: Definition = Definition {
        title: "wording",
        about: "A pledge: what an office-holder promised for a term of office, and whether it is specific enough to be judged.",
        rules: rule::OFFICE,
        columns: &[
            Column::new("term", Ty::Ref("office_term")).equal(),
            Column::new("made_on", Ty::Date).range().sorted_nulls_last("made_on_asc", "made_on_desc"),
            Column::new("testable", Ty::Bool).equal(),
        ],
        references: &[
            Reference::new("term", "office_term", "made_by"),
            Reference::new("objectives/*", "objective", "fulfilled_by").in_thread(),
            Reference::new("priorities/*", "priority", "fulfilled_by").in_thread(),
        ],
        linked: &Linked::OF_OBJECTIVES_AND_PRIORITIES,
        includes: &[
            Include::Named { name: "term", path: "term" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
            Include::Naming { name: "assessments", kind: "assessment", path: "pledge" },
            Include::Naming { name: "counter_assessments", kind: "counter_assessment", path: "pledge" },
        ],
        demo: include_str!("../../../demo/pledges.jsonl"),
        shown: "derbyshire-pcc:PLEDGE-1",
        ..Definition::office("pledge", "pledges")
    };

    const COMPUTED: Option<ComputedFields> =
        Some(ComputedFields { schema: ratings::schema, in_lists: true, read: ratings::computed });

    const FILTERS: &'static [ComputedFilter] = &[
        ComputedFilter {
            name: "rating",
            about: "Only pledges whose `rating` is one of these, separated by commas, as the response shows it: by the assessments that the caller sees, with `as_of` by those that were public then.",
            values: FilterValues::Codes(codes_of::<Rating>),
            condition: ratings::rated,
        },
        ComputedFilter {
            name: "panel_rating",
            about: "Only pledges whose `panel_rating` is one of these, separated by commas, as the response shows it.",
            values: FilterValues::Codes(codes_of::<Rating>),
            condition: ratings::rated_by_panel,
        },
    ];

    fn example() -> Value {
        dto::example()
    }
}
