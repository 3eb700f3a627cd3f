//! The addresses that more than one file of this module names.

/// The index.
pub const INDEX: &str = "/v1";
/// Whom to tell of a weakness.
pub const SECURITY: &str = "/.well-known/security.txt";
/// The map of the site.
pub const SITE_MAP: &str = "/sitemap.xml";
