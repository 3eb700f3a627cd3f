//! Markdown as HTML. HTML within it is shown as text, so nothing of it becomes markup that is not made here.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// Where a link of a text leads: another address, or nowhere on these pages.
pub type Leads<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Some sentences in Markdown, without links.
pub fn sentences(text: &str) -> String {
    page(text, &|_| None).1
}

/// Some sentences in Markdown, for a place that is a paragraph already.
pub fn in_line(text: &str) -> String {
    let html = sentences(text);
    let inner = html.trim().strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>"));
    inner.filter(|inner| !inner.contains("<p>")).map_or_else(|| html.clone(), str::to_owned)
}

/// A text in Markdown: the words of its title, and its HTML. Headings have the anchors that they have elsewhere.
pub fn page(text: &str, leads: Leads<'_>) -> (String, String) {
    let mut writer = Writer { leads, title: None, in_head: false, is_link: vec![], pictures: 0 };
    let events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let mut out = vec![];
    for (at, event) in events.iter().enumerate() {
        writer.event(event.clone(), &events[at..], &mut out);
    }
    let mut page = String::new();
    html::push_html(&mut page, out.into_iter());
    (writer.title.unwrap_or_default(), page)
}

/// The words of the title of a text, which is its first heading.
pub fn title(text: &str) -> String {
    let line = text.lines().find(|line| line.starts_with("# ")).unwrap_or_default();
    page(line, &|_| None).0
}

struct Writer<'a> {
    leads: Leads<'a>,
    title: Option<String>,
    in_head: bool,
    /// Of each link that is open whether it leads anywhere.
    is_link: Vec<bool>,
    /// How many pictures are open: of a picture there are only its words.
    pictures: usize,
}

impl Writer<'_> {
    fn event<'t>(&mut self, event: Event<'t>, rest: &[Event<'t>], out: &mut Vec<Event<'t>>) {
        let mut raw = |html: String| out.push(Event::Html(CowStr::from(html)));
        match event {
            Event::Html(text) | Event::InlineHtml(text) => out.push(Event::Text(text)),
            Event::Start(Tag::Heading { level, .. }) => {
                let words = words_of(rest);
                raw(format!("<{level} id=\"{}\">", anchor(&words)));
                if level == HeadingLevel::H1 && self.title.is_none() {
                    self.title = Some(words);
                }
            }
            Event::End(TagEnd::Heading(level)) => raw(format!("</{level}>\n")),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented)) => {
                raw("<pre tabindex=\"0\"><code>".to_owned());
            }
            Event::End(TagEnd::CodeBlock) => raw("</code></pre>\n".to_owned()),
            // The header cells say what they are of, and no cell has a style of its own.
            Event::Start(Tag::Table(_)) => raw("<div class=\"table\" tabindex=\"0\"><table>".to_owned()),
            Event::End(TagEnd::Table) => raw("</tbody></table></div>\n".to_owned()),
            Event::Start(Tag::TableHead) => {
                self.in_head = true;
                raw("<thead><tr>".to_owned());
            }
            Event::End(TagEnd::TableHead) => {
                self.in_head = false;
                raw("</tr></thead><tbody>\n".to_owned());
            }
            Event::Start(Tag::TableRow) => raw("<tr>".to_owned()),
            Event::End(TagEnd::TableRow) => raw("</tr>\n".to_owned()),
            Event::Start(Tag::TableCell) => {
                raw(if self.in_head { "<th scope=\"col\">" } else { "<td>" }.to_owned());
            }
            Event::End(TagEnd::TableCell) => raw(if self.in_head { "</th>" } else { "</td>" }.to_owned()),
            Event::Start(Tag::Link { link_type, dest_url, id, title }) => {
                let address = (self.leads)(&dest_url);
                self.is_link.push(address.is_some());
                if let Some(address) = address {
                    out.push(Event::Start(Tag::Link { link_type, dest_url: address.into(), id, title }));
                }
            }
            Event::End(TagEnd::Link) => {
                if self.is_link.pop().unwrap_or_default() {
                    out.push(Event::End(TagEnd::Link));
                }
            }
            Event::Start(Tag::Image { .. }) => {
                self.pictures += 1;
                out.push(Event::Text("Picture: ".into()));
            }
            Event::End(TagEnd::Image) => self.pictures = self.pictures.saturating_sub(1),
            other => out.push(other),
        }
    }
}

/// The words of the heading that begins here.
fn words_of(events: &[Event<'_>]) -> String {
    let own = events.iter().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    own.filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
        Event::SoftBreak => Some(" "),
        _ => None,
    })
    .collect()
}

/// The anchor of a heading, as those who show Markdown agree on it.
fn anchor(words: &str) -> String {
    let plain = words.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    plain.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_and_addresses_of_scripts_are_text() {
        let text = "# A <b>title</b>\n\n<script>alert(1)</script>\n\n[here](javascript:alert(1)) and [there](b.md#c)\n\n![x](y.png \"t\")\n";
        let leads =
            |address: &str| address.strip_suffix(".md#c").map(|name| format!("/docs/guides/{name}#c"));
        let (title, page) = page(text, &leads);
        assert_eq!(title, "A title");
        assert!(
            !page.contains("<script") && !page.contains("<b>") && !page.contains("javascript:"),
            "{page}"
        );
        assert!(!page.contains("<img") && page.contains("Picture: x"), "{page}");
        assert!(
            page.contains("&lt;script&gt;") && page.contains("<a href=\"/docs/guides/b#c\">there</a>"),
            "{page}"
        );
    }

    #[test]
    fn tables_have_headings_for_their_columns_and_code_can_be_scrolled_to() {
        let (_, page) =
            page("## What's `new`?\n\n| a | b |\n|---|--:|\n| 1 | <i> |\n\n```sh\nls <x>\n```\n", &|_| None);
        assert!(page.contains("<h2 id=\"whats-new\">"), "{page}");
        assert!(page.contains("<th scope=\"col\">b</th>") && page.contains("<td>&lt;i&gt;</td>"), "{page}");
        assert!(!page.contains("style="), "{page}");
        assert!(page.contains("<pre tabindex=\"0\"><code>ls &lt;x&gt;\n</code></pre>"), "{page}");
    }
}
