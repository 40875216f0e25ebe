//! A PostgreSQL server of a test's own, with its durable defaults, to be restarted and stopped at will.
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// The server; it goes when this is dropped.
pub struct Cluster {
    folder: TempDir,
    pub url: String,
}

/// The server as long as it is stopped, all its processes; it goes on when this is dropped.
pub struct Stopped(Vec<String>);

impl Cluster {
    pub fn start() -> Self {
        // In /tmp whatever TMPDIR says: the path of a unix socket has about 100 characters at most.
        let folder = tempfile::Builder::new().prefix("intent-orders-faults.").tempdir_in("/tmp").unwrap();
        let url = ctl(folder.path(), &["start"]);
        Self { folder, url }
    }

    /// Ends it, `fast` in good order or `immediate` as if it had crashed, and starts it again.
    pub fn restart(&self, mode: &str) {
        ctl(self.folder.path(), &["restart", "-m", mode]);
    }

    /// Ends it and starts it again after a while.
    pub fn be_away(&self, pause: Duration) {
        ctl(self.folder.path(), &["stop", "-m", "fast"]);
        std::thread::sleep(pause);
        ctl(self.folder.path(), &["start"]);
    }

    /// Stops all its processes where they are. They keep their connections and take new ones, and answer nobody.
    pub fn stop(&self) -> Stopped {
        let pid_file = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        let postmaster = pid_file.lines().next().unwrap().to_owned();
        // It first, so that it starts nobody who would be overlooked.
        let mut stopped = Stopped(vec![postmaster.clone()]);
        signal("STOP", &stopped.0);
        std::thread::sleep(Duration::from_millis(20));
        let children: Vec<String> = std::fs::read_dir("/proc").unwrap().filter_map(|entry| child_of(&postmaster, &entry.unwrap().path())).collect();
        assert!(!children.is_empty(), "a server without processes");
        signal("STOP", &children);
        stopped.0.extend(children);
        stopped
    }
}

/// The process of a folder in /proc, where it is a child of another.
fn child_of(parent: &str, folder: &Path) -> Option<String> {
    let status = std::fs::read_to_string(folder.join("status")).ok()?;
    status.lines().any(|line| line.strip_prefix("PPid:").map(str::trim) == Some(parent)).then(|| folder.file_name().unwrap().to_str().unwrap().to_owned())
}

/// Some may have gone by themselves meanwhile, which is nobody's fault.
fn signal(name: &str, processes: &[String]) {
    let _ = Command::new("kill").arg(format!("-{name}")).args(processes).stderr(Stdio::null()).status().unwrap();
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("CONT", &self.0);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        ctl(self.folder.path(), &["stop", "-m", "immediate"]);
    }
}

fn ctl(folder: &Path, arguments: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres.sh");
    let output = Command::new(script).arg("ctl").arg(folder).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "this test needs the programs of a PostgreSQL server: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
