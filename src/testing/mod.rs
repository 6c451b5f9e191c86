//! Rules of aggregates as sentences: what has happened, what is asked, what comes of it. Nothing is stored and nothing is waited for.
//!
//! ```
//! use annals::{Aggregate, testing::given};
//! use serde::{Deserialize, Serialize};
//!
//! struct Accounts;
//! struct Withdraw(u64);
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! #[serde(tag = "type", content = "data")]
//! enum AccountEvent { Deposited(u64), Withdrawn(u64) }
//! #[derive(Debug, PartialEq)]
//! struct Only(u64);
//!
//! impl Aggregate for Accounts {
//!     type State = u64;
//!     type Command = Withdraw;
//!     type Event = AccountEvent;
//!     type Error = Only;
//!
//!     fn name(&self) -> &str { "account" }
//!     fn initial_state(&self) -> u64 { 0 }
//!     fn decide(&self, balance: &u64, Withdraw(amount): &Withdraw) -> Result<Vec<AccountEvent>, Only> {
//!         if amount > balance { Err(Only(*balance)) } else { Ok(vec![AccountEvent::Withdrawn(*amount)]) }
//!     }
//!     fn evolve(&self, balance: u64, event: &AccountEvent) -> u64 {
//!         match event {
//!             AccountEvent::Deposited(amount) => balance + amount,
//!             AccountEvent::Withdrawn(amount) => balance - amount,
//!         }
//!     }
//! }
//!
//! let rich = given(&Accounts, [AccountEvent::Deposited(50)]);
//! rich.when(Withdraw(20)).then([AccountEvent::Withdrawn(20)]).then_state(30);
//! rich.when(Withdraw(60)).then_rejected(Only(50)).then_state(50);
//! ```
//!
//! What does not hold panics, and says line by line what was expected and what was found: events as a store has them, in JSON; states and
//! refusals as `Debug` shows them. Every event goes through JSON as it does in a store, and has to come back equal.

mod difference;
mod given;
mod outcome;
mod stored;

pub use given::{Given, given};
pub use outcome::Outcome;
