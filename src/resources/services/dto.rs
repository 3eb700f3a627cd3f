//! The content of a service: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationErrors};

use crate::problem::Fault;
use crate::resources::rules;
use crate::resources::shared::{AmountQualifier, Cpv, Decimal, Money, Operator, Stage};
use crate::validation;

/// How the supplier was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProcurementProcedure {
    /// Anyone could bid.
    Open,
    /// Suppliers who qualified could bid.
    Selective,
    /// Suppliers who were invited could bid.
    Limited,
    /// One supplier was asked, without competition.
    Direct,
}

/// The progress of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// No status has been reported.
    NotReported,
    /// The service has not started.
    Planned,
    /// The service is running.
    Active,
    /// The service has ended.
    Completed,
    /// The service was cancelled.
    Cancelled,
}

/// What a service counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountUnit {
    /// People.
    People,
    /// Households.
    Households,
    /// Referrals.
    Referrals,
    /// Interventions.
    Interventions,
    /// Sessions.
    Sessions,
    /// Calls.
    Calls,
    /// Posts.
    Posts,
    /// Schemes.
    Schemes,
    /// Operations.
    Operations,
}

/// A lot of a tender.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lot {
    /// The id of the lot in the tender.
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// The title of the lot.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The value of the lot.
    pub value: Option<Money>,
}

/// A contract.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The id of the contract.
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// The title of the contract.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The organisation that supplies the service.
    #[schema(min_length = 1, max_length = 150)]
    pub supplier: Option<String>,
    /// The date of signature.
    #[schema(max_length = 10)]
    pub signed_on: Option<NaiveDate>,
    /// The value of the contract.
    pub value: Option<Money>,
}

/// How a service was procured, as defined by the Open Contracting Data Standard.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Procurement {
    /// How the supplier was chosen: `open` to anyone, `selective` among those who qualified, `limited` to those invited, or `direct` without competition.
    pub procedure: ProcurementProcedure,
    /// What was bought, as codes of the Common Procurement Vocabulary.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub cpv: Vec<Cpv>,
    /// The lots of the tender.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub lots: Vec<Lot>,
    /// The contracts.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub contracts: Vec<Contract>,
    /// The Open Contracting ID.
    #[schema(min_length = 1, max_length = 100)]
    pub ocid: Option<String>,
}

/// A performance measure of a service.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Kpi {
    /// The indicator.
    #[schema(min_length = 1, max_length = 150)]
    pub indicator: String,
    /// `le` if values at or below the target meet it, `ge` if values at or above it do.
    pub operator: Option<Operator>,
    /// The value to reach.
    pub target: Option<Decimal>,
    /// The date by which to reach it.
    #[schema(max_length = 10)]
    pub by: Option<NaiveDate>,
}

/// A service.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ServiceContent {
    /// The title of the service.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The purpose of the service, in words written for this record.
    #[schema(min_length = 1, max_length = 4000)]
    pub purpose: Option<String>,
    /// The organisations that provide the service.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub providers: Vec<String>,
    /// The areas that the service covers.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub areas: Vec<String>,
    /// The need that the service meets.
    #[schema(min_length = 1, max_length = 4000)]
    pub need: Option<String>,
    /// The first day of the service.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The last day of the service.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// The value of the service.
    pub value: Option<Money>,
    /// How exact the value is; required if there is a value.
    pub value_qualifier: Option<AmountQualifier>,
    /// What the value represents; required if there is a value. Planned, awarded, committed and paid money is never added together.
    pub value_stage: Option<Stage>,
    /// The fund that pays for the service.
    #[schema(min_length = 1, max_length = 150)]
    pub fund: Option<String>,
    /// How the service was procured.
    pub procurement: Option<Procurement>,
    /// The progress of the service.
    pub delivery_status: DeliveryStatus,
    /// What `count` counts: the people, households, referrals and so on that the service reached.
    pub count_unit: Option<CountUnit>,
    /// The number of those that the service reached.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub count: Option<i64>,
    /// The performance measures of the service.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub kpis: Vec<Kpi>,
    /// The objectives that the service supports.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that the service supports.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

impl Validate for ServiceContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        faults.extend(rules::dates_fault(self.from, self.to));
        for (field, is_given) in
            [("value_qualifier", self.value_qualifier.is_some()), ("value_stage", self.value_stage.is_some())]
        {
            let pointer = format!("/{field}");
            match (self.value.is_some(), is_given) {
                (true, false) => {
                    let detail = format!("A value needs to be described. Give `{field}` too.");
                    faults.push(Fault::pointer(pointer, "required", detail));
                }
                (false, true) => {
                    let detail =
                        "There is no `value` that this could describe. Leave it out, or give a value.";
                    faults.push(Fault::pointer(pointer, "not_taken", detail));
                }
                _ => {}
            }
        }
        if self.count.is_some() && self.count_unit.is_none() {
            let detail = "A count needs its unit. Give `count_unit`.";
            faults.push(Fault::pointer("/count_unit", "required", detail));
        }
        validation::result(faults)
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "SVC-HELPLINE",
        "title": "A helpline for victims of domestic abuse",
        "purpose": "Advice by telephone, at all hours.",
        "providers": [
            "victim-support"
        ],
        "areas": [
            "E23000018"
        ],
        "from": "2021-04-01",
        "to": "2024-03-31",
        "value": {
            "amount": "250000.00",
            "currency": "GBP"
        },
        "value_qualifier": "exact",
        "value_stage": "committed",
        "fund": "derbyshire-pcc:FUND-COMMUNITY-GRANTS",
        "procurement": {
            "procedure": "open",
            "cpv": [
                "85320000"
            ],
            "contracts": [
                {
                    "id": "C-1",
                    "title": "Helpline",
                    "supplier": "victim-support",
                    "signed_on": "2021-02-01"
                }
            ]
        },
        "delivery_status": "active",
        "count_unit": "calls",
        "count": 1200,
        "kpis": [
            {
                "indicator": "derbyshire-pcc:IND-ALL-CRIME",
                "operator": "le",
                "target": "51687"
            }
        ],
        "priorities": [
            "derbyshire-pcc:PRI-3"
        ]
    })
}
