//! Produced by `cargo xtask gen` from `catalog/`; do not edit.

pub mod causes;
pub mod code;
pub mod dialects;
pub mod faults;
pub mod table;
pub mod vendors;
