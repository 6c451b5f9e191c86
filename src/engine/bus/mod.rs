//! The bus: commands that no single aggregate owns, and queries, go to the handlers that are registered for them.
//!
//! Commands produce events, queries read views, and the two never mix: a command's handler has the store, a query's has nothing to write with. Nothing
//! is sent again by the engine. Whether a decision is to be taken once more, on what is stored by then, its handler or its caller knows.
//!
//! Money goes from one account to another, or stays where it is. Each account knows its own events alone, so neither can decide that; and what was
//! decided holds only if nobody else has paid out of the account meanwhile, in this tab or another:
//!
//! ```
//! use annals::{
//!     BusCommand, CommandContext, Condition, Engine, EventStore, ExpectedRevision, NewEvent, OpenOptions, Query,
//!     QueryItem, ReadAll, StreamId,
//!     engine::SendError,
//!     model::Write,
//!     native,
//!     storage::Memory,
//! };
//!
//! struct Transfer { from: &'static str, to: &'static str, amount: i64 }
//!
//! impl BusCommand for Transfer {
//!     type Answer = u64; // the position of the last event
//!     type Error = Box<dyn std::error::Error>;
//! }
//!
//! async fn transfer(command: Transfer, context: CommandContext<Memory>) -> Result<u64, Box<dyn std::error::Error>> {
//!     let Transfer { from, to, amount } = command;
//!     let of_payer = Query::of(QueryItem { streams: vec![from.to_owned()], ..QueryItem::default() });
//!     let read = ReadAll { query: Some(of_payer.clone()), ..ReadAll::default() };
//!     let mut reader = context.store().read_all(read).await?;
//!     let mut balance = 0;
//!     for event in reader.to_vec().await? {
//!         balance += event.data.parse::<i64>()?;
//!     }
//!     if balance < amount {
//!         return Err(format!("only {balance} left").into());
//!     }
//!     let write = |account: &str, by: i64| -> Result<Write, Box<dyn std::error::Error>> {
//!         let events = vec![NewEvent::new("Moved", &by)?];
//!         Ok(Write { stream_id: StreamId::new(account)?, expected: ExpectedRevision::Any, events })
//!     };
//!     let nothing_since = Condition { fail_if_events_match: of_payer, after: reader.head() };
//!     let writes = vec![write(from, -amount)?, write(to, amount)?];
//!     Ok(context.store().append_many(writes, Some(nothing_since)).await?.position)
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # pollster::block_on(async {
//! let store = EventStore::open(Memory::default(), native::sockets(), OpenOptions::default()).await?;
//! let paid_in = vec![NewEvent::new("Moved", &50)?];
//! store.append(StreamId::new("account-ada")?, paid_in, ExpectedRevision::NoStream).await?;
//!
//! let engine = Engine::new(store);
//! engine.register_command_handler(transfer)?;
//!
//! let send = async |amount| engine.send_command(Transfer { from: "account-ada", to: "account-bob", amount }).await;
//! assert_eq!(send(30).await.ok(), Some(3));
//! let Err(SendError::Failed(error)) = send(30).await else { panic!("there is not so much") };
//! assert_eq!(error.to_string(), "only 20 left");
//! # Ok(())
//! # })
//! # }
//! ```

mod command;
mod error;
mod handlers;
mod query;

pub use command::{BusCommand, CommandContext};
pub use error::{HandlerNotFound, SendError};
pub use query::{BusQuery, QueryContext};

use handlers::Handlers;

/// Who handles which commands and which queries.
#[derive(Default)]
pub(super) struct Bus {
    pub(super) commands: Handlers,
    pub(super) queries: Handlers,
}
