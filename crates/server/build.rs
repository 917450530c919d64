//! Rebuilds the binary when a web bundle that is embedded in it appears or changes.

fn main() {
    for dist in ["../../sdk/dist", "../../console/dist", "migrations"] {
        println!("cargo:rerun-if-changed={dist}");
    }
}
