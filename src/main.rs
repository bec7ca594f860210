//! The command: nothing but a call into `cli`.

fn main() -> std::process::ExitCode {
    layercake::cli::main()
}
