//! The program as people start it, in a process of its own.
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use intent_orders::platform::db::DatabaseUrl;
use serde_json::Value;

use super::TestApp;

/// The program, serving in a process of its own.
pub struct Program {
    child: Child,
    pub address: String,
    pub log: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Program {
    /// On the database of a test.
    pub fn of(app: &TestApp, level: &str) -> Self {
        Self::with(app, level, &[])
    }

    /// The same, with settings of its own.
    pub fn with(app: &TestApp, level: &str, settings: &[(&str, &str)]) -> Self {
        match &app.state.config.database_url {
            DatabaseUrl::Sqlite(path) => Self::start(&format!("sqlite://{}", path.display()), level, settings),
            DatabaseUrl::Postgres(url) => Self::start(url, level, settings),
        }
    }

    pub fn start(url: &str, level: &str, own: &[(&str, &str)]) -> Self {
        let secret = "s".repeat(32);
        let settings = [
            ("DATABASE_URL", url),
            ("SECRET", &secret),
            ("LOG_LEVEL", level),
            ("LISTEN", "127.0.0.1:0"),
            ("DATABASE_POOL", "2"),
            ("WORKERS", "1"),
            ("RATE_LIMIT", "off"),
        ];
        let folder = tempfile::TempDir::new().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_intent-orders"));
        let mut child = command
            .arg("serve")
            .envs(settings)
            .envs(own.iter().copied())
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::<Mutex<Vec<String>>>::default();
        let (lines, told) = (BufReader::new(child.stderr.take().unwrap()).lines(), log.clone());
        let reader = Some(std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| told.lock().unwrap().push(line))));
        let mut program = Self { child, address: String::new(), log, reader, _folder: folder };
        program.address = program.line("an address", |line| line["address"].is_string())["address"].as_str().unwrap().to_owned();
        program
    }

    /// Waits for a line of the log.
    pub fn line(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        wait(what, || self.log.lock().unwrap().iter().filter_map(|line| serde_json::from_str(line).ok()).find(&wanted))
    }

    pub fn signal(&self) {
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Ends it without a word.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How much memory it holds, in kilobytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// How many files it has open, connections among them.
    pub fn files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id())).unwrap().count()
    }

    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end; answers its exit code.
    pub fn ended(&mut self) -> Option<i32> {
        wait("the end", || self.child.try_wait().unwrap()).code()
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Asks again until there is an answer; ten seconds at most.
pub fn wait<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
