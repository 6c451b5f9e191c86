#![doc = include_str!("../README.md")]

pub mod log;
pub mod model;
pub mod storage;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub mod wasm;
