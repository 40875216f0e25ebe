//! What the program has freed goes back to the system. The allocator keeps it for a second and gives it back when it next frees a large piece; who has nothing to do frees
//! none, and would go on holding twice what it needs.
use crate::platform::jobs::Chore;
use crate::platform::problem::Problem;
use crate::platform::state::State;

/// A piece that is large to the allocator, in bytes; nothing is written to it, so that it costs no memory.
const LARGE: usize = 1 << 20;

/// Frees one now and then.
pub const CHORE: Chore = Chore { name: "freed memory", every: 5, run: give_back };

fn give_back(_: &State) -> Result<(), Problem> {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
    Ok(())
}
