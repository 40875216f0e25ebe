//! The program is killed while eight people write.
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Writers, program, rounds};
use crate::harness::wait;

both! {
    fn what_was_acknowledged_outlives_the_program(app: &TestApp) {
        let mut running = program(app);
        let writers = Writers::new(app, &running);
        for round in 0..rounds() {
            let base = running.base();
            writers.write(&base, round, &AtomicBool::new(false), || {
                wait("eight entries more", || (writers.acknowledged() >= 8 * (round + 1)).then_some(()));
                std::thread::sleep(Duration::from_millis(40 * (round as u64 % 7)));
                running.kill();
            });
            running = program(app);
        }
        let told = writers.acknowledged();
        assert!(told > rounds(), "only {told} were acknowledged");
        writers.hold(app, &running.base());
    }
}
