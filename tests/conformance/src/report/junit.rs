//! The report as JUnit XML, which build servers read.

use super::{Line, Report};
use crate::duty::Outcome;

impl Report {
    /// One test case a check; not offered is skipped.
    pub fn to_junit(&self) -> String {
        let (_, failed, skipped) = self.counts();
        let tests = self.lines.len();
        let cases: String = self.lines.iter().map(case).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"foodlens-conformance\" tests=\"{tests}\" \
             failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\">\n{cases}</testsuite>\n"
        )
    }
}

fn case(line: &Line) -> String {
    let inside = match &line.outcome {
        Outcome::Pass => String::new(),
        Outcome::NotOffered { why } => format!("<skipped message=\"{}\"/>", escaped(why)),
        Outcome::Fail { sent, got, expected } => {
            let text = format!(
                "sent: {sent}\n\ncame back: {got}\n\nexpected: {expected}\n\nthe duty: {}",
                line.duty.link()
            );
            format!("<failure message=\"{}\">{}</failure>", escaped(expected), escaped(&text))
        }
    };
    let class = escaped(&format!("{} {}", line.duty.id, line.duty.title));
    let seconds = line.took.as_secs_f64();
    format!(
        "  <testcase classname=\"{class}\" name=\"{}\" time=\"{seconds:.3}\">{inside}</testcase>\n",
        line.check
    )
}

/// XML knows no control characters but three, not even escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push_str(&format!("&#{};", letter as u32)),
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                out.push('\u{fffd}')
            }
            plain => out.push(plain),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_kind_is_good_xml() {
        assert_eq!(
            escaped("a<b>&\"c\"\n\u{0}\u{1b}é🥛"),
            "a&lt;b&gt;&amp;&quot;c&quot;&#10;\u{fffd}\u{fffd}é🥛"
        );
    }
}
