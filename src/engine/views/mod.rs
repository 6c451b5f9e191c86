//! Views: what projections fold from the log, kept up with it, found by index, asked again by itself, and saved.
//!
//! A view shows a generation: rows that its projection has folded from the first event on, or from a save. What is stored is folded page by page, into all
//! views that take something of the page at once; then whoever listens is told. A rebuild folds another generation beside the one that is
//! shown, and puts it in its place when it has caught up.

mod buckets;
mod catch_up;
mod error;
mod field;
mod field_path;
mod find;
mod finder;
mod folding;
mod generation;
mod keys;
mod live;
mod ordered;
mod pages;
mod past;
mod reading;
mod row_field;
mod saved;
mod saving;
mod typed;
mod view;
#[expect(clippy::module_inception, reason = "the file bears the name of its noun, which is all of them")]
mod views;

pub use catch_up::{Moment, Watcher};
pub use error::ViewError;
pub use field::Field;
pub use field_path::{FieldPath, MAX_FIELD_DEPTH};
pub use find::{Find, Test};
pub use finder::{Explanation, Rows};
pub use folding::{DeadLetter, Folded, Folding, GenerationId, RowWriter, Rule, Turn};
pub use generation::MAX_DEAD_LETTERS;
pub use live::{Changes, LiveId};
pub use past::PastView;
pub use reading::ViewStatus;
#[cfg(any(test, fuzzing))]
pub(crate) use row_field::field_of;
#[cfg(any(test, fuzzing))]
pub(crate) use saved::{Footing, RowTexts};
pub use typed::TypedProjections;
pub use view::{LiveQuery, Past, View};
pub use views::{Audience, Told, Views};
