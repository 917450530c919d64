fn main() -> std::process::ExitCode {
    exedra_server::run()
}
