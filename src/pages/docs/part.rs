//! What the pages of the documentation have in common.

/// Where the pages are.
pub const DOCS: &str = "/docs/";
/// Where the guides are.
pub const GUIDES: &str = "/docs/guides/";
/// What stands for the address of this server until a page is requested.
pub const SERVER: &str = "SERVER-OF-THIS-PAGE";

/// A page between its header and its footer.
pub struct Part {
    pub title: String,
    pub main: String,
}
