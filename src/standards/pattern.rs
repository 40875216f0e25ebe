//! Regular expressions of a company's making. The engine matches in linear time; how long an expression is and what it is compiled to are bounded
//! here, so that none is costly. Each is compiled once a process.
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};

/// Most characters of an expression.
pub const MOST: usize = 500;
/// Most bytes of a compiled one, and of the automaton that it grows while it matches.
const MOST_COMPILED: usize = 128 * 1024;
const MOST_GROWN: usize = 512 * 1024;
const MOST_NESTED: u32 = 20;
/// How many are kept: more than a company has, so that they are forgotten only when somebody tries out many.
const KEPT: usize = 1_000;

/// Why an expression is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Malformed,
    Costly,
}

static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Regex>>>> = LazyLock::new(Mutex::default);

/// Compiles an expression, or takes it from those compiled before.
pub fn compile(pattern: &str) -> Result<Arc<Regex>, Refused> {
    if let Some(known) = COMPILED.lock().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return Ok(Arc::clone(known));
    }
    if pattern.chars().count() > MOST {
        return Err(Refused::Costly);
    }
    let built = RegexBuilder::new(pattern).size_limit(MOST_COMPILED).dfa_size_limit(MOST_GROWN).nest_limit(MOST_NESTED).build();
    let regex = built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Refused::Costly,
        // What nests too deep is told by its words alone.
        error if error.to_string().contains("nest") => Refused::Costly,
        _ => Refused::Malformed,
    })?;
    // Shared, not copied: each copy would grow an automaton of its own.
    let regex = Arc::new(regex);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if compiled.len() >= KEPT {
        compiled.clear();
    }
    compiled.insert(pattern.to_owned(), Arc::clone(&regex));
    Ok(regex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costly_and_malformed_expressions_are_told_apart() {
        for (pattern, expected) in [
            ("^PO-[0-9]{6}$", None),
            ("\\p{Han}+", None),
            ("(", Some(Refused::Malformed)),
            ("(?=x)", Some(Refused::Malformed)),
            ("(a)\\1", Some(Refused::Malformed)),
            ("(\\w{100}){100}", Some(Refused::Costly)),
            (&format!("{}a{}", "(".repeat(40), ")".repeat(40)), Some(Refused::Costly)),
            (&"a".repeat(501), Some(Refused::Costly)),
        ] {
            assert_eq!(compile(pattern).err(), expected, "{pattern}");
        }
    }

    #[test]
    fn what_ruins_backtracking_engines_is_quick() {
        let began = std::time::Instant::now();
        assert!(!compile("^(a+)+$").unwrap().is_match(&format!("{}!", "a".repeat(100_000))));
        assert!(began.elapsed().as_secs() < 5);
    }
}
