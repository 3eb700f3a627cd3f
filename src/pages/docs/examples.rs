//! How to call an operation with curl, with Python and with TypeScript.

use serde_json::{Map, Value};

use super::part::SERVER;

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// A request to show.
pub struct Request {
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The media type and the example of the body.
    pub body: Option<(String, Value)>,
    pub needs_token: bool,
    /// Whether it says which version it changes.
    pub needs_tag: bool,
    /// Whether the answer is JSON.
    pub is_json: bool,
}

impl Request {
    fn url(&self) -> String {
        format!("{SERVER}{}", self.path)
    }

    /// The headers, as names and values; `token` is how a language has it.
    fn headers(&self, token: &str) -> Vec<(&'static str, String)> {
        let mut all = vec![];
        if self.needs_token {
            all.push(("Authorization", format!("Bearer {token}")));
        }
        if self.needs_tag {
            // The ETag of the record as it was read.
            all.push(("If-Match", "\"ETAG\"".to_owned()));
        }
        if let Some((media_type, _)) = self.body.as_ref().filter(|(name, _)| name != FORM) {
            all.push(("Content-Type", media_type.clone()));
        }
        all
    }

    /// The fields of a form.
    fn form(&self) -> Option<&Map<String, Value>> {
        let (media_type, body) = self.body.as_ref()?;
        body.as_object().filter(|_| media_type == FORM)
    }

    /// The body where it is JSON.
    fn json(&self) -> Option<&Value> {
        let (media_type, body) = self.body.as_ref()?;
        (media_type.contains("json") && !body.is_null()).then_some(body)
    }
}

/// In single quotes for a shell.
fn in_shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A text in double quotes, for Python and TypeScript alike.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// With curl.
pub fn curl(request: &Request) -> String {
    let mut lines = vec![match request.method.as_str() {
        "GET" => format!("curl -s {}", in_shell(&request.url())),
        method => format!("curl -s -X {method} {}", in_shell(&request.url())),
    }];
    // A query with brackets is no pattern.
    if request.path.contains('[') {
        lines[0] = lines[0].replacen("curl -s", "curl -s -g", 1);
    }
    for (name, value) in request.headers("$TOKEN") {
        let header = format!("{name}: {value}");
        lines.push(match value.contains('$') {
            true => format!("  -H \"{header}\""),
            false => format!("  -H {}", in_shell(&header)),
        });
    }
    match (request.form(), request.json(), &request.body) {
        (Some(fields), ..) => {
            for (name, value) in fields {
                let value = value.as_str().unwrap_or_default();
                lines.push(format!("  --data-urlencode {}", in_shell(&format!("{name}={value}"))));
            }
        }
        (None, Some(json), _) => lines.push(format!("  -d {}", in_shell(&pretty(json)))),
        (None, None, Some(_)) => lines.push("  --data-binary @FILE".to_owned()),
        (None, None, None) => {}
    }
    lines.join(" \\\n")
}

/// With Python and its package requests.
pub fn python(request: &Request) -> String {
    let method = request.method.to_lowercase();
    let mut arguments = vec![quoted(&request.url())];
    let headers = request.headers("{token}");
    if !headers.is_empty() {
        let one = |(name, value): &(&str, String)| match value.contains("{token}") {
            true => format!("{}: f{}", quoted(name), quoted(value)),
            false => format!("{}: {}", quoted(name), quoted(value)),
        };
        arguments.push(format!("headers={{{}}}", headers.iter().map(one).collect::<Vec<_>>().join(", ")));
    }
    match (request.form(), request.json(), &request.body) {
        (Some(fields), ..) => arguments.push(format!("data={}", literal(&Value::Object(fields.clone()), 1))),
        (None, Some(json), _) => arguments.push(format!("json={}", literal(json, 1))),
        (None, None, Some(_)) => arguments.push("data=open(\"FILE\", \"rb\")".to_owned()),
        (None, None, None) => {}
    }
    let shown = if request.is_json {
        "print(answer.json())"
    } else {
        "print(answer.headers[\"Content-Type\"], len(answer.content))"
    };
    format!(
        "import requests\n\nanswer = requests.{method}(\n    {},\n)\nanswer.raise_for_status()\n{shown}",
        arguments.join(",\n    ")
    )
}

/// A value as Python writes it.
fn literal(value: &Value, depth: usize) -> String {
    let (inner, outer) = ("    ".repeat(depth + 1), "    ".repeat(depth));
    let listed = |open: char, items: Vec<String>, close: char| match items.is_empty() {
        true => format!("{open}{close}"),
        false => format!("{open}\n{inner}{},\n{outer}{close}", items.join(&format!(",\n{inner}"))),
    };
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(items) => listed('[', items.iter().map(|item| literal(item, depth + 1)).collect(), ']'),
        Value::Object(fields) => {
            let one =
                |(name, field): (&String, &Value)| format!("{}: {}", quoted(name), literal(field, depth + 1));
            listed('{', fields.iter().map(one).collect(), '}')
        }
        other => other.to_string(),
    }
}

/// With TypeScript.
pub fn typescript(request: &Request) -> String {
    let mut options = vec![];
    if request.method != "GET" {
        options.push(format!("method: {}", quoted(&request.method)));
    }
    let headers = request.headers("${token}");
    if !headers.is_empty() {
        let one = |(name, value): &(&str, String)| match value.contains("${token}") {
            true => format!("{}: `{value}`", quoted(name)),
            false => format!("{}: {}", quoted(name), quoted(value)),
        };
        options.push(format!("headers: {{ {} }}", headers.iter().map(one).collect::<Vec<_>>().join(", ")));
    }
    match (request.form(), request.json(), &request.body) {
        (Some(fields), ..) => {
            options.push(format!("body: new URLSearchParams({})", indented(&Value::Object(fields.clone()))));
        }
        (None, Some(json), _) => options.push(format!("body: JSON.stringify({})", indented(json))),
        (None, None, Some(_)) => options.push("body: file".to_owned()),
        (None, None, None) => {}
    }
    let options = match options.is_empty() {
        true => String::new(),
        false => format!(", {{\n  {},\n}}", options.join(",\n  ")),
    };
    let shown = if request.is_json {
        "console.log(await answer.json());"
    } else {
        "console.log((await answer.arrayBuffer()).byteLength);"
    };
    format!(
        "const answer = await fetch({}{options});\nif (!answer.ok) throw new Error(await answer.text());\n{shown}",
        quoted(&request.url())
    )
}

fn indented(value: &Value) -> String {
    pretty(value).replace('\n', "\n  ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(method: &str, path: &str, body: Option<(&str, Value)>) -> Request {
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            body: body.map(|(name, body)| (name.to_owned(), body)),
            needs_token: method == "PATCH",
            needs_tag: method == "PATCH",
            is_json: true,
        }
    }

    #[test]
    fn a_read_is_one_line_and_a_change_says_who_and_which_version() {
        let read = request("GET", "/v1/observations?indicator=x&c[AREA]=E1", None);
        assert_eq!(curl(&read), format!("curl -s -g '{SERVER}/v1/observations?indicator=x&c[AREA]=E1'"));
        assert!(typescript(&read).starts_with(&format!("const answer = await fetch(\"{SERVER}/v1/obs")));
        let body = json!({"title": "It's \"new\"", "to": null, "yes": true, "list": [1], "none": []});
        let change = request("PATCH", "/v1/plans/ID", Some(("application/merge-patch+json", body)));
        let text = curl(&change);
        assert!(text.contains("-H \"Authorization: Bearer $TOKEN\" \\\n  -H 'If-Match: \"ETAG\"'"), "{text}");
        assert!(text.contains("It'\\''s \\\"new\\\""), "{text}");
        let text = python(&change);
        assert!(
            text.contains("\"Authorization\": f\"Bearer {token}\", \"If-Match\": \"\\\"ETAG\\\"\""),
            "{text}"
        );
        assert!(
            text.contains("\"to\": None,")
                && text.contains("\"yes\": True,")
                && text.contains("\"none\": []"),
            "{text}"
        );
        assert!(typescript(&change).contains("`Bearer ${token}`"));
    }

    #[test]
    fn a_form_is_sent_as_a_form() {
        let form = request("POST", "/oauth/token", Some((FORM, json!({"client_secret": "a b"}))));
        assert!(curl(&form).contains("--data-urlencode 'client_secret=a b'"));
        assert!(python(&form).contains("data={"));
        assert!(typescript(&form).contains("new URLSearchParams("));
    }
}
