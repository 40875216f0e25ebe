//! What was acknowledged is on the disk of SQLite. Needs strace.
use std::process::{Child, Command, Stdio};

use super::{Writers, program};
use crate::harness::{Kind, Program, TestApp, wait};

/// Looks at the calls of a program until it is dropped.
struct Strace(Child);

impl Strace {
    fn on(program: &Program, arguments: &[&str]) -> Self {
        let mut command = Command::new("strace");
        let child = command.args(["-f", "-qq", "-p", &program.id().to_string()]).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let strace = Self(child.unwrap());
        let status = format!("/proc/{}/status", program.id());
        wait("strace", || std::fs::read_to_string(&status).unwrap().lines().any(|l| l.starts_with("TracerPid:") && !l.ends_with("\t0")).then_some(()));
        strace
    }
}
impl Drop for Strace {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "make faults"]
fn an_answer_comes_after_the_sync() {
    TestApp::with(Kind::Sqlite, |app| {
        let program = program(app);
        let writers = Writers::new(app, &program);
        let folder = tempfile::TempDir::new().unwrap();
        let trace = folder.path().join("trace");
        let strace = Strace::on(&program, &["-o", trace.to_str().unwrap(), "-s", "16", "-e", "trace=fdatasync,fsync,write,writev,sendto,sendmsg"]);
        let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        for n in 0..20 {
            writers.enter(&http, &program.base(), &format!("synced-{n}")).unwrap();
        }
        drop(strace);
        let (mut synced, mut answers) = (0, 0);
        for line in std::fs::read_to_string(trace).unwrap().lines() {
            // A call that another thread interrupts is told in two lines; it has ended with the second.
            if line.contains("sync") && line.ends_with("= 0") {
                synced += 1;
            } else if line.contains("HTTP/1.1 201") {
                answers += 1;
                assert!(synced >= answers, "answer {answers} came after {synced} syncs");
            }
        }
        assert_eq!(answers, 20);
    });
}
