//! The program is killed while eight people write.
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Writers, rounds};
use crate::harness::Program;

both! {
    fn what_was_acknowledged_outlives_the_program(app: &TestApp) {
        let mut program = Program::of(app, "warn");
        let writers = Writers::new(app, &program);
        for round in 0..rounds() {
            let base = program.base();
            writers.write(&base, round, &AtomicBool::new(false), || {
                std::thread::sleep(Duration::from_millis(250 + 40 * (round as u64 % 7)));
                program.kill();
            });
            program = Program::of(app, "warn");
        }
        let told = writers.sent.lock().unwrap().iter().filter(|(_, id)| id.is_some()).count();
        assert!(told > rounds(), "only {told} were acknowledged");
        writers.hold(app, &program.base());
    }
}
