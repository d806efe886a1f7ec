//! The table as a picture: a bar for each workload, from the limit to where ours is, to the right when it is better; a mark where
//! the goal is. The scale is logarithmic, so that twice and half as good are as far from the limit.

use std::fmt::Write;

/// One workload.
pub struct Bar {
    pub workload: String,
    /// Beside the limit: 1 is as good, more is better.
    pub as_good: f64,
    /// The same as the table has it.
    pub ratio: String,
    /// Where the goal is on the same scale.
    pub goal: Option<f64>,
}

const ROW: usize = 22;
/// Where the scale begins and ends, and how wide all of it is.
const LEFT: f64 = 430.0;
const RIGHT: f64 = 930.0;
const WIDTH: usize = 1_080;
/// What is beyond is drawn at the end.
const LEAST: f64 = 0.05;
const MOST: f64 = 20.0;
const LINES: [f64; 8] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0];

pub fn svg(bars: &[Bar]) -> String {
    let bottom = ROW * (bars.len() + 2);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        bottom + ROW
    );
    for line in LINES {
        let (at, colour) = (x(line), if line == 1.0 { "black" } else { "#dddddd" });
        writeln!(out, r#"<line x1="{at:.1}" y1="{ROW}" x2="{at:.1}" y2="{bottom}" stroke="{colour}"/>"#)
            .unwrap();
        let name = if line == 1.0 { "limit".to_owned() } else { line.to_string() };
        writeln!(out, r#"<text x="{at:.1}" y="{}" text-anchor="middle">{name}</text>"#, ROW - 6).unwrap();
    }
    for (row, bar) in bars.iter().enumerate() {
        let (top, base) = (ROW * (row + 1) + 5, ROW * (row + 1) + 16);
        let (from, to) = (x(1.0).min(x(bar.as_good)), x(1.0).max(x(bar.as_good)));
        let colour = match bar.goal {
            None => "#8a8f98",
            Some(goal) if bar.as_good >= goal => "#2e8b57",
            Some(_) => "#c8553d",
        };
        let (workload, ratio) = (escaped(&bar.workload), &bar.ratio);
        writeln!(out, r#"<text x="{:.1}" y="{base}" text-anchor="end">{workload}</text>"#, LEFT - 10.0)
            .unwrap();
        let wide = (to - from).max(1.0);
        writeln!(out, r#"<rect x="{from:.1}" y="{top}" width="{wide:.1}" height="12" fill="{colour}"/>"#)
            .unwrap();
        writeln!(out, r#"<text x="{:.1}" y="{base}">{ratio}</text>"#, RIGHT + 10.0).unwrap();
        if let Some(goal) = bar.goal.map(x) {
            let (above, below) = (top - 3, top + 15);
            let line = format!(r#"<line x1="{goal:.1}" y1="{above}" x2="{goal:.1}" y2="{below}""#);
            writeln!(out, r#"{line} stroke="black" stroke-width="3"/>"#).unwrap();
        }
    }
    let told = "Right of the limit: better than it. Thick mark: the goal. Green: met, red: not met, grey: none is set.";
    writeln!(out, r#"<text x="10" y="{}">{told}</text>"#, bottom + ROW / 2).unwrap();
    out.push_str("</svg>\n");
    out
}

fn x(as_good: f64) -> f64 {
    let share = (as_good.clamp(LEAST, MOST) / LEAST).ln() / (MOST / LEAST).ln();
    LEFT + share * (RIGHT - LEFT)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
