//! The native suites: the contract over memory, and the laws as properties.

#[path = "../docs/backup_page.rs"]
mod backup_page;
#[path = "../examples/users/cli.rs"]
mod cli;
#[path = "../contract/mod.rs"]
mod contract;
#[path = "../examples/users/directory.rs"]
mod directory;
#[path = "../docs/format_page.rs"]
mod format_page;
#[path = "../support/mod.rs"]
mod support;
#[path = "../examples/users/user.rs"]
mod user;
#[path = "../examples/users/user_list.rs"]
mod user_list;

mod backup;
mod backup_adding;
mod backup_damage;
mod backup_faults;
mod bank;
mod bus;
mod codec;
mod command_ids;
mod damage;
mod dispatching;
mod faults;
mod file;
mod file_contract;
mod file_damage;
mod file_model;
mod file_processes;
mod finding;
mod fixture_writer;
mod folder;
mod interleaving;
mod laws;
mod layers;
mod ledger;
mod line;
mod live_queries;
mod mark;
mod memory;
mod merging;
mod old_formats;
mod segments;
mod sharing;
mod snapshots;
mod stock;
mod testing;
mod typed;
mod upcasting;
mod users;
mod validation;
mod view_errors;
mod view_faults;
mod view_saves;
mod views;
