//! Which database a server uses.

/// Which database a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `postgres://…` or `postgresql://…`.
    Pg(String),
    /// Anything else: the path of a SQLite file, optionally with `sqlite://` in front.
    Lite(String),
}

impl Target {
    /// Parses a `DATABASE_URL`.
    pub fn parse(url: &str) -> Target {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Target::Pg(url.to_owned())
        } else {
            Target::Lite(url.strip_prefix("sqlite://").unwrap_or(url).to_owned())
        }
    }

    /// What the log may say of it: the path, or the address of the server without the password.
    pub fn described(&self) -> String {
        let url = match self {
            Target::Lite(path) => return format!("SQLite, {path}"),
            Target::Pg(url) => url.split(['?', '#']).next().unwrap_or_default(),
        };
        let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
        match rest.rsplit_once('@') {
            Some((user, place)) => {
                let user = user.split(':').next().unwrap_or_default();
                format!("PostgreSQL, {scheme}://{user}@{place}")
            }
            None => format!("PostgreSQL, {scheme}://{rest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn the_description_has_no_password() {
        let described = |url: &str| Target::parse(url).described();
        assert_eq!(described("sqlite://./a.sqlite"), "SQLite, ./a.sqlite");
        assert_eq!(
            described("postgres://ann:p@ss@db:5432/record?sslmode=require"),
            "PostgreSQL, postgres://ann@db:5432/record"
        );
        assert_eq!(
            described("postgresql:///record?host=/run/pg&password=secret"),
            "PostgreSQL, postgresql:///record"
        );
    }
}
