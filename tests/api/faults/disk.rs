//! The disk of SQLite fails: what was acknowledged was on it, what was not is said to be unknown or not there, and all goes on when it works again. Needs strace.
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Writers, program, rounds};
use crate::harness::{Client, Kind, Program, TestApp, wait};

/// Looks at the calls of a program, or makes them fail, until it is dropped.
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
                assert!(synced > 0, "answer {answers} came without a sync since the one before");
                synced = 0;
            }
        }
        assert_eq!(answers, 20);
    });
}

#[test]
#[ignore = "make faults"]
fn a_failing_disk_is_told_and_forgotten() {
    TestApp::with(Kind::Sqlite, |app| {
        let program = program(app);
        let writers = Writers::new(app, &program);
        let base = program.base();
        let ready = || Client::new(&base).get("/readyz").status;
        for round in 0..rounds() {
            for (n, fault) in ["fsync,fdatasync:error=EIO", "pwrite64:error=ENOSPC", "fsync,fdatasync,pwrite64:error=EIO:when=3+5"].into_iter().enumerate() {
                writers.write(&base, round * 3 + n, &AtomicBool::new(false), || {
                    std::thread::sleep(Duration::from_millis(200));
                    let strace = Strace::on(&program, &["-o", "/dev/null", "-e", &format!("inject={fault}")]);
                    if n < 2 {
                        wait("readiness to fall", || (ready() == 503).then_some(()));
                    }
                    std::thread::sleep(Duration::from_millis(300));
                    drop(strace);
                    wait("readiness to come back", || (ready() == 200).then_some(()));
                    std::thread::sleep(Duration::from_millis(200));
                });
            }
        }
        let refused = writers.refused.lock().unwrap().clone();
        assert!(refused.iter().any(|code| code == "outcome_unknown" || code == "unavailable"), "no fault was met: {refused:?}");
        assert!(refused.iter().all(|code| ["outcome_unknown", "unavailable", "busy"].contains(&code.as_str())), "{refused:?}");
        writers.refused.lock().unwrap().clear();
        writers.hold(app, &base);
    });
}
