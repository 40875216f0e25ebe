//! Faults that are kept for later: stored by code and particulars, so that each reader gets them in a language of their own.
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Code, Fault, FaultCode, FaultView, Labels, Locale, Problem, render};

impl FaultCode {
    /// The names of the particulars that its words speak of.
    pub fn particulars(self) -> impl Iterator<Item = &'static str> {
        names(self.text(Locale::En))
    }
}

/// Particulars that no words speak of, but that programs may read.
const SILENT: [&str; 4] = ["archived", "exclusive", "nearest", "pattern"];

impl Fault {
    /// The fault in a form that can be stored.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "pointer": clean(&self.pointer), "code": self.code.as_str(), "params": object(&self.params), "rule": self.rule,
            "suggestion": self.suggestion.as_deref().map(clean), "message": self.message, "label": self.label,
        })
    }

    /// Reads back what [`Fault::to_json`] made.
    #[must_use]
    pub fn from_json(stored: &Value) -> Option<Self> {
        let text = |name: &str| stored[name].as_str().map(str::to_owned);
        let code = FaultCode::parse(stored["code"].as_str()?)?;
        let params = params(stored, code.particulars().chain(SILENT));
        let words = |name: &str| serde_json::from_value::<Option<Labels>>(stored[name].clone()).ok().flatten();
        let (message, label) = (words("message"), words("label").map(Box::new));
        Some(Self { pointer: text("pointer")?, code, rule: text("rule"), suggestion: text("suggestion"), params, message, label })
    }
}

fn params(stored: &Value, names: impl Iterator<Item = &'static str>) -> BTreeMap<&'static str, String> {
    names.filter_map(|name| stored["params"][name].as_str().map(|value| (name, value.to_owned()))).collect()
}

fn names(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// What a refusal came to, in a form that can be stored: its faults or, where it names none, the problem itself.
#[must_use]
pub fn store(problem: &Problem) -> Vec<Value> {
    if problem.faults().is_empty() {
        return vec![json!({"pointer": "", "code": problem.code().as_str(), "params": object(&problem.0.params)})];
    }
    problem.faults().iter().map(Fault::to_json).collect()
}

fn object(params: &BTreeMap<&'static str, String>) -> Value {
    Value::Object(params.iter().map(|(name, value)| ((*name).to_owned(), Value::String(clean(value)))).collect::<Map<_, _>>())
}

/// PostgreSQL keeps no U+0000.
fn clean(text: &str) -> String {
    text.replace('\u{0}', "\u{fffd}")
}

/// A stored fault as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub pointer: String,
    pub code: String,
    pub detail: String,
    pub suggestion: Option<String>,
}

/// Reads back what [`store`] made and tells it in a language.
#[must_use]
pub fn tell(stored: &Value, locale: Locale) -> Told {
    if let Some(fault) = Fault::from_json(stored) {
        let FaultView { pointer, code, detail, suggestion, .. } = FaultView::of(&fault, locale);
        return Told { pointer, code: code.to_owned(), detail, suggestion };
    }
    let text = |name: &str| stored[name].as_str().unwrap_or_default().to_owned();
    let (pointer, code) = (text("pointer"), text("code"));
    let detail = Code::ALL.iter().find(|c| c.as_str() == code).map_or_else(String::new, |c| {
        let words = c.texts(locale).1;
        render::fill(words, &params(stored, names(words)), locale)
    });
    Told { pointer, code, detail, suggestion: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_told_in_both_languages() {
        let fault = Fault::new("/lines/0/product", FaultCode::UnknownProduct).param("given", "GTXPro\u{0}").suggest(Some("GTX Pro".into()));
        let stored = store(&Problem::invalid(vec![fault]));
        let told = tell(&stored[0], Locale::En);
        assert_eq!((told.pointer.as_str(), told.code.as_str(), told.suggestion.as_deref()), ("/lines/0/product", "unknown_product", Some("GTX Pro")));
        assert!(told.detail.contains("GTXPro\u{fffd}"));
        assert!(tell(&stored[0], Locale::ZhCn).detail.contains("产品"));
    }

    #[test]
    fn a_company_speaks_in_its_own_words() {
        let mut fault = Fault::new("/title", FaultCode::TooLong).param("max", 200);
        fault.message = Some(Labels { en: "Keep it short".into(), zh_cn: "请简短".into() });
        assert_eq!(tell(&fault.to_json(), Locale::ZhCn).detail, "请简短");
    }

    #[test]
    fn a_problem_without_faults_speaks_for_itself() {
        let stored = store(&Problem::new(Code::InUse).param("code", "web"));
        assert_eq!(tell(&stored[0], Locale::En).detail, "web is in use and cannot be removed; retire it instead.");
    }
}
