//! What the 360Giving standard names and what we call it: one table, read in both directions.

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Words, at most so many characters.
    Text(usize),
    /// `GBP`; stands inside our sums.
    Currency,
    /// A sum of money: a number there, a decimal with its currency here.
    Money,
    /// A day.
    Day,
    /// A moment with its offset.
    Moment,
    /// A web address.
    Address,
    /// A whole number.
    Whole(i64),
    /// A number between this and its negative.
    Degrees(i64),
    /// `Yes` or `No` there, a boolean here.
    YesNo,
    /// A country by its two letters.
    Country,
    /// Several texts, with semicolons between them in a cell.
    Several,
}

/// One thing that the standard names.
#[derive(Debug)]
pub struct Field {
    /// Its title in the standard's spreadsheet, after the group's.
    pub title: &'static str,
    /// Its name in the standard's JSON.
    pub theirs: &'static str,
    /// Its name in ours.
    pub ours: &'static str,
    /// What it looks like.
    pub form: Form,
    /// Whether it has to be there. In a group that may be missing: never.
    pub required: bool,
}

/// Fields that stand together: in the standard a list of objects, here one object, or a list of them.
#[derive(Debug)]
pub struct Group {
    /// What its columns begin with; empty for the grant itself.
    pub title: &'static str,
    /// Its name in the standard's JSON.
    pub theirs: &'static str,
    /// Its name in ours.
    pub ours: &'static str,
    /// Whether there may be several.
    pub several: bool,
    /// Its fields, in the order of the standard's template.
    pub fields: &'static [Field],
}

impl Group {
    /// The title of a column: of one of several, with its number.
    pub fn column(&self, field: &Field, number: Option<usize>) -> String {
        match (self.title, number) {
            ("", _) => field.title.to_owned(),
            (group, None) => format!("{group}:{}", field.title),
            (group, Some(number)) => format!("{group}:{number}:{}", field.title),
        }
    }
}

const fn field(title: &'static str, theirs: &'static str, ours: &'static str, form: Form) -> Field {
    Field { title, theirs, ours, form, required: false }
}

const fn required(title: &'static str, theirs: &'static str, ours: &'static str, form: Form) -> Field {
    Field { title, theirs, ours, form, required: true }
}

use Form::{Address, Country, Currency, Day, Degrees, Moment, Money, Several, Text, Whole, YesNo};

/// The longest text that a grant takes anywhere.
const LONG: usize = 4000;

const PARTY: &[Field] = &[
    required("Identifier", "id", "id", Text(200)),
    required("Name", "name", "name", Text(200)),
    field("Charity Number", "charityNumber", "charity_number", Text(40)),
    field("Company Number", "companyNumber", "company_number", Text(40)),
    field("Street Address", "streetAddress", "street_address", Text(500)),
    field("City", "addressLocality", "city", Text(200)),
    field("County", "addressRegion", "county", Text(200)),
    field("Country", "addressCountry", "country", Text(200)),
    field("Postal Code", "postalCode", "postal_code", Text(20)),
    field("Description", "description", "description", Text(LONG)),
    field("Web Address", "url", "url", Address),
    field("Department", "department", "department", Text(200)),
];

/// The group of the grant itself that comes before the others.
pub const GRANT: &Group = &GROUPS[0];

/// Everything, in the order of the standard's template. The grant's own fields come first and last.
pub const GROUPS: &[Group] = &[
    Group {
        title: "",
        theirs: "",
        ours: "",
        several: false,
        fields: &[
            required("Identifier", "id", "identifier", Text(200)),
            required("Title", "title", "title", Text(200)),
            required("Description", "description", "description", Text(LONG)),
            required("Currency", "currency", "currency", Currency),
            field("Amount Applied For", "amountAppliedFor", "amount_applied_for", Money),
            required("Amount Awarded", "amountAwarded", "amount_awarded", Money),
            field("Amount Disbursed", "amountDisbursed", "amount_disbursed", Money),
            required("Award Date", "awardDate", "award_date", Day),
            field("URL", "url", "url", Address),
        ],
    },
    Group {
        title: "Planned Dates",
        theirs: "plannedDates",
        ours: "planned_dates",
        several: false,
        fields: &[
            field("Start Date", "startDate", "from", Day),
            field("End Date", "endDate", "to", Day),
            field("Duration (months)", "duration", "duration_months", Whole(1200)),
        ],
    },
    Group {
        title: "Recipient Org",
        theirs: "recipientOrganization",
        ours: "recipient",
        several: false,
        fields: PARTY,
    },
    Group {
        title: "Beneficiary Location",
        theirs: "beneficiaryLocation",
        ours: "beneficiary_locations",
        several: true,
        fields: &[
            field("Name", "name", "name", Text(200)),
            field("Country Code", "countryCode", "country_code", Country),
            field("Latitude", "latitude", "latitude", Degrees(90)),
            field("Longitude", "longitude", "longitude", Degrees(180)),
            field("Geographic Code", "geoCode", "geo_code", Text(40)),
            field("Geographic Code Type", "geoCodeType", "geo_code_type", Text(40)),
        ],
    },
    Group {
        title: "Funding Org",
        theirs: "fundingOrganization",
        ours: "funder",
        several: false,
        fields: PARTY,
    },
    Group {
        title: "Grant Programme",
        theirs: "grantProgramme",
        ours: "programme",
        several: false,
        fields: &[
            field("Code", "code", "code", Text(100)),
            field("Title", "title", "title", Text(200)),
            field("URL", "url", "url", Address),
        ],
    },
    Group {
        title: "",
        theirs: "",
        ours: "",
        several: false,
        fields: &[
            field("From An Open Call?", "fromOpenCall", "from_open_call", YesNo),
            field("Related Activity", "relatedActivity", "related_activity", Several),
            field("Last Modified", "dateModified", "last_modified", Moment),
            field("Data Source", "dataSource", "data_source", Address),
        ],
    },
];

/// What the standard names besides and a grant here has no place for, by the first part of the title.
/// Grants to a person are among them: a private person's name is never on this record.
pub const NOT_HELD: &[&str] = &[
    "Recipient Ind",
    "To Individuals Details",
    "Actual Dates",
    "Funding Type",
    "Classifications",
    "Related Document",
    "Application Transaction",
    "Commitment Transaction",
    "Disbursement Transaction",
    "For Regrant Type",
    "Location Scope",
];

/// The countries of ISO 3166-1 that the standard's list has.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN \
BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM \
IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG \
MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH \
TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// The kinds of geographic code that the standard's list has.
pub const GEO_CODE_TYPES: &[&str] = &[
    "OA",
    "LSOA",
    "MSOA",
    "PAR",
    "WD",
    "UA",
    "NMD",
    "MD",
    "LONB",
    "CTY",
    "RGN/GOR",
    "WPC",
    "EER",
    "CANNET",
    "CSP",
    "PFA",
    "PUA",
    "NPARK",
    "REGD",
    "REGSD",
    "TTWA",
    "FRA",
    "LAC",
    "WZ",
    "CMWD",
    "LEP",
    "CCG",
    "NHSAT",
    "CMLAD",
    "CMCTY",
    "SA",
    "DZ",
    "IG",
    "CHP",
    "ROA - CPP",
    "ROA - Local",
    "HB",
    "CA",
    "SPC",
    "USOA",
    "COM",
    "NAWC",
    "CDRP",
    "AgricSmall",
    "CFA",
];

/// Whether the standard's list has this country.
pub fn country(code: &str) -> bool {
    COUNTRIES.split_whitespace().any(|known| known == code)
}
