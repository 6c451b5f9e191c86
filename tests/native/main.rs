//! The native suites: the contract over memory, and the laws as properties.

#[path = "../contract/mod.rs"]
mod contract;
#[path = "../docs/format_page.rs"]
mod format_page;
#[path = "../support/mod.rs"]
mod support;

mod codec;
mod damage;
mod faults;
mod fence;
mod laws;
mod layers;
mod memory;
mod validation;
