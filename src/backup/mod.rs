//! Backups: a store as lines of JSON, and stores out of such lines.
//!
//! Each line is an event by CloudEvents 1.0. `FORMAT.md` beside this file describes every member. Everything between bytes and events is without
//! I/O and is the same for whoever asks, the package or the command line.

mod check;
mod error;
mod exporting;
mod fit;
mod header;
mod importing;
mod line;
mod origin;
mod parsing;
mod splitting;
mod storing;
mod text;
mod time;
mod trailer;

#[cfg(any(test, fuzzing))]
pub(crate) use check::seal;
pub use error::{ExportError, Flaw, ImportError, ImportReport, Reason};
pub use exporting::{ExportOptions, Exporter};
pub use header::{ExportAs, Header, Meant};
pub use importing::{Importer, UnderWay};
pub use line::put_event_line;
#[cfg(any(test, fuzzing))]
pub(crate) use line::{EventLine, Line, Told as ToldEvent, put_event, read_line};
#[cfg(any(test, fuzzing))]
pub(crate) use parsing::{Parser, Told};
