//! What makes a command one that was handled before.

use uuid::Uuid;

use super::{InvalidArgument, invalid::check_text};

/// The longest id of a command, in bytes of UTF-8.
pub const MAX_COMMAND_ID_BYTES: usize = 200;

/// The namespace of ids that are made from ids of commands: a UUID of version 4, made once.
const NAMESPACE: Uuid = Uuid::from_u128(0x5c1f_8a3e_7d02_4b6b_9f64_0e21_c8d7_a935);

/// The id of a command, by its caller: the same command has the same id, however often it is sent.
///
/// The ids of the events that it makes follow from it, so that the store itself finds them again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CommandId(Box<str>);

impl CommandId {
    /// Takes an id.
    ///
    /// # Errors
    /// [`InvalidArgument`] unless it has 1 to [`MAX_COMMAND_ID_BYTES`] bytes.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidArgument> {
        let id = id.into();
        check_text("commandId", &id, MAX_COMMAND_ID_BYTES)?;
        Ok(Self(id.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the event that the command makes as its n-th, from 0: a UUID of version 5 (RFC 9562, section 5.5) over number and
    /// id.
    #[must_use]
    pub fn event_id(&self, n: usize) -> Uuid {
        Uuid::new_v5(&NAMESPACE, format!("{n}:{}", self.0).as_bytes())
    }
}
