//! The report as JSON.

use serde_json::{Value, json};

use super::Report;

impl Report {
    /// `{"base_url","passed","failed","not_offered","checks":[{"duty","title","link","check","took_ms","outcome",…}]}`
    pub fn to_json(&self) -> Value {
        let (passed, failed, not_offered) = self.counts();
        let checks: Vec<Value> = self.lines.iter().map(|line| {
            let mut check = json!({"duty": line.duty.id, "title": line.duty.title, "link": line.duty.link(),
                                   "check": line.check, "took_ms": line.took.as_millis() as u64});
            if let (Some(check), Value::Object(outcome)) = (check.as_object_mut(), json!(line.outcome)) {
                check.extend(outcome);
            }
            check
        }).collect();
        json!({"base_url": self.base_url, "passed": passed, "failed": failed, "not_offered": not_offered,
               "checks": checks})
    }
}
