//! Prints the TypeScript form of every type of `wire.rs` that a frame can contain. Run by `cargo xtask gen`.

use std::collections::BTreeMap;

use exedra_contract::wire;
use ts_rs::{Config, TS, TypeVisitor};

fn main() {
    let config = Config::new();
    let mut declarations = Declarations { config: &config, by_name: BTreeMap::new() };
    declarations.visit::<wire::Request>();
    declarations.visit::<wire::ServerFrame>();
    // Flattened into other types, and of use by themselves.
    declarations.visit::<wire::Method>();
    declarations.visit::<wire::EventBody>();
    declarations.visit::<wire::SectionTarget>();
    declarations.visit::<wire::StreamProperties>();
    declarations.visit::<wire::SubscriptionPreferences>();
    // Results travel as plain JSON values, so no frame mentions their types.
    declarations.visit::<wire::Joined>();
    declarations.visit::<wire::Published>();
    declarations.visit::<wire::Subscribed>();
    declarations.visit::<wire::Negotiated>();
    declarations.visit::<wire::Explanation>();
    declarations.visit::<wire::ConnectionStats>();

    println!("// Produced by `cargo xtask gen` from crates/contract/src/wire.rs; do not edit.\n");
    println!("export const PROTOCOL = {:?};", wire::PROTOCOL);
    println!("export const SIGNALING_PATH = {:?};", wire::SIGNALING_PATH);
    println!("export const FRAME_BYTES_MAX = {};", wire::FRAME_BYTES_MAX);
    println!("export const HEARTBEAT_MS = {};", wire::HEARTBEAT_MS);
    for declaration in declarations.by_name.values() {
        println!("\n{declaration}");
    }
}

struct Declarations<'a> {
    config: &'a Config,
    by_name: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Types without a file of their own are built in, or stand for one that is visited by itself.
        if T::output_path().is_none() || self.by_name.contains_key(&T::ident(self.config)) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        let declaration = format!("{docs}export {}", T::decl(self.config));
        self.by_name.insert(T::ident(self.config), declaration);
        T::visit_dependencies(self);
    }
}
