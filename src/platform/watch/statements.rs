//! The statements of a request: how many, how long, and which, where the request is slow. Diesel tells of each statement before and after it runs; a
//! request's trace goes with its units of work to whatever thread runs them. Of bound values nothing is kept, for they are not even looked at.
use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent};

use crate::platform::db::kept::Kept;

/// Most statements of which the text is kept: of more the slowest.
const MOST_TEXTS: usize = 50;
/// Most characters of a text.
const MOST_LENGTH: usize = 2_000;
/// What Diesel puts between a statement and its values.
const VALUES: &str = " -- binds: ";

/// What is known of a request while it is answered.
#[derive(Debug)]
pub struct Trace {
    /// The number of its operation; 0 until it is known.
    operation: AtomicU32,
    statements: AtomicU32,
    micros: AtomicU64,
    /// From how much time on a request is slow.
    slow: Duration,
    texts: Mutex<Vec<Statement>>,
    /// What its database keeps in memory, and by which stamp the request goes; 0 by none.
    kept: Option<Arc<Kept>>,
    stamp: AtomicI64,
}

/// A statement that took part in making a request slow: how often, and how long in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub text: String,
    pub times: u32,
    pub micros: u64,
}

impl Trace {
    /// Of a request that begins; it is slow when it takes so long.
    #[must_use]
    pub fn new(slow: Duration, kept: Option<Arc<Kept>>) -> Arc<Self> {
        let (operation, statements, micros, stamp) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU64::new(0), AtomicI64::new(0));
        Arc::new(Self { operation, statements, micros, slow, texts: Mutex::default(), kept, stamp })
    }
    /// What its database keeps in memory.
    #[must_use]
    pub fn kept(&self) -> Option<Arc<Kept>> {
        self.kept.clone()
    }
    /// The stamp that it goes by.
    #[must_use]
    pub fn stamp(&self) -> Option<i64> {
        Some(self.stamp.load(Ordering::Relaxed)).filter(|stamp| *stamp != 0)
    }
    /// From now on it goes by none.
    pub fn forget_stamp(&self) {
        self.stamp.store(0, Ordering::Relaxed);
    }
    /// Says which operation it is.
    pub fn is_of(&self, operation: usize) {
        self.operation.store(u32::try_from(operation).unwrap_or_default(), Ordering::Relaxed);
    }
    /// The number of its operation.
    #[must_use]
    pub fn operation(&self) -> usize {
        self.operation.load(Ordering::Relaxed) as usize
    }
    /// How many statements it has run.
    #[must_use]
    pub fn statements(&self) -> u32 {
        self.statements.load(Ordering::Relaxed)
    }
    /// How long they took together, in microseconds.
    #[must_use]
    pub fn micros(&self) -> u64 {
        self.micros.load(Ordering::Relaxed)
    }
    /// Those that took long, in their order.
    #[must_use]
    pub fn texts(&self) -> Vec<Statement> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ran(&self, text: &dyn fmt::Display, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.statements.fetch_add(1, Ordering::Relaxed);
        let together = self.micros.fetch_add(micros, Ordering::Relaxed).saturating_add(micros);
        // To write a text down costs more than a quick statement. So it is done of one that alone took a hundredth of what is slow, and of all from
        // when they took a tenth of it together: many quick ones are seen, too.
        let slow = u64::try_from(self.slow.as_micros()).unwrap_or(u64::MAX);
        if micros < slow / 100 && together < slow / 10 {
            return;
        }
        let text = without_values(text);
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = texts.iter_mut().find(|kept| kept.text == text) {
            same.times += 1;
            same.micros = same.micros.saturating_add(micros);
            return;
        }
        if texts.len() == MOST_TEXTS {
            let quickest = texts.iter().enumerate().min_by_key(|(_, kept)| kept.micros);
            let Some((place, _)) = quickest.filter(|(_, kept)| kept.micros < micros) else { return };
            texts.remove(place);
        }
        texts.push(Statement { text, times: 1, micros });
    }
}

/// The text of a statement up to where its values would begin.
fn without_values(text: &dyn fmt::Display) -> String {
    let mut kept = Written(String::new());
    // An error is how the writing ends where the values begin.
    let _ = write!(kept, "{text}");
    kept.0
}

struct Written(String);
impl fmt::Write for Written {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if let Some(at) = piece.find(VALUES) {
            self.write_str(&piece[..at])?;
            return Err(fmt::Error);
        }
        for c in piece.chars() {
            if self.0.len() >= MOST_LENGTH {
                return Err(fmt::Error);
            }
            // One line is enough for a statement that was written on several.
            match c {
                '\n' | '\t' | ' ' if self.0.ends_with(' ') => {}
                '\n' | '\t' => self.0.push(' '),
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

tokio::task_local! {
    /// The trace of the request that a task answers.
    static REQUEST: Arc<Trace>;
}

thread_local! {
    /// The trace of the request for which this thread runs a unit of work.
    static UNIT: RefCell<Option<Arc<Trace>>> = const { RefCell::new(None) };
}

/// Answers a request under its trace.
pub async fn of_request<T>(trace: Arc<Trace>, answering: impl Future<Output = T>) -> T {
    REQUEST.scope(trace, answering).await
}

/// The trace of the request that is being answered here; none outside of requests.
#[must_use]
pub fn current() -> Option<Arc<Trace>> {
    REQUEST.try_with(Arc::clone).ok()
}

/// Says which operation the request that is being answered here is.
pub fn is_of(operation: usize) {
    let _ = REQUEST.try_with(|trace| trace.is_of(operation));
}

/// Says by which stamp the request that is being answered here goes.
pub fn goes_by(stamp: i64) {
    let _ = REQUEST.try_with(|trace| trace.stamp.store(stamp, Ordering::Relaxed));
}

/// Looks at the trace of the request for which this thread runs a unit of work.
pub fn here<T>(look: impl FnOnce(&Trace) -> T) -> Option<T> {
    UNIT.with_borrow(|unit| unit.as_deref().map(look))
}

/// The trace of the request for which this thread runs a unit of work, for another thread that helps it.
#[must_use]
pub fn unit() -> Option<Arc<Trace>> {
    UNIT.with_borrow(Clone::clone)
}

/// Runs a part of a request's work on this thread: its statements are the request's.
pub fn within<T>(trace: Option<&Arc<Trace>>, work: impl FnOnce() -> T) -> T {
    /// Puts back what was there, after a panic, too.
    struct Before(Option<Arc<Trace>>);
    impl Drop for Before {
        fn drop(&mut self) {
            UNIT.with(|unit| unit.replace(self.0.take()));
        }
    }
    let Some(trace) = trace else { return work() };
    let _before = Before(UNIT.with(|unit| unit.replace(Some(trace.clone()))));
    work()
}

/// Makes somebody who listens to a connection besides, from its address.
type Listener = fn(&str) -> Box<dyn Instrumentation>;
static BESIDES: OnceLock<Listener> = OnceLock::new();

/// Has all connections that are opened from now on listened to besides; only the first to ask is heard. For tests, which look at what is sent.
pub fn listen_besides(listener: Listener) {
    let _ = BESIDES.set(listener);
}

/// Listens to one connection.
#[derive(Default)]
pub struct Ear {
    began: Option<Instant>,
    besides: Option<Box<dyn Instrumentation>>,
}

impl Ear {
    /// On a connection to an address.
    #[must_use]
    pub fn on(address: &str) -> Self {
        Self { began: None, besides: BESIDES.get().map(|listener| listener(address)) }
    }
}

impl Instrumentation for Ear {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match &event {
            InstrumentationEvent::StartQuery { .. } => self.began = UNIT.with_borrow(Option::is_some).then(Instant::now),
            InstrumentationEvent::FinishQuery { query, .. } => {
                if let Some(began) = self.began.take() {
                    UNIT.with_borrow(|unit| unit.iter().for_each(|trace| trace.ran(&query, began.elapsed())));
                }
            }
            _ => {}
        }
        if let Some(besides) = &mut self.besides {
            besides.on_connection_event(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;
    use diesel::sql_types::Text;

    use super::*;
    use crate::platform::db::{DatabaseUrl, connection};

    fn run(slow: Duration, statements: usize) -> Arc<Trace> {
        let mut c = connection::open(&DatabaseUrl::Sqlite(":memory:".into())).unwrap();
        let trace = Trace::new(slow, None);
        within(Some(&trace), || {
            for _ in 0..statements {
                let ask = diesel::sql_query("select length($1)\n   as value").bind::<Text, _>("Zhang San -- binds: 13800138000");
                ask.execute(&mut c).unwrap();
            }
        });
        diesel::sql_query("select 2").execute(&mut c).unwrap();
        trace
    }

    #[test]
    fn statements_are_the_requests_and_their_values_nobodys() {
        let trace = run(Duration::ZERO, 60);
        let texts = trace.texts();
        assert_eq!((trace.statements(), texts.len(), texts[0].times), (60, 1, 60), "each text once");
        assert_eq!((texts[0].text.as_str(), texts[0].micros), ("select length($1) as value", trace.micros()));
        for (text, micros) in (0..60).map(|n| (n.to_string(), n)).chain([("slow".to_owned(), 60_000_000), ("quick".to_owned(), 0)]) {
            trace.ran(&text, Duration::from_micros(micros));
        }
        let texts = trace.texts();
        assert_eq!((texts.len(), texts.last().map(|kept| kept.text.as_str())), (MOST_TEXTS, Some("slow")), "the slowest are kept");
        let quick = run(Duration::from_secs(3_600), 60);
        assert_eq!((quick.statements(), quick.texts()), (60, Vec::new()), "what is quick is counted alone");
        assert!(quick.micros() > 0);
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(without_values(&"x".repeat(5_000)).len(), MOST_LENGTH);
    }
}
