//! The addresses that more than one file of this module names.

/// The index.
pub const INDEX: &str = "/v1";
/// The map of the site.
pub const SITE_MAP: &str = "/sitemap.xml";
