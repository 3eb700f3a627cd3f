//! Ranks and means of areas.

use super::*;

const YEAR: &str = "2012-04-01/P1Y";

fn peer(area: &str, count: &str, people: &str) -> Peer {
    let population = (!people.is_empty()).then(|| point("2012", people));
    Peer { area: area.to_owned(), point: Some(point(YEAR, count)), population }
}

fn four() -> (Peer, Vec<Peer>) {
    let others =
        vec![peer("B", "60000", "1000000"), peer("C", "30000", "500000"), peer("D", "80000", "2000000")];
    (peer("A", "50000", "1000000"), others)
}

fn peers<'a>(own: &'a Peer, others: &'a [Peer]) -> Peers<'a> {
    Peers { measure: &CRIMES, period: period(YEAR), own, others }
}

#[test]
fn the_worked_case_of_both_means_with_and_without_the_area_itself() {
    let (own, others) = four();
    for (mean, with_self, text) in [
        (Mean::OfRates, true, "52.50"),
        (Mean::OfRates, false, "53.33"),
        (Mean::Pooled, true, "48.89"),
        (Mean::Pooled, false, "48.57"),
    ] {
        let result = peer_mean(&peers(&own, &others), mean, with_self, &Options::default()).unwrap();
        let base = result.base.as_ref().unwrap();
        assert_eq!(base.value.as_ref().unwrap().to_string(), text);
        assert_eq!(result.current.value.as_ref().unwrap().to_string(), "50.00");
        // Below both means of the rates, above both pooled rates.
        assert_eq!(result.favourable, Some(mean == Mean::OfRates));
    }
    let result = peer_mean(&peers(&own, &others), Mean::OfRates, false, &Options::default()).unwrap();
    assert_eq!(
        result.formula,
        "The mean of the rates of 3 areas, without A itself: (60.00 + 60.00 + 40.00) ÷ 3 = 53.333333…. \
         A: 50,000 ÷ 1,000,000 people; B: 60,000 ÷ 1,000,000 people; C: 30,000 ÷ 500,000 people; \
         D: 80,000 ÷ 2,000,000 people. Populations of 2012. A, Apr 2012 to Mar 2013 compared with the mean of the rates of 3 areas, without A itself: 50.00 per 1,000 − 53.333333… per 1,000 \
         = −3.333333… per 1,000, rounded −3.33; 100 × (−3.333333…) ÷ 53.333333… = −6.3 %."
    );
}

#[test]
fn areas_with_the_same_rate_share_a_place() {
    let (own, others) = four();
    let rank = |own: &Peer, others: &[Peer], measure: &Measure| {
        let peers = Peers { measure, ..peers(own, others) };
        peer_rank(&peers).unwrap().standing.unwrap().unwrap()
    };
    let place = |rank, sharing, highest_first| Standing::Rank { rank, of: 4, sharing, highest_first };
    assert_eq!(rank(&own, &others, &CRIMES), place(2, 1, false));
    let (b, rest) = (&others[0], [own.clone(), others[1].clone(), others[2].clone()]);
    assert_eq!(rank(b, &rest, &CRIMES), place(3, 2, false));
    let higher = Measure { polarity: Polarity::HigherIsBetter, ..CRIMES };
    assert_eq!(rank(b, &rest, &higher), place(1, 2, true));
    assert_eq!(rank(&own, &others, &higher), place(3, 1, true));
    let result = peer_rank(&peers(&own, &others)).unwrap();
    assert_eq!(
        result.formula,
        "Lowest first, Apr 2012 to Mar 2013: D 40.00 per 1,000, A 50.00 per 1,000, B 60.00 per 1,000, C 60.00 per 1,000. A \
         has rank 2 of 4. A: 50,000 ÷ 1,000,000 people; B: 60,000 ÷ 1,000,000 people; C: 30,000 ÷ 500,000 people; \
         D: 80,000 ÷ 2,000,000 people. Populations of 2012."
    );
}

#[test]
fn a_hidden_or_missing_area_makes_the_result_null() {
    let (own, mut others) = four();
    others[1].point = Some(point(YEAR, "-"));
    others[2].point = None;
    let result = peer_rank(&peers(&own, &others)).unwrap();
    assert_eq!((result.reason(), result.areas_without_value()), (Some(Reason::Suppressed), vec!["C", "D"]));
    for mean in [Mean::OfRates, Mean::Pooled] {
        let result = peer_mean(&peers(&own, &others), mean, true, &Options::default()).unwrap();
        assert_eq!(result.base.unwrap().value.unwrap_err(), Reason::Suppressed);
    }
    let (own, mut others) = four();
    others[0].population = None;
    assert_eq!(peer_rank(&peers(&own, &others)).unwrap().reason(), Some(Reason::NoPopulation));
}

#[test]
fn counts_without_populations_are_ranked_with_a_warning_and_have_no_mean() {
    let (own, others) = (peer("A", "5", ""), [peer("B", "6", "")]);
    let result = peer_rank(&peers(&own, &others)).unwrap();
    assert_eq!(result.warnings, [Warning::CountsNotRates]);
    let result = peer_mean(&peers(&own, &others), Mean::Pooled, true, &Options::default()).unwrap();
    assert_eq!(result.reason(), Some(Reason::NoPopulation));
}

#[test]
fn a_population_of_another_year_is_said() {
    let (own, mut others) = four();
    let warnings = |own: &Peer, others: &[Peer]| {
        let means = [Mean::OfRates, Mean::Pooled]
            .map(|mean| peer_mean(&peers(own, others), mean, false, &Options::default()).unwrap().warnings);
        let rank = peer_rank(&peers(own, others)).unwrap().warnings;
        assert!(means.iter().all(|mean| *mean == rank));
        rank
    };
    // Most days of April 2012 to March 2013 are of 2012.
    assert_eq!(warnings(&own, &others), []);
    others[2].population = Some(point("2020", "2000000"));
    assert_eq!(warnings(&own, &others), [Warning::PopulationOfAnotherYear]);
    let own = Peer { population: Some(point("2011", "1000000")), ..own };
    assert_eq!(warnings(&own, &four().1), [Warning::PopulationOfAnotherYear]);
    // What is no count is divided by nobody.
    let percent = Peers { measure: &PERCENT, period: period("2012-04"), ..peers(&own, &others) };
    assert_eq!(peer_rank(&percent).unwrap().warnings, []);
}

#[test]
fn a_rank_and_a_mean_say_what_each_rate_was_divided_by() {
    let (own, others) = four();
    let rank = peer_rank(&peers(&own, &others)).unwrap().formula;
    let mean = peer_mean(&peers(&own, &others), Mean::OfRates, true, &Options::default()).unwrap().formula;
    for formula in [rank, mean] {
        assert!(
            formula.contains(" ÷ 1,000,000 people") && formula.contains("Populations of 2012."),
            "{formula}"
        );
    }
}

#[test]
fn nobody_is_a_peer_of_themselves() {
    let (own, others) = four();
    assert_eq!(peer_rank(&peers(&own, &[])).unwrap_err(), Refusal::NoPeers);
    let twice = [others[0].clone(), others[0].clone()];
    assert_eq!(peer_rank(&peers(&own, &twice)).unwrap_err(), Refusal::RepeatedArea("B".into()));
    let itself = [own.clone()];
    assert_eq!(peer_rank(&peers(&own, &itself)).unwrap_err(), Refusal::RepeatedArea("A".into()));
}

#[test]
fn a_pooled_rate_that_cannot_be_had_names_the_gravest_reason() {
    let (own, mut others) = four();
    others[0].point = None;
    others[1].population = None;
    others[2].point = Some(point(YEAR, "-"));
    let pooled = |others: &[Peer]| {
        peer_mean(&peers(&own, others), Mean::Pooled, false, &Options::default()).unwrap().reason()
    };
    assert_eq!(pooled(&others), Some(Reason::Suppressed));
    assert_eq!(pooled(&others[..2]), Some(Reason::NotPublished));
    assert_eq!(pooled(&others[1..2]), Some(Reason::NoPopulation));
}
