//! Bodies of forms (`application/x-www-form-urlencoded`), read as types.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::params::decode;
use crate::problem::{Fault, Problem};

/// The media type of a form.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// 400: a body that is said to be a form and is none.
pub fn unreadable() -> Problem {
    let detail = "This is no form, or it repeats a field, or has characters that cannot be seen.";
    Problem::bad_request(vec![Fault::pointer("", "syntax", detail)])
}

/// Reads a form whose type has text fields. The ends of lines are one character, as the browser counts them, although it sends two. Fields that the type does not have are left out. None if it is not a form, or
/// if it repeats a field.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(body).ok()?;
    let mut fields = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let value = decode(value)?.replace("\r\n", "\n");
        if fields.insert(decode(name)?, Value::String(value)).is_some() {
            return None;
        }
    }
    T::deserialize(Value::Object(fields)).ok()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::read;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Form {
        name: Option<String>,
        place: Option<String>,
    }

    #[test]
    fn fields_are_decoded_and_others_left_out() {
        let form = |name: Option<&str>, place: Option<&str>| {
            Some(Form { name: name.map(str::to_owned), place: place.map(str::to_owned) })
        };
        assert_eq!(read(b""), form(None, None));
        assert_eq!(
            read(b"name=a+b%26&&place=&colour=red"),
            form(Some("a b&"), Some("")),
            "a name without a value is an empty text"
        );
        assert_eq!(read(b"name=a%0D%0Ab%0D"), form(Some("a\nb\r"), None));
    }

    #[test]
    fn what_is_no_form_or_repeats_a_field_is_refused() {
        for body in [
            b"name".as_slice(),
            b"name=a&name=b",
            b"name=a&n%61me=b",
            b"colour=a&colour=b",
            b"name=%ff",
            b"name=%00",
            b"name=\xff",
            b"{}",
        ] {
            assert_eq!(read::<Form>(body), None, "{}", String::from_utf8_lossy(body));
        }
    }
}
