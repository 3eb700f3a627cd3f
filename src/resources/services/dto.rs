//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::resources::shared::{AmountQualifier, Cpv, Decimal, Money, Operator, Stage};

/// How the supplier was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Procedure {
    /// Anyone could bid.
    Open,
    /// Those who qualified could bid.
    Selective,
    /// Those invited could bid.
    Limited,
    /// Nobody else was asked.
    Direct,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Nobody has said.
    NotReported,
    /// It has not begun.
    Planned,
    /// It runs.
    Active,
    /// It has ended.
    Completed,
    /// It was given up.
    Cancelled,
}

/// Whom or what it reached.
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
    /// Its id in the tender.
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// Its title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What it is worth.
    pub value: Option<Money>,
}

/// A contract.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Its id.
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// Its title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The organisation that supplies.
    #[schema(min_length = 1, max_length = 150)]
    pub supplier: Option<String>,
    /// The day on which it was signed.
    #[schema(max_length = 10)]
    pub signed_on: Option<NaiveDate>,
    /// What it is worth.
    pub value: Option<Money>,
}

/// How a service was bought, in the terms of the Open Contracting Data Standard.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Procurement {
    /// How the supplier was found.
    pub procedure: Procedure,
    /// What was bought, by codes of the Common Procurement Vocabulary.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub cpv: Vec<Cpv>,
    /// Its lots.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub lots: Vec<Lot>,
    /// Its contracts.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub contracts: Vec<Contract>,
    /// Its Open Contracting id.
    #[schema(min_length = 1, max_length = 100)]
    pub ocid: Option<String>,
}

/// What a service is measured by.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Kpi {
    /// The indicator.
    #[schema(min_length = 1, max_length = 150)]
    pub indicator: String,
    /// Whether the target or less, or the target or more, meets it.
    pub operator: Option<Operator>,
    /// The value to be reached.
    pub target: Option<Decimal>,
    /// Until when.
    #[schema(max_length = 10)]
    pub by: Option<NaiveDate>,
}

/// A service.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ServiceContent {
    /// Its title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What it is for, in our words.
    #[schema(min_length = 1, max_length = 4000)]
    pub purpose: Option<String>,
    /// The organisations that provide it.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub providers: Vec<String>,
    /// The areas that it serves.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub areas: Vec<String>,
    /// The need that it answers.
    #[schema(min_length = 1, max_length = 4000)]
    pub need: Option<String>,
    /// Its first day.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// Its last day.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// What it costs.
    pub value: Option<Money>,
    /// How exact the value is, where there is one.
    pub value_qualifier: Option<AmountQualifier>,
    /// What the value is, where there is one: what is planned, awarded, committed and paid is never mixed.
    pub value_stage: Option<Stage>,
    /// The fund that pays for it.
    #[schema(min_length = 1, max_length = 150)]
    pub fund: Option<String>,
    /// How it was bought.
    pub procurement: Option<Procurement>,
    /// How far it has come.
    pub delivery_status: DeliveryStatus,
    /// Whom or what it reached.
    pub count_unit: Option<CountUnit>,
    /// How many of them.
    #[schema(minimum = 0, maximum = 1000000000, format = "int64")]
    pub count: Option<i64>,
    /// What it is measured by.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub kpis: Vec<Kpi>,
    /// The objectives that it serves.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it serves.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

/// A body that `POST` takes.
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
