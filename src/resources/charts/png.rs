//! A picture in pixels.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::text;
use crate::problem::Problem;

/// The most pixels: a picture of the greatest width is never so high.
const MOST_PIXELS: u64 = 1_600 * 1_600;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(text::REGULAR.to_vec());
    fonts.load_font_data(text::BOLD.to_vec());
    Arc::new(fonts)
});

/// Draws an SVG of ours: the fonts are those of the program, and nothing is read from elsewhere.
pub fn draw(svg: &str) -> Result<Vec<u8>, Problem> {
    let options = Options { fontdb: FONTS.clone(), font_family: "Arimo".to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(Problem::internal)?;
    let size = tree.size().to_int_size();
    if u64::from(size.width()) * u64::from(size.height()) > MOST_PIXELS {
        return Err(Problem::internal("a picture has more pixels than any may have"));
    }
    let image = Pixmap::new(size.width(), size.height());
    let Some(mut image) = image else { return Err(Problem::internal("a picture has no size")) };
    resvg::render(&tree, Transform::identity(), &mut image.as_mut());
    image.encode_png().map_err(Problem::internal)
}
