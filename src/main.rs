//! The program: everything is in the library, so that tests run the same.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    intent_orders::cli::run()
}
