//! The demo's observations: a file for each release in `demo/releases.jsonl`.

/// Pairs of a reference and the file that it names.
macro_rules! files {
    ($($reference:literal,)*) => {
        &[$(($reference, include_str!(concat!("../../../demo/observations/", $reference, ".csv"))),)*]
    };
}

/// The files, each with the reference of its release.
pub const DEMO: &[(&str, &str)] = files![
    "REL-ANPR-INVESTMENT-1",
    "REL-AREA-SIZE-1",
    "REL-BUDGET-GAP-1",
    "REL-BURGLARY-ATTENDANCE-RATE-1",
    "REL-CALL-ANSWER-TIME-999-1",
    "REL-CALL-WAIT-TIME-101-1",
    "REL-CAPITAL-PROGRAMME-1",
    "REL-COLLABORATING-FORCES-1",
    "REL-COMMUNITY-GRANTS-FUND-1",
    "REL-COMMUNITY-SAFETY-FUND-1",
    "REL-COMMUNITY-SAFETY-PARTNERSHIPS-1",
    "REL-CONSULTATION-EVENTS-1",
    "REL-CONSULTATION-RESPONSES-1",
    "REL-CRIME-REDUCTION-STREAK-1",
    "REL-CYBER-CRIME-COST-1",
    "REL-DATATAG-VALUE-PROTECTED-1",
    "REL-DETECTION-RATE-1",
    "REL-DIVISION-AREA-SHARE-1",
    "REL-DOMESTIC-ABUSE-REPORTS-1",
    "REL-DRUG-SUPPORT-ORGANISATIONS-1",
    "REL-EU-MEMBER-STATES-1",
    "REL-FEEL-SAFE-1",
    "REL-FIRST-LANGUAGE-NOT-ENGLISH-1",
    "REL-FORCE-SAVINGS-1",
    "REL-FRAUD-LOSSES-1",
    "REL-GROSS-EXPENDITURE-1",
    "REL-HOME-OFFICE-ASB-FUNDING-1",
    "REL-HOTSPOT-LOCATIONS-1",
    "REL-LANGUAGES-SPOKEN-1",
    "REL-LOCAL-AUTHORITY-AREAS-1",
    "REL-MINORITY-ETHNIC-SHARE-1",
    "REL-MINORITY-ETHNIC-SHARE-2",
    "REL-NATIONAL-PARK-VISITORS-1",
    "REL-NATIONALITIES-1",
    "REL-NEIGHBOURHOOD-TEAMS-1",
    "REL-OFFICER-HOURS-SAVED-1",
    "REL-OPERATION-SPARTA-OFFENCES-1",
    "REL-ORGANISED-CRIME-GROUPS-1",
    "REL-OUTCOME-RATE-1",
    "REL-PANEL-MEMBERS-1",
    "REL-POCA-RETURN-SHARE-1",
    "REL-POLICING-SECTIONS-1",
    "REL-POPULATION-1",
    "REL-POSTS-FUNDED-1",
    "REL-POSTS-FUNDED-2",
    "REL-RECORDED-CRIME-2003-2018",
    "REL-RECORDED-CRIME-P1-2018-03",
    "REL-RECORDED-CRIME-P1-2018-06",
    "REL-RECORDED-CRIME-P1-2018-09",
    "REL-RECORDED-CRIME-P1-2018-12",
    "REL-RECORDED-CRIME-QUARTERLY-2023",
    "REL-RECORDED-CRIME-YEARLY-2023",
    "REL-REFERRAL-UNIT-REFERRALS-1",
    "REL-REOFFENDING-MULTIPLIER-1",
    "REL-RURAL-CRIME-INVESTIGATIONS-1",
    "REL-SERVICE-HOURS-1",
    "REL-SEXUAL-OFFENCES-QUARTERLY-2023",
    "REL-TERRITORIAL-DIVISIONS-1",
    "REL-UNLAWFUL-DRIVING-QUARTERLY-2023",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_included() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/observations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .map(|entries| {
                entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
            })
            .unwrap_or_default();
        files.sort();
        let included: Vec<String> = DEMO.iter().map(|(reference, _)| format!("{reference}.csv")).collect();
        assert_eq!(included, files);
    }
}
