

pub mod synthetic;
pub mod vp8;
