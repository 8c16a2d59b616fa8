//! What is measured, and the line that tells it.

use serde::Serialize;
use serde_json::Number;

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds, told to a tenth.
    Milliseconds,
    /// Bytes.
    Bytes,
}

/// Samples of the app and of its control, as many of the one as of the other.
#[derive(Debug)]
pub struct Measured {
    unit: Unit,
    values: Vec<f64>,
    controls: Vec<f64>,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    value: Number,
    control: Number,
    ratio: f64,
    unit: &'a str,
    runs: usize,
}

impl Measured {
    /// Nothing yet.
    pub fn new(unit: Unit) -> Self {
        Self { unit, values: Vec::new(), controls: Vec::new() }
    }

    /// Takes in a pair, and shows it.
    pub fn add(&mut self, value: f64, control: f64) {
        self.values.push(value);
        self.controls.push(control);
        let (value, control) = (self.unit.number(value), self.unit.number(control));
        eprintln!("  run {}: {value} {} against {control}", self.values.len(), self.unit.name());
    }

    /// The medians and their ratio as one line of JSON.
    pub fn line(&self, name: &str) -> String {
        let (value, control) = (median(&self.values), median(&self.controls));
        let line = Line {
            name,
            value: self.unit.number(value),
            control: self.unit.number(control),
            ratio: (value / control * 1000.0).round() / 1000.0,
            unit: self.unit.name(),
            runs: self.values.len(),
        };
        serde_json::to_string(&line).expect("text and numbers are JSON")
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::Bytes => "bytes",
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "bytes are whole, and far fewer than fit")]
    fn number(self, value: f64) -> Number {
        match self {
            Self::Milliseconds => {
                Number::from_f64((value * 10.0).round() / 10.0).expect("a measured time is finite")
            }
            Self::Bytes => Number::from(value.round() as i64),
        }
    }
}

/// The middle sample, or what lies half-way between the two in the middle.
fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Measured, Unit, median};

    fn measured(unit: Unit, pairs: &[(f64, f64)]) -> Measured {
        let mut measured = Measured::new(unit);
        for (value, control) in pairs {
            measured.add(*value, *control);
        }
        measured
    }

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        assert!((median(&[9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[9.0, 1.0, 2.0, 4.0]) - 3.0).abs() < f64::EPSILON);
        assert!((median(&[10.0, 9.0]) - 9.5).abs() < f64::EPSILON);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_line_has_the_medians_and_their_ratio() {
        let pairs = [(30.04, 20.0), (20.0, 10.0), (1000.0, 40.0)];
        assert_eq!(
            measured(Unit::Milliseconds, &pairs).line("a_time"),
            r#"{"name":"a_time","value":30.0,"control":20.0,"ratio":1.502,"unit":"ms","runs":3}"#
        );
    }

    #[test]
    fn bytes_are_whole() {
        let pairs = [(1.0, 3.0), (2.0, 3.0)];
        assert_eq!(
            measured(Unit::Bytes, &pairs).line("a_size"),
            r#"{"name":"a_size","value":2,"control":3,"ratio":0.5,"unit":"bytes","runs":2}"#
        );
    }
}
