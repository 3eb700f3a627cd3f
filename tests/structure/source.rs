//! Rust source as far as the checks of the structure read it: without comments and texts, as tokens, with the paths that
//! it names.

use std::collections::BTreeMap;

/// Files by their path below `src`, such as `record/kind.rs`, with their text.
pub type Files = BTreeMap<String, String>;

/// A path that a file names, such as `crate::record::kind::KindDef`, from the crate's root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    pub path: Vec<String>,
    /// As the file wrote it, for people to find.
    pub written: String,
}

/// What a file imports, re-exports and names.
#[derive(Debug, Default)]
pub struct Source {
    pub named: Vec<Named>,
    /// `pub use`, by the name that it has here.
    pub exported: BTreeMap<String, Vec<String>>,
    /// Modules declared inside a macro.
    pub hidden_modules: Vec<String>,
}

/// The module of a file: `record/kind.rs` and `record/kind/mod.rs` are both `record::kind`.
pub fn module_of(file: &str) -> Vec<String> {
    let name = file.trim_end_matches(".rs");
    let name = name.strip_suffix("/mod").unwrap_or(name);
    if ["lib", "main"].contains(&name) { vec![] } else { name.split('/').map(str::to_owned).collect() }
}

/// Reads a file. `is_module` says whether a path names a module that is a file.
pub fn read(file: &str, text: &str, is_module: &dyn Fn(&[String]) -> bool) -> Source {
    let tokens = tokens(text);
    let module = module_of(file);
    let mut reader = Reader {
        source: Source::default(),
        own: module.clone(),
        module,
        imported: BTreeMap::new(),
        qualified: vec![],
        is_module,
    };
    reader.walk(&tokens);
    reader.resolve_qualified();
    reader.source.hidden_modules = hidden_modules(&tokens);
    reader.source
}

/// Words, and punctuation by the character (but for `::`). Comments, texts, characters and lifetimes are left out.
pub fn tokens(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut all = vec![];
    let mut at = 0;
    while at < letters.len() {
        let rest = &letters[at..];
        let next = rest.get(1).copied().unwrap_or_default();
        match (rest[0], next) {
            ('/', '/') => at += until(rest, "\n"),
            ('/', '*') => at += 2 + until(&rest[2..], "*/"),
            ('"', _) => at += quoted(rest, '"'),
            ('\'', _) if next == '\\' || rest.get(2) == Some(&'\'') => at += quoted(rest, '\''),
            ('r', '"' | '#') if raw_text(rest).is_some() => at += raw_text(rest).unwrap_or(1),
            (':', ':') => {
                at += 2;
                all.push("::".to_owned());
            }
            (letter, _) if letter.is_alphanumeric() || letter == '_' => {
                let word: String = rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                at += word.chars().count();
                all.push(word);
            }
            (letter, _) => {
                at += 1;
                // A quote here begins a lifetime, whose name says nothing.
                if !letter.is_whitespace() && letter != '\'' {
                    all.push(letter.to_string());
                }
            }
        }
    }
    all
}

/// How many letters there are up to the end of `end`.
fn until(rest: &[char], end: &str) -> usize {
    let end: Vec<char> = end.chars().collect();
    rest.windows(end.len()).position(|window| window == end).map_or(rest.len(), |at| at + end.len())
}

/// The length of `r"…"` or `r#"…"#`, where one begins with this `r`.
fn raw_text(rest: &[char]) -> Option<usize> {
    let fences = rest[1..].iter().take_while(|c| **c == '#').count();
    (rest.get(1 + fences) == Some(&'"')).then(|| {
        let begin = 1 + fences + 1;
        begin + until(&rest[begin..], &format!("\"{}", "#".repeat(fences)))
    })
}

fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

struct Reader<'a> {
    source: Source,
    /// The file's module.
    own: Vec<String>,
    /// Where the reader is: the file's module, and the modules inside the file.
    module: Vec<String>,
    /// The modules that the file imports, by the name that they have here.
    imported: BTreeMap<String, Vec<String>>,
    /// Paths outside imports, each with the module that it is in: they are resolved when all imports are known.
    qualified: Vec<(Vec<String>, Vec<String>)>,
    is_module: &'a dyn Fn(&[String]) -> bool,
}

impl Reader<'_> {
    fn walk(&mut self, tokens: &[String]) {
        let word = |at: usize| tokens.get(at).map_or("", String::as_str);
        let mut depth = 0;
        // The depths at which modules inside the file end.
        let mut ends = vec![];
        let mut at = 0;
        while at < tokens.len() {
            match word(at) {
                // But for `impl Trait + use<'a>`.
                "use" if word(at + 1) != "<" => {
                    let end =
                        tokens[at..].iter().position(|token| token == ";").map_or(tokens.len(), |to| at + to);
                    let before: Vec<&str> = (0..at).rev().take(4).map(word).collect();
                    let public = before.first() == Some(&"pub")
                        || (before.first() == Some(&")") && before.contains(&"pub") && before.contains(&"("));
                    self.import(&tokens[at + 1..end], public);
                    at = end;
                }
                "mod" if word(at + 2) == "{" => {
                    ends.push(depth);
                    depth += 1;
                    self.module.push(word(at + 1).to_owned());
                    at += 2;
                }
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    if ends.last() == Some(&depth) {
                        ends.pop();
                        self.module.pop();
                    }
                }
                _ if word(at + 1) == "::" && (at == 0 || word(at - 1) != "::") => {
                    let mut path = vec![word(at).to_owned()];
                    while word(at + 1) == "::"
                        && word(at + 2).starts_with(|c: char| c.is_alphabetic() || c == '_')
                    {
                        path.push(word(at + 2).to_owned());
                        at += 2;
                    }
                    self.qualified.push((self.module.clone(), path));
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn import(&mut self, tokens: &[String], public: bool) {
        let mut paths = vec![];
        tree(tokens, 0, &[], &mut paths);
        for (path, alias) in paths {
            let Some(absolute) = self.absolute(&path) else { continue };
            let name = alias.or_else(|| path.last().cloned()).unwrap_or_default();
            if (self.is_module)(&absolute) {
                self.imported.insert(name.clone(), absolute.clone());
            }
            // What a module has from its own children it does not use by that.
            let of_a_child = absolute.len() > self.own.len() && absolute.starts_with(&self.own);
            if !(public && of_a_child) {
                self.source.named.push(Named { path: absolute.clone(), written: path.join("::") });
            }
            if public {
                self.source.exported.insert(name, absolute);
            }
        }
    }

    fn resolve_qualified(&mut self) {
        for (module, path) in std::mem::take(&mut self.qualified) {
            self.module = module;
            let absolute = match self.imported.get(&path[0]) {
                Some(imported) => Some([imported, &path[1..]].concat()),
                None => self.absolute(&path),
            };
            if let Some(absolute) = absolute {
                self.source.named.push(Named { path: absolute, written: path.join("::") });
            }
        }
    }

    /// From the crate's root; nothing where it is another crate's, or a type that was imported.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let mut absolute = match path[0].as_str() {
            "crate" => vec![],
            "self" => self.module.clone(),
            "super" => self.module[..self.module.len().checked_sub(1)?].to_vec(),
            child => {
                let mut absolute = self.module.clone();
                absolute.push(child.to_owned());
                return (self.is_module)(&absolute).then(|| [&absolute, &path[1..]].concat());
            }
        };
        for step in &path[1..] {
            if step == "super" {
                absolute.pop()?;
            } else {
                absolute.push(step.clone());
            }
        }
        Some(absolute)
    }
}

type Imported = (Vec<String>, Option<String>);

/// The paths of an import, `a::{b, c as d}` being two; gives where it ended.
fn tree(tokens: &[String], mut at: usize, before: &[String], paths: &mut Vec<Imported>) -> usize {
    let mut path = before.to_vec();
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "::" => at += 1,
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = tree(tokens, at, &path, paths);
                    if tokens.get(at).is_some_and(|token| token == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "," | "}" => break,
            "as" => {
                paths.push((path, tokens.get(at + 1).cloned()));
                return at + 2;
            }
            // `a::{self}` is `a`.
            "self" if !path.is_empty() => at += 1,
            word => {
                path.push(word.to_owned());
                at += 1;
            }
        }
    }
    paths.push((path, None));
    at
}

/// What `mod` names inside a macro: rustfmt does not enter it, and nobody finds it.
fn hidden_modules(tokens: &[String]) -> Vec<String> {
    let word = |at: usize| tokens.get(at).map_or("", String::as_str);
    let mut all = vec![];
    // How many brackets are open, and how many were when the macro began.
    let (mut open, mut macro_began) = (0, None);
    for at in 0..tokens.len() {
        match word(at) {
            "(" | "[" | "{" => {
                let named = at >= 2 && word(at - 2) == "!" || at >= 1 && word(at - 1) == "!";
                let attribute = word(at) == "[" && at >= 1 && ["#", "!"].contains(&word(at - 1));
                if macro_began.is_none() && named && !attribute && word(at.wrapping_sub(1)) != "=" {
                    macro_began = Some(open);
                }
                open += 1;
            }
            ")" | "]" | "}" => {
                open -= 1;
                if macro_began == Some(open) {
                    macro_began = None;
                }
            }
            "mod" if macro_began.is_some() => all.push(format!("mod {}{}", word(at + 1), word(at + 2))),
            _ => {}
        }
    }
    all
}
