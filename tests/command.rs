//! The command as people use it: each file in tests/cmd holds commands with what they print and how they end.
//! `TRYCMD=overwrite cargo test --test command` writes them anew; read the difference before keeping it.

#[test]
fn commands_print_what_is_written() {
    trycmd::TestCases::new().case("tests/cmd/*.md").case("README.md");
}
