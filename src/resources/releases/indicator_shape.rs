//! What the content of an indicator requires of the rows of an upload.

use super::upload::{CodeShape, DimensionShape, IndicatorShape};
use crate::resources::indicators::{Dimension, DimensionCode, IndicatorContent, MeasureType, Unit};

/// The shape of an indicator's rows.
pub fn indicator_shape(content: &IndicatorContent) -> IndicatorShape {
    IndicatorShape {
        slug: content.slug.clone(),
        dimensions: content.dimensions.iter().map(dimension_shape).collect(),
        frequency: content.frequency.of_periods(),
        decimals: u32::try_from(content.decimals).unwrap_or(0),
        counts: content.unit == Unit::Count && content.measure_type != MeasureType::Mean,
        ratio: content.measure_type == MeasureType::Ratio,
        unit: content.unit.code(),
        today: None,
    }
}

fn dimension_shape(dimension: &Dimension) -> DimensionShape {
    let codes = dimension.codes.iter().map(code_shape).collect();
    DimensionShape::new(dimension.code.as_str(), dimension.name.as_str(), codes)
}

fn code_shape(code: &DimensionCode) -> CodeShape {
    CodeShape { code: code.code.clone(), name: code.name.clone(), from: code.from, to: code.to }
}
