//! The fields of the 360Giving standard and the names that we have for them: one table for export and import.

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text of at most so many characters.
    Text(usize),
    /// A code of at most so many characters: blanks around it are removed.
    Code(usize),
    /// `GBP`; part of each of our amounts.
    Currency,
    /// An amount of money: a number in the standard, a decimal with its currency here.
    Money,
    /// A date.
    Date,
    /// A date, or its year, or its year and month, where the rest is not known.
    PartialDate,
    /// A date and time with its offset.
    DateTime,
    /// A web address.
    Url,
    /// An integer from 0 to this.
    Integer(i64),
    /// A number between this and its negative.
    Degrees(i64),
    /// `Yes` or `No` in the standard, a boolean here.
    YesNo,
    /// The ISO 3166-1 code of a country, two letters.
    Country,
    /// A list of texts; semicolons separate them in a cell.
    List,
}

/// A field of the standard.
#[derive(Debug)]
pub struct Field {
    /// The title in the standard's spreadsheet, after the title of the group.
    pub title: &'static str,
    /// The name in the standard's JSON.
    pub standard_name: &'static str,
    /// The name in our JSON.
    pub name: &'static str,
    pub form: Form,
    /// Whether the standard requires it. Never in a group that can be missing.
    pub required: bool,
}

/// A group of fields: a list of objects in the standard; one object, or a list of objects, here.
#[derive(Debug)]
pub struct Group {
    /// What the titles of its columns begin with; empty for the grant itself.
    pub title: &'static str,
    /// The name in the standard's JSON.
    pub standard_name: &'static str,
    /// The name in our JSON.
    pub name: &'static str,
    /// Whether a grant can have several.
    pub repeated: bool,
    /// The fields in the order of the standard's template.
    pub fields: &'static [Field],
    /// What the standard has besides, and a grant here has not: the titles, and the names in the standard's JSON.
    pub not_held: &'static [(&'static str, &'static str)],
}

impl Group {
    /// The title of a column, with the number of the item if the group is repeated.
    pub fn column(&self, field: &Field, number: Option<usize>) -> String {
        match (self.title, number) {
            ("", _) => field.title.to_owned(),
            (group, None) => format!("{group}:{}", field.title),
            (group, Some(number)) => format!("{group}:{number}:{}", field.title),
        }
    }
}

const fn field(title: &'static str, standard_name: &'static str, name: &'static str, form: Form) -> Field {
    Field { title, standard_name, name, form, required: false }
}

const fn required(title: &'static str, standard_name: &'static str, name: &'static str, form: Form) -> Field {
    Field { title, standard_name, name, form, required: true }
}

use Form::{
    Code, Country, Currency, Date, DateTime, Degrees, Integer, List, Money, PartialDate, Text, Url, YesNo,
};

/// The length of the longest texts of a grant.
const LONG: usize = 4000;

const PARTY: &[Field] = &[
    required("Identifier", "id", "id", Code(200)),
    required("Name", "name", "name", Text(200)),
    field("Charity Number", "charityNumber", "charity_number", Code(40)),
    field("Company Number", "companyNumber", "company_number", Code(40)),
    field("Street Address", "streetAddress", "street_address", Text(500)),
    field("City", "addressLocality", "city", Text(200)),
    field("County", "addressRegion", "county", Text(200)),
    field("Country", "addressCountry", "country", Text(200)),
    field("Postal Code", "postalCode", "postal_code", Code(20)),
    field("Description", "description", "description", Text(LONG)),
    field("Web Address", "url", "url", Url),
    field("Department", "department", "department", Text(200)),
];

/// What the standard has of every part: when it was last changed. A grant here has that as a whole.
const LAST_MODIFIED: (&str, &str) = ("Last Modified", "dateModified");

/// Names of private persons, and ways to reach them, are among what organisations have and grants here have not.
const PARTY_NOT_HELD: &[(&str, &str)] = &[
    ("Location", "location"),
    ("Contact Name", "contactName"),
    ("Phone Number", "telephone"),
    ("Alternate Name", "alternateName"),
    ("Email", "email"),
    ("Organisation Type", "organisationType"),
    LAST_MODIFIED,
];

/// All groups in the order of the standard's template. The grant's own fields come first and last.
pub const GROUPS: &[Group] = &[
    Group {
        title: "",
        standard_name: "",
        name: "",
        repeated: false,
        fields: &[
            required("Identifier", "id", "identifier", Code(200)),
            required("Title", "title", "title", Text(200)),
            required("Description", "description", "description", Text(LONG)),
            required("Currency", "currency", "currency", Currency),
            field("Amount Applied For", "amountAppliedFor", "amount_applied_for", Money),
            required("Amount Awarded", "amountAwarded", "amount_awarded", Money),
            field("Amount Disbursed", "amountDisbursed", "amount_disbursed", Money),
            required("Award Date", "awardDate", "award_date", Date),
            field("URL", "url", "url", Url),
        ],
        not_held: &[],
    },
    Group {
        title: "Planned Dates",
        standard_name: "plannedDates",
        name: "planned_dates",
        repeated: false,
        fields: &[
            field("Start Date", "startDate", "from", PartialDate),
            field("End Date", "endDate", "to", PartialDate),
            field("Duration (months)", "duration", "duration_months", Integer(1200)),
        ],
        not_held: &[("Title", "title"), ("Description", "description"), LAST_MODIFIED],
    },
    Group {
        title: "Recipient Org",
        standard_name: "recipientOrganization",
        name: "recipient",
        repeated: false,
        fields: PARTY,
        not_held: PARTY_NOT_HELD,
    },
    Group {
        title: "Beneficiary Location",
        standard_name: "beneficiaryLocation",
        name: "beneficiary_locations",
        repeated: true,
        fields: &[
            field("Name", "name", "name", Text(200)),
            field("Country Code", "countryCode", "country_code", Country),
            field("Latitude", "latitude", "latitude", Degrees(90)),
            field("Longitude", "longitude", "longitude", Degrees(180)),
            field("Geographic Code", "geoCode", "geo_code", Code(40)),
            field("Geographic Code Type", "geoCodeType", "geo_code_type", Code(40)),
        ],
        not_held: &[("Identifier", "id"), ("Description", "description"), LAST_MODIFIED],
    },
    Group {
        title: "Funding Org",
        standard_name: "fundingOrganization",
        name: "funder",
        repeated: false,
        fields: PARTY,
        not_held: PARTY_NOT_HELD,
    },
    Group {
        title: "Grant Programme",
        standard_name: "grantProgramme",
        name: "programme",
        repeated: false,
        fields: &[
            field("Code", "code", "code", Text(100)),
            field("Title", "title", "title", Text(200)),
            field("URL", "url", "url", Url),
        ],
        not_held: &[("Description", "description"), LAST_MODIFIED],
    },
    Group {
        title: "",
        standard_name: "",
        name: "",
        repeated: false,
        fields: &[
            field("From An Open Call?", "fromOpenCall", "from_open_call", YesNo),
            field("Related Activity", "relatedActivity", "related_activity", List),
            field("Last Modified", "dateModified", "last_modified", DateTime),
            field("Data Source", "dataSource", "data_source", Url),
        ],
        not_held: &[],
    },
];

/// The parts of the standard that a grant here cannot hold: the first part of the title of a column, and the name in the
/// standard's JSON. Grants to individuals are among them: this record never has the name of a private person.
const NOT_SUPPORTED: &[(&str, &str)] = &[
    ("Recipient Ind", "recipientIndividual"),
    ("To Individuals Details", "toIndividualsDetails"),
    ("Actual Dates", "actualDates"),
    ("Funding Type", "fundingType"),
    ("Classifications", "classifications"),
    ("Related Document", "relatedDocument"),
    ("Application Transaction", "applicationTransaction"),
    ("Commitment Transaction", "commitmentTransaction"),
    ("Disbursement Transaction", "disbursementTransaction"),
    ("For Regrant Type", "regrantType"),
    ("Location Scope", "locationScope"),
];

/// The ISO 3166-1 countries in the standard's code list.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN \
BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM \
IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG \
MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH \
TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// The types of geographic code in the standard's code list.
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

/// What the standard has and a grant here cannot hold: the beginnings of the titles of columns, and the names in the standard's
/// JSON, with a `/` between those of a group and of its part.
pub fn not_held() -> impl Iterator<Item = (String, String)> {
    let whole = NOT_SUPPORTED.iter().map(|(title, name)| ((*title).to_owned(), (*name).to_owned()));
    let parts = GROUPS.iter().flat_map(|group| {
        let part = |(title, name): &(&str, &str)| {
            (format!("{}:{title}", group.title), format!("{}/{name}", group.standard_name))
        };
        group.not_held.iter().map(part)
    });
    whole.chain(parts)
}

/// Every field of the standard that a grant here can hold, with its group.
pub fn all() -> impl Iterator<Item = (&'static Group, &'static Field)> {
    GROUPS.iter().flat_map(|group| group.fields.iter().map(move |field| (group, field)))
}

/// Whether the standard's code list has this country.
pub fn is_country(code: &str) -> bool {
    COUNTRIES.split_whitespace().any(|known| known == code)
}
