//! Observations as a reader of the API's JSON makes them whole.

use serde_json::Value;

/// The observations of an answer, each with all its fields: the usual ones, those of its series, its own.
pub fn whole_observations(answer: &Value) -> Vec<Value> {
    let fields = |value: &Value| value.as_object().unwrap().clone();
    let mut all = vec![];
    for series in answer["data"].as_array().unwrap() {
        let mut shared = fields(&answer["usual"]);
        shared.extend(fields(series));
        let observations = shared.remove("observations").unwrap();
        for own in observations.as_array().unwrap() {
            let mut whole = shared.clone();
            whole.extend(fields(own));
            all.push(Value::Object(whole));
        }
    }
    all
}
